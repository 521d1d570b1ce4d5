//! Which of many predictors are worth looking at?

use super::fit::Binned;
use rayon::prelude::*;
use verosim_data::{ColumnDomain, EncodedColumn, Token};

/// The `limit` views with the greatest mutual information with a column, in their own order.
///
/// Information is measured between at most 32 bins of either side on at most 20,000 rows, less the value that chance
/// alone gives (Miller and Madow's correction), so that long vocabularies are not preferred.
pub(super) fn screen(
    table: &Binned,
    views: &[usize],
    domain: &ColumnDomain,
    cells: &EncodedColumn,
    limit: usize,
) -> Vec<usize> {
    let n = cells.tokens.len();
    let stride = n.div_ceil(MOST_ROWS).max(1);
    let rows: Vec<usize> = (0..n).step_by(stride).collect();
    let target: Vec<usize> = rows
        .iter()
        .map(|&row| match domain.tokens[cells.tokens[row] as usize] {
            Token::Continuous => {
                SIDE / 2 + (cells.ranks[row] as usize * (SIDE / 2) / domain.n_ranks.max(1)).min(SIDE / 2 - 1)
            }
            _ => match domain.parents.get(cells.tokens[row] as usize) {
                Some(&group) => group as usize % SIDE,
                None => cells.tokens[row] as usize % SIDE,
            },
        })
        .collect();
    let mut scored: Vec<(f64, usize)> = views
        .par_iter()
        .map(|&view| {
            let n_bins = table.views[view].n_bins;
            let wide = n_bins.div_ceil(SIDE).max(1);
            let bin = |row: usize| {
                let bin = usize::from(table.bins[view][row]);
                if table.views[view].ordered { bin / wide } else { bin % SIDE }
            };
            (information(rows.iter().zip(&target).map(|(&row, &class)| (bin(row), class))), view)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = scored.into_iter().take(limit).map(|(_, view)| view).collect();
    kept.sort_unstable();
    kept
}

const SIDE: usize = 32;
const MOST_ROWS: usize = 20_000;

/// Mutual information in nats of pairs below [`SIDE`], less its bias under independence.
fn information(pairs: impl Iterator<Item = (usize, usize)>) -> f64 {
    let mut together = [[0_u32; SIDE]; SIDE];
    let (mut left, mut right, mut n) = ([0_u32; SIDE], [0_u32; SIDE], 0_u32);
    for (a, b) in pairs {
        together[a][b] += 1;
        left[a] += 1;
        right[b] += 1;
        n += 1;
    }
    let total = f64::from(n.max(1));
    let mut sum = 0.0;
    for a in 0..SIDE {
        for b in 0..SIDE {
            if together[a][b] > 0 {
                let both = f64::from(together[a][b]);
                sum += both / total * (both * total / (f64::from(left[a]) * f64::from(right[b]))).ln();
            }
        }
    }
    let used = |counts: &[u32; SIDE]| counts.iter().filter(|&&n| n > 0).count().max(1) as f64;
    sum - (used(&left) - 1.0) * (used(&right) - 1.0) / (2.0 * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_of_a_copy_is_its_entropy_and_of_noise_nothing() {
        let copy = information((0..4000).map(|i| (i % 4, i % 4)));
        assert!(
            (copy - (4.0_f64.ln() - 9.0 / 8000.0)).abs() < 1e-12,
            "log 4 by definition, less the correction"
        );
        let noise = information((0..4000).map(|i| (i % 4, i / 4 % 4)));
        assert!(noise.abs() < 0.002, "{noise}");
    }
}
