//! Which tables hold events of people, and what does each of their columns say of the event?
//!
//! Names in OMOP are regular; the roles follow from them and from the specification.

use super::spec::{self, Field, Table, Type};
use crate::Kind;
use std::sync::LazyLock;

/// What a column says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing that every event has.
    Plain,
    /// Which row it is.
    Id,
    /// Whose.
    Person,
    /// In which visit; of visits themselves, which visit.
    Visit,
    /// When it began.
    StartDate,
    /// When it began, with the time of day.
    StartTime,
    /// When it ended.
    EndDate,
    /// When it ended, with the time of day.
    EndTime,
    /// What, as a standard concept.
    Concept,
    /// What, as the source says.
    SourceValue,
    /// What, as a concept of the source.
    SourceConcept,
    /// Where the record comes from.
    Provenance,
    /// Its number.
    Number,
    /// Its text.
    Text,
    /// Number or text as the source says.
    ValueSource,
    /// Its value as a concept.
    ValueConcept,
    /// Unit as a concept.
    UnitConcept,
    /// Unit as the source says.
    UnitSource,
}

/// A table of events.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) table: &'static Table,
    pub(super) kind: Kind,
    /// The role of each column of the table.
    pub(super) roles: Vec<Role>,
}

impl Layout {
    pub(super) fn name(&self) -> &'static str {
        &self.table.name
    }

    /// The position of the first column with that role.
    pub(super) fn at(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|&known| known == role)
    }

    /// Whether its events are told by concept rather than by what the source says: the source value of a visit often is
    /// its number, and a period has none.
    pub(super) fn concept_first(&self) -> bool {
        matches!(self.kind, Kind::Visit | Kind::VisitDetail | Kind::Observed)
    }
}

/// Tables of events, with the stem of their columns.
const TABLES: &[(&str, Kind, &str)] = &[
    ("observation_period", Kind::Observed, "observation_period"),
    ("visit_occurrence", Kind::Visit, "visit"),
    ("visit_detail", Kind::VisitDetail, "visit_detail"),
    ("condition_occurrence", Kind::Condition, "condition"),
    ("drug_exposure", Kind::Drug, "drug"),
    ("procedure_occurrence", Kind::Procedure, "procedure"),
    ("device_exposure", Kind::Device, "device"),
    ("measurement", Kind::Measurement, "measurement"),
    ("observation", Kind::Observation, "observation"),
    ("note", Kind::Note, "note"),
    ("specimen", Kind::Specimen, "specimen"),
    ("payer_plan_period", Kind::Insurance, "payer"),
    ("episode", Kind::Other, "episode"),
    // Of what happened at the same instant, death came last.
    ("death", Kind::Death, "death"),
];

/// All tables of events; visits come before what refers to them.
pub(super) fn layouts() -> &'static [Layout] {
    static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
        let known = |&(name, kind, stem): &(&str, Kind, &str)| {
            let table = spec::table(name)?;
            Some(Layout { table, kind, roles: roles(table, stem) })
        };
        TABLES.iter().filter_map(known).collect()
    });
    &LAYOUTS
}

/// The layout of the table of that name.
pub(super) fn layout(table: &str) -> Option<&'static Layout> {
    layouts().iter().find(|layout| layout.name() == table)
}

/// Where an event of that kind goes that was no row of OMOP; `None` where there is no place for it.
pub(super) fn home(kind: Kind) -> Option<&'static Layout> {
    layout(match kind {
        Kind::Death => "death",
        Kind::Observed => "observation_period",
        Kind::Visit => "visit_occurrence",
        Kind::VisitDetail => "visit_detail",
        Kind::Condition => "condition_occurrence",
        Kind::Drug | Kind::Immunization => "drug_exposure",
        Kind::Procedure | Kind::Imaging => "procedure_occurrence",
        Kind::Device | Kind::Supply => "device_exposure",
        Kind::Measurement => "measurement",
        Kind::Observation
        | Kind::Allergy
        | Kind::CarePlan
        | Kind::Marital
        | Kind::Language
        | Kind::Insurance => "observation",
        Kind::Specimen => "specimen",
        Kind::Note => "note",
        // The row of the person tells these.
        Kind::Person
        | Kind::Sex
        | Kind::Race
        | Kind::Ethnicity
        | Kind::Birth
        // What costs belong to is hard to say, and orders are not what was done.
        | Kind::Billing
        | Kind::Order
        | Kind::Other => return None,
    })
}

