//! In which order are columns drawn?

use super::boosted::{BoostedLaw, Care};
use super::config::{Boosting, Trees};
use super::fit::{Binned, ColumnFit};
use super::trial::{Trial, standardised_gain};
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded, UnknownColumn};
use verosim_data::{ColumnDomain, Domain, Encoded, EncodedColumn, Token};
use verosim_math::forest::GrowSettings;

/// Standard errors by which the order of the file must be likelier than the staged one ...
const CERTAIN: f64 = 3.0;
/// ... and share of the loss that it must save. A few per cent of likelihood are no realism: nhanes is 3 % likelier in
/// the order of its file, surely, and easier to tell from real patients.
const LEAST_SAVED: f64 = 0.05;
/// Rows that the search looks at: it learns from two thirds and judges on the others.
const MOST_ROWS: usize = 4_000;
/// Rows that the search learns from, of those.
pub(super) const LEARNED_ROWS: f64 = MOST_ROWS as f64 * 2.0 / 3.0;
/// Rows from which common two-valued columns are drawn last.
const ENOUGH_ROWS: usize = 1_000;
/// The stage of short vocabularies without a token that most rows have.
const COMMON: u8 = 1;

/// The staged order, unless the order of the file is much and surely likelier on rows that the search did not learn
/// from: columns that follow from those before them are often written so. Each column is learned as the fit would, on a
/// subsample.
pub(super) fn search(
    settings: &Trees,
    first: &[usize],
    train: &Encoded,
    table: &Binned,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Vec<usize>, Interrupted> {
    let trial = Trial::new(train, table, MOST_ROWS);
    let grow = GrowSettings {
        leaf_rows: settings.leaf_rows,
        leaf_subjects: 1,
        depth: 30,
        predictor_share: settings.predictor_share,
        least_gain: settings.least_gain,
    };
    let care = Care::for_table(train.n_rows());
    let fit =
        ColumnFit { table: &trial.learned, train: &trial.learn_rows, settings, grow: &grow, care, seed };
    let losses = |order: &[usize]| {
        ctx.stop.check()?;
        let columns: Vec<Vec<f64>> =
            (0..order.len()).into_par_iter().map(|place| trial.choose(&fit, order, place).losses).collect();
        Ok((0..trial.n_held())
            .map(|row| columns.iter().map(|column| column[row]).sum())
            .collect::<Vec<f64>>())
    };
    let (staged, source) = (staged(settings, first, train), source(first, train.domain()));
    let is_better = saves_much(&losses(&staged)?, &losses(&source)?);
    Ok(if is_better { source } else { staged })
}

/// Whether the second losses are surely smaller, and by a good part of the first. Ranks have densities, so losses may be
/// negative.
fn saves_much(first: &[f64], second: &[f64]) -> bool {
    let saved: f64 = first.iter().zip(second).map(|(first, second)| first - second).sum();
    let size: f64 = first.iter().map(|loss| loss.abs()).sum();
    saved >= LEAST_SAVED * size && standardised_gain(first, second) > CERTAIN
}

/// The columns that `names` lists, comma between them.
///
/// # Errors
/// [`UnknownColumn`] for a name that is no modelled column, with the nearest.
pub(super) fn first(names: &str, domain: &Domain) -> Result<Vec<usize>, UnknownColumn> {
    let known = || domain.columns.iter().map(|column| column.name.as_str());
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut first = Vec::new();
    for name in names {
        let at = known().position(|own| own == name).ok_or_else(|| UnknownColumn::new(name, known()))?;
        if !first.contains(&at) {
            first.push(at);
        }
    }
    Ok(first)
}

/// As columns stand in the file, after the `first`.
pub(super) fn source(first: &[usize], domain: &Domain) -> Vec<usize> {
    let mut order = first.to_vec();
    order.extend((0..domain.columns.len()).filter(|column| !first.contains(column)));
    if first.is_empty() { order } else { anchors_first(order, &domain.columns) }
}

/// After the `first`: rare outcomes, short vocabularies, codes, lattices, numbers, and last what boosted trees learn from all of them:
/// common columns of two values. From low to high entropy within each.
pub(super) fn staged(settings: &Trees, first: &[usize], train: &Encoded) -> Vec<usize> {
    let columns = &train.domain().columns;
    let is_last = |domain: &ColumnDomain, cells: &EncodedColumn| {
        settings.boosting != Boosting::Off
            && train.n_rows() >= ENOUGH_ROWS
            && domain.stage == COMMON
            && domain.tokens.len() == 2
            && BoostedLaw::suits(domain, cells)
    };
    let rank: Vec<(bool, u8, f64)> = train
        .columns()
        .iter()
        .zip(columns)
        .map(|(cells, domain)| (is_last(domain, cells), domain.stage, entropy(domain, cells)))
        .collect();
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|&a, &b| {
        let ((last_a, stage_a, entropy_a), (last_b, stage_b, entropy_b)) = (rank[a], rank[b]);
        (last_a, stage_a).cmp(&(last_b, stage_b)).then(entropy_a.total_cmp(&entropy_b)).then(a.cmp(&b))
    });
    order.sort_by_key(|column| first.iter().position(|own| own == column).unwrap_or(first.len()));
    anchors_first(order, columns)
}

