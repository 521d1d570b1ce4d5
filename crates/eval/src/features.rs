//! How do tables become what learners take, with one encoding for all of them?

use verosim_data::Table;
use verosim_data::frame::{Cells, NO_LEVEL};
use verosim_math::learn::{self, Binned, Feature};
use verosim_math::neighbours::Points;
use verosim_math::stats::mid_ranks;

/// Rows of several tables, one below the other, as columns for learners.
pub(crate) struct Stacked {
    columns: Vec<StackedColumn>,
    /// Position in the schema of each column.
    pub(crate) of: Vec<usize>,
}

enum StackedColumn {
    Number(Vec<f64>),
    Level { codes: Vec<u32>, n_levels: usize },
}

/// Levels with a code of their own; the others are one level.
const MOST_LEVELS: usize = 250;
/// Indicator columns that one column may give a linear model.
const MOST_INDICATORS: usize = 8;

impl Stacked {
    /// Stacks `tables` without the columns `except`. Kinds of missing beyond one are a column of their own.
    pub(crate) fn new(tables: &[&Table], except: &[usize]) -> Self {
        let n_columns = tables.first().map_or(0, |table| table.columns().len());
        let mut stacked = Self { columns: Vec::new(), of: Vec::new() };
        for at in (0..n_columns).filter(|at| !except.contains(at)) {
            let parts: Vec<_> = tables.iter().map(|table| &table.columns()[at]).collect();
            stacked.of.push(at);
            if parts[0].numbers().is_some() {
                let values = parts.iter().flat_map(|part| part.numbers().unwrap_or_default().iter().copied());
                stacked.columns.push(StackedColumn::Number(values.collect()));
            } else {
                let n_levels =
                    parts.iter().filter_map(|part| part.levels()).map(|(_, l)| l.len()).max().unwrap_or(0);
                let codes: Vec<u32> = parts
                    .iter()
                    .filter_map(|part| part.levels())
                    .flat_map(|(codes, _)| codes.iter().copied())
                    .collect();
                stacked.columns.push(common_levels(&codes, n_levels));
            }
            let kinds = parts.iter().flat_map(|part| &part.missing).copied().max().unwrap_or(0);
            if kinds > 1 {
                let codes =
                    parts.iter().flat_map(|part| part.missing.iter().map(|&m| u32::from(m))).collect();
                stacked.of.push(at);
                stacked.columns.push(StackedColumn::Level { codes, n_levels: usize::from(kinds) + 1 });
            }
        }
        stacked
    }

    /// As bins for boosted trees.
    pub(crate) fn binned(&self) -> Binned {
        let features: Vec<Feature<'_>> = self
            .columns
            .iter()
            .map(|column| match column {
                StackedColumn::Number(values) => Feature::Number(values),
                StackedColumn::Level { codes, n_levels } => Feature::Level { codes, n_levels: *n_levels },
            })
            .collect();
        Binned::new(&features)
    }

    /// As standardised columns for linear models: numbers with an indicator of missing, the commonest levels as
    /// indicators.
    pub(crate) fn design(&self) -> Vec<Vec<f64>> {
        let mut design = Vec::new();
        for column in &self.columns {
            match column {
                StackedColumn::Number(values) => {
                    let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
                    let mean = present.iter().sum::<f64>() / present.len().max(1) as f64;
                    push_standardised(
                        &mut design,
                        values.iter().map(|v| if v.is_nan() { mean } else { *v }).collect(),
                    );
                    push_standardised(
                        &mut design,
                        values.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect(),
                    );
                }
                StackedColumn::Level { codes, n_levels } => {
                    let mut counts = vec![0_usize; *n_levels];
                    codes.iter().filter(|&&c| c != NO_LEVEL).for_each(|&c| counts[c as usize] += 1);
                    let mut common: Vec<usize> = (0..*n_levels).filter(|&level| counts[level] > 0).collect();
                    common.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
                    // The commonest level is the reference.
                    for &level in common.iter().skip(1).take(MOST_INDICATORS) {
                        let is = codes.iter().map(|&c| f64::from(u8::from(c as usize == level))).collect();
                        push_standardised(&mut design, is);
                    }
                    let missing = codes.iter().map(|&c| f64::from(u8::from(c == NO_LEVEL))).collect();
                    push_standardised(&mut design, missing);
                }
            }
        }
        design
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| match column {
            StackedColumn::Number(values) => values.len(),
            StackedColumn::Level { codes, .. } => codes.len(),
        })
    }

    /// Some rows as points: numbers by their rank among all rows, levels by code.
    pub(crate) fn points(&self, rows: std::ops::Range<usize>) -> Points {
        let (mut numbers, mut levels) = (Vec::new(), Vec::new());
        for column in &self.columns {
            match column {
                StackedColumn::Number(values) => {
                    let n = values.len().max(1) as f64;
                    let ranks = mid_ranks(values);
                    numbers.push(ranks[rows.clone()].iter().map(|rank| (rank / n) as f32).collect());
                }
                StackedColumn::Level { codes, .. } => {
                    // Codes are few; what is beyond them is missing.
                    let short = |&code: &u32| u16::try_from(code).unwrap_or(u16::MAX);
                    levels.push(codes[rows.clone()].iter().map(short).collect());
                }
            }
        }
        Points::new(&numbers, &levels)
    }

    /// One column of codes or ranks for a single-column comparison.
    pub(crate) fn column_feature(&self, at: usize) -> Feature<'_> {
        match &self.columns[at] {
            StackedColumn::Number(values) => Feature::Number(values),
            StackedColumn::Level { codes, n_levels } => Feature::Level { codes, n_levels: *n_levels },
        }
    }
}

fn common_levels(codes: &[u32], n_levels: usize) -> StackedColumn {
    if n_levels <= MOST_LEVELS {
        return StackedColumn::Level { codes: codes.to_vec(), n_levels };
    }
    let mut counts = vec![0_usize; n_levels];
    codes.iter().filter(|&&c| c != NO_LEVEL).for_each(|&c| counts[c as usize] += 1);
    let mut common: Vec<usize> = (0..n_levels).collect();
    common.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
    let mut code = vec![MOST_LEVELS as u32; n_levels];
    common.iter().take(MOST_LEVELS).enumerate().for_each(|(at, &level)| code[level] = at as u32);
    let codes =
        codes.iter().map(|&c| if c == NO_LEVEL { learn::NO_LEVEL } else { code[c as usize] }).collect();
    StackedColumn::Level { codes, n_levels: MOST_LEVELS + 1 }
}

/// Adds a column with mean 0 and deviation 1, unless it is constant.
fn push_standardised(design: &mut Vec<Vec<f64>>, mut column: Vec<f64>) {
    let n = column.len().max(1) as f64;
    let mean = column.iter().sum::<f64>() / n;
    let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    if deviation > 1e-9 {
        column.iter_mut().for_each(|x| *x = (*x - mean) / deviation);
        design.push(column);
    }
}

/// Rows of a table in the shape of [`Cells`], for outcomes.
pub(crate) fn present(table: &Table, column: usize) -> Vec<u32> {
    let cells = &table.columns()[column];
    (0..table.n_rows() as u32)
        .filter(|&row| {
            cells.missing[row as usize] == 0
                && match &cells.cells {
                    Cells::Number(values) => values[row as usize].is_finite(),
                    Cells::Level { codes, .. } => codes[row as usize] != NO_LEVEL,
                }
        })
        .collect()
}
