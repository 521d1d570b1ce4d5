//! How do engines, and other programs, do beside each other on several data sets?

use super::journal::Journal;
use super::workbench::{Part, Workbench, values};
use super::{Peer, StudyOptions, Task, carry_out, named, plan, write};
use crate::cost::peak_bytes;
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Recipe, RecipeError};
use crate::split::Split;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::Table;
use verosim_eval::render::{league_html, league_markdown};
use verosim_eval::study::{Figures, League, Took, league};

/// A table and the outcome that its models are to tell.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Dataset {
    /// File.
    pub path: PathBuf,
    /// Outcome column.
    pub target: Option<String>,
}

impl Dataset {
    /// Reads `FILE#OUTCOME` or `FILE`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once('#') {
            Some((path, target)) if !path.is_empty() && !target.is_empty() && !Path::new(text).exists() => {
                Self { path: path.into(), target: Some(target.to_owned()) }
            }
            _ => Self { path: text.into(), target: None },
        }
    }
}

/// What is measured of every table.
const MEASURED: [&str; 4] = ["re.c2st", "pm.dcr", "pd.dcr", "pd.copy"];

/// Learns every engine and peer from every data set, at `sizes` people and from all, and writes who does best; the summary
/// and the path of its page.
///
/// # Errors
/// Those of reading, of settings and of writing. A fit that fails is a result.
pub fn bench(
    datasets: &[Dataset],
    peers: &[Peer],
    sizes: &[usize],
    recipe: &Recipe,
    options: &StudyOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<(League, PathBuf), EngineError> {
    let inputs: Vec<&Path> = datasets.iter().map(|dataset| dataset.path.as_path()).collect();
    refuse_namesakes(datasets, peers, options)?;
    let more = serde_json::json!({ "datasets": datasets, "peers": peers, "sizes": sizes });
    let plan = plan("bench", recipe, options, host, &inputs, &more)?;
    let recipes: Vec<Recipe> = datasets.iter().map(|dataset| of_dataset(recipe, dataset)).collect();
    // Everything that can be refused is refused before the first fit.
    for (dataset, recipe) in datasets.iter().zip(&recipes) {
        Workbench::new(&dataset.path, recipe, options, host, ctx)?;
    }
    let mut journal = Journal::open(options, &plan)?;
    for (dataset, recipe) in datasets.iter().zip(&recipes) {
        let bench = Workbench::new(&dataset.path, recipe, options, host, ctx)?;
        for repeat in 0..options.repeats {
            let split = bench.split(repeat)?;
            let is_part = |size: &usize| *size < split.train.n_rows();
            let sizes = sizes.iter().copied().filter(is_part).map(Some).chain([None]);
            let names = bench.engines.iter().chain(peers.iter().map(|peer| &peer.name));
            let tasks: Vec<Task> = sizes
                .flat_map(|size| names.clone().map(move |engine| (size, engine)))
                .map(|(size, engine)| Task {
                    dataset: named(&dataset.path),
                    engine: engine.clone(),
                    size,
                    repeat,
                })
                .collect();
            carry_out(&tasks, &mut journal, ctx, |task| {
                let part = bench.part(&split, task.size, repeat);
                let n = recipe.num_rows.unwrap_or(part.train.n_rows());
                let judge =
                    |rows: &Table, quiet: Context<'_>| judged(&bench, &split, &part, rows, repeat, quiet);
                let Some(peer) = peers.iter().find(|peer| peer.name == task.engine) else {
                    return bench.attempt(&task.engine, &part, n, repeat, judge);
                };
                bench.in_time(|quiet| {
                    let (rows, cost) = peer.make(&bench, &part, n, bench.seed(repeat).key(), quiet)?;
                    let peak_bytes = peak_bytes().unwrap_or(0);
                    let took = Took { seconds: cost.wall_s, peak_bytes, ..Took::default() };
                    let (learned, synthetic) = (part.train.n_rows(), rows.n_rows());
                    Ok(Figures { rows: learned, synthetic, took, ..judge(&rows, quiet)? })
                })
            })?;
        }
    }
    let summary = league(journal.arms());
    let page = write(options.out, &league_html(&summary), &league_markdown(&summary), &summary)?;
    Ok((summary, page))
}

/// Fits are told apart by name: two tables, or two that learn, of one name would be taken for each other.
fn refuse_namesakes(
    datasets: &[Dataset],
    peers: &[Peer],
    options: &StudyOptions<'_>,
) -> Result<(), EngineError> {
    let tables = datasets.iter().map(|dataset| ("tables", named(&dataset.path))).collect::<Vec<_>>();
    let learners = options.engines.iter().chain(peers.iter().map(|peer| &peer.name));
    let learners = learners.map(|name| ("engines and peers", name.clone())).collect::<Vec<_>>();
    for names in [tables, learners] {
        let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
        if let Some((_, (what, name))) = twice {
            let wanted = format!("{what} with a name each; copy or rename one");
            let found = format!("`{name}` twice");
            return Err(RecipeError::Value { key: "bench".into(), found, wanted }.into());
        }
    }
    Ok(())
}

fn of_dataset(recipe: &Recipe, dataset: &Dataset) -> Recipe {
    let targets = dataset.target.clone().map_or_else(|| recipe.targets.clone(), |target| vec![target]);
    Recipe { targets, ..recipe.clone() }
}

fn judged(
    bench: &Workbench<'_>,
    split: &Split,
    part: &Part,
    rows: &Table,
    repeat: usize,
    quiet: Context<'_>,
) -> Result<Figures, EngineError> {
    let mut figures = bench.utility(split, rows, repeat, quiet)?;
    figures.values.extend(values(&bench.judge(split, part, rows, &MEASURED, repeat, quiet)?));
    Ok(figures)
}
