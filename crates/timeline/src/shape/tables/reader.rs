//! How does a folder of tables become shards of whole people, in bounded memory?

use super::folder;
use super::index::{self, Index};
use super::layout::{Layout, Role, column};
use super::mapping::{Mapping, Part as Share, Table};
use super::people::People;
use super::rows::{self, Desk, JOINT};
use super::{cell, tally::Tally};
use crate::event::Events;
use crate::port::{About, Source};
use crate::store::{Shards, Sorter};
use crate::{CodeBook, Fate, Findings, Kind, TimelineError};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::{Part, Parts, ReadError, ReadOptions};

/// How a folder is read.
#[derive(Clone, Copy, Debug)]
pub struct TablesOptions {
    /// Bytes that events may take in memory; what is more waits in a temporary folder.
    pub memory_limit: u64,
    /// Rows of a table that are in memory at a time.
    pub part_rows: usize,
}

impl Default for TablesOptions {
    fn default() -> Self {
        Self { memory_limit: 2 << 30, part_rows: 32_768 }
    }
}

/// A folder of tables as timelines.
#[derive(Debug)]
pub struct Tables {
    about: About,
    shards: Shards,
    book: CodeBook,
    findings: Findings,
    mapping: Mapping,
}

impl Tables {
    /// Reads the tables of `folder` as `mapping` says. Rows may come in any order.
    ///
    /// # Errors
    /// [`TimelineError`] when a table cannot be read, or nobody is in any.
    ///
    /// # Cost
    /// One pass over every table, two over those that patients, visits and joins are looked up in; memory for the limit,
    /// one part of a table, and what is looked up: about 100 bytes per patient, visit and row that others are joined by.
    pub fn open(
        folder: &Path,
        mapping: &Mapping,
        options: TablesOptions,
        ctx: Context<'_>,
    ) -> Result<Self, TimelineError> {
        let files = folder::tables(folder)?;
        let mut reading = Reading {
            folder,
            files,
            mapping: mapping.clone(),
            options,
            ctx,
            desk: Desk::default(),
            sorter: Sorter::new(options.memory_limit),
        };
        reading.layouts()?;
        reading.people()?;
        let circular = reading.indexes()?;
        reading.words()?;
        reading.events(&circular)?;
        reading.finish()
    }

    /// The mapping with the columns, styles and rows of the files that were read: what writes them as they came.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}

impl Source for Tables {
    fn mapping(&self) -> Option<String> {
        Some(self.mapping.to_toml())
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError> {
        ctx.stop.check()?;
        self.shards.read(shard)
    }

    fn codes(&self) -> &CodeBook {
        &self.book
    }

    fn findings(&self) -> Findings {
        self.findings.clone()
    }
}

struct Reading<'a> {
    folder: &'a Path,
    files: BTreeMap<String, PathBuf>,
    mapping: Mapping,
    options: TablesOptions,
    ctx: Context<'a>,
    desk: Desk,
    sorter: Sorter,
}

impl Reading<'_> {
    fn file(&self, name: &str) -> Option<&PathBuf> {
        self.files.get(&name.to_lowercase())
    }

