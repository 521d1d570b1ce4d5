//! re.miss: are cells missing as often, and in the same ways?

use super::ks::mean;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Mean over columns of one minus half the summed differences of the shares of each kind of missing.
pub(super) struct Missing;

static INFO: MetricInfo = MetricInfo {
    id: "re.miss",
    name: "Missing-value similarity",
    question: "Are cells missing as often, and in the same ways?",
    page: "One minus half the summed differences between the shares of each kind of missing (and of present cells) in \
           holdout and synthetic rows, averaged over columns where anything is missing. Whether the same patients lack \
           the same values is seen by re.acc2 and re.c2st.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("patki2016")],
    maturity: Maturity::Checked,
};

impl Metric for Missing {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns: Vec<(&[u8], &[u8])> = data
            .holdout
            .columns()
            .iter()
            .zip(data.synthetic.columns())
            .map(|(real, synthetic)| (real.missing.as_slice(), synthetic.missing.as_slice()))
            .filter(|(real, synthetic)| real.iter().chain(*synthetic).any(|&code| code != 0))
            .collect();
        if columns.is_empty() {
            return Err(MetricError::Undefined { why: "no cell is missing".into() });
        }
        let shares = |codes: &[u8], rows: &[usize]| {
            let mut shares = [0.0_f64; 256];
            rows.iter().for_each(|&row| shares[usize::from(codes[row])] += 1.0 / rows.len() as f64);
            shares
        };
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            mean(columns.iter().map(|(real, synthetic)| {
                let (r, s) = (shares(real, rows), shares(synthetic, others));
                Some(1.0 - 0.5 * r.iter().zip(&s).map(|(r, s)| (r - s).abs()).sum::<f64>())
            }))
        })
    }
}
