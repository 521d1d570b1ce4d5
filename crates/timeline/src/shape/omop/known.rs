//! Which concepts does everybody know, without a vocabulary?
//!
//! Sex, race, ethnicity and the three common kinds of visit. Source: `ETL-Synthea` of OHDSI (docs/Person.md, docs/Visit.md),
//! the mapping by which these test data came to be.

use crate::{Kind, Sex};

/// `EHR`, of the vocabulary Type Concept: where records come from when nothing better is known. Synthetic records carry it
/// too, for no type of that vocabulary says "synthetic"; `cdm_source` does.
pub(super) const EHR: i64 = 32_817;
/// `OMOP CDM Version 5.4.0`, of the vocabulary CDM.
pub(super) const VERSION: i64 = 756_265;

const WORDS: &[(Kind, &str, i64)] = &[
    (Kind::Race, "white", 8_527),
    (Kind::Race, "black", 8_516),
    (Kind::Race, "asian", 8_515),
    (Kind::Ethnicity, "hispanic", 38_003_563),
    (Kind::Ethnicity, "nonhispanic", 38_003_564),
    (Kind::Visit, "inpatient", 9_201),
    (Kind::Visit, "imp", 9_201),
    (Kind::Visit, "acute", 9_201),
    (Kind::Visit, "outpatient", 9_202),
    (Kind::Visit, "ambulatory", 9_202),
    (Kind::Visit, "amb", 9_202),
    (Kind::Visit, "wellness", 9_202),
    (Kind::Visit, "emergency", 9_203),
    (Kind::Visit, "emer", 9_203),
    (Kind::Visit, "urgentcare", 9_203),
];

/// The concept that a code of that kind and value stands for everywhere.
pub(super) fn concept(kind: Kind, code: &str, value: &str) -> Option<i64> {
    if kind == Kind::Sex {
        return match Sex::of(code) {
            Sex::Female => Some(8_532),
            Sex::Male => Some(8_507),
            Sex::Other => None,
        };
    }
    let kind = if kind == Kind::VisitDetail { Kind::Visit } else { kind };
    let word: String =
        value.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    WORDS.iter().find(|(of, known, _)| *of == kind && *known == word).map(|(_, _, concept)| *concept)
}

/// The sex of a gender concept, as a code.
pub(super) fn sex(concept: &str) -> Option<&'static str> {
    match concept {
        "8532" => Some("SEX//F"),
        "8507" => Some("SEX//M"),
        _ => None,
    }
}
