//! Which lever serves the group best that is served worst?

use super::journal::Journal;
use super::workbench::{Part, Workbench};
use super::{StudyOptions, Task, carry_out, named, plan, write};
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Recipe, RecipeError};
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_eval::render::{equity_html, equity_markdown};
use verosim_eval::study::{Equity, Figures, equity as summary};

/// Synthetic rows over training rows: small groups need many draws to be filled up from.
const TIMES: usize = 4;
/// Most synthetic rows.
const MOST: usize = 32_000;

/// Learns every engine on every split, and judges what its rows of small groups bring beside weights, resampling, SMOTE and
/// thresholds, with the same learner on the same people; the summary and the path of its page.
///
/// # Errors
/// Those of reading, of settings and of writing, and where no group can be compared. A fit that fails is a result.
pub fn equity(
    input: &Path,
    recipe: &Recipe,
    options: &StudyOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<(Equity, PathBuf), EngineError> {
    if recipe.targets.is_empty() {
        let wanted = "an outcome, `--target COLUMN`: groups are served by what predicts it".into();
        return Err(RecipeError::Value { key: "target".into(), found: "nothing".into(), wanted }.into());
    }
    let plan = plan("equity", recipe, options, host, &[input], &serde_json::Value::Null)?;
    let bench = Workbench::new(input, recipe, options, host, ctx)?;
    let mut journal = Journal::open(options, &plan)?;
    let splits = (0..options.repeats).map(|repeat| bench.split(repeat)).collect::<Result<Vec<_>, _>>()?;
    let dataset = named(input);
    let tasks: Vec<Task> = (0..options.repeats)
        .flat_map(|repeat| bench.engines.iter().map(move |engine| (repeat, engine)))
        .map(|(repeat, engine)| Task { dataset: dataset.clone(), engine: engine.clone(), size: None, repeat })
        .collect();
    let mut why = None;
    carry_out(&tasks, &mut journal, ctx, |task| {
        let (split, repeat) = (&splits[task.repeat], task.repeat);
        let part = bench.part(split, None, repeat);
        let n = recipe.num_rows.unwrap_or((TIMES * split.train.n_rows()).min(MOST));
        bench.attempt(&task.engine, &part, n, repeat, |rows, quiet| {
            let all = Part { train: part.train.clone(), subjects: part.subjects.clone() };
            let card = bench.judge(split, &all, rows, &["eq.vsml"], repeat, quiet)?;
            if card.remedies.is_empty() {
                why = card.entries.into_iter().find_map(|entry| entry.reason);
            }
            Ok(Figures { holdout: split.holdout.n_rows(), remedies: card.remedies, ..Figures::default() })
        })
    })?;
    let summary = summary(journal.arms()).ok_or_else(|| {
        let found = why.take().unwrap_or_else(|| "no two groups with enough people".into());
        let wanted = "a column of groups with 22 people or more each among those held out: `--group COLUMN`, `--holdout 0.5`";
        EngineError::from(RecipeError::Value { key: "group".into(), found, wanted: wanted.into() })
    })?;
    let page = write(options.out, &equity_html(&summary), &equity_markdown(&summary), &summary)?;
    Ok((summary, page))
}
