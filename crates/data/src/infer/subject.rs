//! Which column says whose row it is, and which one numbers the rows?

use crate::RawTable;
use regex::Regex;
use std::sync::LazyLock;
use verosim_core::schema::{Suspicion, Treatment};
use verosim_core::{ColumnSchema, Kind};

static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(patient|subject|person|participant|member|proband)|^(id|mrn|sid|pid|eid|seqn|randid)$")
        .expect("the pattern is a constant that the tests compile")
});

/// The subject column (as told, or a key named after persons whose values repeat) and the primary key (an identifier
/// whose values never repeat). Both are made identifiers that are regenerated.
pub(super) fn keys(
    table: &RawTable,
    columns: &mut [ColumnSchema],
    told: Option<&str>,
) -> (Option<String>, Option<String>) {
    let n = table.n_rows();
    let mut subject = told.map(str::to_owned);
    let mut primary = None;
    for (raw, schema) in table.columns().iter().zip(columns.iter()) {
        if schema.kind != Kind::Id {
            continue;
        }
        let distinct = raw.levels().len();
        if distinct == n && primary.is_none() {
            primary = Some(schema.name.clone());
        } else if distinct < n && subject.is_none() && PERSON.is_match(&schema.name) {
            subject = Some(schema.name.clone());
        }
    }
    if let Some(schema) = columns.iter_mut().find(|schema| Some(&schema.name) == subject.as_ref())
        && schema.kind != Kind::Id
    {
        schema.kind = Kind::Id;
        schema.reason = "declared to number persons".into();
        schema.confidence = 1.0;
        schema.identifier = Some(Suspicion::RecordNumber);
        schema.treatment = Treatment::Regenerate;
        schema.order.clear();
        schema.format = verosim_core::schema::Format::Text;
    }
    (subject, primary)
}
