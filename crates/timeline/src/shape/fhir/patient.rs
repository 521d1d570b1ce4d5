//! Which events is a Patient, and which Patient are they?

use super::coding::{Concept, coded, one};
use super::{path, system};
use crate::event::STATIC;
use crate::event::instant::{self, DAY};
use crate::{BIRTH, CodeBook, DEATH, Kind, Sex, code};
use serde_json::{Map, Value, json};

/// US Core's extensions.
const RACE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race";
const ETHNICITY: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity";
/// The time of day of a birth (HL7 FHIR R4, extension patient-birthTime).
const BIRTH_TIME: &str = "http://hl7.org/fhir/StructureDefinition/patient-birthTime";
/// The categories of the Office of Management and Budget (US Core 6.1, omb-race-category, omb-ethnicity-category), and words
/// and OMOP concepts that mean them.
const OMB: &[(&str, &str, &[&str])] = &[
    ("1002-5", "American Indian or Alaska Native", &["native", "8657"]),
    ("2028-9", "Asian", &["asian", "8515"]),
    ("2054-5", "Black or African American", &["black", "8516"]),
    ("2076-8", "Native Hawaiian or Other Pacific Islander", &["hawaiian", "8557"]),
    ("2106-3", "White", &["white", "8527"]),
    ("2135-2", "Hispanic or Latino", &["hispanic", "38003563"]),
    ("2186-5", "Not Hispanic or Latino", &["nonhispanic", "38003564"]),
];

/// An event that a Patient tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trait {
    /// What.
    pub code: String,
    /// When.
    pub time: i64,
    /// Where it stood.
    pub source: &'static str,
}

/// Reads what a Patient tells besides being one.
pub(super) fn traits(patient: &Value, book: &mut CodeBook) -> Vec<Trait> {
    let mut found = Vec::new();
    let mut fact = |code: String, source| found.push(Trait { code, time: STATIC, source });
    match path::text(patient, "gender") {
        Some("male") => fact(code(Kind::Sex, &["M"]), "Patient.gender"),
        Some("female") => fact(code(Kind::Sex, &["F"]), "Patient.gender"),
        Some(other) => fact(code(Kind::Sex, &[&other.to_ascii_uppercase()]), "Patient.gender"),
        None => {}
    }
    for (kind, url, source) in [
        (Kind::Race, RACE, "Patient.us-core-race"),
        (Kind::Ethnicity, ETHNICITY, "Patient.us-core-ethnicity"),
    ] {
        for code in groups(patient, kind, url, book) {
            fact(code, source);
        }
    }
    let mut concept = |kind, value: &Value, source| {
        if let Some(concept) = Concept::of(value) {
            let code = concept.code(kind, "");
            concept.note(&code, book);
            fact(code, source);
        }
    };
    if let Some(status) = patient.get("maritalStatus") {
        concept(Kind::Marital, status, "Patient.maritalStatus");
    }
    for spoken in patient["communication"].as_array().into_iter().flatten() {
        concept(Kind::Language, &spoken["language"], "Patient.communication");
    }
    let mut moment = |code: &str, text: Option<&str>, source| {
        if let Some(read) = text.and_then(instant::read) {
            found.push(Trait { code: code.to_owned(), time: read.micros, source });
        }
    };
    let extensions = path::get(patient, "_birthDate.extension").and_then(Value::as_array);
    let exact = extensions.into_iter().flatten().find(|extension| extension["url"] == BIRTH_TIME);
    let birth = exact.and_then(|extension| path::text(extension, "valueDateTime"));
    moment(BIRTH, birth.or_else(|| path::text(patient, "birthDate")), "Patient.birthDate");
    moment(DEATH, path::text(patient, "deceasedDateTime"), "Patient.deceasedDateTime");
    found
}

/// Races or ethnicities.
fn groups(patient: &Value, kind: Kind, url: &str, book: &mut CodeBook) -> Vec<String> {
    let extensions = patient["extension"].as_array().into_iter().flatten();
    let parts: Vec<&Value> = extensions
        .filter(|extension| extension["url"] == url)
        .filter_map(|extension| extension["extension"].as_array())
        .flatten()
        .collect();
    let mut codes = Vec::new();
    for coding in parts.iter().filter(|part| part["url"] == "ombCategory").map(|part| &part["valueCoding"]) {
        if let Some(concept) = Concept::of_coding(coding) {
            let code = concept.code(kind, "");
            concept.note(&code, book);
            codes.push(code);
        }
    }
    let words =
        parts.iter().find(|part| part["url"] == "text").and_then(|part| path::text(part, "valueString"));
    if let (Some(words), true) = (words, codes.is_empty()) {
        codes.push(code(kind, &[words]));
    }
    codes
}