    /// Opens every table of the mapping that is there, for its columns and how it writes instants.
    fn layouts(&mut self) -> Result<(), TimelineError> {
        for at in 0..self.mapping.tables.len() {
            let name = self.mapping.tables[at].spec.name.clone();
            let Some(path) = self.file(&name) else { continue };
            let mut parts = match Parts::open(path, &ReadOptions::default(), 1_000) {
                Ok(parts) => parts,
                Err(ReadError::Empty { .. }) => {
                    self.desk.tally.note(&name, "is an empty file", Fate::Kept, 0);
                    self.files.remove(&name.to_lowercase());
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            // A damage is told when the table is read.
            let head = parts.next_part(self.ctx).ok().flatten();
            let table = &mut self.mapping.tables[at];
            table.seen = true;
            table.spec.columns = parts.names();
            let layout = Layout::of(table, parts.names());
            let style = |role| {
                let cells = &head.as_ref()?.table.columns()[layout.at(role)?];
                cell::style_of((0..cells.len()).map(|row| cells.cell(row)))
            };
            let (time, end) = (style(Role::Time), style(Role::End));
            table.spec.style = time.or(table.spec.style);
            table.spec.end_style = end.or(table.spec.end_style);
        }
        let carried = |table: &&Table| table.seen && table.is_carried();
        if !self.mapping.tables.iter().any(|table| carried(&table)) {
            let why = format!("no table of {} with patients is in it", self.mapping.title());
            return Err(TimelineError::Unknown { path: self.folder.display().to_string(), why });
        }
        let known = |name: &String| self.mapping.find(name).is_some();
        for (name, path) in self.files.iter().filter(|(name, _)| !known(name)) {
            let first = Parts::open(path, &ReadOptions::default(), 1)
                .and_then(|parts| parts.leaving_out_ragged().next_part(self.ctx));
            let what = match first {
                Ok(Some(_)) => "is no table of this shape",
                Ok(None) | Err(ReadError::Empty { .. } | ReadError::NoRows { .. }) => "has no rows",
                Err(ReadError::Interrupted(stop)) => return Err(stop.into()),
                Err(_) => "does not read as a table",
            };
            self.desk.tally.note(name, what, Fate::NotCarried, 0);
        }
        Ok(())
    }

    /// Finds out who there is, and when they lived.
    fn people(&mut self) -> Result<(), TimelineError> {
        let tables = std::mem::take(&mut self.mapping.tables);
        let persons: Vec<&Table> = tables.iter().filter(|t| t.seen && t.spec.part == Share::Person).collect();
        let mut ids: Vec<Box<str>> = Vec::new();
        let mut lives: Vec<(usize, Kind, i64)> = Vec::new();
        let read_all: Vec<&Table> = if persons.is_empty() {
            tables.iter().filter(|t| t.seen && t.is_carried() && t.spec.subject.is_some()).collect()
        } else {
            persons.clone()
        };
        let mut seen: HashSet<Box<str>> = HashSet::new();
        for table in read_all {
            let is_person = table.spec.part == Share::Person;
            let (ctx, options) = (self.ctx, self.options);
            let Some(path) = self.files.get(&table.spec.name.to_lowercase()) else { continue };
            let tally = &mut self.desk.tally;
            each_part(path, &table.spec.name, options, ctx, None, &mut |part| {
                let rows = &part.table;
                let Some(at) = table.spec.subject.as_deref().and_then(|name| column(rows, name)) else {
                    return Ok(());
                };
                for row in 0..rows.n_rows() {
                    let id = rows.columns()[at].cell(row);
                    if id.is_empty() {
                        continue;
                    }
                    if !seen.insert(id.into()) {
                        if is_person {
                            let place = format!("{}.{}", table.spec.name, rows.columns()[at].name);
                            tally.note(
                                &place,
                                "repeats an id that an earlier row has",
                                Fate::Kept,
                                part.lines.of(row),
                            );
                        }
                        continue;
                    }
                    for kind in [Kind::Birth, Kind::Death] {
                        let Some((derive, _)) = rows::lifeline(table, kind) else { continue };
                        let time = column(rows, &derive.column)
                            .and_then(|at| rows::derived_time(derive, rows, at, row));
                        lives.extend(time.map(|time| (ids.len(), kind, time)));
                    }
                    ids.push(id.into());
                }
                Ok(())
            })?;
        }
        let mut people = People::new(ids.iter().map(|id| &**id));
        for (at, kind, time) in lives {
            let Some(number) = people.number(&ids[at]) else { continue };
            if kind == Kind::Birth {
                people.note_birth(number, time);
            } else {
                people.note_death(number, time);
            }
        }
        self.desk.people = people;
        self.mapping.tables = tables;
        Ok(())
    }

    /// Reads the tables whose rows others name; gives those whose keys run in a circle.
    fn indexes(&mut self) -> Result<std::collections::BTreeSet<String>, TimelineError> {
        let (order, circular) = index::order(&self.mapping);
        let visits = self.mapping.tables.iter().find(|table| table.seen && table.is_visits());
        self.desk.visits = visits.map(|table| table.spec.name.to_lowercase());
        for name in order {
            let Some(path) = self.files.get(&name) else { continue };
            let Some(table) = self.mapping.find(&name) else { continue };
            let mut index = Index::default();
            let Desk { people, indexes, tally, .. } = &mut self.desk;
            each_part(path, &name, self.options, self.ctx, None, &mut |part| {
                index.add(table, &part, people, indexes, tally);
                Ok(())
            })?;
            indexes.insert(name, index);
        }
        Ok(circular)
    }

    /// Reads the dictionaries.
    fn words(&mut self) -> Result<(), TimelineError> {
        for table in self.mapping.tables.iter().filter(|table| table.seen) {
            let Some(words) = &table.spec.words else { continue };
            let Some(path) = self.files.get(&words.table.to_lowercase()) else { continue };
            let mut known: HashMap<String, String> = HashMap::new();
            each_part(path, &words.table, self.options, self.ctx, None, &mut |part| {
                let rows = &part.table;
                let finders: Option<Vec<usize>> =
                    words.columns.iter().map(|name| column(rows, name)).collect();
                let (Some(finders), Some(label)) = (finders, column(rows, &words.label)) else {
                    return Ok(());
                };
                for row in 0..rows.n_rows() {
                    let cells: Vec<&str> = finders.iter().map(|&at| rows.columns()[at].cell(row)).collect();
                    let label = rows.columns()[label].cell(row);
                    known.entry(cells.join(JOINT)).or_insert_with(|| label.to_owned());
                }
                Ok(())
            })?;
            self.desk.words.insert(table.spec.name.to_lowercase(), known);
        }
        Ok(())
    }

    /// Reads every table once more, now into events.
    fn events(&mut self, circular: &std::collections::BTreeSet<String>) -> Result<(), TimelineError> {
        let mut tables = std::mem::take(&mut self.mapping.tables);
        let steps = tables.len();
        for (step, table) in tables.iter_mut().enumerate().filter(|(_, table)| table.seen) {
            self.ctx.progress.step(step, steps, &format!("reading: {}", table.spec.name));
            let name = table.spec.name.to_lowercase();
            let Some(path) = self.files.get(&name) else { continue };
            let mut told = Tally::default();
            let layout = Layout::of(table, table.spec.columns.clone());
            let looked_up = self.desk.indexes.contains_key(&name) || table.spec.part == Share::Person;
            self.desk.ids = (!looked_up && table.spec.key.is_some()).then(HashSet::new);
            let carried = table.is_carried() && !circular.contains(&name);
            let (desk, sorter) = (&mut self.desk, &mut self.sorter);
            let shape = &*table;
            let rows =
                each_part(path, &shape.spec.name, self.options, self.ctx, Some(&mut told), &mut |part| {
                    if carried {
                        let grown = part.table.columns().len() > layout.names.len();
                        let layout = if grown {
                            let names =
                                part.table.columns().iter().map(|column| column.name.clone()).collect();
                            &Layout::of(shape, names)
                        } else {
                            &layout
                        };
                        for columns in rows::convert(shape, layout, part, desk) {
                            sorter.append_columns(&columns)?;
                        }
                    }
                    Ok(())
                })?;
            desk.tally.extend(told);
            table.rows = rows;
            let (what, fate) = match table.spec.part {
                _ if circular.contains(&name) => {
                    ("rows: its keys run in a circle and lead to no patient", Fate::SetAside)
                }
                Share::Dictionary => ("rows of a dictionary: what codes mean is carried", Fate::NotCarried),
                Share::Reference => ("rows that belong to no patient", Fate::NotCarried),
                Share::Events | Share::Person => continue,
            };
            desk.tally.count(&table.spec.name, what, fate, rows, 0);
        }
        self.mapping.tables = tables;
        Ok(())
    }

    fn finish(mut self) -> Result<Tables, TimelineError> {
        for (place, counts) in &self.desk.zones {
            if counts.len() > 1 {
                let most = counts.values().map(|(count, _)| *count).max().unwrap_or_default();
                let all: u64 = counts.values().map(|(count, _)| *count).sum();
                let first = counts.values().filter(|(count, _)| *count < most).map(|(_, line)| *line).min();
                let what = "has another time zone than most cells, or one where most have none";
                self.desk.tally.count(place, what, Fate::Kept, all - most, first.unwrap_or_default());
            }
        }
        let shards = self.sorter.finish()?;
        let mut people = None;
        if shards.len() == 1 {
            let n = shards.read(0)?.n_people() as u64;
            people = Some(n);
        } else if self.desk.people.len() > 0 {
            people = Some(self.desk.people.len() as u64);
        }
        if people == Some(0) {
            return Err(TimelineError::Nobody { path: self.folder.display().to_string() });
        }
        let tables = self.mapping.tables.iter().filter(|table| table.seen);
        let name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let about = About {
            shape: self.mapping.shape().to_owned(),
            name: name.unwrap_or_default(),
            tables: tables.map(|table| (table.spec.name.clone(), table.rows)).collect(),
            people,
            notes: self.mapping.notes().to_vec(),
            ..About::default()
        };
        let findings = self.desk.tally.findings();
        Ok(Tables { about, shards, book: self.desk.book, findings, mapping: self.mapping })
    }
}

/// Reads a file part by part and says how many rows it has. With `tell`, rows that do not fit and damages are told there;
/// without, they are passed over, since the file is read again.
fn each_part(
    path: &Path,
    name: &str,
    options: TablesOptions,
    ctx: Context<'_>,
    mut tell: Option<&mut Tally>,
    take: &mut dyn FnMut(Part) -> Result<(), TimelineError>,
) -> Result<u64, TimelineError> {
    let mut parts = Parts::open(path, &ReadOptions::default(), options.part_rows)?.leaving_out_ragged();
    let (mut rows, mut line) = (0, 1);
    loop {
        match parts.next_part(ctx) {
            Ok(Some(part)) => {
                rows += part.table.n_rows() as u64;
                line = part.lines.of(part.table.n_rows() - 1);
                take(part)?;
            }
            Ok(None) => break,
            Err(ReadError::Damaged { .. } | ReadError::OpenQuote { .. }) => {
                if let Some(tally) = &mut tell {
                    let what = "is cut off or damaged: what follows the line is not there";
                    tally.note(name, what, Fate::SetAside, line);
                }
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let (Some(tally), Some(ragged)) = (tell, parts.ragged()) {
        let what = "has more or fewer cells than the header";
        for at in 0..ragged.rows {
            let line = ragged.lines.get(at).copied().unwrap_or_default();
            tally.note(name, what, Fate::SetAside, line);
            if line == 0 {
                tally.count(name, what, Fate::SetAside, (ragged.rows - at - 1) as u64, 0);
                break;
            }
        }
    }
    Ok(rows)
}
