//! Who was learned from, as an attacker sees it?

use super::TimelineContext;
use crate::MetricError;
use crate::card::{Attack, Reading};
use crate::metric::Pass;
use verosim_core::{Interval, MetricInfo, Score};
use verosim_math::learn::{auc, roc_points, tpr_at_fpr};

/// Training people, and holdout people, that are attacked at most.
pub(crate) const MOST_ATTACKED: usize = 4_000;
/// Synthetic people that are searched at most.
pub(crate) const MOST_SEARCHED: usize = 12_000;
/// People on either side below which an attack says nothing.
const LEAST: usize = 20;

/// Scores of members and of others; higher means "was learned from".
pub(crate) struct Attacked {
    pub(crate) members: Vec<f64>,
    pub(crate) others: Vec<f64>,
    /// Scores of members when 5 % of the synthetic people are copies of training people.
    pub(crate) planted: Option<Vec<f64>>,
}

impl Attacked {
    /// The AUC with DeLong's interval, and the attack for the report.
    pub(crate) fn score(self, info: &MetricInfo, ctx: &TimelineContext<'_>) -> Result<Score, MetricError> {
        let found = self.members.len().min(self.others.len());
        if found < LEAST {
            return Err(MetricError::TooFew {
                unit: "people on either side who are attacked",
                needed: LEAST,
                found,
            });
        }
        let undefined =
            |_| MetricError::Undefined { why: "the attack gave scores that are not numbers".into() };
        let area = auc(&self.members, &self.others).map_err(undefined)?;
        let (low, high) = area.interval(0.95);
        let interval = Some(Interval { low, high, level: 0.95 });
        let rate = |members: &[f64], fpr: f64| {
            tpr_at_fpr(members, &self.others, fpr, 0.95).map(|rate| Reading {
                value: rate.value,
                interval: Some(Interval { low: rate.low, high: rate.high, level: 0.95 }),
                n: rate.n,
            })
        };
        let planted = self.planted.as_deref();
        let attack = Attack {
            id: info.id.to_owned(),
            name: info.name.to_owned(),
            auc: Reading { value: area.value, interval, n: found },
            tpr_at_1: rate(&self.members, 0.01),
            tpr_at_01: rate(&self.members, 0.001),
            control_auc: planted.and_then(|planted| auc(planted, &self.others).ok()).map(|area| area.value),
            control_tpr: planted.and_then(|planted| rate(planted, 0.01)).map(|rate| rate.value),
            roc: roc_points(&self.members, &self.others, 60),
        };
        let score = Score::new(area.value, found)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        let mut parts: Vec<(String, f64)> = Vec::new();
        if let Some(rate) = attack.tpr_at_1 {
            parts.push(("found at 1 % false alarms".into(), rate.value));
            parts.extend(
                rate.interval.map(|interval| ("found at 1 % false alarms, lower end".into(), interval.low)),
            );
        }
        parts.extend(attack.control_auc.map(|value| ("AUC with 5 % copies planted".to_owned(), value)));
        if ctx.pass == Pass::Synthetic
            && let Ok(mut attacks) = ctx.findings.attacks.lock()
        {
            attacks.push(attack);
        }
        Ok(score.with_interval(low, high, 0.95, "DeLong over patients").with_parts(parts))
    }
}

/// Which of the attacked members the control plants, so that 5 % of the synthetic people are copies.
pub(crate) fn planted(n_members: usize, n_train: usize, n_synthetic: usize) -> Vec<bool> {
    let chance = (0.05 * n_synthetic as f64 / n_train.max(1) as f64).min(1.0);
    (0..n_members).map(|at| ((at + 1) as f64 * chance).floor() > (at as f64 * chance).floor()).collect()
}
