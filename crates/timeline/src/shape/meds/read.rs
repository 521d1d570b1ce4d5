//! How does a MEDS data set become events?

use super::scan::{BATCH, Piece, damaged, open, scan};
use super::{END, MAPPING, SOURCE, VISIT, array, files};
use crate::event::{Builder, Columns, STATIC};
use crate::store::{Shards, Sorter};
use crate::{About, CodeBook, Events, Fate, Findings, Source, Splits, TimelineError};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use verosim_core::Context;
use verosim_data::{RawColumn, SourceType};

/// Why `folder` is taken for MEDS, or `None`: Parquet files below `data/` whose columns are those of events or, where none
/// of them opens, what MEDS keeps beside them. Reading tells what is wrong with files that do not open.
#[must_use]
pub fn recognise(folder: &Path) -> Option<&'static str> {
    let files = files::data(folder).ok()?;
    let Some(first) = files.iter().find_map(|file| open(file).ok()) else {
        let has = |name: &str| folder.join("metadata").join(name).is_file();
        return (!files.is_empty() && (has("dataset.json") || has("codes.parquet")))
            .then_some("Parquet files lie below `data/`, and `metadata/` is that of MEDS");
    };
    let has = |name: &str| first.schema().index_of(name).is_ok();
    (has("subject_id") && has("time") && has("code"))
        .then_some("Parquet files below `data/` hold `subject_id`, `time` and `code`")
}

/// A MEDS data set.
pub struct Meds {
    about: About,
    codes: CodeBook,
    mapping: Option<String>,
    found: Findings,
    /// What the last reading of each shard noticed.
    noticed: Mutex<BTreeMap<usize, Findings>>,
    inside: Inside,
}

enum Inside {
    /// As it lies there.
    Files(Vec<Piece>),
    /// Sorted by us, as the rows were not in order.
    Sorted(Shards),
}

impl Meds {
    /// Looks at all subjects and times; sorts the events, in at most about `memory` bytes, if they are not in order.
    ///
    /// # Errors
    /// [`TimelineError`] for folders that hold no events, and for damaged files.
    pub fn open(folder: &Path, memory: u64, ctx: Context<'_>) -> Result<Self, TimelineError> {
        let name = folder.display().to_string();
        let files = files::data(folder)?;
        if files.is_empty() {
            return Err(TimelineError::Unknown {
                path: name,
                why: "no Parquet file lies below `data/`".into(),
            });
        }
        let seen = scan(&files, ctx)?;
        if seen.people == 0 {
            return Err(TimelineError::Nobody { path: name });
        }
        let mut about = About { shape: "meds".into(), people: Some(seen.people), ..About::default() };
        for (file, &rows) in files.iter().zip(&seen.rows) {
            let name = file.strip_prefix(folder).unwrap_or(file).display().to_string();
            about.tables.push((name, rows));
        }
        let mut found = seen.findings;
        let metadata = folder.join("metadata");
        about.name = dataset_name(&metadata.join("dataset.json"), &mut found)?;
        about.splits = splits(&metadata.join("subject_splits.parquet"))?;
        let codes = code_book(&metadata.join("codes.parquet"))?;
        let inside = if seen.orderly {
            Inside::Files(seen.pieces)
        } else {
            about.notes.push("its rows are not in order of people and times, and were sorted".into());
            let mut sorter = Sorter::new(memory);
            for piece in &seen.pieces {
                sorter.append(&read_piece(piece, &mut found, ctx)?)?;
            }
            Inside::Sorted(sorter.finish()?)
        };
        let mapping = std::fs::read_to_string(folder.join(MAPPING)).ok();
        Ok(Self { about, codes, mapping, found, noticed: Mutex::default(), inside })
    }
}

impl Source for Meds {
    fn mapping(&self) -> Option<String> {
        self.mapping.clone()
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        match &self.inside {
            Inside::Files(pieces) => pieces.len(),
            Inside::Sorted(shards) => shards.len(),
        }
    }

    fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError> {
        match &self.inside {
            Inside::Files(pieces) => {
                // However often a shard is read, it is told once.
                let mut found = Findings::default();
                let events = read_piece(&pieces[shard], &mut found, ctx)?;
                if let Ok(mut noticed) = self.noticed.lock() {
                    noticed.insert(shard, found);
                }
                Ok(events)
            }
            Inside::Sorted(shards) => shards.read(shard),
        }
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        let mut all = self.found.clone();
        if let Ok(noticed) = self.noticed.lock() {
            noticed.values().for_each(|found| all.extend(found));
        }
        all
    }
}

/// Reads a file that we wrote.
pub(super) fn read_file(path: &Path) -> Result<Events, TimelineError> {
    let rows = open(path)?.metadata().file_metadata().num_rows() as usize;
    let piece = Piece { file: path.to_owned(), from: 0, rows };
    read_piece(&piece, &mut Findings::default(), Context::silent())
}

/// Reads some rows of a file.
fn read_piece(piece: &Piece, found: &mut Findings, ctx: Context<'_>) -> Result<Events, TimelineError> {
    let path = &piece.file;
    let place = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let builder = open(path)?;
    let schema = builder.schema().clone();
    let roles = Roles::of(&schema);
    for name in &roles.nested {
        let what = format!("cells of `{name}`, which are lists or structures");
        found.count(&place, &what, Fate::KeptInPart, piece.rows as u64, 0);
    }
    let reader = builder
        .with_batch_size(BATCH)
        .with_offset(piece.from)
        .with_limit(piece.rows)
        .build()
        .map_err(|error| damaged(path, &error))?;
    let mut events = Builder::default();
    let mut row = piece.from as u64;
    for batch in reader {
        ctx.stop.check()?;
        let batch = batch.map_err(|error| damaged(path, &error))?;
        let (columns, rounded) = roles
            .columns(&batch)
            .ok_or_else(|| damaged(path, &"a column is not of the type that MEDS gives it"))?;
        found.count(&place, "numbers of more than 32 bits", Fate::KeptInPart, rounded, row + 1);
        let empty = columns
            .code
            .codes()
            .iter()
            .filter(|&&code| columns.code.levels()[code as usize].is_empty())
            .count();
        found.count(&place, "rows without a code", Fate::Kept, empty as u64, row + 1);
        row += batch.num_rows() as u64;
        events.append_columns(&columns);
    }
    Ok(events.finish())
}

/// What the columns of a file are for.
struct Roles {
    end: bool,
    visit: Option<String>,
    source: bool,
    extras: Vec<(String, SourceType)>,
    nested: Vec<String>,
}

/// Extra columns that name the visit, the best first.
const VISITS: [&str; 5] = [VISIT, "hadm_id", "visit_occurrence_id", "encounter_id", "ENCOUNTER"];

impl Roles {
    fn of(schema: &SchemaRef) -> Self {
        let kind = |name: &str| schema.field_with_name(name).ok().map(|field| field.data_type().clone());
        let visit = VISITS.iter().find(|name| kind(name).is_some_and(|kind| array::kind_of(&kind).is_some()));
        let mut roles = Self {
            end: matches!(kind(END), Some(DataType::Timestamp(..))),
            visit: visit.map(|&name| name.to_owned()),
            source: kind(SOURCE).is_some_and(|kind| array::kind_of(&kind) == Some(SourceType::Text)),
            extras: Vec::new(),
            nested: Vec::new(),
        };
        for field in schema.fields() {
            let name = field.name().as_str();
            let known = matches!(name, "subject_id" | "time" | "code" | "numeric_value" | "text_value")
                || (roles.end && name == END)
                || roles.visit.as_deref() == Some(name)
                || (roles.source && name == SOURCE);
            if known {
                continue;
            }
            match array::kind_of(field.data_type()) {
                Some(kind) => roles.extras.push((name.to_owned(), kind)),
                None => roles.nested.push(name.to_owned()),
            }
        }
        roles
    }

