//! How is a fitted model kept on disk: `model.json` and `arrays.safetensors`, data only?

mod error;
mod learned;
mod place;
mod source_type;

pub use error::ArtefactError;
pub use learned::Learned;
pub(crate) use place::{ModelFolder, write_model};
pub(crate) use source_type::type_word;

use crate::auto::Choice;
use crate::error::EngineError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use source_type::type_from;
use std::path::Path;
use verosim_core::Guarantee;
use verosim_data::constrain::Rules;
use verosim_data::io::{FileFormat, SourceInfo, sha256_bytes};
use verosim_data::{Codec, SourceType};
use verosim_models::{Saved, pack, unpack};

/// Version of the folder's shape; others are refused.
pub const FORMAT_VERSION: u32 = 1;
/// The file of arrays.
const ARRAYS: &str = "arrays.safetensors";

/// A fitted model with everything that drawing needs.
pub struct Artefact {
    /// What was learned, and by whom.
    pub learned: Learned,
    /// Cells to tokens and back.
    pub codec: Codec,
    /// Where it came from.
    pub about: About,
}

/// Where a model came from and what it promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Release that made it.
    pub made_by: String,
    /// Seed of the fit.
    pub seed: u64,
    /// Training rows.
    pub n_rows: usize,
    /// Settings of the engine.
    pub settings: Map<String, Value>,
    /// The promise.
    pub guarantee: Guarantee,
    /// Format of the source: the default of output.
    pub format: String,
    /// Delimiter of the source.
    pub delimiter: char,
    /// How columns were typed in the source.
    pub types: Vec<(String, String)>,
    /// What no row that is drawn may be.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub rules: Rules,
    /// Canaries among the rows: such a model must not be released.
    #[serde(default, skip_serializing_if = "is_none")]
    pub canaries: usize,
    /// What was tried and why this engine was chosen, when nobody named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_none(n: &usize) -> bool {
    *n == 0
}

#[derive(Serialize, Deserialize)]
struct Document {
    format_version: u32,
    engine: String,
    about: About,
    codec: Codec,
    model: Value,
    /// SHA-256 of `arrays.safetensors`.
    arrays_sha256: String,
}

impl Artefact {
    /// Writes the folder; `model.json` comes last, so a folder without it is no model.
    ///
    /// # Errors
    /// Those of the file system, and an existing model unless `overwrite`.
    pub fn save(&self, folder: &Path, overwrite: bool) -> Result<(), EngineError> {
        let saved = self.learned.save();
        let arrays = pack(&saved.arrays);
        let document = Document {
            format_version: FORMAT_VERSION,
            engine: self.learned.page().id.to_owned(),
            about: self.about.clone(),
            codec: self.codec.clone(),
            model: saved.document,
            arrays_sha256: sha256_bytes(&arrays),
        };
        let text = serde_json::to_vec_pretty(&document).expect("finite numbers and text are always JSON");
        write_model(folder, overwrite, Some((ARRAYS, &arrays)), &text)
    }

    /// Reads a model folder, or the model of a run folder, trusting nothing in it.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub fn load(folder: &Path) -> Result<Self, EngineError> {
        let folder = ModelFolder::of(folder);
        let document: Document = folder.document(FORMAT_VERSION)?;
        let arrays = folder.beside(ARRAYS, &document.arrays_sha256)?;
        let broken = |why: String| ArtefactError::Damaged { file: ARRAYS, why };
        let saved = Saved { document: document.model, arrays: unpack(&arrays).map_err(broken)? };
        let learned = Learned::load(&document.engine, &saved, document.codec.domain())?;
        Ok(Self { learned, codec: document.codec, about: document.about })
    }

    /// How output is written unless its name says otherwise.
    #[must_use]
    pub fn source_info(&self) -> SourceInfo {
        let path = format!("x.{}", self.about.format);
        let format =
            FileFormat::from_extension(Path::new(&path)).map_or(FileFormat::Csv, |(format, _)| format);
        SourceInfo { delimiter: self.about.delimiter as u8, ..SourceInfo::of(format) }
    }

    /// How columns were typed in the source.
    #[must_use]
    pub fn types(&self) -> Vec<(String, SourceType)> {
        self.about.types.iter().map(|(name, kind)| (name.clone(), type_from(kind))).collect()
    }
}

#[cfg(test)]
mod tests;
