//! How do events become a MEDS data set?

use super::{END, MAPPING, SOURCE, VERSION, VISIT, array};
use crate::event::Events;
use crate::shape::Staging;
use crate::{CodeBook, Findings, Sink, Splits, TimelineError, Written};
use arrow::array::{ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use verosim_core::Context;
use verosim_data::SourceType;
use verosim_data::io::WriteError;

/// Rows handed to the writer at once.
const BATCH: usize = 65_536;

/// The split of everybody, where nobody says.
const TRAIN: &str = "train";

/// What is said of the data set as a whole.
#[derive(Clone, Debug, Default)]
pub struct MedsOptions {
    /// Name of the data set.
    pub name: String,
    /// Whether the people are synthetic, which the name of the data set then says.
    pub synthetic: bool,
    /// When it was made, as ISO 8601; not told when empty.
    pub created: String,
    /// The mapping of the tables that the events were rows of, kept beside them for the way back.
    pub mapping: Option<String>,
    /// Which split each person is in; everybody is in `train` when nobody is in any.
    pub splits: Splits,
    /// Whether to replace what is there.
    pub overwrite: bool,
    /// What this attempt is to write, in words that tell it from others; what it finished is lost when it fails where `None`.
    pub attempt: Option<String>,
    /// Whether to go on with what an attempt of the same words left.
    pub resume: bool,
}

/// A MEDS data set that is being written.
pub struct MedsSink {
    staging: Staging,
    options: MedsOptions,
    finished: usize,
    codes: BTreeSet<String>,
    /// Everybody, with the split.
    people: Vec<(i64, String)>,
    files: Vec<(String, u64)>,
    /// Files begun per split.
    shards: Vec<(String, usize)>,
    extras: BTreeSet<String>,
    visit: String,
    written: Written,
}

impl MedsSink {
    /// Begins to write to the folder `place`.
    ///
    /// # Errors
    /// [`TimelineError`] when `place` is there already, or cannot be made.
    pub fn begin(place: &Path, options: MedsOptions) -> Result<Self, TimelineError> {
        let staging = match &options.attempt {
            Some(words) => Staging::attempt(place, options.overwrite, words, options.resume)?,
            None => Staging::begin(place, options.overwrite)?,
        };
        let mut sink = Self {
            staging,
            options,
            finished: 0,
            codes: BTreeSet::new(),
            people: Vec::new(),
            files: Vec::new(),
            shards: Vec::new(),
            extras: BTreeSet::new(),
            visit: VISIT.to_owned(),
            written: Written::default(),
        };
        sink.take_up()?;
        Ok(sink)
    }

    /// Takes up the shards that an earlier attempt finished: all of one split, without a gap.
    fn take_up(&mut self) -> Result<(), TimelineError> {
        if !self.options.resume {
            return Ok(());
        }
        loop {
            let name = format!("data/{TRAIN}/{}.parquet", self.finished);
            let path = self.staging.path(&name)?;
            if !path.exists() {
                return Ok(());
            }
            let events = super::read::read_file(&path)?;
            self.number(TRAIN);
            self.count(TRAIN, name, &events);
            self.finished += 1;
        }
    }

    /// Counts what stands in a file.
    fn count(&mut self, split: &str, name: String, events: &Events) {
        self.people.extend(events.people().map(|person| (person.id(), split.to_owned())));
        for code in events.codes().levels() {
            if !self.codes.contains(&**code) {
                self.codes.insert(code.to_string());
            }
        }
        self.extras.extend(events.extras().iter().map(|column| column.name.clone()));
        visit_name(events).clone_into(&mut self.visit);
        self.files.push((name, events.len() as u64));
        self.written.events += events.len() as u64;
    }

    fn number(&mut self, split: &str) -> usize {
        let at = self.shards.iter().position(|(name, _)| name == split).unwrap_or_else(|| {
            self.shards.push((split.to_owned(), 0));
            self.shards.len() - 1
        });
        self.shards[at].1 += 1;
        self.shards[at].1 - 1
    }

    /// Writes the people of one split.
    fn part(&mut self, split: &str, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        let name = format!("data/{split}/{}.parquet", self.number(split));
        let path = self.staging.path(&name)?;
        // Whole or not at all: what is there is finished.
        let part = path.with_extension("part");
        write_events(&part, events, ctx)?;
        std::fs::rename(&part, &path).map_err(|source| TimelineError::writing(&path, source))?;
        self.count(split, name, events);
        Ok(())
    }
}

impl Sink for MedsSink {
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        if events.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.options.splits.names().map(str::to_owned).collect();
        if names.is_empty() {
            return self.part(TRAIN, events, ctx);
        }
        for (at, split) in names.iter().enumerate() {
            let splits = self.options.splits.clone();
            // Who is in no split is learned from, as everybody is where there are no splits.
            let part = events.of_people(|id| splits.of(id).map_or(at == 0, |of| of == split));
            if !part.is_empty() {
                self.part(split, &part, ctx)?;
            }
        }
        Ok(())
    }

    fn finished(&self) -> usize {
        self.finished
    }

    fn finish(mut self: Box<Self>, codes: &CodeBook, _: Context<'_>) -> Result<Written, TimelineError> {
        let mut book = codes.clone();
        self.codes.iter().for_each(|code| book.note(code, ""));
        let path = self.staging.path("metadata/codes.parquet")?;
        write_codes(&path, &book)?;
        let path = self.staging.path("metadata/subject_splits.parquet")?;
        self.people.sort();
        let subjects = Int64Array::from_iter_values(self.people.iter().map(|(id, _)| *id));
        let splits = StringArray::from_iter_values(self.people.iter().map(|(_, split)| split));
        let fields = vec![
            Field::new("subject_id", DataType::Int64, false),
            Field::new("split", DataType::Utf8, false),
        ];
        write_batch(&path, fields, vec![Arc::new(subjects), Arc::new(splits)])?;
        if let Some(mapping) = &self.options.mapping {
            let path = self.staging.path(MAPPING)?;
            std::fs::write(&path, mapping).map_err(|source| TimelineError::writing(&path, source))?;
        }
        let path = self.staging.path("metadata/dataset.json")?;
        let text = serde_json::to_vec_pretty(&self.dataset()).unwrap_or_default();
        std::fs::write(&path, text).map_err(|source| TimelineError::writing(&path, source))?;
        let mut written = self.written;
        written.people = self.people.len() as u64;
        written.tables = self.files;
        written.tables.push(("metadata/codes.parquet".into(), book.len() as u64));
        written.loss = Findings::default();
        self.staging.commit()?;
        Ok(written)
    }
}

