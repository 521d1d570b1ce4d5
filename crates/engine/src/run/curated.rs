//! How are curated rows written within a run, and what is told about those dropped?

use super::Run;
use crate::artefact::{Artefact, Learned};
use crate::curate::{Curator, modelled};
use crate::error::EngineError;
use std::path::Path;
use verosim_eval::card::Curated;

/// What curation dropped.
pub(super) const CURATED: &str = "synthetic/curation.json";

impl Run<'_> {
    /// The judge of this run's rows; `Err(())` when rows are not curated.
    pub(super) fn curator(&mut self, artefact: &Artefact) -> Result<Result<Curator, ()>, EngineError> {
        let by_default = match &artefact.learned {
            Learned::Drawn { .. } => false,
            Learned::Prompted { engine, .. } => engine.is_curated(),
        };
        let seed = self.seed.split("curate");
        match Curator::learn(&modelled(&self.split.train, artefact), self.recipe, by_default, seed, self.ctx)?
        {
            Ok(curator) => Ok(Ok(curator)),
            Err(note) => {
                self.notes.extend(note);
                Ok(Err(()))
            }
        }
    }
}

/// What curation dropped in a run, when there was any.
pub(super) fn read_curated(folder: &Path) -> Option<Curated> {
    serde_json::from_slice(&std::fs::read(folder.join(CURATED)).ok()?).ok()
}
