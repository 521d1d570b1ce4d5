//! Which resource does the writer make from the columns of an event?

use super::coding::{coded, concept_of_text, decimal_of, one, quantity};
use super::fields::Fields;
use super::form::{Amount, FORMS, Form, Words};
use super::{attachment, path, system};
use crate::event::{STATIC, instant};
use crate::{CodeBook, Kind};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Why a required element has no value (HL7 FHIR R4, extension data-absent-reason).
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// LOINC codes of the profile of vital signs (HL7 FHIR R4, observation-vitalsigns), and those of US Core.
const VITAL_SIGNS: &[&str] = &[
    "85353-1", "9279-1", "8867-4", "2708-6", "59408-5", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5",
    "85354-9", "8480-6", "8462-4", "8478-0", "8287-5", "59576-9", "77606-2", "8289-1", "3151-8", "3150-6",
];

/// Where a resource is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Id of the patient.
    pub patient: &'a str,
    /// Whether ids of UUID form are referred to as `@Type/id`, which [`settle`](super::reference::settle) understands: what
    /// is read from a Bundle, and what is written.
    pub neutral: bool,
}

impl Place<'_> {
    /// A reference.
    pub(super) fn to(self, resource: &str, id: &str) -> Value {
        let mark = if self.neutral && is_uuid(id) { "@" } else { "" };
        json!({ "reference": format!("{mark}{resource}/{id}") })
    }
}

/// Whether a text is a UUID in lower case.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Makes a resource. Whatever is read from FHIR is told as a difference to this, so a change here changes what residues
/// mean: what was read before must be read again.
pub(super) fn of(form: &Form, fields: &Fields, place: Place<'_>, book: Option<&CodeBook>) -> Value {
    let mut made = json!({ "resourceType": form.resource });
    if let (Value::Object(made), Value::Object(always)) = (&mut made, always(form)) {
        made.extend(always.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    path::set(&mut made, form.subject, place.to("Patient", place.patient));
    if !form.visit.is_empty() && !fields.visit.is_empty() {
        path::set(&mut made, form.visit, place.to("Encounter", &fields.visit));
    }
    times(form, fields, &mut made);
    let coded = coded(&fields.code, book);
    let concept = coded.concept.unwrap_or_else(|| one(system::WHOLE, &fields.code, ""));
    if !form.code.is_empty() {
        path::set(&mut made, form.code, concept);
    }
    match (form.amount, fields.number) {
        (Amount::Quantity(to), Some(number)) => path::set(&mut made, to, quantity(number, coded.unit)),
        (Amount::Money(to), Some(number)) => {
            path::set(&mut made, to, json!({ "value": decimal_of(number) }));
            if !coded.unit.is_empty() {
                path::set(&mut made, &format!("{to}.currency"), coded.unit.into());
            }
        }
        (Amount::Value, number) => set_value(&mut made, number, coded.unit, &fields.text),
        _ => {}
    }
    if !fields.text.is_empty() {
        match form.words {
            Words::None => {}
            Words::Value if fields.number.is_none() => {}
            Words::Note | Words::Value => path::set(&mut made, "note.0.text", fields.text.as_str().into()),
            Words::Attachment(to) => {
                path::set(&mut made, &format!("{to}.contentType"), "text/plain".into());
                path::set(
                    &mut made,
                    &format!("{to}.data"),
                    attachment::encode(fields.text.as_bytes()).into(),
                );
            }
        }
    }
    finish(form, fields, place, &mut made);
    made
}

/// What only this type of resource has.
fn finish(form: &Form, fields: &Fields, place: Place<'_>, made: &mut Value) {
    let kind = Kind::of(&fields.code);
    let ended = fields.end != STATIC;
    match form.resource {
        "Encounter" => encounter(kind, fields, place, made),
        "Condition" if ended => path::set(made, "clinicalStatus.coding.0.code", "resolved".into()),
        "CarePlan" if ended => path::set(made, "status", "completed".into()),
        "Observation" => {
            if let Some(category) = category(kind, &fields.code) {
                path::set(made, "category.0.coding.0", json!({ "system": CATEGORY, "code": category }));
            }
        }
        "Claim" | "ExplanationOfBenefit" => match stamp(fields.time) {
            Some(time) => path::set(made, "created", time.into()),
            None => path::set(made, "_created", absent()),
        },
        "Immunization" if fields.time == STATIC => path::set(made, "occurrenceString", "unknown".into()),
        "MedicationAdministration" if fields.time == STATIC && !ended => {
            path::set(made, "effectivePeriod", absent());
        }
        _ => {}
    }
}

fn absent() -> Value {
    json!({ "extension": [{ "url": ABSENT, "valueCode": "unknown" }] })
}

fn encounter(kind: Kind, fields: &Fields, place: Place<'_>, made: &mut Value) {
    if !fields.visit.is_empty() {
        if kind == Kind::VisitDetail {
            path::set(made, "partOf", place.to("Encounter", &fields.visit));
        } else {
            path::set(made, "id", fields.visit.as_str().into());
        }
    }
    let parts: Vec<&str> = fields.code.split("//").collect();
    let known = match parts[..] {
        ["VISIT" | "VISIT_DETAIL", name, value] => {
            system::address(name).filter(|_| name == "ActCode").map(|url| (url, value))
        }
        _ => None,
    };
    let (url, class) = known.unwrap_or_else(|| (system::ACT_CODE, class_of(&fields.code)));
    path::set(made, "class", json!({ "system": url, "code": class }));
    if known.is_none() {
        path::set(made, "type.0", one(system::WHOLE, &fields.code, ""));
    }
}

/// The class of a visit that another shape named: by its words, and by the concepts of OMOP.
fn class_of(code: &str) -> &'static str {
    let low = code.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    let last = low.rsplit("//").next().unwrap_or_default();
    match last {
        "9201" | "262" | "8717" | "imp" => return "IMP",
        "9203" | "emer" => return "EMER",
        "581476" | "hh" => return "HH",
        "5083" | "722455" | "vr" => return "VR",
        _ => {}
    }
    if has(&["urgentcare", "urgent care", "ambulatory", "outpatient", "wellness", "observation"]) {
        "AMB"
    } else if has(&["virtual", "telehealth", "telemedicine"]) {
        "VR"
    } else if has(&["home"]) {
        "HH"
    } else if has(&[
        "inpatient",
        "admission",
        "elective",
        "urgent",
        "hospice",
        "snf",
        "icu",
        "ew emer",
        "transfer",
    ]) {
        "IMP"
    } else if has(&["emergency", "emer"]) {
        "EMER"
    } else {
        "AMB"
    }
}

/// The category of an observation.
fn category(kind: Kind, code: &str) -> Option<&'static str> {
    let vital = || {
        let value = code.split("//").nth(2).unwrap_or_default();
        code.split("//").nth(1) == Some("LOINC") && VITAL_SIGNS.contains(&value)
    };
    match kind {
        Kind::Other => None,
        Kind::Observation => Some("social-history"),
        _ if vital() => Some("vital-signs"),
        _ => Some("laboratory"),
    }
}

