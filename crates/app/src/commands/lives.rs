//! `profile`, `fit`, `inspect` and `sample` of patient timelines.

use super::judge::verdict;
use super::machine;
use super::recipe::text_of;
use crate::args::{Common, Demo, Evaluate, Fit, Profile, RuleFlags, Run, Sample, ShapeFlags};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use verosim_engine::core::{Preset, Seeded};
use verosim_engine::data::constrain::RuleText;
use verosim_engine::data::io::write_bytes_atomically;
use verosim_engine::recipe::{RecipeError, RuleFile, rules_from_toml};
use verosim_engine::timeline::{
    self, LifeAsk, LivesFinished, LivesJudged, LivesOptions, TimelineModel, TimelineRecipe, draw_lives,
    judge_lives, run_lives, write_judgement,
};
use verosim_engine::timelines::shape::{Reading, Writing, begin, open};
use verosim_engine::timelines::world::Clinic;
use verosim_engine::timelines::{Cohort, PersonCondition, Source, Train};
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

/// Opens a folder of patient records and tells what it was taken for.
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
    let recipe = TimelineRecipe {
        engine: args.engine.engine.clone().unwrap_or_else(|| timeline::DEFAULT.into()),
        settings: settings(&args.engine.settings)?,
        control: args.engine.control,
        seed: args.table.seed.unwrap_or(0),
    };
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

