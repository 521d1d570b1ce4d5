//! Is a record that a reply holds a row of this table?

use super::Reason;
use crate::card::{Card, CardColumn};
use crate::codec::{Parsed, Raw};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use verosim_core::Kind;
use verosim_data::constrain::Allowed;
use verosim_data::frame::NO_LEVEL;
use verosim_data::{Cells, Column, Table};

/// A cell that was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Missing.
    Missing,
    /// A number; times as days or seconds since 1970.
    Number(f64),
    /// A level, by its place in the allowance.
    Level(u32),
    /// A level of a column whose levels nobody named.
    Text(String),
}

/// A row that was checked; one cell per column of the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(pub Vec<Cell>);

/// A row with what was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The row.
    pub record: Record,
    /// Whether a cell was repaired.
    pub repaired: bool,
}

/// Most characters of a level that nobody named.
const LONGEST_TEXT: usize = 80;

/// Checks records against a card: types, levels, ranges. Repairs what can only be meant one way.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'a> {
    card: &'a Card,
    /// Column of the card of each column of the contract.
    order: &'a [usize],
}

impl<'a> Checker<'a> {
    /// Checks records whose columns are those of `card` at `order`.
    #[must_use]
    pub fn new(card: &'a Card, order: &'a [usize]) -> Self {
        Self { card, order }
    }

    /// The row, or why it is none and which column (of the card) is to blame.
    ///
    /// # Errors
    /// The first reason in the order of the contract's columns.
    pub fn check(&self, parsed: &Parsed) -> Result<Checked, (Reason, Option<usize>)> {
        let mut cells = vec![Cell::Missing; self.card.columns().len()];
        let mut repaired = parsed.extra;
        for (&at, raw) in self.order.iter().zip(&parsed.cells) {
            let column = &self.card.columns()[at];
            let raw = raw.as_ref().ok_or((Reason::MissingColumn, Some(at)))?;
            let (cell, mended) = cell(column, raw).map_err(|reason| (reason, Some(at)))?;
            cells[at] = cell;
            repaired |= mended;
        }
        Ok(Checked { record: Record(cells), repaired })
    }
}

/// A cell, and whether it was repaired.
fn cell(column: &CardColumn, raw: &Raw) -> Result<(Cell, bool), Reason> {
    let allowance = &column.allowance;
    let text = match raw {
        Raw::Null if allowance.nullable => return Ok((Cell::Missing, false)),
        Raw::Null => return Err(Reason::TypeError),
        Raw::Number(number) => {
            return match &allowance.values {
                Allowed::Number { .. } if !matches!(allowance.schema.kind, Kind::Date | Kind::Datetime) => {
                    number_cell(column, *number)
                }
                Allowed::Number { .. } => Err(Reason::TypeError),
                // Levels that look like numbers are often written without quotes.
                _ => level_cell(column, &number.to_string()).map(|(cell, _)| (cell, true)),
            };
        }
        Raw::Bool(truth) => {
            let words = if *truth {
                ["1", "true", "yes", "True", "Yes"]
            } else {
                ["0", "false", "no", "False", "No"]
            };
            let level = words.iter().find_map(|word| column.level(word)).ok_or(Reason::TypeError)?;
            return Ok((Cell::Level(level), true));
        }
        Raw::Text(text) => text,
    };
    match &allowance.values {
        Allowed::Number { .. } if matches!(allowance.schema.kind, Kind::Date | Kind::Datetime) => {
            let value = column.time(text).ok_or(Reason::TypeError)?;
            in_range(column, value).map(|()| (Cell::Number(value), false))
        }
        Allowed::Number { .. } => {
            // Numbers of CSV and sentences are plain text; anything more is a repair.
            if let Ok(number) = text.parse::<f64>() {
                return if number.is_finite() { number_cell(column, number) } else { Err(Reason::TypeError) };
            }
            let number = mend_number(text, allowance.schema.unit.as_deref()).ok_or(Reason::TypeError)?;
            number_cell(column, number).map(|(cell, _)| (cell, true))
        }
        Allowed::Levels { .. } => level_cell(column, text),
        Allowed::Anything => {
            let text = text.trim();
            let fits =
                !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control);
            if fits { Ok((Cell::Text(text.to_owned()), false)) } else { Err(Reason::OutOfDomain) }
        }
    }
}

fn number_cell(column: &CardColumn, number: f64) -> Result<(Cell, bool), Reason> {
    let Allowed::Number { decimals, .. } = &column.allowance.values else { return Err(Reason::TypeError) };
    let unit = 10_f64.powi(i32::from(*decimals));
    let rounded = (number * unit).round() / unit;
    // More decimals than the column has are rounded off.
    let repaired = (rounded - number).abs() > 1e-9 * number.abs().max(1.0);
    in_range(column, rounded).map(|()| (Cell::Number(rounded), repaired))
}

