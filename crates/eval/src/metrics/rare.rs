//! re.rare: do rare levels keep their place?

use super::ks::needs_levels;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::learn::Rate;

/// Share of rare levels whose synthetic share is within a factor of two.
pub(super) struct Rare;

static INFO: MetricInfo = MetricInfo {
    id: "re.rare",
    name: "Rare-level fidelity",
    question: "Do rare levels keep their place?",
    page: "Of the levels that hold between 0.1 % and 5 % of training and holdout rows (at least ten), the share whose \
           synthetic frequency lies within a factor of two. Levels of fewer than about five people are withheld on \
           purpose and do not count. The interval is exact for the number of levels.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of levels",
    sources: &[Citation("yan2022")],
    maturity: Maturity::Checked,
};

impl Metric for Rare {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_levels(schema, 1)
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (mut kept, mut seen) = (0, 0);
        for at in 0..data.schema.columns.len() {
            let Some((real, levels)) = data.holdout.columns()[at].levels() else { continue };
            let count = |codes: &[u32]| {
                let mut counts = vec![0.0_f64; levels.len()];
                codes
                    .iter()
                    .filter(|&&c| (c as usize) < levels.len())
                    .for_each(|&c| counts[c as usize] += 1.0);
                counts
            };
            let train = data.train.columns()[at].levels().map_or(&[][..], |(codes, _)| codes);
            let made = data.synthetic.columns()[at].levels().map_or(&[][..], |(codes, _)| codes);
            let (train, real, made) = (count(train), count(real), count(made));
            let total = |counts: &[f64]| counts.iter().sum::<f64>().max(1.0);
            let (n_known, n_made) = (total(&train) + total(&real), total(&made));
            for level in 0..levels.len() {
                let known = train[level] + real[level];
                let share = known / n_known;
                if known >= 10.0 && (0.001..=0.05).contains(&share) {
                    seen += 1;
                    let ratio = (made[level] / n_made) / share;
                    kept += usize::from((0.5..=2.0).contains(&ratio));
                }
            }
        }
        if seen == 0 {
            return Err(MetricError::Undefined {
                why: "no level is rare enough and common enough to judge".into(),
            });
        }
        let rate = Rate::exact(kept, seen, 0.95);
        let score = Score::new(rate.value, seen)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(rate.low, rate.high, 0.95, "Clopper–Pearson over levels"))
    }
}
