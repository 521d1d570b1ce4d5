//! Where do rows go, and which ids do they get?

use super::ids::Ids;
use super::out::TableOut;
use super::spec;
use super::whole::{Fit, fit};
use crate::{Fate, Findings, TimelineError};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use verosim_data::io::FileFormat;

/// The tables that are being written.
#[derive(Debug)]
pub(super) struct Tables {
    folder: PathBuf,
    format: FileFormat,
    out: BTreeMap<&'static str, TableOut>,
    ids: BTreeMap<&'static str, Ids>,
}

impl Tables {
    pub(super) fn new(folder: PathBuf, format: FileFormat) -> Self {
        Self { folder, format, out: BTreeMap::new(), ids: BTreeMap::new() }
    }

    /// Adds a row; the table's file begins with its first one.
    pub(super) fn push(
        &mut self,
        table: &'static spec::Table,
        cells: &[String],
    ) -> Result<(), TimelineError> {
        self.begin(table)?.push(cells)
    }

    /// Makes the file of a table, if it has none yet.
    pub(super) fn begin(&mut self, table: &'static spec::Table) -> Result<&mut TableOut, TimelineError> {
        use std::collections::btree_map::Entry;
        match self.out.entry(&table.name) {
            Entry::Occupied(out) => Ok(out.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(TableOut::create(&self.folder, table, self.format)?)),
        }
    }

    /// An id for a row of `table`: `wanted` while nobody has it, else the next in order. Says whether it is `wanted`.
    pub(super) fn id(&mut self, table: &'static str, wanted: Option<i64>) -> (i64, bool) {
        let ids = self.ids.entry(table).or_default();
        match wanted {
            Some(id) if ids.insert(id) => (id, true),
            _ => (ids.give(), wanted.is_none()),
        }
    }

    /// Rows of `table` that bring their ids may come: see [`Ids::reserve`].
    pub(super) fn reserve(&mut self, table: &'static str) {
        self.ids.entry(table).or_default().reserve();
    }

    /// Whether a row of `table` has that id.
    pub(super) fn has(&self, table: &str, id: i64) -> bool {
        self.ids.get(table).is_some_and(|ids| ids.has(id))
    }

    /// Rows of `table` so far.
    pub(super) fn rows(&self, table: &str) -> u64 {
        self.out.get(table).map_or(0, TableOut::rows)
    }

    /// A cell as it can stand in a column; empty, and told, when it cannot.
    pub(super) fn fitted(
        &self,
        table: &spec::Table,
        field: &spec::Field,
        cell: Cow<'_, str>,
        loss: &mut Findings,
    ) -> String {
        if cell.is_empty() {
            return String::new();
        }
        let mut tell = |what: &str| {
            loss.note(&format!("{}.{}", table.name, field.name), what, Fate::KeptInPart, 0);
        };
        match fit(&cell, field.kind, self.format == FileFormat::Parquet) {
            Fit::Whole(Cow::Owned(cell)) => cell,
            Fit::Whole(Cow::Borrowed(_)) => cell.into_owned(),
            Fit::Cut(part) => {
                tell("texts longer than the column, which were cut");
                part.to_owned()
            }
            Fit::Not => {
                tell("cells that do not fit the type of the column");
                String::new()
            }
        }
    }

    /// Ends all files; tables with their rows.
    pub(super) fn finish(self) -> Result<Vec<(String, u64)>, TimelineError> {
        let mut out = self.out;
        let mut rows = Vec::new();
        for table in spec::tables() {
            if let Some(out) = out.remove(table.name.as_str()) {
                rows.push((table.name.clone(), out.finish()?));
            }
        }
        Ok(rows)
    }
}