fn in_range(column: &CardColumn, value: f64) -> Result<(), Reason> {
    match &column.allowance.values {
        _ if !value.is_finite() => Err(Reason::TypeError),
        Allowed::Number { range: Some(range), .. } if value < range.low || value > range.high => {
            Err(Reason::OutOfRange)
        }
        _ => Ok(()),
    }
}

/// The level of that name; letter case and outer spaces are forgiven when only one level can be meant.
fn level_cell(column: &CardColumn, text: &str) -> Result<(Cell, bool), Reason> {
    if let Some(level) = column.level(text) {
        return Ok((Cell::Level(level), false));
    }
    if let Allowed::Anything = column.allowance.values {
        return Ok((Cell::Text(text.to_owned()), false));
    }
    let wanted = text.trim().to_lowercase();
    let mut near = column.shown.iter().enumerate().filter(|(_, shown)| shown.trim().to_lowercase() == wanted);
    match (near.next(), near.next()) {
        (Some((level, _)), None) => Ok((Cell::Level(level as u32), true)),
        _ => Err(Reason::OutOfDomain),
    }
}

/// A number with thousands separators, its own unit behind it, or digits of another script.
fn mend_number(text: &str, unit: Option<&str>) -> Option<f64> {
    let mut text: String = text
        .trim()
        .chars()
        .map(|letter| {
            letter.to_digit(10).or_else(|| other_digit(letter)).map_or(letter, |d| char::from(b'0' + d as u8))
        })
        .collect();
    if let Some(unit) = unit
        && let Some(bare) = text.strip_suffix(unit)
    {
        text = bare.trim_end().to_owned();
    }
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    if whole.contains(',') {
        let mut groups = whole.trim_start_matches('-').split(',');
        let first = groups.next()?;
        let grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
        if !grouped {
            return None;
        }
    }
    let plain = whole.replace(',', "") + &rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    let is_plain = plain.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.parse::<f64>().ok().filter(|value| is_plain && value.is_finite())
}

/// Digits of scripts that clinical texts use: Arabic-Indic, Persian, Devanagari, full-width.
fn other_digit(letter: char) -> Option<u32> {
    [0x0660_u32, 0x06f0, 0x0966, 0xff10]
        .into_iter()
        .map(|zero| (letter as u32).wrapping_sub(zero))
        .find(|&digit| digit < 10)
}

impl Record {
    /// The texts of the columns at `order`, as the model would write them.
    #[must_use]
    pub fn texts(&self, card: &Card, order: &[usize]) -> Vec<Option<String>> {
        order
            .iter()
            .map(|&at| {
                let column = &card.columns()[at];
                match &self.0[at] {
                    Cell::Missing => None,
                    Cell::Number(value) => Some(column.number_text(*value)),
                    Cell::Level(level) => column.shown.get(*level as usize).cloned(),
                    Cell::Text(text) => Some(text.clone()),
                }
            })
            .collect()
    }

    /// Rows of a table that has the card's columns. Levels that the card does not allow (those of few people), and
    /// numbers outside its range, become missing: they are not told even where rows are.
    #[must_use]
    pub fn of_table(card: &Card, table: &Table) -> Vec<Self> {
        let mut records = vec![Self(Vec::with_capacity(card.columns().len())); table.n_rows()];
        for column in card.columns() {
            let source = table.column(column.name());
            let map: Vec<Option<u32>> = match (source.and_then(Column::levels), &column.allowance.values) {
                (Some((_, levels)), Allowed::Levels { texts, .. }) => {
                    let at: HashMap<&str, u32> = texts.iter().map(String::as_str).zip(0..).collect();
                    levels.iter().map(|level| at.get(level.as_str()).copied()).collect()
                }
                _ => Vec::new(),
            };
            for (row, record) in records.iter_mut().enumerate() {
                record.0.push(source.map_or(Cell::Missing, |source| of_cell(column, source, &map, row)));
            }
        }
        records
    }

    /// The rows as a table with the card's columns and the real names of levels.
    #[must_use]
    pub fn to_table(records: &[Self], card: &Card) -> Table {
        let columns = card
            .columns()
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = records.iter().map(|record| &record.0[at]);
                let missing = cells.clone().map(|cell| u8::from(*cell == Cell::Missing)).collect();
                let cells = match &column.allowance.values {
                    Allowed::Number { .. } => Cells::Number(
                        cells
                            .map(|cell| if let Cell::Number(value) = cell { *value } else { f64::NAN })
                            .collect(),
                    ),
                    Allowed::Levels { texts, .. } => Cells::Level {
                        codes: cells
                            .map(|cell| if let Cell::Level(level) = cell { *level } else { NO_LEVEL })
                            .collect(),
                        levels: texts.clone(),
                    },
                    Allowed::Anything => free_levels(cells),
                };
                Column { name: column.name().to_owned(), kind: column.allowance.schema.kind, missing, cells }
            })
            .collect();
        Table::new(columns).unwrap_or_default()
    }
}

