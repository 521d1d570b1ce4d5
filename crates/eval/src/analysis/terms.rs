//! Which columns explain an outcome, and as which terms?

use crate::Trio;
use verosim_core::Kind;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column, NO_LEVEL};
use verosim_math::stats::{correlation_ratio, spearman};

/// Terms of a model, the same for every table.
pub(super) struct Terms {
    terms: Vec<Term>,
    columns: Vec<usize>,
}

struct Term {
    column: usize,
    name: String,
    part: Part,
}

enum Part {
    /// In deviations of the training rows.
    Number { mean: f64, deviation: f64 },
    /// This level against the commonest and the rare ones.
    Level(u32),
}

/// Share of training rows that a column may lack: the model is fitted to complete rows.
const MOST_MISSING: f64 = 0.2;
/// Levels of a column with a term of their own.
const MOST_LEVELS: usize = 4;
/// Rows of training and of holdout that a level needs for a term of its own: fewer are not told.
const LEAST_ROWS: usize = 11;
/// Share of training rows that it needs.
const LEAST_SHARE: f64 = 0.05;

impl Terms {
    /// Age and sex where there are columns of that name, and the `most` columns that go most strongly with `values` of
    /// the training `rows`.
    pub(super) fn choose(
        data: &Trio<'_>,
        except: &[usize],
        rows: &[usize],
        values: &[f64],
        most: usize,
    ) -> Self {
        let columns = data.train.columns();
        let usable: Vec<usize> = (0..columns.len())
            .filter(|at| !except.contains(at) && !matches!(columns[*at].kind, Kind::Date | Kind::Datetime))
            .filter(|&at| {
                let lacking = rows.iter().filter(|&&row| !is_present(&columns[at], row)).count();
                lacking as f64 <= MOST_MISSING * rows.len() as f64
            })
            .collect();
        let is_first = |at: &usize| {
            matches!(
                columns[*at].name.to_lowercase().as_str(),
                "age" | "sex" | "gender" | "age_years" | "anchor_age"
            )
        };
        let mut strongest: Vec<(usize, f64)> = usable
            .iter()
            .filter(|at| !is_first(at))
            .filter_map(|&at| Some((at, strength(&columns[at], rows, values)?)))
            .collect();
        strongest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut terms = Self { terms: Vec::new(), columns: Vec::new() };
        usable.iter().copied().filter(is_first).for_each(|at| terms.add(data, at, rows));
        let first = terms.columns.len();
        for (at, _) in strongest {
            // A column may give no term: its levels are all rare.
            if terms.columns.len() < first + most {
                terms.add(data, at, rows);
            }
        }
        terms
    }

    fn add(&mut self, data: &Trio<'_>, at: usize, rows: &[usize]) {
        let column = &data.train.columns()[at];
        let before = self.terms.len();
        match &column.cells {
            Cells::Number(values) => {
                let own: Vec<f64> = rows.iter().map(|&row| values[row]).filter(|x| x.is_finite()).collect();
                let n = own.len().max(1) as f64;
                let mean = own.iter().sum::<f64>() / n;
                let deviation = (own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
                if deviation.is_finite() && deviation > 0.0 {
                    let part = Part::Number { mean, deviation };
                    self.terms.push(Term { column: at, name: column.name.clone(), part });
                }
            }
            Cells::Level { codes, levels } => {
                let count = |codes: &[u32]| {
                    let mut counts = vec![0_usize; levels.len()];
                    codes
                        .iter()
                        .filter(|&&c| (c as usize) < levels.len())
                        .for_each(|&c| counts[c as usize] += 1);
                    counts
                };
                let known = count(codes);
                let held = count(data.holdout.columns()[at].levels().map_or(&[][..], |(codes, _)| codes));
                let least = (LEAST_SHARE * codes.len() as f64).max(LEAST_ROWS as f64);
                let mut common: Vec<usize> = (0..levels.len()).filter(|&level| known[level] > 0).collect();
                common.sort_by(|&a, &b| known[b].cmp(&known[a]).then(a.cmp(&b)));
                let own = common
                    .iter()
                    .skip(1)
                    .filter(|&&level| known[level] as f64 >= least && held[level] >= LEAST_ROWS)
                    .take(MOST_LEVELS);
                self.terms.extend(own.map(|&level| Term {
                    column: at,
                    name: format!("{} = {}", column.name, levels[level]),
                    part: Part::Level(level as u32),
                }));
            }
        }
        if self.terms.len() > before {
            self.columns.push(at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.name.as_str())
    }

    pub(super) fn is_complete(&self, table: &Table, row: usize) -> bool {
        self.columns.iter().all(|&at| is_present(&table.columns()[at], row))
    }

    /// One column per term.
    pub(super) fn design(&self, table: &Table, rows: &[usize]) -> Vec<Vec<f64>> {
        self.terms
            .iter()
            .map(|term| match (&term.part, &table.columns()[term.column].cells) {
                (Part::Number { mean, deviation }, Cells::Number(values)) => {
                    rows.iter().map(|&row| (values[row] - mean) / deviation).collect()
                }
                (Part::Level(level), Cells::Level { codes, .. }) => {
                    rows.iter().map(|&row| f64::from(u8::from(codes[row] == *level))).collect()
                }
                // Tables of a trio have the same kinds of column.
                _ => vec![0.0; rows.len()],
            })
            .collect()
    }
}

/// Whether a cell holds a value.
pub(super) fn is_present(column: &Column, row: usize) -> bool {
    column.missing[row] == 0
        && match &column.cells {
            Cells::Number(values) => values[row].is_finite(),
            Cells::Level { codes, .. } => codes[row] != NO_LEVEL,
        }
}

fn strength(column: &Column, rows: &[usize], values: &[f64]) -> Option<f64> {
    match &column.cells {
        Cells::Number(own) => {
            let own: Vec<f64> = rows.iter().map(|&row| own[row]).collect();
            spearman(&own, values).map(f64::abs)
        }
        Cells::Level { codes, levels } => {
            let own: Vec<u32> = rows.iter().map(|&row| codes[row]).collect();
            // A column with a level for every few rows explains anything.
            (levels.len() <= 20).then(|| correlation_ratio(values, &own, levels.len())).flatten()
        }
    }
}
