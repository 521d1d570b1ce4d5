//! Who and what is known by which id, before events are read?

use super::path;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use verosim_data::io::sha256_bytes;

/// Patients and medications.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// Subjects by the ids of Patients.
    patients: HashMap<String, i64>,
    /// Who has which number; tells when two ids fall on one.
    taken: HashSet<i64>,
    /// Ids of Patients by `system|value`.
    identifiers: HashMap<String, String>,
    /// Medications by id, and whether anything referred to them.
    medications: HashMap<String, (Value, AtomicBool)>,
}

impl Registry {
    /// Notes a Patient or a Medication.
    pub(super) fn note(&mut self, resource: &Value) {
        let Some(id) = path::text(resource, "id") else { return };
        match path::text(resource, "resourceType") {
            Some("Patient") => {
                self.enrol(id);
                for identifier in resource["identifier"].as_array().into_iter().flatten() {
                    if let Some(key) = identifier_key(identifier) {
                        self.identifiers.entry(key).or_insert_with(|| id.to_owned());
                    }
                }
            }
            Some("Medication") => {
                self.medications
                    .entry(id.to_owned())
                    .or_insert_with(|| (resource.clone(), AtomicBool::new(false)));
            }
            _ => {}
        }
    }

    /// The subject of a Patient's id, which is given one when it is new.
    pub(super) fn enrol(&mut self, id: &str) -> i64 {
        if let Some(subject) = self.patients.get(id) {
            return *subject;
        }
        let mut subject = subject_of(id);
        while self.taken.contains(&subject) {
            subject = (subject + 1) & MOST;
        }
        self.taken.insert(subject);
        self.patients.insert(id.to_owned(), subject);
        subject
    }

    /// Whether a Patient of this id is known.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.patients.contains_key(id)
    }

    /// How many patients there are.
    pub(super) fn people(&self) -> u64 {
        self.patients.len() as u64
    }

    /// The id of the Patient that has an identifier.
    pub(super) fn identified(&self, key: &str) -> Option<&str> {
        self.identifiers.get(key).map(String::as_str)
    }

    /// A Medication that something refers to.
    pub(super) fn medication(&self, id: &str) -> Option<&Value> {
        let (resource, is_used) = self.medications.get(id)?;
        is_used.store(true, Ordering::Relaxed);
        Some(resource)
    }

    /// How many Medications nothing referred to, so far: they travel with what does.
    pub(super) fn idle_medications(&self) -> u64 {
        self.medications.values().filter(|(_, is_used)| !is_used.load(Ordering::Relaxed)).count() as u64
    }
}

/// `system|value` of an identifier.
pub(super) fn identifier_key(identifier: &Value) -> Option<String> {
    let value = path::text(identifier, "value")?;
    Some(format!("{}|{value}", path::text(identifier, "system").unwrap_or_default()))
}

/// Largest number that is made of an id that is none: whole in a binary floating-point number too.
const MOST: i64 = (1 << 53) - 1;

/// The number of an id: itself where it is one, else one made of its digest.
fn subject_of(id: &str) -> i64 {
    if let Some(number) =
        id.parse::<i64>().ok().filter(|number| number.to_string() == id && *number != i64::MIN)
    {
        return number;
    }
    let digest = sha256_bytes(id.as_bytes());
    digest.get(..15).and_then(|head| i64::from_str_radix(head, 16).ok()).unwrap_or(0) & MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!((subject_of("10000032"), subject_of("-5")), (10_000_032, -5));
        assert!(subject_of("007") > 7 && subject_of("abc") != subject_of("abd"));
        let mut registry = Registry::default();
        assert_eq!(registry.enrol("abc"), registry.enrol("abc"));
        assert_eq!(registry.people(), 1);
    }
}
