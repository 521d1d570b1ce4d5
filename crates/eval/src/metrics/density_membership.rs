//! pm.domias: are synthetic rows unusually dense around the people learned from?

use super::distance_membership::{MOST_PEOPLE, MOST_SYNTHETIC};
use crate::attack::{Scores, attack, own_ranks, planted, pooled, sides};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::neighbours::{Points, nearest};

/// Membership by the ratio of synthetic to population density.
pub(super) struct DensityMembership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.domias",
    name: "Membership by density ratio",
    question: "Are synthetic rows unusually dense around the people learned from?",
    page: "The attacker also holds a sample of the population: half of the holdout. A person is called a member when \
           synthetic rows are denser around them than the sample is: log of the mean distance to the five nearest sample \
           rows over that to the five nearest synthetic rows (a nearest-neighbour estimate of the density ratio of \
           DOMIAS). AUC over training rows and the other half of the holdout, then with the halves exchanged; 0.5 is safe.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("vanbreugel2023")],
    maturity: Maturity::Draft,
};

const NEIGHBOURS: usize = 5;
/// Distances below this are one: a copy is a copy.
const LEAST_DISTANCE: f64 = 1e-4;

impl Metric for DensityMembership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let sides = sides(data, MOST_PEOPLE, seed);
        // As many synthetic rows as sample rows would be fair; more only sharpen the attack.
        let made = some_rows(data.synthetic.n_rows(), MOST_SYNTHETIC / 2, seed.split("made"));
        let made = own_ranks(&data.synthetic.take(&made));
        let scores = sides.map(|side| {
            let sample = own_ranks(&data.holdout.take(&side.known));
            let score = |people: &Points| -> Vec<f64> {
                let (to_sample, to_made) = (log_distance(people, &sample), log_distance(people, &made));
                to_sample.iter().zip(to_made).map(|(sample, made)| sample - made).collect()
            };
            let members = score(&own_ranks(&data.train.take(&side.members)));
            let others = score(&own_ranks(&data.holdout.take(&side.others)));
            let n_train = data.whole.map_or(data.train, |w| w.train).n_rows();
            let copied = planted(members.len(), n_train, made.n_rows());
            let top = members.iter().chain(&others).copied().fold(0.0_f64, f64::max) + 1.0;
            let planted =
                members.iter().zip(&copied).map(|(&score, &copy)| if copy { top } else { score }).collect();
            Scores { members, others, planted: Some(planted) }
        });
        attack(&INFO, &pooled(scores), ctx)
    }
}

/// Log of the distance to the nearest references, per person.
fn log_distance(people: &Points, references: &Points) -> Vec<f64> {
    nearest(people, references, NEIGHBOURS)
        .iter()
        .map(|found| {
            // The nearest one counts for half: copies must show.
            let first = f64::from(found.first().copied().unwrap_or(1.0)).max(LEAST_DISTANCE).ln();
            let mean = found.iter().map(|&d| f64::from(d)).sum::<f64>() / found.len().max(1) as f64;
            0.5 * (first + mean.max(LEAST_DISTANCE).ln())
        })
        .collect()
}
