//! Which diseases do columns tell of, and which pairs are known to occur together more or less often than by chance?
//!
//! They are data: `rules/pairs.toml`.

use super::binding::Binding;
use super::speech;
use crate::Table;
use crate::constrain::{Condition, RuleText, Severity};
use serde::Deserialize;
use std::sync::OnceLock;
use verosim_core::Schema;

/// A disease and how it is recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disease {
    /// Name, for people.
    pub id: String,
    flag: Option<String>,
    icd9: Option<String>,
    icd10: Option<String>,
}

/// A disease of which each row says whether it has it.
#[derive(Clone, Debug)]
pub struct RecordedDisease {
    /// Name, for people.
    pub name: &'static str,
    /// The rows that have it.
    pub has: Condition,
}

/// Two diseases of which each row says whether it has them.
#[derive(Clone, Debug)]
pub struct DiseasePair {
    /// Name of both.
    pub name: String,
    /// The rows that have the first.
    pub first: Condition,
    /// The rows that have the second.
    pub second: Condition,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    disease: Vec<Disease>,
    pair: Vec<[String; 2]>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        toml::from_str(include_str!("../../../rules/pairs.toml")).expect("a constant that the tests read")
    })
}

/// The pairs of diseases that the columns tell of: by a column that says yes or no, or by codes in several columns. One
/// column of codes holds one disease of a row, so that it tells of no pair.
#[must_use]
pub fn diseases(schema: &Schema, sample: &Table, bindings: &[Binding]) -> Vec<DiseasePair> {
    let file = file();
    let known: Vec<(&Disease, Condition, String)> = file
        .disease
        .iter()
        .filter_map(|disease| disease.known(schema, sample, bindings).map(|(met, by)| (disease, met, by)))
        .collect();
    let find = |id: &str| known.iter().find(|(disease, ..)| disease.id == id);
    let codes = |by: &str| bindings.iter().any(|binding| binding.concept == by && binding.columns.len() == 1);
    file.pair
        .iter()
        .filter_map(|[a, b]| {
            let ((_, first, by), (_, second, other)) = (find(a)?, find(b)?);
            let is_one_column = by == other && codes(by);
            (!is_one_column).then(|| DiseasePair {
                name: format!("{a} and {b}"),
                first: first.clone(),
                second: second.clone(),
            })
        })
        .collect()
}

/// The diseases that the columns tell of, by themselves.
#[must_use]
pub fn recorded(schema: &Schema, sample: &Table, bindings: &[Binding]) -> Vec<RecordedDisease> {
    let each = file().disease.iter();
    each.filter_map(|disease| {
        let (has, _) = disease.known(schema, sample, bindings)?;
        Some(RecordedDisease { name: &disease.id, has })
    })
    .collect()
}

impl Disease {
    /// Which rows have it, and by which concept that is known.
    fn known(&self, schema: &Schema, sample: &Table, bindings: &[Binding]) -> Option<(Condition, String)> {
        let ways = [
            self.flag.as_ref().map(|flag| (flag.clone(), format!("{flag} = yes"))),
            self.icd9.as_ref().map(|codes| ("icd9".to_owned(), format!("icd9 in ICD9 ({codes})"))),
            self.icd10.as_ref().map(|codes| ("icd10".to_owned(), format!("icd10 in ICD10 ({codes})"))),
        ];
        ways.into_iter().flatten().find_map(|(concept, text)| {
            let rule = RuleText {
                id: concept.clone(),
                severity: Severity::Unusual,
                words: concept.clone(),
                source: None,
                never: Some(text),
                when: None,
                then: None,
            };
            let spoken = speech::spoken(&rule, bindings).ok()?.never?;
            Some((Condition::parse(&spoken, schema, sample).ok()?, concept))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constrain::clinical::Concept;

    #[test]
    fn the_pairs_are_of_known_diseases() {
        let file = file();
        for pair in &file.pair {
            for id in pair {
                assert!(file.disease.iter().any(|disease| disease.id == *id), "{id}");
            }
        }
        for disease in &file.disease {
            assert!(
                disease.flag.as_ref().is_none_or(|flag| Concept::named(flag).is_some()),
                "{}",
                disease.id
            );
        }
    }
}
