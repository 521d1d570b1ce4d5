//! How are numbers, outcomes and texts written for people?

use crate::card::{Outcome, Reading};

/// Escapes text for HTML bodies and attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// Three significant digits; never more.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 => "0".into(),
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// A value with its interval: `0.521 (0.503 to 0.539)`.
pub(super) fn reading(reading: &Reading) -> String {
    match reading.interval {
        Some(interval) => {
            format!("{} ({} to {})", number(reading.value), number(interval.low), number(interval.high))
        }
        None => number(reading.value),
    }
}

/// An outcome as (css class, sign, word): never colour alone.
pub(super) fn outcome(outcome: Outcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Outcome::Pass => ("pass", "✓", "pass"),
        Outcome::Warn => ("warn", "!", "warn"),
        Outcome::Fail => ("fail", "✗", "fail"),
        Outcome::NotAssessable => ("none", "?", "not assessable"),
    }
}

/// Bytes as MiB.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
