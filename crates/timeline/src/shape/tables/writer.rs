//! How do events become the tables that a mapping tells of?

use super::cell;
use super::fresh::{Fresh, Life};
use super::layout::{Layout, Role};
use super::mapping::{Mapping, Part, Table};
use crate::event::Events;
use crate::port::{Sink, Written};
use crate::{CodeBook, Fate, Kind, TimelineError};
use hashbrown::HashMap;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::{SourceInfo, TableWriter};
use verosim_data::{RawColumn, RawTable, SourceType};

/// Rows that wait before they are written.
const WAITING: usize = 32_768;

/// Writes timelines as a folder of tables.
///
/// Events that came from a table of the same shape become the rows that they were. All others are put where the pattern of
/// a table fits their code, with new ids; what fits nowhere is told in [`Written::loss`].
pub struct TablesSink {
    folder: PathBuf,
    mapping: Mapping,
    book: CodeBook,
    how: SourceInfo,
    overwrite: bool,
    layouts: Vec<Layout>,
    outs: Vec<Out>,
    fresh: Fresh,
    written: Written,
}

/// A table on its way to a file.
#[derive(Default)]
pub(super) struct Out {
    file: Option<TableWriter>,
    waiting: Vec<RawColumn>,
    rows: u64,
}

impl TablesSink {
    /// Begins a folder. `book` says what codes mean, for columns of descriptions. Files are written as `how` says: text, or
    /// else Parquet.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn create(
        folder: &Path,
        mapping: &Mapping,
        book: &CodeBook,
        how: &SourceInfo,
        overwrite: bool,
    ) -> Result<Self, TimelineError> {
        std::fs::create_dir_all(folder).map_err(|source| TimelineError::writing(folder, source))?;
        let layouts: Vec<Layout> =
            mapping.tables.iter().map(|table| Layout::of(table, table.spec.columns.clone())).collect();
        let outs = mapping.tables.iter().map(|_| Out::default()).collect();
        let mut sink = Self {
            folder: folder.to_owned(),
            mapping: mapping.clone(),
            book: book.clone(),
            how: how.clone(),
            overwrite,
            layouts,
            outs,
            fresh: Fresh::new(mapping),
            written: Written::default(),
        };
        // What was there stays there, if without rows; and nothing is a folder of tables without its patients.
        for at in 0..mapping.tables.len() {
            let table = &mapping.tables[at];
            if table.is_carried() && (table.seen || table.spec.part == Part::Person || table.is_visits()) {
                sink.begin(at)?;
            }
        }
        Ok(sink)
    }

    fn begin(&mut self, at: usize) -> Result<(), TimelineError> {
        if self.outs[at].file.is_some() {
            return Ok(());
        }
        let spec = &self.mapping.tables[at].spec;
        let ending = self.how.format.extension();
        let packed = if self.how.gzip && self.how.format.is_text() { ".gz" } else { "" };
        let path = self.folder.join(format!("{}.{ending}{packed}", spec.name));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| TimelineError::writing(parent, source))?;
        }
        let columns: Vec<(&str, SourceType)> =
            self.layouts[at].names.iter().map(|name| (name.as_str(), SourceType::Text)).collect();
        let file = TableWriter::create(&path, &self.how, &columns, self.overwrite)?;
        let waiting = columns.iter().map(|(name, source)| RawColumn::new(name, *source)).collect();
        self.outs[at] = Out { file: Some(file), waiting, rows: 0 };
        Ok(())
    }

    /// Adds a row of cells.
    fn push<'a>(&mut self, at: usize, cells: impl Iterator<Item = &'a str>) -> Result<(), TimelineError> {
        self.begin(at)?;
        let out = &mut self.outs[at];
        out.waiting.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        out.rows += 1;
        if out.waiting.first().is_some_and(|column| column.len() >= WAITING) {
            self.flush(at)?;
        }
        Ok(())
    }

    fn flush(&mut self, at: usize) -> Result<(), TimelineError> {
        let out = &mut self.outs[at];
        let empty = out.waiting.iter().map(|column| RawColumn::new(&column.name, column.source)).collect();
        let waiting = std::mem::replace(&mut out.waiting, empty);
        if let (Some(file), Some(table)) = (&mut out.file, RawTable::new(waiting)) {
            file.write(&table)?;
        }
        Ok(())
    }
}

/// The columns of events that the cells of a table come from.
struct Access<'a> {
    columns: Vec<(Role, Option<&'a RawColumn>, Option<&'a RawColumn>)>,
    /// Extra columns that no column of the table takes.
    left: Vec<&'a RawColumn>,
    /// The cells of codes that were met.
    codes: HashMap<u32, Vec<&'a str>>,
}

impl<'a> Access<'a> {
    fn new(layout: &Layout, events: &'a Events, table: &Table) -> Self {
        let columns: Vec<(Role, Option<&RawColumn>, Option<&RawColumn>)> = layout
            .names
            .iter()
            .zip(&layout.roles)
            .map(|(name, role)| {
                let extra =
                    if *role == Role::Extra { cell::extra_name(name) } else { cell::SUBJECT.to_owned() };
                (*role, events.extra(&cell::raw_name(name)), events.extra(&extra))
            })
            .collect();
        let taken = |extra: &&RawColumn| {
            let name = extra.name.strip_prefix(cell::RAW).unwrap_or(&extra.name);
            name == cell::SUBJECT
                || layout.names.iter().any(|known| cell::extra_name(known) == name || known == name)
        };
        let left = if table.seen {
            Vec::new()
        } else {
            events.extras().iter().filter(|extra| !taken(extra)).collect()
        };
        Self { columns, left, codes: HashMap::new() }
    }
}

