//! How are curated rows written within a run, and what is told about those dropped?

use super::Run;
use crate::artefact::{Artefact, Learned};
use crate::curate::Curator;
use crate::error::EngineError;
use std::path::Path;
use verosim_data::Table;
use verosim_data::frame::format;
use verosim_data::io::{SourceInfo, write_bytes_atomically, write_parts};
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

    /// Writes the rows and the account; fewer rows than asked for stand under another name.
    pub(super) fn write_curated(
        &self,
        table: &Table,
        curated: &Curated,
        n: usize,
        file: &str,
        how: &SourceInfo,
        artefact: &Artefact,
    ) -> Result<(), EngineError> {
        let mut text = serde_json::to_vec_pretty(curated).expect("finite numbers and text are always JSON");
        text.push(b'\n');
        write_bytes_atomically(&self.folder.path.join(CURATED), &text, true)?;
        let mut raw = Some(format(table, artefact.codec.schema(), &self.source.types()));
        let is_short = table.n_rows() < n;
        let name = if is_short { file.replace("data.", "partial.") } else { file.to_owned() };
        let path = self.folder.path.join(name);
        write_parts::<EngineError>(&path, how, true, || Ok(raw.take()))?;
        if is_short {
            let (pool, kept) = (curated.pool, curated.kept);
            let file = path.display().to_string();
            return Err(EngineError::CuratedAway { asked: n, kept, dropped: pool - kept, pool, file });
        }
        Ok(())
    }
}

/// What curation dropped in a run, when there was any.
pub(super) fn read_curated(folder: &Path) -> Option<Curated> {
    serde_json::from_slice(&std::fs::read(folder.join(CURATED)).ok()?).ok()
}
