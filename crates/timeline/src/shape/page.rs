//! What must help and `explain` tell about each shape?

use super::{Reading, Writing, meds};
use crate::{Sink, Source, TimelineError};
use std::path::Path;
use verosim_core::Context;

/// Tells why a folder is of the shape, or that it is not.
type Recognise = fn(&Path) -> Option<String>;
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
pub static SHAPES: &[ShapePage] = &[ShapePage {
    id: "meds",
    summary: "MEDS 0.4: Parquet shards of events, codes, splits, dataset.json",
    recognise: |path| meds::recognise(path).map(str::to_owned),
    open: |path, _, memory, ctx| Ok(Box::new(meds::Meds::open(path, memory, ctx)?)),
    begin: |place, writing| {
        let options = meds::MedsOptions {
            name: writing.name.clone(),
            synthetic: writing.synthetic,
            created: writing.created.clone(),
            splits: writing.splits.clone(),
            overwrite: writing.overwrite,
            resume: writing.resume.clone(),
        };
        Ok(Box::new(meds::MedsSink::begin(place, options)?))
    },
}];
