//! Which resources are one person's events?

use super::base::{self, Place};
use super::coding::one;
use super::fields::{self, Fields};
use super::form::{self, Form};
use super::reading::MEDICATION;
use super::{EXTRA, WriteOptions, decimal, path, patient, profile, reference, residue, system, validate};
use crate::event::{Person, STATIC};
use crate::{CodeBook, Fate, Findings, Kind};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use verosim_data::io::sha256_bytes;

/// The tag of data that are a test (HL7 terminology, v3-ActReason): "test health data".
const TAG_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// One person in resources.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// Types and resources, the Patient first.
    pub resources: Vec<(&'static str, Value)>,
    /// What could not be carried, and rules that the source broke.
    pub loss: Findings,
    /// Rules that were broken by what we made ourselves.
    pub faults: BTreeSet<validate::Breach>,
}

/// Makes the resources of one person.
pub(super) fn of(person: &Person<'_>, options: &WriteOptions) -> Life {
    let mut life = Life::default();
    let mut maker = Maker::new(person, options);
    maker.patient(&mut life);
    let mut last: Option<(usize, i64)> = None;
    for row in person.rows() {
        if is_trait(person.code(row)) {
            continue;
        }
        let source = person.events().sources().cell(row);
        if source == "Observation.component"
            && let Some((at, time)) = last
            && time == person.events().times()[row]
        {
            maker.component(row, &mut life.resources[at].1);
            continue;
        }
        if let Some(name) = maker.event(row, &mut life) {
            let time = person.events().times()[row];
            last = (name == "Observation").then_some((life.resources.len() - 1, time));
        }
    }
    maker.extras(&mut life);
    life.resources.iter_mut().for_each(|(_, resource)| seal(resource, options));
    for (at, (name, resource)) in life.resources.iter().enumerate() {
        for breach in validate::breaches(resource) {
            if maker.own.contains(&at) {
                life.faults.insert(breach);
            } else {
                let what = format!("values of the source where this one {}", breach.what);
                life.loss.note(&breach.path, &what, Fate::Kept, 0);
            }
        }
        debug_assert_eq!(resource["resourceType"], *name);
    }
    life
}

/// Whether a code is of the Patient itself.
fn is_trait(code: &str) -> bool {
    use Kind::{Birth, Death, Ethnicity, Language, Marital, Person, Race, Sex};
    matches!(Kind::of(code), Person | Sex | Race | Ethnicity | Marital | Language | Birth | Death)
}

/// What every resource has that leaves us.
fn seal(resource: &mut Value, options: &WriteOptions) {
    residue::drop_nulls(resource);
    reference::settle(resource, options.bundles());
    if options.us_core
        && let Some(profile) = profile::of(resource)
    {
        let known = path::get(resource, "meta.profile").and_then(Value::as_array).map_or(0, Vec::len);
        let claimed =
            resource["meta"]["profile"].as_array().is_some_and(|all| all.iter().any(|one| *one == profile));
        if !claimed {
            path::set(resource, &format!("meta.profile.{known}"), profile.into());
        }
    }
    if options.synthetic {
        let tags = path::get(resource, "meta.tag").and_then(Value::as_array).map_or(0, Vec::len);
        let tag = json!({ "system": TAG_SYSTEM, "code": "HTEST", "display": "test health data" });
        let tagged = resource["meta"]["tag"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["code"] == "HTEST"));
        if !tagged {
            path::set(resource, &format!("meta.tag.{tags}"), tag);
        }
    }
}

struct Maker<'a> {
    person: &'a Person<'a>,
    options: &'a WriteOptions,
    /// Id of the Patient.
    patient: String,
    /// Ids of Encounters by visit.
    encounters: HashMap<&'a str, String>,
    /// Positions of resources that have no residue: all that is in them is ours.
    own: BTreeSet<usize>,
    medications: BTreeSet<String>,
}

