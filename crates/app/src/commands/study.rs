//! `study` and `bench`: many fits, one page.

use super::language::{confirmed, options};
use super::recipe::{metadata, promising, recipe, with_rules};
use crate::args::study::{Bench, Efficiency, Equity, ManyFits, StudyOf};
use crate::args::{Common, EngineFlags};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::{Value, json};
use std::path::Path;
use verosim_engine::recipe::Judging;
use verosim_engine::study::{self, Dataset, Peer, StudyOptions};
use verosim_engine::{EngineError, Host, Recipe};

pub(super) fn study(
    what: &StudyOf,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    match what {
        StudyOf::Efficiency(args) => efficiency(args, common, host, signals),
        StudyOf::Equity(args) => equity(args, common, host, signals),
    }
}

fn efficiency(
    args: &Efficiency,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let recipe = recipe_of(&args.fits, args.num_rows, args.holdout.as_deref())?;
    let (found, page) = with_options(&args.fits, "verosim-study", common, |options| {
        study::efficiency(&args.path, &args.sizes, &recipe, options, host, signals.context())
    })?;
    tell(&json!(found), &found.advice, &page, common, signals);
    Ok(Exit::Ok)
}

fn equity(args: &Equity, common: &Common, host: &Host<'_>, signals: &Signals) -> Result<Exit, EngineError> {
    let recipe = recipe_of(&args.fits, args.num_rows, Some(&args.holdout))?;
    let own = Judging { groups: args.group.clone(), ..Judging::default() };
    let recipe = Recipe { judge: own.over(recipe.judge.clone()), ..recipe };
    let (found, page) = with_options(&args.fits, "verosim-study", common, |options| {
        study::equity(&args.path, &recipe, options, host, signals.context())
    })?;
    tell(&json!(found), &found.advice, &page, common, signals);
    Ok(Exit::Ok)
}

pub(super) fn bench(
    args: &Bench,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let recipe = recipe_of(&args.fits, args.num_rows, args.holdout.as_deref())?;
    let datasets: Vec<Dataset> = args.datasets.iter().map(|text| Dataset::parse(text)).collect();
    let peers = args.peers.iter().map(|text| Peer::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let (found, page) = with_options(&args.fits, "verosim-bench", common, |options| {
        study::bench(&datasets, &peers, &args.sizes, &recipe, options, host, signals.context())
    })?;
    tell(&json!(found), &found.findings(), &page, common, signals);
    Ok(Exit::Ok)
}

fn recipe_of(fits: &ManyFits, num_rows: Option<usize>, holdout: Option<&str>) -> Result<Recipe, EngineError> {
    let engine = EngineFlags { engine: None, settings: fits.settings.clone(), control: fits.control };
    let recipe = recipe(
        &fits.table,
        Some(&engine),
        num_rows,
        holdout,
        &fits.target,
        Some(&fits.tell),
        Some(&fits.language),
    )?;
    with_rules(promising(recipe, &fits.promise), &fits.rules)
}

fn with_options<T>(
    fits: &ManyFits,
    out: &str,
    common: &Common,
    mut work: impl FnMut(&StudyOptions<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let mut language = options(&fits.language)?;
    let metadata = metadata(&fits.table)?;
    confirmed(&mut language, |language| {
        work(&StudyOptions {
            engines: &fits.engines,
            repeats: usize::from(fits.repeats),
            metadata: metadata.as_deref(),
            out: fits.output.out.as_deref().unwrap_or(Path::new(out)),
            resume: fits.resume,
            overwrite: fits.output.overwrite,
            memory_limit: common.memory_limit,
            fit_limit: fits.fit_limit,
            language,
        })
    })
}

fn tell(found: &Value, findings: &[String], page: &Path, common: &Common, signals: &Signals) {
    signals.finish();
    if common.json {
        let text = format!("{found:#}");
        words::result(&text);
        return;
    }
    findings.iter().for_each(|line| words::result(line));
    words::result(&format!("report: {}", page.display()));
}
