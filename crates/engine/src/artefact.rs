//! How is a fitted model kept on disk: `model.json` and `arrays.safetensors`, data only?

use crate::error::EngineError;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use verosim_core::{Guarantee, Hint};
use verosim_data::io::{FileFormat, SourceInfo, sha256_bytes, write_bytes_atomically};
use verosim_data::{Codec, SourceType};
use verosim_models::{Array, DynFitted, Engine, LoadError, Saved, engine};

/// Version of the folder's shape; others are refused.
pub const FORMAT_VERSION: u32 = 1;

/// A fitted model with everything that drawing needs.
pub struct Artefact {
    /// The engine.
    pub engine: &'static dyn Engine,
    /// What was learned.
    pub fitted: Box<dyn DynFitted>,
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
}

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
        let io = |source| verosim_data::io::WriteError::Io { path: folder.display().to_string(), source };
        if !overwrite && folder.join("model.json").exists() {
            return Err(verosim_data::io::WriteError::Exists { path: folder.display().to_string() }.into());
        }
        std::fs::create_dir_all(folder).map_err(io)?;
        let saved = self.fitted.save();
        let arrays = pack(&saved.arrays);
        let document = Document {
            format_version: FORMAT_VERSION,
            engine: self.engine.page().id.to_owned(),
            about: self.about.clone(),
            codec: self.codec.clone(),
            model: saved.document,
            arrays_sha256: sha256_bytes(&arrays),
        };
        let text = serde_json::to_vec_pretty(&document).expect("finite numbers and text are always JSON");
        write_bytes_atomically(&folder.join("arrays.safetensors"), &arrays, true)?;
        write_bytes_atomically(&folder.join("model.json"), &text, true)?;
        Ok(())
    }

    /// Reads a folder back, trusting nothing in it.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub fn load(folder: &Path) -> Result<Self, EngineError> {
        let damaged = |file: &'static str, why: String| ArtefactError::Damaged { file, why };
        let bytes = |file: &'static str| {
            std::fs::read(folder.join(file))
                .map_err(|_| ArtefactError::NotAModel { path: folder.display().to_string(), file })
        };
        let text = bytes("model.json")?;
        let value: Value =
            serde_json::from_slice(&text).map_err(|error| damaged("model.json", error.to_string()))?;
        let version = value.get("format_version").and_then(Value::as_u64).unwrap_or(0);
        if version != u64::from(FORMAT_VERSION) {
            return Err(ArtefactError::Version { found: version }.into());
        }
        // Read from the text and not from the value: NaN ranks are written as null and come back so either way.
        let document: Document =
            serde_json::from_slice(&text).map_err(|error| damaged("model.json", error.to_string()))?;
        let arrays = bytes("arrays.safetensors")?;
        if sha256_bytes(&arrays) != document.arrays_sha256 {
            return Err(
                damaged("arrays.safetensors", "it is not the file that `model.json` names".into()).into()
            );
        }
        let engine = engine(&document.engine)
            .map_err(|_| ArtefactError::Load(LoadError::UnknownEngine { id: document.engine.clone() }))?;
        let saved = Saved {
            document: document.model,
            arrays: unpack(&arrays).map_err(|why| damaged("arrays.safetensors", why))?,
        };
        let fitted = engine.load(&saved, Arc::clone(document.codec.domain())).map_err(ArtefactError::Load)?;
        Ok(Self { engine, fitted, codec: document.codec, about: document.about })
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

/// The word for a source type in model files.
#[must_use]
pub fn type_word(source: SourceType) -> &'static str {
    match source {
        SourceType::Text => "text",
        SourceType::Integer => "integer",
        SourceType::Float => "float",
        SourceType::Boolean => "boolean",
        SourceType::Date => "date",
        SourceType::Timestamp => "timestamp",
    }
}

fn type_from(word: &str) -> SourceType {
    [SourceType::Integer, SourceType::Float, SourceType::Boolean, SourceType::Date, SourceType::Timestamp]
        .into_iter()
        .find(|source| type_word(*source) == word)
        .unwrap_or_default()
}

fn pack(arrays: &BTreeMap<String, Array>) -> Vec<u8> {
    let bytes: Vec<(&String, Dtype, usize, Vec<u8>)> = arrays
        .iter()
        .map(|(name, array)| match array {
            Array::F32(values) => {
                (name, Dtype::F32, values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            Array::U32(values) => {
                (name, Dtype::U32, values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            Array::U8(values) => (name, Dtype::U8, values.len(), values.clone()),
        })
        .collect();
    let views = bytes.iter().map(|(name, kind, n, bytes)| {
        (
            name.as_str(),
            TensorView::new(*kind, vec![*n], bytes).expect("as many bytes as the type and length need"),
        )
    });
    serialize(views, None).expect("names are unique and views are whole")
}

fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Array>, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    tensors
        .tensors()
        .into_iter()
        .map(|(name, tensor)| {
            let words = || tensor.data().chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
            let array = match tensor.dtype() {
                Dtype::F32 => Array::F32(words().map(f32::from_le_bytes).collect()),
                Dtype::U32 => Array::U32(words().map(u32::from_le_bytes).collect()),
                Dtype::U8 => Array::U8(tensor.data().to_vec()),
                other => return Err(format!("array `{name}` has the type {other:?}")),
            };
            Ok((name, array))
        })
        .collect()
}
