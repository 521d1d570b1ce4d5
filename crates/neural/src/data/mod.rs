//! What does a network read?

mod base;
mod chunk;
mod corpus;
mod sequences;

pub use base::Base;
pub(crate) use chunk::{Chunk, NOTHING};
pub use corpus::{Corpus, DataError, Step};
pub(crate) use corpus::{check, check_step};
pub use sequences::Sequences;
