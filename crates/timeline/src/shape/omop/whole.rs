//! Does a cell fit the type of its column?

use super::spec::Type;
use crate::event::instant;
use std::borrow::Cow;

/// A whole number; `33.0` is one too, for tools that know no empty whole numbers write them so.
pub(super) fn whole(cell: &str) -> Option<i64> {
    let cell = cell.trim();
    cell.parse().ok().or_else(|| {
        let (number, zeros) = cell.split_once('.')?;
        (!zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')).then(|| number.parse().ok())?
    })
}

/// How a cell can stand in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit<'a> {
    /// As it is, or written otherwise without loss.
    Whole(Cow<'a, str>),
    /// What the column has room for.
    Cut(&'a str),
    /// Not at all.
    Not,
}

/// Fits a cell that is not empty. `typed` formats take days and instants in one form only.
pub(super) fn fit(cell: &str, kind: Type, typed: bool) -> Fit<'_> {
    let reads = |midnight: bool| {
        instant::read(cell).filter(|at| !midnight || at.micros.rem_euclid(instant::DAY) == 0)
    };
    let plain = |fits: bool| if fits { Fit::Whole(cell.into()) } else { Fit::Not };
    let instant = |at: Option<instant::Reading>, style| match at {
        None => Fit::Not,
        Some(at) if typed => {
            instant::write(at.micros, style).map_or(Fit::Not, |cell| Fit::Whole(cell.into()))
        }
        // A year alone is no day.
        Some(_) => plain(cell.trim().len() >= 10),
    };
    match kind {
        Type::Integer if cell.parse::<i64>().is_ok() => Fit::Whole(cell.into()),
        Type::Integer => whole(cell).map_or(Fit::Not, |number| Fit::Whole(number.to_string().into())),
        Type::Float => plain(cell.trim().parse::<f64>().is_ok_and(f64::is_finite)),
        Type::Date => instant(reads(true), instant::Style::Date),
        Type::Datetime => instant(reads(false), instant::Style::Iso),
        Type::Text(None) => plain(true),
        Type::Text(Some(most)) => match cell.char_indices().nth(most) {
            None => Fit::Whole(cell.into()),
            Some((end, _)) => Fit::Cut(&cell[..end]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fit_their_columns_or_not() {
        let whole_cell = |cell: &'static str| Fit::Whole(cell.into());
        for (cell, kind, typed, expected) in [
            ("7", Type::Integer, false, whole_cell("7")),
            ("7.0", Type::Integer, false, whole_cell("7")),
            ("7.5", Type::Integer, false, Fit::Not),
            ("7.5", Type::Float, false, whole_cell("7.5")),
            ("inf", Type::Float, false, Fit::Not),
            ("2024-03-20", Type::Date, false, whole_cell("2024-03-20")),
            ("2024-03-20 00:00:00", Type::Date, false, whole_cell("2024-03-20 00:00:00")),
            ("2024-03-20 00:00:00", Type::Date, true, whole_cell("2024-03-20")),
            ("2024-03-20 09:00:00", Type::Date, false, Fit::Not),
            ("2024", Type::Date, false, Fit::Not),
            ("2024-03-20T09:00:00Z", Type::Datetime, true, whole_cell("2024-03-20T09:00:00")),
            ("größer", Type::Text(Some(3)), false, Fit::Cut("grö")),
            ("groß", Type::Text(Some(4)), false, whole_cell("groß")),
        ] {
            assert_eq!(fit(cell, kind, typed), expected, "{cell} {kind:?}");
        }
    }
}
