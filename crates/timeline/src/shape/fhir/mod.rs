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
mod life;
mod lines;
mod path;
mod patient;
mod profile;
mod read;
mod reading;
mod reference;
mod registry;
mod residue;
mod system;
#[cfg(test)]
mod tests;
mod types;
mod ucum;
mod validate;
mod write;

pub use read::FhirSource;
pub use validate::{Breach, breaches};
pub use write::FhirSink;

use crate::CodeBook;

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

/// How resources are put into files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Package {
    /// `Patient.ndjson`, `Observation.ndjson`, …, and the manifest of a bulk export.
    #[default]
    Ndjson,
    /// A Bundle for each patient.
    Bundles,
}

/// How FHIR is written.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// How resources are put into files.
    pub package: Package,
    /// Whether files that are there may be written over.
    pub overwrite: bool,
    /// Whether nobody of this exists: every resource is tagged `HTEST`.
    pub synthetic: bool,
    /// Whether resources name the profile of US Core that they keep.
    pub us_core: bool,
    /// When the export was made, as an `instant`: `2024-03-20T09:30:00Z`.
    pub transaction_time: String,
    /// The address that files and resources are said to stand below.
    pub base_url: String,
    /// What codes are called, and where they are from: for events that were not read from FHIR.
    pub codes: CodeBook,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            package: Package::Ndjson,
            overwrite: false,
            synthetic: false,
            us_core: false,
            transaction_time: "1970-01-01T00:00:00Z".into(),
            // Reserved for examples by RFC 2606.
            base_url: "http://example.org/fhir".into(),
            codes: CodeBook::default(),
        }
    }
}

impl WriteOptions {
    fn bundles(&self) -> bool {
        self.package == Package::Bundles
    }
}
