//! Where does each type of resource keep what an event has?

use crate::Kind;

/// Where a resource keeps its amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Nowhere.
    None,
    /// A quantity.
    Quantity(&'static str),
    /// A sum of money.
    Money(&'static str),
    /// `value[x]`.
    Value,
}

/// Where a resource keeps its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Nowhere.
    None,
    /// An annotation.
    Note,
    /// An attachment.
    Attachment(&'static str),
    /// `value[x]`, or an annotation when there is a number.
    Value,
}

/// A type of resource that is an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// Type.
    pub resource: &'static str,
    /// What it is; that of [`kind_of`](super::fields) may be narrower.
    pub kind: Kind,
    /// The reference to the patient.
    pub subject: &'static str,
    /// The reference to the encounter; empty for none.
    pub visit: &'static str,
    /// The concept; empty where it is no concept.
    pub code: &'static str,
    /// Times, the one that is written first.
    pub at: &'static [&'static str],
    /// The period that is written when there is an end; empty for none.
    pub period: &'static str,
    /// The end, where it stands alone; empty for none.
    pub end: &'static str,
    /// The amount.
    pub amount: Amount,
    /// The text.
    pub words: Words,
    /// What every such resource that we make has.
    pub always: &'static str,
}

const PLAIN: Form = Form {
    resource: "",
    kind: Kind::Other,
    subject: "subject",
    visit: "encounter",
    code: "code",
    at: &[],
    period: "",
    end: "",
    amount: Amount::None,
    words: Words::Note,
    always: "{}",
};

