//! `run`, `demo` and `verify`: the whole way, and whether it is as it was made.

use super::judge::verdict;
use super::language::{confirmed, options};
use super::lives;
use super::recipe::{judged_by, metadata, promising, recipe, with_rules};
use crate::args::{Common, Demo, Run, RunFolder};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::path::Path;
use verosim_engine::data::Train;
use verosim_engine::demo;
use verosim_engine::fit::fit;
use verosim_engine::language::{LanguageOptions, partner};
use verosim_engine::load::load;
use verosim_engine::plan::Plan;
use verosim_engine::recipe::parse_curate;
use verosim_engine::run::{Finished, RunOptions, run as run_all};
use verosim_engine::{EngineError, Host, Recipe};

pub(super) fn run(
    args: &Run,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    if lives::are_records(&args.path, &args.shape) {
        return lives::run(args, common, host, signals);
    }
    let recipe = recipe(
        &args.table,
        Some(&args.engine),
        args.num_rows,
        args.holdout.as_deref(),
        &args.target,
        Some(&args.tell),
        Some(&args.language),
    )?;
    let curate = args.curate.as_deref().map(parse_curate).transpose()?.or(recipe.curate.clone());
    let canaries = args.canaries.or(recipe.canaries);
    let recipe = promising(Recipe { curate, canaries, ..recipe }, &args.promise);
    let recipe = judged_by(with_rules(recipe, &args.rules)?, &args.judge)?;
    let mut language = options(&args.language)?;
    let metadata = metadata(&args.table)?;
    if args.dry_run {
        let source = load(&args.path, &recipe, metadata.as_deref(), common.memory_limit, signals.context())?;
        let mut plan = Plan::new(&recipe, &source, host.machine.threads)?;
        if plan.questions.is_some() && recipe.model.is_some() {
            let partner = partner(&recipe, &LanguageOptions { yes: true, ..language.clone() })?;
            // A plan spends nothing: under a promise it is made without rows.
            let train = match recipe.epsilon {
                Some(_) => Train::new(source.table.take(&[]), None),
                None => source.train(),
            };
            let unpromised = Recipe { epsilon: None, delta: None, insecure_seed: None, ..recipe };
            let recipe = Recipe { disclose: Some(partner.disclosure), ..unpromised };
            let artefact = fit(&train, &source, &recipe, host, signals.context())?;
            plan = plan.with_questions(&artefact, &partner, &language);
        }
        signals.finish();
        words::result(&if common.json { json!(plan).to_string() } else { plan.text() });
        plan.check(common.memory_limit)?;
        return Ok(Exit::Ok);
    }
    let done = confirmed(&mut language, |language| {
        let options = RunOptions {
            out: args.output.out.as_deref().unwrap_or(Path::new("verosim-run")),
            metadata: metadata.as_deref(),
            resume: args.resume,
            overwrite: args.output.overwrite,
            memory_limit: common.memory_limit,
            language,
        };
        run_all(&args.path, &recipe, &options, host, signals.context())
    })?;
    signals.finish();
    Ok(tell(&done, "synthetic rows", common, signals, args.gate))
}

pub(super) fn demo(
    args: &Demo,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    if args.timelines {
        return lives::demo(args, common, host, signals);
    }
    let options = RunOptions {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-demo")),
        metadata: None,
        resume: args.resume,
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
        language: &LanguageOptions::default(),
    };
    let done = demo::demo(args.num_rows, args.seed, &options, host, signals.context())?;
    signals.finish();
    Ok(tell(&done, "synthetic patients of a clinic that does not exist", common, signals, false))
}

fn tell(done: &Finished, what: &str, common: &Common, signals: &Signals, gate: bool) -> Exit {
    if !common.quiet && !common.json {
        words::note(&format!(
            "{} {what} in {:.1} s: {}",
            done.card.about.n_synthetic,
            signals.elapsed(),
            done.synthetic.display()
        ));
    }
    if common.verbose && !common.json {
        done.card.warnings.iter().for_each(|warning| words::note(&format!("note: {warning}")));
    }
    verdict(&done.card, &done.report, common, gate)
}

pub(super) fn verify(args: &RunFolder, common: &Common) -> Result<Exit, EngineError> {
    let manifest = verosim_engine::verify::verify(&args.run)?;
    let files: usize = manifest.stages.iter().map(|stage| stage.outputs.len()).sum();
    if common.json {
        words::result(
            &json!({ "stages": manifest.stages.len(), "files": files, "made_by": manifest.made_by })
                .to_string(),
        );
    } else {
        let stages = manifest.stages.len();
        words::result(&format!("as it was made: {stages} stages, {files} files, {}", manifest.made_by));
    }
    Ok(Exit::Ok)
}
