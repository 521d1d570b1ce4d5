//! Where do events wait that do not fit in memory, and how do they come back person by person?
//!
//! Hospitals keep one table per kind of event, in any order of patients. A [`Sorter`] takes events in that order, and gives
//! them back in shards that hold whole people: in memory while they fit, else by way of a temporary folder.

mod sorter;
mod spill;

pub use sorter::{Shards, Sorter};
