//! How do codes of events and codeable concepts of FHIR stand for each other?

use super::{decimal, path, system, ucum};
use crate::{CodeBook, Kind, code};
use serde_json::{Map, Value, json};

/// What a concept says, for an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Concept {
    /// `[LOINC, 2339-0]`, `[TEXT, words]`, or nothing.
    pub parts: Vec<String>,
    /// The whole code of an event that fits no system.
    pub whole: Option<String>,
    /// In words.
    pub display: String,
    /// `http://…|code` where the system has no short name that is known.
    pub token: Option<String>,
}

impl Concept {
    /// Of a coding.
    pub(super) fn of_coding(coding: &Value) -> Option<Self> {
        let value = path::text(coding, "code")?.to_owned();
        let url = path::text(coding, "system").unwrap_or_default();
        let display = path::text(coding, "display").unwrap_or_default().to_owned();
        if url == system::WHOLE {
            return Some(Self { whole: Some(value), display, ..Self::default() });
        }
        let token = (!url.is_empty() && system::known(url).is_none()).then(|| format!("{url}|{value}"));
        let parts = if url.is_empty() { vec![value] } else { vec![system::short(url).into_owned(), value] };
        Some(Self { parts, display, token, whole: None })
    }

    /// Of a codeable concept: its whole code, else its first coding with a code, else its words.
    pub(super) fn of(concept: &Value) -> Option<Self> {
        let words = path::text(concept, "text").unwrap_or_default();
        let codings: Vec<Self> =
            concept["coding"].as_array().into_iter().flatten().filter_map(Self::of_coding).collect();
        let whole = codings.iter().position(|coding| coding.whole.is_some());
        if let Some(mut chosen) = codings.into_iter().nth(whole.unwrap_or(0)) {
            if chosen.display.is_empty() {
                words.clone_into(&mut chosen.display);
            }
            return Some(chosen);
        }
        let display = words.to_owned();
        let parts = vec![system::WORDS.to_owned(), words.to_owned()];
        (!words.is_empty()).then_some(Self { parts, display, ..Self::default() })
    }

    /// The code of an event of this concept.
    pub(super) fn code(&self, kind: Kind, unit: &str) -> String {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let mut parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        if !unit.is_empty() && !parts.is_empty() {
            parts.push(unit);
        }
        code(kind, &parts)
    }

    /// Notes what the concept is called, and where it is from.
    pub(super) fn note(&self, code: &str, to: &mut CodeBook) {
        to.note(code, &self.display);
        if let Some(token) = &self.token {
            to.adopt(code, token);
        }
    }
}

/// A code of an event, taken apart for FHIR.
#[derive(Clone, Debug)]
pub(super) struct Coded<'a> {
    /// The concept; `None` for a bare kind.
    pub concept: Option<Value>,
    /// The unit; empty for none.
    pub unit: &'a str,
}

/// Takes a code apart. `book` gives the words, and the addresses of systems that are not known.
pub(super) fn coded<'a>(whole: &'a str, book: Option<&CodeBook>) -> Coded<'a> {
    let parts: Vec<&str> = whole.split("//").skip(1).collect();
    let display = book.map(|book| book.description(whole)).unwrap_or_default();
    let (concept, unit) = match parts[..] {
        [] => (None, ""),
        [system::WORDS, words] => (Some(json!({ "text": words })), ""),
        [system::WORDS, words, unit] => (Some(json!({ "text": words })), unit),
        [name, value, ref rest @ ..] if rest.len() < 2 => {
            let unit = rest.first().copied().unwrap_or_default();
            let address = system::address(name).map(str::to_owned);
            match address.or_else(|| told_address(whole, value, book)) {
                Some(url) if is_code(value) => (Some(one(&url, value, display)), unit),
                _ if rest.is_empty() && ucum::like(value) && value.contains('/') => {
                    (Some(one(system::WHOLE, whole, display)), value)
                }
                _ => (Some(one(system::WHOLE, whole, display)), unit),
            }
        }
        _ => (Some(one(system::WHOLE, whole, display)), parts.last().copied().unwrap_or_default()),
    };
    Coded { concept, unit }
}