/// `KEY=VALUE`, as flags say it.
fn settings(flags: &[String]) -> Result<serde_json::Map<String, Value>, EngineError> {
    let mut settings = serde_json::Map::new();
    for flag in flags {
        let Some((key, value)) = flag.split_once('=') else {
            let (key, found, wanted) = ("set".into(), flag.clone(), "KEY=VALUE".into());
            return Err(RecipeError::Value { key, found, wanted }.into());
        };
        settings.insert(key.trim().to_owned(), Value::String(value.trim().to_owned()));
    }
    Ok(settings)
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

pub(super) fn sample(args: &Sample, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let model = TimelineModel::load(&args.model)?;
    let Some(place) = args.output.out.as_deref() else {
        return Err(value("out", "nothing", "the folder to write, with `-o FOLDER`"));
    };
    if args.balance.is_some() || args.augment.is_some() || args.weights.is_some() {
        return Err(value("balance", "given", "`--where`, for patient timelines"));
    }
    let condition = args.condition.as_deref().map(PersonCondition::parse).transpose()?;
    let (rules, own) = rules(&args.rules)?;
    let people = args.num_rows.map_or(model.about.people, |n| n as u64);
    let ask =
        LifeAsk { people, condition, rules, own, max_tries: args.max_tries.map_or(1_000, |n| n as u64) };
    let to = args.to.clone().unwrap_or_else(|| timeline::shape_or_meds(&model.about.shape));
    // Finished shards are those of this attempt only if all of this is equal.
    let words_of_it =
        format!("{} {} {people} {} {to} {rules}", env!("CARGO_PKG_VERSION"), model.fitted_hash(), args.seed);
    let can_resume = args.resume && ask.condition.is_none();
    let writing = Writing {
        to,
        name: model.about.name.clone(),
        synthetic: true,
        created: format!("{}T00:00:00", machine::today()),
        codes: model.code_book(),
        mapping: args.shape.mapping.clone(),
        vocabulary: args.shape.vocabulary.clone(),
        overwrite: args.output.overwrite,
        resume: can_resume.then_some(words_of_it),
        ..Writing::default()
    };
    let sink = begin(place, &writing)?;
    let seed = Seeded::new(args.seed).split("sample");
    let drawn = draw_lives(&model, &ask, sink, seed, signals.context())?;
    signals.finish();
    if common.json {
        let told = json!({ "people": drawn.written.people, "events": drawn.written.events, "drawn": drawn.tried, "out": place,
            "loss": drawn.written.loss.iter().collect::<Vec<_>>() });
        words::result(&told.to_string());
    } else if !common.quiet {
        words::note(&format!(
            "wrote {} people with {} events to {} in {:.1} s",
            drawn.written.people,
            drawn.written.events,
            place.display(),
            signals.elapsed()
        ));
        for finding in drawn.written.loss.iter() {
            words::note(&format!("note: {finding}"));
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn evaluate(
    args: &Evaluate,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let [synthetic] = args.synthetic.as_slice() else {
        return Err(value("synthetic", "given more than once", "one folder of synthetic patients"));
    };
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
        preset: preset(args.judge.preset.as_deref())?,
        seed: args.table.seed.unwrap_or(0),
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
    let recipe = TimelineRecipe {
        engine: args.engine.engine.clone().unwrap_or_else(|| timeline::DEFAULT.into()),
        settings: settings(&args.engine.settings)?,
        control: args.engine.control,
        seed: args.table.seed.unwrap_or(0),
    };
    timeline::configure(&recipe.engine, &recipe.settings, recipe.control)?;
    let (rules, own) = rules(&args.rules)?;
    let wanted = || value("holdout", args.holdout.as_deref().unwrap_or_default(), "a share between 0 and 1");
    let holdout: f64 = args.holdout.as_deref().unwrap_or("0.2").parse().map_err(|_| wanted())?;
    if !(holdout > 0.0 && holdout < 1.0) {
        return Err(wanted());
    }
    let source = opened(&args.path, &args.shape, common, signals)?;
    let options = LivesOptions {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-run")),
        overwrite: args.output.overwrite,
        to: args.to.clone(),
        people: args.num_rows.map(|n| n as u64),
        holdout,
        preset: preset(args.judge.preset.as_deref())?,
        rules,
        own,
        input: Some(&args.path),
    };
    let done = run_lives(source.as_ref(), &recipe, &options, host, signals.context())?;
    signals.finish();
    Ok(told(&done, common, signals, args.gate))
}

/// The demo of timelines: the fictional clinic's patients with their whole histories.
pub(super) fn demo(
    args: &Demo,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let clinic = Clinic::new(args.num_rows as u64, 10_000, Seeded::new(args.seed));
    let recipe =
        TimelineRecipe { engine: timeline::DEFAULT.into(), seed: args.seed, ..TimelineRecipe::default() };
    let options = LivesOptions {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-demo")),
        overwrite: args.output.overwrite,
        to: None,
        people: None,
        holdout: 0.3,
        preset: Preset::Standard,
        rules: true,
        own: Vec::new(),
        input: None,
    };
    let done = run_lives(&clinic, &recipe, &options, host, signals.context())?;
    signals.finish();
    Ok(told(&done, common, signals, false))
}

/// The verdict, and where everything is.
fn told(done: &LivesFinished, common: &Common, signals: &Signals, gate: bool) -> Exit {
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

fn preset(name: Option<&str>) -> Result<Preset, EngineError> {
    let Some(name) = name else { return Ok(Preset::Standard) };
    Preset::from_name(name).ok_or_else(|| value("preset", name, "quick, standard or release"))
}

/// Whether nobody has what cannot happen to them, and what a person says beside the built-in rules.
fn rules(flags: &RuleFlags) -> Result<(bool, Vec<RuleText>), EngineError> {
    match &flags.rules {
        None => Ok((true, Vec::new())),
        Some(name) if name.as_os_str() == "clinical" && !name.exists() => Ok((true, Vec::new())),
        Some(name) if name.as_os_str() == "none" && !name.exists() => Ok((false, Vec::new())),
        Some(path) => {
            let RuleFile { rules, .. } = rules_from_toml(path, &text_of(path)?)?;
            Ok((true, rules))
        }
    }
}

fn value(key: &str, found: &str, wanted: &str) -> EngineError {
    RecipeError::Value { key: key.into(), found: found.into(), wanted: wanted.into() }.into()
}
