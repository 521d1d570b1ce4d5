//! How do the files of a model appear in its folder and come back from it, whatever was learned?

use super::ArtefactError;
use crate::error::EngineError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use verosim_data::io::{WriteError, sha256_bytes, write_bytes_atomically};

/// What a model is, in JSON.
const TEXT: &str = "model.json";

/// What is read first: only a known version is read further.
#[derive(Deserialize)]
struct Stamp {
    #[serde(default)]
    format_version: u64,
}

/// A model folder that is read.
pub(crate) struct ModelFolder(PathBuf);

impl ModelFolder {
    /// The model folder, or the one of the run folder, `folder`.
    pub(crate) fn of(folder: &Path) -> Self {
        let of_run = folder.join("model");
        let inside = !folder.join(TEXT).exists() && of_run.join(TEXT).exists();
        Self(if inside { of_run } else { folder.to_owned() })
    }

    /// Reads `model.json`, whose version must be `version`. The parser's own words may quote what stands there, so only our
    /// own checks are passed on.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub(crate) fn document<D: DeserializeOwned>(&self, version: u32) -> Result<D, ArtefactError> {
        let damaged = |error: serde_json::Error| {
            let text = error.to_string();
            let ours = text.find("the saved encoding is damaged").map(|at| text[at..].to_owned());
            let why = ours.unwrap_or_else(|| format!("line {}, column {}", error.line(), error.column()));
            ArtefactError::Damaged { file: TEXT, why }
        };
        let text = self.bytes(TEXT)?;
        let stamp: Stamp = serde_json::from_slice(&text).map_err(damaged)?;
        if stamp.format_version != u64::from(version) {
            return Err(ArtefactError::Version { found: stamp.format_version });
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Reads the file beside it, whose SHA-256 `model.json` tells.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub(crate) fn beside(&self, file: &'static str, sha256: &str) -> Result<Vec<u8>, ArtefactError> {
        let bytes = self.bytes(file)?;
        if sha256_bytes(&bytes) != sha256 {
            let why = "it is not the file that `model.json` names".into();
            return Err(ArtefactError::Damaged { file, why });
        }
        Ok(bytes)
    }

    fn bytes(&self, file: &'static str) -> Result<Vec<u8>, ArtefactError> {
        std::fs::read(self.0.join(file))
            .map_err(|_| ArtefactError::NotAModel { path: self.0.display().to_string(), file })
    }
}

/// Writes a model folder; `model.json` comes last, so a folder without it is no model.
///
/// # Errors
/// Those of the file system, and an existing model unless `overwrite`.
pub(crate) fn write_model(
    folder: &Path,
    overwrite: bool,
    beside: Option<(&str, &[u8])>,
    text: &[u8],
) -> Result<(), EngineError> {
    let io = |source| WriteError::io(folder, source);
    let text_file = folder.join(TEXT);
    if text_file.exists() {
        if !overwrite {
            return Err(WriteError::Exists { path: folder.display().to_string() }.into());
        }
        // From here to the end the folder holds no model rather than parts of two.
        std::fs::remove_file(&text_file).map_err(io)?;
    }
    std::fs::create_dir_all(folder).map_err(io)?;
    if let Some((name, bytes)) = beside {
        write_bytes_atomically(&folder.join(name), bytes, true)?;
    }
    Ok(write_bytes_atomically(&text_file, text, true)?)
}
