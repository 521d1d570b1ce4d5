//! `profile`, `fit`, `inspect` and `sample` of patient timelines.

mod draw;

pub(super) use draw::sample;

use super::judge::verdict;
use super::recipe::{answers, judging, with_rules};
use crate::args::{
    Common, Demo, Evaluate, Fit, Profile, PromiseFlags, RuleFlags, Run, ShapeFlags, TableFlags,
};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use verosim_engine::data::io::write_bytes_atomically;
use verosim_engine::recipe::{Answers, Recipe, RecipeError};
use verosim_engine::run::Place;
use verosim_engine::timeline::{
    self, LivesFinished, LivesJudged, TimelineModel, demo_lives, for_records, judge_lives, refuse, run_lives,
    write_judgement,
};
use verosim_engine::timelines::shape::{Reading, open, recognise};
use verosim_engine::timelines::{Cohort, Source, Train};
use verosim_engine::{EngineError, Host};

/// What the flags say of the folder that is read.
pub(super) fn reading(flags: &ShapeFlags, common: &Common) -> Reading {
    Reading {
        from: flags.from.clone(),
        mapping: flags.mapping.clone(),
        vocabulary: flags.vocabulary.clone(),
        memory: common.memory_limit,
    }
}

/// Whether `path` is to be read as patient records: a folder, a file of FHIR, or what is said to be records.
pub(super) fn are_records(path: &Path, flags: &ShapeFlags) -> bool {
    path.is_dir() || path.is_file() && (flags.from.is_some() || recognise(path).is_ok())
}

/// Opens patient records and tells what they were taken for.
pub(super) fn opened(
    path: &Path,
    flags: &ShapeFlags,
    common: &Common,
    signals: &Signals,
) -> Result<Box<dyn Source>, EngineError> {
    let source = open(path, &reading(flags, common), signals.context())?;
    if !common.quiet {
        words::note(&format!("read as {}", source.about().shape));
    }
    Ok(source)
}

pub(super) fn profile(args: &Profile, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let source = opened(&args.path, &args.shape, common, signals)?;
    let profile = verosim_engine::timelines::profile(source.as_ref(), signals.context())?;
    let text = serde_json::to_string_pretty(&profile.json()).expect("a profile is always JSON");
    if let Some(out) = &args.output.out {
        write_bytes_atomically(out, text.as_bytes(), args.output.overwrite)?;
    }
    signals.finish();
    words::result(&if common.json { text } else { profile.text() });
    Ok(Exit::Ok)
}

pub(super) fn fit(
    args: &Fit,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let out = args.output.out.as_deref().unwrap_or(Path::new("verosim-model"));
    if !args.output.overwrite && out.join("model.json").exists() {
        return Err(verosim_engine::data::io::WriteError::Exists { path: out.display().to_string() }.into());
    }
    let refused = [("dry-run", args.dry_run)];
    let told = answers(&args.table, Some(&args.engine), None, None, &[], Some(&args.tell), None)?;
    let recipe = asked(told, &args.table, &args.rules, &refused, &args.path)?;
    promised(&args.promise, &args.path)?;
    // A misspelt engine is told before anything is read.
    timeline::configure(&recipe.engine, &recipe.settings, recipe.control)?;
    let source = opened(&args.path, &args.shape, common, signals)?;
    // Everybody is training data: nobody is held out.
    let train = Train::new(Cohort::all(source.as_ref()));
    let model = timeline::fit(train, &recipe, host, signals.context())?;
    model.save(out, args.output.overwrite)?;
    signals.finish();
    if !common.quiet {
        words::note(&format!(
            "learned {} people with {} events in {:.1} s; {}",
            model.about.people,
            model.about.events,
            signals.elapsed(),
            model.about.guarantee.sentence()
        ));
    }
    words::result(&if common.json { json!({ "model": out }).to_string() } else { out.display().to_string() });
    Ok(Exit::Ok)
}

pub(super) fn inspect(folder: &Path, common: &Common) -> Result<Exit, EngineError> {
    let model = TimelineModel::load(folder)?;
    let (about, stored) = (&model.about, model.fitted.stored());
    if common.json {
        let stored: Vec<_> = stored
            .iter()
            .map(
                |fact| json!({ "what": fact.what, "items": fact.items, "least_support": fact.least_support }),
            )
            .collect();
        let text =
            json!({ "engine": model.page.id, "modality": "timeline", "about": about, "stored": stored });
        words::result(&serde_json::to_string_pretty(&text).expect("a model's description is always JSON"));
        return Ok(Exit::Ok);
    }
    let mut text = format!(
        "engine      {}, of timelines\nmade by     {}\nlearned     {} people with {} events, seed {}\nshape       {}\nguarantee   {}\ncodes       {}\n\nWhat is stored about patients:\n",
        model.page.id,
        about.made_by,
        about.people,
        about.events,
        about.seed,
        about.shape,
        about.guarantee.sentence(),
        model.fitted.codes().len(),
    );
    for fact in &stored {
        let _ = writeln!(
            text,
            "  {} {}, each from at least {} people",
            fact.items, fact.what, fact.least_support
        );
    }
    words::result(&text);
    Ok(Exit::Ok)
}

