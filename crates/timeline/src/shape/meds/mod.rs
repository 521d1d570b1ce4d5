//! How is a MEDS 0.4 data set read and written?
//!
//! `data/**/*.parquet` with `subject_id`, `time`, `code`, `numeric_value`, `text_value` and extra columns;
//! `metadata/codes.parquet`, `metadata/subject_splits.parquet`, `metadata/dataset.json`. Source: the schema of the `meds`
//! package, version 0.4.1.
//!
//! What our events have beyond MEDS travels in extra columns: `end_time`, the visit under its own name (`visit_id` where it
//! has none), `source_table`.

mod array;
mod files;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Meds, recognise};
pub use write::{MedsOptions, MedsSink};

/// Version of the standard that is written.
const VERSION: &str = "0.4.1";
/// File of the mapping of the tables that the events were rows of: not of the standard, which allows other files.
const MAPPING: &str = "metadata/mapping.toml";
/// Extra column of when an event ended.
const END: &str = "end_time";
/// Extra column of the visit, where the source does not name it otherwise.
const VISIT: &str = "visit_id";
/// Extra column of the table that an event was a row of.
const SOURCE: &str = "source_table";