fn roles(table: &Table, stem: &str) -> Vec<Role> {
    let measured = table.position("value_as_number").is_some();
    let texts = table.position("value_as_string").is_some() || table.name == "note";
    table.fields.iter().map(|field| role(table, field, stem, measured, texts)).collect()
}

fn role(table: &Table, field: &Field, stem: &str, measured: bool, texts: bool) -> Role {
    let name = field.name.as_str();
    let rest = name.strip_prefix(stem).unwrap_or_default();
    match name {
        "person_id" => return Role::Person,
        "visit_occurrence_id" => return Role::Visit,
        "value_as_number" => return Role::Number,
        "value_as_string" | "note_text" => return Role::Text,
        "value_source_value" if !texts => return Role::ValueSource,
        "value_as_concept_id" => return Role::ValueConcept,
        "unit_concept_id" if measured => return Role::UnitConcept,
        "unit_source_value" if measured => return Role::UnitSource,
        "note_class_concept_id" | "period_type_concept_id" => return Role::Concept,
        _ if field.primary => return Role::Id,
        _ if name.ends_with("_type_concept_id") => return Role::Provenance,
        _ => {}
    }
    if table.name != "death" {
        match rest {
            "_concept_id" => return Role::Concept,
            "_source_value" => return Role::SourceValue,
            "_source_concept_id" => return Role::SourceConcept,
            _ => {}
        }
    }
    // `verbatim_end_date` is what the source says of the end, not the end.
    let own = name.starts_with("verbatim");
    match field.kind {
        _ if own => Role::Plain,
        Type::Date if name.ends_with("end_date") => Role::EndDate,
        Type::Datetime if name.ends_with("end_datetime") => Role::EndTime,
        Type::Date => Role::StartDate,
        Type::Datetime => Role::StartTime,
        _ => Role::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_events_has_its_roles_once() {
        assert_eq!(layouts().len(), TABLES.len());
        for layout in layouts() {
            let count = |role| layout.roles.iter().filter(|&&known| known == role).count();
            let name = layout.name();
            assert_eq!((count(Role::Person), count(Role::StartDate)), (1, 1), "{name}");
            for role in [
                Role::StartTime,
                Role::EndDate,
                Role::EndTime,
                Role::Concept,
                Role::SourceValue,
                Role::Number,
            ] {
                assert!(count(role) <= 1, "{name} {role:?}");
            }
            let coded = layout.at(Role::Concept).is_some();
            assert_eq!(coded, layout.kind != Kind::Death, "{name}");
        }
        let name = |table, role| {
            let layout = layout(table).unwrap();
            layout.at(role).map(|at| layout.table.fields[at].name.as_str())
        };
        assert_eq!(name("drug_exposure", Role::EndDate), Some("drug_exposure_end_date"));
        assert_eq!(name("drug_exposure", Role::SourceConcept), Some("drug_source_concept_id"));
        assert_eq!(name("measurement", Role::ValueSource), Some("value_source_value"));
        assert_eq!(name("observation", Role::Text), Some("value_as_string"));
        assert_eq!(name("visit_detail", Role::Visit), Some("visit_occurrence_id"));
        assert_eq!(name("observation_period", Role::Id), Some("observation_period_id"));
        assert_eq!(name("procedure_occurrence", Role::StartDate), Some("procedure_date"));
    }
}
