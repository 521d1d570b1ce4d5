//! `profile`, `fit` and `inspect`: what is there, what is learned from it, and what a model holds.

use super::lives;
use super::recipe::{metadata, promising, recipe, text_of, with_rules};
use crate::args::{Common, Fit, ModelFolder, Profile};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use verosim_engine::canary::warning;
use verosim_engine::core::Seeded;
use verosim_engine::data::infer::{self, metadata::to_json};
use verosim_engine::data::io::write_bytes_atomically;
use verosim_engine::fit::{check, fit as learn};
use verosim_engine::instructions::instructions;
use verosim_engine::llm::preset::PromptEngine;
use verosim_engine::load::{declare, described, load};
use verosim_engine::plan::Plan;
use verosim_engine::portfolio::prompted;
use verosim_engine::recipe::{Holdout, Recipe};
use verosim_engine::timeline::is_timeline_model;
use verosim_engine::{Artefact, EngineError, Host};

pub(super) fn profile(args: &Profile, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    if lives::are_records(&args.path, &args.shape) {
        return lives::profile(args, common, signals);
    }
    let recipe = recipe(&args.table, None, None, None, &[], None, None)?;
    let metadata = metadata(&args.table)?;
    let source = load(&args.path, &recipe, metadata.as_deref(), common.memory_limit, signals.context())?;
    let profile = infer::Profile::new(&source.raw, &source.table, &source.schema);
    if let Some(out) = &args.output.out {
        let schema =
            if args.declare { declare(&source, 5, Seeded::new(recipe.seed)) } else { source.schema.clone() };
        write_bytes_atomically(out, to_json(&schema).as_bytes(), args.output.overwrite)?;
    }
    signals.finish();
    if !common.quiet {
        instructions(&source.table).iter().for_each(|warning| words::note(&format!("warning: {warning}")));
    }
    if common.json {
        words::result(&serde_json::to_string_pretty(&profile).expect("a profile is always JSON"));
        return Ok(Exit::Ok);
    }
    words::result(&profile.text());
    if !common.quiet {
        source.info.notes.iter().for_each(|note| words::note(&format!("note: {note}")));
        words::note(&match &args.output.out {
            Some(out) => format!("wrote {}", out.display()),
            None => "`-o metadata.json` writes this down for you to edit".into(),
        });
    }
    Ok(Exit::Ok)
}

pub(super) fn fit(
    args: &Fit,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    if lives::are_records(&args.path, &args.shape) {
        return lives::fit(args, common, host, signals);
    }
    // The whole file is training data: nobody is held out.
    let recipe = recipe(&args.table, Some(&args.engine), None, None, &[], Some(&args.tell), None)?;
    let recipe = Recipe { holdout: Holdout::Share(0.0), ..promising(recipe, &args.promise) };
    let recipe = with_rules(recipe, &args.rules)?;
    check(&recipe)?;
    let needs_no_rows = prompted(&recipe.engine).is_some_and(PromptEngine::needs_no_rows);
    let metadata = metadata(&args.table)?;
    let out = args.output.out.as_deref().unwrap_or(Path::new("verosim-model"));
    if !args.output.overwrite && out.join("model.json").exists() {
        return Err(verosim_engine::data::io::WriteError::Exists { path: out.display().to_string() }.into());
    }
    let is_description = args.path.extension().is_some_and(|extension| extension == "json");
    let source = if needs_no_rows && is_description {
        described(&text_of(&args.path)?, &recipe)?
    } else {
        load(&args.path, &recipe, metadata.as_deref(), common.memory_limit, signals.context())?
    };
    let plan = Plan::new(&recipe, &source, host.machine.threads)?;
    if args.dry_run {
        words::result(&if common.json { json!(plan).to_string() } else { plan.text() });
        return Ok(Exit::Ok);
    }
    plan.check(common.memory_limit)?;
    let artefact = learn(&source.train(), &source, &recipe, host, signals.context())?;
    artefact.save(out, args.output.overwrite)?;
    signals.finish();
    if common.verbose {
        artefact.codec.notes().iter().for_each(|note| words::note(&format!("note: {note}")));
    }
    if !common.quiet {
        words::note(&format!(
            "learned {} rows in {:.1} s; {}",
            artefact.about.n_rows,
            signals.elapsed(),
            artefact.about.guarantee.sentence()
        ));
    }
    words::result(&if common.json { json!({ "model": out }).to_string() } else { out.display().to_string() });
    Ok(Exit::Ok)
}

pub(super) fn inspect(args: &ModelFolder, common: &Common) -> Result<Exit, EngineError> {
    if is_timeline_model(&args.model) {
        return lives::inspect(&args.model, common);
    }
    let artefact = Artefact::load(&args.model)?;
    let stored = artefact.learned.stored();
    let about = &artefact.about;
    if common.json {
        let stored: Vec<_> = stored
            .iter()
            .map(
                |fact| json!({ "what": fact.what, "items": fact.items, "least_support": fact.least_support }),
            )
            .collect();
        let columns: Vec<&str> = artefact.codec.schema().columns.iter().map(|c| c.name.as_str()).collect();
        words::result(&serde_json::to_string_pretty(&json!({ "engine": artefact.learned.page().id, "about": about, "columns": columns, "stored": stored })).expect("a model's description is always JSON"));
        return Ok(Exit::Ok);
    }
    let mut text = format!(
        "engine      {}\nmade by     {}\nlearned     {} rows, seed {}\nguarantee   {}\ncolumns     {}\n\nWhat is stored about patients:\n",
        artefact.learned.page().id,
        about.made_by,
        about.n_rows,
        about.seed,
        about.guarantee.sentence(),
        artefact.codec.schema().columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
    );
    for fact in &stored {
        let _ = writeln!(
            text,
            "  {} {}, each from at least {} rows or draws",
            fact.items, fact.what, fact.least_support
        );
    }
    let tokens: usize = artefact.codec.domain().columns.iter().map(|column| column.tokens.len()).sum();
    let _ = writeln!(
        text,
        "  {tokens} kinds of missing, values and levels in the encoding, each of enough people"
    );
    for note in artefact.codec.notes() {
        let _ = writeln!(text, "  {note}");
    }
    for rule in about.rules.iter() {
        let _ = writeln!(text, "\nRule `{}`: {}", rule.text.id, rule.exactly());
    }
    if about.canaries > 0 {
        let _ = writeln!(text, "\nWarning: {}", warning(about.canaries));
    }
    words::result(&text);
    Ok(Exit::Ok)
}
