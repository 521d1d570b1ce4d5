//! Which codes of other vocabularies than ICD only one sex has?

use super::{AGES, ALWAYS, Limits};
use hashbrown::HashMap;
use serde::Deserialize;
use std::sync::OnceLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    only: Vec<Only>,
}

/// Codes of one sex.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "words")]
    _words: String,
    #[serde(rename = "source")]
    _source: String,
    sex: Who,
    /// Completed years, both ends included.
    age: Option<[u8; 2]>,
    #[serde(rename = "SNOMED", default)]
    snomed: Vec<String>,
    #[serde(rename = "LOINC", default)]
    loinc: Vec<String>,
    #[serde(rename = "RXNORM", default)]
    rxnorm: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Who {
    Female,
    Male,
}

fn lists() -> &'static HashMap<(&'static str, String), Limits> {
    static LISTS: OnceLock<HashMap<(&'static str, String), Limits>> = OnceLock::new();
    LISTS.get_or_init(|| {
        let file: File =
            toml::from_str(include_str!("../../rules/codes.toml")).expect("a constant that the tests read");
        let mut lists = HashMap::new();
        for only in file.only {
            let ages = only.age.map_or(ALWAYS, |[from, to]| {
                (from..=to).fold(0, |ages, age| ages | 1 << (age as usize).min(AGES))
            });
            let limits = match only.sex {
                Who::Female => Limits { female: ages, male: 0 },
                Who::Male => Limits { female: 0, male: ages },
            };
            for (system, codes) in [("SNOMED", only.snomed), ("LOINC", only.loinc), ("RXNORM", only.rxnorm)] {
                lists.extend(codes.into_iter().map(|code| ((system, code), limits)));
            }
        }
        lists
    })
}

/// What a list says of a code; `None` when no list has it.
pub(super) fn limits(code: &str) -> Option<Limits> {
    let mut parts = code.split("//").skip(1);
    let (system, value) = (parts.next()?, parts.next()?);
    let system =
        ["SNOMED", "LOINC", "RXNORM"].into_iter().find(|known| known.eq_ignore_ascii_case(system))?;
    lists().get(&(system, value.to_owned())).copied()
}