/// A concept of one coding.
pub(super) fn one(url: &str, value: &str, display: &str) -> Value {
    let mut coding = Map::new();
    coding.insert("system".into(), url.into());
    coding.insert("code".into(), clean(value).into());
    if !display.is_empty() {
        coding.insert("display".into(), display.into());
    }
    json!({ "coding": [coding] })
}

/// The address of a system as a book tells it, for a code that was read from FHIR.
fn told_address(whole: &str, value: &str, book: Option<&CodeBook>) -> Option<String> {
    let parents = &book?.get(whole)?.parents;
    parents
        .iter()
        .find_map(|parent| Some(parent.rsplit_once('|').filter(|(_, code)| *code == value)?.0.to_owned()))
}

/// Whether a text is a `code` of FHIR: no blank at its ends, none doubled.
fn is_code(text: &str) -> bool {
    !text.is_empty() && clean(text) == text
}

/// The nearest `code` of FHIR.
fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text value as a concept, where it is written as one: `SNOMED//260385009`.
pub(super) fn concept_of_text(text: &str) -> Option<Value> {
    let (name, value) = text.split_once("//")?;
    let url = system::address(name)?;
    (is_code(value) && !value.contains("//")).then(|| json!({ "coding": [{ "system": url, "code": value }] }))
}

/// A concept as a text value, and what it is called.
pub(super) fn text_of_concept(concept: &Value) -> Option<(String, String)> {
    let concept = Concept::of(concept)?;
    if concept.parts.first().is_some_and(|first| first == system::WORDS) {
        return concept.parts.into_iter().nth(1).map(|words| (words, String::new()));
    }
    Some((concept.whole.unwrap_or_else(|| concept.parts.join("//")), concept.display))
}

/// A quantity as a number and its unit.
pub(super) fn of_quantity(quantity: &Value) -> Option<(f32, &str)> {
    let number = decimal::number(quantity.get("value")?)? as f32;
    let unit = path::text(quantity, "code").or_else(|| path::text(quantity, "unit"));
    number.is_finite().then(|| (number, unit.unwrap_or_default()))
}

/// A number and its unit as a quantity.
pub(super) fn quantity(number: f32, unit: &str) -> Value {
    let mut quantity = Map::new();
    quantity.insert("value".into(), decimal_of(number));
    if !unit.is_empty() {
        quantity.insert("unit".into(), unit.into());
        if ucum::like(unit) {
            quantity.insert("system".into(), system::UCUM.into());
            quantity.insert("code".into(), unit.into());
        }
    }
    Value::Object(quantity)
}

/// The shortest decimal that is this number.
pub(super) fn decimal_of(number: f32) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::from(number as i64);
    }
    number.to_string().parse::<f64>().map_or(Value::from(0), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(concept: &Value) -> String {
        Concept::of(concept).unwrap().code(Kind::Measurement, "mg/dL")
    }

    #[test]
    fn codes_go_there_and_back() {
        for whole in [
            "MEASUREMENT//LOINC//2339-0//mg/dL",
            "LAB//50912//mg/dL",
            "MEASUREMENT//OMOP//3004249//mg/dL",
            "MEASUREMENT//TEXT//some words//mg/dL",
            "A//B//C//D//E",
        ] {
            let coded = coded(whole, None);
            assert_eq!(code_of(&coded.concept.unwrap()), whole);
        }
        assert_eq!(coded("LAB//50912//mg/dL", None).unit, "mg/dL");
        assert!(coded("MEASUREMENT", None).concept.is_none());
    }

    #[test]
    fn the_book_knows_addresses() {
        let concept =
            json!({"coding": [{"system": "http://hospital.org/lab", "code": "7", "display": "Seven"}]});
        let read = Concept::of(&concept).unwrap();
        let code = read.code(Kind::Measurement, "");
        assert_eq!(code, "MEASUREMENT//lab//7");
        let mut book = CodeBook::default();
        read.note(&code, &mut book);
        assert_eq!(coded(&code, Some(&book)).concept, Some(concept));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(quantity(6.3, "mg/dL")["value"].to_string(), "6.3");
        assert_eq!(quantity(72.0, "")["value"].to_string(), "72");
        assert_eq!(of_quantity(&json!({"value": 6.3, "unit": "x", "code": "mg"})), Some((6.3, "mg")));
        assert_eq!(of_quantity(&json!({"unit": "x"})), None);
    }
}
