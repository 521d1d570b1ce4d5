//! When is a guess of a secret right?

use verosim_data::Table;
use verosim_data::frame::{Cells, NO_LEVEL};
use verosim_math::stats::quantile_sorted;

/// How far, in shares of its size, a guess of a number may be off.
pub(crate) const WITHIN: f64 = 0.05;
/// A number near 0 counts as if it were this share of the interquartile range.
const LEAST_SIZE: f64 = 0.1;

/// What an attacker says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guess {
    Level(u32),
    Number(f64),
}

/// Cells of a sensitive column, and what counts as a right guess of one.
pub(crate) enum Secret<'a> {
    /// Codes; right when equal.
    Level(&'a [u32]),
    /// Numbers; right when within the tolerance, which does not shrink to nothing at 0 nor turn with the sign.
    Number { values: &'a [f64], least: f64 },
}

impl<'a> Secret<'a> {
    /// The cells of `table`, on the scale of `real` people.
    pub(crate) fn of(table: &'a Table, real: &Table, column: usize) -> Self {
        match &table.columns()[column].cells {
            Cells::Level { codes, .. } => Self::Level(codes),
            Cells::Number(values) => {
                let mut sorted: Vec<f64> = real.columns()[column].numbers().unwrap_or_default().to_vec();
                sorted.retain(|value| !value.is_nan());
                sorted.sort_by(f64::total_cmp);
                let at = |share| quantile_sorted(&sorted, share).unwrap_or(0.0);
                Self::Number { values, least: LEAST_SIZE * (at(0.75) - at(0.25)) }
            }
        }
    }

    /// Whether the cell at `row` holds anything that could be learned.
    pub(crate) fn is_present(&self, row: usize) -> bool {
        match self {
            Self::Level(codes) => codes[row] != NO_LEVEL,
            Self::Number { values, .. } => !values[row].is_nan(),
        }
    }

    /// Whether a guess gives the cell at `row` away.
    pub(crate) fn is_told(&self, row: usize, guess: Guess) -> bool {
        match (self, guess) {
            (Self::Level(own), Guess::Level(code)) => own[row] == code,
            (Self::Number { values, least }, Guess::Number(value)) => is_near(value, values[row], *least),
            _ => false,
        }
    }

    /// The cell at `row`, as a guess.
    pub(crate) fn cell(&self, row: usize) -> Guess {
        match self {
            Self::Level(codes) => Guess::Level(codes[row]),
            Self::Number { values, .. } => Guess::Number(values[row]),
        }
    }

    /// Share of the cells of `made` that give the cell at `row` away: what guessing achieves. `sorted` are the cells of
    /// `made` as [`Secret::sorted`] gives them.
    pub(crate) fn by_guessing(&self, row: usize, sorted: &[f64]) -> f64 {
        let n = sorted.len().max(1) as f64;
        let between = |low: f64, high: f64| {
            let first = sorted.partition_point(|value| *value < low);
            let end = sorted.partition_point(|value| *value <= high);
            end.saturating_sub(first) as f64 / n
        };
        match self {
            Self::Level(codes) => between(f64::from(codes[row]), f64::from(codes[row])),
            Self::Number { values, least } => {
                let reach = WITHIN * values[row].abs().max(*least);
                between(values[row] - reach, values[row] + reach)
            }
        }
    }

    /// All cells as numbers, ascending, missing ones last.
    pub(crate) fn sorted(&self) -> Vec<f64> {
        let mut sorted: Vec<f64> = match self {
            Self::Level(codes) => codes.iter().map(|&code| f64::from(code)).collect(),
            Self::Number { values, .. } => {
                values.iter().map(|value| if value.is_nan() { f64::INFINITY } else { *value }).collect()
            }
        };
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// Whether a guess is within the tolerance of the truth; a missing guess is not.
pub(crate) fn is_near(guess: f64, truth: f64, least: f64) -> bool {
    (guess - truth).abs() <= WITHIN * truth.abs().max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_guesses_are_no_success() {
        // anonymeter 1.1.0 divides by the guess with its sign: -5 for 100 is right there.
        assert!(!is_near(-5.0, 100.0, 1.0));
        assert!(is_near(104.9, 100.0, 1.0) && !is_near(105.1, 100.0, 1.0));
        assert!(
            is_near(0.04, 0.0, 1.0) && !is_near(0.06, 0.0, 1.0),
            "0 has the size of a tenth of the range"
        );
        assert!(!is_near(f64::NAN, 1.0, 1.0));
    }

    #[test]
    fn guessing_is_the_share_of_right_cells() {
        let (own, made) = (Secret::Level(&[1, 7]), Secret::Level(&[1, 1, 2, 3, NO_LEVEL]));
        let sorted = made.sorted();
        assert!(
            (own.by_guessing(0, &sorted) - 0.4).abs() < 1e-12 && own.by_guessing(1, &sorted).abs() < 1e-12
        );
        let values = [100.0];
        let own = Secret::Number { values: &values, least: 1.0 };
        let cells = [96.0, 104.0, 106.0, f64::NAN];
        let made = Secret::Number { values: &cells, least: 1.0 };
        assert!((own.by_guessing(0, &made.sorted()) - 0.5).abs() < 1e-12);
        assert!(
            own.is_told(0, made.cell(1)) && !own.is_told(0, made.cell(2)) && !own.is_told(0, made.cell(3))
        );
        assert!(!own.is_told(0, Guess::Level(100)), "a level is no number");
    }
}
