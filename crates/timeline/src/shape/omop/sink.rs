//! How do events become a folder of OMOP?

use super::folder::{self, Folder};
use super::known;
use super::life::Scribe;
use super::out::file_name;
use super::resolve::Resolver;
use super::spec;
use super::tables::Tables;
use super::validate;
use super::whole::whole;
use crate::{CodeBook, Events, Fate, Findings, Sink, TimelineError, Written};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use verosim_core::Context;
use verosim_data::io::{FileFormat, WriteError};

/// What `cdm_source` says of the set.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Name of the set.
    pub name: String,
    /// A short name, of at most 25 letters.
    pub abbreviation: String,
    /// Who holds it.
    pub holder: String,
    /// What it is, in words.
    pub description: String,
    /// Whether the people are invented; `cdm_source` then says so before anything else.
    pub synthetic: bool,
    /// Day of the release: `2024-03-20`.
    pub date: String,
}

/// How a folder is written.
#[derive(Clone, Debug)]
pub struct Writing {
    /// CSV or Parquet; other formats are written as CSV.
    pub format: FileFormat,
    /// Whether tables that are there may be replaced.
    pub overwrite: bool,
    /// What is known of the codes that will come: parents that are concept ids (`CONDITION//OMOP//372328`) become the
    /// concepts of events that bring none, and a vocabulary is asked for these codes.
    pub codes: CodeBook,
    /// Folder with a download of Athena.
    pub vocabulary: Option<PathBuf>,
    /// A folder of OMOP whose providers, care sites and locations are copied beside. These are real ones: for the
    /// conversion of real data only, never for synthetic data.
    pub beside: Option<PathBuf>,
    /// What `cdm_source` says.
    pub declared: Declared,
}

impl Writing {
    /// CSV without vocabulary, nothing replaced and nothing copied.
    #[must_use]
    pub fn new(declared: Declared) -> Self {
        Self {
            format: FileFormat::Csv,
            overwrite: false,
            codes: CodeBook::default(),
            vocabulary: None,
            beside: None,
            declared,
        }
    }
}

/// Writes tables of OMOP CDM 5.4 into a folder. They appear together, once all are written and keep the rules of the
/// specification; until then they wait in a folder inside it.
#[derive(Debug)]
pub struct OmopSink {
    folder: PathBuf,
    waiting: TempDir,
    writing: Writing,
    scribe: Scribe,
}

impl OmopSink {
    /// A sink into `folder`, which is made when it is not there.
    ///
    /// # Errors
    /// When the folder holds tables of OMOP that may not be replaced, cannot be written, or the vocabulary cannot be read.
    ///
    /// # Cost
    /// Two passes over `CONCEPT` when there is a vocabulary.
    pub fn create(folder: &Path, writing: Writing, ctx: Context<'_>) -> Result<Self, TimelineError> {
        let io = |source| TimelineError::writing(folder, source);
        std::fs::create_dir_all(folder).map_err(io)?;
        let there = old_tables(folder)?.into_iter().next().filter(|_| !writing.overwrite);
        if let Some(path) = there {
            return Err(WriteError::Exists { path: path.display().to_string() }.into());
        }
        let format =
            if writing.format == FileFormat::Parquet { FileFormat::Parquet } else { FileFormat::Csv };
        let waiting = tempfile::Builder::new().prefix(".omop-").tempdir_in(folder).map_err(io)?;
        let resolver = Resolver::new(writing.codes.clone(), writing.vocabulary.as_deref(), ctx)?;
        let mut scribe = Scribe {
            tables: Tables::new(waiting.path().to_owned(), format),
            resolver,
            loss: Findings::default(),
            people: 0,
            events: 0,
            foreign: BTreeMap::new(),
        };
        if let Some(beside) = &writing.beside {
            copy_beside(beside, &mut scribe, ctx)?;
        }
        for name in ["person", "observation_period"] {
            if let Some(table) = spec::table(name) {
                scribe.tables.begin(table)?;
            }
        }
        Ok(Self { folder: folder.to_owned(), waiting, writing: Writing { format, ..writing }, scribe })
    }