impl<'a> Maker<'a> {
    fn new(person: &'a Person<'a>, options: &'a WriteOptions) -> Self {
        let patient = person.id().to_string();
        let mut maker = Self {
            person,
            options,
            patient,
            encounters: HashMap::new(),
            own: BTreeSet::new(),
            medications: BTreeSet::new(),
        };
        for row in person.rows().filter(|&row| Kind::of(person.code(row)) == Kind::Visit) {
            let visit = person.events().visits().cell(row);
            let id = if maker.residue(row).is_some() && !visit.is_empty() {
                visit.to_owned()
            } else {
                maker.new_id(row)
            };
            // A visit that is told of twice is the first.
            if !visit.is_empty() {
                maker.encounters.entry(visit).or_insert(id);
            }
        }
        maker
    }

    fn residue(&self, row: usize) -> Option<Value> {
        let cell = self.person.events().extra(EXTRA)?.cell(row);
        if cell.is_empty() { None } else { decimal::parse(cell).ok().filter(Value::is_object) }
    }

    /// An id that only this row has.
    fn new_id(&self, row: usize) -> String {
        uuid(self.person.id(), row - self.person.rows().start)
    }

    fn patient(&mut self, life: &mut Life) {
        let person = self.person;
        let mut rows = person.rows().filter(|&row| Kind::of(person.code(row)) == Kind::Person);
        let rest = rows.find_map(|row| self.residue(row));
        if let Some(id) = rest.as_ref().and_then(|rest| path::text(rest, "id")) {
            id.clone_into(&mut self.patient);
        }
        let traits = person.rows().filter(|&row| is_trait(person.code(row)));
        let traits = traits.map(|row| (person.code(row), person.events().times()[row]));
        let made = patient::base(&self.patient, traits, |code| {
            life.loss.note(
                Kind::of(code).word(),
                "events beyond the one that a Patient holds",
                Fate::NotCarried,
                0,
            );
        });
        if rest.is_none() {
            self.own.insert(0);
        }
        life.resources.push(("Patient", rest.map_or(made.clone(), |rest| residue::restore(made, rest))));
    }

    /// The columns of a row.
    fn fields(&self, row: usize) -> Fields {
        let events = self.person.events();
        let number = events.numbers()[row];
        Fields {
            code: self.person.code(row).to_owned(),
            time: events.times()[row],
            end: events.ends()[row],
            number: number.is_finite().then_some(number),
            text: events.texts().cell(row).to_owned(),
            visit: events.visits().cell(row).to_owned(),
        }
    }

    /// Puts a component into its observation.
    fn component(&self, row: usize, observation: &mut Value) {
        let rest = self.residue(row);
        let book = if rest.is_none() { Some(&self.options.codes) } else { None };
        let made = base::component(&self.fields(row), book);
        let made = match rest {
            Some(rest) => residue::restore(made, rest),
            None => made,
        };
        let at = observation["component"].as_array().map_or(0, Vec::len);
        path::set(observation, &format!("component.{at}"), made);
    }

