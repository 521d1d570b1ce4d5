//! How are rows asked of a language model within a run, so that no answer is ever paid for twice?

use super::Run;
use super::ruled::Chosen;
use crate::artefact::Artefact;
use crate::cost::Meter;
use crate::error::EngineError;
use crate::language::{Partner, desk, exchange, rows};
use crate::manifest::Sent;
use crate::obey::Obedience;
use std::path::Path;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::io::SourceInfo;
use verosim_eval::card::Exchange;
use verosim_llm::accept::Tally;
use verosim_llm::backend::Recorder;

/// All questions and answers, and what they took.
const FILES: [&str; 2] = ["exchange/transcript.jsonl", "exchange/account.json"];

impl Run<'_> {
    /// Asks for `n` rows and writes them to `file`. Answers are written down as they come; a run that was stopped asks
    /// only what was not answered.
    pub(super) fn ask(
        &mut self,
        artefact: &Artefact,
        n: usize,
        file: &str,
        how: &SourceInfo,
    ) -> Result<(), EngineError> {
        if self.folder.is_finished("sample") {
            return Ok(());
        }
        let no_model = || EngineError::NoModel { engine: self.recipe.engine.clone() };
        let fitted = artefact.learned.prompted().ok_or_else(no_model)?;
        let Partner { model, disclosure } = self.partner.take().ok_or_else(no_model)?;
        let meter = Meter::start(self.host);
        let curator = self.curator(artefact)?;
        let transcript = self.folder.path.join(FILES[0]);
        let model = Recorder::open(model, disclosure, &transcript)?;
        let partner = Partner { model: Box::new(model), disclosure };
        let mut desk = desk(&partner, self.language);
        let seed = self.seed.split("sample");
        let mut tally = Tally::default();
        let mut obedience = Obedience::new(&artefact.about.rules);
        let mut shortfall = None;
        let mut account = Exchange::default();
        let mut gather = |n: usize, seed: Seeded| -> Result<Table, EngineError> {
            let had = rows(artefact, fitted, n, &mut desk, &mut obedience, seed, self.ctx)?;
            tally.add(&had.tally);
            account = exchange(desk.spent(), &tally, had.prior.as_ref());
            shortfall = had.shortfall;
            Ok(had.table)
        };
        let (table, curated) = match &curator {
            Ok(curator) => {
                let (table, curated) = curator.fill(n, &artefact.codec, seed, |rows, round| {
                    let table = gather(rows, seed.split_at(round))?;
                    let whole = table.n_rows() == rows;
                    Ok((table, whole))
                })?;
                (table, Some(curated))
            }
            Err(()) => (gather(n, seed)?, None),
        };
        self.write_json(FILES[1], &account)?;
        let chosen = Chosen {
            table: &table,
            asked: n,
            curated,
            ruled: obedience.account_with(&tally),
            is_ruled_out: obedience.shortfall().is_some(),
            shortfall,
        };
        let accounts = self.write_chosen(chosen, file, how, artefact)?;
        let files: Vec<&str> = [file, FILES[0], FILES[1]].into_iter().chain(accounts).collect();
        let sent = Sent {
            model: account.model.clone(),
            host: account.host.clone(),
            class: account.class.clone(),
            real_rows: account.real_rows_shown,
            requests: account.requests + account.failed,
        };
        self.folder.record("sample", &files, None, Some(sent), meter.stop("sample"))
    }
}

/// The account of a run whose rows were asked of a language model.
pub(super) fn read_account(folder: &Path) -> Option<Exchange> {
    serde_json::from_slice(&std::fs::read(folder.join(FILES[1])).ok()?).ok()
}
