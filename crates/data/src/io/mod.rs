//! How are tables read from and written to files, whatever their format?

mod atomic;
mod columnar;
mod delimited;
mod error;
mod extent;
mod format;
mod hash;
mod memory;
mod ndjson;
mod parts;
mod pieces;
mod sniff;
#[cfg(test)]
mod tests;

pub use atomic::write_bytes_atomically;
pub use error::{ReadError, WriteError};
pub use format::{FileFormat, ReadOptions, SourceInfo, TextSink, read, write, write_parts};
pub use hash::{sha256_bytes, sha256_file};
pub use parts::{Lines, Part, Parts, Ragged};
pub use pieces::TableWriter;
