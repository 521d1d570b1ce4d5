//! Which events is one resource?

use super::base::{self, Place};
use super::fields::{self, Fields};
use super::form::{self, Form};
use super::reference::{self, Entries, Target};
use super::registry::{Registry, identifier_key};
use super::{decimal, path, patient, residue, types};
use crate::event::{STATIC, instant};
use crate::{CodeBook, Fate, Kind, code};
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// The member of a residue that holds the Medication which a resource refers to.
pub(super) const MEDICATION: &str = "@medication";

/// An event of a resource.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// The columns.
    pub fields: Fields,
    /// The source.
    pub source: &'static str,
    /// The residue; empty for derived events that have none.
    pub residue: String,
}

/// What became of one resource.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Its type, where that is known.
    pub resource: &'static str,
    /// Id of its patient.
    pub whose: String,
    /// Its events.
    pub events: Vec<Own>,
    /// What was noticed.
    pub notes: Vec<(String, Fate)>,
    /// Its type and id, and what it says, as numbers; none without an id.
    pub identity: Option<(u64, u64)>,
    /// The encounter that it is, as a number.
    pub defines: Option<u64>,
    /// The encounter that it belongs to, as a number.
    pub uses: Option<u64>,
    /// The zone of its times; `None` where they have no time of day.
    pub zone: Option<Zone>,
}

/// Minutes east of Greenwich, where a time says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone(Option<i32>);

/// Where a resource stands.
pub(super) struct Around<'a> {
    /// Everybody.
    pub registry: &'a Registry,
    /// The entries of its Bundle.
    pub entries: Option<&'a Entries>,
}

impl Made {
    fn note(&mut self, what: impl Into<String>, fate: Fate) {
        self.notes.push((what.into(), fate));
    }

    /// A resource of which nothing is taken.
    pub(super) fn nothing(what: impl Into<String>, fate: Fate) -> Self {
        Self { notes: vec![(what.into(), fate)], ..Self::default() }
    }
}

/// Reads one resource.
pub(super) fn read(mut resource: Value, around: &Around<'_>, book: &mut CodeBook) -> Made {
    let Some(named) = path::text(&resource, "resourceType").map(types::named) else {
        return Made::nothing("objects without a resourceType", Fate::SetAside);
    };
    let Some(name) = named else {
        return Made::nothing("resources of a type that FHIR R4 does not know", Fate::SetAside);
    };
    let mut made = Made { resource: name, ..Made::default() };
    if residue::drop_nulls(&mut resource) > 0 {
        made.note("resources with members that are null", Fate::KeptInPart);
    }
    if name == "Patient" {
        person(resource, around, book, &mut made);
    } else if let Some(form) = form::of_resource(name) {
        event(form, resource, around, book, &mut made);
    } else if types::REFERENCE.contains(&name) {
        made.note(format!("{name} resources, which are no events of a patient"), Fate::NotCarried);
    } else if name != "Medication" {
        made.note(format!("{name} resources, a type that is not read"), Fate::SetAside);
    }
    made
}

fn person(mut resource: Value, around: &Around<'_>, book: &mut CodeBook, made: &mut Made) {
    let Some(id) = path::text(&resource, "id").map(str::to_owned) else {
        made.note("Patient resources without an id", Fate::SetAside);
        return;
    };
    if let Some(entries) = around.entries {
        reference::neutral(&mut resource, entries);
    }
    if path::text(&resource, "birthDate").is_some_and(|text| instant::read(text).is_none()) {
        made.note("births at a date that does not read", Fate::KeptInPart);
    }
    let traits = patient::traits(&resource, book);
    let base = patient::base(&id, traits.iter().map(|one| (one.code.as_str(), one.time)), |_| {});
    let mut rest = residue::of(&base, &resource).unwrap_or_else(|| Value::Object(Map::new()));
    // The writer knows the number of the subject only.
    path::set(&mut rest, "id", json!(id));
    let rest = decimal::print(&rest);
    made.identity = Some((hash(&("Patient", &id)), hash(&(&rest, &base.to_string()))));
    let fields = Fields { code: code(Kind::Person, &[]), ..Fields::default() };
    made.events.push(Own { fields, source: "Patient", residue: rest });
    for one in traits {
        let fields = Fields { code: one.code, time: one.time, ..Fields::default() };
        made.events.push(Own { fields, source: one.source, residue: String::new() });
    }
    made.whose = id;
}

