//! How are exactly as many rows drawn as were asked for, in bounded memory?

mod balance;

pub use balance::{Balance, Balanced};

use crate::artefact::{Artefact, Learned};
use crate::error::EngineError;
use crate::obey::Obedience;
use verosim_core::{Context, SampleError, Seeded, Silent};
use verosim_data::constrain::Condition;
use verosim_data::frame::format;
use verosim_data::{RawTable, Table};
use verosim_models::Narrowed;

/// Rows of a block. Block `b` is a pure function of (model, seed, `b`, rows in it), so any block can be made anywhere.
/// Small enough for bounded memory, large enough that engines spread draws evenly over leaves.
pub const BLOCK: usize = 65_536;
/// Least rows drawn at once in search of rows that meet a condition.
const LEAST_SEARCH: usize = 4_096;
/// Most rows that are drawn in search of rows that meet a condition, per row asked; and least in all.
const TRIES_PER_ROW: usize = 1_000;
const LEAST_TRIES: usize = 500_000;

/// Which rows are asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How many.
    pub n: usize,
    /// What each of them must meet.
    pub condition: Option<Condition>,
    /// Most rows to draw in search of them; a thousand per row and at least half a million when `None`.
    pub max_tries: Option<usize>,
}

impl Ask {
    /// Any `n` rows.
    #[must_use]
    pub fn rows(n: usize) -> Self {
        Self { n, condition: None, max_tries: None }
    }
}

/// Draws all rows asked for as one table.
///
/// # Errors
/// See [`Blocks::next`].
pub fn draw(artefact: &Artefact, ask: &Ask, seed: Seeded, ctx: Context<'_>) -> Result<Table, EngineError> {
    let mut blocks = Blocks::new(artefact, ask.clone(), seed, ctx)?;
    let mut whole: Option<Table> = None;
    while let Some(block) = blocks.next()? {
        whole = Some(match whole {
            None => block,
            Some(before) => before.append(&block).expect("blocks of one model have the same columns"),
        });
    }
    Ok(whole.unwrap_or_default())
}

/// Draws as many rows as asked for, none of which breaks a rule of the model: rows that do are refused by `obedience` and
/// drawn again in bounded rounds; identifiers go on over rounds. Fewer rows than asked for are told by `obedience`.
///
/// # Errors
/// See [`Blocks::next`].
pub fn draw_obeying(
    artefact: &Artefact,
    ask: &Ask,
    obedience: &mut Obedience<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Table, EngineError> {
    let (table, _) = obedience.fill(ask.n, |n, round| {
        let seed = if round == 0 { seed } else { seed.split("again").split_at(round) };
        Ok((draw(artefact, &Ask { n, ..ask.clone() }, seed, ctx)?, true))
    })?;
    let is_joined = obedience.account().is_some();
    Ok(if is_joined { artefact.codec.complete(&table, 0, seed.split("cells")) } else { table })
}

/// The law of rows that meet a condition, of an engine that draws such rows directly and holds them to be possible.
/// What the condition says beyond that is looked at row by row.
fn narrowed<'a>(artefact: &'a Artefact, condition: &Condition) -> Option<Box<dyn Narrowed + 'a>> {
    let Learned::Drawn { fitted, .. } = &artefact.learned else { return None };
    let evidence = artefact.codec.evidence(condition);
    let law = fitted.conditional().filter(|_| !evidence.is_empty())?.given(evidence)?;
    (law.chance() > 0.0).then_some(law)
}

/// Rows as blocks, drawn when they are asked for.
pub struct Blocks<'a> {
    artefact: &'a Artefact,
    ask: Ask,
    seed: Seeded,
    ctx: Context<'a>,
    given: usize,
    tried: usize,
    round: u64,
    /// Of an engine that draws such rows directly: its law given the condition.
    narrowed: Option<Box<dyn Narrowed + 'a>>,
    /// Rows that meet a condition are found before the first is given, so that a shortfall leaves no half file.
    found: Option<Table>,
}

