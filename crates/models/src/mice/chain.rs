//! How are laws learned from rows with missing cells: by filling them over and over?

use super::Mice;
use super::design::Design;
use super::law::{Law, Rows};
use super::shape::Shape;
use rand::{Rng, RngExt as _};
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::{Encoded, EncodedColumn};
use verosim_math::forest::Bag;
use verosim_math::learn::Gram;

/// What one bag of people says.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Set {
    /// Each column given all others, from rows that have it: for missing cells.
    pub(super) given_all: Vec<Law>,
    /// Each column given those before it in the order of drawing, from completed rows: for new rows.
    pub(super) in_turn: Vec<Law>,
}

/// What all bags share.
pub(super) struct Plan<'a> {
    pub(super) settings: &'a Mice,
    pub(super) train: &'a Encoded,
    pub(super) shapes: &'a [Shape],
    pub(super) places: &'a [usize],
    /// The order in which columns of new rows are drawn.
    pub(super) order: &'a [usize],
}

/// Draws people with replacement, fills the missing cells of their rows by turns, column after column given all others, and
/// learns the laws of all columns from what then stands there.
///
/// A law for missing cells is learned from rows that have the column, since those that lack it may be others. A law for new
/// rows is learned from all, filled cells among them: given earlier columns alone, those with the column would be a
/// selection wherever a later column decides who has it.
///
/// # Source
/// Chained equations: Raghunathan et al. 2001 (`raghunathan2001`), van Buuren 2007 (`vanbuuren2007`). A bag for each set, so
/// that sets differ by what is not known of the laws: the approximate Bayesian bootstrap of Rubin and Schenker 1986
/// (`rubin1986`).
pub(super) fn learn(plan: &Plan<'_>, seed: Seeded, ctx: Context<'_>) -> Result<Set, Interrupted> {
    let Plan { settings, train, shapes, places, order } = *plan;
    let mut rng = seed.split("bag").rng();
    let bag = Bag::bootstrap(train.n_rows(), train.subjects(), &mut rng);
    let n = bag.rows.len();
    let picked = |row: &u32| *row as usize;
    let weights: Vec<u8> = bag.rows.iter().map(|row| bag.weights[picked(row)]).collect();
    let people: Vec<u32> =
        bag.rows.iter().map(|row| train.subjects().map_or(*row, |people| people[picked(row)])).collect();
    let mut cells: Vec<EncodedColumn> = train
        .columns()
        .iter()
        .map(|column| EncodedColumn {
            tokens: bag.rows.iter().map(|row| column.tokens[picked(row)]).collect(),
            ranks: bag.rows.iter().filter_map(|row| column.ranks.get(picked(row)).copied()).collect(),
        })
        .collect();
    let all: Vec<u32> = (0..n as u32).collect();
    let (known, holes): (Vec<Vec<u32>>, Vec<Vec<u32>>) = cells
        .iter()
        .zip(shapes)
        .map(|(cells, shape)| all.iter().partition(|&&row| shape.class(cells.tokens[row as usize]).is_some()))
        .unzip();
    for ((cells, known), holes) in cells.iter_mut().zip(&known).zip(&holes) {
        borrow(cells, known, holes, &mut rng);
    }

    let mut design = Design::of(shapes, places, &cells, n);
    let mut gram = Gram::new(design.columns.len());
    gram.add(&design.columns, &weights, &all);
    let seen = |columns: &mut dyn Iterator<Item = usize>| -> Vec<std::ops::Range<usize>> {
        columns.map(|at| places[at]..places[at + 1]).collect()
    };
    let others: Vec<Vec<std::ops::Range<usize>>> =
        (0..shapes.len()).map(|own| seen(&mut (0..shapes.len()).filter(|&at| at != own))).collect();
    // Columns with few holes first: they help the others most.
    let mut turns: Vec<usize> =
        (0..shapes.len()).filter(|&at| !holes[at].is_empty() && !known[at].is_empty()).collect();
    turns.sort_by_key(|&at| (holes[at].len(), at));
    let mut rng = seed.split("chain").rng();
    for _ in 0..settings.cycles {
        for &at in &turns {
            ctx.stop.check()?;
            let table = rows(&design, &weights, &people, settings);
            gram.take(&design.columns, &weights, &holes[at]);
            let law = Law::fit(&table, &gram, &shapes[at], &cells[at], &known[at], &others[at]);
            law.draw(&shapes[at], &design.columns, &holes[at], &mut cells[at], &mut rng);
            design.set(&shapes[at], places[at], &cells[at], holes[at].iter().copied());
            gram.add(&design.columns, &weights, &holes[at]);
        }
    }

    let table = rows(&design, &weights, &people, settings);
    let given_all = (0..shapes.len())
        .into_par_iter()
        .map(|at| {
            ctx.stop.check()?;
            let mut own = gram.clone();
            own.take(&design.columns, &weights, &holes[at]);
            Ok(Law::fit(&table, &own, &shapes[at], &cells[at], &known[at], &others[at]))
        })
        .collect::<Result<_, Interrupted>>()?;
    let mut in_turn: Vec<(usize, Law)> = (0..order.len())
        .into_par_iter()
        .map(|place| {
            ctx.stop.check()?;
            let at = order[place];
            let before = seen(&mut order[..place].iter().copied());
            // A column without any value has no completed cell.
            let rows: &[u32] = if known[at].is_empty() { &[] } else { &all };
            Ok((at, Law::fit(&table, &gram, &shapes[at], &cells[at], rows, &before)))
        })
        .collect::<Result<_, Interrupted>>()?;
    in_turn.sort_by_key(|(at, _)| *at);
    Ok(Set { given_all, in_turn: in_turn.into_iter().map(|(_, law)| law).collect() })
}

fn rows<'a>(design: &'a Design, weights: &'a [u8], people: &'a [u32], settings: &Mice) -> Rows<'a> {
    Rows {
        design: &design.columns,
        weights,
        people,
        least: settings.leaf_rows,
        predictors: settings.predictors,
    }
}

/// A beginning: each hole gets the cell of some row that has one. It is drawn anew before anything is learned from it.
fn borrow(cells: &mut EncodedColumn, known: &[u32], holes: &[u32], rng: &mut impl Rng) {
    if known.is_empty() {
        return;
    }
    for &hole in holes {
        let from = known[rng.random_range(0..known.len())] as usize;
        cells.tokens[hole as usize] = cells.tokens[from];
        if let Some(&rank) = cells.ranks.get(from) {
            cells.ranks[hole as usize] = rank;
        }
    }
}
