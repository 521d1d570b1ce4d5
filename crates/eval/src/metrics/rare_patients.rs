//! di.rareclass: are there synthetic patients like the unusual real ones?

use crate::embedding::clouds;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::{nearest, nearest_others};
use verosim_math::learn::Rate;

/// Share of unusual holdout rows with a synthetic row in their neighbourhood.
pub(super) struct RarePatients;

static INFO: MetricInfo = MetricInfo {
    id: "di.rareclass",
    name: "Recall of unusual patients",
    question: "Are there synthetic patients like the unusual real ones?",
    page: "The twentieth of the holdout rows (of at most 4,000; E-default, see re.precision) that lie furthest from their fifth \
           neighbour in the holdout are the unusual ones; the score is the share of them with a synthetic row, of as many as \
           there are holdout rows, nearer than that neighbour. Real against real gives 0.969 for unusual and common rows \
           alike. The part is the share among all other rows. Exact interval for the unusual rows, the synthetic ones held \
           fixed. Read together with the privacy of the same patients: what is good here may be a copy there (pd.copy).",
    family: Family::Diversity,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of unusual rows",
    sources: &[Citation("naeem2020"), Citation("ramaswamy2000")],
    maturity: Maturity::Checked,
};

/// Rows of each table.
const MOST_ROWS: usize = 4_000;
/// Neighbours that a ball reaches to.
const NEIGHBOURS: usize = 5;
/// Unusual rows that a share needs.
const LEAST_UNUSUAL: usize = 20;

impl Metric for RarePatients {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let both = clouds(data, MOST_ROWS.min(ctx.row_limit), seed.split("rows"));
        let n = both.real.n_rows();
        let unusual = n / 20;
        if unusual < LEAST_UNUSUAL {
            return Err(MetricError::TooFew { unit: "rows", needed: 20 * LEAST_UNUSUAL, found: n });
        }
        let reach: Vec<f64> = nearest_others(&both.real, NEIGHBOURS)
            .iter()
            .map(|near| near.last().map_or(0.0, |near| near.distance))
            .collect();
        let first = nearest(&both.real, &both.synthetic, 1);
        let covered = |row: usize| first[row].first().is_some_and(|near| near.distance < reach[row]);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| reach[b].total_cmp(&reach[a]).then(a.cmp(&b)));
        let count = |rows: &[usize]| rows.iter().filter(|&&row| covered(row)).count();
        let (rare, common) = order.split_at(unusual);
        let rate = Rate::exact(count(rare), unusual, 0.95);
        let score = Score::new(rate.value, unusual)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        let others = count(common) as f64 / common.len() as f64;
        Ok(score
            .with_interval(rate.low, rate.high, 0.95, "Clopper–Pearson over unusual rows")
            .with_parts([("all other rows".to_owned(), others)]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn a_generator_that_keeps_to_the_middle_misses_the_unusual() {
        // Two columns; one row in twenty stands apart in both.
        let rows = |with: bool, salt: usize| -> Vec<[String; 2]> {
            (0..800)
                .map(|at| {
                    let odd = with && at % 20 == 0;
                    let x = (at * 37 + salt) % 800;
                    let y = if odd { (x + 300 + at * 13 % 200) % 800 } else { (x + at * 29 % 40) % 800 };
                    [x.to_string(), y.to_string()]
                })
                .collect()
        };
        let names = ["x", "y"];
        let narrow =
            measured(&RarePatients, &Three::new(&names, [&rows(true, 0), &rows(true, 0), &rows(false, 11)]));
        let wide =
            measured(&RarePatients, &Three::new(&names, [&rows(true, 0), &rows(true, 0), &rows(true, 11)]));
        assert!(narrow.value() < 0.1 && narrow.parts()[0].1 > 0.8, "{narrow:?}");
        assert!(wide.value() > narrow.value() + 0.3, "{}", wide.value());
        assert_eq!(wide.n(), 40);
    }
}
