//! How do columns of any kind become a few codes that can be counted?

use crate::Trio;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column};

/// A column of the holdout and the synthetic table in shared codes.
pub(crate) struct Coded {
    pub(crate) real: Vec<u16>,
    pub(crate) synthetic: Vec<u16>,
    /// Codes are below this number.
    pub(crate) n_codes: usize,
}

/// Levels with fewer training and holdout rows share a code.
const LEAST_ROWS: usize = 5;
/// Levels with a code of their own.
const MOST_LEVELS: usize = 10;

/// Codes every column: numbers by at most `bins` quantile bins of training and holdout rows, the ten commonest levels,
/// the rest together, and each kind of missing.
pub(crate) fn coded(trio: &Trio<'_>, bins: usize) -> Vec<Coded> {
    use rayon::prelude::*;
    (0..trio.schema.columns.len())
        .into_par_iter()
        .map(|at| {
            let [train, real, synthetic] =
                [trio.train, trio.holdout, trio.synthetic].map(|t| &t.columns()[at]);
            let coder = Coder::new(train, real, bins);
            Coded { real: coder.codes(real), synthetic: coder.codes(synthetic), n_codes: coder.n_codes() }
        })
        .collect()
}

/// How one column is coded: missing kinds first.
pub(crate) struct Coder {
    n_missing: usize,
    /// Upper edges of bins, for numbers.
    edges: Vec<f64>,
    /// Code of each level, for levels.
    of_level: Vec<u16>,
    n_values: usize,
}

impl Coder {
    pub(crate) fn new(train: &Column, real: &Column, bins: usize) -> Self {
        let kinds = train.missing.iter().chain(&real.missing).copied().max().unwrap_or(0);
        // One more for kinds of missing that only synthetic rows have.
        let n_missing = usize::from(kinds) + 1;
        match &real.cells {
            Cells::Number(values) => {
                let own = train.numbers().unwrap_or_default();
                let mut sorted: Vec<f64> =
                    own.iter().chain(values).copied().filter(|v| !v.is_nan()).collect();
                sorted.sort_by(f64::total_cmp);
                let mut edges: Vec<f64> =
                    (1..bins).filter_map(|at| sorted.get(at * sorted.len() / bins).copied()).collect();
                edges.dedup();
                let n_values = edges.len() + 1;
                Self { n_missing, edges, of_level: Vec::new(), n_values }
            }
            Cells::Level { codes, levels } => {
                let mut counts = vec![0_usize; levels.len()];
                let own = train.levels().map_or(&[][..], |(codes, _)| codes);
                for &code in codes.iter().chain(own) {
                    if let Some(count) = counts.get_mut(code as usize) {
                        *count += 1;
                    }
                }
                let mut common: Vec<usize> =
                    (0..levels.len()).filter(|&at| counts[at] >= LEAST_ROWS).collect();
                common.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
                common.truncate(MOST_LEVELS);
                let rest = common.len() as u16;
                let mut of_level = vec![rest; levels.len()];
                common.iter().enumerate().for_each(|(code, &level)| of_level[level] = code as u16);
                Self { n_missing, edges: Vec::new(), of_level, n_values: common.len() + 1 }
            }
        }
    }

    pub(crate) fn n_codes(&self) -> usize {
        self.n_missing + self.n_values
    }

    pub(crate) fn codes(&self, column: &Column) -> Vec<u16> {
        let missing = |code: u8| (usize::from(code) - 1).min(self.n_missing - 1) as u16;
        (0..column.len())
            .map(|row| {
                if column.missing[row] != 0 {
                    return missing(column.missing[row]);
                }
                let value = match &column.cells {
                    Cells::Number(values) => self.edges.partition_point(|edge| *edge <= values[row]) as u16,
                    Cells::Level { codes, .. } => {
                        self.of_level.get(codes[row] as usize).copied().unwrap_or(self.n_values as u16 - 1)
                    }
                };
                self.n_missing as u16 + value
            })
            .collect()
    }
}

/// How many rows have each level.
pub(crate) fn counts(codes: &[u32], n_levels: usize) -> Vec<usize> {
    let mut counts = vec![0; n_levels];
    for &code in codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    counts
}

/// Numeric columns of a table by position.
pub(crate) fn numbers(table: &Table) -> Vec<(usize, &[f64])> {
    table.columns().iter().enumerate().filter_map(|(at, column)| Some((at, column.numbers()?))).collect()
}
