//! How is FHIR R4 read and written?
//!
//! Bulk NDJSON (one resource on each line, a file for each type) and Bundles (one for each patient). A resource is one event;
//! a Patient is an event for each thing it tells, and so is each component of an Observation. Whatever else a resource says
//! travels as a residue in an extra column, so that FHIR read and written again is what it was.

mod attachment;
mod base;
mod coding;
mod decimal;
mod definition;
mod fields;
mod files;
mod form;
mod lines;
mod path;
mod profile;
mod patient;
mod read;
mod reading;
mod reference;
mod registry;
mod residue;
mod system;
mod types;
mod ucum;
mod validate;

pub use read::FhirSource;
pub use validate::{Breach, breaches};

/// What this shape is called.
pub const ID: &str = "fhir";
/// The extra column of residues.
pub const EXTRA: &str = "fhir";

/// How FHIR is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Bytes of events that are held in memory, about; more of them wait in a temporary folder.
    pub memory: u64,
    /// Bytes of the longest line, or of the longest document where a file is one.
    pub longest: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { memory: 2 << 30, longest: 512 << 20 }
    }
}
