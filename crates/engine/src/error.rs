//! What went wrong, whose matter is it, and what is the next step?

use crate::artefact::ArtefactError;
use crate::condition::ConditionError;
use crate::recipe::RecipeError;
use verosim_core::{FitError, Hint, Interrupted, SampleError, UnknownColumn};
use verosim_data::frame::ParseError;
use verosim_data::infer::metadata::MetadataError;
use verosim_data::io::{ReadError, WriteError};
use verosim_eval::JudgeError;
use verosim_models::ConfigError;

/// Whose matter a failure is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// How the program was called.
    Usage,
    /// What it was given.
    Data,
    /// Memory, time or disk.
    Resource,
    /// The person stopped it.
    Interrupted,
    /// The program itself.
    Internal,
}

/// Everything that can stop a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant only carries the error of its part")]
pub enum EngineError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Condition(#[from] ConditionError),
    #[error(transparent)]
    Column(#[from] UnknownColumn),
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("{role}: {source}")]
    Parse { role: &'static str, source: ParseError },
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A control engine was chosen without saying so.
    #[error("engine `{engine}` releases training data and is only a control")]
    ControlOnly {
        /// Engine id.
        engine: &'static str,
    },
    /// Training and holdout are not different people.
    #[error("the holdout overlaps the training data: {rows} of {of} rows and {subjects} persons are in both")]
    Overlap {
        /// Rows.
        rows: usize,
        /// Holdout rows.
        of: usize,
        /// Persons.
        subjects: usize,
    },
    /// Nothing is left to judge.
    #[error("no column is left to judge after identifiers and free text are set aside")]
    NothingToJudge,
    /// The run folder is there already.
    #[error("`{path}` exists already")]
    RunExists {
        /// Folder.
        path: String,
    },
    /// There is no run to resume, or another one.
    #[error("`{path}` cannot be resumed: {why}")]
    CannotResume {
        /// Folder.
        path: String,
        /// Why.
        why: String,
    },
    /// The prediction says that it will not fit.
    #[error("this needs about {} MiB and {} MiB may be used", needed >> 20, limit >> 20)]
    WillNotFit {
        /// Bytes predicted.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Hashes do not agree.
    #[error("`{path}` was changed after it was made: {}", changed.join(", "))]
    Tampered {
        /// Folder.
        path: String,
        /// Files or records that differ.
        changed: Vec<String>,
    },
    /// No engine, metric or topic of that name.
    #[error("there is nothing called `{id}` to explain")]
    NothingToExplain {
        /// As asked.
        id: String,
        /// Nearest name.
        nearest: Option<String>,
    },
}

impl EngineError {
    /// Whose matter it is.
    #[must_use]
    pub fn category(&self) -> Category {
        match self {
            Self::Recipe(_)
            | Self::Config(_)
            | Self::Condition(_)
            | Self::Column(_)
            | Self::ControlOnly { .. }
            | Self::RunExists { .. }
            | Self::CannotResume { .. }
            | Self::NothingToExplain { .. }
            | Self::Write(WriteError::Exists { .. })
            | Self::Read(ReadError::NotFound { .. } | ReadError::Folder { .. }) => Category::Usage,
            Self::WillNotFit { .. } | Self::Write(WriteError::DiskFull { .. }) => Category::Resource,
            Self::Read(ReadError::Interrupted(reason))
            | Self::Fit(FitError::Interrupted(reason))
            | Self::Sample(SampleError::Interrupted(reason))
            | Self::Judge(JudgeError::Interrupted(reason))
            | Self::Interrupted(reason) => match reason {
                Interrupted::Asked => Category::Interrupted,
                Interrupted::Memory | Interrupted::Time => Category::Resource,
            },
            Self::Read(error) if error.is_resource() => Category::Resource,
            Self::Write(_) => Category::Usage,
            Self::Metadata(_)
            | Self::Read(_)
            | Self::Parse { .. }
            | Self::Fit(_)
            | Self::Sample(_)
            | Self::Artefact(_)
            | Self::Judge(_)
            | Self::Overlap { .. }
            | Self::NothingToJudge
            | Self::Tampered { .. } => Category::Data,
        }
    }
}

impl Hint for EngineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Condition(error) => error.hint(),
            Self::Column(error) => error.hint(),
            Self::Metadata(error) => error.hint(),
            Self::Read(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::Parse { source, .. } => source.hint(),
            Self::Fit(error) => error.hint(),
            Self::Sample(error) => error.hint(),
            Self::Artefact(error) => error.hint(),
            Self::Judge(error) => error.hint(),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
            Self::ControlOnly { .. } => Some("say `--control` if that is what you want".into()),
            Self::Overlap { .. } => Some(
                "hold out other people: with repeated persons, name their column with `--subject`".into(),
            ),
            Self::NothingToJudge => Some("override a kind with `--kind COLUMN=nominal`".into()),
            Self::RunExists { .. } => {
                Some("`--resume` goes on with it, `--overwrite` starts anew, `--out` writes elsewhere".into())
            }
            Self::CannotResume { .. } => {
                Some("start anew with `--overwrite`, or write elsewhere with `--out`".into())
            }
            Self::WillNotFit { .. } => Some(
                "raise `--memory-limit`, bring fewer rows or columns, or use `--engine independent`".into(),
            ),
            Self::Tampered { .. } => Some("make the run again; do not rely on these files".into()),
            Self::NothingToExplain { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`verosim explain engines` and `verosim explain metrics` list what there is".into(),
            }),
        }
    }
}
