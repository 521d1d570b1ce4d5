//! How good is synthetic data that anybody made, given three files?

use crate::cost::Meter;
use crate::error::EngineError;
use crate::evaluate::{Bench, evaluate};
use crate::host::Host;
use crate::instructions::instructions;
use crate::load::{load, load_like};
use crate::obey::rules;
use crate::recipe::Recipe;
use crate::reconcile::with_known_levels;
use crate::run::{judge_rows, write_card};
use crate::split::{people, refuse_overlap};
use std::path::{Path, PathBuf};
use verosim_core::{Context, Seeded};
use verosim_data::io::WriteError;
use verosim_eval::{Card, JudgeSettings};

/// Three files in their roles, and where their card goes.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// What the generator learned from.
    pub train: &'a Path,
    /// Other people of the same population.
    pub holdout: &'a Path,
    /// What is judged: one or several tables of one generator.
    pub synthetic: &'a [PathBuf],
    /// Text of a metadata file whose answers win over inference.
    pub metadata: Option<&'a str>,
    /// Name of the generator; `unknown` when nobody says.
    pub engine: &'a str,
    /// Folder for the card and its pages.
    pub out: &'a Path,
    /// Replace a card that is there.
    pub overwrite: bool,
    /// Most bytes that a table may take.
    pub memory_limit: Option<u64>,
}

/// Judges files and writes the card and its pages; the page's path.
///
/// # Errors
/// [`EngineError::OtherColumns`], [`EngineError::Overlap`], and those of reading, judging and writing.
pub fn judge_files(
    trial: &Trial<'_>,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<(Card, PathBuf), EngineError> {
    let card_file = trial.out.join("metrics.json");
    if !trial.overwrite && card_file.exists() {
        return Err(WriteError::Exists { path: card_file.display().to_string() }.into());
    }
    let policy = recipe.judge.policy()?;
    let meter = Meter::start(host);
    let source = load(trial.train, recipe, trial.metadata, trial.memory_limit, ctx)?;
    let rules = rules(recipe, &source)?;
    let like = |path, role| load_like(path, &source.schema, recipe.delimiter, trial.memory_limit, role, ctx);
    let (holdout_raw, holdout) = like(trial.holdout, "the holdout")?;
    refuse_overlap(&source.raw, &holdout_raw, &source.schema)?;
    let named = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut tables = Vec::with_capacity(trial.synthetic.len());
    for path in trial.synthetic {
        let (_, table) = like(path, "the synthetic data")?;
        tables.push((named(path).unwrap_or_default(), with_known_levels(table, &source.table)));
    }
    let Some(((title, synthetic), further)) = tables.split_first() else {
        return Err(EngineError::NothingToJudge);
    };
    let (train_people, holdout_people) =
        (people(&source.raw, &source.schema), people(&holdout_raw, &source.schema));
    let bench = Bench {
        schema: &source.schema,
        train: &source.table,
        holdout: &holdout,
        synthetic,
        second: further.first().map(|(_, table)| table),
        further,
        rules: &rules,
        targets: &recipe.targets,
        train_subjects: train_people.as_deref(),
        holdout_subjects: holdout_people.as_deref(),
        shown: None,
        policy: policy.as_ref(),
        group_size: None,
        judging: &recipe.judge,
        concepts: &recipe.concepts,
    };
    let settings = JudgeSettings {
        title: title.clone(),
        engine: trial.engine.to_owned(),
        guarantee: "unknown: this data was not made here".into(),
        date: host.today.clone(),
        preset: recipe.judge.preset,
        only: Vec::new(),
        row_limit: judge_rows(recipe.judge.preset),
        references: Vec::new(),
        bare: false,
    };
    let mut card = evaluate(&bench, &settings, Seeded::new(recipe.seed).split("judge"), ctx)?;
    card.warnings.extend(source.info.notes.iter().cloned());
    card.warnings.extend(instructions(&source.table));
    card.costs = vec![meter.stop("evaluate")];
    let page = write_card(trial.out, &card)?;
    Ok((card, page))
}
