//! `evaluate` and `report`: how good is it, and how is that shown?

use super::recipe::{metadata, recipe};
use crate::args::{Common, Evaluate, RunFolder};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use std::path::Path;
use verosim_engine::core::Seeded;
use verosim_engine::cost::Meter;
use verosim_engine::data::io::{WriteError, write_bytes_atomically};
use verosim_engine::data::split::subjects_of;
use verosim_engine::data::{RawColumn, RawTable};
use verosim_engine::eval::card::{Card, Outcome};
use verosim_engine::eval::{JudgeSettings, render};
use verosim_engine::evaluate::{Bench, evaluate as judge};
use verosim_engine::load::{load, load_like};
use verosim_engine::{EngineError, Host, run};

pub(super) fn evaluate(
    args: &Evaluate,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let recipe = recipe(&args.recipe, None, None, &args.target)?;
    let metadata = metadata(&args.recipe)?;
    let out = args.output.out.as_deref().unwrap_or(Path::new("verosim-evaluation"));
    if !args.output.overwrite && out.join("metrics.json").exists() {
        return Err(WriteError::Exists { path: out.join("metrics.json").display().to_string() }.into());
    }
    let ctx = signals.context();
    let meter = Meter::start(host);
    let train = load(&args.train, &recipe, metadata.as_deref(), common.memory_limit, ctx)?;
    let (holdout_raw, holdout) = load_like(&args.holdout, &train.schema, recipe.delimiter, "holdout", ctx)?;
    let subject = train.schema.subject.as_deref();
    run::refuse_overlap(&train.raw, &holdout_raw, subject)?;
    // Identifiers and columns that are left out need not be in synthetic data.
    let mut schema = train.schema.clone();
    schema.columns.retain(|column| column.treatment == verosim_engine::core::schema::Treatment::Model);
    let (_, synthetic) = load_like(&args.synthetic, &schema, recipe.delimiter, "synthetic data", ctx)?;
    let people = |raw: &RawTable| -> Option<Vec<u32>> {
        raw.columns().iter().find(|c: &&RawColumn| Some(c.name.as_str()) == subject).map(subjects_of)
    };
    let (train_people, holdout_people) = (people(&train.raw), people(&holdout_raw));
    let bench = Bench {
        schema: &train.schema,
        train: &train.table,
        holdout: &holdout,
        synthetic: &synthetic,
        second: None,
        targets: &recipe.targets,
        train_subjects: train_people.as_deref(),
        holdout_subjects: holdout_people.as_deref(),
    };
    let settings = JudgeSettings {
        title: args.synthetic.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        engine: recipe_engine(args),
        guarantee: "unknown: this data was not made here".into(),
        date: host.today.clone(),
        only: Vec::new(),
        row_limit: run::JUDGE_ROWS,
    };
    let mut card = judge(&bench, &settings, Seeded::new(recipe.seed).split("judge"), ctx)?;
    card.costs = vec![meter.stop("evaluate")];
    card.warnings.extend(train.info.notes.iter().cloned());
    std::fs::create_dir_all(out)
        .map_err(|source| WriteError::Io { path: out.display().to_string(), source })?;
    write_bytes_atomically(&out.join("report.html"), render::html(&card).as_bytes(), true)?;
    write_bytes_atomically(&out.join("report.md"), render::markdown(&card).as_bytes(), true)?;
    write_bytes_atomically(&out.join("metrics.json"), render::json(&card).as_bytes(), true)?;
    signals.finish();
    Ok(verdict(&card, &out.join("report.html"), common, args.gate))
}

fn recipe_engine(args: &Evaluate) -> String {
    args.recipe.engine.clone().unwrap_or_else(|| "unknown".into())
}

pub(super) fn report(args: &RunFolder) -> Result<Exit, EngineError> {
    let card = run::read_card(&args.run)?;
    let folder = args.run.join("report");
    write_bytes_atomically(&folder.join("report.html"), render::html(&card).as_bytes(), true)?;
    write_bytes_atomically(&folder.join("report.md"), render::markdown(&card).as_bytes(), true)?;
    words::result(&folder.join("report.html").display().to_string());
    Ok(Exit::Ok)
}

/// Prints the verdict in words and where the report is.
pub(super) fn verdict(card: &Card, report: &Path, common: &Common, gate: bool) -> Exit {
    if common.json {
        words::result(&render::json(card));
    } else {
        for verdict in &card.verdicts {
            let mark = match verdict.outcome {
                Outcome::Pass => "PASS",
                Outcome::Warn => "WARN",
                Outcome::Fail => "FAIL",
                Outcome::NotAssessable => "  ? ",
            };
            words::result(&format!("{mark}  {:<10} {}", verdict.question, verdict.sentence));
        }
        words::result(&format!("report: {}", report.display()));
    }
    let failed = card.verdicts.iter().any(|verdict| verdict.outcome == Outcome::Fail);
    if gate && failed { Exit::Gate } else { Exit::Ok }
}
