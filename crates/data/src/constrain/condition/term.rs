//! What is reckoned from the numbers of a row, and what is known of it when a level only says between which values it lies?

use crate::Table;
use crate::frame::Cells;
use serde::{Deserialize, Serialize};

/// A number made from the cells of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Term {
    Constant(f64),
    /// A numeric column; `scale` turns seconds into days, so that all times and lengths of time are days.
    Column {
        column: String,
        scale: f64,
    },
    /// A column of levels that read as numbers or as bands: `[70-80)`, `65+`.
    Band(String),
    Sum(Box<Self>, Box<Self>),
    Difference(Box<Self>, Box<Self>),
    Product(Box<Self>, Box<Self>),
    Quotient(Box<Self>, Box<Self>),
    Absolute(Box<Self>),
}

/// Least and greatest value that a term can have in a row; equal where it is a number, `NaN` where it is unknown.
pub(super) type Span = [f64; 2];

const UNKNOWN: Span = [f64::NAN; 2];

impl Term {
    /// The value of each row. What is divided by something that may be 0 is unknown.
    ///
    /// # Cost
    /// O(rows) for each column and sign.
    pub(super) fn values(&self, table: &Table) -> Vec<Span> {
        let both = |a: &Self, b: &Self, by: fn(Span, Span) -> Span| -> Vec<Span> {
            a.values(table).into_iter().zip(b.values(table)).map(|(a, b)| by(a, b)).collect()
        };
        match self {
            Self::Constant(value) => vec![[*value; 2]; table.n_rows()],
            Self::Column { column, scale } => match table.column(column).map(|column| &column.cells) {
                Some(Cells::Number(cells)) => cells.iter().map(|cell| [cell * scale; 2]).collect(),
                _ => vec![UNKNOWN; table.n_rows()],
            },
            Self::Band(column) => match table.column(column).and_then(|column| column.levels()) {
                Some((codes, levels)) => {
                    let spans: Vec<Span> =
                        levels.iter().map(|level| band(level).unwrap_or(UNKNOWN)).collect();
                    codes.iter().map(|&code| spans.get(code as usize).copied().unwrap_or(UNKNOWN)).collect()
                }
                None => vec![UNKNOWN; table.n_rows()],
            },
            Self::Sum(a, b) => both(a, b, |a, b| [a[0] + b[0], a[1] + b[1]]),
            Self::Difference(a, b) => both(a, b, |a, b| [a[0] - b[1], a[1] - b[0]]),
            Self::Product(a, b) => both(a, b, |a, b| of_ends(a, b, |x, y| x * y)),
            Self::Quotient(a, b) => both(a, b, |a, b| {
                let may_be_zero = b[0] <= 0.0 && b[1] >= 0.0;
                if may_be_zero { UNKNOWN } else { of_ends(a, b, |x, y| x / y) }
            }),
            Self::Absolute(a) => a.values(table).into_iter().map(absolute).collect(),
        }
    }

    /// Calls `found` with each column.
    pub(super) fn columns<'a>(&'a self, found: &mut impl FnMut(&'a str)) {
        match self {
            Self::Constant(_) => {}
            Self::Column { column, .. } | Self::Band(column) => found(column),
            Self::Sum(a, b) | Self::Difference(a, b) | Self::Product(a, b) | Self::Quotient(a, b) => {
                a.columns(found);
                b.columns(found);
            }
            Self::Absolute(a) => a.columns(found),
        }
    }
}

/// The extremes of a sign that is monotone in each side.
fn of_ends(a: Span, b: Span, by: fn(f64, f64) -> f64) -> Span {
    let ends = [by(a[0], b[0]), by(a[0], b[1]), by(a[1], b[0]), by(a[1], b[1])];
    if ends.iter().any(|end| end.is_nan()) {
        return UNKNOWN;
    }
    [ends.into_iter().fold(f64::INFINITY, f64::min), ends.into_iter().fold(f64::NEG_INFINITY, f64::max)]
}

fn absolute([low, high]: Span) -> Span {
    if low >= 0.0 {
        [low, high]
    } else if high <= 0.0 {
        [-high, -low]
    } else if low.is_nan() || high.is_nan() {
        UNKNOWN
    } else {
        [0.0, high.max(-low)]
    }
}

/// Between which values a level says that a number lies: `72`, `[70-80)`, `70-79`, `65+`, `>= 65`, `<40`, `under 18`,
/// `90 and over`. The upper end of whole years, `70-79`, is the end of the last one.
pub(in crate::constrain) fn band(text: &str) -> Option<Span> {
    let text = text.trim();
    if let Some(value) = finite(text) {
        return Some([value; 2]);
    }
    let low = text.to_lowercase();
    for sign in [">=", ">", "≥", "over ", "from "] {
        if let Some(rest) = low.strip_prefix(sign) {
            return Some([finite(rest)?, f64::INFINITY]);
        }
    }
    for sign in ["<=", "<", "≤", "under ", "below ", "up to "] {
        if let Some(rest) = low.strip_prefix(sign) {
            return Some([f64::NEG_INFINITY, finite(rest)?]);
        }
    }
    for end in ["+", " and over", " and older", " or more", " or older", " and above"] {
        if let Some(rest) = low.strip_suffix(end) {
            return Some([finite(rest)?, f64::INFINITY]);
        }
    }
    let is_bracketed = low.starts_with(['[', '(']) && low.ends_with([']', ')']);
    let inner = if is_bracketed { &low[1..low.len() - 1] } else { low.as_str() };
    let (from, to) = ["–", " to ", ",", "_", "-"].into_iter().find_map(|sign| inner.split_once(sign))?;
    let (from, to) = (finite(from)?, finite(to)?);
    let is_whole = !is_bracketed && from.fract() == 0.0 && to.fract() == 0.0;
    let to = if is_whole { to + 1.0 } else { to };
    (from <= to).then_some([from, to])
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_say_between_which_values_a_number_lies() {
        let inf = f64::INFINITY;
        let cases = [
            ("72", Some([72.0, 72.0])),
            ("[70-80)", Some([70.0, 80.0])),
            ("(75, 100]", Some([75.0, 100.0])),
            (" 70-79", Some([70.0, 80.0])),
            ("65+", Some([65.0, inf])),
            (">= 65", Some([65.0, inf])),
            ("<40", Some([-inf, 40.0])),
            ("90 and over", Some([90.0, inf])),
            ("male", None),
            ("80-70", None),
            ("", None),
            ("[", None),
            ("–", None),
        ];
        for (text, want) in cases {
            assert_eq!(band(text), want, "{text}");
        }
    }

    #[test]
    fn spans_are_reckoned_by_their_ends() {
        let product = of_ends([-2.0, 3.0], [4.0, 5.0], |x, y| x * y);
        assert_eq!(product, [-10.0, 15.0], "Moore 1966: the extremes lie at the ends");
        assert_eq!(absolute([-2.0, 3.0]), [0.0, 3.0]);
        assert_eq!(absolute([-3.0, -2.0]), [2.0, 3.0]);
        assert!(absolute(UNKNOWN)[0].is_nan());
    }
}