fn of_cell(column: &CardColumn, source: &Column, map: &[Option<u32>], row: usize) -> Cell {
    if source.missing[row] != 0 {
        return Cell::Missing;
    }
    match &source.cells {
        Cells::Number(values) if in_range(column, values[row]).is_ok() => Cell::Number(values[row]),
        Cells::Number(_) => Cell::Missing,
        Cells::Level { codes, .. } => {
            map.get(codes[row] as usize).copied().flatten().map_or(Cell::Missing, Cell::Level)
        }
    }
}

/// Levels in order of their first row.
fn free_levels<'a>(cells: impl Iterator<Item = &'a Cell>) -> Cells {
    let mut levels: Vec<String> = Vec::new();
    let mut at: HashMap<String, u32> = HashMap::new();
    let codes = cells
        .map(|cell| match cell {
            Cell::Text(text) => *at.entry(text.clone()).or_insert_with(|| {
                levels.push(text.clone());
                levels.len() as u32 - 1
            }),
            _ => NO_LEVEL,
        })
        .collect();
    Cells::Level { codes, levels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Mapping;
    use verosim_core::{ColumnSchema, Disclosure, Seeded};
    use verosim_data::constrain::{Allowance, Known, Range};

    fn card() -> Card {
        let number = |name: &str, low, high, decimals| {
            let mut schema = ColumnSchema::declared(name, Kind::Continuous);
            schema.unit = Some("mmHg".into());
            let range = Some(Range { low, high, quantiles: None });
            (schema, Allowed::Number { range, decimals })
        };
        let sex = Allowed::Levels { texts: vec!["F".into(), "M".into()], shares: Vec::new() };
        let columns: Vec<Allowance> = [
            number("pressure", 40.0, 2000.0, 1),
            (ColumnSchema::declared("sex", Kind::Nominal), sex),
            (ColumnSchema::declared("seen", Kind::Date), Allowed::Number { range: None, decimals: 0 }),
        ]
        .into_iter()
        .zip([true, false, false])
        .map(|((schema, values), nullable)| Allowance {
            schema,
            values,
            known: Known::Declared,
            missing: 0.0,
            nullable,
        })
        .collect();
        Card::new(&columns, Disclosure::Metadata, Mapping::None, Seeded::new(1))
    }

    fn check(pressure: Raw, sex: Raw, seen: &str) -> Result<Checked, (Reason, Option<usize>)> {
        let card = card();
        let cells = vec![Some(pressure), Some(sex), Some(Raw::Text(seen.into()))];
        Checker::new(&card, &[0, 1, 2]).check(&Parsed { cells, extra: false })
    }

    #[test]
    fn what_can_only_be_meant_one_way_is_repaired() {
        let text = |text: &str| Raw::Text(text.into());
        let day = "2026-11-24";
        for (pressure, want, repaired) in [
            (Raw::Number(120.0), 120.0, false),
            (text("120.5"), 120.5, false),
            (text("1,234.5"), 1234.5, true),
            (text("120 mmHg"), 120.0, true),
            (text("١٢٠"), 120.0, true),
            (Raw::Number(120.26), 120.3, true),
        ] {
            let checked = check(pressure.clone(), text("F"), day).unwrap();
            assert_eq!(
                (checked.record.0[0].clone(), checked.repaired),
                (Cell::Number(want), repaired),
                "{pressure:?}"
            );
        }
        let checked = check(Raw::Null, text(" f "), day).unwrap();
        assert_eq!(checked.record.0[..2], [Cell::Missing, Cell::Level(0)]);
        assert!(checked.repaired);
    }

    #[test]
    fn everything_else_is_refused_with_its_reason_and_column() {
        let text = |text: &str| Raw::Text(text.into());
        let day = "2026-11-24";
        for (pressure, sex, seen, want) in [
            (text("12,34"), text("F"), day, (Reason::TypeError, Some(0))),
            (text("inf"), text("F"), day, (Reason::TypeError, Some(0))),
            (text("NaN"), text("F"), day, (Reason::TypeError, Some(0))),
            (text("120 kg"), text("F"), day, (Reason::TypeError, Some(0))),
            (Raw::Number(20.0), text("F"), day, (Reason::OutOfRange, Some(0))),
            (Raw::Number(80.0), text("X"), day, (Reason::OutOfDomain, Some(1))),
            (Raw::Number(80.0), Raw::Null, day, (Reason::TypeError, Some(1))),
            (Raw::Number(80.0), text("F"), "2026-02-30", (Reason::TypeError, Some(2))),
        ] {
            assert_eq!(check(pressure, sex, seen).unwrap_err(), want);
        }
    }

    #[test]
    fn rows_come_back_as_the_table_they_are() {
        let card = card();
        let record = Record(vec![Cell::Number(120.5), Cell::Level(1), Cell::Number(20_000.0)]);
        let table = Record::to_table(std::slice::from_ref(&record), &card);
        assert_eq!(Record::of_table(&card, &table), std::slice::from_ref(&record));
        let texts = record.texts(&card, &[2, 1, 0]);
        assert_eq!(texts, [Some("2024-10-04".into()), Some("M".into()), Some("120.5".into())]);
    }
}
