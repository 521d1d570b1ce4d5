//! re.moments: are means, spreads and quantiles of numbers right?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::quantile_sorted;

/// Mean difference of seven summaries over the interquartile range.
pub(super) struct Summaries;

static INFO: MetricInfo = MetricInfo {
    id: "re.moments",
    name: "Differences of summaries",
    question: "Are means, spreads and quantiles of numbers right?",
    page: "The absolute differences between holdout and synthetic mean, median, standard deviation (divisor n - 1) and \
           quantiles at 1, 5, 95 and 99 %, each over the interquartile range of the holdout (its standard deviation where that \
           is 0), averaged over summaries and numeric columns. The parts are the seven means over columns, and SDMetrics' \
           StatisticSimilarity (one minus the difference over the range of the holdout, at least 0) of mean, median and std: \
           one outlier in the real range flatters those, which is why they are not the value. One laboratory value a \
           thousand times too large shows in the mean and the standard deviation here.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "interquartile ranges",
    sources: &[Citation("patki2016")],
    maturity: Maturity::Checked,
};

const NAMES: [&str; 7] = [
    "mean",
    "median",
    "standard deviation",
    "quantile 1 %",
    "quantile 5 %",
    "quantile 95 %",
    "quantile 99 %",
];
/// SDMetrics' names of the first three.
const SIMILAR: [&str; 3] =
    ["StatisticSimilarity mean", "StatisticSimilarity median", "StatisticSimilarity std"];

impl Metric for Summaries {
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
        let pairs: Vec<(&[f64], &[f64])> =
            numbers(data.holdout).into_iter().zip(numbers(data.synthetic)).map(|(a, b)| (a.1, b.1)).collect();
        let gaps = |rows: &[usize], others: &[usize]| -> Vec<(Summary, [f64; 7])> {
            let of = |(real, made): &(&[f64], &[f64])| {
                let (real, made) = (Summary::of(real, rows)?, Summary::of(made, others)?);
                let gap = std::array::from_fn(|at| (real.values[at] - made.values[at]).abs());
                Some((real, gap))
            };
            pairs.iter().filter_map(of).collect()
        };
        let scaled = |gaps: &[(Summary, [f64; 7])], at: usize| {
            mean(gaps.iter().map(|(real, gap)| (real.spread > 0.0).then(|| gap[at] / real.spread)))
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            let gaps = gaps(rows, others);
            mean((0..NAMES.len()).map(|at| scaled(&gaps, at)))
        })?;
        let all = gaps(&(0..n).collect::<Vec<_>>(), &(0..m).collect::<Vec<_>>());
        let own =
            NAMES.iter().enumerate().filter_map(|(at, name)| Some(((*name).to_owned(), scaled(&all, at)?)));
        let similar = SIMILAR.iter().enumerate().filter_map(|(at, name)| {
            let of = |(real, gap): &(Summary, [f64; 7])| {
                (real.range > 0.0).then(|| (1.0 - gap[at] / real.range).max(0.0))
            };
            Some(((*name).to_owned(), mean(all.iter().map(of))?))
        });
        Ok(score.with_parts(own.chain(similar)))
    }
}

/// What a column is summed up in, in the order of [`NAMES`].
struct Summary {
    values: [f64; 7],
    spread: f64,
    range: f64,
}

impl Summary {
    /// Of what is present at `rows`; `None` below two values.
    fn of(values: &[f64], rows: &[usize]) -> Option<Self> {
        let mut sorted: Vec<f64> =
            rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect();
        if sorted.len() < 2 {
            return None;
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let middle = sorted.iter().sum::<f64>() / n;
        let deviation = (sorted.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let at = |share: f64| quantile_sorted(&sorted, share).unwrap_or(middle);
        let spread = at(0.75) - at(0.25);
        Some(Self {
            values: [middle, at(0.5), deviation, at(0.01), at(0.05), at(0.95), at(0.99)],
            spread: if spread > 0.0 { spread } else { deviation },
            range: at(1.0) - at(0.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn similarities_are_those_of_sdmetrics() {
        let rows = |text: &str| -> Vec<[String; 1]> { text.split(' ').map(|v| [v.to_owned()]).collect() };
        // Fixture G10, column A, present cells.
        let real = rows("1 2 2 3 5 8 13 21 34");
        let score = measured(&Summaries, &Three::new(&["a"], [&real, &real, &rows("1 1 2 4 6 9 12 30 40")]));
        for (name, want) in [
            ("StatisticSimilarity mean", 0.946_127_946_127_946_2),
            ("StatisticSimilarity std", 0.914_703_966_901_800_2),
            ("StatisticSimilarity median", 0.969_696_969_696_969_7),
            // Medians 5 and 6, quartiles 2 and 13.
            ("median", 1.0 / 11.0),
        ] {
            let found = score.parts().iter().find(|(part, _)| part == name).unwrap().1;
            assert!((found - want).abs() < 1e-12, "{name}: {found}");
        }
    }
}
