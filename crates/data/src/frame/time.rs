//! Which texts are days, instants and lengths of time, and how are they written?

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use verosim_core::Kind;

/// Patterns of days, most particular first. Two-digit years come last.
pub(crate) const DATES: [&str; 14] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d/%m/%y",
    "%m/%d/%y",
];

/// Patterns of instants.
pub(crate) const DATETIMES: [&str; 10] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",
];

/// Patterns of lengths of time.
pub(crate) const DURATIONS: [&str; 3] = ["[h]:mm:ss", "[h]:mm", "P[d]D"];

/// The number that `text` stands for: days since 1970 for dates, else seconds; `None` when it does not read.
#[must_use]
pub fn read(text: &str, pattern: &str, kind: Kind) -> Option<f64> {
    let text = text.trim();
    match kind {
        Kind::Date => {
            // `%Y` alone would read `01` as the year 1.
            let date = NaiveDate::parse_from_str(text, pattern).ok()?;
            let years = NaiveDate::from_ymd_opt(1800, 1, 1)?..NaiveDate::from_ymd_opt(2200, 1, 1)?;
            let compact = pattern != "%Y%m%d" || text.len() == 8;
            (compact && years.contains(&date))
                .then(|| date.signed_duration_since(epoch().date()).num_days() as f64)
        }
        Kind::Datetime => {
            let time = NaiveDateTime::parse_from_str(text, pattern).ok()?;
            Some((time - epoch()).num_milliseconds() as f64 / 1000.0)
        }
        Kind::Duration => duration(text, pattern),
        _ => None,
    }
}

/// Writes what [`read`] read; `None` for values beyond the calendar and kinds that are no time.
#[must_use]
pub fn write(value: f64, pattern: &str, kind: Kind) -> Option<String> {
    match kind {
        Kind::Date => {
            let days = chrono::Duration::try_days(value.round() as i64)?;
            Some(epoch().date().checked_add_signed(days)?.format(pattern).to_string())
        }
        Kind::Datetime => {
            let time = DateTime::from_timestamp_millis((value * 1000.0).round() as i64)?;
            Some(time.naive_utc().format(pattern).to_string())
        }
        Kind::Duration => {
            let seconds = value.round().max(0.0) as u64;
            Some(match pattern {
                "[h]:mm:ss" => format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
                "[h]:mm" => format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60),
                _ => format!("P{}D", seconds / 86_400),
            })
        }
        _ => None,
    }
}

fn epoch() -> NaiveDateTime {
    DateTime::UNIX_EPOCH.naive_utc()
}

fn duration(text: &str, pattern: &str) -> Option<f64> {
    let whole = |part: &str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    if pattern == "P[d]D" {
        return whole(text.strip_prefix('P')?.strip_suffix('D')?).map(|days| f64::from(days) * 86_400.0);
    }
    let parts: Vec<u32> = text.split(':').map(whole).collect::<Option<_>>()?;
    match (pattern, parts.as_slice()) {
        ("[h]:mm:ss", &[h, m, s]) if m < 60 && s < 60 => Some(f64::from(h) * 3600.0 + f64::from(m * 60 + s)),
        ("[h]:mm", &[h, m]) if m < 60 => Some(f64::from(h) * 3600.0 + f64::from(m * 60)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_there_and_back() {
        for (text, pattern, kind, want) in [
            ("1970-01-02", "%Y-%m-%d", Kind::Date, 1.0),
            ("20240320", "%Y%m%d", Kind::Date, 19_802.0),
            ("31/12/1969", "%d/%m/%Y", Kind::Date, -1.0),
            ("1970-01-01 01:00:00", "%Y-%m-%d %H:%M:%S", Kind::Datetime, 3600.0),
            ("25:30:10", "[h]:mm:ss", Kind::Duration, 91_810.0),
            ("P3D", "P[d]D", Kind::Duration, 259_200.0),
        ] {
            let value = read(text, pattern, kind);
            assert_eq!(value, Some(want), "{text}: days by `date -d`, seconds by hand");
            assert_eq!(write(want, pattern, kind).as_deref(), Some(text));
        }
        for (text, pattern) in [("2024-02-30", "%Y-%m-%d"), ("1-2-3", "%Y-%m-%d"), ("2024032", "%Y%m%d")] {
            assert_eq!(read(text, pattern, Kind::Date), None, "{text}");
        }
    }
}