impl TablesSink {
    /// Writes the row that an event was, as it was.
    fn row_again<'a>(
        &mut self,
        at: usize,
        row: usize,
        events: &'a Events,
        access: &mut Access<'a>,
        mapping: &'a Mapping,
    ) -> Result<(), TimelineError> {
        let table = &mapping.tables[at];
        let style = table.spec.style.unwrap_or_default();
        let code = events.codes().codes()[row];
        let codes = access.codes.entry(code).or_insert_with(|| {
            let cells = table.code.as_ref().and_then(|template| template.read(events.codes().cell(row)));
            cells.unwrap_or_default()
        });
        let number = cell::number_text(events.numbers()[row]);
        let text = events.texts().cell(row);
        let time = cell::time_text(events.times()[row], style);
        let end = cell::time_text(events.ends()[row], table.spec.end_style.unwrap_or(style));
        let subject = events.subjects()[row].to_string();
        let raw = |raw: Option<&'a RawColumn>| {
            raw.map(|raw| raw.cell(row)).filter(|kept| !kept.is_empty()).map(cell::kept)
        };
        // A text that is not there says what the number says, as it is written.
        let beside = access.columns.iter().find(|(role, ..)| matches!(role, Role::Number | Role::Value));
        let beside = beside.and_then(|(_, kept, _)| raw(*kept)).unwrap_or(&number);
        self.begin(at)?;
        for ((role, kept, extra), out) in access.columns.iter().zip(&mut self.outs[at].waiting) {
            let other = extra.map_or("", |extra| extra.cell(row));
            let cell = raw(*kept).unwrap_or(match role {
                Role::Subject if other.is_empty() => &subject,
                Role::Subject | Role::Extra => other,
                Role::Visit => events.visits().cell(row),
                Role::Code(place) => codes.get(*place).copied().unwrap_or_default(),
                Role::Time => &time,
                Role::End => &end,
                Role::Value if !text.is_empty() => text,
                Role::Value | Role::Number => &number,
                Role::Text if text.is_empty() => beside,
                Role::Text => text,
                Role::Description => self.book.description(events.codes().cell(row)),
            });
            out.push(cell);
        }
        self.outs[at].rows += 1;
        for extra in &access.left {
            if !extra.cell(row).is_empty() {
                let place = format!("{}.{}", table.spec.name, extra.name);
                self.written.loss.note(
                    &place,
                    "cells of a column that the table does not have",
                    Fate::NotCarried,
                    0,
                );
            }
        }
        if self.outs[at].waiting.first().is_some_and(|column| column.len() >= WAITING) {
            self.flush(at)?;
        }
        Ok(())
    }
}

/// Where an event goes.
enum Way {
    /// It is the row of a table.
    Row(usize),
    /// A row tells it already.
    Told,
    /// It is put where it fits.
    New,
}

impl Sink for TablesSink {
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        let mapping = self.mapping.clone();
        let ways: Vec<Way> = events
            .sources()
            .levels()
            .iter()
            .map(|source| {
                let carried = |table: &Table| table.is_carried() && table.spec.name == **source;
                if let Some(at) = mapping.tables.iter().position(carried) {
                    return Way::Row(at);
                }
                let derived = |table: &Table| {
                    let column =
                        source.strip_prefix(table.spec.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
                    column
                        .is_some_and(|column| table.spec.derive.iter().any(|derive| derive.column == column))
                };
                if mapping.tables.iter().any(derived) { Way::Told } else { Way::New }
            })
            .collect();
        let mut accesses: Vec<Option<Access<'_>>> = mapping.tables.iter().map(|_| None).collect();
        let own = format!("PERSON//{}", mapping.shape());
        let mut fresh = std::mem::replace(&mut self.fresh, Fresh::new(&mapping));
        for person in events.people() {
            ctx.stop.check()?;
            let is_person = |row: &usize| Kind::of(person.code(*row)) == Kind::Person;
            // Tables of other shapes may have the same names as ours.
            let foreign = person.statics().find(is_person).is_some_and(|row| person.code(row) != own);
            let mut life = Life::new(person.clone());
            for row in person.rows() {
                match ways[events.sources().codes()[row] as usize] {
                    Way::Row(at) if !foreign => {
                        let access = accesses[at].get_or_insert_with(|| {
                            Access::new(&self.layouts[at], events, &mapping.tables[at])
                        });
                        self.row_again(at, row, events, access, &mapping)?;
                        life.note_row(&mapping.tables[at], row);
                    }
                    Way::Told if !foreign => {}
                    _ => life.add(row),
                }
            }
            for (at, cells) in fresh.rows(life, &mapping, &self.layouts, &self.book, &mut self.written.loss) {
                self.push(at, cells.iter().map(String::as_str))?;
            }
            self.written.people += 1;
        }
        self.fresh = fresh;
        self.written.events += events.len() as u64;
        (0..self.outs.len()).try_for_each(|at| self.flush(at))
    }

    fn finish(mut self: Box<Self>, _: &CodeBook, ctx: Context<'_>) -> Result<Written, TimelineError> {
        ctx.stop.check()?;
        for (table, out) in self.mapping.tables.iter().zip(std::mem::take(&mut self.outs)) {
            if let Some(file) = out.file {
                let rows = file.finish()?;
                self.written.tables.push((table.spec.name.clone(), rows));
            }
            if !table.is_carried() && table.rows > 0 {
                let what = "rows of a table that belongs to no patient";
                self.written.loss.count(&table.spec.name, what, Fate::NotCarried, table.rows, 0);
            }
        }
        Ok(self.written)
    }
}

impl std::fmt::Debug for TablesSink {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "TablesSink of {} in `{}`", self.mapping.shape(), self.folder.display())
    }
}