    /// Writes the one row that says what the set is.
    fn describe(&mut self) -> Result<(), TimelineError> {
        let Some(table) = spec::table("cdm_source") else { return Ok(()) };
        let Declared { name, abbreviation, holder, description, synthetic, date } = &self.writing.declared;
        let words = if *synthetic {
            format!("Synthetic data: no row is of a real person. {description}")
        } else {
            description.clone()
        };
        let version = self.scribe.resolver.vocabulary().map_or("", |known| known.version.as_str());
        let mut cells = Vec::new();
        for field in &table.fields {
            let cell = match field.name.as_str() {
                "cdm_source_name" => name.clone(),
                "cdm_source_abbreviation" => abbreviation.clone(),
                "cdm_holder" => holder.clone(),
                "source_description" => words.trim().to_owned(),
                "cdm_etl_reference" => concat!("verosim ", env!("CARGO_PKG_VERSION")).to_owned(),
                "source_release_date" | "cdm_release_date" => date.clone(),
                "cdm_version" => "5.4".to_owned(),
                "cdm_version_concept_id" => known::VERSION.to_string(),
                "vocabulary_version" if version.is_empty() => "no vocabulary".to_owned(),
                "vocabulary_version" => version.to_owned(),
                _ => String::new(),
            };
            let cell = self.scribe.tables.fitted(table, field, cell.into(), &mut self.scribe.loss);
            let open = cell.is_empty() && field.required;
            cells.push(if open { "not stated".to_owned() } else { cell });
        }
        self.scribe.tables.push(table, &cells)
    }
}

impl Sink for OmopSink {
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        self.scribe.shard(events, ctx)
    }

    fn finish(mut self: Box<Self>, _codes: &CodeBook, ctx: Context<'_>) -> Result<Written, TimelineError> {
        self.describe()?;
        let Self { folder, waiting, writing, scribe } = *self;
        let Scribe { tables, resolver, mut loss, people, events, foreign } = scribe;
        for (column, count) in foreign {
            let what = "cells of a column that OMOP has no place for";
            loss.count(&column, what, Fate::NotCarried, count, 0);
        }
        if resolver.vocabulary().is_none_or(|known| !known.has_ingredients()) {
            let eras = tables.rows("drug_era");
            loss.count(
                "drug_era",
                "eras by drug, for want of a vocabulary with ingredients",
                Fate::Kept,
                eras,
                0,
            );
        }
        let tables = tables.finish()?;
        let breaches = validate::validate(waiting.path(), None, ctx)?;
        if !breaches.is_empty() {
            let told: Vec<String> = breaches.iter().take(5).map(|breach| breach.to_string()).collect();
            return Err(TimelineError::Invalid { shape: "OMOP CDM 5.4", why: told.join("; ") });
        }
        let io = |source| TimelineError::writing(&folder, source);
        if writing.overwrite {
            // Tables of an earlier set beside those of this one would make a set of neither.
            for path in old_tables(&folder)? {
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                    .map_err(io)?;
            }
        }
        for (table, _) in &tables {
            let name = file_name(table, writing.format);
            std::fs::rename(waiting.path().join(&name), folder.join(&name)).map_err(io)?;
        }
        Ok(Written { tables, people, events, loss })
    }
}

/// Files and folders that are tables of OMOP by name, but not of its vocabularies.
fn old_tables(folder: &Path) -> Result<Vec<PathBuf>, TimelineError> {
    let entries = std::fs::read_dir(folder).map_err(|source| TimelineError::reading(folder, source))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let stem = folder::stem(path);
        let known = spec::table(&stem).is_some() && !spec::VOCABULARY.contains(&stem.as_str());
        known && (path.is_dir() || folder::is_table(path))
    });
    paths.sort();
    Ok(paths)
}

/// Copies the tables that belong to no person; what refers to them comes after them.
fn copy_beside(from: &Path, scribe: &mut Scribe, ctx: Context<'_>) -> Result<(), TimelineError> {
    let found = Folder::find(from)?;
    for name in ["location", "care_site", "provider"] {
        let Some(table) = spec::table(name).filter(|_| found.has(name)) else { continue };
        found.read(name, ctx, |part, places| {
            for row in 0..part.table.n_rows() {
                let mut cells = vec![String::new(); table.fields.len()];
                for (column, at) in part.table.columns().iter().zip(places) {
                    let Some(at) = *at else { continue };
                    let cell = Cow::Borrowed(column.cell(row));
                    cells[at] = scribe.tables.fitted(table, &table.fields[at], cell, &mut scribe.loss);
                }
                let mut lacks = false;
                for (field, cell) in table.fields.iter().zip(&mut cells) {
                    if field.primary {
                        let id = whole(cell).filter(|&id| scribe.tables.id(name, Some(id)).1);
                        lacks |= id.is_none();
                    } else if !cell.is_empty()
                        && !matches!(field.refers.0.as_str(), "" | "concept")
                        && !whole(cell).is_some_and(|id| scribe.tables.has(&field.refers.0, id))
                    {
                        cell.clear();
                        let place = format!("{name}.{}", field.name);
                        let what = "references to rows that are not written";
                        scribe.loss.note(&place, what, Fate::KeptInPart, part.lines.of(row));
                    }
                    lacks |= field.required && cell.is_empty();
                }
                if lacks {
                    let what = "rows without what they must have, or of an id that came before";
                    scribe.loss.note(name, what, Fate::SetAside, part.lines.of(row));
                } else {
                    scribe.tables.push(table, &cells)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}
