//! pm.dcr: does being near a synthetic row betray who was learned from?

use crate::attack::{Scores, attack, own_ranks, planted};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::neighbours::nearest;

/// Membership by the distance to the nearest synthetic row.
pub(super) struct DistanceMembership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.dcr",
    name: "Membership by distance",
    question: "Does being near a synthetic row betray who was learned from?",
    page: "The attacker calls a person a member when a synthetic row is near. AUC over training rows (members) and \
           holdout rows (others); 0.5 is safe. The control repeats the attack with 5 % of the synthetic rows replaced by \
           training rows: what success would look like. A weak attack on average, a strong one in the tail: see the true \
           positive rate at 1 % false positives.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("chen2020")],
    maturity: Maturity::Draft,
};

/// Training rows, and holdout rows, that are attacked.
pub(super) const MOST_PEOPLE: usize = 4_000;
/// Synthetic rows that are searched.
pub(super) const MOST_SYNTHETIC: usize = 12_000;

impl Metric for DistanceMembership {
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
        let people = |table: &Table, seed| table.take(&some_rows(table.n_rows(), MOST_PEOPLE, seed));
        let members = people(data.train, seed.split("members"));
        let others = people(data.holdout, seed.split("others"));
        let made =
            data.synthetic.take(&some_rows(data.synthetic.n_rows(), MOST_SYNTHETIC, seed.split("made")));
        let references = own_ranks(&made);
        let score = |table| -> Vec<f64> {
            nearest(&own_ranks(table), &references, 1)
                .iter()
                .map(|d| -f64::from(d.first().copied().unwrap_or(0.0)))
                .collect()
        };
        let (members, others) = (score(&members), score(&others));
        let copied =
            planted(members.len(), data.whole.map_or(data.train, |w| w.train).n_rows(), made.n_rows());
        // A planted row is at distance 0 of itself.
        let planted =
            members.iter().zip(&copied).map(|(&score, &copy)| if copy { 0.0 } else { score }).collect();
        attack(&INFO, &Scores { members, others, planted: Some(planted) }, ctx)
    }
}
