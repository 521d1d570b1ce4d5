//! How well do scores tell people who were learned from, from people who were not?

use crate::card::{Attack, Reading};
use crate::membership::{Attacker, Scored};
use crate::metric::{EvalContext, Pass};
use crate::{MetricError, Trio};
use verosim_core::{Interval, MetricInfo, Score};
use verosim_math::learn::{Auc, auc, roc_points, tpr_at_fpr};

/// People on either side below which an attack says nothing.
pub(crate) const LEAST: usize = 20;

/// Whom [`LEAST`] counts.
pub(crate) const ATTACKED: &str = "holdout people beside the third whom the attacker knows";

/// Turns an attacker into a metric value (AUC with DeLong's interval) and leaves the attack for the report.
///
/// Where the attacker looks at two spaces, the stronger one is told. Its interval still holds one half in 95 % of tables
/// where nothing leaks: the greater of two lower ends lies above it as much more often as both upper ends lie below it
/// less often. The lower end alone is one of 95 % at least.
pub(crate) fn attack(
    info: &'static MetricInfo,
    attacker: Attacker,
    data: &Trio<'_>,
    ctx: &EvalContext<'_>,
) -> Result<Score, MetricError> {
    let suite = ctx.findings.membership.suite(data, ctx);
    let is_member = suite.is_member();
    let scored = suite.scored(attacker)?;
    let found = scored.first().map_or(0, |scored| {
        let (members, others) = split(&scored.scores, &is_member);
        members.len().min(others.len())
    });
    if found < LEAST {
        return Err(MetricError::TooFew { unit: ATTACKED, needed: LEAST, found });
    }
    let areas: Vec<Auc> =
        scored.iter().map(|scored| area(&scored.scores, &is_member)).collect::<Result<_, _>>()?;
    let strongest = (0..areas.len())
        .max_by(|&a, &b| areas[a].value.total_cmp(&areas[b].value).then(b.cmp(&a)))
        .ok_or_else(|| MetricError::Undefined { why: "no score could be made".into() })?;
    let (chosen, area) = (&scored[strongest], areas[strongest]);
    let (low, high) = area.interval(0.95);
    if ctx.pass == Pass::Synthetic
        && let Ok(mut attacks) = ctx.findings.attacks.lock()
    {
        attacks.push(told(info, chosen, &is_member, (area.value, low, high)));
    }
    let score = Score::new(area.value, found)
        .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
    let parts = scored.iter().zip(&areas).filter(|(scored, _)| !scored.space.is_empty());
    Ok(score
        .with_interval(low, high, 0.95, "DeLong")
        .with_parts(parts.map(|(scored, area)| (scored.space.to_owned(), area.value))))
}

/// The AUC of telling members from others.
pub(crate) fn area(scores: &[f64], is_member: &[bool]) -> Result<Auc, MetricError> {
    let (members, others) = split(scores, is_member);
    auc(&members, &others)
        .map_err(|_| MetricError::Undefined { why: "the attack gave scores that are not numbers".into() })
}

/// Scores of members and of others, without people who are not attacked.
pub(crate) fn split(scores: &[f64], is_member: &[bool]) -> (Vec<f64>, Vec<f64>) {
    let of = |wanted: bool| {
        let scores = scores.iter().zip(is_member).filter(|(score, is)| **is == wanted && !score.is_nan());
        scores.map(|(score, _)| *score).collect()
    };
    (of(true), of(false))
}

/// The share of members that scores find at a rate of false alarms. A `level` above 0.95 is that of each of several looks,
/// which together are told at 95 %.
pub(crate) fn found_at(scores: &[f64], is_member: &[bool], fpr: f64, level: f64) -> Option<Reading> {
    let (members, others) = split(scores, is_member);
    tpr_at_fpr(&members, &others, fpr, level).map(|rate| Reading {
        value: rate.value,
        interval: Some(Interval { low: rate.low, high: rate.high, level: 0.95 }),
        n: rate.n,
    })
}

fn told(
    info: &MetricInfo,
    scored: &Scored,
    is_member: &[bool],
    (value, low, high): (f64, f64, f64),
) -> Attack {
    let (members, others) = split(&scored.scores, is_member);
    let planted = |fpr: f64| found_at(&scored.planted, is_member, fpr, 0.95);
    let space = if scored.space.is_empty() { String::new() } else { format!(" ({})", scored.space) };
    Attack {
        id: info.id.to_owned(),
        name: format!("{}{space}", info.name),
        auc: Reading {
            value,
            interval: Some(Interval { low, high, level: 0.95 }),
            n: members.len().min(others.len()),
        },
        tpr_at_1: found_at(&scored.scores, is_member, 0.01, 0.95),
        tpr_at_01: found_at(&scored.scores, is_member, 0.001, 0.95),
        control_auc: area(&scored.planted, is_member).ok().map(|area| area.value),
        control_tpr: planted(0.01).map(|rate| rate.value),
        roc: roc_points(&members, &others, 60),
    }
}