impl MedsSink {
    fn dataset(&self) -> serde_json::Value {
        let name = match (self.options.name.as_str(), self.options.synthetic) {
            ("", true) => "synthetic patients".to_owned(),
            (name, true) => format!("synthetic patients, learned from {name}"),
            (name, false) => name.to_owned(),
        };
        let others =
            [END, SOURCE].into_iter().chain(self.extras.iter().map(String::as_str)).collect::<Vec<_>>();
        let mut dataset = serde_json::json!({
            "dataset_name": name,
            "etl_name": "verosim",
            "etl_version": env!("CARGO_PKG_VERSION"),
            "meds_version": VERSION,
            "raw_source_id_columns": [self.visit],
            "other_extension_columns": others,
        });
        if !self.options.created.is_empty() {
            dataset["created_at"] = self.options.created.clone().into();
        }
        dataset
    }
}

/// What the column of visits is called.
fn visit_name(events: &Events) -> &str {
    match events.visits().name.as_str() {
        "" | "visit" => VISIT,
        name => name,
    }
}

/// Columns that stand in every file, whatever else does.
fn write_events(path: &Path, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
    let mut fields = vec![
        Field::new("subject_id", DataType::Int64, false),
        Field::new("time", DataType::Timestamp(TimeUnit::Microsecond, None), true),
        Field::new("code", DataType::Utf8, false),
        Field::new("numeric_value", DataType::Float32, true),
        Field::new("text_value", DataType::LargeUtf8, true),
        Field::new(END, DataType::Timestamp(TimeUnit::Microsecond, None), true),
    ];
    let mut others: Vec<(&verosim_data::RawColumn, &str, SourceType)> = vec![
        (events.visits(), visit_name(events), events.visits().source),
        (events.sources(), SOURCE, SourceType::Text),
    ];
    others.extend(events.extras().iter().map(|column| (column, column.name.as_str(), column.source)));
    for (column, name, source) in &mut others {
        if !array::fits(column) {
            *source = SourceType::Text;
        }
        fields.push(Field::new(*name, array::data_type(*source), true));
    }
    let schema = Arc::new(Schema::new(fields));
    let mut writer = writer(path, &schema)?;
    for from in (0..events.len()).step_by(BATCH) {
        ctx.stop.check()?;
        let rows = from..events.len().min(from + BATCH);
        let codes = StringArray::from_iter_values(rows.clone().map(|row| events.codes().cell(row)));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(events.subjects()[rows.clone()].to_vec())),
            array::timestamps(&events.times()[rows.clone()]),
            Arc::new(codes),
            array::floats(&events.numbers()[rows.clone()]),
            array::large_strings(events.texts(), rows.clone()),
            array::timestamps(&events.ends()[rows.clone()]),
        ];
        columns.extend(others.iter().map(|(column, _, source)| array::typed(column, *source, rows.clone())));
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| refused(path, &error))?;
        writer.write(&batch).map_err(|error| refused(path, &error))?;
    }
    writer.close().map_err(|error| refused(path, &error))?;
    Ok(())
}

