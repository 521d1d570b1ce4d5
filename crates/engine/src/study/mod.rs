//! How are many fits of several engines made one after the other, so that none is ever made twice?

mod bench;
mod deadline;
mod efficiency;
mod equity;
mod journal;
mod peer;
mod workbench;

pub use bench::{Dataset, bench};
pub use efficiency::efficiency;
pub use equity::equity;
pub use peer::Peer;

use crate::error::EngineError;
use crate::host::Host;
use crate::language::LanguageOptions;
use crate::recipe::{Holdout, Recipe};
use journal::Journal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::{WriteError, sha256_file, write_bytes_atomically};
use verosim_eval::study::{Arm, Outcome, REAL};

/// What every study is told.
#[derive(Clone, Copy)]
pub struct StudyOptions<'a> {
    /// Engines, by id; those of [`shortlist`] when empty.
    pub engines: &'a [String],
    /// Splits of the people.
    pub repeats: usize,
    /// Text of a metadata file whose answers win over inference.
    pub metadata: Option<&'a str>,
    /// Folder of the study.
    pub out: &'a Path,
    /// Go on with what is there.
    pub resume: bool,
    /// Start anew over what is there.
    pub overwrite: bool,
    /// Most bytes.
    pub memory_limit: Option<u64>,
    /// Most seconds of one fit with its draw and judgement; a longer one is a failure that is told.
    pub fit_limit: Option<f64>,
    /// How a language model is reached.
    pub language: &'a LanguageOptions,
}

/// Rows that are drawn where nobody says how many.
const MOST_DRAWN: usize = 5_000;

/// Engines that a study compares where none is named: of every family the one that does best, the floor, and where a
/// language model is named the two that ask it with least.
#[must_use]
pub fn shortlist(recipe: &Recipe) -> Vec<String> {
    let mut ids = vec!["trees", "arf", "bayesnet", "copula", "independent"];
    if recipe.model.is_some() {
        ids.extend(["cllm", "llm-elicit"]);
    }
    ids.into_iter().map(str::to_owned).collect()
}

/// One fit that is to be made.
#[derive(Clone, Debug, PartialEq)]
struct Task {
    dataset: String,
    engine: String,
    size: Option<usize>,
    repeat: usize,
}

impl Task {
    fn is(&self, arm: &Arm) -> bool {
        self.dataset == arm.dataset
            && self.engine == arm.engine
            && self.size == arm.size
            && self.repeat == arm.repeat
    }

    fn with(&self, outcome: Outcome) -> Arm {
        let Self { dataset, engine, size, repeat } = self.clone();
        Arm { dataset, engine, size, repeat, outcome }
    }

    fn words(&self) -> String {
        let of = if self.engine == REAL { self.engine.clone() } else { format!("`{}`", self.engine) };
        let size = self.size.map_or("all people".to_owned(), |size| format!("{size} people"));
        format!("{of} on {}, {size}, repeat {}", self.dataset, self.repeat + 1)
    }
}

/// Carries out what the journal does not hold yet, in order, and writes each outcome down as it comes.
///
/// # Errors
/// Those of `run` and of writing; what was carried out stays in the journal.
fn carry_out(
    tasks: &[Task],
    journal: &mut Journal,
    ctx: Context<'_>,
    mut run: impl FnMut(&Task) -> Result<Outcome, EngineError>,
) -> Result<(), EngineError> {
    for (at, task) in tasks.iter().enumerate() {
        ctx.progress.step(at, tasks.len(), &task.words());
        if !journal.arms().iter().any(|arm| task.is(arm)) {
            ctx.stop.check()?;
            journal.add(task.with(run(task)?))?;
        }
    }
    ctx.progress.step(tasks.len(), tasks.len(), "fits");
    Ok(())
}

/// What makes two studies the same: everything that their outcomes depend on.
fn plan(
    kind: &str,
    recipe: &Recipe,
    options: &StudyOptions<'_>,
    host: &Host<'_>,
    inputs: &[&Path],
    more: &Value,
) -> Result<Value, EngineError> {
    let held = match &recipe.holdout {
        Holdout::File(file) => Some(Path::new(file)),
        Holdout::Share(_) => None,
    };
    let inputs: Vec<&Path> = inputs.iter().copied().chain(held).collect();
    inputs.iter().try_for_each(|path| present(path))?;
    let hashes =
        inputs.iter().map(|path| Ok(sha256_file(path)?)).collect::<Result<Vec<String>, EngineError>>()?;
    Ok(json!({
        "study": kind,
        "version": 1,
        "made_by": format!("verosim {}", host.version),
        "recipe": recipe,
        "engines": options.engines,
        "repeats": options.repeats,
        "fit_limit": options.fit_limit,
        "metadata": options.metadata,
        "inputs": hashes,
        "more": more,
    }))
}

/// Writes the pages and then what they show; the path of the page.
fn write(
    out: &Path,
    html: &str,
    markdown: &str,
    summary: &impl serde::Serialize,
) -> Result<PathBuf, EngineError> {
    let mut json = serde_json::to_vec_pretty(summary).expect("finite numbers and text are always JSON");
    json.push(b'\n');
    let page = out.join(journal::PAGE);
    write_bytes_atomically(&page, html.as_bytes(), true)?;
    write_bytes_atomically(&page.with_extension("md"), markdown.as_bytes(), true)?;
    write_bytes_atomically(&page.with_extension("json"), &json, true)?;
    Ok(page)
}

/// The name of a data set: that of its file, or of its folder where files are named by their part.
fn named(path: &Path) -> String {
    let text = |name: Option<&std::ffi::OsStr>| name.map(|name| name.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    match stem.as_str() {
        "train" | "data" => text(path.parent().and_then(Path::file_name)).unwrap_or(stem),
        _ => stem,
    }
}

/// An absent file as the reader of tables would say it.
fn present(path: &Path) -> Result<(), EngineError> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Err(verosim_data::io::ReadError::NotFound { path: path.display().to_string(), nearest: None }
                .into())
        }
        Err(source) => Err(WriteError::io(path, source).into()),
    }
}
