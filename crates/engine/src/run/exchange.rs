//! How are rows asked of a language model within a run, so that no answer is ever paid for twice?

use super::Run;
use crate::artefact::Artefact;
use crate::cost::Meter;
use crate::error::EngineError;
use crate::language::{Partner, Rows, desk, rows};
use crate::manifest::Sent;
use std::path::Path;
use verosim_core::ModelError;
use verosim_data::frame::format;
use verosim_data::io::{SourceInfo, write_bytes_atomically, write_parts};
use verosim_eval::card::Exchange;
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
        let transcript = self.folder.path.join(FILES[0]);
        let model = Recorder::open(model, disclosure, &transcript)?;
        let partner = Partner { model: Box::new(model), disclosure };
        let mut desk = desk(&partner, self.language);
        let had = rows(artefact, fitted, n, &mut desk, self.seed.split("sample"), self.ctx)?;
        self.write_account(&had.account)?;
        let types = self.source.types();
        let raw = format(&had.table, artefact.codec.schema(), &types);
        if let Some(shortfall) = had.shortfall {
            if matches!(shortfall.why, verosim_llm::harvest::Why::Model(ModelError::Interrupted(_))) {
                self.ctx.stop.check()?;
            }
            let kept = file.replace("data.", "partial.");
            write_parts(&self.folder.path.join(&kept), how, true, once(raw))?;
            let kept = Some(self.folder.path.join(kept).display().to_string());
            return Err(EngineError::Shortfall { shortfall, kept });
        }
        write_parts(&self.folder.path.join(file), how, true, once(raw))?;
        let Rows { account, .. } = had;
        let sent = Sent {
            model: account.model.clone(),
            host: account.host.clone(),
            class: account.class.clone(),
            real_rows: account.real_rows_shown,
            requests: account.requests + account.failed,
        };
        let files = [file, FILES[0], FILES[1]];
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
