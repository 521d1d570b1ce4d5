//! di.cov: is the whole variety of patients there?

use crate::coded::coded;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::BTreeMap;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Share of holdout pairs of codes that synthetic rows show too.
pub(super) struct Coverage;

static INFO: MetricInfo = MetricInfo {
    id: "di.cov",
    name: "Coverage of combinations",
    question: "Is the whole variety of patients there?",
    page: "Every holdout row has a combination of codes for each pair of columns (ten quantile bins, ten commonest \
           levels, kinds of missing). The score is the share of these combinations, counted by row, that occur in at \
           least one synthetic row. Equal samples miss a few rare combinations by chance: compare with the ceiling. A \
           generator that repeats common patients scores low.",
    family: Family::Diversity,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of combinations",
    sources: &[Citation("naeem2020")],
    maturity: Maturity::Checked,
};

/// Most pairs looked at; every so many in order.
const MOST_PAIRS: usize = 500;

impl Metric for Coverage {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        if schema.columns.len() > 1 {
            Ok(())
        } else {
            Err(NotApplicable { reason: "needs two columns".into() })
        }
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, 10);
        let k = columns.len();
        let all: Vec<(usize, usize)> = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect();
        let pairs: Vec<_> = all.iter().step_by(all.len().div_ceil(MOST_PAIRS).max(1)).copied().collect();
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            let mut shares = BTreeMap::new();
            for &(a, b) in &pairs {
                let (x, y) = (&columns[a], &columns[b]);
                let mut seen = vec![false; x.n_codes * y.n_codes];
                let cell = |a: u16, b: u16| usize::from(a) * y.n_codes + usize::from(b);
                others.iter().for_each(|&row| seen[cell(x.synthetic[row], y.synthetic[row])] = true);
                let hit = rows.iter().filter(|&&row| seen[cell(x.real[row], y.real[row])]).count();
                shares.insert((a, b), hit as f64 / rows.len().max(1) as f64);
            }
            (!shares.is_empty()).then(|| shares.values().sum::<f64>() / shares.len() as f64)
        })
    }
}
