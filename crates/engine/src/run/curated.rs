//! How are curated rows written within a run, and what is told about those dropped?

use super::Run;
use crate::artefact::{Artefact, Learned};
use crate::curate::Curator;
use crate::error::EngineError;
use std::path::Path;
use verosim_data::Table;
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
        match Curator::learn(&self.modelled(artefact), self.recipe, by_default, seed, self.ctx)? {
            Ok(curator) => Ok(Ok(curator)),
            Err(note) => {
                self.notes.extend(note);
                Ok(Err(()))
            }
        }
    }

    /// The training rows without columns that are made anew or left out: they tell the judge nothing.
    fn modelled(&self, artefact: &Artefact) -> Table {
        use verosim_core::schema::Treatment;
        let schema = artefact.codec.schema();
        let is_modelled = |name: &str| {
            schema.columns.iter().any(|column| column.name == name && column.treatment == Treatment::Model)
        };
        let columns =
            self.split.train.columns().iter().filter(|column| is_modelled(&column.name)).cloned().collect();
        Table::new(columns).unwrap_or_default()
    }
}

/// What curation dropped in a run, when there was any.
pub(super) fn read_curated(folder: &Path) -> Option<Curated> {
    serde_json::from_slice(&std::fs::read(folder.join(CURATED)).ok()?).ok()
}
