//! pm.life: does the most similar synthetic life betray who was learned from?

use crate::MetricError;
use crate::timeline::likeness::Likeness;
use crate::timeline::membership::{Attacked, MOST_ATTACKED, MOST_SEARCHED, planted};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Membership by the most similar synthetic life.
pub(super) struct NearMember;

static INFO: MetricInfo = MetricInfo {
    id: "pm.life",
    name: "Membership by likeness of lives",
    question: "Does the most similar synthetic life betray whose life was learned from?",
    page: "An attacker knows a whole life and asks how like it the most similar synthetic life is: the shared weight of peculiar \
           features (codes, pairs of successive codes, codes with the doubling of days and with the very day since the first \
           event, codes with their numbers; each weighs the logarithm of how many synthetic lives there are for each that has \
           it) over the weight of either. The AUC tells training from holdout people by that; 0.5 is safe. Parts: training \
           people found at 1 % false alarms, for which 1,000 holdout people are needed, and the AUC when 5 % of the \
           synthetic people are copies. At most 4,000 people of either side and 12,000 synthetic ones. A person's life with \
           shifted dates is found as well, for days count from the first event.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("yan2022"), Citation("carlini2022")],
    maturity: Maturity::Draft,
};

impl TimelineMetric for NearMember {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let some = |n: usize, limit: usize, name: &str| some_rows(n, limit, seed.split(name));
        let made = some(data.synthetic.n_people(), MOST_SEARCHED, "made");
        let members = some(data.train.n_people(), MOST_ATTACKED, "members");
        let others = some(data.holdout.n_people(), MOST_ATTACKED, "others");
        let likeness = Likeness::of(&[(data.synthetic, &made)]);
        ctx.ctx.stop.check()?;
        let whole = 0..made.len();
        let scores = |lives, people: &[usize]| -> Vec<f64> {
            let found = likeness.nearest((lives, people), std::slice::from_ref(&whole));
            found.into_iter().map(|best| best[0]).collect()
        };
        let scored = scores(data.train, &members);
        let copied = planted(members.len(), data.train.n_people(), made.len());
        let attacked = Attacked {
            planted: Some(
                scored.iter().zip(copied).map(|(&score, copied)| if copied { 1.0 } else { score }).collect(),
            ),
            others: scores(data.holdout, &others),
            members: scored,
        };
        attacked.score(&INFO, ctx)
    }
}
