//! What is there once a model's files were read?

use super::vocabulary::Vocabulary;
use super::weights::Weights;
use std::path::Path;
use verosim_core::ModelError;

/// A model as its files describe it.
pub(super) struct Source {
    pub(super) weights: Weights,
    pub(super) vocabulary: Vocabulary,
    /// How conversations are written, in Jinja.
    pub(super) template: Option<String>,
    /// Most tokens of prompt and reply together.
    pub(super) context: usize,
}

impl Source {
    /// Reads a GGUF file, or a folder with safetensors.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        if path.is_dir() { super::folder::open(path) } else { super::gguf::open(path) }
    }
}

pub(super) fn unusable(why: impl Into<String>) -> ModelError {
    ModelError::Unusable { why: why.into() }
}
