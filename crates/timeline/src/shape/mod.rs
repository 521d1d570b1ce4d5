//! Which shapes do hospitals keep timelines in, which one is this, and how is one opened and begun?

pub mod fhir;
pub mod meds;
pub mod omop;
mod page;
mod staged;
mod staging;
pub mod tables;

pub use page::{SHAPES, ShapePage};
pub use staging::Staging;

use crate::{CodeBook, Sink, Source, Splits, TimelineError};
use std::path::{Path, PathBuf};
use verosim_core::{Context, did_you_mean};

/// What the caller knows better than the folder.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Id of the shape; recognised when `None`.
    pub from: Option<String>,
    /// A mapping of its tables, for the shape `relational`.
    pub mapping: Option<PathBuf>,
    /// Folder of the OMOP vocabulary.
    pub vocabulary: Option<PathBuf>,
    /// Most bytes of memory; 2 GiB when `None`.
    pub memory: Option<u64>,
}

/// What is said of timelines that are written.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// Id of the shape.
    pub to: String,
    /// Name of the data set.
    pub name: String,
    /// Whether the people are synthetic, which every shape then says in its own way.
    pub synthetic: bool,
    /// When it was made, as ISO 8601; not told when empty.
    pub created: String,
    /// Which split each person is in.
    pub splits: Splits,
    /// What is known of the codes that will come.
    pub codes: CodeBook,
    /// Folder of the OMOP vocabulary.
    pub vocabulary: Option<PathBuf>,
    /// A mapping of the tables to write, for the shape `relational`.
    pub mapping: Option<PathBuf>,
    /// The mapping that events which were rows of this shape came by, as [`Source::mapping`] gives it.
    pub found: Option<String>,
    /// Whether to replace what is there.
    pub overwrite: bool,
    /// What this attempt is to write, in words that tell it from others, for a shape that can go on after it was stopped.
    pub attempt: Option<String>,
    /// Whether to go on with what an attempt of the same words left; begins anew where there is none.
    pub resume: bool,
}

/// Memory for sorting when nobody limits it.
const MEMORY: u64 = 2 << 30;

/// The shape of `path`, and why it is taken for that.
///
/// # Errors
/// [`TimelineError::Unknown`] when it is none that is known; the damage of a file without which that cannot be told.
pub fn recognise(path: &Path) -> Result<(&'static ShapePage, String), TimelineError> {
    for shape in SHAPES {
        if let Some(why) = (shape.recognise)(path)? {
            return Ok((shape, why));
        }
    }
    let names: Vec<&str> = SHAPES.iter().map(|shape| shape.id).collect();
    let why = format!("it is not one of {}", names.join(", "));
    Err(TimelineError::Unknown { path: path.display().to_string(), why })
}

/// The shape called `id`.
///
/// # Errors
/// [`TimelineError::NoShape`] with the nearest name.
pub fn shape(id: &str) -> Result<&'static ShapePage, TimelineError> {
    SHAPES.iter().find(|shape| shape.id == id).ok_or_else(|| TimelineError::NoShape {
        id: id.to_owned(),
        nearest: did_you_mean(id, SHAPES.iter().map(|shape| shape.id)).map(str::to_owned),
        known: SHAPES.iter().map(|shape| shape.id).collect(),
    })
}

/// Opens patient records of whatever shape.
///
/// # Errors
/// [`TimelineError`].
pub fn open(path: &Path, reading: &Reading, ctx: Context<'_>) -> Result<Box<dyn Source>, TimelineError> {
    if !path.exists() {
        return Err(verosim_data::io::ReadError::NotFound {
            path: path.display().to_string(),
            nearest: None,
        }
        .into());
    }
    let shape = match &reading.from {
        Some(id) => shape(id)?,
        None => recognise(path)?.0,
    };
    (shape.open)(path, reading, reading.memory.map_or(MEMORY, |memory| memory / 3), ctx)
}

/// Begins to write patient records to the folder `place`.
///
/// # Errors
/// [`TimelineError`].
pub fn begin(place: &Path, writing: &Writing) -> Result<Box<dyn Sink>, TimelineError> {
    (shape(&writing.to)?.begin)(place, writing)
}
