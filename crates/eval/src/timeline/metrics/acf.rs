//! lo.acf: do numbers of one patient hang together over time as real ones do?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{LEAST_PEOPLE, enough_people, groups, scored};
use crate::timeline::series::{Series, numeric_codes, series, tamed};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::event::instant::DAY;

/// Mean difference of pooled within-patient variograms.
pub(super) struct Variogram;

static INFO: MetricInfo = MetricInfo {
    id: "lo.acf",
    name: "Values over time",
    question: "Do successive values of one patient hang together as real ones do?",
    page: "For each code with numbers and each span of time (up to a day, a week, a month, three months, a year, longer): half \
           the mean square of differences of two values of one patient that lie so far apart, over the variance of all \
           holdout values: near 0 where a patient's values stay alike, 1 where they know nothing of each other. The value is \
           the mean absolute difference, holdout against synthetic, over codes and spans for which at least 20 patients of \
           either side have a pair; parts: the same by span. Each value is held against the eight that follow it; values \
           are cut to the middle 98 % of real ones. This is the autocorrelation of times that are not evenly spaced.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "share of the variance",
    sources: &[Citation("matheron1963"), Citation("perkonoja2026")],
    maturity: Maturity::Draft,
};

/// Upper ends of spans in days.
const SPANS: [(&str, f64); 6] = [
    ("up to a day", 1.0),
    ("up to a week", 7.0),
    ("up to a month", 31.0),
    ("up to three months", 92.0),
    ("up to a year", 366.0),
    ("longer", f64::INFINITY),
];
/// How many later values each value is held against.
const LATER: usize = 8;

impl TimelineMetric for Variogram {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], LEAST_PEOPLE as usize)?;
        let codes = numeric_codes(real, made, data.vocabulary);
        let groups = groups(real, made, seed);
        let n_codes = data.vocabulary.len();
        let (a, b) = (series(real, &codes, n_codes), series(made, &codes, n_codes));
        let mut cells: Vec<(usize, f64, [Sums; 2])> = Vec::new();
        for (mut a, mut b) in a.into_iter().zip(b) {
            let Some(variance) = tamed(&mut a, &mut b) else { continue };
            let (a, b) = (spans(&a, &groups.real), spans(&b, &groups.synthetic));
            let both = a.into_iter().zip(b).enumerate();
            cells.extend(
                both.filter(|(_, (a, b))| a.people.min(b.people) >= LEAST_PEOPLE)
                    .map(|(span, (a, b))| (span, variance, [a, b])),
            );
        }
        if cells.is_empty() {
            let unit = "codes for which 20 patients have two numbers";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let gap = |(_, variance, [a, b]): &(usize, f64, [Sums; 2]), out: usize| {
            Some((a.mean(out)? - b.mean(out)?).abs() / 2.0 / variance)
        };
        let score = scored(&groups, |out| mean(cells.iter().map(|cell| gap(cell, out))))?;
        let parts = SPANS.iter().enumerate().filter_map(|(span, (name, _))| {
            let of_span = cells.iter().filter(|cell| cell.0 == span).map(|cell| gap(cell, GROUPS));
            Some(((*name).to_owned(), mean(of_span)?))
        });
        Ok(score.with_parts(parts))
    }
}

/// Squares of differences by group of people.
#[derive(Clone, Copy, Default)]
struct Sums {
    squares: [f64; GROUPS],
    pairs: [f64; GROUPS],
    people: u32,
}

impl Sums {
    fn mean(&self, out: usize) -> Option<f64> {
        let sum = |of: &[f64; GROUPS]| {
            of.iter().enumerate().filter(|(group, _)| *group != out).map(|(_, value)| value).sum::<f64>()
        };
        let pairs = sum(&self.pairs);
        (pairs > 0.0).then(|| sum(&self.squares) / pairs)
    }
}

/// The sums of one code for each span.
fn spans(series: &[Series], groups: &[u8]) -> [Sums; SPANS.len()] {
    let mut sums = [Sums::default(); SPANS.len()];
    for one in series {
        let group = usize::from(groups[one.person]);
        let mut seen = [false; SPANS.len()];
        for at in 0..one.values.len() {
            for later in at + 1..one.values.len().min(at + 1 + LATER) {
                let days = (one.times[later] - one.times[at]) as f64 / DAY as f64;
                let span = SPANS.iter().position(|(_, end)| days <= *end).unwrap_or(SPANS.len() - 1);
                sums[span].squares[group] += (one.values[later] - one.values[at]).powi(2);
                sums[span].pairs[group] += 1.0;
                seen[span] = true;
            }
        }
        seen.iter().zip(&mut sums).for_each(|(&seen, sums)| sums.people += u32::from(seen));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_by_hand() {
        // Values 1, 3, 7 on days 0, 1, 20: squares 4 (a day), 16 and 36 (a month).
        let one = Series { person: 0, times: vec![0, DAY, 20 * DAY], values: vec![1.0, 3.0, 7.0] };
        let sums = spans(&[one], &[0]);
        assert_eq!(
            (sums[0].mean(GROUPS), sums[2].mean(GROUPS), sums[1].mean(GROUPS)),
            (Some(4.0), Some(26.0), None)
        );
        assert_eq!((sums[2].people, sums[2].mean(0)), (1, None));
    }
}
