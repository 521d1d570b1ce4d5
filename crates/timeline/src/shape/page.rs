//! What must help and `explain` tell about each shape?

use super::staged::Staged;
use super::{Reading, Writing, fhir, meds, omop, tables};
use crate::{Sink, Source, TimelineError};
use std::path::Path;
use verosim_core::Context;
use verosim_data::io::{FileFormat, SourceInfo};

/// Tells why a folder is of the shape, or that it is not; fails where damaged files leave that open.
type Recognise = fn(&Path) -> Result<Option<String>, TimelineError>;
/// Opens a folder; the number is the most bytes for sorting.
type Open = fn(&Path, &Reading, u64, Context<'_>) -> Result<Box<dyn Source>, TimelineError>;
/// Begins to write a folder.
type Begin = fn(&Path, &Writing) -> Result<Box<dyn Sink>, TimelineError>;

/// One shape of patient records. Adding one is a folder and a row of [`SHAPES`].
pub struct ShapePage {
    /// Stable id: `meds`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    pub(super) recognise: Recognise,
    pub(super) open: Open,
    pub(super) begin: Begin,
}

impl std::fmt::Debug for ShapePage {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(self.id)
    }
}

/// All shapes, the most particular first: the first that recognises a folder has it.
pub static SHAPES: &[ShapePage] = &[
    ShapePage {
        id: "meds",
        summary: "MEDS 0.4: Parquet shards of events, codes, splits, dataset.json",
        recognise: |path| Ok(meds::recognise(path).map(str::to_owned)),
        open: |path, _, memory, ctx| Ok(Box::new(meds::Meds::open(path, memory, ctx)?)),
        begin: |place, writing| {
            let options = meds::MedsOptions {
                name: writing.name.clone(),
                synthetic: writing.synthetic,
                created: writing.created.clone(),
                splits: writing.splits.clone(),
                mapping: writing.found.clone(),
                overwrite: writing.overwrite,
                attempt: writing.attempt.clone(),
                resume: writing.resume,
            };
            Ok(Box::new(meds::MedsSink::begin(place, options)?))
        },
    },
    ShapePage {
        id: "omop",
        summary: "OMOP CDM 5.4: CSV or Parquet tables; with the vocabulary's folder real systems and standard concepts",
        recognise: |path| {
            Ok(omop::is_omop(path).then(|| "table person has person_id and gender_concept_id".into()))
        },
        open: |path, reading, memory, ctx| {
            let vocabulary = reading.vocabulary.clone();
            Ok(Box::new(omop::Omop::open(path, &omop::Reading { memory, vocabulary }, ctx)?))
        },
        begin: |place, writing| {
            Staged::begin(place, writing, |folder| {
                let declared = omop::Declared {
                    name: if writing.name.is_empty() { "patients".into() } else { writing.name.clone() },
                    abbreviation: writing.name.chars().take(25).collect(),
                    holder: String::new(),
                    description: String::new(),
                    synthetic: writing.synthetic,
                    date: writing.created.chars().take(10).collect(),
                };
                let own = omop::Writing {
                    codes: writing.codes.clone(),
                    vocabulary: writing.vocabulary.clone(),
                    ..omop::Writing::new(declared)
                };
                Ok(Box::new(omop::OmopSink::create(folder, own, Context::silent())?))
            })
        },
    },
    ShapePage {
        id: "fhir",
        summary: "FHIR R4: NDJSON of a bulk export or Bundles in, NDJSON out",
        recognise: |path| {
            Ok(fhir::FhirSource::recognises(path).then(|| "files hold resources with `resourceType`".into()))
        },
        open: |path, _, memory, ctx| {
            let options = fhir::ReadOptions { memory, ..fhir::ReadOptions::default() };
            Ok(Box::new(fhir::FhirSource::open(path, &options, ctx)?))
        },
        begin: |place, writing| fhir_sink(place, writing, fhir::Package::Ndjson),
    },
    ShapePage {
        id: "fhir-bundles",
        summary: "FHIR R4: a Bundle for each patient out; read as `fhir`",
        recognise: |_| Ok(None),
        open: |path, _, memory, ctx| {
            let options = fhir::ReadOptions { memory, ..fhir::ReadOptions::default() };
            Ok(Box::new(fhir::FhirSource::open(path, &options, ctx)?))
        },
        begin: |place, writing| fhir_sink(place, writing, fhir::Package::Bundles),
    },
    ShapePage {
        id: "synthea",
        summary: "Synthea's CSV export 3.x, whichever columns it has",
        recognise: |path| known(path, "synthea"),
        open: |path, _, memory, ctx| open_tables(path, &tables::mapping("synthea")?, memory, ctx),
        begin: |place, writing| begin_tables(place, writing, &as_found(writing, "synthea")?),
    },
    ShapePage {
        id: "mimic-iv",
        summary: "MIMIC-IV: folders hosp and icu",
        recognise: |path| known(path, "mimic-iv"),
        open: |path, _, memory, ctx| open_tables(path, &tables::mapping("mimic-iv")?, memory, ctx),
        begin: |place, writing| begin_tables(place, writing, &as_found(writing, "mimic-iv")?),
    },
    ShapePage {
        id: "mimic-iii",
        summary: "MIMIC-III: one folder of tables",
        recognise: |path| known(path, "mimic-iii"),
        open: |path, _, memory, ctx| open_tables(path, &tables::mapping("mimic-iii")?, memory, ctx),
        begin: |place, writing| begin_tables(place, writing, &as_found(writing, "mimic-iii")?),
    },
    ShapePage {
        id: "relational",
        summary: "any folder of tables; keys, times and the table of patients are found, or declared with --mapping",
        recognise: |path| {
            if !path.is_dir() {
                return Ok(None);
            }
            match tables::relate(path, Context::silent()) {
                Ok(mapping) => {
                    let tables = mapping.tables().count();
                    Ok(Some(format!("{tables} tables whose keys lead to one of patients")))
                }
                Err(TimelineError::Unknown { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        },
        open: |path, reading, memory, ctx| {
            let mapping = match &reading.mapping {
                Some(file) => mapping_of(file)?,
                None => tables::relate(path, ctx)?,
            };
            open_tables(path, &mapping, memory, ctx)
        },
        begin: |place, writing| match &writing.mapping {
            Some(file) => begin_tables(place, writing, &mapping_of(file)?),
            None if writing.found.is_some() => {
                begin_tables(place, writing, &as_found(writing, "relational")?)
            }
            None => Err(TimelineError::Mapping {
                name: "of relational tables".into(),
                why: "none is named, and without one nothing says which tables to write".into(),
            }),
        },
    },
];

/// Rows of a table that are read at once.
const PART: usize = 65_536;

fn known(path: &Path, id: &str) -> Result<Option<String>, TimelineError> {
    if !path.is_dir() {
        return Ok(None);
    }
    let found = tables::recognise(path, Context::silent())?;
    Ok(found.filter(|found| found.mapping.shape() == id).map(|found| found.reason))
}

fn open_tables(
    path: &Path,
    mapping: &tables::Mapping,
    memory_limit: u64,
    ctx: Context<'_>,
) -> Result<Box<dyn Source>, TimelineError> {
    let options = tables::TablesOptions { memory_limit, part_rows: PART };
    Ok(Box::new(tables::Tables::open(path, mapping, options, ctx)?))
}

fn begin_tables(
    place: &Path,
    writing: &Writing,
    mapping: &tables::Mapping,
) -> Result<Box<dyn Sink>, TimelineError> {
    Staged::begin(place, writing, |folder| {
        let how = SourceInfo::of(FileFormat::Csv);
        Ok(Box::new(tables::TablesSink::create(folder, mapping, &writing.codes, &how, false)?))
    })
}

/// The mapping by which the events came, if they came from this shape, else the one that the program has.
fn as_found(writing: &Writing, id: &str) -> Result<tables::Mapping, TimelineError> {
    if let Some(text) = &writing.found {
        let mapping = tables::Mapping::parse("metadata/mapping.toml", text)?;
        if mapping.shape() == id {
            return Ok(mapping);
        }
    }
    tables::mapping(id)
}

fn mapping_of(file: &Path) -> Result<tables::Mapping, TimelineError> {
    let text = std::fs::read_to_string(file).map_err(|source| TimelineError::reading(file, source))?;
    tables::Mapping::parse(&file.display().to_string(), &text)
}

fn fhir_sink(
    place: &Path,
    writing: &Writing,
    package: fhir::Package,
) -> Result<Box<dyn Sink>, TimelineError> {
    Staged::begin(place, writing, |folder| {
        let day: String = writing.created.chars().take(10).collect();
        let mut options = fhir::WriteOptions {
            package,
            synthetic: writing.synthetic,
            codes: writing.codes.clone(),
            ..fhir::WriteOptions::default()
        };
        if day.len() == 10 {
            options.transaction_time = format!("{day}T00:00:00Z");
        }
        Ok(Box::new(fhir::FhirSink::create(folder, options)?))
    })
}
