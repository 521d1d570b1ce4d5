//! What kind of event does a code name, and how are codes put together?
//!
//! A code is `KIND//SYSTEM//VALUE` or `KIND//SYSTEM//VALUE//UNIT`, the style of the MEDS community; `MEDS_BIRTH` and
//! `MEDS_DEATH` are reserved by MEDS.

/// The reserved code of births.
pub const BIRTH: &str = "MEDS_BIRTH";
/// The reserved code of deaths.
pub const DEATH: &str = "MEDS_DEATH";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The row of the person itself, which nothing else holds.
    Person,
    /// Sex as recorded.
    Sex,
    /// Race.
    Race,
    /// Ethnicity.
    Ethnicity,
    /// Marital status.
    Marital,
    /// Language.
    Language,
    /// Insurance.
    Insurance,
    /// Birth.
    Birth,
    /// Death.
    Death,
    /// A stay, a consultation: whatever other events happen in.
    Visit,
    /// A part of a visit: a ward, a bed.
    VisitDetail,
    /// A time span in which the person was under observation.
    Observed,
    /// A diagnosis.
    Condition,
    /// Something done to the patient.
    Procedure,
    /// A drug ordered or given.
    Drug,
    /// A vaccination.
    Immunization,
    /// A laboratory value, a vital sign.
    Measurement,
    /// Any other fact.
    Observation,
    /// An allergy.
    Allergy,
    /// A device.
    Device,
    /// A thing used up.
    Supply,
    /// A plan of care.
    CarePlan,
    /// A series of images.
    Imaging,
    /// A sample taken.
    Specimen,
    /// A note.
    Note,
    /// What was billed, or who paid.
    Billing,
    /// What was ordered.
    Order,
    /// None of these.
    Other,
}

impl Kind {
    /// Its word at the beginning of a code.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, _)| *kind == self).map_or("OTHER", |(_, words)| words[0])
    }

    /// The kind of event that `code` names; understands the words of the MEDS community's extractors too.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let word = code.split_once("//").map_or(code, |(word, _)| word);
        WORDS.iter().find(|(_, words)| words.contains(&word)).map_or(Self::Other, |(kind, _)| *kind)
    }
}

/// Our word first, then those of others.
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Person, &["PERSON"]),
    (Kind::Sex, &["SEX", "GENDER"]),
    (Kind::Race, &["RACE"]),
    (Kind::Ethnicity, &["ETHNICITY"]),
    (Kind::Marital, &["MARITAL", "MARITAL_STATUS"]),
    (Kind::Language, &["LANGUAGE"]),
    (Kind::Insurance, &["INSURANCE"]),
    (Kind::Birth, &[BIRTH]),
    (Kind::Death, &[DEATH]),
    (Kind::Visit, &["VISIT", "HOSPITAL_ADMISSION", "ENCOUNTER", "Visit"]),
    (Kind::VisitDetail, &["VISIT_DETAIL", "ICU_ADMISSION", "TRANSFER_TO"]),
    (Kind::Observed, &["OBSERVED"]),
    (Kind::Condition, &["CONDITION", "DIAGNOSIS"]),
    (Kind::Procedure, &["PROCEDURE"]),
    (Kind::Drug, &["DRUG", "MEDICATION", "INFUSION_START"]),
    (Kind::Immunization, &["IMMUNIZATION"]),
    (Kind::Measurement, &["MEASUREMENT", "LAB", "SUBJECT_FLUID_OUTPUT"]),
    (Kind::Observation, &["OBSERVATION"]),
    (Kind::Allergy, &["ALLERGY"]),
    (Kind::Device, &["DEVICE"]),
    (Kind::Supply, &["SUPPLY"]),
    (Kind::CarePlan, &["CAREPLAN"]),
    (Kind::Imaging, &["IMAGING"]),
    (Kind::Specimen, &["SPECIMEN"]),
    (Kind::Note, &["NOTE"]),
    (Kind::Billing, &["BILLING", "DRG", "HCPCS"]),
    (Kind::Order, &["ORDER"]),
    (Kind::Other, &["OTHER"]),
];

/// Whether `code` is `prefix`, or begins with it and goes on behind `//`.
#[must_use]
pub(crate) fn is(code: &str, prefix: &str) -> bool {
    code.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("//"))
}

/// A code from its parts; parts that hold `//` are written with `/ /`, so that every code splits again.
///
/// # Example
/// ```
/// use verosim_timeline::{Kind, code};
/// assert_eq!(code(Kind::Measurement, &["LOINC", "2339-0", "mg/dL"]), "MEASUREMENT//LOINC//2339-0//mg/dL");
/// ```
#[must_use]
pub fn code(kind: Kind, parts: &[&str]) -> String {
    let mut code = String::from(kind.word());
    for part in parts {
        code.push_str("//");
        if part.contains("//") {
            code.push_str(&part.replace("//", "/ /"));
        } else {
            code.push_str(part);
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_its_own_word() {
        for (kind, words) in WORDS {
            for word in *words {
                assert_eq!(Kind::of(&format!("{word}//x")), *kind, "{word}");
            }
            assert_eq!(Kind::of(kind.word()), *kind);
        }
        assert_eq!(Kind::of("LABORATORY//1"), Kind::Other);
        assert!(is("MEDS_DEATH//in hospital", DEATH) && !is("MEDS_DEATHS", DEATH));
    }
}
