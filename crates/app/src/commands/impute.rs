//! `impute`: a table with its missing cells filled, several times over.

use super::language::{confirmed, options};
use crate::args::{Common, Impute};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use std::path::Path;
use verosim_engine::impute::{Imputation, impute as fill};
use verosim_engine::language::partner;
use verosim_engine::portfolio::fillers;
use verosim_engine::recipe::{Answers, parse_delimiter, parse_disclosure};
use verosim_engine::{Artefact, EngineError, Recipe};

pub(super) fn impute(args: &Impute, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let artefact = Artefact::load(&args.model)?;
    let page = artefact.learned.page();
    if !artefact.learned.fills() {
        return Err(EngineError::CannotImpute { engine: page.id, who: fillers() });
    }
    let task = Imputation {
        table: &args.path,
        delimiter: args.delimiter.as_deref().map(parse_delimiter).transpose()?,
        draws: usize::from(args.draws),
        seed: args.seed,
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-imputed")),
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
    };
    let recipe = Recipe {
        disclose: args.disclose.as_deref().map(parse_disclosure).transpose()?,
        model: args.language.model.clone(),
        engine: page.id.to_owned(),
        ..Answers::default().resolve()
    };
    let mut language = options(&args.language)?;
    let account = confirmed(&mut language, |language| {
        // Engines that draw by themselves ask nobody.
        let partner = artefact.learned.prompted().map(|_| partner(&recipe, language)).transpose()?;
        fill(&artefact, &task, partner.as_ref(), language, signals.context())
    })?;
    signals.finish();
    if common.json {
        words::result(&serde_json::json!(account).to_string());
    } else {
        words::result(&task.out.display().to_string());
    }
    if !common.quiet {
        let asked = account.exchange.as_ref().map_or(String::new(), |asked| {
            format!(", from {} requests to {} ({})", asked.requests, asked.model, asked.host)
        });
        words::note(&format!(
            "{} tables of {} rows, {} missing cells filled in each{asked}",
            account.draws, account.rows, account.missing
        ));
        if account.not_filled > 0 {
            words::note(&format!(
                "note: {} missing cells are as they came; account.json says of which columns and why",
                account.not_filled
            ));
        }
    }
    Ok(Exit::Ok)
}
