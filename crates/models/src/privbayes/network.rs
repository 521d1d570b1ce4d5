//! Which columns tell of which others, and what do their noisy tables say together?

use crate::marginal::{MEAN_ABSOLUTE, not_released, tables};
use std::sync::Arc;
use verosim_core::{Context, FitError};
use verosim_math::graphical::{Joint, JunctionTree, Measured, fit, places};
use verosim_privacy::{Candidate, SealedTable};

/// What bounds the network.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// People whom a cell holds on average, at least, per standard deviation of the noise on it.
    pub(super) theta: f64,
    /// Most parents of a column.
    pub(super) parents: usize,
}

/// Share of the budget for choices and for tables together that goes to choices.
const CHOICES: f64 = 0.3;
/// Most steps of a fit after a table, and at the end.
const STEPS: usize = 100;
const LAST_STEPS: usize = 2_000;

/// A column outside the network, and columns within it that may tell of it.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    column: usize,
    parents: Vec<usize>,
}

impl Entry {
    /// Both, ascending.
    fn family(&self) -> Vec<usize> {
        with(&self.parents, self.column)
    }
}

/// Most states of a column that another with as many can be counted beside usefully, when columns alone take `alone` of the budget.
pub(super) fn states(sealed: &SealedTable, alone: f64, limits: Limits) -> usize {
    let pairs = sealed.sizes().len().saturating_sub(1).max(1);
    let each = (1.0 - CHOICES) * (sealed.left() - alone).max(0.0) / pairs as f64;
    (useful(sealed.people() as f64, each, limits.theta).sqrt() as usize).max(2)
}

/// Grows a network column by column, from columns that were `measured` alone, and spends what is left of the budget. What comes
/// out is the law of greatest entropy that fits all tables best.
///
/// # Source
/// GreedyBayes with the score `R` and `theta`-usefulness: `zhang2017`, sections 4 and 5. Parents of a column stand together in the
/// table of an earlier one.
pub(super) fn learn(
    sealed: &mut SealedTable,
    mut measured: Vec<Measured>,
    limits: Limits,
    ctx: Context<'_>,
) -> Result<Joint, FitError> {
    let sizes = sealed.sizes();
    let (p, people) = (sizes.len(), sealed.people() as f64);
    let mut joint = refit(&sizes, &mut measured, LAST_STEPS);
    if p < 2 {
        return Ok(joint);
    }
    let each = sealed.left() / (p - 1) as f64;
    let most = useful(people, (1.0 - CHOICES) * each, limits.theta);
    let deviation = deviation((1.0 - CHOICES) * each);
    let mut outside: Vec<usize> = (0..p).collect();
    // Those that the seal has rated, in its order; at first all pairs.
    let mut rated: Vec<Entry> = Vec::new();
    let mut new: Vec<Entry> =
        outside.iter().flat_map(|&b| (0..b).map(move |a| Entry { column: b, parents: vec![a] })).collect();
    new.retain(|entry| cells(&sizes, &entry.family()) <= most);
    loop {
        ctx.stop.check()?;
        let (mut entries, candidates): (Vec<Entry>, Vec<Candidate>) = std::mem::take(&mut new)
            .into_iter()
            .filter_map(|entry| {
                candidate(&joint, &sizes, &entry, people, deviation).map(|rated| (entry, rated))
            })
            .unzip();
        sealed.rate_more(&candidates).map_err(|error| not_released(&error))?;
        rated.append(&mut entries);
        let among: Vec<usize> = (0..rated.len()).filter(|&at| outside.contains(&rated[at].column)).collect();
        if among.is_empty() {
            break;
        }
        let what = "the choice of a column and its parents";
        let at = sealed.choose(what, &among, CHOICES * each).map_err(|error| not_released(&error))?;
        let Entry { column, parents } = rated[at].clone();
        let family = with(&parents, column);
        let is_first = outside.len() == p;
        outside.retain(|other| !family.contains(other));
        let rho = if outside.is_empty() { sealed.left() } else { (1.0 - CHOICES) * each };
        let what = format!("counts of patients in a set of {} columns", family.len());
        measured.extend(tables(sealed, &what, std::slice::from_ref(&family), rho)?.0);
        joint = refit(&sizes, &mut measured, STEPS);
        // Sets that were not within an earlier table.
        let mut sets: Vec<Vec<usize>> =
            subsets(&parents, limits.parents - 1).into_iter().map(|set| with(&set, column)).collect();
        if is_first {
            // Pairs of two columns outside are candidates no more.
            sealed.rate(&[]).map_err(|error| not_released(&error))?;
            rated.clear();
            sets.push(parents);
        }
        new = outside.iter().flat_map(|&column| largest(&sets, column, &sizes, most)).collect();
        ctx.progress.step(p - outside.len(), p, "columns");
    }
    if !outside.is_empty() {
        // No table would be useful: what is left tells more of columns alone.
        let alone: Vec<Vec<usize>> = (0..p).map(|column| vec![column]).collect();
        let left = sealed.left();
        let (again, _) = tables(sealed, "counts of patients in columns again", &alone, left)?;
        measured.iter_mut().zip(&again).for_each(|(measured, again)| measured.join(again));
    }
    Ok(refit(&sizes, &mut measured, LAST_STEPS))
}

