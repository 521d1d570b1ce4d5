//! Which instants do texts stand for, and how are they written?

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub const DAY: i64 = 86_400 * SECOND;

/// How a column writes its instants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// `2024-03-20`.
    Date,
    /// `2024-03-20 09:30:00`, with as many digits of the second as are needed.
    #[default]
    Datetime,
    /// `2024-03-20T09:30:00Z`.
    Zulu,
    /// `2024-03-20T09:30:00`.
    Iso,
    /// `2024`.
    Year,
}

/// What a text says of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Microseconds since 1970 on the clock of the place.
    pub micros: i64,
    /// Minutes east of Greenwich, where the text says so.
    pub offset: Option<i32>,
}

/// Reads `2024`, `2024-03`, `2024-03-20`, and these with a time of day behind a blank or a `T`, with or without fractions
/// and zone; `None` for everything else.
///
/// The clock of the place is kept (`09:30+02:00` is 09:30): shifting every visit to Greenwich would put a night shift on
/// the wrong day. The zone is told beside it.
#[must_use]
pub fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = bytes.get(range)?;
        part.iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let year = digits(0..4)? as i32;
    let plain = |date: NaiveDate| Reading {
        micros: micros(date.and_hms_opt(0, 0, 0).unwrap_or_default()),
        offset: None,
    };
    match bytes.len() {
        4 => return NaiveDate::from_ymd_opt(year, 1, 1).map(plain),
        7 if bytes[4] == b'-' => return NaiveDate::from_ymd_opt(year, digits(5..7)?, 1).map(plain),
        _ => {}
    }
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year, digits(5..7)?, digits(8..10)?)?;
    if bytes.len() == 10 {
        return Some(plain(date));
    }
    if !matches!(bytes[10], b' ' | b'T' | b't') || bytes.get(13) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (digits(11..13)?, digits(14..16)?);
    let (second, mut at) = if bytes.get(16) == Some(&b':') { (digits(17..19)?, 19) } else { (0, 16) };
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        let length = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let kept = digits(at + 1..at + 1 + length.min(6))?;
        fraction = kept * 10_u32.pow(6 - length.min(6) as u32);
        at += 1 + length;
    }
    let rest = text[at..].trim();
    let offset = if rest.is_empty() { None } else { Some(zone(rest)?) };
    let time = date.and_hms_micro_opt(hour, minute, second, fraction)?;
    Some(Reading { micros: micros(time), offset })
}

/// Minutes east of Greenwich, of a text that is not empty; `None` when it does not read.
fn zone(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "z" | "UTC") {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|&letter| letter != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 14 && minutes < 60).then_some(sign * (60 * hours + minutes))
}

/// Writes an instant; `None` beyond the calendar.
#[must_use]
pub fn write(micros: i64, style: Style) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?.naive_utc();
    let pattern = match style {
        Style::Date => "%Y-%m-%d",
        Style::Datetime => "%Y-%m-%d %H:%M:%S%.f",
        Style::Zulu => "%Y-%m-%dT%H:%M:%S%.fZ",
        Style::Iso => "%Y-%m-%dT%H:%M:%S%.f",
        Style::Year => "%Y",
    };
    Some(time.format(pattern).to_string())
}

/// The first instant of a day of the calendar.
#[must_use]
pub fn day(year: i32, month: u32, day: u32) -> Option<i64> {
    Some(micros(NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)?))
}

/// Years between two instants, in years of 365.25 days.
#[must_use]
pub fn years_between(from: i64, to: i64) -> f64 {
    (to - from) as f64 / (365.25 * DAY as f64)
}

fn micros(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_as_instants() {
        // Seconds since 1970 by `date -u -d … +%s`.
        for (text, seconds, offset) in [
            ("2024-03-20", 1_710_892_800, None),
            ("2024-03-20 09:30:00", 1_710_927_000, None),
            ("2024-03-20T09:30:00Z", 1_710_927_000, Some(0)),
            ("2024-03-20T09:30:00-05:00", 1_710_927_000, Some(-300)),
            ("2024-03-20T09:30", 1_710_927_000, None),
            ("2024", 1_704_067_200, None),
            ("2180-05-06 22:23:00", 6_637_933_380, None),
        ] {
            assert_eq!(read(text), Some(Reading { micros: seconds * SECOND, offset }), "{text}");
        }
        assert_eq!(read("2024-03-20 09:30:00.25").map(|r| r.micros % SECOND), Some(250_000));
        for text in [
            "",
            "20240320",
            "2024-02-30",
            "2024-03-20 25:00:00",
            "2024-03-20x",
            "2024-03-20 09:30:00+99",
            "é024",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn instants_go_there_and_back() {
        for (text, style) in [
            ("2024-03-20", Style::Date),
            ("2024-03-20 09:30:00", Style::Datetime),
            ("2024-03-20 09:30:00.500", Style::Datetime),
            ("1938-11-02T09:30:00Z", Style::Zulu),
            ("2024-03-20T09:30:00", Style::Iso),
            ("2024", Style::Year),
        ] {
            assert_eq!(write(read(text).unwrap().micros, style).as_deref(), Some(text));
        }
    }
}
