//! Which tables are counted, one after the other, and when is the budget spent?

use crate::marginal::{MEAN_ABSOLUTE, not_released, tables};
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, FitError, Seeded};
use verosim_math::graphical::{Joint, JunctionTree, Measured, cells_of, fit};
use verosim_privacy::{Candidate, SealedTable};

/// What bounds the work.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Most columns of a table.
    pub(super) order: usize,
    /// Most cells of the model.
    pub(super) cells: usize,
}

/// Rounds per column that the budget is shared out to at first.
const ROUNDS_PER_COLUMN: f64 = 16.0;
/// Share of a round's budget that its choice takes.
const CHOICE: f64 = 0.1;
/// Most steps of a fit after a round, and at the end.
const STEPS: usize = 100;
const LAST_STEPS: usize = 1_000;
/// Most sets that are rated in a round; beyond it there are none of three columns.
const MOST_CANDIDATES: usize = 2_000;
/// Rows drawn from the model to see what it expects of columns that stand in none of its tables together.
const ROWS: usize = 32_768;

/// Sets of up to `order` columns that may be counted.
pub(super) fn n_candidates(p: usize, order: usize) -> usize {
    let pairs = p + p * p.saturating_sub(1) / 2;
    let all = pairs + p * p.saturating_sub(1) * p.saturating_sub(2) / 6;
    if order >= 3 && all <= MOST_CANDIDATES { all } else { pairs }
}

fn candidate_sets(p: usize, order: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (0..p).map(|a| vec![a]).collect();
    let pairs: Vec<Vec<usize>> = (0..p).flat_map(|a| (a + 1..p).map(move |b| vec![a, b])).collect();
    if n_candidates(p, order) > sets.len() + pairs.len() {
        sets.extend(pairs.iter().flat_map(|pair| (pair[1] + 1..p).map(|c| vec![pair[0], pair[1], c])));
    }
    sets.extend(pairs);
    sets
}

/// Spends what is left of the budget round by round, from columns that were `measured` alone; the law that fits.
///
/// # Source
/// Algorithm 2 (AIM) of `mckenna2022`. The workload is all sets of `order` columns, in which a set weighs as many as it has
/// columns.
pub(super) fn learn(
    sealed: &mut SealedTable,
    mut measured: Vec<Measured>,
    limits: Limits,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Joint, FitError> {
    let sizes = sealed.sizes();
    let people = sealed.people() as f64;
    let p = sizes.len();
    let sets = candidate_sets(p, limits.order);
    let mut joint = refit(&sizes, &mut measured, LAST_STEPS);
    if p < 2 {
        return Ok(joint);
    }
    let mut each = sealed.left() / (ROUNDS_PER_COLUMN * p as f64);
    let mut is_last = false;
    let mut round = 0;
    while !is_last {
        ctx.stop.check()?;
        let left = sealed.left();
        // What would not buy another round goes into this one.
        if left < 2.0 * each {
            (each, is_last) = (left, true);
        }
        let (spent, budget) = sealed.spent();
        let most = (limits.cells as f64 * ((spent + each) / budget).min(1.0)) as usize;
        // Noise of the count to come: one table, squared sensitivity two.
        let deviation = (1.0 / ((1.0 - CHOICE) * each)).sqrt();
        let rows = joint.draw(ROWS, &mut seed.split("expected").split_at(round).rng());
        let counted: Vec<Vec<usize>> = measured.iter().map(|measured| measured.axes.clone()).collect();
        let candidates: Vec<Candidate> = sets
            .par_iter()
            .filter(|set| fits(&sizes, &joint, &counted, set, most))
            .map(|set| {
                let expected = expected(&joint, &sizes, &rows, set, people);
                let penalty = MEAN_ABSOLUTE * deviation * expected.len() as f64;
                Candidate { columns: set.clone(), expected, weight: set.len() as u32, penalty }
            })
            .collect();
        sealed.rate(&candidates).map_err(|error| not_released(&error))?;
        let among: Vec<usize> = (0..candidates.len()).collect();
        let what = "the choice of a set of columns";
        let at = sealed.choose(what, &among, CHOICE * each).map_err(|error| not_released(&error))?;
        let set = candidates[at].columns.clone();
        let rho = if is_last { sealed.left() } else { (1.0 - CHOICE) * each };
        let what = format!("counts of patients in a set of {} columns", set.len());
        let (mut found, variance) = tables(sealed, &what, std::slice::from_ref(&set), rho)?;
        match measured.iter_mut().find(|earlier| earlier.axes == set) {
            Some(earlier) => found.iter().for_each(|found| earlier.join(found)),
            None => measured.append(&mut found),
        }
        joint = refit(&sizes, &mut measured, if is_last { LAST_STEPS } else { STEPS });
        let now = joint.table(&set).unwrap_or_default();
        let moved: f64 =
            now.iter().zip(&candidates[at].expected).map(|(now, before)| (people * now - before).abs()).sum();
        if moved <= MEAN_ABSOLUTE * variance.sqrt() * now.len() as f64 {
            each *= 4.0;
        }
        round += 1;
        let (spent, budget) = sealed.spent();
        ctx.progress.step((1000.0 * spent / budget) as usize, 1000, "thousandths of the budget");
    }
    Ok(joint)
}

fn refit(sizes: &[usize], measured: &mut [Measured], steps: usize) -> Joint {
    let sets: Vec<Vec<usize>> = measured.iter().map(|measured| measured.axes.clone()).collect();
    fit(&Arc::new(JunctionTree::new(sizes, &sets)), measured, steps).0
}

/// Whether the model stays within `most` cells when `set` is counted as well; columns alone always may be.
fn fits(sizes: &[usize], joint: &Joint, counted: &[Vec<usize>], set: &[usize], most: usize) -> bool {
    if joint.tree().holding(set).is_some() {
        return true;
    }
    let own = set.iter().fold(1_usize, |cells, &axis| cells.saturating_mul(sizes[axis]));
    own <= most && cells_of(sizes, &[counted, &[set.to_vec()]].concat()) <= most
}

/// How many people the model expects in each cell over `set`.
fn expected(joint: &Joint, sizes: &[usize], rows: &[Vec<u16>], set: &[usize], people: f64) -> Vec<f64> {
    if let Some(table) = joint.table(set) {
        return table.into_iter().map(|share| people * share).collect();
    }
    let mut counts = vec![0_u32; set.iter().map(|&axis| sizes[axis]).product()];
    let mut cells = vec![0_usize; rows.first().map_or(0, Vec::len)];
    for &axis in set {
        for (cell, &state) in cells.iter_mut().zip(&rows[axis]) {
            *cell = *cell * sizes[axis] + usize::from(state);
        }
    }
    cells.into_iter().for_each(|cell| counts[cell] += 1);
    let of_all = people / rows.first().map_or(1, Vec::len).max(1) as f64;
    counts.into_iter().map(|count| f64::from(count) * of_all).collect()
}