    /// Makes the resource of a row; its type.
    fn event(&mut self, row: usize, life: &mut Life) -> Option<&'static str> {
        let kind = Kind::of(self.person.code(row));
        let rest = self.residue(row);
        let of_source = form::of_resource(self.person.events().sources().cell(row));
        let Some(form) = of_source.or_else(|| form::of_kind(kind)) else {
            life.loss.note(kind.word(), "events of a kind that no resource is", Fate::NotCarried, 0);
            return None;
        };
        let mut fields = self.fields(row);
        let place = Place { patient: &self.patient, neutral: true };
        let made = if let Some(mut rest) = rest {
            let medication = rest.as_object_mut().and_then(|rest| rest.shift_remove(MEDICATION));
            if let Some(medication) = medication
                && self.medications.insert(path::text(&medication, "id").unwrap_or_default().to_owned())
            {
                life.resources.push(("Medication", medication));
            }
            residue::restore(base::of(form, &fields, place, None), rest)
        } else {
            self.encounter(row, kind, form, &mut fields, &mut life.loss);
            self.own.insert(life.resources.len());
            let made = base::of(form, &fields, place, Some(&self.options.codes));
            checked(form, made, &fields, &mut life.loss)
        };
        let mut made = made;
        if path::text(&made, "id").is_none() {
            path::set(&mut made, "id", self.new_id(row).into());
        }
        life.resources.push((form.resource, made));
        Some(form.resource)
    }

    /// Says the encounter of an event by the id that it will have.
    fn encounter(&self, row: usize, kind: Kind, form: &Form, fields: &mut Fields, loss: &mut Findings) {
        if kind == Kind::Visit {
            fields.visit = self.new_id(row);
            return;
        }
        if fields.visit.is_empty() {
            return;
        }
        let what = match self.encounters.get(fields.visit.as_str()) {
            Some(id) => {
                id.clone_into(&mut fields.visit);
                if !form.visit.is_empty() || kind == Kind::VisitDetail {
                    return;
                }
                format!("visits of events that are a {}, which has no place for them", form.resource)
            }
            None => "visits that no event tells of".to_owned(),
        };
        fields.visit.clear();
        loss.note(kind.word(), &what, Fate::NotCarried, 0);
    }

    /// Counts what stands in extra columns of other shapes.
    fn extras(&self, life: &mut Life) {
        for column in self.person.events().extras().iter().filter(|column| column.name != EXTRA) {
            let count = self.person.rows().filter(|&row| !column.cell(row).is_empty()).count();
            let what = "cells of a column that FHIR has no place for";
            life.loss.count(&format!("extra.{}", column.name), what, Fate::NotCarried, count as u64, 0);
        }
    }
}

/// Reads a resource back: a code that would not come back is put beside, and what has no place is counted.
fn checked(form: &Form, mut made: Value, fields: &Fields, loss: &mut Findings) -> Value {
    let read = |made: &Value| fields::of(form, made, String::new(), None, &mut CodeBook::default());
    let mut back = read(&made);
    if back.code != fields.code && !form.code.is_empty() {
        let holder = format!("{}.coding", form.code);
        let known = path::get(&made, &holder).and_then(Value::as_array).map_or(0, Vec::len);
        let whole = one(system::WHOLE, &fields.code, "")["coding"][0].take();
        path::set(&mut made, &format!("{holder}.{known}"), whole);
        back = read(&made);
    }
    let place = Kind::of(&fields.code).word();
    let mut lost = |differs: bool, what: &str| {
        if differs {
            loss.note(
                place,
                &format!("{what} that a {} has no place for", form.resource),
                Fate::NotCarried,
                0,
            );
        }
    };
    lost(back.code != fields.code, "codes");
    lost(back.number != fields.number, "numbers");
    lost(back.text != fields.text, "texts");
    lost(back.time != fields.time && fields.time != STATIC, "times");
    lost(back.end != fields.end && fields.end != STATIC, "ends");
    made
}

/// An id of the form of a UUID (version 8 of RFC 9562), made of a subject and the position of its event.
fn uuid(subject: i64, ordinal: usize) -> String {
    let digest = sha256_bytes(format!("verosim/{subject}/{ordinal}").as_bytes());
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

/// A Bundle of one person's resources.
pub(super) fn bundle(resources: &[(&'static str, Value)], base_url: &str) -> Value {
    let entries: Vec<Value> = resources
        .iter()
        .map(|(name, resource)| {
            let id = resource["id"].as_str().unwrap_or_default();
            let url =
                if base::is_uuid(id) { format!("urn:uuid:{id}") } else { format!("{base_url}/{name}/{id}") };
            json!({ "fullUrl": url, "resource": resource })
        })
        .collect();
    let mut made = Map::new();
    made.insert("resourceType".into(), "Bundle".into());
    made.insert("type".into(), "collection".into());
    made.insert("entry".into(), entries.into());
    Value::Object(made)
}

/// Resources by type, as lines.
pub(super) fn by_type(resources: Vec<(&'static str, Value)>) -> BTreeMap<&'static str, Vec<String>> {
    let mut lines: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (name, resource) in resources {
        lines.entry(name).or_default().push(decimal::print(&resource));
    }
    lines
}
