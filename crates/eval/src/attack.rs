//! How well does a score tell people who were learned from, from people who were not?

use crate::card::{Attack, Reading};
use crate::metric::{EvalContext, Pass};
use crate::trio::some_rows;
use crate::{MetricError, Trio};
use verosim_core::{Interval, MetricInfo, Score, Seeded};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{auc, roc_points, tpr_at_fpr};
use verosim_math::neighbours::Points;
use verosim_math::stats::mid_ranks;

/// Scores of one attack: higher means "was learned from".
pub(crate) struct Scores {
    /// Of training rows.
    pub(crate) members: Vec<f64>,
    /// Of holdout rows.
    pub(crate) others: Vec<f64>,
    /// Of the same training rows when 5 % of the synthetic rows are copies of training rows.
    pub(crate) planted: Option<Vec<f64>>,
}

/// People on either side below which an attack says nothing.
const LEAST: usize = 20;

/// Turns scores into a metric value (AUC with DeLong's interval) and leaves the attack for the report.
pub(crate) fn attack(
    info: &'static MetricInfo,
    scores: &Scores,
    ctx: &EvalContext<'_>,
) -> Result<Score, MetricError> {
    let found = scores.members.len().min(scores.others.len());
    if found < LEAST {
        return Err(MetricError::TooFew { unit: "holdout rows", needed: LEAST, found });
    }
    let failed = |_| MetricError::Undefined { why: "the attack gave scores that are not numbers".into() };
    let area = auc(&scores.members, &scores.others).map_err(failed)?;
    let (low, high) = area.interval(0.95);
    if ctx.pass == Pass::Synthetic {
        let rate = |members: &[f64], fpr: f64| {
            tpr_at_fpr(members, &scores.others, fpr, 0.95).map(|rate| Reading {
                value: rate.value,
                interval: Some(Interval { low: rate.low, high: rate.high, level: 0.95 }),
                n: rate.n,
            })
        };
        let attack = Attack {
            id: info.id.to_owned(),
            name: info.name.to_owned(),
            auc: Reading { value: area.value, interval: Some(Interval { low, high, level: 0.95 }), n: found },
            tpr_at_1: rate(&scores.members, 0.01),
            tpr_at_01: rate(&scores.members, 0.001),
            control_auc: scores.planted.as_ref().and_then(|p| auc(p, &scores.others).ok()).map(|a| a.value),
            control_tpr: scores.planted.as_ref().and_then(|p| rate(p, 0.01)).map(|rate| rate.value),
            roc: roc_points(&scores.members, &scores.others, 60),
        };
        if let Ok(mut attacks) = ctx.findings.attacks.lock() {
            attacks.push(attack);
        }
    }
    let score = Score::new(area.value, found)
        .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
    Ok(score.with_interval(low, high, 0.95, "DeLong"))
}

/// Which training rows the control plants: one in `every`, so that 5 % of the synthetic rows are copies.
pub(crate) fn planted(n_members: usize, n_train: usize, n_synthetic: usize) -> Vec<bool> {
    // A training row is planted with the chance that 5 % of the synthetic rows, drawn from all of training, include it.
    let chance = (0.05 * n_synthetic as f64 / n_train.max(1) as f64).min(1.0);
    (0..n_members).map(|at| ((at + 1) as f64 * chance).floor() > (at as f64 * chance).floor()).collect()
}

/// The rows of a table as points: numbers by their own ranks in `[0, 1]`, levels by code.
///
/// Each table is ranked by itself, so that a copy that was shifted or stretched is still near.
pub(crate) fn own_ranks(table: &Table) -> Points {
    let mut numbers = Vec::new();
    let mut levels = Vec::new();
    for column in table.columns() {
        match &column.cells {
            Cells::Number(values) => {
                let ranks = mid_ranks(values);
                let n = ranks.iter().filter(|rank| !rank.is_nan()).count().max(1) as f64;
                numbers.push(ranks.iter().map(|rank| ((rank - 0.5) / n) as f32).collect());
            }
            Cells::Level { codes, .. } => {
                levels.push(codes.iter().map(|&code| code.min(65_535) as u16).collect());
            }
        }
    }
    Points::new(&numbers, &levels)
}

/// One half of the holdout as the population that an attacker knows, and the people who are attacked.
pub(crate) struct Side {
    /// Holdout rows that the attacker knows.
    pub(crate) known: Vec<usize>,
    /// The other holdout rows.
    pub(crate) others: Vec<usize>,
    /// Training rows, not those of the other side.
    pub(crate) members: Vec<usize>,
}

/// Either half of the holdout as the known one, so that every person held out is attacked once; at most `limit` rows
/// of a kind in both sides together.
pub(crate) fn sides(trio: &Trio<'_>, limit: usize, seed: Seeded) -> [Side; 2] {
    let unit = |row: usize| trio.holdout_subjects.map_or(row, |subjects| subjects[row] as usize);
    let halves: (Vec<usize>, Vec<usize>) =
        (0..trio.holdout.n_rows()).partition(|&row| unit(row).is_multiple_of(2));
    let members = some_rows(trio.train.n_rows(), limit, seed.split("members"));
    let side = |known: &[usize], attacked: &[usize], first: usize| Side {
        known: known.to_vec(),
        others: some_rows(attacked.len(), limit / 2, seed.split("others").split_at(first as u64))
            .into_iter()
            .map(|at| attacked[at])
            .collect(),
        members: members.iter().copied().skip(first).step_by(2).collect(),
    };
    [side(&halves.0, &halves.1, 0), side(&halves.1, &halves.0, 1)]
}

/// Scores of both sides on one scale: the share of the people held out on the same side who score lower.
pub(crate) fn pooled(sides: [Scores; 2]) -> Scores {
    let [mut all, second] = sides.map(|side| {
        let mut sorted = side.others.clone();
        sorted.sort_by(f64::total_cmp);
        let share = |score: &f64| {
            let (below, upto) = (
                sorted.partition_point(|other| other < score),
                sorted.partition_point(|other| other <= score),
            );
            (below + upto) as f64 / (2 * sorted.len().max(1)) as f64
        };
        let shares = |scores: &[f64]| scores.iter().map(share).collect::<Vec<f64>>();
        Scores {
            members: shares(&side.members),
            planted: side.planted.as_deref().map(shares),
            others: shares(&side.others),
        }
    });
    all.members.extend(second.members);
    all.others.extend(second.others);
    all.planted = all.planted.zip(second.planted).map(|(mut all, second)| {
        all.extend(second);
        all
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_with_other_scales_are_pooled_by_shares() {
        let side = |scale: f64, offset: f64| Scores {
            members: [0.5, 2.5, 9.0].map(|x| scale * x + offset).to_vec(),
            others: [1.0, 2.0, 2.0, 3.0].map(|x| scale * x + offset).to_vec(),
            planted: Some(vec![scale * 2.0 + offset; 3]),
        };
        let all = pooled([side(1.0, 0.0), side(100.0, -7.0)]);
        // By hand: no other below 0.5, three of four below 2.5, all below 9; ties count half.
        assert_eq!(all.members, [0.0, 0.75, 1.0, 0.0, 0.75, 1.0]);
        assert_eq!(all.others, [0.125, 0.5, 0.5, 0.875, 0.125, 0.5, 0.5, 0.875]);
        assert_eq!(all.planted, Some(vec![0.5; 6]));
    }
}
