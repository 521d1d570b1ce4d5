//! Why could a file not be read or written?

use verosim_core::Hint;

/// Why a file could not be read. Names lines, columns and counts; never a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
}

impl Hint for ReadError {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Why a file could not be written. Nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system refused: disk full, read-only folder.
    #[error("cannot write `{path}`: {source}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
}

impl Hint for WriteError {
    fn hint(&self) -> Option<String> {
        None
    }
}
