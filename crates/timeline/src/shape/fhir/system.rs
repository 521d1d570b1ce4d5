//! How are systems of codes called for short?

use std::borrow::Cow;

/// Codes that fit no system of FHIR stand whole (`LAB//50912//mg/dL`) in this one.
pub(super) const WHOLE: &str = "urn:verosim:code";
/// The short name of what is only said in words.
pub(super) const WORDS: &str = "TEXT";
/// Codes of encounter classes.
pub(super) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// The code system of races and ethnicities.
pub(super) const CDCREC: &str = "urn:oid:2.16.840.1.113883.6.238";
/// Units.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Short names and addresses (terminology.hl7.org, HL7 FHIR R4 section 4.3).
const SYSTEMS: &[(&str, &str)] = &[
    ("LOINC", "http://loinc.org"),
    ("SNOMED", "http://snomed.info/sct"),
    ("RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("ICD10CM", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("ICD10PCS", "http://www.cms.gov/Medicare/Coding/ICD10"),
    ("ICD10", "http://hl7.org/fhir/sid/icd-10"),
    ("ICD9CM", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("ICD9PROC", "http://terminology.hl7.org/CodeSystem/icd9cm"),
    ("CVX", "http://hl7.org/fhir/sid/cvx"),
    ("MVX", "http://hl7.org/fhir/sid/mvx"),
    ("CPT", "http://www.ama-assn.org/go/cpt"),
    ("HCPCS", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
    ("CDT", "http://www.ada.org/cdt"),
    ("NDC", "http://hl7.org/fhir/sid/ndc"),
    ("ATC", "http://www.whocc.no/atc"),
    ("NDFRT", "http://hl7.org/fhir/ndfrt"),
    ("UNII", "http://fdasis.nlm.nih.gov"),
    ("UCUM", UCUM),
    ("DCM", "http://dicom.nema.org/resources/ontology/DCM"),
    ("CDCREC", CDCREC),
    ("BCP47", "urn:ietf:bcp:47"),
    ("OMOP", "https://fhir-terminology.ohdsi.org"),
    ("ActCode", ACT_CODE),
    ("v3-MaritalStatus", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"),
    ("v3-NullFlavor", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"),
    ("claim-type", "http://terminology.hl7.org/CodeSystem/claim-type"),
    ("observation-category", "http://terminology.hl7.org/CodeSystem/observation-category"),
];

/// The short name of a system: one of those known, else what its address ends in.
pub(super) fn short(url: &str) -> Cow<'_, str> {
    if let Some(known) = known(url) {
        return Cow::Borrowed(known);
    }
    let end = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(url);
    let taken = end == WORDS || SYSTEMS.iter().any(|(name, _)| name.eq_ignore_ascii_case(end));
    if end.is_empty() || taken {
        let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
        return Cow::Owned(bare.replace("//", "/ /"));
    }
    Cow::Borrowed(end)
}

/// The short name of a system that is known.
pub(super) fn known(url: &str) -> Option<&'static str> {
    let url = url.trim_end_matches('/');
    SYSTEMS.iter().find(|(_, address)| *address == url).map(|(name, _)| *name)
}

/// The address of a short name that is known.
pub(super) fn address(name: &str) -> Option<&'static str> {
    SYSTEMS.iter().find(|(known, _)| *known == name).map(|(_, address)| *address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_tell_systems_apart() {
        for (url, name) in [
            ("http://loinc.org", "LOINC"),
            ("http://hospital.org/codes/lab", "lab"),
            ("urn:oid:1.2.3", "1.2.3"),
            ("http://hospital.org/loinc", "hospital.org/loinc"),
        ] {
            assert_eq!(short(url), name);
        }
        for (name, address) in SYSTEMS {
            assert_eq!((short(address).as_ref(), self::address(name)), (*name, Some(*address)));
        }
    }
}
