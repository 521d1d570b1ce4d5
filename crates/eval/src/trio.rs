//! Which three tables are compared, and in which roles?

use verosim_core::Schema;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::constrain::clinical::Given;
use verosim_data::frame::{Cells, Column, NO_LEVEL};

/// Train, holdout and synthetic tables with one schema and one list of levels per column. All three have the same columns in the same
/// order; columns with a treatment other than `Model` are left out before a trio is made.
#[derive(Clone, Copy, Debug)]
pub struct Trio<'a> {
    /// What the columns mean.
    pub schema: &'a Schema,
    /// Rows that the generator learned from.
    pub train: &'a Table,
    /// Rows of other people from the same population.
    pub holdout: &'a Table,
    /// Rows under judgement.
    pub synthetic: &'a Table,
    /// A second, independent draw of the generator, when there is one (two-draw form of the
    /// classifier test).
    pub second: Option<&'a Table>,
    /// Outcome columns for utility, by position.
    pub targets: &'a [usize],
    /// Quasi-identifiers by position: what an attacker may know of a person. Well-known names are looked for when empty.
    pub keys: &'a [usize],
    /// Sensitive columns by position; outcomes and columns of levels are taken when empty.
    pub sensitive: &'a [usize],
    /// People in the population that the training rows are a sample of; the training rows themselves are taken for all of
    /// it when `None`, which is the most cautious.
    pub population: Option<usize>,
    /// Columns of the time to an event and of whether it happened, by position.
    pub survival: Option<(usize, usize)>,
    /// Person of each training row, when rows repeat per person.
    pub train_subjects: Option<&'a [u32]>,
    /// Person of each holdout row.
    pub holdout_subjects: Option<&'a [u32]>,
    /// The tables before they were thinned to the row limit; `None` when these are all rows.
    pub whole: Option<Whole<'a>>,
    /// Real rows that a language model was shown, as it was shown them, with the columns of the schema.
    pub shown: Option<&'a Table>,
    /// Free text, which the schema leaves out.
    pub prose: Option<Prose<'a>>,
    /// Columns that make groups of people, by position; those that the dictionary of concepts calls protected where none
    /// is named.
    pub groups: &'a [usize],
    /// Holdout people below which nothing is told of a group; 50 when `None`.
    pub group_size: Option<usize>,
    /// What a person said about which column holds which concept of clinical rules.
    pub concepts: Option<&'a Given>,
}

impl<'a> Trio<'a> {
    /// Three tables and nothing else; fields say what more is known.
    #[must_use]
    pub fn new(schema: &'a Schema, train: &'a Table, holdout: &'a Table, synthetic: &'a Table) -> Self {
        Self {
            schema,
            train,
            holdout,
            synthetic,
            second: None,
            targets: &[],
            keys: &[],
            sensitive: &[],
            population: None,
            survival: None,
            train_subjects: None,
            holdout_subjects: None,
            whole: None,
            shown: None,
            prose: None,
            groups: &[],
            group_size: None,
            concepts: None,
        }
    }
}

/// Columns of free text; both tables have the same ones, all of levels.
#[derive(Clone, Copy, Debug)]
pub struct Prose<'a> {
    /// Of the holdout rows.
    pub holdout: &'a Table,
    /// Of the synthetic rows.
    pub synthetic: &'a Table,
}

/// All rows of a trio.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Training rows.
    pub train: &'a Table,
    /// Holdout rows.
    pub holdout: &'a Table,
    /// Synthetic rows.
    pub synthetic: &'a Table,
}

/// Gives every level column of all tables one list of levels, so that equal codes mean equal texts.
pub(crate) fn align(tables: &[&Table]) -> Vec<Table> {
    let n_columns = tables.first().map_or(0, |table| table.columns().len());
    let mut aligned: Vec<Vec<Column>> = tables.iter().map(|_| Vec::with_capacity(n_columns)).collect();
    for at in 0..n_columns {
        let mut known: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
        let mut levels: Vec<String> = Vec::new();
        let maps: Vec<Vec<u32>> = tables
            .iter()
            .map(|table| match &table.columns()[at].cells {
                Cells::Number(_) => Vec::new(),
                Cells::Level { levels: own, .. } => own
                    .iter()
                    .map(|level| {
                        *known.entry(level.clone()).or_insert_with(|| {
                            levels.push(level.clone());
                            levels.len() as u32 - 1
                        })
                    })
                    .collect(),
            })
            .collect();
        for ((table, map), columns) in tables.iter().zip(&maps).zip(&mut aligned) {
            let column = &table.columns()[at];
            let cells = match &column.cells {
                Cells::Number(values) => Cells::Number(values.clone()),
                Cells::Level { codes, .. } => Cells::Level {
                    codes: codes
                        .iter()
                        .map(|&c| if c == NO_LEVEL { NO_LEVEL } else { map[c as usize] })
                        .collect(),
                    levels: levels.clone(),
                },
            };
            columns.push(Column { cells, ..column.clone() });
        }
    }
    aligned.into_iter().map(|columns| Table::new(columns).unwrap_or_default()).collect()
}

/// As many holdout as synthetic rows, at random where there are more.
pub(crate) fn equally_many(data: &Trio<'_>, seed: Seeded) -> (Table, Table) {
    let n = data.holdout.n_rows().min(data.synthetic.n_rows());
    let pick = |table: &Table, name: &str| table.take(&some_rows(table.n_rows(), n, seed.split(name)));
    (pick(data.holdout, "holdout"), pick(data.synthetic, "synthetic"))
}

/// At most `limit` of `n` rows at random, ascending.
pub(crate) fn some_rows(n: usize, limit: usize, seed: Seeded) -> Vec<usize> {
    use rand::RngExt as _;
    let mut rows: Vec<usize> = (0..n).collect();
    if n > limit {
        let mut rng = seed.rng();
        for at in 0..limit {
            let other = rng.random_range(at..n);
            rows.swap(at, other);
        }
        rows.truncate(limit);
        rows.sort_unstable();
    }
    rows
}
