//! re.range: do numbers and levels stay within what real people have, and fill it?

use super::ks::mean;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::BTreeSet;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::frame::{Cells, Column, NO_LEVEL};
use verosim_math::stats::quantile_sorted;

/// Mean over columns of the share of the real range, or of the common levels, that synthetic rows fill.
pub(super) struct Ranges;

static INFO: MetricInfo = MetricInfo {
    id: "re.range",
    name: "Range coverage",
    question: "Do synthetic numbers and levels fill the range of real ones, and stay within it?",
    page: "For numbers the share of the holdout's range from its 0.5 % to its 99.5 % quantile that the same quantiles of the \
           synthetic values cover; for levels the share of the holdout's levels with at least ten rows that occur; averaged \
           over columns. The parts are the means of SDMetrics' figures, holdout as the real table: RangeCoverage and \
           BoundaryAdherence of numbers, CategoryCoverage and CategoryAdherence of levels (missing cells count as a level, \
           and as within the boundary only where real cells are missing). Full coverage of the whole range is no virtue: it \
           means that the most extreme patient has a double.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of the range",
    sources: &[Citation("patki2016")],
    maturity: Maturity::Checked,
};

/// Rows of a level that counts.
const LEAST_ROWS: usize = 10;

impl Metric for Ranges {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let pairs: Vec<(&Column, &Column)> =
            data.holdout.columns().iter().zip(data.synthetic.columns()).collect();
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            mean(pairs.iter().map(|(real, made)| match (&real.cells, &made.cells) {
                (Cells::Number(r), Cells::Number(s)) => {
                    covered(&sorted(r, rows), &sorted(s, others), (0.005, 0.995))
                }
                _ => filled(real, made, (rows, others), LEAST_ROWS),
            }))
        })?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let whole = (all.as_slice(), others.as_slice());
        let of = |figure: Figure| mean(pairs.iter().map(|(real, made)| figure(real, made, whole)));
        let parts = [
            ("RangeCoverage", of(range_coverage)),
            ("BoundaryAdherence", of(boundary_adherence)),
            ("CategoryCoverage", of(|real, made, rows| filled(real, made, rows, 1))),
            ("CategoryAdherence", of(category_adherence)),
        ];
        Ok(score.with_parts(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))))
    }
}

/// A figure of a real and a synthetic column at some rows of each.
type Figure = fn(&Column, &Column, (&[usize], &[usize])) -> Option<f64>;

fn sorted(values: &[f64], rows: &[usize]) -> Vec<f64> {
    let mut sorted: Vec<f64> = rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Share of the real range between two quantiles that synthetic values cover; `None` where the range is a point.
fn covered(real: &[f64], made: &[f64], (low, high): (f64, f64)) -> Option<f64> {
    let (least, most) = (quantile_sorted(real, low)?, quantile_sorted(real, high)?);
    let (first, last) = (quantile_sorted(made, low)?, quantile_sorted(made, high)?);
    let width = most - least;
    let lost = (first - least).max(0.0) + (most - last).max(0.0);
    (width > 0.0).then(|| (1.0 - lost / width).max(0.0))
}

fn range_coverage(real: &Column, made: &Column, rows: (&[usize], &[usize])) -> Option<f64> {
    covered(&sorted(real.numbers()?, rows.0), &sorted(made.numbers()?, rows.1), (0.0, 1.0))
}

/// Share of synthetic numbers between the least and the greatest real one.
fn boundary_adherence(real: &Column, made: &Column, (_, rows): (&[usize], &[usize])) -> Option<f64> {
    let known = real.numbers()?.iter().copied().filter(|value| !value.is_nan());
    let (least, most) =
        known.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| (least.min(x), most.max(x)));
    let lacks = real.missing.iter().any(|&kind| kind != 0);
    let values = made.numbers()?;
    // Where real cells are missing SDMetrics leaves missing synthetic cells out; elsewhere they are outside.
    let counted = || rows.iter().map(|&row| values[row]).filter(|value| !(lacks && value.is_nan()));
    let inside = counted().filter(|value| (least..=most).contains(value)).count();
    let n = counted().count();
    (n > 0 && least <= most).then(|| inside as f64 / n as f64)
}

/// Share of the real levels with at least `least` rows that synthetic rows have.
fn filled(real: &Column, made: &Column, rows: (&[usize], &[usize]), least: usize) -> Option<f64> {
    let ((real, levels), (made, _)) = (real.levels()?, made.levels()?);
    let count = |codes: &[u32], rows: &[usize]| {
        let mut counts = vec![0_usize; levels.len()];
        rows.iter().filter(|&&row| codes[row] != NO_LEVEL).for_each(|&row| counts[codes[row] as usize] += 1);
        counts
    };
    let (real, made) = (count(real, rows.0), count(made, rows.1));
    let known: Vec<usize> = (0..levels.len()).filter(|&level| real[level] >= least).collect();
    let kept = known.iter().filter(|&&level| made[level] > 0).count();
    (!known.is_empty()).then(|| kept as f64 / known.len() as f64)
}

/// Share of synthetic rows whose level, missing being one, real rows have.
fn category_adherence(real: &Column, made: &Column, (_, rows): (&[usize], &[usize])) -> Option<f64> {
    let known: BTreeSet<u32> = real.levels()?.0.iter().copied().collect();
    let made = made.levels()?.0;
    (!rows.is_empty())
        .then(|| rows.iter().filter(|&&row| known.contains(&made[row])).count() as f64 / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn parts_are_those_of_sdmetrics() {
        let rows = |a: &str, c: &str| -> Vec<[String; 2]> {
            let cell = |text: &str| if text == "-" { String::new() } else { text.to_owned() };
            a.split(' ').zip(c.split(' ')).map(|(a, c)| [cell(a), cell(c)]).collect()
        };
        // Fixture G10, columns A and C.
        let real = rows("1 2 2 3 5 8 13 21 - 34", "a a b b b c c a - d");
        let made = rows("1 1 2 4 6 9 12 - 30 40", "a b b b c c e a a -");
        let score = measured(&Ranges, &Three::new(&["a", "c"], [&real, &real, &made]));
        for (name, want) in [
            ("RangeCoverage", 1.0),
            ("BoundaryAdherence", 0.888_888_888_888_888_8),
            ("CategoryCoverage", 0.75),
            ("CategoryAdherence", 0.9),
        ] {
            let found = score.parts().iter().find(|(part, _)| part == name).unwrap().1;
            assert!((found - want).abs() < 1e-12, "{name}: {found}");
        }
    }
}