/// Most cells of a table in which a cell holds `theta` standard deviations of the noise on average, were people shared out evenly; the
/// table alone is counted for `rho`.
pub(super) fn useful(people: f64, rho: f64, theta: f64) -> f64 {
    people / (deviation(rho) * theta)
}

/// Standard deviation of the noise on a table that is counted alone for `rho`: a replaced person changes two cells, so the variance is
/// 2 / (2 rho).
fn deviation(rho: f64) -> f64 {
    1.0 / rho.sqrt()
}

/// Entries of `column` with those of `sets` that are useful and within no other that is.
fn largest(sets: &[Vec<usize>], column: usize, sizes: &[usize], most: f64) -> Vec<Entry> {
    let useful: Vec<&Vec<usize>> =
        sets.iter().filter(|set| cells(sizes, set) * sizes[column] as f64 <= most).collect();
    let is_within = |set: &[usize], other: &[usize]| set.iter().all(|column| other.contains(column));
    useful
        .iter()
        .filter(|set| !useful.iter().any(|other| other.len() > set.len() && is_within(set, other)))
        .map(|set| Entry { column, parents: (*set).clone() })
        .collect()
}

/// What is expected of a column that nothing tells of: its own shares in each cell of the parents, as the model has both. Taken off its
/// error is the mean error that noise of `deviation` on each cell would bring.
fn candidate(
    joint: &Joint,
    sizes: &[usize],
    entry: &Entry,
    people: f64,
    deviation: f64,
) -> Option<Candidate> {
    let columns = entry.family();
    let (own, above) = (joint.table(&[entry.column])?, joint.table(&entry.parents)?);
    let to_own = places(sizes, &columns, &[entry.column]);
    let to_above = places(sizes, &columns, &entry.parents);
    let expected = to_own
        .iter()
        .zip(&to_above)
        .map(|(&one, &other)| people * own[one as usize] * above[other as usize])
        .collect();
    let penalty = MEAN_ABSOLUTE * deviation * to_own.len() as f64;
    Some(Candidate { columns, expected, weight: 1, penalty })
}

fn refit(sizes: &[usize], measured: &mut [Measured], steps: usize) -> Joint {
    let sets: Vec<Vec<usize>> = measured.iter().map(|measured| measured.axes.clone()).collect();
    fit(&Arc::new(JunctionTree::new(sizes, &sets)), measured, steps).0
}

fn cells(sizes: &[usize], set: &[usize]) -> f64 {
    set.iter().map(|&column| sizes[column] as f64).product()
}

/// All subsets of up to `most`, the empty one first.
fn subsets(set: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &column in set {
        let larger = |subset: &Vec<usize>| (subset.len() < most).then(|| with(subset, column));
        let more: Vec<Vec<usize>> = all.iter().filter_map(larger).collect();
        all.extend(more);
    }
    all
}

/// `set` and `column`, ascending.
fn with(set: &[usize], column: usize) -> Vec<usize> {
    let mut all = set.to_vec();
    all.insert(set.partition_point(|&other| other < column), column);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_parents_are_as_large_as_the_noise_bears() {
        assert_eq!(subsets(&[1, 4], 2), [vec![], vec![1], vec![4], vec![1, 4]]);
        assert_eq!(subsets(&[1, 4, 6], 1).len(), 4);
        assert_eq!(with(&[1, 4], 3), [1, 3, 4]);
        let sizes = [2, 3, 4, 5];
        let sets = [vec![0], vec![1], vec![0, 1], vec![0, 2]];
        let parents = |most: f64| -> Vec<Vec<usize>> {
            largest(&sets, 3, &sizes, most).into_iter().map(|entry| entry.parents).collect()
        };
        // By hand: tables of 10, 15, 30 and 40 cells.
        assert_eq!(parents(40.0), [vec![0, 1], vec![0, 2]]);
        assert_eq!(parents(39.0), [vec![0, 1]]);
        assert_eq!(parents(29.0), [vec![0], vec![1]]);
        assert_eq!(parents(9.0), Vec::<Vec<usize>>::new());
        // By hand: variance 1 / 0.04, deviation 5; a thousand people in fifty cells are twenty each, four times five.
        assert!((useful(1000.0, 0.04, 4.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_expected_of_an_entry_is_a_product_of_shares() {
        let sizes = [2, 2, 3];
        let tree = Arc::new(JunctionTree::new(&sizes, &[vec![0, 2]]));
        let joint = Joint::even(tree);
        let entry = Entry { column: 1, parents: vec![0, 2] };
        let found = candidate(&joint, &sizes, &entry, 120.0, 2.0).unwrap();
        assert_eq!(found.columns, [0, 1, 2]);
        assert!(
            (found.penalty - 12.0 * 2.0 * 0.797_884_560_802_865_4).abs() < 1e-9,
            "sqrt(2 / pi) a deviation"
        );
        assert!(found.expected.iter().all(|expected| (expected - 10.0).abs() < 1e-9), "120 in twelve cells");
        let strangers = Entry { column: 2, parents: vec![0, 1] };
        assert!(
            candidate(&joint, &sizes, &strangers, 120.0, 2.0).is_none(),
            "they stand in no table together"
        );
    }
}
