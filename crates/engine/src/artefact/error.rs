//! Why was a model folder refused?

use super::FORMAT_VERSION;
use verosim_core::Hint;
use verosim_models::LoadError;

/// Why a model folder was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtefactError {
    /// Not a model.
    #[error("`{path}` is not a model: it has no `{file}`")]
    NotAModel {
        /// Folder.
        path: String,
        /// What is not there.
        file: &'static str,
    },
    /// Of another time.
    #[error("the model has format version {found}; this build reads version {FORMAT_VERSION}")]
    Version {
        /// Version found.
        found: u64,
    },
    /// It does not read.
    #[error("`{file}` of the model is damaged: {why}")]
    Damaged {
        /// File.
        file: &'static str,
        /// Why.
        why: String,
    },
    /// Its parts do not fit together.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Hint for ArtefactError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotAModel { .. } => {
                "name the folder that `verosim fit -o FOLDER` made, or RUN/model".into()
            }
            Self::Version { .. } => "use the release that made the model, or fit it again".into(),
            Self::Damaged { .. } => "fit the model again, or restore it from a backup".into(),
            Self::Load(error) => return error.hint(),
        })
    }
}
