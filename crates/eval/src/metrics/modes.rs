//! di.mode: are whole kinds of patients gone?

use crate::embedding::Embedding;
use crate::jackknife::{GROUPS, Groups};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::euclid::Clusters;

/// Heaps of real rows that synthetic rows leave nearly empty.
pub(super) struct Modes;

static INFO: MetricInfo = MetricInfo {
    id: "di.mode",
    name: "Dropped modes",
    question: "Are whole kinds of patients gone?",
    page: "Training rows (at most 4,000; E-default, see re.precision) are parted into 50 heaps by k-means, fewer where there are \
           fewer than 20 rows a heap. A heap is dropped when its share of synthetic rows is below a quarter of its share of \
           holdout rows; heaps with fewer than 11 holdout rows are not judged, so that chance drops hardly any: of 11 expected \
           rows two or fewer are seen once in 800 times. The score is the number of dropped heaps; the parts are the number \
           judged and the share of holdout rows in dropped ones. Real rows in the place of synthetic ones score 0.",
    family: Family::Diversity,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 50.0 },
    unit: "heaps",
    sources: &[Citation("arthur2007"), Citation("yan2022")],
    maturity: Maturity::Draft,
};

/// Rows that heaps are learned from.
const MOST_ROWS: usize = 4_000;
/// Rows of either table that are put into heaps.
const MOST_JUDGED: usize = 20_000;
const HEAPS: usize = 50;
/// Holdout rows of a heap that is judged.
const LEAST_ROWS: f64 = 11.0;

impl Metric for Modes {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let embedding = Embedding::new(data);
        let points = |table: &Table, most: usize, name: &str| {
            embedding.points(&table.take(&some_rows(
                table.n_rows(),
                most.min(ctx.row_limit),
                seed.split(name),
            )))
        };
        let known = points(data.train, MOST_ROWS, "train");
        let heaps = HEAPS.min(known.n_rows() / 20);
        let clusters = Clusters::new(&known, heaps, &mut seed.split("heaps").rng())
            .ok_or(MetricError::TooFew { unit: "training rows", needed: 20, found: known.n_rows() })?;
        let real = clusters.assign(&points(data.holdout, MOST_JUDGED, "holdout"));
        let made = clusters.assign(&points(data.synthetic, MOST_JUDGED, "synthetic"));
        let groups = Groups::new(real.len(), made.len(), seed);
        let count = |of: &[u16], rows: &[usize]| {
            let mut counts = vec![0.0; clusters.len()];
            rows.iter().for_each(|&row| counts[usize::from(of[row])] += 1.0);
            counts
        };
        let (all, _) = groups.keep(GROUPS);
        let judged: Vec<bool> = count(&real, &all).iter().map(|&n| n >= LEAST_ROWS).collect();
        let of = |out: usize| {
            let (rows, others) = groups.keep(out);
            dropped(&count(&real, &rows), &count(&made, &others), &judged)
        };
        let score = groups.score(|out| of(out).map(|(dropped, _)| dropped))?;
        let parts = of(GROUPS).map(|(_, share)| ("share of holdout rows in dropped heaps".to_owned(), share));
        let n_judged = judged.iter().filter(|&&is| is).count() as f64;
        Ok(score.with_parts([("heaps judged".to_owned(), n_judged)].into_iter().chain(parts)))
    }
}

/// Number of dropped heaps among those judged, and the share of real rows in them; `None` where none is judged.
fn dropped(real: &[f64], made: &[f64], judged: &[bool]) -> Option<(f64, f64)> {
    let (n, m) = (real.iter().sum::<f64>(), made.iter().sum::<f64>());
    if n <= 0.0 || m <= 0.0 || !judged.contains(&true) {
        return None;
    }
    let gone = real.iter().zip(made).zip(judged).filter(|((r, s), is)| **is && **s / m < 0.25 * **r / n);
    Some(gone.fold((0.0, 0.0), |(heaps, share), ((r, _), _)| (heaps + 1.0, share + r / n)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn a_kind_of_patient_that_is_gone_is_one_heap() {
        assert_eq!(
            dropped(&[50.0, 30.0, 20.0], &[90.0, 3.0, 7.0], &[true; 3]),
            Some((1.0, 0.3)),
            "3 % of 30 %"
        );
        assert_eq!(dropped(&[50.0, 30.0, 20.0], &[90.0, 3.0, 7.0], &[true, false, true]), Some((0.0, 0.0)));
        assert_eq!(dropped(&[5.0], &[5.0], &[false]), None);
        // Four kinds of patients that differ in three columns; the last kind is never written.
        let rows = |kinds: usize| -> Vec<[String; 3]> {
            (0..200).map(|at| ["a", "b", "c"].map(|letter| format!("{letter}{}", at % kinds))).collect()
        };
        let score = measured(&Modes, &Three::new(&["x", "y", "z"], [&rows(4), &rows(4), &rows(3)]));
        assert_eq!(score.value(), 1.0);
        assert_eq!(score.parts()[1].1, 0.25, "a quarter of the holdout");
    }
}
