//! Which tables are known to be good, bad or leaking?

use crate::metrics::own_ranks;
use crate::trio::some_rows;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column, NO_LEVEL};
use verosim_math::neighbours::neighbours;

/// Every column drawn anew: numbers evenly over the observed range, levels evenly, cells missing as often.
pub(super) fn uniform(table: &Table, seed: Seeded) -> Table {
    by_column(table, |at, column| {
        let mut rng = seed.split_at(at as u64).rng();
        match &mut column.cells {
            Cells::Number(values) => {
                let present = || values.iter().copied().filter(|value| !value.is_nan());
                let (low, high) =
                    (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
                for value in values.iter_mut().filter(|value| !value.is_nan()) {
                    *value = low + (high - low) * rng.random::<f64>();
                }
            }
            Cells::Level { codes, levels } => {
                let present = codes.iter_mut().filter(|code| **code != NO_LEVEL);
                present.for_each(|code| *code = rng.random_range(0..levels.len().max(1) as u32));
            }
        }
    })
}

/// Columns shuffled within each class of an outcome, which stays: the outcome can be learned, nothing else hangs together.
pub(super) fn shuffled_within(table: &Table, target: usize, seed: Seeded) -> Option<Table> {
    let (codes, levels) = table.columns().get(target)?.levels()?;
    let mut classes: Vec<Vec<usize>> = vec![Vec::new(); levels.len() + 1];
    for (row, &code) in codes.iter().enumerate() {
        classes[(code as usize).min(levels.len())].push(row);
    }
    let shuffle = |at: usize| {
        let mut rng = seed.split_at(at as u64).rng();
        let mut order: Vec<usize> = (0..table.n_rows()).collect();
        for class in &classes {
            let mut moved = class.clone();
            moved.shuffle(&mut rng);
            class.iter().zip(moved).for_each(|(&row, from)| order[row] = from);
        }
        order
    };
    rearranged(table, |at| if at == target { None } else { Some(shuffle(at)) })
}

/// Each row moved three tenths of the way to its nearest neighbour; levels are those of either, at those odds.
pub(super) fn mixed(table: &Table, seed: Seeded) -> Table {
    let points = own_ranks(table);
    let nearest: Vec<usize> = neighbours(&points, &points, 2)
        .iter()
        .enumerate()
        .map(|(row, found)| {
            let other = found.iter().map(|neighbour| neighbour.row as usize).find(|&other| other != row);
            other.unwrap_or(row)
        })
        .collect();
    by_column(table, |at, column| {
        let mut rng = seed.split_at(at as u64).rng();
        let (missing, of_before) = (&mut column.missing, table.columns()[at].missing.clone());
        match &mut column.cells {
            Cells::Number(values) => {
                let before = values.clone();
                for (row, value) in values.iter_mut().enumerate() {
                    let other = before[nearest[row]];
                    if !value.is_nan() && !other.is_nan() {
                        *value += 0.3 * (other - *value);
                    }
                }
            }
            Cells::Level { codes, .. } => {
                let before = codes.clone();
                for (row, code) in codes.iter_mut().enumerate() {
                    if rng.random_bool(0.3) {
                        *code = before[nearest[row]];
                        missing[row] = of_before[nearest[row]];
                    }
                }
            }
        }
    })
}

/// `base` with a share of its rows replaced by training rows.
pub(super) fn with_copies(base: &Table, train: &Table, share: f64, seed: Seeded) -> Option<Table> {
    let n = base.n_rows();
    let copies = ((share * n as f64).round() as usize).clamp(1, n).min(train.n_rows());
    let copied = train.take(&some_rows(train.n_rows(), copies, seed.split("copied")));
    let kept = base.take(&some_rows(n, n - copies, seed.split("kept")));
    copied.append(&kept)
}

/// Every number bent by a rising curve of its own; levels as they are. Distances between values are lost, ranks are not.
pub(super) fn warped(table: &Table) -> Table {
    by_column(table, |at, column| {
        let Cells::Number(values) = &mut column.cells else { return };
        let present = || values.iter().copied().filter(|value| !value.is_nan());
        let (low, high) =
            (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
        let span = (high - low).max(f64::MIN_POSITIVE);
        let power = [0.5, 2.0, 0.7, 1.5][at % 4];
        for value in values.iter_mut().filter(|value| !value.is_nan()) {
            *value = low + span * (0.2 + ((*value - low) / span).clamp(0.0, 1.0).powf(power));
        }
    })
}

/// Each row glued from two halves of the columns, of two rows: nobody as a whole, everybody in part.
pub(super) fn mosaic(table: &Table, seed: Seeded) -> Option<Table> {
    let half = table.columns().len() / 2;
    let mut order: Vec<usize> = (0..table.n_rows()).collect();
    order.shuffle(&mut seed.rng());
    rearranged(table, |at| (at >= half).then(|| order.clone()))
}

/// Rows drawn with replacement, each number moved by a hundredth of its spread: an engine that learned by heart.
pub(super) fn noisy_copies(table: &Table, seed: Seeded) -> Table {
    let mut rng = seed.split("rows").rng();
    let n = table.n_rows();
    let rows: Vec<usize> = (0..n).map(|_| rng.random_range(0..n.max(1))).collect();
    by_column(&table.take(&rows), |at, column| {
        let Cells::Number(values) = &mut column.cells else { return };
        let present = || values.iter().copied().filter(|value| !value.is_nan());
        let n = present().count().max(1) as f64;
        let mean = present().sum::<f64>() / n;
        let spread = (present().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        let mut rng = seed.split_at(at as u64).rng();
        values.iter_mut().for_each(|value| *value += 0.02 * spread * (rng.random::<f64>() - 0.5));
    })
}

fn by_column(table: &Table, change: impl Fn(usize, &mut Column)) -> Table {
    let mut columns = table.columns().to_vec();
    columns.iter_mut().enumerate().for_each(|(at, column)| change(at, column));
    Table::new(columns).unwrap_or_default()
}

/// Columns with their rows in another order each; `None` leaves a column as it is.
fn rearranged(table: &Table, order: impl Fn(usize) -> Option<Vec<usize>>) -> Option<Table> {
    let columns = (0..table.columns().len()).map(|at| {
        let column = table.columns()[at].clone();
        let Some(order) = order(at) else { return Some(column) };
        Some(Table::new(vec![column])?.take(&order).columns()[0].clone())
    });
    Table::new(columns.collect::<Option<Vec<_>>>()?)
}
