//! How are exactly as many rows drawn as were asked for?

use crate::artefact::Artefact;
use crate::condition::Condition;
use crate::error::EngineError;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::Table;

/// Most rows that are drawn in search of rows that meet a condition, per row asked; and least in all.
const TRIES_PER_ROW: usize = 1_000;
const LEAST_TRIES: usize = 500_000;

/// Draws exactly `n` rows, all of which meet `condition`.
///
/// Without a condition the rows are a pure function of (model, seed, n). With one, blocks are drawn and rows that do
/// not meet it are left out until there are `n`.
///
/// # Errors
/// [`SampleError::Shortfall`] with the share that met the condition after `max_tries` rows (a thousand times `n` and at
/// least half a million when `None`).
pub fn draw(
    artefact: &Artefact,
    n: usize,
    condition: Option<&Condition>,
    max_tries: Option<usize>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Table, EngineError> {
    let block = |n: usize, first_row: usize, seed: Seeded| -> Result<Table, EngineError> {
        let drawn = artefact.fitted.sample(n, seed.split("rows"), ctx)?;
        Ok(artefact.codec.decode_from(&drawn, first_row as u64, seed.split("cells")))
    };
    let Some(condition) = condition else { return block(n, 0, seed) };
    let max_tries = max_tries.unwrap_or_else(|| (n.saturating_mul(TRIES_PER_ROW)).max(LEAST_TRIES));
    let mut kept: Option<Table> = None;
    let (mut accepted, mut tried, mut round) = (0, 0, 0);
    while accepted < n {
        if tried >= max_tries {
            let share = accepted as f64 / tried.max(1) as f64;
            return Err(SampleError::Shortfall { asked: n, accepted, tried, share }.into());
        }
        ctx.stop.check()?;
        // As many as the share so far makes likely, in bounded blocks.
        let share = (accepted as f64 + 0.5) / (tried as f64 + 1.0);
        let wanted = (1.2 * (n - accepted) as f64 / share) as usize;
        let size = wanted.clamp(4_096, 65_536).min(max_tries - tried);
        let table = block(size, tried, seed.split_at(round))?;
        let met = condition.mask(&table);
        let rows: Vec<usize> = (0..size).filter(|&row| met[row]).take(n - accepted).collect();
        tried += size;
        round += 1;
        accepted += rows.len();
        let part = table.take(&rows);
        kept = Some(match kept {
            None => part,
            Some(before) => before.append(&part).expect("blocks of one model have the same columns"),
        });
        ctx.progress.step(accepted, n, "rows that meet the condition");
    }
    Ok(kept.unwrap_or_default())
}