fn write_codes(path: &Path, book: &CodeBook) -> Result<(), TimelineError> {
    let mut parents = ListBuilder::new(StringBuilder::new());
    for (_, entry) in book.iter() {
        entry.parents.iter().for_each(|parent| parents.values().append_value(parent));
        parents.append(!entry.parents.is_empty());
    }
    let parents = parents.finish();
    let codes = StringArray::from_iter_values(book.iter().map(|(code, _)| code));
    let descriptions: StringArray = book
        .iter()
        .map(|(_, entry)| Some(entry.description.as_str()).filter(|text| !text.is_empty()))
        .collect();
    let fields = vec![
        Field::new("code", DataType::Utf8, false),
        Field::new("description", DataType::Utf8, true),
        Field::new("parent_codes", arrow::array::Array::data_type(&parents).clone(), true),
    ];
    write_batch(path, fields, vec![Arc::new(codes), Arc::new(descriptions), Arc::new(parents)])
}

fn write_batch(path: &Path, fields: Vec<Field>, columns: Vec<ArrayRef>) -> Result<(), TimelineError> {
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| refused(path, &error))?;
    let mut writer = writer(path, &schema)?;
    writer.write(&batch).map_err(|error| refused(path, &error))?;
    writer.close().map_err(|error| refused(path, &error))?;
    Ok(())
}

fn writer(path: &Path, schema: &SchemaRef) -> Result<ArrowWriter<File>, TimelineError> {
    let file = File::create(path).map_err(|source| TimelineError::writing(path, source))?;
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    ArrowWriter::try_new(file, Arc::clone(schema), Some(properties)).map_err(|error| refused(path, &error))
}

fn refused(path: &Path, why: &dyn std::fmt::Display) -> TimelineError {
    let (path, why) = (path.display().to_string(), why.to_string());
    // Writers wrap the operating system's error in text.
    if why.contains("No space left") {
        return WriteError::DiskFull { path }.into();
    }
    WriteError::Format { path, format: "Parquet", why }.into()
}
