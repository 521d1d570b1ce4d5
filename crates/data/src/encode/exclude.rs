//! Which values never occur together although they should have by chance?

use super::{ColumnDomain, EncodedColumn, Exclusion, Token};
use rayon::prelude::*;

/// Pairs of tokens that never meet in training although at least [`EXPECTED`] rows should hold both by chance: men with
/// a pregnancy code, a score where the test was not done. At least one side is a level or a missing kind.
///
/// With independent columns the chance of an empty cell is at most `exp(-EXPECTED)`, below one in a million.
///
/// # Cost
/// O(rows · columns²) increments, in parallel over columns; pairs of two long vocabularies are left out.
pub(super) fn exclusions(
    domains: &[ColumnDomain],
    columns: &[EncodedColumn],
    n_rows: usize,
) -> Vec<Exclusion> {
    let counts: Vec<Vec<u32>> = domains
        .iter()
        .zip(columns)
        .map(|(domain, column)| {
            let mut counts = vec![0; domain.tokens.len()];
            column.tokens.iter().for_each(|&token| counts[token as usize] += 1);
            counts
        })
        .collect();
    let per_column: Vec<Vec<Exclusion>> = (0..domains.len())
        .into_par_iter()
        .map(|a| {
            let mut found = Vec::new();
            for b in a + 1..domains.len() {
                let (n_a, n_b) = (domains[a].tokens.len(), domains[b].tokens.len());
                if n_a * n_b > LARGEST_PAIR || n_a < 2 || n_b < 2 {
                    continue;
                }
                let mut together = vec![0_u32; n_a * n_b];
                for (&x, &y) in columns[a].tokens.iter().zip(&columns[b].tokens) {
                    together[x as usize * n_b + y as usize] += 1;
                }
                for x in 0..n_a {
                    for y in 0..n_b {
                        let expected =
                            f64::from(counts[a][x]) * f64::from(counts[b][y]) / n_rows.max(1) as f64;
                        let categorical =
                            is_category(&domains[a].tokens[x]) || is_category(&domains[b].tokens[y]);
                        if together[x * n_b + y] == 0 && expected >= EXPECTED && categorical {
                            found.push(Exclusion { a: (a as u32, x as u32), b: (b as u32, y as u32) });
                        }
                    }
                }
            }
            found
        })
        .collect();
    per_column.concat()
}

/// Rows that should hold both values by chance before their absence counts as a rule.
const EXPECTED: f64 = 14.0;
/// Cells of the largest table of pairs that is counted.
const LARGEST_PAIR: usize = 1 << 16;

fn is_category(token: &Token) -> bool {
    matches!(token, Token::Level(_) | Token::Missing(_) | Token::Equal(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn men_do_not_get_pregnancy_codes() {
        let domain = |n: u32| ColumnDomain {
            name: String::new(),
            tokens: (0..n).map(Token::Level).collect(),
            ordered: false,
            n_ranks: 0,
            token_rank: vec![f32::NAN; n as usize],
            parents: Vec::new(),
            stage: 0,
        };
        let column = |tokens: Vec<u32>| EncodedColumn { tokens, ranks: Vec::new() };
        // 400 rows: half are men (1); of the women a quarter have the code (1); a second code (2) is merely rare.
        let sex = column((0..400).map(|row| row % 2).collect());
        let code =
            column((0..400).map(|row| if row % 8 == 0 { 1 } else { 2 * u32::from(row == 1) }).collect());
        let found = exclusions(&[domain(2), domain(3)], &[sex, code], 400);
        assert_eq!(found, [Exclusion { a: (0, 1), b: (1, 1) }], "50 codes, 25 expected among men, none seen");
    }
}
