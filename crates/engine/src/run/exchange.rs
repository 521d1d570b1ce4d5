//! How are rows asked of a language model within a run, so that no answer is ever paid for twice?

use super::Run;
use super::curated::CURATED;
use crate::artefact::Artefact;
use crate::cost::Meter;
use crate::error::EngineError;
use crate::language::{Partner, desk, exchange, rows};
use crate::manifest::Sent;
use std::path::Path;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::frame::format;
use verosim_data::io::{SourceInfo, write_bytes_atomically, write_parts};
use verosim_eval::card::Exchange;
use verosim_llm::accept::Tally;
use verosim_llm::backend::Recorder;
use verosim_llm::harvest::Shortfall;

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
        let mut shortfall = None;
        let mut account = Exchange::default();
        let mut gather = |n: usize, seed: Seeded| -> Result<Table, EngineError> {
            let had = rows(artefact, fitted, n, &mut desk, seed, self.ctx)?;
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
        self.write_account(&account)?;
        if let Some(shortfall) = shortfall {
            let raw = format(&table, artefact.codec.schema(), &artefact.types());
            let kept = file.replace("data.", "partial.");
            write_parts(&self.folder.path.join(&kept), how, true, once(raw))?;
            let kept = Some(self.folder.path.join(kept).display().to_string());
            let shortfall = Shortfall { asked: n, accepted: table.n_rows(), ..shortfall };
            return Err(EngineError::Shortfall { shortfall, kept });
        }
        let mut files = vec![file, FILES[0], FILES[1]];
        if let Some(curated) = curated {
            self.write_curated(&table, &curated, n, file, how, artefact)?;
            files.push(CURATED);
        } else {
            let raw = format(&table, artefact.codec.schema(), &artefact.types());
            write_parts(&self.folder.path.join(file), how, true, once(raw))?;
        }
        let sent = Sent {
            model: account.model.clone(),
            host: account.host.clone(),
            class: account.class.clone(),
            real_rows: account.real_rows_shown,
            requests: account.requests + account.failed,
        };
        self.folder.record("sample", &files, None, Some(sent), meter.stop("sample"))
    }

    fn write_account(&self, account: &Exchange) -> Result<(), EngineError> {
        let mut text = serde_json::to_vec_pretty(account).expect("finite numbers and text are always JSON");
        text.push(b'\n');
        Ok(write_bytes_atomically(&self.folder.path.join(FILES[1]), &text, true)?)
    }
}

/// One part and then none.
fn once(raw: verosim_data::RawTable) -> impl FnMut() -> Result<Option<verosim_data::RawTable>, EngineError> {
    let mut raw = Some(raw);
    move || Ok(raw.take())
}

/// The account of a run whose rows were asked of a language model.
pub(super) fn read_account(folder: &Path) -> Option<Exchange> {
    serde_json::from_slice(&std::fs::read(folder.join(FILES[1])).ok()?).ok()
}
