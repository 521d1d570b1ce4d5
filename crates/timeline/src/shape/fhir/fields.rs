//! What does a resource say in the columns of events?

use super::coding::{Concept, of_quantity, text_of_concept};
use super::form::{Amount, Form, Words};
use super::{attachment, decimal, path, system};
use crate::event::{STATIC, instant};
use crate::{CodeBook, Kind, code};
use serde_json::Value;

/// The columns of an event, but for whose it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fields {
    /// What.
    pub code: String,
    /// When.
    pub time: i64,
    /// Until when.
    pub end: i64,
    /// How much.
    pub number: Option<f32>,
    /// In words.
    pub text: String,
    /// In which encounter.
    pub visit: String,
}

impl Default for Fields {
    fn default() -> Self {
        let (code, text, visit) = <(String, String, String)>::default();
        Self { code, time: STATIC, end: STATIC, number: None, text, visit }
    }
}

/// Reads `resource`. `visit` is its encounter, and `medication` the concept of the medication that it refers to.
pub(super) fn of(
    form: &Form,
    resource: &Value,
    visit: String,
    medication: Option<&Value>,
    book: &mut CodeBook,
) -> Fields {
    let (mut time, mut end) = (STATIC, STATIC);
    if let Some(micros) = form.at.iter().find_map(|place| instant_at(resource, place)) {
        time = micros;
    }
    if !form.period.is_empty() {
        end = instant_at(resource, &format!("{}.end", form.period)).unwrap_or(STATIC);
    } else if !form.end.is_empty() {
        end = instant_at(resource, form.end).unwrap_or(STATIC);
    }
    let (mut number, mut unit, mut text) = (None, "", String::new());
    match form.amount {
        Amount::None => {}
        Amount::Quantity(place) => {
            (number, unit) = split(path::get(resource, place).and_then(of_quantity));
        }
        Amount::Money(place) => {
            let sum = path::get(resource, place);
            number = sum.and_then(|sum| decimal::number(sum.get("value")?)).map(|sum| sum as f32);
            unit = sum.and_then(|sum| path::text(sum, "currency")).unwrap_or_default();
        }
        Amount::Value => (number, unit, text) = value(resource, book),
    }
    match form.words {
        Words::None => {}
        Words::Note | Words::Value => {
            if text.is_empty() {
                path::text(resource, "note.0.text").unwrap_or_default().clone_into(&mut text);
            }
        }
        Words::Attachment(place) => {
            text = path::get(resource, place).and_then(attached).unwrap_or_default();
        }
    }
    let kind = kind_of(form, resource, number.is_some(), !text.is_empty());
    let code = match concept(form, resource, medication) {
        Some(concept) => {
            let code = concept.code(kind, if number.is_some() { unit } else { "" });
            concept.note(&code, book);
            code
        }
        None => code(kind, &[]),
    };
    Fields { code, time, end, number, text, visit }
}

/// What kind of event a resource is.
fn kind_of(form: &Form, resource: &Value, has_number: bool, has_text: bool) -> Kind {
    match form.resource {
        "Encounter" if resource.get("partOf").is_some() => Kind::VisitDetail,
        "DiagnosticReport" if has_text => Kind::Note,
        "Observation" => {
            let categories = resource["category"].as_array().into_iter().flatten();
            let measured = categories
                .filter_map(|category| category["coding"].as_array())
                .flatten()
                .any(|coding| matches!(coding["code"].as_str(), Some("laboratory" | "vital-signs")));
            if measured || has_number { Kind::Measurement } else { Kind::Observation }
        }
        _ => form.kind,
    }
}

/// The concept that names a resource.
fn concept(form: &Form, resource: &Value, medication: Option<&Value>) -> Option<Concept> {
    let usual = || path::get(resource, form.code).and_then(Concept::of);
    match form.resource {
        "Encounter" => {
            let types = resource["type"].as_array().into_iter().flatten().filter_map(Concept::of);
            let whole = types.into_iter().find(|concept| concept.whole.is_some());
            whole.or_else(|| resource.get("class").and_then(Concept::of_coding))
        }
        "CarePlan" => {
            let mut all: Vec<Concept> =
                resource["category"].as_array().into_iter().flatten().filter_map(Concept::of).collect();
            let says = |concept: &Concept| concept.parts.last().is_none_or(|code| code != "assess-plan");
            let chosen = all.iter().position(says).unwrap_or(0);
            (chosen < all.len()).then(|| all.swap_remove(chosen))
        }
        "MedicationRequest" | "MedicationAdministration" | "MedicationStatement" => {
            usual().or_else(|| medication.and_then(Concept::of))
        }
        "Device" => usual().or_else(|| {
            let name = path::text(resource, "deviceName.0.name")?.to_owned();
            Some(Concept {
                parts: vec![system::WORDS.into(), name.clone()],
                display: name,
                ..Concept::default()
            })
        }),
        "ImagingStudy" => {
            usual().or_else(|| path::get(resource, "series.0.modality").and_then(Concept::of_coding))
        }
        "Claim" | "ExplanationOfBenefit" => usual().or_else(|| resource.get("type").and_then(Concept::of)),
        _ => usual(),
    }
}

/// What `value[x]` says: a number with its unit, or a text.
pub(super) fn value<'a>(holder: &'a Value, book: &mut CodeBook) -> (Option<f32>, &'a str, String) {
    if let Some(quantity) = holder.get("valueQuantity") {
        let (number, unit) = split(of_quantity(quantity));
        return (number, unit, String::new());
    }
    if let Some(number) = holder.get("valueInteger").and_then(decimal::number) {
        return (Some(number as f32), "", String::new());
    }
    if let Some((text, display)) = holder.get("valueCodeableConcept").and_then(text_of_concept) {
        if !display.is_empty() {
            book.note(&text, &display);
        }
        return (None, "", text);
    }
    if let Some(truth) = holder.get("valueBoolean").and_then(Value::as_bool) {
        return (None, "", truth.to_string());
    }
    let texts = ["valueString", "valueDateTime", "valueTime"];
    let text = texts.iter().find_map(|key| path::text(holder, key)).unwrap_or_default();
    (None, "", text.to_owned())
}

fn split(quantity: Option<(f32, &str)>) -> (Option<f32>, &str) {
    quantity.map_or((None, ""), |(number, unit)| (Some(number), unit))
}

fn instant_at(resource: &Value, place: &str) -> Option<i64> {
    Some(instant::read(path::text(resource, place)?)?.micros)
}

/// The text of an attachment.
fn attached(attachment: &Value) -> Option<String> {
    let kind = path::text(attachment, "contentType")?;
    if !kind.starts_with("text/") {
        return None;
    }
    attachment::decode(path::text(attachment, "data")?)
}

/// Times of a resource as they were written, and whether one of them does not read.
pub(super) fn times<'a>(form: &Form, resource: &'a Value) -> impl Iterator<Item = &'a str> {
    form.at.iter().filter_map(|place| path::text(resource, place))
}
