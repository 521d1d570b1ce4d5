//! How does each engine do when it learns from fewer and fewer people?

use super::journal::Journal;
use super::workbench::{Workbench, values};
use super::{StudyOptions, Task, carry_out, named, plan, write};
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Holdout, Recipe, RecipeError};
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_eval::render::{efficiency_html, efficiency_markdown};
use verosim_eval::study::{Efficiency, Figures, REAL, efficiency as summary, figure};

/// People below which nothing is learned from.
const LEAST: usize = 10;

/// Learns every engine from `sizes` people and from all, in every repeat the same people for each and those of a smaller
/// size among those of a larger, and writes what it takes to teach as much as real rows; the summary and the path of its
/// page.
///
/// # Errors
/// Those of reading, of settings and of writing. A fit that fails is a result.
pub fn efficiency(
    input: &Path,
    sizes: &[usize],
    recipe: &Recipe,
    options: &StudyOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<(Efficiency, PathBuf), EngineError> {
    if recipe.targets.is_empty() {
        let wanted = "an outcome, `--target COLUMN`: utility is what grows with people".into();
        return Err(RecipeError::Value { key: "target".into(), found: "nothing".into(), wanted }.into());
    }
    if let Some(few) = sizes.iter().find(|size| **size < LEAST) {
        let wanted = format!("sizes of {LEAST} people or more");
        return Err(RecipeError::Value { key: "sizes".into(), found: few.to_string(), wanted }.into());
    }
    let plan = plan("efficiency", recipe, options, host, &[input], &serde_json::json!({ "sizes": sizes }))?;
    let bench = Workbench::new(input, recipe, options, host, ctx)?;
    let mut journal = Journal::open(options, &plan)?;
    let splits = (0..options.repeats).map(|repeat| bench.split(repeat)).collect::<Result<Vec<_>, _>>()?;
    let fewest = splits.iter().map(|split| split.train.n_rows()).min().unwrap_or(0);
    let mut asked: Vec<usize> = sizes.iter().copied().filter(|size| *size < fewest).collect();
    asked.sort_unstable();
    asked.dedup();
    let dataset = named(input);
    let mut tasks = Vec::new();
    for repeat in 0..options.repeats {
        for size in asked.iter().copied().map(Some).chain([None]) {
            let engines = std::iter::once(REAL).chain(bench.engines.iter().map(String::as_str));
            tasks.extend(engines.map(|engine| Task {
                dataset: dataset.clone(),
                engine: engine.to_owned(),
                size,
                repeat,
            }));
        }
    }
    carry_out(&tasks, &mut journal, ctx, |task| {
        let (split, repeat) = (&splits[task.repeat], task.repeat);
        let part = bench.part(split, task.size, repeat);
        if task.engine == REAL {
            return bench.in_time(|quiet| {
                let mut figures = bench.utility(split, &part.train, repeat, quiet)?;
                let card = bench.judge(split, &part, &part.train, &["re.c2st"], repeat, quiet)?;
                figures.values.extend(values(&card));
                Ok(Figures { rows: part.train.n_rows(), synthetic: part.train.n_rows(), ..figures })
            });
        }
        bench.attempt(&task.engine, &part, bench.n_drawn(split), repeat, |rows, quiet| {
            let mut figures = bench.utility(split, rows, repeat, quiet)?;
            let card = bench.judge(split, &part, rows, &["re.c2st", "pm.dcr"], repeat, quiet)?;
            figures.values.extend(values(&card));
            if let Holdout::File(_) = recipe.holdout {
                let reach = card
                    .entries
                    .iter()
                    .find(|entry| entry.id == "pm.dcr")
                    .and_then(|entry| entry.reading?.interval);
                let reach = reach.map(|own| (figure::SHARED_REACH.to_owned(), (own.high - own.low) / 2.0));
                figures.values.extend(reach);
            }
            Ok(figures)
        })
    })?;
    let target = recipe.targets.first().map_or("", String::as_str);
    let summary = summary(journal.arms()).ok_or_else(|| unpredictable(target))?;
    let page = write(options.out, &efficiency_html(&summary), &efficiency_markdown(&summary), &summary)?;
    Ok((summary, page))
}

fn unpredictable(target: &str) -> EngineError {
    let wanted = "an outcome with enough people of every kind among those learned from and held out".into();
    RecipeError::Value { key: "target".into(), found: format!("`{target}`"), wanted }.into()
}
