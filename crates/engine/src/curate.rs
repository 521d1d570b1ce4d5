//! How are as many curated rows had as were asked for, whatever share is dropped?

use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::recipe::Recipe;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Seeded};
use verosim_data::{Codec, Table};
use verosim_eval::card::{Curated, ExchangeGroup};
use verosim_models::curate::{CurateError, Judge, Rule, groups};

/// Rounds of drawing what the last ones dropped.
const MOST_ROUNDS: u64 = 12;

/// The columns of `table` that are modelled: those that are made anew or left out tell a judge nothing.
pub(crate) fn modelled(table: &Table, artefact: &Artefact) -> Table {
    let schema = artefact.codec.schema();
    let is_modelled = |name: &str| {
        schema.columns.iter().any(|column| column.name == name && column.treatment == Treatment::Model)
    };
    let columns = table.columns().iter().filter(|column| is_modelled(&column.name)).cloned().collect();
    Table::new(columns).unwrap_or_default()
}

/// A judge for the rows of a run, and whether somebody asked for it.
pub struct Curator {
    judge: Judge,
    rule: Rule,
}

impl Curator {
    /// The judge that a recipe asks for: by its rule, or by the protective one for engines that are incomplete without
    /// (`by_default`) when an outcome is named. `Ok(Err(why))` when nobody asked and there is none.
    ///
    /// # Errors
    /// Those of learning, when somebody asked.
    pub fn learn(
        train: &Table,
        recipe: &Recipe,
        by_default: bool,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Result<Self, Option<String>>, EngineError> {
        let asked = recipe.curate.as_deref();
        let rule = match asked {
            Some(word) => match Rule::from_word(word) {
                Some(rule) => rule,
                None => return Ok(Err(None)),
            },
            None if by_default => Rule::Protective,
            None => return Ok(Err(None)),
        };
        let Some(target) = recipe.targets.first() else {
            return match asked {
                Some(_) => Err(EngineError::NothingToCurateBy),
                None => Ok(Err(Some("rows were not curated: no outcome was named with --target".into()))),
            };
        };
        match Judge::learn(train, target, rule, seed, ctx) {
            Ok(judge) => Ok(Ok(Self { judge, rule })),
            Err(CurateError::Interrupted(reason)) => Err(reason.into()),
            Err(error) if asked.is_some() => Err(error.into()),
            Err(error) => Ok(Err(Some(format!("rows were not curated: {error}")))),
        }
    }

    /// Draws, drops and draws again until `n` rows are kept or a draw brings fewer than it was asked for; identifiers
    /// are made anew, so that they go on over rounds. `draw(rows, round)` gives a table and whether it is whole.
    ///
    /// # Errors
    /// Those of drawing.
    pub fn fill(
        &self,
        n: usize,
        codec: &Codec,
        seed: Seeded,
        mut draw: impl FnMut(usize, u64) -> Result<(Table, bool), EngineError>,
    ) -> Result<(Table, Curated), EngineError> {
        let mut account =
            Curated { rule: self.rule.word().to_owned(), skill: self.judge.skill(), ..Curated::default() };
        let mut kept: Option<Table> = None;
        let (mut had, mut pool) = (0, 0);
        for round in 0..MOST_ROUNDS {
            let missing = n - had;
            let share = (had as f64 + 1.0) / (pool as f64 + 1.0);
            let size = if round == 0 { n } else { (1.1 * missing as f64 / share).ceil() as usize + 4 };
            let (table, whole) = draw(size.max(1), round)?;
            let decided = self.judge.decide(&table)?;
            let rows: Vec<usize> = decided.kept().into_iter().take(missing).collect();
            // Rows that would have been kept but were not needed are neither kept nor dropped.
            let looked_at =
                if rows.len() == missing { rows.last().map_or(0, |row| row + 1) } else { table.n_rows() };
            let looked: Vec<usize> = (0..looked_at).collect();
            for group in groups(&table.take(&looked), &decided.keep[..looked_at]) {
                let known = account
                    .groups
                    .iter_mut()
                    .find(|own| own.column == group.column && own.value == group.value);
                match known {
                    Some(own) => {
                        own.produced += group.rows as u64;
                        own.accepted += group.kept as u64;
                    }
                    None => account.groups.push(ExchangeGroup {
                        column: group.column,
                        value: group.value,
                        produced: group.rows as u64,
                        accepted: group.kept as u64,
                    }),
                }
            }
            pool += looked_at;
            had += rows.len();
            let part = table.take(&rows);
            kept = Some(match kept {
                None => part,
                Some(before) => before.append(&part).expect("draws of one model have the same columns"),
            });
            if had >= n || !whole {
                break;
            }
        }
        (account.pool, account.kept) = (pool as u64, had as u64);
        let kept = kept.unwrap_or_default();
        Ok((codec.complete(&kept, 0, seed.split("cells")), account))
    }
}
