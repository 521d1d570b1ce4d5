//! How is OMOP CDM 5.4 read and written?
//!
//! One row is one event. What an event has of its own (whose, when, what, how much, in which visit) fills the columns that
//! say so; every other cell travels beside it in extra columns, so that what came from OMOP goes back cell by cell. Eras are
//! derived anew, never carried.

mod beside;
mod cells;
mod code;
mod era;
mod facts;
mod folder;
mod ids;
mod known;
mod layout;
mod life;
mod out;
mod people;
mod read;
mod resolve;
mod rows;
mod sink;
pub mod spec;
mod stash;
mod tables;
#[cfg(test)]
mod tests;
mod validate;
mod vocabulary;
mod whole;

pub use read::{Omop, Reading, is_omop};
pub use sink::{Declared, OmopSink, Writing};
pub use validate::validate;