pub(super) fn evaluate(
    args: &Evaluate,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let [synthetic] = args.synthetic.as_slice() else {
        let (key, found) = ("synthetic".into(), "given more than once".into());
        return Err(
            RecipeError::Value { key, found, wanted: "one folder of synthetic patients".into() }.into()
        );
    };
    let told = answers(&args.table, None, None, None, &args.target, None, None)?;
    let told = Answers { judge: judging(&args.judge)?.over(told.judge.clone()), ..told };
    let recipe = asked(told, &args.table, &args.rules, &[], &args.train)?;
    let folders = [&args.train, &args.holdout, synthetic];
    let mut sources = Vec::new();
    for folder in folders {
        sources.push(open(folder, &reading(&args.shape, common), signals.context())?);
    }
    let what = LivesJudged {
        title: synthetic.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        engine: args.engine.clone(),
        guarantee: "unknown: this data was not made here".into(),
        date: host.today.clone(),
        preset: recipe.judge.preset,
        own: recipe.rules,
        policy: recipe.judge.policy()?,
        seed: recipe.seed,
    };
    let cohorts = [0, 1, 2].map(|at| Cohort::all(sources[at].as_ref()));
    let mut card = judge_lives(cohorts, &what, signals.context())?;
    card.warnings.extend(sources.iter().flat_map(|source| source.about().notes.iter().cloned()));
    let out = args.output.out.as_deref().unwrap_or(Path::new("verosim-evaluation"));
    let page = write_judgement(out, &card, args.output.overwrite)?;
    signals.finish();
    Ok(verdict(&card, &page, common, args.gate))
}

pub(super) fn run(
    args: &Run,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let refused =
        [("dry-run", args.dry_run), ("curate", args.curate.is_some()), ("canaries", args.canaries.is_some())];
    let told = answers(
        &args.table,
        Some(&args.engine),
        args.num_rows,
        args.holdout.as_deref(),
        &args.target,
        Some(&args.tell),
        Some(&args.language),
    )?;
    let told = Answers {
        judge: judging(&args.judge)?.over(told.judge.clone()),
        to: args.to.clone().or(told.to.clone()),
        ..told
    };
    let recipe = asked(told, &args.table, &args.rules, &refused, &args.path)?;
    promised(&args.promise, &args.path)?;
    timeline::configure(&recipe.engine, &recipe.settings, recipe.control)?;
    let source = opened(&args.path, &args.shape, common, signals)?;
    let place = Place {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-run")),
        resume: args.resume,
        overwrite: args.output.overwrite,
    };
    let done = run_lives(source.as_ref(), &recipe, place, &args.path, host, signals.context())?;
    signals.finish();
    Ok(tell(&done, common, signals, args.gate))
}

/// The demo of timelines: the fictional clinic's patients with their whole histories.
pub(super) fn demo(
    args: &Demo,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let place = Place {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-demo")),
        resume: args.resume,
        overwrite: args.output.overwrite,
    };
    let done = demo_lives(args.num_rows as u64, args.seed, place, host, signals.context())?;
    signals.finish();
    Ok(tell(&done, common, signals, false))
}

/// The verdict, and where everything is.
fn tell(done: &LivesFinished, common: &Common, signals: &Signals, gate: bool) -> Exit {
    let exit = verdict(&done.card, &done.report, common, gate);
    if !common.json && !common.quiet {
        words::note(&format!(
            "synthetic patients: {} ({:.1} s)",
            done.synthetic.display(),
            signals.elapsed()
        ));
    }
    exit
}

/// The recipe of flags and file for patient records; what only tables have is refused, not ignored.
fn asked(
    told: Answers,
    table: &TableFlags,
    rules: &RuleFlags,
    refused: &[(&'static str, bool)],
    path: &Path,
) -> Result<Recipe, EngineError> {
    refuse(&[("metadata", table.metadata.is_some())], path)?;
    refuse(refused, path)?;
    with_rules(for_records(told, path)?, rules).map(|recipe| Recipe {
        // A file of rules stands beside the built-in ones.
        clinical: recipe.clinical || !recipe.rules.is_empty(),
        ..recipe
    })
}

/// No engine of timelines makes a formal promise.
fn promised(flags: &PromiseFlags, path: &Path) -> Result<(), EngineError> {
    let said = [
        ("epsilon", flags.epsilon.is_some()),
        ("delta", flags.delta.is_some()),
        ("insecure-seed", flags.insecure_seed.is_some()),
    ];
    refuse(&said, path)
}
