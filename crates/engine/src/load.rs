//! How does a file become a table that is understood?

use crate::error::EngineError;
use crate::recipe::Recipe;
use std::path::Path;
use verosim_core::{Context, Schema};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer, metadata};
use verosim_data::io::{ReadOptions, SourceInfo, read};
use verosim_data::{RawTable, SourceType, Table};

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
}

impl Source {
    /// How each column was typed in the file.
    #[must_use]
    pub fn types(&self) -> Vec<(String, SourceType)> {
        self.raw.columns().iter().map(|column| (column.name.clone(), column.source)).collect()
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
    let edits = metadata.map(metadata::from_json).transpose()?.unwrap_or_default();
    let mut kinds: Vec<_> = edits.kinds.clone();
    kinds.extend(recipe.kinds.iter().map(|(name, kind)| (name.clone(), *kind)));
    let subject = recipe.subject.clone().or(edits.subject.clone());
    let options = InferOptions { kinds, subject };
    options.check(&raw)?;
    let mut edits = edits;
    // A flag is nearer to the person than a file.
    edits.columns.retain(|column| !recipe.kinds.contains_key(&column.name));
    let schema = edits.apply(infer(&raw, &options))?;
    for target in &recipe.targets {
        schema.index_of(target)?;
    }
    let table =
        parse(&raw, &schema).map_err(|source| EngineError::Parse { role: "training data", source })?;
    Ok(Source { raw, table, schema, info })
}

/// Reads another file by a schema that is known: a holdout or a synthetic table.
///
/// # Errors
/// Those of reading, of columns that are not there and of cells that do not read.
pub fn load_like(
    path: &Path,
    schema: &Schema,
    delimiter: Option<char>,
    role: &'static str,
    ctx: Context<'_>,
) -> Result<(RawTable, Table), EngineError> {
    let options = ReadOptions { delimiter: delimiter.map(|c| c as u8), memory_limit: None };
    let (raw, _) = read(path, &options, ctx)?;
    let table = parse(&raw, schema).map_err(|source| EngineError::Parse { role, source })?;
    Ok((raw, table))
}
