//! Do combinations of a few columns come out more often where somebody with them was learned from?

use crate::coded::Coder;
use crate::copying::key;
use rand::RngExt as _;
use rayon::prelude::*;
use std::collections::HashMap;
use verosim_core::Seeded;
use verosim_data::Table;

/// Subsets of columns that are counted.
const SUBSETS: usize = 160;
/// Bins of numbers.
const BINS: usize = 10;

/// Scores of every attacked row: the mean over subsets of two to five columns of log((made + ½) / (known + ½)), where
/// both count rows with the same cells; and the same with the row itself among those made.
///
/// Subsets alternate between numbers in ten bins, which see what is nearly repeated, and cells as they are, which see
/// what is glued together of several people.
pub(super) fn scores(attacked: &Table, known: &Table, made: &Table, seed: Seeded) -> [Vec<f64>; 2] {
    let n_columns = attacked.columns().len();
    let coders: Vec<Coder> =
        attacked.columns().iter().map(|column| Coder::new(column, column, BINS)).collect();
    let binned = |table: &Table| Keys {
        columns: coders
            .iter()
            .zip(table.columns())
            .map(|(coder, column)| coder.codes(column).into_iter().map(u64::from).collect())
            .collect(),
    };
    let tables = [attacked, known, made];
    let coded = [tables.map(&binned), tables.map(exact)];
    let sums = (0..SUBSETS)
        .into_par_iter()
        .map(|at| {
            let [attacked, known, made] = &coded[at % 2];
            let columns = subset(n_columns, seed.split_at(at as u64));
            let (known, made) = (known.counts(&columns), made.counts(&columns));
            let of = |row: usize| {
                let key = attacked.of(&columns, row);
                let count = |counts: &HashMap<u64, u32>| f64::from(counts.get(&key).copied().unwrap_or(0));
                let (known, made) = (count(&known), count(&made));
                (((made + 0.5) / (known + 0.5)).ln(), ((made + 1.5) / (known + 0.5)).ln())
            };
            let (plain, planted): (Vec<f64>, Vec<f64>) = (0..attacked.len()).map(of).unzip();
            [plain, planted]
        })
        .collect::<Vec<_>>();
    let mut total = [vec![0.0; attacked.n_rows()], vec![0.0; attacked.n_rows()]];
    for scores in &sums {
        for (total, scores) in total.iter_mut().zip(scores) {
            total.iter_mut().zip(scores).for_each(|(total, score)| *total += score / SUBSETS as f64);
        }
    }
    total
}

/// Cells of a table as numbers, column by column.
struct Keys {
    columns: Vec<Vec<u64>>,
}

/// Cells as they are.
fn exact(table: &Table) -> Keys {
    let columns = (0..table.columns().len())
        .map(|at| (0..table.n_rows()).map(|row| key(table, &[at], row)[0]).collect())
        .collect();
    Keys { columns }
}

impl Keys {
    fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The cells of a row in `columns`, hashed: among some ten thousand rows two unlike ones never share 64 bits.
    fn of(&self, columns: &[usize], row: usize) -> u64 {
        columns.iter().fold(0, |hash, &at| mixed(hash ^ self.columns[at][row]))
    }

    fn counts(&self, columns: &[usize]) -> HashMap<u64, u32> {
        let mut counts = HashMap::new();
        (0..self.len()).for_each(|row| *counts.entry(self.of(columns, row)).or_default() += 1);
        counts
    }
}

/// The finaliser of SplitMix64 after a step.
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Two to five columns, or all where there are fewer.
fn subset(n_columns: usize, seed: Seeded) -> Vec<usize> {
    let mut rng = seed.rng();
    let wanted = rng.random_range(2..=5).min(n_columns);
    let mut columns: Vec<usize> = (0..n_columns).collect();
    for at in 0..wanted {
        let other = rng.random_range(at..n_columns);
        columns.swap(at, other);
    }
    columns.truncate(wanted);
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_have_two_to_five_columns_once() {
        for at in 0..50 {
            let mut columns = subset(7, Seeded::new(at));
            assert!((2..=5).contains(&columns.len()));
            columns.sort_unstable();
            columns.dedup();
            assert!((2..=5).contains(&columns.len()), "no column twice");
        }
        assert_eq!(subset(1, Seeded::new(1)), [0]);
        assert_eq!(subset(0, Seeded::new(1)), Vec::<usize>::new());
    }
}
