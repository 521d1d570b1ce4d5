//! How are as many rows of each group drawn as were asked for, and how common are the groups without that?

use super::{Ask, draw_obeying};
use crate::artefact::Artefact;
use crate::error::EngineError;
use crate::obey::Obedience;
use crate::recipe::RecipeError;
use verosim_core::{Context, Kind, Schema, Seeded};
use verosim_data::Table;

/// Rows of one column's levels, so many of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Column.
    pub column: String,
    /// Level and rows; every level once.
    pub groups: Vec<(String, usize)>,
}

/// Rows by group, in the order that they were drawn.
#[derive(Clone, Debug)]
pub struct Balanced {
    /// The rows.
    pub table: Table,
    /// For each row, how much it counts for the table to be as common in groups as rows that nobody balanced: share of its
    /// group without balance over that with it. Adds up to the number of rows, but for groups that are asked for 0 rows.
    pub weights: Vec<f64>,
    /// Rows that were drawn in search of these.
    pub tried: usize,
}

/// Rows drawn at once, at least and at most.
const BLOCK: (usize, usize) = (2_048, 65_536);
/// Most rows that are drawn, per row asked; and least in all.
const TRIES_PER_ROW: usize = 1_000;
const LEAST_TRIES: usize = 500_000;

impl Balance {
    /// Reads `COLUMN` (equal shares of all levels in `known`) or `COLUMN=LEVEL:SHARE,LEVEL:SHARE` for `n` rows; shares are
    /// taken relative to their sum, and rounded so that there are `n` rows.
    ///
    /// # Errors
    /// [`RecipeError::Value`] for a column without levels, a level that the model does not draw, shares that are no numbers;
    /// [`verosim_core::UnknownColumn`].
    pub fn parse(text: &str, n: usize, schema: &Schema, known: &Table) -> Result<Self, EngineError> {
        let (column, shares) =
            text.split_once('=').map_or((text, None), |(column, shares)| (column, Some(shares)));
        let levels = levels("balance", column.trim(), schema, known)?;
        let refuse = |found: &str, wanted: String| -> EngineError {
            RecipeError::Value { key: "balance".into(), found: format!("`{found}`"), wanted }.into()
        };
        let shares: Vec<(String, f64)> = match shares {
            None => levels.iter().map(|level| (level.clone(), 1.0)).collect(),
            Some(shares) => {
                let mut read: Vec<(String, f64)> = Vec::new();
                for part in shares.split(',') {
                    let pair = part
                        .rsplit_once(':')
                        .map(|(level, share)| (level.trim(), share.trim().parse::<f64>()));
                    let Some((level, Ok(share))) = pair.filter(|(_, share)| {
                        share.as_ref().is_ok_and(|share| *share >= 0.0 && share.is_finite())
                    }) else {
                        return Err(refuse(part, "LEVEL:SHARE with a share from 0, parted by commas".into()));
                    };
                    if !levels.iter().any(|known| known == level)
                        || read.iter().any(|(known, _)| known == level)
                    {
                        return Err(refuse(
                            level,
                            format!("levels of `{}` that the model draws, each once", column.trim()),
                        ));
                    }
                    read.push((level.to_owned(), share));
                }
                read
            }
        };
        if shares.iter().all(|(_, share)| *share == 0.0) {
            return Err(refuse(text, "a share above 0".into()));
        }
        let rows = apportioned(n, &shares.iter().map(|(_, share)| *share).collect::<Vec<_>>());
        let groups = shares.into_iter().map(|(level, _)| level).zip(rows).collect();
        Ok(Self { column: column.trim().to_owned(), groups })
    }

    /// As many rows of each level of `column` as `table` lacks to have all levels as often as the commonest.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse); [`RecipeError::Value`] where no level lacks a row.
    pub fn lacking(column: &str, table: &Table, schema: &Schema, known: &Table) -> Result<Self, EngineError> {
        let levels = levels("augment", column, schema, known)?;
        schema.index_of(column)?;
        let own = table.column(column).and_then(|column| column.levels());
        let count = |level: &String| {
            own.map_or(0, |(codes, texts)| {
                let code = texts.iter().position(|text| text == level);
                codes.iter().filter(|&&of| Some(of as usize) == code).count()
            })
        };
        let counts: Vec<usize> = levels.iter().map(count).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let groups: Vec<(String, usize)> = levels
            .into_iter()
            .zip(counts)
            .map(|(level, n)| (level, most - n))
            .filter(|(_, n)| *n > 0)
            .collect();
        if groups.is_empty() {
            let wanted = "a column with some levels rarer than others".into();
            return Err(
                RecipeError::Value { key: "augment".into(), found: format!("`{column}`"), wanted }.into()
            );
        }
        Ok(Self { column: column.to_owned(), groups })
    }

