//! How sure is a judge of a row's own class while it learns?

use verosim_math::learn::{Binned, Boosted};

/// Rounds that are learned, and rounds that are looked at: after round 1 to after round 99. The published code is off by
/// one here, and leaves the first look out.
pub(super) const ROUNDS: usize = 100;
pub(super) const LOOKS: usize = 99;

/// Confidence and aleatoric uncertainty of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Dynamics {
    sum: f64,
    spread: f64,
    looks: u32,
}

impl Dynamics {
    /// Takes the probability of the row's own class after one more round.
    pub(super) fn look(&mut self, own: f64) {
        self.sum += own;
        self.spread += own * (1.0 - own);
        self.looks += 1;
    }

    /// Mean probability of the own class.
    pub(super) fn confidence(&self) -> f64 {
        self.sum / f64::from(self.looks.max(1))
    }

    /// Mean of p(1 - p).
    pub(super) fn uncertainty(&self) -> f64 {
        self.spread / f64::from(self.looks.max(1))
    }
}

/// The dynamics of `rows`, whose classes are `classes[row]`; a judge of two classes gives the probability of the second.
///
/// # Source
/// `seedat2024`, section 3.2; confidence and aleatoric uncertainty as in Data-IQ (Seedat et al. 2022).
pub(super) fn dynamics(judge: &Boosted, data: &Binned, rows: &[u32], classes: &[u32]) -> Vec<Dynamics> {
    judge.staged(data, rows, LOOKS, |seen: &mut Dynamics, row, _, prediction| {
        let class = classes[row as usize] as usize;
        let own = match (prediction, class) {
            ([yes], 0) => 1.0 - yes,
            ([yes], _) => *yes,
            (all, class) => all.get(class).copied().unwrap_or(0.0),
        };
        seen.look(own);
    })
}
