//! re.precision, re.recall, re.density, re.coverage: do synthetic patients lie where real ones lie, and the other way round?

use crate::embedding::clouds;
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::balls;

/// One of four shares of neighbourhoods.
pub(super) struct Prdc {
    measure: Measure,
    info: &'static MetricInfo,
}

enum Measure {
    Precision,
    Recall,
    Density,
    Coverage,
}

/// Synthetic rows near real ones.
pub(super) static PRECISION: Prdc = Prdc { measure: Measure::Precision, info: &PRECISION_INFO };
/// Real rows near synthetic ones.
pub(super) static RECALL: Prdc = Prdc { measure: Measure::Recall, info: &RECALL_INFO };
/// How many real neighbourhoods a synthetic row lies in.
pub(super) static DENSITY: Prdc = Prdc { measure: Measure::Density, info: &DENSITY_INFO };
/// Real neighbourhoods that hold a synthetic row.
pub(super) static COVERAGE: Prdc = Prdc { measure: Measure::Coverage, info: &COVERAGE_INFO };

/// Neighbours that a ball reaches to.
const NEIGHBOURS: usize = 5;
/// Rows of each table; all pairs are looked at.
const MOST_ROWS: usize = 4_000;

const PAGE: &str = "Rows become points (E-default: numbers by their place among training and holdout values, levels as \
    indicators, kinds of missing apart); equally many holdout and synthetic rows, at most 4,000. Around each row lies a ball \
    that reaches to its fifth neighbour in its own table. Precision: share of synthetic rows inside the ball of some holdout \
    row. Recall: share of holdout rows inside the ball of some synthetic row. Density: holdout balls that a synthetic row \
    lies in, on average, over 5. Coverage: share of holdout balls with a synthetic row inside (strictly, as the package prdc \
    has it). Real against real: density 1, coverage 0.969 (1 - ∏ (n - j) / (2n - j) over five), precision and recall below 1 \
    and falling with the number of columns. Precision and recall are moved by single outliers: read density and coverage \
    first. All depend on n: compare with the ceiling.";

static PRECISION_INFO: MetricInfo = MetricInfo {
    id: "re.precision",
    name: "Precision of neighbourhoods",
    question: "Is each synthetic patient like some real one?",
    page: PAGE,
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of synthetic rows",
    sources: &[Citation("kynkaanniemi2019"), Citation("naeem2020")],
    maturity: Maturity::Checked,
};

static RECALL_INFO: MetricInfo = MetricInfo {
    id: "re.recall",
    name: "Recall of neighbourhoods",
    question: "Is there a synthetic patient like each real one?",
    unit: "share of holdout rows",
    ..PRECISION_INFO
};

static DENSITY_INFO: MetricInfo = MetricInfo {
    id: "re.density",
    name: "Density of neighbourhoods",
    question: "Do synthetic patients gather where real ones do?",
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "real balls per synthetic row over 5",
    sources: &[Citation("naeem2020")],
    ..PRECISION_INFO
};

static COVERAGE_INFO: MetricInfo = MetricInfo {
    id: "re.coverage",
    name: "Coverage of neighbourhoods",
    question: "Is there a synthetic patient in each real neighbourhood?",
    unit: "share of holdout rows",
    sources: &[Citation("naeem2020")],
    ..PRECISION_INFO
};

impl Metric for Prdc {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn preset(&self) -> Preset {
        match self.measure {
            Measure::Density | Measure::Coverage => Preset::Standard,
            Measure::Precision | Measure::Recall => Preset::Release,
        }
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let both = clouds(data, MOST_ROWS.min(ctx.row_limit), seed.split("rows"));
        let n = both.real.n_rows();
        if n <= 2 * NEIGHBOURS {
            return Err(MetricError::TooFew { unit: "rows", needed: 2 * NEIGHBOURS + 1, found: n });
        }
        let groups = Groups::new(n, n, seed);
        let (real, made) = (groups.real.as_slice(), groups.synthetic.as_slice());
        let found = match self.measure {
            Measure::Recall => balls(&both.synthetic, &both.real, NEIGHBOURS, (made, real), GROUPS).inside,
            Measure::Precision => balls(&both.real, &both.synthetic, NEIGHBOURS, (real, made), GROUPS).inside,
            Measure::Density => balls(&both.real, &both.synthetic, NEIGHBOURS, (real, made), GROUPS).density,
            Measure::Coverage => balls(&both.real, &both.synthetic, NEIGHBOURS, (real, made), GROUPS).hit,
        };
        groups.score(|out| found.get(out).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    #[test]
    fn other_people_of_the_same_law_score_as_theory_says() {
        // Three samples of 600 points of one law in three dimensions, from congruential streams.
        let sample = |first: u64| -> Vec<[String; 3]> {
            let mut state = first;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40).to_string()
            };
            (0..600).map(|_| [next(), next(), next()]).collect()
        };
        let three = Three::new(&["x", "y", "z"], [&sample(1), &sample(2), &sample(3)]);
        // Closed forms for equal laws; the standard error of coverage at 600 rows is 0.7 %, of density about 3 %.
        let coverage = measured(&COVERAGE, &three).value();
        let null = 1.0 - (1..=5).map(|j| f64::from(600 - j) / f64::from(1200 - j)).product::<f64>();
        assert!((coverage - null).abs() < 0.025, "{coverage} against {null}");
        let density = measured(&DENSITY, &three).value();
        assert!((density - 1.0).abs() < 0.12, "{density}");
        assert!(
            refused(&RECALL, &Three::new(&["x"], [&[], &[], &[]])).to_string().contains("at least 11 rows")
        );
    }
}
