//! Which files of a folder are which tables of OMOP?

use super::spec::{self, Table};
use crate::TimelineError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::{FileFormat, Part, Parts, ReadError, ReadOptions};

/// Rows that are read at a time.
const ROWS: usize = 16_384;

/// The tables of a folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    tables: BTreeMap<&'static str, Vec<PathBuf>>,
    /// Files that are no table of OMOP.
    pub(super) others: Vec<String>,
}

impl Folder {
    /// Finds tables by the names of files in any case (`PERSON.csv.gz`, `person/part-0.parquet`), else by their columns.
    pub(super) fn find(path: &Path) -> Result<Self, TimelineError> {
        let mut found = Self::default();
        for entry in entries(path)? {
            let stem = stem(&entry);
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            if entry.is_dir() {
                let parts: Vec<PathBuf> = match spec::table(&stem) {
                    Some(_) => entries(&entry)?.into_iter().filter(|part| is_table(part)).collect(),
                    None => Vec::new(),
                };
                if let Some(table) = spec::table(&stem).filter(|_| !parts.is_empty()) {
                    found.add(path, table, parts)?;
                }
            } else if is_table(&entry) {
                match spec::table(&stem).or_else(|| by_columns(&entry)) {
                    Some(table) => found.add(path, table, vec![entry])?,
                    None => found.others.push(name),
                }
            }
        }
        Ok(found)
    }

    fn add(&mut self, path: &Path, table: &'static Table, files: Vec<PathBuf>) -> Result<(), TimelineError> {
        if self.tables.insert(&table.name, files).is_some() {
            return Err(TimelineError::Broken {
                path: path.display().to_string(),
                shape: "OMOP",
                why: format!("more than one file holds the table {}", table.name),
                next: "leave one of them in the folder".into(),
            });
        }
        Ok(())
    }

    pub(super) fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Names of the tables that are there, in the order of the specification.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        spec::tables().iter().map(|table| table.name.as_str()).filter(|name| self.has(name))
    }

    /// Names of the columns of a table, in lower case; none when it is not there or cannot be read.
    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        let file = self.tables.get(table).and_then(|files| files.first());
        let parts = file.and_then(|path| open(path).ok());
        parts.map_or_else(Vec::new, |parts| parts.names().iter().map(|name| lower(name)).collect())
    }

    /// Hands all rows of a table to `each`, some at a time, each part with its file number and columns by position in
    /// the specification. Returns the number of rows and of rows left out since their cells do not fit the header.
    pub(super) fn read(
        &self,
        table: &str,
        ctx: Context<'_>,
        mut each: impl FnMut(&Part, &[Option<usize>]) -> Result<(), TimelineError>,
    ) -> Result<Rows, TimelineError> {
        let mut rows = Rows::default();
        let spec = spec::table(table);
        for path in self.tables.get(table).into_iter().flatten() {
            let mut parts = match open(path) {
                Err(ReadError::Empty { .. } | ReadError::NoRows { .. }) => continue,
                parts => parts?,
            };
            let names: Vec<String> = parts.names().iter().map(|name| lower(name)).collect();
            let places: Vec<Option<usize>> =
                names.iter().map(|name| spec.and_then(|spec| spec.position(name))).collect();
            if rows.columns.is_empty() {
                rows.columns = names;
            }
            while let Some(part) = parts.next_part(ctx)? {
                rows.count += part.table.n_rows() as u64;
                each(&part, &places)?;
            }
            if let Some(ragged) = parts.ragged() {
                rows.ragged += ragged.rows as u64;
                rows.ragged_lines.extend(&ragged.lines);
            }
            rows.notes.extend(parts.info().notes);
        }
        Ok(rows)
    }
}

/// What was met while a table was read.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) count: u64,
    /// Names of the columns of the first file, in lower case.
    pub(super) columns: Vec<String>,
    pub(super) ragged: u64,
    pub(super) ragged_lines: Vec<u64>,
    pub(super) notes: Vec<String>,
}

fn open(path: &Path) -> Result<Parts, ReadError> {
    Ok(Parts::open(path, &ReadOptions::default(), ROWS)?.leaving_out_ragged())
}

/// Names of columns as the specification writes them.
pub(super) fn lower(name: &str) -> String {
    name.trim().to_lowercase()
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, TimelineError> {
    let entries = std::fs::read_dir(path).map_err(|source| TimelineError::reading(path, source))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// `PERSON.csv.gz` is of the table `person`.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

pub(super) fn is_table(path: &Path) -> bool {
    path.is_file() && FileFormat::from_extension(path).is_some()
}

/// The one table that all columns of a file are of and whose required columns are there.
fn by_columns(path: &Path) -> Option<&'static Table> {
    let names: Vec<String> = open(path).ok()?.names().iter().map(|name| lower(name)).collect();
    let fits = |table: &&Table| {
        let has = |name: &str| names.iter().any(|known| known == name);
        let required = table.fields.iter().filter(|field| field.required).all(|field| has(&field.name));
        required && names.iter().all(|name| table.position(name).is_some())
    };
    let mut fitting = spec::tables().iter().filter(fits);
    let table = fitting.next()?;
    fitting.next().is_none().then_some(table)
}
