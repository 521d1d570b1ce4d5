//! Which rows would an engine only know from us?
//!
//! A canary is a row of the table's own law with an unusual but legal end: rows from another world are not learned, and
//! their silence would comfort for nothing. A fair coin decides which canaries are learned from; the others are controls.

mod unusual;

use crate::Table;
use crate::frame::{Cells, Column};
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use unusual::Unusual;
use verosim_core::schema::Treatment;
use verosim_core::{Kind, Schema, Seeded};

/// Rows that were made to be recognised, and which of them are learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Canaries {
    /// The rows, with all columns of the training table.
    pub rows: Table,
    /// What is unusual about each.
    pub kinds: Vec<CanaryKind>,
    /// Whether each is learned from: fair coins.
    pub planted: Vec<bool>,
}

/// What is unusual about a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CanaryKind {
    /// Levels, each of enough people, that nobody has together.
    Combination,
    /// A number within the usual range that nobody has.
    Number,
    /// Nothing: the row of a patient who is in the training data, and is there twice when the canary is planted.
    Twin,
}

impl CanaryKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Combination, Self::Number, Self::Twin];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Combination => "rare combination",
            Self::Number => "exact number",
            Self::Twin => "patient twice",
        }
    }
}

/// Fewest canaries that can show anything.
pub const LEAST_CANARIES: usize = 40;
/// Training rows for each canary: more canaries would change the table's law.
pub const ROWS_PER_CANARY: usize = 10;

/// Why no canaries were made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanaryError {
    /// Too few canaries.
    #[error("not assessable: {asked} canaries show nothing, {LEAST_CANARIES} are the fewest")]
    TooFewCanaries {
        /// Canaries asked for.
        asked: usize,
    },
    /// Too few rows.
    #[error(
        "not assessable: {asked} canaries among {rows} training rows would change what is learned; {ROWS_PER_CANARY} rows \
         for each are the fewest"
    )]
    TooFewRows {
        /// Canaries asked for.
        asked: usize,
        /// Training rows.
        rows: usize,
    },
    /// Nothing can be unusual.
    #[error("not assessable: no column leaves room for an unusual value")]
    NoRoom,
}

impl verosim_core::Hint for CanaryError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TooFewCanaries { .. } => {
                format!("ask for `--canaries {}` or more", LEAST_CANARIES.max(100))
            }
            Self::TooFewRows { rows, .. } if rows / ROWS_PER_CANARY >= LEAST_CANARIES => {
                format!("ask for `--canaries {}` or fewer", rows / ROWS_PER_CANARY)
            }
            Self::TooFewRows { .. } => {
                format!("bring {} training rows or more", LEAST_CANARIES * ROWS_PER_CANARY)
            }
            Self::NoRoom => "canaries need a number with gaps or two columns with levels".into(),
        })
    }
}

/// Makes `n` canaries from `train`: two fifths each have a rare combination or an exact number, a fifth are twins. Rows
/// that `is_legal` refuses are not taken. The same seed and table give the same canaries.
///
/// # Errors
/// [`CanaryError`].
///
/// # Cost
/// O(n · rows).
///
/// # Source
/// In-distribution rows with an unusual end: `meeus2025`.
pub fn canaries(
    train: &Table,
    schema: &Schema,
    n: usize,
    is_legal: impl Fn(&Table) -> Vec<bool>,
    seed: Seeded,
) -> Result<Canaries, CanaryError> {
    if n < LEAST_CANARIES {
        return Err(CanaryError::TooFewCanaries { asked: n });
    }
    if train.n_rows() < n * ROWS_PER_CANARY {
        return Err(CanaryError::TooFewRows { asked: n, rows: train.n_rows() });
    }
    let unusual = Unusual::new(train, schema);
    let mut bases: Vec<usize> = (0..train.n_rows()).collect();
    bases.shuffle(&mut seed.split("bases").rng());
    let mut rows: Option<Table> = None;
    let (mut kinds, mut made) = (Vec::new(), 0);
    for (place, &base) in bases.iter().enumerate() {
        if made == n {
            break;
        }
        // Two of five, two of five, one of five, whatever was refused in between.
        let wanted = match made % 5 {
            0 | 2 => CanaryKind::Combination,
            1 | 3 => CanaryKind::Number,
            _ => CanaryKind::Twin,
        };
        let mut rng = seed.split("ends").split_at(place as u64).rng();
        let row = train.take(&[base]);
        let Some((row, kind)) = unusual.change(&row, wanted, &mut rng) else { continue };
        if kind != CanaryKind::Twin && is_legal(&row) != [true] {
            continue;
        }
        rows = match rows {
            None => Some(row),
            Some(before) => before.append(&row),
        };
        kinds.push(kind);
        made += 1;
    }
    match rows {
        Some(rows) if made == n => {
            let coin = |at: usize| seed.split("coins").split_at(at as u64).rng().random_bool(0.5);
            Ok(Canaries { rows, kinds, planted: (0..n).map(coin).collect() })
        }
        _ => Err(CanaryError::NoRoom),
    }
}

impl Canaries {
    /// The training rows and, behind them, the planted canaries, each a person of its own.
    #[must_use]
    pub fn plant(&self, train: &Table, people: Option<&[u32]>) -> (Table, Option<Vec<u32>>) {
        let rows: Vec<usize> = (0..self.planted.len()).filter(|&at| self.planted[at]).collect();
        let Some(table) = train.append(&self.rows.take(&rows)) else {
            return (train.clone(), people.map(<[u32]>::to_vec));
        };
        let people = people.map(|people| {
            let next = people.iter().max().map_or(0, |last| last + 1);
            people.iter().copied().chain(next..next + rows.len() as u32).collect()
        });
        (table, people)
    }

    /// Canaries that are learned from.
    #[must_use]
    pub fn n_planted(&self) -> usize {
        self.planted.iter().filter(|planted| **planted).count()
    }
}

/// Columns that a canary can be recognised by.
fn is_learned(schema: &Schema, column: &Column) -> bool {
    schema.columns.iter().any(|known| {
        known.name == column.name
            && known.treatment == Treatment::Model
            && !matches!(known.kind, Kind::Id | Kind::Text | Kind::Constant)
    })
}

/// The same column with one cell.
fn of_cell(column: &Column, cells: Cells) -> Column {
    Column { missing: vec![0], cells, ..column.clone() }
}

#[cfg(test)]
mod tests;
