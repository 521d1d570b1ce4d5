//! re.spike: are numbers rounded and heaped as people write them?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::schema::Format;
use verosim_core::{
    Citation, ColumnSchema, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded,
};

/// Similarity of last digits and of the mass of the five commonest values.
pub(super) struct Spike;

static INFO: MetricInfo = MetricInfo {
    id: "re.spike",
    name: "Digit and spike similarity",
    question: "Are numbers rounded and heaped as people write them?",
    page: "For each numeric column the mean of two similarities: one minus the total variation of the last stored digit, \
           and one minus the summed differences of the shares of the holdout's five commonest values, halved. Sees blood \
           pressures that no longer end in 0, laboratory values with too many decimals, and lost zeros: the cheapest \
           give-aways of synthetic data.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("thavarajah2003")],
    maturity: Maturity::Checked,
};

impl Metric for Spike {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_numbers(schema, 1)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (real, synthetic) = (numbers(data.holdout), numbers(data.synthetic));
        let columns: Vec<_> = real
            .iter()
            .zip(&synthetic)
            .map(|((at, real), (_, synthetic))| {
                (commonest(real), scale(&data.schema.columns[*at]), *real, *synthetic)
            })
            .collect();
        let one = |(common, scale, real, synthetic): &(Vec<f64>, f64, &[f64], &[f64]),
                   rows: &[usize],
                   others: &[usize]| {
            let (r, s) = (digits(real, *scale, rows)?, digits(synthetic, *scale, others)?);
            let last = 0.5 * r.iter().zip(&s).map(|(r, s)| (r - s).abs()).sum::<f64>();
            let mass = |values: &[f64], rows: &[usize], value: f64| {
                let n = rows.iter().filter(|&&row| !values[row].is_nan()).count().max(1);
                rows.iter().filter(|&&row| values[row] == value).count() as f64 / n as f64
            };
            let spikes: f64 = common
                .iter()
                .map(|&value| (mass(real, rows, value) - mass(synthetic, others, value)).abs())
                .sum();
            Some(1.0 - 0.5 * (last + 0.5 * spikes.min(2.0)))
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            mean(columns.iter().map(|column| one(column, rows, others)))
        })?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        Ok(score.with_parts(real.iter().zip(&columns).filter_map(|((at, _), column)| {
            Some((data.schema.columns[*at].name.clone(), one(column, &all, &others)?))
        })))
    }
}

fn commonest(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let mut runs: Vec<(usize, f64)> = Vec::new();
    for value in sorted {
        match runs.last_mut() {
            Some((n, last)) if *last == value => *n += 1,
            _ => runs.push((1, value)),
        }
    }
    runs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
    runs.into_iter().take(5).map(|(_, value)| value).collect()
}

/// What a value of the column is multiplied by to make its last stored digit a unit.
pub(super) fn scale(schema: &ColumnSchema) -> f64 {
    match schema.format {
        Format::Number { max_decimals, .. } => 10_f64.powi(i32::from(max_decimals.min(9))),
        _ => 1.0,
    }
}

/// Shares of the ten last digits; `None` without values.
pub(super) fn digits(values: &[f64], scale: f64, rows: &[usize]) -> Option<[f64; 10]> {
    let mut counts = [0.0; 10];
    let mut n = 0.0;
    for value in rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan()) {
        counts[((value * scale).round().abs() % 10.0) as usize] += 1.0;
        n += 1.0;
    }
    (n > 0.0).then(|| counts.map(|count| count / n))
}
