//! `run`, `demo` and `verify`: the whole way, and whether it is as it was made.

use super::judge::verdict;
use super::recipe::{metadata, recipe};
use crate::args::{Common, Demo, RecipeFlags, Run, RunFolder};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::path::{Path, PathBuf};
use verosim_engine::core::Seeded;
use verosim_engine::data::io::{FileFormat, SourceInfo, WriteError, write};
use verosim_engine::data::{RawColumn, world};
use verosim_engine::load::load;
use verosim_engine::plan::Plan;
use verosim_engine::run::{RunOptions, run as run_all};
use verosim_engine::{EngineError, Host};

pub(super) fn run(
    args: &Run,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let recipe = recipe(&args.recipe, args.num_rows, args.holdout.as_deref(), &args.target)?;
    let metadata = metadata(&args.recipe)?;
    if args.dry_run {
        let source = load(&args.path, &recipe, metadata.as_deref(), common.memory_limit, signals.context())?;
        let raw_bytes = source.raw.columns().iter().map(RawColumn::bytes).sum();
        let plan = Plan::new(&recipe, &source.schema, source.raw.n_rows(), raw_bytes, host.threads)?;
        words::result(&if common.json { json!(plan).to_string() } else { plan.text() });
        plan.check(common.memory_limit)?;
        return Ok(Exit::Ok);
    }
    let options = RunOptions {
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-run")),
        metadata: metadata.as_deref(),
        resume: args.resume,
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
    };
    let done = run_all(&args.path, &recipe, &options, host, signals.context())?;
    signals.finish();
    if !common.quiet && !common.json {
        words::note(&format!(
            "{} synthetic rows in {}, {:.1} s",
            done.card.about.n_synthetic,
            done.synthetic.display(),
            signals.elapsed()
        ));
    }
    Ok(verdict(&done.card, &done.report, common, args.gate))
}

pub(super) fn demo(
    args: &Demo,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let out = args.output.out.clone().unwrap_or_else(|| PathBuf::from("verosim-demo"));
    if out.join("manifest.json").exists() && !args.output.overwrite {
        return Err(EngineError::RunExists { path: out.display().to_string() });
    }
    let input = out.join("input/clinic.csv");
    let io = |source| WriteError::Io { path: input.display().to_string(), source };
    std::fs::create_dir_all(out.join("input")).map_err(io)?;
    let clinic = world::clinic(args.num_rows, Seeded::new(args.seed));
    write(&clinic, &input, &SourceInfo::of(FileFormat::Csv), true)?;
    let targets: Vec<String> = world::CLINIC_TARGETS.map(str::to_owned).to_vec();
    let flags = RecipeFlags { seed: Some(args.seed), ..RecipeFlags::default() };
    let recipe = recipe(&flags, None, None, &targets)?;
    let options = RunOptions {
        out: &out,
        metadata: None,
        resume: false,
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
    };
    let done = run_all(&input, &recipe, &options, host, signals.context())?;
    signals.finish();
    if !common.quiet && !common.json {
        words::note(&format!(
            "{} fictional patients became {} synthetic ones in {:.1} s: {}",
            args.num_rows,
            done.card.about.n_synthetic,
            signals.elapsed(),
            done.synthetic.display()
        ));
    }
    Ok(verdict(&done.card, &done.report, common, false))
}

pub(super) fn verify(args: &RunFolder) -> Result<Exit, EngineError> {
    let manifest = verosim_engine::verify::verify(&args.run)?;
    let files: usize = manifest.stages.iter().map(|stage| stage.outputs.len()).sum();
    words::result(&format!(
        "as it was made: {} stages, {files} files, {}",
        manifest.stages.len(),
        manifest.made_by
    ));
    Ok(Exit::Ok)
}
