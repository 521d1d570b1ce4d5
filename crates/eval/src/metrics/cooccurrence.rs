//! cl.cooc: do diseases occur together as they do in real people?

use crate::clinical::bound;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::constrain::clinical::{DiseasePair, diseases};

/// Mean difference of log odds ratios over known pairs of diseases.
pub(super) struct Cooccurrence;

static INFO: MetricInfo = MetricInfo {
    id: "cl.cooc",
    name: "Diseases together",
    question: "Do diseases occur together as they do in real people?",
    page: "For each of some forty pairs of diseases that are known to occur together more, or less, often than by chance \
           (diabetes and high blood pressure, sepsis and acute kidney failure, pregnancy and coronary disease), the log odds \
           ratio in synthetic and in holdout rows, half a row added to each cell (Haldane 1956). The value is the mean \
           absolute difference over the pairs of which both diseases have at least 11 holdout rows and at least five rows are \
           expected to have both. A disease is told by a column that says yes or no, or by codes in any of several columns; a \
           single column of codes holds one disease of a row and tells of no pair. Small tables differ by chance: compare \
           with the ceiling. Shuffled columns lose the association: about the mean size of the real ones.",
    family: Family::Clinical,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "log odds",
    sources: &[Citation("haldane1956")],
    maturity: Maturity::Checked,
};

/// Holdout rows with a disease, and those expected to have both, below which a pair says nothing.
const LEAST_ROWS: usize = 11;
const LEAST_EXPECTED: f64 = 5.0;

impl Metric for Cooccurrence {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let bound = bound(data);
        let pairs = diseases(data.schema, data.train, &bound.bindings);
        if pairs.is_empty() {
            let reason =
                "no two diseases are told by columns that say yes or no, or by several columns of codes"
                    .into();
            return Err(NotApplicable { reason }.into());
        }
        let (real, made) = (data.holdout, data.synthetic);
        let all: Vec<usize> = (0..real.n_rows()).collect();
        let told: Vec<(String, Codes, Codes)> = pairs
            .iter()
            .map(|pair| (pair.name.clone(), codes(pair, real), codes(pair, made)))
            .filter(|(_, real, _)| is_told(&counted(real, &all)))
            .collect();
        if told.is_empty() {
            return Err(MetricError::TooFew {
                unit: "holdout rows with either of two diseases",
                needed: LEAST_ROWS,
                found: 0,
            });
        }
        let gap = |(_, real, made): &(String, Codes, Codes), rows: &[usize], others: &[usize]| {
            (log_odds_ratio(&counted(made, others)) - log_odds_ratio(&counted(real, rows))).abs()
        };
        let score = jackknifed(real.n_rows(), made.n_rows(), seed, |rows, others| {
            Some(told.iter().map(|pair| gap(pair, rows, others)).sum::<f64>() / told.len() as f64)
        })?;
        let made_rows: Vec<usize> = (0..made.n_rows()).collect();
        Ok(score.with_parts(told.iter().map(|pair| (pair.0.clone(), gap(pair, &all, &made_rows)))))
    }
}

/// Cell of the two-by-two table of each row: 0 to 3, or 4 where either disease is unknown.
type Codes = Vec<u8>;

fn codes(pair: &DiseasePair, table: &Table) -> Codes {
    let both = pair.first.truth(table).into_iter().zip(pair.second.truth(table));
    both.map(|cell| match cell {
        (Some(a), Some(b)) => 2 * u8::from(a) + u8::from(b),
        _ => 4,
    })
    .collect()
}

fn counted(codes: &[u8], rows: &[usize]) -> [f64; 4] {
    let mut counts = [0.0; 4];
    for &row in rows {
        if let Some(count) = counts.get_mut(usize::from(codes[row])) {
            *count += 1.0;
        }
    }
    counts
}

fn is_told(counts: &[f64; 4]) -> bool {
    let (first, second) = (counts[2] + counts[3], counts[1] + counts[3]);
    let all = counts.iter().sum::<f64>().max(1.0);
    let least = LEAST_ROWS as f64;
    first >= least
        && second >= least
        && all - first >= least
        && all - second >= least
        && first * second / all >= LEAST_EXPECTED
}

fn log_odds_ratio([neither, second, first, both]: &[f64; 4]) -> f64 {
    ((both + 0.5) * (neither + 0.5) / ((first + 0.5) * (second + 0.5))).ln()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    /// 200 rows with the four counts (neither, second, first, both).
    fn rows(counts: [usize; 4]) -> Vec<[String; 3]> {
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let cells = counts.iter().enumerate().flat_map(|(cell, &n)| std::iter::repeat_n(cell, n));
        cells
            .enumerate()
            .map(|(at, cell)| [word(cell >= 2), word(cell % 2 == 1), (at % 5).to_string()])
            .collect()
    }

    const NAMES: [&str; 3] = ["diabetes", "hypertension", "visits"];

    #[test]
    fn log_odds_are_compared_pair_by_pair() {
        let (train, real, made) = ([100, 40, 20, 40], [100, 40, 20, 40], [110, 30, 30, 30]);
        let three = Three::new(&NAMES, [&rows(train), &rows(real), &rows(made)]);
        let score = measured(&Cooccurrence, &three);
        // By hand, half a row added: 40.5 · 100.5 / (20.5 · 40.5) and 30.5 · 110.5 / 30.5².
        let want = ((100.5_f64 / 20.5).ln() - (110.5_f64 / 30.5).ln()).abs();
        assert!((score.value() - want).abs() < 1e-12, "{}", score.value());
        assert_eq!(score.parts()[0].0, "diabetes and hypertension");
        let same = Three::new(&NAMES, [&rows(train), &rows(real), &rows(real)]);
        assert_eq!(measured(&Cooccurrence, &same).value(), 0.0);
    }

    #[test]
    fn diseases_of_few_people_are_not_told() {
        let few = rows([180, 10, 5, 5]);
        let error = refused(&Cooccurrence, &Three::new(&NAMES, [&few, &few, &few]));
        assert!(matches!(error, MetricError::TooFew { .. }), "{error:?}");
    }
}
