//! What does a saved model consist of, before anybody writes it to disk?

use serde_json::Value;
use std::collections::BTreeMap;

/// A named block of numbers. Written as one safetensors tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// Unsigned 32-bit numbers.
    U32(Vec<u32>),
    /// Bytes.
    U8(Vec<u8>),
}

/// A fitted engine as data: a document and arrays, no code.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Saved {
    /// Everything small: settings, order, structure. JSON.
    pub document: Value,
    /// Everything large, by name.
    pub arrays: BTreeMap<String, Array>,
}

/// Why a saved model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The engine is not in this build.
    #[error("the model was made by engine `{id}`, which this build does not have")]
    UnknownEngine {
        /// Engine id in the file.
        id: String,
    },
    /// The document or an array is missing, too short or inconsistent.
    #[error("the model file is damaged: {what}")]
    Damaged {
        /// What does not fit.
        what: String,
    },
}

impl verosim_core::Hint for LoadError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownEngine { .. } => {
                "use the release that made the model; `verosim inspect` shows which".into()
            }
            Self::Damaged { .. } => "fit the model again, or restore the file from a backup".into(),
        })
    }
}
