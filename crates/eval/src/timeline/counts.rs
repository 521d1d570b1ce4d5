//! How often does something happen, with any tenth of the people left out?

use super::{Lives, Vocabulary};
use crate::MetricError;
use crate::jackknife::{GROUPS, Groups};
use verosim_core::{Score, Seeded};

/// People below which nothing is said of a code.
pub(crate) const LEAST_PEOPLE: u32 = 20;
/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// Counts of cells by group of people.
pub(crate) struct Counts {
    by: Vec<u32>,
    units: [u32; GROUPS],
}

impl Counts {
    pub(crate) fn new(cells: usize) -> Self {
        Self { by: vec![0; cells * GROUPS], units: [0; GROUPS] }
    }

    pub(crate) fn add(&mut self, cell: usize, group: u8) {
        self.by[cell * GROUPS + usize::from(group)] += 1;
    }

    /// Counts units that cells are shares of.
    pub(crate) fn add_units(&mut self, group: u8, units: usize) {
        self.units[usize::from(group)] += units as u32;
    }

    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.by.len() / GROUPS
    }

    /// The count of one cell without group `out`; of all where there is no such group.
    pub(crate) fn count(&self, cell: usize, out: usize) -> f64 {
        without(&self.by[cell * GROUPS..][..GROUPS], out)
    }

    /// Units without group `out`.
    pub(crate) fn units(&self, out: usize) -> f64 {
        without(&self.units, out)
    }

    /// The share of units that a cell has; 0 without units.
    pub(crate) fn share(&self, cell: usize, out: usize) -> f64 {
        self.count(cell, out) / self.units(out).max(1.0)
    }

    /// The share after half a unit was added, so that it has a logarithm.
    pub(crate) fn log_share(&self, cell: usize, out: usize) -> f64 {
        ((self.count(cell, out) + 0.5) / (self.units(out) + 1.0)).ln()
    }
}

fn without(groups: &[u32], out: usize) -> f64 {
    groups.iter().enumerate().filter(|(group, _)| *group != out).map(|(_, &count)| f64::from(count)).sum()
}

/// Ten random groups of the people of both sides.
pub(crate) fn groups(real: &Lives, synthetic: &Lives, seed: Seeded) -> Groups {
    Groups::new(real.n_people(), synthetic.n_people(), seed)
}

/// The statistic of all people, with its interval from leaving out each group of both sides in turn.
pub(crate) fn scored(
    groups: &Groups,
    statistic: impl Fn(usize) -> Option<f64> + Sync,
) -> Result<Score, MetricError> {
    groups.score_over("patients", "too few people share a code, a visit or a value", statistic)
}

/// Refuses sides of fewer than `needed` people.
pub(crate) fn enough_people(sides: [&Lives; 2], needed: usize) -> Result<(), MetricError> {
    let found = sides[0].n_people().min(sides[1].n_people());
    if found >= needed { Ok(()) } else { Err(MetricError::TooFew { unit: "people", needed, found }) }
}

/// Whether so many real people, or as large a share of synthetic ones, have something.
pub(crate) fn often(real: f64, synthetic: f64, n_real: usize, n_synthetic: usize) -> bool {
    let scale = n_real as f64 / n_synthetic.max(1) as f64;
    real.max(synthetic * scale) >= f64::from(LEAST_PEOPLE)
}

/// The codes that most real people have, at least [`LEAST_PEOPLE`] of them and at most `limit` codes that `wanted`
/// accepts, commonest first.
pub(crate) fn commonest(
    lives: &Lives,
    vocabulary: &Vocabulary,
    limit: usize,
    wanted: impl Fn(u32) -> bool,
) -> Vec<u32> {
    let people = lives.people_per_code(vocabulary.len());
    let mut codes: Vec<u32> = (0..vocabulary.len() as u32)
        .filter(|&code| people[code as usize] >= LEAST_PEOPLE && wanted(code))
        .collect();
    codes.sort_by_key(|&code| (std::cmp::Reverse(people[code as usize]), code));
    codes.truncate(limit);
    codes
}

/// For each of `n_codes` codes its place among `chosen`, or [`NONE`].
pub(crate) fn slots(chosen: &[u32], n_codes: usize) -> Vec<u32> {
    let mut slots = vec![NONE; n_codes];
    chosen.iter().enumerate().for_each(|(slot, &code)| slots[code as usize] = slot as u32);
    slots
}

/// Share of the variance of `real` that `made` explains as it stands: 1 when all are equal, below 0 when the mean of `real`
/// tells more. `None` below three values and without variance.
pub(crate) fn explained(real: &[f64], made: &[f64]) -> Option<f64> {
    if real.len() < 3 {
        return None;
    }
    let mean = real.iter().sum::<f64>() / real.len() as f64;
    let all: f64 = real.iter().map(|x| (x - mean).powi(2)).sum();
    let left: f64 = real.iter().zip(made).map(|(x, y)| (x - y).powi(2)).sum();
    (all > 0.0).then(|| 1.0 - left / all)
}

/// Half of the summed differences of two lists of shares, each made to sum to 1.
pub(crate) fn apart(real: &[f64], made: &[f64]) -> Option<f64> {
    let (a, b) = (real.iter().sum::<f64>(), made.iter().sum::<f64>());
    let gap = |(x, y): (&f64, &f64)| (x / a - y / b).abs();
    (a > 0.0 && b > 0.0).then(|| 0.5 * real.iter().zip(made).map(gap).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_explained_by_hand() {
        // Mean 2, variance 2; one value off by 1 leaves half of it. scikit-learn's r2_score([1, 2, 3], [1, 2, 4]) = 0.5.
        assert_eq!(explained(&[1.0, 2.0, 3.0], &[1.0, 2.0, 4.0]), Some(0.5));
        assert_eq!(explained(&[1.0, 1.0, 1.0], &[1.0, 1.0, 1.0]), None);
        // (1/2, 1/2) against (1/4, 3/4).
        assert_eq!(apart(&[1.0, 1.0], &[1.0, 3.0]), Some(0.25));
        assert_eq!(apart(&[0.0], &[1.0]), None);
    }

    #[test]
    fn a_group_is_left_out() {
        let mut counts = Counts::new(2);
        for group in [0, 0, 3] {
            counts.add(1, group);
            counts.add_units(group, 2);
        }
        assert_eq!((counts.count(1, 0), counts.units(0), counts.count(1, GROUPS)), (1.0, 2.0, 3.0));
        assert_eq!(counts.share(1, GROUPS), 0.5);
    }
}
