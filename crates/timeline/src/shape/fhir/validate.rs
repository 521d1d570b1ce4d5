//! Does a resource keep the rules of FHIR R4?
//!
//! Elements, how many there are of them, their types and the codes that they must have: what the standard says in a form that
//! machines read. Its invariants and profiles are not looked at.

use super::decimal;
use super::definition::{Definitions, Element};
use crate::event::instant;
use serde_json::{Map, Value};

/// A rule that a resource breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Where, without positions in lists: `Observation.component.code`. Never a value.
    pub path: String,
    /// What.
    pub what: &'static str,
}

/// Breaches of FHIR R4 in `resource`, in order; empty when it keeps the rules.
#[must_use]
pub fn breaches(resource: &Value) -> Vec<Breach> {
    let mut found = Vec::new();
    let (Some(members), Some(name)) = (resource.as_object(), resource["resourceType"].as_str()) else {
        return vec![Breach { path: "resource".into(), what: "has no resourceType" }];
    };
    // Resources that are contained may be of any type; those that we write are all known.
    if let Some(elements) = Definitions::r4().elements(name) {
        object(name, name, elements, members, &mut found);
    }
    found
}

fn breach(path: &str, what: &'static str, to: &mut Vec<Breach>) {
    to.push(Breach { path: path.to_owned(), what });
}

fn object(path: &str, owner: &str, elements: &[Element], members: &Map<String, Value>, to: &mut Vec<Breach>) {
    if members.is_empty() {
        breach(path, "is an empty object", to);
    }
    let mut counted = vec![0_u32; elements.len()];
    for (key, value) in members {
        if key == "resourceType" && !owner.contains('.') {
            continue;
        }
        let (plain, shadow) = key.strip_prefix('_').map_or((key.as_str(), false), |plain| (plain, true));
        let Some((at, kind)) = find(elements, plain) else {
            breach(&format!("{path}.{}", safe(plain)), "is no element of the standard", to);
            continue;
        };
        let element = &elements[at];
        let here = format!("{path}.{plain}");
        let twin = if shadow { plain.to_owned() } else { format!("_{plain}") };
        // A value and its extensions are one element.
        if !(shadow && members.contains_key(&twin)) {
            counted[at] += 1;
        }
        if shadow {
            extended(&here, value, to);
        } else {
            several(&here, element, kind, value, members.get(&twin), to);
        }
    }
    for (element, count) in elements.iter().zip(counted) {
        let here = || format!("{path}.{}", element.name);
        if count < element.min.min(1) {
            breach(&here(), "is missing", to);
        }
        if count > 1 && element.name.ends_with("[x]") {
            breach(&here(), "has more than one type", to);
        }
    }
}

/// The element and the type that a member is.
fn find<'a>(elements: &'a [Element], key: &str) -> Option<(usize, &'a str)> {
    elements.iter().enumerate().find_map(|(at, element)| match element.name.strip_suffix("[x]") {
        None => (element.name == key).then(|| (at, element.types.first().copied().unwrap_or_default())),
        Some(stem) => {
            let rest = key.strip_prefix(stem)?;
            let fits = |kind: &&&str| {
                let mut letters = kind.chars();
                letters.next().is_some_and(|first| {
                    rest.strip_prefix(first.to_ascii_uppercase()).is_some_and(|tail| tail == letters.as_str())
                })
            };
            element.types.iter().find(fits).map(|kind| (at, *kind))
        }
    })
}

/// A member's name, if it is one that names can be.
fn safe(key: &str) -> &str {
    let fine = key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fine { key } else { "(member)" }
}

fn several(
    path: &str,
    element: &Element,
    kind: &str,
    value: &Value,
    twin: Option<&Value>,
    to: &mut Vec<Breach>,
) {
    match (element.many, value) {
        (true, Value::Array(list)) => {
            if list.is_empty() {
                breach(path, "is an empty list", to);
            }
            for (at, value) in list.iter().enumerate() {
                // The place of a value that has extensions only.
                if value.is_null() && twin.is_some_and(|twin| twin.get(at).is_some_and(Value::is_object)) {
                    continue;
                }
                single(path, element, kind, value, to);
            }
        }
        (true, _) => breach(path, "is no list", to),
        (false, Value::Array(_)) => breach(path, "is a list", to),
        (false, value) => single(path, element, kind, value, to),
    }
}

fn single(path: &str, element: &Element, kind: &str, value: &Value, to: &mut Vec<Breach>) {
    if kind == "Resource" {
        for inner in breaches(value) {
            to.push(Breach { path: format!("{path}.{}", inner.path), what: inner.what });
        }
        return;
    }
    let Some(elements) = Definitions::r4().elements(kind) else {
        if !primitive(kind, value) {
            breach(path, wrong(kind), to);
        } else if !element.codes.is_empty() && !element.codes.contains(&value.as_str().unwrap_or_default()) {
            breach(path, "is no code of its value set", to);
        }
        return;
    };
    let Some(members) = value.as_object() else { return breach(path, "is no object", to) };
    object(path, kind, elements, members, to);
    if !element.codes.is_empty() && kind == "CodeableConcept" {
        let codings = value["coding"].as_array();
        let fits = |coding: &Value| coding["code"].as_str().is_some_and(|code| element.codes.contains(&code));
        if codings.is_some_and(|codings| !codings.iter().any(fits)) {
            breach(path, "is no code of its value set", to);
        }
    }
}

