//! How is an ordinary row given an end that nobody has, and that is still legal?

use super::{CanaryKind, is_learned, of_cell};
use crate::Table;
use crate::encode::support;
use crate::frame::{Cells, Column};
use rand::{Rng, RngExt as _};
use std::collections::HashSet;
use verosim_core::schema::Format;
use verosim_core::{Kind, Schema};

/// What is there, so that something else can be chosen.
pub(super) struct Unusual<'a> {
    train: &'a Table,
    /// Columns whose numbers leave gaps.
    numbers: Vec<Number>,
    /// Columns with two or more levels of enough people.
    levels: Vec<Levels>,
}

struct Number {
    at: usize,
    /// The middle nine tenths.
    low: f64,
    high: f64,
    /// Ten to the number of decimals.
    unit: f64,
    taken: HashSet<u64>,
}

struct Levels {
    at: usize,
    /// Codes of levels that enough rows have, with the chance of each: the rarer, the likelier.
    codes: Vec<(u32, f64)>,
}

/// Rows behind a level that a canary may have.
const LEAST_SUPPORT: usize = 5;
/// Most levels that are changed together.
const MOST_CHANGED: usize = 3;
/// Tries for an end that nobody has.
const TRIES: usize = 64;

impl<'a> Unusual<'a> {
    pub(super) fn new(train: &'a Table, schema: &Schema) -> Self {
        let (mut numbers, mut levels) = (Vec::new(), Vec::new());
        for (at, column) in train.columns().iter().enumerate() {
            if !is_learned(schema, column) {
                continue;
            }
            match &column.cells {
                Cells::Number(values) if matches!(column.kind, Kind::Continuous | Kind::Count) => {
                    let decimals = schema.index_of(&column.name).map_or(0, |at| decimals(schema, at));
                    numbers.extend(Number::new(at, values, decimals));
                }
                Cells::Number(_) => {}
                Cells::Level { codes, levels: names } => {
                    let rows = support(codes, names.len(), None);
                    let common = (0..names.len()).filter(|&level| rows[level] >= LEAST_SUPPORT);
                    let codes: Vec<(u32, f64)> =
                        common.map(|level| (level as u32, 1.0 / rows[level] as f64)).collect();
                    if codes.len() >= 2 {
                        levels.push(Levels { at, codes });
                    }
                }
            }
        }
        Self { train, numbers, levels }
    }

    /// `row` with an end of the wanted kind, or of another where the table leaves no room for it; `None` for neither.
    pub(super) fn change(
        &self,
        row: &Table,
        wanted: CanaryKind,
        rng: &mut impl Rng,
    ) -> Option<(Table, CanaryKind)> {
        let other = match wanted {
            CanaryKind::Twin => return Some((row.clone(), wanted)),
            CanaryKind::Combination => CanaryKind::Number,
            CanaryKind::Number => CanaryKind::Combination,
        };
        [wanted, other].into_iter().find_map(|kind| {
            let row = match kind {
                CanaryKind::Number => self.number(row, rng),
                _ => self.combination(row, rng),
            };
            Some((row?, kind))
        })
    }

    /// Another number where nobody has one.
    fn number(&self, row: &Table, rng: &mut impl Rng) -> Option<Table> {
        (0..TRIES).find_map(|_| {
            let number = self.numbers.get(rng.random_range(0..self.numbers.len().max(1)))?;
            let whole = rng.random_range(number.low..=number.high) * number.unit;
            let value = whole.round() / number.unit;
            let is_free = !number.taken.contains(&value.to_bits());
            is_free.then(|| with(row, vec![(number.at, Cells::Number(vec![value]))]))?
        })
    }

    /// Other levels, rather rare ones, that nobody has together.
    fn combination(&self, row: &Table, rng: &mut impl Rng) -> Option<Table> {
        let n = self.levels.len();
        if n < 2 {
            return None;
        }
        (0..TRIES).find_map(|_| {
            let mut places: Vec<usize> = (0..n).collect();
            let changed = MOST_CHANGED.min(n);
            for at in 0..changed {
                places.swap(at, rng.random_range(at..n));
            }
            let chosen: Vec<(usize, u32)> = places[..changed]
                .iter()
                .map(|&place| {
                    let levels = &self.levels[place];
                    let mut left = rng.random::<f64>() * levels.codes.iter().map(|code| code.1).sum::<f64>();
                    let code = levels.codes.iter().find(|code| {
                        left -= code.1;
                        left < 0.0
                    });
                    (levels.at, code.or(levels.codes.last()).map_or(0, |code| code.0))
                })
                .collect();
            if self.occurs(&chosen) {
                return None;
            }
            let cells = chosen.iter().map(|&(at, code)| {
                let levels =
                    self.train.columns()[at].levels().map_or(Vec::new(), |(_, levels)| levels.to_vec());
                (at, Cells::Level { codes: vec![code], levels })
            });
            with(row, cells.collect())
        })
    }

    /// Whether any training row has these levels together.
    fn occurs(&self, chosen: &[(usize, u32)]) -> bool {
        let codes: Vec<(&[u32], u32)> = chosen
            .iter()
            .filter_map(|&(at, code)| Some((self.train.columns()[at].levels()?.0, code)))
            .collect();
        (0..self.train.n_rows()).any(|row| codes.iter().all(|(codes, code)| codes[row] == *code))
    }
}

impl Number {
    /// `None` where the numbers leave no gap within their middle.
    fn new(at: usize, values: &[f64], decimals: u8) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let unit = 10_f64.powi(i32::from(decimals));
        let quantile =
            |share: f64| sorted.get((share * sorted.len().saturating_sub(1) as f64) as usize).copied();
        let (low, high) = (quantile(0.05)?, quantile(0.95)?);
        let taken: HashSet<u64> =
            sorted.iter().map(|value| ((value * unit).round() / unit).to_bits()).collect();
        let inside = sorted.iter().filter(|value| (low..=high).contains(*value));
        let distinct =
            inside.map(|value| ((value * unit).round() / unit).to_bits()).collect::<HashSet<u64>>().len();
        let places = ((high - low) * unit).round() + 1.0;
        // A quarter of the places must be free, so that what is put there is no rarity among rarities.
        (places >= 20.0 && (distinct as f64) < 0.75 * places).then_some(Self { at, low, high, unit, taken })
    }
}

/// Decimals that the column is written with.
fn decimals(schema: &Schema, at: usize) -> u8 {
    match &schema.columns[at].format {
        Format::Number { max_decimals, .. } => (*max_decimals).min(9),
        _ => 0,
    }
}

/// The row with other cells.
fn with(row: &Table, cells: Vec<(usize, Cells)>) -> Option<Table> {
    let mut columns: Vec<Column> = row.columns().to_vec();
    for (at, cells) in cells {
        columns[at] = of_cell(&columns[at], cells);
    }
    Table::new(columns)
}