    /// The columns of a batch, and how many numbers did not fit into 32 bits.
    fn columns(&self, batch: &RecordBatch) -> Option<(Columns, u64)> {
        let n = batch.num_rows();
        let text = |name: &str, from: Option<&str>, kind: SourceType| -> Option<RawColumn> {
            let mut column = RawColumn::new(name, kind);
            match from.and_then(|from| batch.column_by_name(from)) {
                Some(array) => array::texts(array, &mut column)?,
                None => (0..n).for_each(|_| column.push("")),
            }
            Some(column)
        };
        let instants = |name: &str, there: bool| match batch.column_by_name(name).filter(|_| there) {
            Some(array) => array::instants(array),
            None => Some(vec![STATIC; n]),
        };
        let (number, rounded) = match batch.column_by_name("numeric_value") {
            Some(array) => array::numbers(array)?,
            None => (vec![f32::NAN; n], 0),
        };
        let visit_kind = self
            .visit
            .as_deref()
            .and_then(|name| batch.column_by_name(name))
            .and_then(|array| array::kind_of(array.data_type()))
            .unwrap_or_default();
        let columns = Columns {
            subject: array::integers(batch.column_by_name("subject_id")?)?,
            time: instants("time", true)?,
            end: instants(END, self.end)?,
            number,
            code: text("code", Some("code"), SourceType::Text)?,
            text: text("text_value", Some("text_value"), SourceType::Text)?,
            visit: text(self.visit.as_deref().unwrap_or(VISIT), self.visit.as_deref(), visit_kind)?,
            source: text("source", self.source.then_some(SOURCE), SourceType::Text)?,
            extras: self
                .extras
                .iter()
                .map(|(name, kind)| text(name, Some(name), *kind))
                .collect::<Option<_>>()?,
        };
        Some((columns, rounded))
    }
}

/// The name of the data set; empty when none is told.
fn dataset_name(path: &Path, found: &mut Findings) -> Result<String, TimelineError> {
    if !path.exists() {
        return Ok(String::new());
    }
    let text = std::fs::read_to_string(path).map_err(|source| TimelineError::reading(path, source))?;
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else {
        found.note("metadata/dataset.json", "file that is no JSON", Fate::SetAside, 0);
        return Ok(String::new());
    };
    Ok(value["dataset_name"].as_str().unwrap_or_default().to_owned())
}

/// Which split each person is in; nobody when the file is not there.
fn splits(path: &Path) -> Result<Splits, TimelineError> {
    let mut splits = Splits::default();
    if !path.exists() {
        return Ok(splits);
    }
    for batch in open(path)?.build().map_err(|error| damaged(path, &error))? {
        let batch = batch.map_err(|error| damaged(path, &error))?;
        let subjects = batch.column_by_name("subject_id").and_then(array::integers);
        let mut names = RawColumn::new("split", SourceType::Text);
        let read = batch.column_by_name("split").and_then(|array| array::texts(array, &mut names));
        let (Some(subjects), Some(())) = (subjects, read) else {
            return Err(damaged(path, &"it has no `subject_id` or no `split`"));
        };
        for (row, &subject) in subjects.iter().enumerate() {
            splits.put(subject, names.cell(row));
        }
    }
    Ok(splits)
}

/// What `metadata/codes.parquet` tells of codes; nothing when it is not there.
fn code_book(path: &Path) -> Result<CodeBook, TimelineError> {
    let mut book = CodeBook::default();
    if !path.exists() {
        return Ok(book);
    }
    for batch in open(path)?.build().map_err(|error| damaged(path, &error))? {
        let batch = batch.map_err(|error| damaged(path, &error))?;
        let texts = |name: &str| -> Option<RawColumn> {
            let mut column = RawColumn::new(name, SourceType::Text);
            array::texts(batch.column_by_name(name)?, &mut column).map(|()| column)
        };
        let Some(codes) = texts("code") else { return Err(damaged(path, &"it has no column `code`")) };
        let descriptions = texts("description");
        let parents = batch.column_by_name("parent_codes").and_then(|array| array.as_list_opt::<i32>());
        for row in 0..batch.num_rows() {
            let code = codes.cell(row);
            book.note(code, descriptions.as_ref().map_or("", |column| column.cell(row)));
            let Some(list) = parents.filter(|list| !list.is_null(row)).map(|list| list.value(row)) else {
                continue;
            };
            let mut names = RawColumn::new("parent", SourceType::Text);
            if array::texts(&list, &mut names).is_some() {
                (0..names.len()).for_each(|at| book.adopt(code, names.cell(at)));
            }
        }
    }
    Ok(book)
}