impl<'a> Blocks<'a> {
    /// Begins a draw. With a condition, all rows are found here.
    ///
    /// # Errors
    /// [`SampleError::Shortfall`] with the share that met the condition, once `max_tries` rows were drawn.
    pub fn new(
        artefact: &'a Artefact,
        ask: Ask,
        seed: Seeded,
        ctx: Context<'a>,
    ) -> Result<Self, EngineError> {
        let mut blocks =
            Self { artefact, ask, seed, ctx, given: 0, tried: 0, round: 0, narrowed: None, found: None };
        if let Some(condition) = blocks.ask.condition.clone() {
            blocks.narrowed = narrowed(artefact, &condition);
            blocks.found = Some(blocks.search(&condition)?);
        }
        Ok(blocks)
    }

    /// The next rows, or `None` after the last; a draw of no rows is one empty block.
    ///
    /// # Errors
    /// Those of the engine.
    #[allow(clippy::should_implement_trait, reason = "a block can fail, and the error must stop the draw")]
    pub fn next(&mut self) -> Result<Option<Table>, EngineError> {
        if let Some(found) = self.found.take() {
            self.given = self.ask.n.max(1);
            return Ok(Some(found));
        }
        if self.given >= self.ask.n.max(1) {
            return Ok(None);
        }
        let rows = BLOCK.min(self.ask.n - self.given);
        let block = self.block(rows)?;
        self.given += rows.max(1);
        self.ctx.progress.step(self.given.min(self.ask.n), self.ask.n, "rows");
        Ok(Some(block))
    }

    /// The next rows as text cells.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn next_raw(&mut self) -> Result<Option<RawTable>, EngineError> {
        let block = self.next()?;
        Ok(block.map(|table| format(&table, self.artefact.codec.schema(), &self.artefact.types())))
    }

    fn block(&mut self, rows: usize) -> Result<Table, EngineError> {
        self.ctx.stop.check()?;
        let seed = self.seed.split_at(self.round);
        // Steps within a block would hide those of the whole draw.
        let quiet = Context { progress: &Silent, stop: self.ctx.stop };
        let Learned::Drawn { fitted, .. } = &self.artefact.learned else {
            return Err(EngineError::NoModel { engine: self.artefact.learned.page().id.to_owned() });
        };
        let drawn = match &self.narrowed {
            Some(law) => law.sample(rows, seed.split("rows"), quiet)?,
            None => fitted.sample(rows, seed.split("rows"), quiet)?,
        };
        let table = self.artefact.codec.decode_from(&drawn, self.tried as u64, seed.split("cells"));
        self.tried += rows;
        self.round += 1;
        Ok(table)
    }

    fn search(&mut self, condition: &Condition) -> Result<Table, EngineError> {
        let n = self.ask.n;
        let most = self.ask.max_tries.unwrap_or_else(|| n.saturating_mul(TRIES_PER_ROW).max(LEAST_TRIES));
        // Of an engine that draws such rows directly, all of them may meet it.
        let (least, chance) = self
            .narrowed
            .as_ref()
            .map_or((LEAST_SEARCH, 1.0), |law| (n.clamp(1, LEAST_SEARCH), law.chance()));
        let mut kept: Option<Table> = None;
        let mut accepted = 0;
        while accepted < n || kept.is_none() {
            if self.tried >= most {
                let share = chance * accepted as f64 / self.tried.max(1) as f64;
                return Err(SampleError::Shortfall { asked: n, accepted, tried: self.tried, share }.into());
            }
            // As many as the share so far makes likely, in bounded blocks.
            let share = (accepted as f64 + 0.5) / (self.tried as f64 + 1.0);
            let wanted = (1.2 * (n - accepted) as f64 / share) as usize;
            let size = wanted.clamp(least, BLOCK).min(most - self.tried);
            let table = self.block(size)?;
            let met = condition.mask(&table);
            let rows: Vec<usize> = (0..size).filter(|&row| met[row]).take(n - accepted).collect();
            accepted += rows.len();
            let part = table.take(&rows);
            kept = Some(match kept {
                None => part,
                Some(before) => before.append(&part).expect("blocks of one model have the same columns"),
            });
            self.ctx.progress.step(accepted, n, "rows that meet the condition");
        }
        Ok(kept.unwrap_or_default())
    }
}
