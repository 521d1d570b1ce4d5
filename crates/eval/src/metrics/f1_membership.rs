//! pm.f1: how much better than calling everybody a member does an attacker do who claims those near a synthetic row?

use crate::attack::{LEAST, split};
use crate::jackknife::jackknifed;
use crate::membership::{Attacker, Distance};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};

/// Relative membership F1 of El Emam and others.
pub(super) struct F1Membership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.f1",
    name: "Relative membership F1",
    question: "How much better than calling everybody a member does an attacker do who claims those near a synthetic row?",
    page: "The attacker claims that a person was learned from when some synthetic row is within a distance of them (levels \
           match or not, numbers by their place among real people). F1 is that of a population in which members have the share \
           that they have among training and holdout people together (the sampling fraction, where the whole population is at \
           hand), not one half. Calling everybody a member reaches 2f/(1 + f) at a share f, and the value is how far the \
           attacker comes from there to 1: (F1 - naive) / (1 - naive); 0 or below is right, 0.2 a habitual limit. The distance is the one that \
           is best for one half of all people, applied to the other half and the reverse, so that its choice does not flatter the \
           attacker; the published form fixes it. Parts: both F1, and the share of members.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "share of the way to 1",
    sources: &[Citation("elemam2022")],
    maturity: Maturity::Checked,
};

impl Metric for F1Membership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let suite = ctx.findings.membership.suite(data, ctx);
        let undefined = || MetricError::Undefined { why: "no distance to a synthetic row".into() };
        let scored = suite.scored(Attacker::Distance(Distance::Nearest))?.pop().ok_or_else(undefined)?;
        let (members, others) = split(&scored.scores, &suite.is_member());
        let found = members.len().min(others.len());
        if found < LEAST {
            return Err(MetricError::TooFew { unit: "holdout rows", needed: LEAST, found });
        }
        let (n_train, n_holdout) = data.whole.map_or((data.train.n_rows(), data.holdout.n_rows()), |whole| {
            (whole.train.n_rows(), whole.holdout.n_rows())
        });
        let share = n_train as f64 / (n_train + n_holdout) as f64;
        let naive = 2.0 * share / (1.0 + share);
        let f1 = |members_kept: &[usize], others_kept: &[usize]| {
            let half = |scores: &[f64], kept: &[usize], of: usize| -> Vec<f64> {
                kept.iter().filter(|&&at| at % 2 == of).map(|&at| scores[at]).collect()
            };
            let halves = [0, 1].map(|of| [half(&members, members_kept, of), half(&others, others_kept, of)]);
            let [first, second] = [0, 1].map(|of| {
                let threshold = best_threshold(&halves[1 - of], share)?;
                let claimed = halves[of].each_ref().map(|scores| share_at(scores, threshold));
                Some(f1(claimed[0], claimed[1], share))
            });
            Some(0.5 * (first? + second?))
        };
        let every = |n: usize| (0..n).collect::<Vec<_>>();
        let value = f1(&every(members.len()), &every(others.len())).ok_or_else(undefined)?;
        let relative = |f1: f64| (f1 - naive) / (1.0 - naive);
        let score = jackknifed(members.len(), others.len(), seed, |m, o| f1(m, o).map(relative))?;
        Ok(score.with_parts([
            ("F1".to_owned(), value),
            ("F1 of claiming everybody".to_owned(), naive),
            ("share of members".to_owned(), share),
        ]))
    }
}

/// F1 where so large shares of members and of others are claimed, and members are this share of all.
fn f1(members: f64, others: f64, share: f64) -> f64 {
    let (right, wrong) = (share * members, (1.0 - share) * others);
    if right > 0.0 { 2.0 * right / (right + wrong + share) } else { 0.0 }
}

fn share_at(scores: &[f64], threshold: f64) -> f64 {
    scores.iter().filter(|&&score| score >= threshold).count() as f64 / scores.len().max(1) as f64
}

/// The threshold of greatest F1; the widest among equals.
fn best_threshold([members, others]: &[Vec<f64>; 2], share: f64) -> Option<f64> {
    let mut all: Vec<(f64, bool)> = members
        .iter()
        .map(|&score| (score, true))
        .chain(others.iter().map(|&score| (score, false)))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut alarms) = (0.0, 0.0);
    let mut best: Option<(f64, f64)> = None;
    for (at, &(score, is_member)) in all.iter().enumerate() {
        if is_member {
            hits += 1.0;
        } else {
            alarms += 1.0;
        }
        if all.get(at + 1).is_some_and(|next| next.0 == score) {
            continue;
        }
        let found = f1(hits / members.len().max(1) as f64, alarms / others.len().max(1) as f64, share);
        if best.is_none_or(|(most, _)| found >= most) {
            best = Some((found, score));
        }
    }
    best.map(|(_, threshold)| threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_is_that_of_scikit_learn() {
        // sklearn.metrics.f1_score with 3 of 4 members and 1 of 6 others claimed: 2 * 3 / (2 * 3 + 1 + 1).
        assert!((f1(0.75, 1.0 / 6.0, 0.4) - 0.75).abs() < 1e-12);
        // Everybody: 2f / (1 + f).
        assert!((f1(1.0, 1.0, 0.4) - 0.8 / 1.4).abs() < 1e-12);
        assert_eq!(f1(0.0, 0.0, 0.4), 0.0);
    }

    #[test]
    fn the_best_threshold_parts_members_from_others() {
        let halves = [vec![-0.1, -0.2, -0.9], vec![-0.5, -0.6, -0.7]];
        assert_eq!(
            best_threshold(&halves, 0.5),
            Some(-0.2),
            "two of three and nobody else: 0.8 against 0.75"
        );
        let alike = [vec![-1.0; 5], vec![-1.0; 5]];
        assert_eq!(best_threshold(&alike, 0.5), Some(-1.0));
        assert_eq!(best_threshold(&[vec![], vec![]], 0.5), None);
    }
}