/// The types of resources that are events, the one that is written for a kind before others of that kind.
pub(super) const FORMS: &[Form] = &[
    Form {
        resource: "Encounter",
        kind: Kind::Visit,
        visit: "",
        code: "",
        at: &["period.start"],
        period: "period",
        words: Words::None,
        always: r#"{"status":"finished"}"#,
        ..PLAIN
    },
    Form {
        resource: "Condition",
        kind: Kind::Condition,
        at: &["onsetDateTime", "onsetPeriod.start", "recordedDate"],
        end: "abatementDateTime",
        always: r#"{"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical",
            "code":"active"}]},"verificationStatus":{"coding":[{
            "system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"category":[{
            "coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category",
            "code":"encounter-diagnosis"}]}]}"#,
        ..PLAIN
    },
    Form {
        resource: "Observation",
        kind: Kind::Measurement,
        at: &["effectiveDateTime", "effectivePeriod.start", "effectiveInstant", "issued"],
        period: "effectivePeriod",
        amount: Amount::Value,
        words: Words::Value,
        always: r#"{"status":"final"}"#,
        ..PLAIN
    },
    Form {
        resource: "MedicationRequest",
        kind: Kind::Drug,
        code: "medicationCodeableConcept",
        at: &["authoredOn", "dispenseRequest.validityPeriod.start"],
        end: "dispenseRequest.validityPeriod.end",
        amount: Amount::Quantity("dosageInstruction.0.doseAndRate.0.doseQuantity"),
        always: r#"{"status":"completed","intent":"order"}"#,
        ..PLAIN
    },
    Form {
        resource: "MedicationAdministration",
        kind: Kind::Drug,
        visit: "context",
        code: "medicationCodeableConcept",
        at: &["effectiveDateTime", "effectivePeriod.start"],
        period: "effectivePeriod",
        amount: Amount::Quantity("dosage.dose"),
        always: r#"{"status":"completed"}"#,
        ..PLAIN
    },
    Form {
        resource: "MedicationStatement",
        kind: Kind::Drug,
        visit: "context",
        code: "medicationCodeableConcept",
        at: &["effectiveDateTime", "effectivePeriod.start", "dateAsserted"],
        period: "effectivePeriod",
        amount: Amount::Quantity("dosage.0.doseAndRate.0.doseQuantity"),
        always: r#"{"status":"completed"}"#,
        ..PLAIN
    },
    Form {
        resource: "Procedure",
        kind: Kind::Procedure,
        at: &["performedDateTime", "performedPeriod.start"],
        period: "performedPeriod",
        always: r#"{"status":"completed"}"#,
        ..PLAIN
    },
    Form {
        resource: "AllergyIntolerance",
        kind: Kind::Allergy,
        subject: "patient",
        at: &["recordedDate", "onsetDateTime", "onsetPeriod.start"],
        always: r#"{"clinicalStatus":{"coding":[{
            "system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},
            "verificationStatus":{"coding":[{
            "system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}]}}"#,
        ..PLAIN
    },
    Form {
        resource: "Immunization",
        kind: Kind::Immunization,
        subject: "patient",
        code: "vaccineCode",
        at: &["occurrenceDateTime", "recorded"],
        amount: Amount::Quantity("doseQuantity"),
        always: r#"{"status":"completed","primarySource":true}"#,
        ..PLAIN
    },
    Form {
        resource: "DocumentReference",
        kind: Kind::Note,
        visit: "context.encounter.0",
        code: "type",
        at: &["date", "context.period.start"],
        end: "context.period.end",
        words: Words::Attachment("content.0.attachment"),
        always: r#"{"status":"current","category":[{"coding":[{
            "system":"http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
            "code":"clinical-note"}]}],"content":[{"attachment":{"contentType":"text/plain"}}]}"#,
        ..PLAIN
    },
    Form {
        resource: "DiagnosticReport",
        kind: Kind::Observation,
        at: &["effectiveDateTime", "effectivePeriod.start", "issued"],
        period: "effectivePeriod",
        words: Words::Attachment("presentedForm.0"),
        always: r#"{"status":"final"}"#,
        ..PLAIN
    },
    Form {
        resource: "DeviceUseStatement",
        kind: Kind::Device,
        visit: "",
        code: "contained.0.type",
        at: &["timingDateTime", "timingPeriod.start", "recordedOn"],
        period: "timingPeriod",
        always: r##"{"status":"completed","contained":[{"resourceType":"Device","id":"device"}],
            "device":{"reference":"#device"}}"##,
        ..PLAIN
    },
    Form {
        resource: "Device",
        kind: Kind::Device,
        subject: "patient",
        visit: "",
        code: "type",
        always: r#"{"status":"active"}"#,
        ..PLAIN
    },
    Form {
        resource: "CarePlan",
        kind: Kind::CarePlan,
        code: "category.0",
        at: &["period.start", "created"],
        period: "period",
        always: r#"{"status":"active","intent":"plan"}"#,
        ..PLAIN
    },
    Form {
        resource: "Claim",
        kind: Kind::Billing,
        subject: "patient",
        visit: "item.0.encounter.0",
        code: "item.0.productOrService",
        at: &["billablePeriod.start", "created"],
        period: "billablePeriod",
        amount: Amount::Money("total"),
        words: Words::None,
        always: r#"{"status":"active","use":"claim","type":{"coding":[{
            "system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},
            "priority":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/processpriority","code":"normal"}]},
            "provider":{"display":"not stated"},
            "insurance":[{"sequence":1,"focal":true,"coverage":{"display":"not stated"}}],"item":[{"sequence":1}]}"#,
        ..PLAIN
    },
    Form {
        resource: "ExplanationOfBenefit",
        kind: Kind::Billing,
        subject: "patient",
        visit: "item.0.encounter.0",
        code: "item.0.productOrService",
        at: &["billablePeriod.start", "created"],
        period: "billablePeriod",
        amount: Amount::Money("payment.amount"),
        words: Words::None,
        always: r#"{"status":"active","use":"claim","outcome":"complete","type":{"coding":[{
            "system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},
            "provider":{"display":"not stated"},"insurer":{"display":"not stated"},
            "insurance":[{"focal":true,"coverage":{"display":"not stated"}}],"item":[{"sequence":1}]}"#,
        ..PLAIN
    },
    Form {
        resource: "ImagingStudy",
        kind: Kind::Imaging,
        code: "procedureCode.0",
        at: &["started"],
        always: r#"{"status":"available"}"#,
        ..PLAIN
    },
    Form {
        resource: "Specimen",
        kind: Kind::Specimen,
        visit: "",
        code: "type",
        at: &["collection.collectedDateTime", "collection.collectedPeriod.start", "receivedTime"],
        period: "collection.collectedPeriod",
        always: r#"{"status":"available"}"#,
        ..PLAIN
    },
    Form {
        resource: "ServiceRequest",
        kind: Kind::Order,
        at: &["authoredOn", "occurrenceDateTime", "occurrencePeriod.start"],
        end: "occurrencePeriod.end",
        always: r#"{"status":"completed","intent":"order"}"#,
        ..PLAIN
    },
    Form {
        resource: "SupplyDelivery",
        kind: Kind::Supply,
        subject: "patient",
        visit: "",
        code: "suppliedItem.itemCodeableConcept",
        at: &["occurrenceDateTime", "occurrencePeriod.start"],
        period: "occurrencePeriod",
        amount: Amount::Quantity("suppliedItem.quantity"),
        words: Words::None,
        always: r#"{"status":"completed"}"#,
        ..PLAIN
    },
    Form {
        resource: "Coverage",
        kind: Kind::Insurance,
        subject: "beneficiary",
        visit: "",
        code: "type",
        at: &["period.start"],
        period: "period",
        words: Words::None,
        always: r#"{"status":"active","payor":[{"display":"not stated"}]}"#,
        ..PLAIN
    },
];

/// The form of a type of resource.
pub(super) fn of_resource(resource: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.resource == resource)
}

/// The form that events of a kind are written in, when nothing says which they were read from.
pub(super) fn of_kind(kind: Kind) -> Option<&'static Form> {
    let kind = match kind {
        Kind::VisitDetail => Kind::Visit,
        Kind::Observation | Kind::Other => Kind::Measurement,
        kind => kind,
    };
    FORMS.iter().find(|form| form.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_begins_as_an_object() {
        for form in FORMS {
            let value: serde_json::Value = serde_json::from_str(form.always).unwrap();
            assert!(value.is_object(), "{}", form.resource);
            assert!(of_kind(form.kind).is_some());
        }
        assert!(of_kind(Kind::Person).is_none() && of_kind(Kind::Observed).is_none());
        assert_eq!(of_kind(Kind::Observation).map(|form| form.resource), Some("Observation"));
    }
}
