//! What does each exit code mean?

use std::process::ExitCode;
use verosim_engine::Category;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok = 0,
    /// A mistake of the program.
    Internal = 1,
    /// How the program was called.
    Usage = 2,
    /// What it was given.
    Data = 3,
    /// A gate of the verdict failed and `--gate` was asked for.
    Gate = 4,
    /// Memory, time or disk.
    Resource = 5,
    /// Stopped by a person; `--resume` goes on.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Category> for Exit {
    fn from(category: Category) -> Self {
        match category {
            Category::Usage => Self::Usage,
            Category::Data => Self::Data,
            Category::Resource => Self::Resource,
            Category::Interrupted => Self::Interrupted,
            Category::Internal => Self::Internal,
        }
    }
}
