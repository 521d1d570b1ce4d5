//! How does a file become a table that is understood?

use crate::error::EngineError;
use crate::formal;
use crate::recipe::Recipe;
use crate::reconcile::{parse_like, without_index};
use crate::split::people;
use std::path::Path;
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Context, Schema, Seeded, did_you_mean};
use verosim_data::constrain::{Allowed, Range, allowances};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer, metadata};
use verosim_data::io::{FileFormat, ReadOptions, SourceInfo, read};
use verosim_data::{Column, RawColumn, RawTable, SourceType, Table, Train};

/// A file, read and understood.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it came.
    pub raw: RawTable,
    /// As it is understood.
    pub table: Table,
    /// What its columns hold.
    pub schema: Schema,
    /// How it was written.
    pub info: SourceInfo,
    /// Size of the file.
    pub file_bytes: u64,
}

impl Source {
    /// How each column was typed in the file.
    #[must_use]
    pub fn types(&self) -> Vec<(String, SourceType)> {
        self.raw.columns().iter().map(|column| (column.name.clone(), column.source)).collect()
    }

    /// All rows as training data.
    #[must_use]
    pub fn train(&self) -> Train {
        Train::new(self.table.clone(), people(&self.raw, &self.schema))
    }

    /// Bytes that the text cells take in memory, about.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.raw.columns().iter().map(RawColumn::bytes).sum()
    }
}

/// Reads a file and infers its schema; kinds of the recipe and edits in `metadata` (the text of a metadata file) win.
///
/// # Errors
/// Those of reading, of the metadata and of cells that do not read as declared.
pub fn load(
    path: &Path,
    recipe: &Recipe,
    metadata: Option<&str>,
    memory_limit: Option<u64>,
    ctx: Context<'_>,
) -> Result<Source, EngineError> {
    let options = ReadOptions { delimiter: recipe.delimiter.map(|c| c as u8), memory_limit };
    let (raw, info) = read(path, &options, ctx)?;
    let mut edits = metadata.map(metadata::from_json).transpose()?.unwrap_or_default();
    let mut kinds = edits.kinds.clone();
    kinds.extend(recipe.kinds.iter().map(|(name, kind)| (name.clone(), *kind)));
    let subject = recipe.subject.clone().or(edits.subject.clone());
    let options = InferOptions { kinds, subject };
    options.check(&raw)?;
    // A flag is nearer to the person than a file.
    edits.columns.retain(|column| !recipe.kinds.contains_key(&column.name));
    let schema = match recipe.epsilon {
        Some(_) => formal::declared(&raw, metadata, recipe)?,
        None => edits.apply(infer(&raw, &options))?,
    };
    for named in recipe.targets.iter().chain(recipe.judge.columns()) {
        schema.index_of(named)?;
    }
    let table =
        parse(&raw, &schema).map_err(|source| EngineError::Parse { role: "the training data", source })?;
    let file_bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    Ok(Source { raw, table, schema, info, file_bytes })
}

/// A table without a row, known only by its metadata file: for engines that need no patient.
///
/// # Errors
/// Those of the metadata.
pub fn described(metadata: &str, recipe: &Recipe) -> Result<Source, EngineError> {
    let mut edits = metadata::from_json(metadata)?;
    let columns = edits.names.iter().map(|name| RawColumn::new(name, SourceType::Text)).collect();
    let raw = RawTable::new(columns).unwrap_or_default();
    let mut kinds = edits.kinds.clone();
    kinds.extend(recipe.kinds.iter().map(|(name, kind)| (name.clone(), *kind)));
    let options = InferOptions { kinds, subject: recipe.subject.clone().or(edits.subject.clone()) };
    options.check(&raw)?;
    edits.columns.retain(|column| !recipe.kinds.contains_key(&column.name));
    let mut schema = edits.apply(infer(&raw, &options))?;
    for (name, kind) in &options.kinds {
        let at = schema.index_of(name)?;
        if !edits.columns.iter().any(|column| column.name == *name) {
            schema.columns[at] = ColumnSchema::declared(name, *kind);
        }
    }
    for target in &recipe.targets {
        schema.index_of(target)?;
    }
    let table = parse(&raw, &schema).map_err(|source| EngineError::Parse { role: "the metadata", source })?;
    Ok(Source { raw, table, schema, info: SourceInfo::of(FileFormat::Csv), file_bytes: 0 })
}

/// Writes what was learned about values into a schema as declared, for a person to review and edit: levels of enough
/// people, ranges rounded outwards. What is declared may be told to a language model at `metadata`.
#[must_use]
pub fn declare(source: &Source, least_support: usize, seed: Seeded) -> Schema {
    let mut schema = source.schema.clone();
    for allowed in allowances(&source.schema, Some(&source.train()), least_support, seed) {
        let Ok(at) = schema.index_of(&allowed.schema.name) else { continue };
        match allowed.values {
            Allowed::Levels { texts, .. } => schema.columns[at].levels = texts,
            Allowed::Number { range: Some(range), .. } => {
                schema.columns[at].bounds = Some((range.low, range.high));
            }
            _ => {}
        }
    }
    // Numbers that are made anew need bounds as well, once nobody may look at rows.
    for column in &mut schema.columns {
        let values = source.table.column(&column.name).and_then(Column::numbers);
        if column.treatment == Treatment::Regenerate && column.bounds.is_none() {
            let range = values.and_then(|values| Range::learn(values, least_support, true));
            column.bounds = range.map(|range| (range.low, range.high));
        }
    }
    schema
}

/// Reads another file by a schema that is known: a holdout or a synthetic table.
///
/// Columns that are not modelled may be absent; everything else must be there, and nothing else may be but an index
/// without a name. Dates and decimals may be written in another pattern.
///
/// # Errors
/// [`EngineError::OtherColumns`], those of reading and of cells that do not read.
pub fn load_like(
    path: &Path,
    schema: &Schema,
    delimiter: Option<char>,
    memory_limit: Option<u64>,
    role: &'static str,
    ctx: Context<'_>,
) -> Result<(RawTable, Table), EngineError> {
    let options = ReadOptions { delimiter: delimiter.map(|c| c as u8), memory_limit };
    let raw = without_index(read(path, &options, ctx)?.0, schema);
    let has = |name: &str| raw.columns().iter().any(|column| column.name == name);
    let known: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let absent: Vec<String> = schema
        .columns
        .iter()
        .filter(|column| column.treatment == Treatment::Model && !has(&column.name))
        .map(|column| column.name.clone())
        .collect();
    let unknown: Vec<String> = raw
        .columns()
        .iter()
        .filter(|column| !known.contains(&column.name.as_str()))
        .map(|column| column.name.clone())
        .collect();
    if !absent.is_empty() || !unknown.is_empty() {
        let nearest = unknown
            .first()
            .and_then(|name| did_you_mean(name, absent.iter().map(String::as_str)))
            .map(str::to_owned);
        return Err(EngineError::OtherColumns { role, absent, unknown, nearest });
    }
    let mut present = schema.clone();
    present.columns.retain(|column| has(&column.name));
    parse_like(raw, present).map_err(|source| EngineError::Parse { role, source })
}
