//! Why could timelines not be read or written?

use verosim_core::{Hint, Interrupted};
use verosim_data::io::{ReadError, WriteError};

/// Why timelines could not be read or written. Names files, tables, columns and counts; never a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimelineError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Nothing that is known.
    #[error("`{path}` is no shape of patient records that is known: {why}")]
    Unknown {
        /// Folder or file.
        path: String,
        /// What was looked for and not found.
        why: String,
    },
    /// No shape of that name.
    #[error("there is no shape `{id}`")]
    NoShape {
        /// As asked.
        id: String,
        /// Nearest name.
        nearest: Option<String>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// A known shape that lacks what it must have.
    #[error("`{path}` looks like {shape}, but {why}")]
    Broken {
        /// Folder or file.
        path: String,
        /// Shape.
        shape: &'static str,
        /// What is wrong.
        why: String,
        /// The next step.
        next: String,
    },
    /// The description of a shape is itself wrong.
    #[error("the mapping {name} is wrong: {why}")]
    Mapping {
        /// Which mapping.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody is in it.
    #[error("`{path}` holds no patient")]
    Nobody {
        /// Folder or file.
        path: String,
    },
    /// Somebody's folder.
    #[error("`{path}` holds more than patient records, and will not be replaced")]
    Foreign {
        /// Folder.
        path: String,
    },
    /// What was written does not keep the rules of its shape.
    #[error("what was written is no valid {shape}: {why}")]
    Invalid {
        /// Shape.
        shape: &'static str,
        /// The first breaches, by table and column.
        why: String,
    },
    /// The caller asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl TimelineError {
    /// A failed call of the operating system while reading `path`.
    #[must_use]
    pub fn reading(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Read(ReadError::Io { path: path.display().to_string(), source })
    }

    /// A failed call of the operating system while writing `path`.
    #[must_use]
    pub fn writing(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Write(WriteError::io(path, source))
    }
}

impl Hint for TimelineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::Unknown { .. } => {
                Some("name the folder that holds the tables; say which shape it is with `--from`".into())
            }
            Self::NoShape { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::NoShape { known, .. } => Some(format!("the shapes are {}", known.join(", "))),
            Self::Broken { next, .. } => Some(next.clone()),
            Self::Mapping { .. } => Some("see `verosim explain timelines` for what a mapping says".into()),
            Self::Foreign { .. } => Some("write to another folder, or remove that one yourself".into()),
            Self::Nobody { .. } => Some("check that the export finished".into()),
            Self::Invalid { .. } => Some("report this with the words above: it is a fault of verosim".into()),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
        }
    }
}
