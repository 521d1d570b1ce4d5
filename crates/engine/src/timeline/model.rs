//! How is what was learned from timelines kept on disk: `model.json` and `weights.safetensors`, data only?

use super::portfolio::kind;
use crate::artefact::{ArtefactError, ModelFolder, write_model};
use crate::error::EngineError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;
use verosim_core::{EnginePage, Guarantee};
use verosim_data::io::sha256_bytes;
use verosim_models::LoadError;
use verosim_timeline::{CodeBook, FittedTimelines, Saved};

/// Version of the folder's shape; others are refused.
pub(super) const FORMAT_VERSION: u32 = 1;
/// The file of weights.
const WEIGHTS: &str = "weights.safetensors";
/// What `modality` says of models of timelines; models of tables say nothing.
const MODALITY: &str = "timeline";

/// A fitted model with everything that drawing needs.
pub struct TimelineModel {
    /// The engine's page.
    pub page: &'static EnginePage,
    /// What was learned.
    pub fitted: Box<dyn FittedTimelines>,
    /// Where it came from.
    pub about: TimelineAbout,
}

/// Where a model of timelines came from and what it promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineAbout {
    /// Release that made it.
    pub made_by: String,
    /// Seed of the fit.
    pub seed: u64,
    /// People learned from.
    pub people: u64,
    /// Events learned from.
    pub events: u64,
    /// Settings of the engine.
    pub settings: Map<String, Value>,
    /// The promise.
    pub guarantee: Guarantee,
    /// Shape of the source: the default of output.
    pub shape: String,
    /// Name of the data set.
    pub name: String,
    /// Codes in words, of those that may be drawn.
    pub codes: Vec<(String, String)>,
    /// The mapping of the tables learned from, as they were found (TOML): names of tables and columns, no cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
}

/// What tells models of timelines from those of tables.
#[derive(Deserialize)]
struct Stamp {
    #[serde(default)]
    modality: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format_version: u32,
    modality: String,
    engine: String,
    about: TimelineAbout,
    model: Value,
    /// SHA-256 of `weights.safetensors`; empty when there are none.
    weights_sha256: String,
}

/// Whether the model folder, or run folder, `folder` holds a model of timelines.
#[must_use]
pub fn is_timeline_model(folder: &Path) -> bool {
    [folder.join("model.json"), folder.join("model/model.json")]
        .iter()
        .find_map(|path| std::fs::read(path).ok())
        .and_then(|text| serde_json::from_slice::<Stamp>(&text).ok())
        .is_some_and(|stamp| stamp.modality == MODALITY)
}

impl TimelineModel {
    /// Writes the folder; `model.json` comes last, so a folder without it is no model.
    ///
    /// # Errors
    /// Those of the file system, and an existing model unless `overwrite`.
    pub fn save(&self, folder: &Path, overwrite: bool) -> Result<(), EngineError> {
        let Saved { state, weights } = self.fitted.save();
        let document = Document {
            format_version: FORMAT_VERSION,
            modality: MODALITY.into(),
            engine: self.page.id.to_owned(),
            about: self.about.clone(),
            model: state,
            weights_sha256: if weights.is_empty() { String::new() } else { sha256_bytes(&weights) },
        };
        let text = serde_json::to_vec(&document).expect("finite numbers and text are always JSON");
        write_model(folder, overwrite, (!weights.is_empty()).then_some((WEIGHTS, &weights)), &text)
    }

    /// Reads a model folder, or the model of a run folder, trusting nothing in it.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub fn load(folder: &Path) -> Result<Self, EngineError> {
        let folder = ModelFolder::of(folder);
        let document: Document = folder.document(FORMAT_VERSION)?;
        let sha256 = &document.weights_sha256;
        let weights = if sha256.is_empty() { Vec::new() } else { folder.beside(WEIGHTS, sha256)? };
        let kind =
            kind(&document.engine).map_err(|_| LoadError::UnknownEngine { id: document.engine.clone() });
        let kind = kind.map_err(ArtefactError::Load)?;
        let fitted = kind
            .load(Saved { state: document.model, weights })
            .map_err(|what| ArtefactError::Load(LoadError::Damaged { what }))?;
        Ok(Self { page: kind.page(), fitted, about: document.about })
    }

    /// A hash of all that was learned.
    #[must_use]
    pub fn fitted_hash(&self) -> String {
        let Saved { state, weights } = self.fitted.save();
        let text = serde_json::to_vec(&state).unwrap_or_default();
        sha256_bytes(&[text, weights].concat())
    }

    /// The shape to write when nobody says: that of the source where what is drawn fits it without more, else MEDS.
    #[must_use]
    pub fn shape(&self) -> String {
        match self.about.shape.as_str() {
            "omop" | "fhir" | "synthea" | "mimic-iv" | "mimic-iii" => self.about.shape.clone(),
            // Rows of tables that were found go back into them.
            "relational" if self.page.id == "relational" && self.about.mapping.is_some() => {
                "relational".into()
            }
            _ => "meds".into(),
        }
    }

    /// The codes in words.
    #[must_use]
    pub fn code_book(&self) -> CodeBook {
        let mut book = CodeBook::default();
        self.about.codes.iter().for_each(|(code, words)| book.note(code, words));
        book
    }
}
