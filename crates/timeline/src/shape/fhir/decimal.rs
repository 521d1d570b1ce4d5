//! How does a decimal that was written `6.30` stay `6.30`?
//!
//! FHIR counts the digits of a decimal as part of its meaning; binary numbers forget them. Numbers that would not be written
//! as they came travel as texts behind a mark that no text of FHIR can begin with.

use serde_json::Value;
use std::borrow::Cow;

/// A character that Unicode keeps for the inside of programs.
const MARK: char = '\u{FDD0}';

/// Why a text is no JSON that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not read.
    Broken,
    /// Objects within objects, deeper than 127.
    Deep,
}

/// Reads JSON.
pub(super) fn parse(text: &str) -> Result<Value, Fault> {
    if text.contains(MARK) || text.contains("\\ufdd0") || text.contains("\\uFDD0") {
        return Err(Fault::Broken);
    }
    serde_json::from_str(&mark(text)).map_err(|error| {
        // The limit of the reader is told in words only.
        if error.to_string().starts_with("recursion limit") { Fault::Deep } else { Fault::Broken }
    })
}

/// Writes JSON.
pub(super) fn print(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(MARK) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mark = format!("\"{MARK}");
    for (at, part) in text.split(&mark).enumerate() {
        match part.split_once('"') {
            Some((number, rest)) if at > 0 => {
                plain.push_str(number);
                plain.push_str(rest);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

/// The digits of a marked number.
pub(super) fn marked(text: &str) -> Option<&str> {
    text.strip_prefix(MARK)
}

/// The number that a value is.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => marked(text)?.parse().ok(),
        _ => None,
    }
}

/// Marks the numbers that would not be written as they came.
fn mark(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut marked = String::new();
    let (mut copied, mut at, mut inside) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if inside => at += 2,
            b'"' => {
                inside = !inside;
                at += 1;
            }
            b'-' | b'0'..=b'9' if !inside => {
                let digits = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let end = at + bytes[at..].iter().take_while(|byte| digits(byte)).count();
                let token = &text[at..end];
                if !keeps(token) && is_number(token) {
                    marked.push_str(&text[copied..at]);
                    marked.push('"');
                    marked.push(MARK);
                    marked.push_str(token);
                    marked.push('"');
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    marked.push_str(&text[copied..]);
    Cow::Owned(marked)
}

/// Whether a number is written as it came.
fn keeps(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    if digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits == "0" && token == "0" || !digits.starts_with('0');
    }
    let number = token.parse().ok().and_then(serde_json::Number::from_f64);
    number.is_some_and(|number| number.to_string() == token)
}

/// Whether a token keeps the grammar of JSON numbers (RFC 8259, section 6).
fn is_number(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.trim_start_matches(['+', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay() {
        for text in [
            r#"{"a":6.30,"b":[1.0,-0,0.000001,1e5,123456789012345678901234],"c":"6.30 \" 7.10"}"#,
            r#"{"a":0.0,"b":-12.5,"c":100,"d":"\\","e":1.50}"#,
        ] {
            assert_eq!(print(&parse(text).unwrap()), text);
        }
        let value = parse(r#"{"a":6.30}"#).unwrap();
        assert_eq!(number(&value["a"]), Some(6.3));
        for text in ["{\"a\":01}", "{\"a\":1.}", "{\"a\":--1}", "{", "{\"a\":\"\u{FDD0}1\"}"] {
            assert_eq!(parse(text), Err(Fault::Broken), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert_eq!(parse(&deep), Err(Fault::Deep));
    }
}