fn times(form: &Form, fields: &Fields, made: &mut Value) {
    let (time, end) = (stamp(fields.time), stamp(fields.end));
    if let (Some(end), false) = (&end, form.period.is_empty()) {
        if let Some(time) = time {
            path::set(made, &format!("{}.start", form.period), time.into());
        }
        path::set(made, &format!("{}.end", form.period), end.as_str().into());
        return;
    }
    if let (Some(time), Some(to)) = (time, form.at.first()) {
        path::set(made, to, time.into());
    }
    if let (Some(end), false) = (end, form.end.is_empty()) {
        path::set(made, form.end, end.into());
    }
}

/// An instant as a `dateTime`; with `Z`, as no zone is known.
pub(super) fn stamp(micros: i64) -> Option<String> {
    (micros != STATIC).then(|| instant::write(micros, instant::Style::Zulu)).flatten()
}

/// Puts a value into an observation or a component.
pub(super) fn set_value(holder: &mut Value, number: Option<f32>, unit: &str, text: &str) {
    let (key, value) = match number {
        Some(number) => ("valueQuantity", quantity(number, unit)),
        None if text.is_empty() => return,
        None => match (concept_of_text(text), text) {
            (Some(concept), _) => ("valueCodeableConcept", concept),
            (None, "true") => ("valueBoolean", true.into()),
            (None, "false") => ("valueBoolean", false.into()),
            (None, text) => ("valueString", text.into()),
        },
    };
    path::set(holder, key, value);
}

/// A component of an observation.
pub(super) fn component(fields: &Fields, book: Option<&CodeBook>) -> Value {
    let coded = coded(&fields.code, book);
    let concept = coded.concept.unwrap_or_else(|| one(system::WHOLE, &fields.code, ""));
    let mut made = json!({ "code": concept });
    set_value(&mut made, fields.number, coded.unit, &fields.text);
    made
}

/// What every resource of a form has.
fn always(form: &Form) -> &'static Value {
    static PARSED: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| {
        let read = |form: &Form| serde_json::from_str(form.always).unwrap_or(Value::Null);
        FORMS.iter().map(|form| (form.resource, read(form))).collect()
    });
    let found = PARSED.iter().find(|(resource, _)| *resource == form.resource);
    found.map_or(&Value::Null, |(_, value)| value)
}