fn event(form: &Form, mut resource: Value, around: &Around<'_>, book: &mut CodeBook, made: &mut Made) {
    match whose(form, &resource, around) {
        Whose::Patient(id) => made.whose = id,
        Whose::Nobody if form.resource == "Device" => {
            return made.note("Device resources of no patient", Fate::NotCarried);
        }
        Whose::Nobody => return made.note("resources that name no patient", Fate::SetAside),
        Whose::Other => return made.note("resources about something else than a patient", Fate::SetAside),
        Whose::Unknown => {
            return made.note("resources whose patient cannot be told from the reference", Fate::SetAside);
        }
    }
    let visit = visit(form, &resource, around);
    if form.resource == "Encounter" {
        made.defines = path::text(&resource, "id").map(|id| hash(&id));
    }
    if !visit.is_empty() {
        made.uses = Some(hash(&visit.as_str()));
    }
    let medication = medication(&resource, around);
    if let Medication::Missing = medication {
        made.note("resources that refer to a Medication that no resource is", Fate::Kept);
    }
    let named = match &medication {
        Medication::Inside(concept) | Medication::Known(concept, _) => concept.get("code").cloned(),
        _ => None,
    };
    let apart = if let Medication::Known(known, true) = medication { Some(known.clone()) } else { None };
    let mut fields = fields::of(form, &resource, visit, named.as_ref(), book);
    // A part of a stay stands in the stay; whatever else is an encounter is its own.
    if form.resource == "Encounter" && !fields.code.starts_with("VISIT_DETAIL") {
        path::text(&resource, "id").unwrap_or_default().clone_into(&mut fields.visit);
    }
    zones(form, &resource, &fields, made);
    if let Some(entries) = around.entries {
        reference::neutral(&mut resource, entries);
    }
    let place = Place { patient: &made.whose, neutral: around.entries.is_some() };
    let base = base::of(form, &fields, place, None);
    let components = components(&mut resource, &fields, book);
    let mut rest = residue::of(&base, &resource).unwrap_or_else(|| Value::Object(Map::new()));
    if let Some(medication) = apart {
        path::set(&mut rest, MEDICATION, medication);
    }
    let rest = decimal::print(&rest);
    let said = (&rest, &fields.code, fields.time, fields.end, fields.number.map(f32::to_bits), &fields.text);
    made.identity = path::text(&resource, "id").map(|id| (hash(&(form.resource, id)), hash(&said)));
    made.events.push(Own { fields, source: form.resource, residue: rest });
    made.events.extend(components);
}

/// Takes the components out of an observation, each as an event of its own.
fn components(resource: &mut Value, main: &Fields, book: &mut CodeBook) -> Vec<Own> {
    let Some(Value::Array(all)) = resource.get("component") else { return Vec::new() };
    if main.time == STATIC || all.is_empty() || !all.iter().all(Value::is_object) {
        return Vec::new();
    }
    let kind = Kind::of(&main.code);
    let mut found = Vec::new();
    for part in all {
        let (number, unit, text) = fields::value(part, book);
        let concept = part.get("code").and_then(super::coding::Concept::of);
        let code = match &concept {
            Some(concept) => concept.code(kind, if number.is_some() { unit } else { "" }),
            None => code(kind, &[]),
        };
        if let Some(concept) = &concept {
            concept.note(&code, book);
        }
        let fields =
            Fields { code, time: main.time, number, text, visit: main.visit.clone(), ..Fields::default() };
        let rest = printed(residue::of(&base::component(&fields, None), part));
        found.push(Own { fields, source: "Observation.component", residue: rest });
    }
    if let Value::Object(members) = resource {
        members.shift_remove("component");
    }
    found
}

fn printed(residue: Option<Value>) -> String {
    residue.map_or_else(|| "{}".to_owned(), |residue| decimal::print(&residue))
}

/// Notes times that are not there, do not read, or stand in a zone.
fn zones(form: &Form, resource: &Value, fields: &Fields, made: &mut Made) {
    let written: Vec<&str> = fields::times(form, resource).collect();
    if fields.time == STATIC && !form.at.is_empty() {
        let what = if written.is_empty() {
            "resources without a date: they stand before all that have one"
        } else {
            "resources with a date that does not read: they stand before all that have one"
        };
        made.note(what, Fate::KeptInPart);
    }
    let timed = written.iter().filter(|text| text.len() > 10).find_map(|text| instant::read(text));
    made.zone = timed.map(|read| Zone(read.offset));
}