    /// Rows of all groups.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.groups.iter().map(|(_, n)| n).sum()
    }

    /// Draws until every group has its rows; those of groups that have enough are counted and let go, so that what is kept
    /// of a group follows the model. `ask` says which rows may be drawn at all; its number is not used.
    ///
    /// # Errors
    /// [`EngineError::GroupShort`] once as many rows were drawn as `ask` allows.
    pub fn draw(
        &self,
        artefact: &Artefact,
        ask: &Ask,
        obedience: &mut Obedience<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Balanced, EngineError> {
        let n = self.n_rows();
        let most = ask.max_tries.unwrap_or_else(|| n.saturating_mul(TRIES_PER_ROW).max(LEAST_TRIES));
        let mut left: Vec<usize> = self.groups.iter().map(|(_, n)| *n).collect();
        let mut drawn = vec![0_usize; left.len()];
        let (mut kept, mut group_of): (Option<Table>, Vec<usize>) = (None, Vec::new());
        let (mut tried, mut round) = (0, 0);
        while left.iter().any(|left| *left > 0) || kept.is_none() {
            if tried >= most {
                let short = |at: &usize| left[*at] as f64 / self.groups[*at].1.max(1) as f64;
                let worst = (0..left.len()).max_by(|a, b| short(a).total_cmp(&short(b))).unwrap_or(0);
                let asked = self.groups[worst].1;
                let column = self.column.clone();
                return Err(EngineError::GroupShort { column, asked, found: asked - left[worst], tried });
            }
            let size = self.next_size(&left, &drawn, tried).min(most - tried);
            let ask = Ask { n: size, condition: ask.condition.clone(), max_tries: ask.max_tries };
            let block = draw_obeying(artefact, &ask, obedience, seed.split_at(round), ctx)?;
            if block.n_rows() < size {
                return Err(obedience.shortfall().unwrap_or(EngineError::GroupShort {
                    column: self.column.clone(),
                    asked: n,
                    found: n - left.iter().sum::<usize>(),
                    tried,
                }));
            }
            let mut rows = Vec::new();
            for (row, group) in self.groups_of(&block).into_iter().enumerate() {
                let Some(group) = group else { continue };
                drawn[group] += 1;
                if left[group] > 0 {
                    left[group] -= 1;
                    rows.push(row);
                    group_of.push(group);
                }
            }
            let part = block.take(&rows);
            kept = Some(match kept {
                None => part,
                Some(before) => before.append(&part).expect("blocks of one model have the same columns"),
            });
            tried += size;
            round += 1;
            ctx.progress.step(group_of.len(), n, "rows of the groups asked for");
        }
        // Identifiers go on over blocks.
        let table = artefact.codec.complete(&kept.unwrap_or_default(), 0, seed.split("cells"));
        let all: usize = drawn.iter().sum();
        let weight = |group: &usize| {
            let common = drawn[*group] as f64 / all.max(1) as f64;
            common * n as f64 / self.groups[*group].1.max(1) as f64
        };
        Ok(Balanced { table, weights: group_of.iter().map(weight).collect(), tried })
    }

    /// As many rows as the shares so far make likely to be enough.
    fn next_size(&self, left: &[usize], drawn: &[usize], tried: usize) -> usize {
        let need = left.iter().zip(drawn).filter(|(left, _)| **left > 0);
        let wanted = need.map(|(&left, &drawn)| {
            let share = (drawn as f64 + 0.5) / (tried as f64 + self.groups.len() as f64);
            1.1 * left as f64 / share
        });
        (wanted.fold(0.0, f64::max) as usize).clamp(BLOCK.0, BLOCK.1)
    }

    fn groups_of(&self, table: &Table) -> Vec<Option<usize>> {
        let Some((codes, levels)) = table.column(&self.column).and_then(|column| column.levels()) else {
            return vec![None; table.n_rows()];
        };
        let place = |level: &String| self.groups.iter().position(|(own, _)| own == level);
        let places: Vec<Option<usize>> = levels.iter().map(place).collect();
        codes.iter().map(|&code| places.get(code as usize).copied().flatten()).collect()
    }
}

/// The levels of a column that rows are drawn of.
fn levels(key: &str, column: &str, schema: &Schema, known: &Table) -> Result<Vec<String>, EngineError> {
    let at = schema.index_of(column)?;
    let levels = known.column(column).and_then(|column| column.levels()).map(|(_, levels)| levels.to_vec());
    let is_listed = !matches!(schema.columns[at].kind, Kind::Id | Kind::Text);
    levels.filter(|levels| is_listed && levels.len() > 1).ok_or_else(|| {
        let wanted = "a column with two levels or more; for numbers draw each band with `--where`".into();
        RecipeError::Value { key: key.to_owned(), found: format!("`{column}`"), wanted }.into()
    })
}

/// `n` parted by `shares`: whole numbers that add up to `n`, the largest remainders first.
fn apportioned(n: usize, shares: &[f64]) -> Vec<usize> {
    let total: f64 = shares.iter().sum();
    let exact: Vec<f64> = shares.iter().map(|share| n as f64 * share / total).collect();
    let mut rows: Vec<usize> = exact.iter().map(|exact| *exact as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let remainder = |at: usize| exact[at] - exact[at].floor();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    let left = n - rows.iter().sum::<usize>();
    order.into_iter().cycle().take(left).for_each(|at| rows[at] += 1);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_parted_by_largest_remainders() {
        assert_eq!(apportioned(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportioned(7, &[0.5, 0.25, 0.25]), [3, 2, 2]);
        assert_eq!(apportioned(5, &[1.0, 0.0]), [5, 0]);
        assert_eq!(apportioned(0, &[1.0, 2.0]), [0, 0]);
    }
}
