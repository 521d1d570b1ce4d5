//! How are rows written that were chosen among those drawn, and what is told about the rest?

use super::Run;
use super::curated::CURATED;
use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::obey::ruled_out;
use serde::Serialize;
use std::path::Path;
use verosim_data::Table;
use verosim_data::frame::format;
use verosim_data::io::{SourceInfo, write_bytes_atomically, write_parts};
use verosim_eval::card::{Curated, RuleCount, Ruled};
use verosim_llm::harvest::Shortfall;

/// What the rules refused.
const RULED: &str = "synthetic/rules.json";

/// Rows that were chosen, and what became of the others.
pub(super) struct Chosen<'a> {
    /// The rows.
    pub(super) table: &'a Table,
    /// Rows asked for.
    pub(super) asked: usize,
    /// What curation dropped.
    pub(super) curated: Option<Curated>,
    /// What rules refused.
    pub(super) ruled: Option<Ruled>,
    /// Whether rules are why there are too few.
    pub(super) is_ruled_out: bool,
    /// Why a language model brought too few.
    pub(super) shortfall: Option<Shortfall>,
}

impl Run<'_> {
    /// Writes the rows and the accounts: the files, relative to the run folder. Fewer rows than asked for stand under
    /// another name and are an error.
    pub(super) fn write_chosen(
        &self,
        chosen: Chosen<'_>,
        file: &str,
        how: &SourceInfo,
        artefact: &Artefact,
    ) -> Result<Vec<&'static str>, EngineError> {
        let mut files = Vec::new();
        if let Some(curated) = &chosen.curated {
            self.write_json(CURATED, curated)?;
            files.push(CURATED);
        }
        if let Some(ruled) = &chosen.ruled {
            self.write_json(RULED, ruled)?;
            files.push(RULED);
        }
        let mut raw = Some(format(chosen.table, artefact.codec.schema(), &artefact.types()));
        let is_short = chosen.table.n_rows() < chosen.asked;
        let name = if is_short { file.replace("data.", "partial.") } else { file.to_owned() };
        let path = self.folder.path.join(name);
        write_parts::<EngineError>(&path, how, true, || Ok(raw.take()))?;
        if is_short { Err(chosen.too_few(path.display().to_string())) } else { Ok(files) }
    }

    /// One of the accounts of the run.
    pub(super) fn write_json(&self, file: &str, value: &impl Serialize) -> Result<(), EngineError> {
        let mut text = serde_json::to_vec_pretty(value).expect("finite numbers and text are always JSON");
        text.push(b'\n');
        Ok(write_bytes_atomically(&self.folder.path.join(file), &text, true)?)
    }
}

impl Chosen<'_> {
    /// Why there are fewer rows than asked for.
    fn too_few(self, file: String) -> EngineError {
        let (asked, had) = (self.asked, self.table.n_rows());
        match (self.shortfall, self.curated) {
            (Some(shortfall), _) => {
                let shortfall = Shortfall { asked, accepted: had, ..shortfall };
                EngineError::Shortfall { shortfall, kept: Some(file) }
            }
            (None, Some(Curated { pool, kept, .. })) if !self.is_ruled_out => {
                EngineError::CuratedAway { asked, kept, dropped: pool - kept, pool, file }
            }
            _ => ruled_out(asked, had, &self.ruled.unwrap_or_default(), Some(file)),
        }
    }
}

/// What the rules refused in a run, when there were any.
pub(super) fn read_ruled(folder: &Path) -> Option<Ruled> {
    serde_json::from_slice(&std::fs::read(folder.join(RULED)).ok()?).ok()
}

/// A rule that real people break bends the rows that are left when it is enforced.
pub(super) fn warning(rule: &RuleCount) -> Option<String> {
    let real = rule.holdout?;
    (real.value > 0.0 && rule.refused.is_some()).then(|| {
        format!(
            "{:.1} of 1,000 real rows break rule `{}` and no synthetic row may: refusing bends what is left",
            real.value, rule.id
        )
    })
}
