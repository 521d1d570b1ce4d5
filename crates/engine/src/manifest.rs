//! What was done, from what, with what, in which order?

use crate::error::EngineError;
use crate::host::Machine;
use crate::recipe::Recipe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use verosim_data::io::{sha256_bytes, sha256_file, write_bytes_atomically};
use verosim_eval::card::Cost;

/// Version of the file's shape.
pub const MANIFEST_VERSION: u32 = 1;

/// The record of a run. Each finished stage is chained to the one before it by a hash, so that no record can be changed
/// without the change showing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// Release that made the run, and the versions of the formats in it.
    pub made_by: String,
    /// Versions of the formats in the folder.
    pub formats: BTreeMap<String, u32>,
    /// Day.
    pub date: String,
    /// Machine.
    pub machine: Machine,
    /// Settings, every answer given.
    pub recipe: Recipe,
    /// Keys of the random streams by stage, in hexadecimal; all follow from the recipe's seed.
    pub streams: BTreeMap<String, String>,
    /// Input files by role, with their SHA-256.
    pub inputs: BTreeMap<String, String>,
    /// Finished stages in order.
    pub stages: Vec<StageRecord>,
}

/// One finished stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// `profile`, `split`, `fit`, `sample`, `evaluate`, `report`.
    pub name: String,
    /// Files made, relative to the run folder, with their SHA-256.
    pub outputs: BTreeMap<String, String>,
    /// What the stage says about itself: the guarantee of a fitted engine.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub statement: Option<String>,
    /// What a language model was told in this stage, and where it ran.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent: Option<Sent>,
    /// What it took.
    pub cost: Cost,
    /// SHA-256 over the chain so far and everything above.
    pub chain: String,
}

/// What a language model was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Model.
    pub model: String,
    /// Host and port, or `this process`.
    pub host: String,
    /// The most that any prompt told about real people.
    pub class: String,
    /// Real rows in prompts, counted once for each prompt.
    pub real_rows: u64,
    /// Prompts.
    pub requests: u64,
}

impl Manifest {
    /// Reads the manifest of `folder`; `None` when there is none.
    ///
    /// # Errors
    /// [`EngineError::CannotResume`] when it does not read.
    pub fn read(folder: &Path) -> Result<Option<Self>, EngineError> {
        let Ok(text) = std::fs::read(folder.join("manifest.json")) else { return Ok(None) };
        let refuse = |why: String| EngineError::CannotResume { path: folder.display().to_string(), why };
        let stamp: Stamp = serde_json::from_slice(&text).map_err(|error| {
            refuse(format!("its manifest does not read (line {}, column {})", error.line(), error.column()))
        })?;
        if stamp.version != MANIFEST_VERSION {
            return Err(refuse(format!(
                "its manifest has version {}, this build reads {MANIFEST_VERSION}",
                stamp.version
            )));
        }
        let manifest = serde_json::from_slice(&text).map_err(|error| {
            refuse(format!("its manifest does not read (line {}, column {})", error.line(), error.column()))
        })?;
        Ok(Some(manifest))
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> Result<(), EngineError> {
        let mut text = serde_json::to_vec_pretty(self).expect("finite numbers and text are always JSON");
        text.push(b'\n');
        Ok(write_bytes_atomically(&folder.join("manifest.json"), &text, true)?)
    }

    /// Adds a finished stage whose files stand in `folder`.
    ///
    /// # Errors
    /// Those of reading the files back.
    pub fn finish(
        &mut self,
        folder: &Path,
        name: &str,
        files: &[&str],
        statement: Option<String>,
        sent: Option<Sent>,
        cost: Cost,
    ) -> Result<(), EngineError> {
        let mut outputs = BTreeMap::new();
        for file in files {
            outputs.insert((*file).to_owned(), sha256_file(&folder.join(file))?);
        }
        let mut record =
            StageRecord { name: name.to_owned(), outputs, statement, sent, cost, chain: String::new() };
        let before = self.stages.last().map_or_else(|| self.root(), |stage| stage.chain.clone());
        record.chain = link(&before, &record);
        self.stages.push(record);
        self.write(folder)
    }

    /// The record of a stage whose files are as they were, or `None`.
    #[must_use]
    pub fn finished(&self, folder: &Path, name: &str) -> Option<&StageRecord> {
        let record = self.stages.iter().find(|stage| stage.name == name)?;
        let whole = record
            .outputs
            .iter()
            .all(|(file, hash)| sha256_file(&folder.join(file)).is_ok_and(|h| h == *hash));
        whole.then_some(record)
    }

    /// Files and records that are not as they were made.
    #[must_use]
    pub fn changed(&self, folder: &Path) -> Vec<String> {
        let mut changed = Vec::new();
        let mut before = self.root();
        for stage in &self.stages {
            if link(&before, stage) != stage.chain {
                changed.push(format!("record of stage `{}`", stage.name));
            }
            before.clone_from(&stage.chain);
            for (file, hash) in &stage.outputs {
                if !sha256_file(&folder.join(file)).is_ok_and(|now| now == *hash) {
                    changed.push(file.clone());
                }
            }
        }
        changed
    }

    /// The chain begins with everything but the stages.
    fn root(&self) -> String {
        let head = Self { stages: Vec::new(), ..self.clone() };
        sha256_bytes(&serde_json::to_vec(&head).expect("finite numbers and text are always JSON"))
    }
}

/// What is read first: only a known version is read further.
#[derive(Deserialize)]
struct Stamp {
    #[serde(default)]
    version: u32,
}

fn link(before: &str, record: &StageRecord) -> String {
    let unlinked = StageRecord { chain: before.to_owned(), ..record.clone() };
    sha256_bytes(&serde_json::to_vec(&unlinked).expect("finite numbers and text are always JSON"))
}
