//! lo.var: do patients differ from each other as much as real ones?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{LEAST_PEOPLE, enough_people, groups, scored};
use crate::timeline::series::{Series, numeric_codes, series, tamed};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Mean difference of intraclass correlations.
pub(super) struct Between;

static INFO: MetricInfo = MetricInfo {
    id: "lo.var",
    name: "Variance between patients",
    question: "Do patients differ from each other, and from themselves, as much as real ones?",
    page: "Intraclass correlation of the numbers of each code: the share of the variance that lies between patients, by one-way \
           analysis of variance with unequal numbers of values (ICC(1)). The value is the mean absolute difference, holdout \
           against synthetic, over codes for which at least 20 patients of either side have two numbers; the parts are \
           synthetic minus holdout for each code. Below 0: synthetic patients have no values of their own. Values are cut \
           to the middle 98 % of real ones.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 2.0 },
    unit: "difference of shares",
    sources: &[Citation("shrout1979"), Citation("perkonoja2026")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for Between {
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
        let mut kept: Vec<(u32, [Vec<Sums>; 2])> = Vec::new();
        for ((&code, mut a), mut b) in codes.iter().zip(a).zip(b) {
            let repeated = |side: &[Series]| side.iter().filter(|one| one.values.len() > 1).count();
            if repeated(&a).min(repeated(&b)) >= LEAST_PEOPLE as usize && tamed(&mut a, &mut b).is_some() {
                kept.push((code, [sums(&a, &groups.real), sums(&b, &groups.synthetic)]));
            }
        }
        if kept.is_empty() {
            let unit = "codes for which 20 patients have two numbers";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let gap = |[a, b]: &[Vec<Sums>; 2], out: usize| Some(correlation(b, out)? - correlation(a, out)?);
        let score = scored(&groups, |out| mean(kept.iter().map(|(_, sides)| gap(sides, out).map(f64::abs))))?;
        let parts = kept
            .iter()
            .filter_map(|(code, sides)| Some((data.vocabulary.text(*code).to_owned(), gap(sides, GROUPS)?)));
        Ok(score.with_parts(parts))
    }
}

/// One person's values.
struct Sums {
    group: u8,
    n: f64,
    sum: f64,
    squares: f64,
}

fn sums(series: &[Series], groups: &[u8]) -> Vec<Sums> {
    let of = |one: &Series| Sums {
        group: groups[one.person],
        n: one.values.len() as f64,
        sum: one.values.iter().sum(),
        squares: one.values.iter().map(|value| value * value).sum(),
    };
    series.iter().map(of).collect()
}

/// ICC(1) of unequal groups; `None` without variance or without a person who has two values.
fn correlation(people: &[Sums], out: usize) -> Option<f64> {
    let kept = || people.iter().filter(|one| usize::from(one.group) != out);
    let (k, n) = (kept().count() as f64, kept().map(|one| one.n).sum::<f64>());
    if k < 2.0 || n <= k {
        return None;
    }
    let mean = kept().map(|one| one.sum).sum::<f64>() / n;
    let between = kept().map(|one| one.n * (one.sum / one.n - mean).powi(2)).sum::<f64>() / (k - 1.0);
    let within = kept().map(|one| one.squares - one.sum * one.sum / one.n).sum::<f64>().max(0.0) / (n - k);
    let size = (n - kept().map(|one| one.n * one.n).sum::<f64>() / n) / (k - 1.0);
    let below = between + (size - 1.0) * within;
    (below > 0.0).then(|| (between - within) / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_correlation_is_by_hand() {
        // Two people with values (1, 3) and (5, 7, 9): mean 5, between 2·9 + 3·4 = 30 on 1 degree, within 2 + 8 = 10 on 3,
        // size (5 - 13/5) / 1 = 2.4: (30 - 10/3) / (30 + 1.4 · 10/3) = 26.667 / 34.667.
        let series = [
            Series { person: 0, times: vec![0, 1], values: vec![1.0, 3.0] },
            Series { person: 1, times: vec![0, 1, 2], values: vec![5.0, 7.0, 9.0] },
        ];
        let found = correlation(&sums(&series, &[0, 0]), GROUPS).unwrap();
        assert!((found - 80.0 / 104.0).abs() < 1e-12, "{found}");
        assert_eq!(correlation(&sums(&series[..1], &[0]), GROUPS), None);
    }
}
