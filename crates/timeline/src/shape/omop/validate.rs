//! Does a folder keep the rules of OMOP CDM 5.4?
//!
//! Every rule is read from the digest of the specification: columns, types, lengths, what must be there, what identifies a
//! row, what must be found elsewhere.

use super::folder::Folder;
use super::ids::Ids;
use super::spec::{self, Table};
use super::vocabulary;
use super::whole::{Fit, fit, whole};
use crate::{Fate, Findings, TimelineError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use verosim_core::Context;
use verosim_data::io::Part;

/// What of the tables in `folder` breaks the specification: table and column, how often, and the first rows. Concepts are
/// held against a vocabulary when one is given.
///
/// # Errors
/// When the folder or one of its files cannot be read.
///
/// # Cost
/// One pass over each table, two over those that others refer to; a bit per row.
pub fn validate(
    folder: &Path,
    vocabulary: Option<&Path>,
    ctx: Context<'_>,
) -> Result<Findings, TimelineError> {
    let found = Folder::find(folder)?;
    let mut judge = Judge::default();
    let names: Vec<&'static str> = found.names().filter(|name| !spec::VOCABULARY.contains(name)).collect();
    let targets: BTreeSet<&str> = spec::tables()
        .iter()
        .filter(|table| names.contains(&table.name.as_str()))
        .flat_map(|table| &table.fields)
        .map(|field| field.refers.0.as_str())
        .filter(|target| !target.is_empty() && !spec::VOCABULARY.contains(target))
        .collect();
    for &target in &targets {
        judge.collect(&found, target, ctx)?;
    }
    if let Some(vocabulary) = vocabulary {
        let mut used = Ids::default();
        for &name in &names {
            concepts(&found, name, &mut used, ctx)?;
        }
        let unknown = vocabulary::unknown_ids(vocabulary, &used, ctx)?;
        judge.unknown = Some(unknown);
    }
    for name in ["person", "observation_period"] {
        if !found.has(name) {
            judge.breach(name, "", "tables that must be there are not", 0);
        }
    }
    for name in names {
        let Some(table) = spec::table(name) else { continue };
        let mut seen = Ids::default();
        let rows = found.read(name, ctx, |part, places| {
            judge.rows(table, part, places, &mut seen);
            Ok(())
        })?;
        for column in rows.columns.iter().filter(|column| table.position(column).is_none()) {
            judge.breach(name, column, "columns that the specification does not have", 0);
        }
        for field in table.fields.iter().filter(|field| field.required) {
            if !rows.columns.is_empty() && !rows.columns.contains(&field.name) {
                judge.breach(name, &field.name, "columns that must be there are not", 0);
            }
        }
        let lines = rows.ragged_lines.first().copied().unwrap_or_default();
        judge.findings.count(name, "rows whose cells do not fit the header", Fate::Kept, rows.ragged, lines);
    }
    Ok(judge.findings)
}

#[derive(Debug, Default)]
struct Judge {
    findings: Findings,
    /// Ids of the rows of tables that others refer to.
    ids: BTreeMap<String, Ids>,
    /// Concepts that are used and that the vocabulary does not have.
    unknown: Option<Ids>,
}

impl Judge {
    fn breach(&mut self, table: &str, column: &str, what: &str, line: u64) {
        let place = if column.is_empty() { table.to_owned() } else { format!("{table}.{column}") };
        self.findings.note(&place, what, Fate::Kept, line);
    }

    /// Collects the ids of a table.
    fn collect(&mut self, found: &Folder, name: &str, ctx: Context<'_>) -> Result<(), TimelineError> {
        let primary = spec::table(name).and_then(Table::primary);
        let mut ids = Ids::default();
        found.read(name, ctx, |part, places| {
            for (column, _) in part.table.columns().iter().zip(places).filter(|(_, at)| **at == primary) {
                // Distinct cells are enough.
                column.levels().iter().filter_map(|level| whole(level)).for_each(|id| {
                    ids.insert(id);
                });
            }
            Ok(())
        })?;
        self.ids.insert(name.to_owned(), ids);
        Ok(())
    }

    fn rows(&mut self, table: &Table, part: &Part, places: &[Option<usize>], seen: &mut Ids) {
        for (column, place) in part.table.columns().iter().zip(places) {
            let Some(field) = place.map(|at| &table.fields[at]) else { continue };
            // One verdict per distinct cell.
            let verdicts: Vec<Option<&str>> =
                column.levels().iter().map(|cell| self.verdict(cell, field)).collect();
            for (row, &code) in column.codes().iter().enumerate() {
                if let Some(what) = verdicts[code as usize] {
                    self.breach(&table.name, &field.name, what, part.lines.of(row));
                } else if field.primary && whole(column.cell(row)).is_some_and(|id| !seen.insert(id)) {
                    let what = "rows whose id came before";
                    self.breach(&table.name, &field.name, what, part.lines.of(row));
                }
            }
        }
    }

    /// What is wrong with a cell.
    fn verdict(&self, cell: &str, field: &spec::Field) -> Option<&'static str> {
        if cell.is_empty() {
            return field.required.then_some("rows without what must be there");
        }
        match fit(cell, field.kind, false) {
            Fit::Whole(_) => {}
            Fit::Cut(_) => return Some("texts longer than the column"),
            Fit::Not => return Some("cells that are not of the type of the column"),
        }
        let target = field.refers.0.as_str();
        let missing = |id| match target {
            "concept" => self.unknown.as_ref().is_some_and(|unknown| unknown.has(id)),
            _ => self.ids.get(target).is_some_and(|ids| !ids.has(id)),
        };
        if target.is_empty() || !whole(cell).is_some_and(missing) {
            return None;
        }
        Some(if target == "concept" {
            "concepts that the vocabulary does not have"
        } else {
            "references to rows that are not there"
        })
    }
}

/// Adds the concepts that a table uses.
fn concepts(found: &Folder, name: &str, used: &mut Ids, ctx: Context<'_>) -> Result<(), TimelineError> {
    let Some(table) = spec::table(name) else { return Ok(()) };
    found.read(name, ctx, |part, places| {
        for (column, place) in part.table.columns().iter().zip(places) {
            if place.is_some_and(|at| table.fields[at].refers_to("concept")) {
                column.levels().iter().filter_map(|level| whole(level)).for_each(|id| {
                    used.insert(id);
                });
            }
        }
        Ok(())
    })?;
    Ok(())
}