/// Makes a Patient from the codes and times of its traits; the traits that it cannot hold are given to `left`.
pub(super) fn base<'a>(
    id: &str,
    traits: impl Iterator<Item = (&'a str, i64)>,
    mut left: impl FnMut(&'a str),
) -> Value {
    let mut made = json!({ "resourceType": "Patient", "id": id });
    let mut peoples: [(Kind, Vec<&str>); 2] = [(Kind::Race, Vec::new()), (Kind::Ethnicity, Vec::new())];
    let mut spoken = Vec::new();
    for (code, time) in traits {
        let kind = Kind::of(code);
        let mut once = |key: &str, value: Option<Value>| match value {
            Some(value) if made.get(key).is_none() => path::set(&mut made, key, value),
            _ => left(code),
        };
        match kind {
            Kind::Sex => once("gender", Some(gender(code).into())),
            Kind::Birth => once("birthDate", instant::write(time, instant::Style::Date).map(Value::from)),
            Kind::Death if time == STATIC => once("deceasedBoolean", Some(true.into())),
            Kind::Death => once("deceasedDateTime", super::base::stamp(time).map(Value::from)),
            Kind::Marital => once("maritalStatus", Some(concept(code))),
            Kind::Language => spoken.push(json!({ "language": concept(code) })),
            Kind::Race => peoples[0].1.push(code),
            Kind::Ethnicity => peoples[1].1.push(code),
            Kind::Person => {}
            _ => left(code),
        }
        if kind == Kind::Birth && time != STATIC && time.rem_euclid(DAY) != 0 {
            let exact =
                json!({ "extension": [{ "url": BIRTH_TIME, "valueDateTime": super::base::stamp(time) }] });
            path::set(&mut made, "_birthDate", exact);
        }
    }
    let extensions: Vec<Value> = peoples
        .iter()
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(kind, codes)| people(*kind, codes))
        .collect();
    if !extensions.is_empty() {
        path::set(&mut made, "extension", extensions.into());
    }
    if !spoken.is_empty() {
        path::set(&mut made, "communication", spoken.into());
    }
    made
}

fn gender(code: &str) -> &'static str {
    match Sex::of(code) {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => match code.rsplit("//").next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "unknown" | "u" | "unk" | "sex" | "0" | "8551" | "" => "unknown",
            _ => "other",
        },
    }
}

fn concept(code: &str) -> Value {
    // A code of one part is a word of the source: `MARITAL//MARRIED`.
    match code.split_once("//") {
        Some((_, words)) if !words.contains("//") => json!({ "text": words }),
        _ => coded(code, None).concept.unwrap_or_else(|| one(system::WHOLE, code, "")),
    }
}

/// The extension of a race or an ethnicity; US Core wants a text in it.
fn people(kind: Kind, codes: &[&str]) -> Value {
    let mut parts = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for code in codes {
        let last = code.rsplit("//").next().unwrap_or_default();
        let low = last.to_ascii_lowercase();
        let ours = |(omb, _, known): &&(&str, &str, &[&str])| *omb == last || known.contains(&low.as_str());
        if let Some((omb, display, _)) = OMB.iter().find(ours) {
            let coding = json!({ "system": system::CDCREC, "code": omb, "display": display });
            parts.push(json!({ "url": "ombCategory", "valueCoding": coding }));
            words.push((*display).to_owned());
        } else if let (Some(url), true) =
            (code.split("//").nth(1).and_then(system::address), code.matches("//").count() == 2)
        {
            let mut coding = Map::new();
            coding.insert("system".into(), url.into());
            coding.insert("code".into(), last.into());
            parts.push(json!({ "url": "ombCategory", "valueCoding": coding }));
            words.push(last.to_owned());
        } else {
            words.push(code.split_once("//").map_or(*code, |(_, rest)| rest).to_owned());
        }
    }
    let url = if kind == Kind::Race { RACE } else { ETHNICITY };
    parts.push(json!({ "url": "text", "valueString": words.join(", ") }));
    json!({ "url": url, "extension": parts })
}
