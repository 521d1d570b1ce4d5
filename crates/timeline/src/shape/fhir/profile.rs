//! Which profile of US Core 6.1 may a resource claim?
//!
//! Only what is true: each claim is checked by the elements that the profile requires beyond the standard.

use super::path;
use serde_json::Value;

const BASE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-";

/// The address of the profile that `resource` keeps; `None` where it keeps none of those known.
pub(super) fn of(resource: &Value) -> Option<String> {
    let has = |place: &str| path::get(resource, place).is_some();
    let first_system =
        |place: &str| path::text(resource, &format!("{place}.coding.0.system")).unwrap_or_default();
    let in_category = |wanted: &str| {
        let categories = resource["category"].as_array().into_iter().flatten();
        categories.filter_map(|one| one["coding"].as_array()).flatten().any(|coding| coding["code"] == wanted)
    };
    let valued = || {
        let keys = [
            "valueQuantity",
            "valueCodeableConcept",
            "valueString",
            "valueBoolean",
            "valueInteger",
            "valueDateTime",
            "dataAbsentReason",
            "component",
            "hasMember",
        ];
        keys.iter().any(|key| has(key))
    };
    let name =
        match resource["resourceType"].as_str()? {
            "Patient" => {
                let named = has("name.0.family") || has("name.0.given.0");
                (named && has("identifier.0.system") && has("identifier.0.value") && has("gender"))
                    .then_some("patient")
            }
            "Condition" => {
                (has("code") && in_category("encounter-diagnosis")).then_some("condition-encounter-diagnosis")
            }
            "Observation" if in_category("laboratory") => {
                (first_system("code") == "http://loinc.org" && valued()).then_some("observation-lab")
            }
            "Encounter" => has("type.0").then_some("encounter"),
            "Immunization" => (has("primarySource") && first_system("vaccineCode").ends_with("/cvx"))
                .then_some("immunization"),
            "Procedure" => {
                (has("code") && (has("performedDateTime") || has("performedPeriod"))).then_some("procedure")
            }
            "MedicationRequest" => (first_system("medicationCodeableConcept").ends_with("/rxnorm"))
                .then_some("medicationrequest"),
            "AllergyIntolerance" => has("code").then_some("allergyintolerance"),
            "DocumentReference" => {
                let document = has("content.0.attachment.data") || has("content.0.attachment.url");
                (document && has("type") && in_category("clinical-note")).then_some("documentreference")
            }
            "CarePlan" => (has("text.status") && in_category("assess-plan")).then_some("careplan"),
            _ => None,
        }?;
    Some(format!("{BASE}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_true() {
        let lab = json!({"resourceType": "Observation", "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]}, "valueQuantity": {"value": 1}});
        assert_eq!(
            of(&lab).as_deref(),
            Some("http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab")
        );
        assert_eq!(of(&json!({"resourceType": "Patient", "gender": "male"})), None);
        assert_eq!(of(&json!({"resourceType": "Encounter"})), None);
    }
}
