//! How are tables read from and written to files, whatever their format?

mod error;
mod format;

pub use error::{ReadError, WriteError};
pub use format::{FileFormat, ReadOptions, SourceInfo, read, write};
