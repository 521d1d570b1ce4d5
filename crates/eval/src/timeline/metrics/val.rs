//! lo.val: are numbers of each code distributed as real ones?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{enough_people, groups, scored};
use crate::timeline::series::{Series, numeric_codes, series};
use crate::timeline::values::{Values, alike};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Mean similarity of the numbers of each code.
pub(super) struct CodeValues;

static INFO: MetricInfo = MetricInfo {
    id: "lo.val",
    name: "Values of measurements",
    question: "Are laboratory values and other numbers distributed as for real patients?",
    page: "One minus the greatest gap of distribution functions (Kolmogorov and Smirnov) of the numbers of each code, holdout \
           against synthetic, averaged over the 100 codes for which most holdout patients have a number, at least 20 of \
           either side; the parts are the codes. A code with its unit is a code of its own. Values of one patient hang \
           together, which is why tenths of the patients are left out for the interval and not values.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("smirnov1948")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for CodeValues {
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
        enough_people([real, made], 2)?;
        let codes = numeric_codes(real, made, data.vocabulary);
        if codes.is_empty() {
            let unit = "codes for which 20 patients have a number";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let groups = groups(real, made, seed);
        let n_codes = data.vocabulary.len();
        let (a, b) = (series(real, &codes, n_codes), series(made, &codes, n_codes));
        let merged: Vec<_> = a
            .iter()
            .zip(&b)
            .map(|(a, b)| pooled(a, &groups.real).merged(&pooled(b, &groups.synthetic)))
            .collect();
        let score = scored(&groups, |out| mean(merged.iter().map(|merged| alike(merged, out))))?;
        let parts = codes.iter().zip(&merged).filter_map(|(&code, merged)| {
            Some((data.vocabulary.text(code).to_owned(), alike(merged, GROUPS)?))
        });
        Ok(score.with_parts(parts))
    }
}

fn pooled(series: &[Series], groups: &[u8]) -> Values {
    let mut values = Values::default();
    for one in series {
        one.values.iter().for_each(|&value| values.push(value, groups[one.person]));
    }
    values
}
