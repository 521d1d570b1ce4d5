//! re.cont: do levels of different columns meet as often as they should?

use super::accuracy::accuracy;
use super::ks::needs_levels;
use crate::coded::coded;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Mean over pairs of level columns of one minus the total variation of their table.
pub(super) struct Contingency;

static INFO: MetricInfo = MetricInfo {
    id: "re.cont",
    name: "Contingency similarity",
    question: "Do levels of different columns meet as often as they should?",
    page: "One minus the total variation between the two-way tables of holdout and synthetic rows, averaged over pairs \
           of columns of levels; levels beyond the ten commonest are one, missing is a level. Numbers take part in \
           re.acc2.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("patki2016")],
    maturity: Maturity::Checked,
};

impl Metric for Contingency {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_levels(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, 10);
        let levels: Vec<usize> =
            (0..columns.len()).filter(|&at| !data.schema.columns[at].kind.is_numeric()).collect();
        let pairs: Vec<[usize; 2]> = levels
            .iter()
            .enumerate()
            .flat_map(|(at, &a)| levels[at + 1..].iter().map(move |&b| [a, b]))
            .collect();
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            let total: f64 = pairs.iter().map(|pair| accuracy(&columns, pair, rows, others)).sum();
            (!rows.is_empty() && !others.is_empty()).then(|| total / pairs.len() as f64)
        })
    }
}