/// Entropy of the tokens, in nats.
fn entropy(domain: &ColumnDomain, cells: &EncodedColumn) -> f64 {
    let mut counts = vec![0_usize; domain.tokens.len()];
    cells.tokens.iter().for_each(|&token| counts[token as usize] += 1);
    let n = cells.tokens.len().max(1) as f64;
    counts.iter().filter(|&&c| c > 0).map(|&c| -(c as f64 / n) * (c as f64 / n).ln()).sum()
}

/// Moves each column that another may equal before that one.
fn anchors_first(order: Vec<usize>, columns: &[ColumnDomain]) -> Vec<usize> {
    let mut arranged: Vec<usize> = Vec::with_capacity(order.len());
    for column in order {
        let anchor = columns[column].tokens.iter().find_map(|token| match token {
            Token::Equal(anchor) => Some(*anchor as usize),
            _ => None,
        });
        for column in anchor.into_iter().chain([column]) {
            if !arranged.contains(&column) {
                arranged.push(column);
            }
        }
    }
    arranged
}

#[cfg(test)]
mod tests {
    use super::super::tests::world;
    use super::*;

    fn settings(boosting: &str) -> Trees {
        Trees::new(&[("boosting".to_owned(), boosting.into())].into_iter().collect())
            .expect("a legal setting")
    }

    #[test]
    fn common_flags_are_drawn_last_where_they_can_be_boosted() {
        // Columns a and b are fair flags, x one token, c sixty levels; all of one stage, so entropy decides the rest.
        let order = |boosting: &str, first: &[usize], n: usize| staged(&settings(boosting), first, &world(n));
        assert_eq!(order("auto", &[], 4_000), [2, 3, 0, 1]);
        assert_eq!(order("off", &[], 4_000), [2, 0, 1, 3]);
        assert_eq!(order("auto", &[], 900), [2, 0, 1, 3], "too few rows");
        assert_eq!(
            order("auto", &[1, 3], 4_000),
            [1, 3, 2, 0],
            "what was asked for comes first, in that order"
        );
        assert_eq!(source(&[3], world(10).domain()), [3, 0, 1, 2]);
    }

    #[test]
    fn a_bound_is_drawn_before_what_it_bounds() {
        let domain = world(100);
        let mut columns = domain.domain().columns.clone();
        columns[0].tokens.push(Token::Equal(3));
        assert_eq!(anchors_first(vec![2, 0, 1, 3], &columns), [2, 3, 0, 1]);
    }

    #[test]
    fn another_order_must_save_much_and_surely() {
        let losses = |each: fn(usize) -> f64| (0..400).map(each).collect::<Vec<f64>>();
        let first = losses(|row| 2.0 + (row % 7) as f64);
        assert!(saves_much(&first, &losses(|row| 1.5 + (row % 7) as f64)), "a tenth, in every row");
        assert!(!saves_much(&first, &losses(|row| 1.9 + (row % 7) as f64)), "two per cent, in every row");
        let by_one_row = losses(|row| if row == 0 { -200.0 } else { 2.0 + (row % 7) as f64 });
        assert!(!saves_much(&first, &by_one_row), "a tenth, all of it in one row");
        assert!(!saves_much(&losses(|_| -1.0), &losses(|_| -0.5)), "densities above one: a loss, not a gain");
    }
}