/// The extensions of a primitive value, or of a list of them.
fn extended(path: &str, value: &Value, to: &mut Vec<Breach>) {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for one in all.iter().filter(|one| !one.is_null()) {
        match (one.as_object(), Definitions::r4().elements("Extension")) {
            (Some(members), Some(elements)) => {
                for extension in members.get("extension").and_then(Value::as_array).into_iter().flatten() {
                    match extension.as_object() {
                        Some(inside) => {
                            object(&format!("{path}.extension"), "Extension", elements, inside, to);
                        }
                        None => breach(&format!("{path}.extension"), "is no object", to),
                    }
                }
                if members.keys().any(|key| key != "extension" && key != "id") {
                    breach(path, "has more than extensions behind its underscore", to);
                }
            }
            _ => breach(path, "is no object", to),
        }
    }
}

fn wrong(kind: &str) -> &'static str {
    match kind {
        "boolean" => "is no boolean",
        "integer" | "unsignedInt" | "positiveInt" => "is no such whole number",
        "decimal" => "is no number",
        "date" => "is no date",
        "dateTime" => "is no dateTime",
        "instant" => "is no instant",
        "time" => "is no time",
        "code" => "is no code",
        "id" => "is no id",
        "base64Binary" => "is no base64",
        _ => "is no text",
    }
}

/// Whether a value is of a primitive type (HL7 FHIR R4, section 2.24.0.1).
fn primitive(kind: &str, value: &Value) -> bool {
    match kind {
        "boolean" => return value.is_boolean(),
        "decimal" => return decimal::number(value).is_some(),
        "integer" => return value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "unsignedInt" => return value.as_u64().is_some_and(|number| i32::try_from(number).is_ok()),
        "positiveInt" => return value.as_u64().is_some_and(|number| (1..=i32::MAX as u64).contains(&number)),
        _ => {}
    }
    let Some(text) = value.as_str() else { return false };
    if decimal::marked(text).is_some() || text.is_empty() {
        return false;
    }
    match kind {
        "date" => matches!(text.len(), 4 | 7 | 10) && instant::read(text).is_some(),
        "dateTime" => match text.len() {
            4 | 7 | 10 => instant::read(text).is_some(),
            _ => full(text),
        },
        "instant" => full(text),
        "time" => {
            let bytes = text.as_bytes();
            let digits = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            bytes.len() >= 8
                && [0, 1, 3, 4, 6, 7].into_iter().all(digits)
                && bytes[2] == b':'
                && bytes[5] == b':'
        }
        "code" => text.split_whitespace().collect::<Vec<_>>().join(" ") == text,
        "id" => {
            text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        }
        "uri" | "url" | "canonical" | "oid" | "uuid" => !text.contains(char::is_whitespace),
        "base64Binary" => {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= \r\n\t".contains(&byte))
        }
        _ => true,
    }
}

/// Whether a text is a date with seconds and a zone.
fn full(text: &str) -> bool {
    text.len() >= 20
        && text.as_bytes().get(10) == Some(&b'T')
        && text.as_bytes().get(16) == Some(&b':')
        && instant::read(text).is_some_and(|read| read.offset.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn planted_breaches_are_found_and_nothing_else() {
        let good = json!({"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "x"},
            "effectiveDateTime": "2020-01-01T10:00:00Z", "valueQuantity": {"value": 6.3},
            "_issued": {"extension": [{"url": "http://a.org", "valueCode": "unknown"}]}});
        assert_eq!(breaches(&good), []);
        let with = |path: &str, value: Value| {
            let mut bad = good.clone();
            super::super::path::set(&mut bad, path, value);
            breaches(&bad).into_iter().map(|breach| (breach.path, breach.what)).collect::<Vec<_>>()
        };
        for (place, value, path, what) in [
            ("status", json!("done"), "Observation.status", "is no code of its value set"),
            ("color", json!("red"), "Observation.color", "is no element of the standard"),
            ("valueString", json!("x"), "Observation.value[x]", "has more than one type"),
            (
                "effectiveDateTime",
                json!("2020-01-01T10:00:00"),
                "Observation.effectiveDateTime",
                "is no dateTime",
            ),
            ("code", json!([]), "Observation.code", "is a list"),
            ("category", json!({}), "Observation.category", "is no list"),
            ("note", json!([{}]), "Observation.note", "is an empty object"),
            ("id", json!("a b"), "Observation.id", "is no id"),
            (
                "component.0.valueInteger",
                json!(1.5),
                "Observation.component.valueInteger",
                "is no such whole number",
            ),
            ("device", Value::Null, "Observation.device", "is no object"),
        ] {
            assert!(with(place, value).contains(&(path.to_owned(), what)), "{path} {what}");
        }
        assert_eq!(breaches(&json!({"resourceType": "Observation"}))[0].path, "Observation.status");
        assert!(breaches(&json!({"resourceType": "Patient", "contact": [{"gender": "x"}]})).len() == 1);
    }
}