enum Whose {
    Patient(String),
    Other,
    Nobody,
    Unknown,
}

fn whose(form: &Form, resource: &Value, around: &Around<'_>) -> Whose {
    let Some(subject) = path::get(resource, form.subject) else { return Whose::Nobody };
    let by_key = |key: &str| around.registry.identified(key).map(|id| Whose::Patient(id.to_owned()));
    let by_identifier = |holder: &Value| {
        identifier_key(&holder["identifier"]).and_then(|key| by_key(&key)).unwrap_or(Whose::Unknown)
    };
    let Some(target) = path::text(subject, "reference").and_then(Target::of) else {
        return by_identifier(subject);
    };
    match target {
        Target::Known("Patient", id) => Whose::Patient(id.to_owned()),
        Target::Entry(url) => match around.entries.and_then(|entries| entries.get(url)) {
            Some((resource, id)) if resource == "Patient" => Whose::Patient(id.clone()),
            Some(_) => Whose::Other,
            None => match url.rsplit(':').next() {
                Some(id) if around.registry.knows(id) => Whose::Patient(id.to_owned()),
                _ => Whose::Unknown,
            },
        },
        Target::Identified("Patient", key) => by_key(key).unwrap_or(Whose::Unknown),
        Target::Known(..) | Target::Identified(..) => Whose::Other,
        Target::Inside(id) => match reference::contained(resource, id) {
            Some(inside) => {
                let mut keys =
                    inside["identifier"].as_array().into_iter().flatten().filter_map(identifier_key);
                keys.find_map(|key| by_key(&key)).unwrap_or(Whose::Unknown)
            }
            None => Whose::Unknown,
        },
    }
}

/// The id of the encounter of a resource; of the whole stay, for a part of one.
fn visit(form: &Form, resource: &Value, around: &Around<'_>) -> String {
    let place = if form.resource == "Encounter" { "partOf" } else { form.visit };
    if place.is_empty() {
        return String::new();
    }
    let target = path::text(resource, &format!("{place}.reference")).and_then(Target::of);
    match target {
        Some(Target::Known("Encounter", id)) => id.to_owned(),
        Some(Target::Entry(url)) => match around.entries.and_then(|entries| entries.get(url)) {
            Some((resource, id)) if resource == "Encounter" => id.clone(),
            _ => url.rsplit(':').next().unwrap_or_default().to_owned(),
        },
        _ => String::new(),
    }
}

enum Medication<'a> {
    None,
    Missing,
    Inside(&'a Value),
    /// Whether it is a resource of its own.
    Known(&'a Value, bool),
}

fn medication<'a>(resource: &'a Value, around: &Around<'a>) -> Medication<'a> {
    let Some(text) = path::text(resource, "medicationReference.reference") else { return Medication::None };
    let known = |id: &str| around.registry.medication(id).map(|known| Medication::Known(known, true));
    let found = match Target::of(text) {
        Some(Target::Inside(id)) => reference::contained(resource, id).map(Medication::Inside),
        Some(Target::Known("Medication", id)) => known(id),
        Some(Target::Entry(url)) => match around.entries.and_then(|entries| entries.get(url)) {
            Some((_, id)) => known(id),
            None => url.rsplit(':').next().and_then(known),
        },
        _ => None,
    };
    found.unwrap_or(Medication::Missing)
}

/// The resources of a Bundle, and their addresses. Who has no id is given that of the address.
pub(super) fn entries(bundle: &mut Value) -> (Vec<Value>, Entries) {
    let mut entries = Entries::new();
    let mut resources = Vec::new();
    let Some(Value::Array(all)) = bundle.get_mut("entry") else { return (resources, entries) };
    for entry in all {
        let url = path::text(entry, "fullUrl").unwrap_or_default().to_owned();
        let Some(resource) = entry.get_mut("resource").map(Value::take).filter(Value::is_object) else {
            continue;
        };
        let mut resource = resource;
        if path::text(&resource, "id").is_none()
            && let Some(id) = url.rsplit([':', '/']).next().filter(|id| !id.is_empty())
        {
            path::set(&mut resource, "id", json!(id));
        }
        if let (Some(name), Some(id)) = (path::text(&resource, "resourceType"), path::text(&resource, "id")) {
            entries.insert(url, (name.to_owned(), id.to_owned()));
        }
        resources.push(resource);
    }
    (resources, entries)
}

/// A number that stands for a text or more, the same in every run.
fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
