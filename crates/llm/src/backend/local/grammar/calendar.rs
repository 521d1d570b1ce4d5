//! Which regular expression matches exactly the days of a range?

use super::digits::{any_of, padded};
use chrono::{Datelike as _, Days, NaiveDate};

/// Years of days without bounds.
const YEARS: (i32, i32) = (1900, 2099);
/// Years that four digits can write.
const WRITABLE: (i32, i32) = (0, 9_999);
const SECONDS_OF_DAY: f64 = 86_400.0;

/// Days from `low` to `high` (days since 1970) as `2026-11-23`; all that a calendar has from 1900 to 2099 without bounds.
#[must_use]
pub(super) fn day(low: Option<f64>, high: Option<f64>) -> String {
    let first = bound(low.map(f64::ceil), YEARS.0, (1, 1));
    let last = bound(high.map(f64::floor), YEARS.1, (12, 31));
    days(first, last)
}

/// Instants from `low` to `high` (seconds since 1970) as `2026-11-23T14:05:00`. Of a range of several days only the
/// whole ones; of a shorter range the days that it touches.
#[must_use]
pub(super) fn instant(low: Option<f64>, high: Option<f64>) -> String {
    let of = |seconds: Option<f64>| seconds.map(|seconds| seconds / SECONDS_OF_DAY);
    let (first, last) =
        (of(low).map(f64::ceil), of(high).map(|day| (day + 1.0 / SECONDS_OF_DAY).floor() - 1.0));
    let day = match (first, last) {
        (Some(first), Some(last)) if first > last => day(of(low).map(f64::floor), of(high).map(f64::floor)),
        _ => day(first, last),
    };
    format!("{day}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
}

fn bound(day: Option<f64>, year: i32, other: (u32, u32)) -> NaiveDate {
    let epoch = NaiveDate::default();
    let (earliest, latest) = (year_end(WRITABLE.0, (1, 1)), year_end(WRITABLE.1, (12, 31)));
    let Some(day) = day else { return year_end(year, other) };
    let far = Days::new((day.abs() as u64).min(4_000_000));
    let date = if day < 0.0 { epoch.checked_sub_days(far) } else { epoch.checked_add_days(far) };
    date.unwrap_or(if day < 0.0 { earliest } else { latest }).clamp(earliest, latest)
}

fn year_end(year: i32, (month, day): (u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// Whole years together, years that are cut by a bound month by month.
fn days(first: NaiveDate, last: NaiveDate) -> String {
    let mut ways = Vec::new();
    let (mut common, mut leap) = (Vec::new(), Vec::new());
    for year in first.year()..=last.year() {
        let from = first.max(year_end(year, (1, 1)));
        let to = last.min(year_end(year, (12, 31)));
        if from > to {
            continue;
        }
        if (from.ordinal(), to.month(), to.day()) == (1, 12, 31) {
            if from.leap_year() { &mut leap } else { &mut common }.push(format!("{year:04}"));
            continue;
        }
        let months = (from.month()..=to.month()).map(|month| {
            let start = if month == from.month() { from.day() } else { 1 };
            let end = if month == to.month() { to.day() } else { length(year, month) };
            format!("{month:02}-{}", padded(start, end, 2))
        });
        ways.push(format!("{year:04}-{}", any_of(&months.collect::<Vec<_>>())));
    }
    for (years, of_february) in [(common, 28), (leap, 29)] {
        if years.is_empty() {
            continue;
        }
        let months = [
            format!("02-{}", padded(1, of_february, 2)),
            format!("(0[469]|11)-{}", padded(1, 30, 2)),
            format!("(0[13578]|1[02])-{}", padded(1, 31, 2)),
        ];
        ways.push(format!("{}-{}", any_of(&years), any_of(&months)));
    }
    any_of(&ways)
}

fn length(year: i32, month: u32) -> u32 {
    match month {
        2 if year_end(year, (1, 1)).leap_year() => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// Every text of that shape is a day of the range or does not match.
    #[test]
    fn days_are_exact_by_enumeration() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let ranges = [
            (date(1999, 2, 27), date(2001, 3, 1)),
            (date(2000, 2, 29), date(2000, 2, 29)),
            (date(2023, 12, 30), date(2024, 1, 2)),
            (date(1968, 1, 1), date(1972, 12, 31)),
        ];
        for (first, last) in ranges {
            let since = |day: NaiveDate| (day - NaiveDate::default()).num_days() as f64;
            let expression = format!("^{}$", day(Some(since(first)), Some(since(last))));
            let expression = Regex::new(&expression).unwrap();
            for year in first.year() - 1..=last.year() + 1 {
                for month in 0..=13 {
                    for day in 0..=32 {
                        let inside = NaiveDate::from_ymd_opt(year, month, day)
                            .is_some_and(|date| (first..=last).contains(&date));
                        let text = format!("{year:04}-{month:02}-{day:02}");
                        assert_eq!(expression.is_match(&text), inside, "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn instants_lie_within_the_whole_days_of_a_range() {
        // From 1970-01-01 12:00:00 to 1970-01-03 23:59:59.
        let expression = format!("^{}$", instant(Some(43_200.0), Some(259_199.0)));
        let expression = Regex::new(&expression).unwrap();
        assert!(!expression.is_match("1970-01-01T13:00:00"));
        assert!(expression.is_match("1970-01-02T00:00:00") && expression.is_match("1970-01-03T23:59:59"));
        assert!(!expression.is_match("1970-01-03T24:00:00") && !expression.is_match("1970-01-04T00:00:00"));
    }
}
