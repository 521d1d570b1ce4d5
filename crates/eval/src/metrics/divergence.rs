//! re.js, re.hell: how far apart are the shares of bins and levels?

use super::ks::mean;
use crate::coded::coded;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::{hellinger, jensen_shannon};

/// Mean over columns of one minus a distance of shares.
pub(super) struct Divergence {
    distance: fn(&[f64], &[f64]) -> Option<f64>,
    info: &'static MetricInfo,
}

/// Jensen–Shannon distance.
pub(super) static JENSEN_SHANNON: Divergence = Divergence { distance: jensen_shannon, info: &JS_INFO };
/// Hellinger distance.
pub(super) static HELLINGER: Divergence = Divergence { distance: hellinger, info: &HELLINGER_INFO };

/// Bins of a number.
const BINS: usize = 20;

const PAGE: &str = "One minus the distance between the shares of holdout and synthetic rows, averaged over columns. Bins are \
    shared: numbers in at most twenty quantile bins of training and holdout rows, the ten commonest levels and the rest, each \
    kind of missing apart. Jensen–Shannon: root of the divergence to base 2 (as scipy); Hellinger: root of one minus the \
    summed geometric means. Both weigh rare bins more than total variation (re.acc1) does. Distances of equal laws are about \
    √((bins - 1) / 8 · (1/n + 1/m)) for Hellinger's, a little more for the other: compare with the ceiling. SynthEval's \
    Hellinger distance of numbers is 0 whatever the data; synthcity adds 1 to each share; SDMetrics takes a 10 × 10 grid.";

static JS_INFO: MetricInfo = MetricInfo {
    id: "re.js",
    name: "Jensen–Shannon similarity",
    question: "Do bins and levels hold the same shares, rare ones included?",
    page: PAGE,
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("lin1991"), Citation("endres2003")],
    maturity: Maturity::Checked,
};

static HELLINGER_INFO: MetricInfo = MetricInfo {
    id: "re.hell",
    name: "Hellinger similarity",
    sources: &[Citation("hellinger1909")],
    ..JS_INFO
};

impl Metric for Divergence {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, BINS);
        let one = |at: usize, rows: &[usize], others: &[usize]| {
            let count = |codes: &[u16], rows: &[usize]| {
                let mut counts = vec![0.0; columns[at].n_codes];
                rows.iter().for_each(|&row| counts[usize::from(codes[row])] += 1.0);
                counts
            };
            let (real, made) = (count(&columns[at].real, rows), count(&columns[at].synthetic, others));
            (self.distance)(&real, &made).map(|distance| 1.0 - distance)
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score =
            jackknifed(n, m, seed, |rows, others| mean((0..columns.len()).map(|at| one(at, rows, others))))?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let names = data.schema.columns.iter().enumerate();
        Ok(score.with_parts(
            names.filter_map(|(at, column)| Some((column.name.clone(), one(at, &all, &others)?))),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn shares_of_levels_are_compared() {
        let rows = |counts: [usize; 4]| -> Vec<[String; 1]> {
            let cells = ["a", "b", "c", "d"].into_iter().zip(counts);
            cells.flat_map(|(level, n)| std::iter::repeat_n([level.to_owned()], n)).collect()
        };
        // Shares .5 .3 .2 0 against .4 .3 .1 .2: scipy's jensenshannon(base=2) is 0.340986, Hellinger 0.333714 in closed
        // form. The fourth level is known from training.
        let three =
            Three::new(&["g"], [&rows([10, 10, 10, 10]), &rows([50, 30, 20, 0]), &rows([40, 30, 10, 20])]);
        let js = measured(&JENSEN_SHANNON, &three).value();
        assert!((1.0 - js - 0.340_985_920_478_583_06).abs() < 1e-12, "{js}");
        let hellinger = measured(&HELLINGER, &three).value();
        assert!((1.0 - hellinger - 0.333_714_021_675_344_86).abs() < 1e-12, "{hellinger}");
    }
}
