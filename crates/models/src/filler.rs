//! How are the cells drawn that nobody knows, given those of their row that are known?

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn, Incomplete};

/// A fitted engine that completes rows: it draws the holes of a table from their law given all known cells.
///
/// What that law is worth rests on one assumption: which cells are missing hangs on cells that are known, and not on the
/// missing values themselves (`rubin1976`).
pub trait Filler: Sync {
    /// The rows of `table` with its holes drawn, for the `draw`-th time; what is known stays as it is. A hole for which the
    /// model has no value at all holds a missing token.
    ///
    /// A pure function of (model, table, draw, seed) at any thread count; draws are independent of each other given the
    /// model.
    ///
    /// # Errors
    /// [`SampleError`] when interrupted, or when the table is not one of the model's domain.
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError>;
}

/// Rows of a block. Small enough that all threads have work, large enough that columns are read forwards.
const BLOCK: usize = 1_024;

/// Some rows with holes.
pub(crate) struct Part {
    /// The cells of all columns; those in holes are to be replaced.
    pub(crate) cells: Vec<EncodedColumn>,
    /// Rows of the part that each column has holes in; ascending.
    pub(crate) holes: Vec<Vec<u32>>,
    pub(crate) n_rows: usize,
}

/// Completes the rows that have holes, block by block, with `complete`; a block is a pure function of its rows and of
/// (seed, block number).
pub(crate) fn in_blocks(
    table: &Incomplete,
    seed: Seeded,
    ctx: Context<'_>,
    complete: impl Fn(&mut Part, &mut ChaCha8Rng) -> Result<(), SampleError> + Sync,
) -> Result<Encoded, SampleError> {
    let Incomplete { rows, holes } = table;
    let broken = |what: &str| SampleError::BrokenModel { what: what.to_owned() };
    if holes.len() != rows.columns().len() || holes.iter().flatten().any(|&row| row as usize >= rows.n_rows())
    {
        return Err(broken("holes do not fit the table"));
    }
    let mut has_hole = vec![false; rows.n_rows()];
    holes.iter().flatten().for_each(|&row| has_hole[row as usize] = true);
    let open: Vec<usize> = (0..rows.n_rows()).filter(|&row| has_hole[row]).collect();
    let parts: Vec<Part> = open
        .par_chunks(BLOCK)
        .enumerate()
        .map(|(block, chosen)| {
            ctx.stop.check()?;
            let mut part = part(rows, holes, chosen);
            complete(&mut part, &mut seed.split_at(block as u64).rng())?;
            Ok(part)
        })
        .collect::<Result<_, SampleError>>()?;
    let mut columns = rows.columns().to_vec();
    for (part, chosen) in parts.iter().zip(open.chunks(BLOCK)) {
        for ((column, cells), holes) in columns.iter_mut().zip(&part.cells).zip(&part.holes) {
            for &hole in holes {
                let (from, to) = (hole as usize, chosen[hole as usize]);
                column.tokens[to] = cells.tokens[from];
                if let (Some(rank), Some(&drawn)) = (column.ranks.get_mut(to), cells.ranks.get(from)) {
                    *rank = drawn;
                }
            }
        }
    }
    Encoded::new(Arc::clone(rows.domain()), columns, rows.n_rows(), None)
        .ok_or_else(|| broken("drawn tokens do not fit the domain"))
}

/// The rows `chosen` of a table, which ascend.
fn part(rows: &Encoded, holes: &[Vec<u32>], chosen: &[usize]) -> Part {
    let cells = rows
        .columns()
        .iter()
        .map(|column| EncodedColumn {
            tokens: chosen.iter().map(|&row| column.tokens[row]).collect(),
            ranks: if column.ranks.is_empty() {
                Vec::new()
            } else {
                chosen.iter().map(|&row| column.ranks[row]).collect()
            },
        })
        .collect();
    let inside = |holes: &Vec<u32>| {
        let first = chosen.first().map_or(0, |&row| holes.partition_point(|&hole| (hole as usize) < row));
        holes[first..]
            .iter()
            .map_while(|&hole| {
                let last = *chosen.last()?;
                (hole as usize <= last).then(|| chosen.binary_search(&(hole as usize)).unwrap_or(0) as u32)
            })
            .collect()
    };
    Part { cells, holes: holes.iter().map(inside).collect(), n_rows: chosen.len() }
}
