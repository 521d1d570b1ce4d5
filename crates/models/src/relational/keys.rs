//! Which columns name the rows of a table, and which columns of others name them too?

use super::sheet::{Field, Sheet};
use std::collections::{BTreeSet, HashMap};

use verosim_timeline::event::instant;

/// A row that names none.
pub(super) const NONE: u32 = u32::MAX;
/// Share of cells that may name no row of the other table.
const STRAY: f64 = 0.02;
/// Cells that must name a row: fewer may do so by chance.
const LEAST: usize = 5;

/// A column that names rows of another table, or of its own.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) column: usize,
    /// The other table and its key.
    pub(super) to: (usize, usize),
    /// Per row the row that it names, or [`NONE`].
    pub(super) rows: Vec<u32>,
    /// Cells that name a row.
    pub(super) filled: usize,
}

/// A key: its table and column, and the rows by their cells.
type Index<'a> = ((usize, usize), HashMap<&'a str, u32>);

/// Per table its references.
pub(super) struct Keys {
    pub(super) references: Vec<Vec<Reference>>,
}

impl Keys {
    /// Keys are columns whose cells are there and differ in all rows; references are columns whose cells name a row of the same
    /// person. A key that names the rows of another table is a reference to it.
    ///
    /// # Cost
    /// One look-up per cell, column and key, up to the first few that name no row.
    pub(super) fn of(sheets: &[Sheet]) -> Self {
        let indexes: Vec<Index<'_>> = sheets
            .iter()
            .enumerate()
            .flat_map(|(at, sheet)| {
                (0..sheet.columns.len()).filter_map(move |column| Some(((at, column), index(sheet, column)?)))
            })
            .collect();
        let refers = |from: (usize, usize), to: &Index<'_>| {
            reference(&sheets[from.0], from, &sheets[to.0.0], to.0, &to.1)
        };
        let names_another: Vec<bool> = indexes
            .iter()
            .map(|(own, _)| {
                indexes.iter().any(|other| {
                    own.0 != other.0.0 && refers(*own, other).is_some() && {
                        // Two tables with a row for each row of the other: the first has the key.
                        let back = indexes.iter().find(|(key, _)| key == own);
                        other.0 < *own || back.is_none_or(|back| refers(other.0, back).is_none())
                    }
                })
            })
            .collect();
        let keyed: Vec<_> = indexes
            .into_iter()
            .zip(names_another)
            .filter(|(_, other)| !other)
            .map(|(index, _)| index)
            .collect();
        let mut all = Self { references: Vec::new() };
        for (at, sheet) in sheets.iter().enumerate() {
            let mut found: Vec<Reference> = Vec::new();
            for column in 0..sheet.columns.len() {
                let to = keyed.iter().filter(|(key, _)| *key != (at, column));
                let best = to.filter_map(|key| refers((at, column), key)).max_by_key(|one| one.filled);
                found.extend(best);
            }
            all.references.push(found);
        }
        all
    }
}

/// The rows of a table by the cells of a column, if these can be a key.
fn index(sheet: &Sheet, column: usize) -> Option<HashMap<&str, u32>> {
    let (field, cells) = &sheet.columns[column];
    let is_name = matches!(field, Field::Visit | Field::Extra(_));
    let there = (0..cells.len()).filter(|&row| !cells.cell(row).is_empty()).count();
    if !is_name || sheet.len() < 2 || there * 100 < sheet.len() * 99 || cells.levels().len() < there {
        return None;
    }
    let mut rows = HashMap::with_capacity(there);
    for (row, &code) in cells.codes().iter().enumerate() {
        let cell = &*cells.levels()[code as usize];
        if !cell.is_empty() && (is_measure(cell) || rows.insert(cell, row as u32).is_some()) {
            return None;
        }
    }
    Some(rows)
}

/// Whether a cell is a time or a number with decimals, which differ without naming anything.
pub(super) fn is_measure(cell: &str) -> bool {
    cell.len() >= 10 && instant::read(cell).is_some() || cell.contains('.') && cell.parse::<f64>().is_ok()
}

fn reference(
    sheet: &Sheet,
    (own, column): (usize, usize),
    other: &Sheet,
    to: (usize, usize),
    index: &HashMap<&str, u32>,
) -> Option<Reference> {
    let (field, cells) = &sheet.columns[column];
    if !matches!(field, Field::Visit | Field::Extra(_) | Field::Text) {
        return None;
    }
    let known: Vec<u32> =
        cells.levels().iter().map(|level| index.get(&**level).copied().unwrap_or(NONE)).collect();
    let there = cells.codes().iter().filter(|&&code| !cells.levels()[code as usize].is_empty()).count();
    let most = (there as f64 * STRAY) as usize;
    let (mut stray, mut filled) = (0, 0);
    let mut rows = vec![NONE; cells.len()];
    for (row, &code) in cells.codes().iter().enumerate() {
        if cells.levels()[code as usize].is_empty() {
            continue;
        }
        let named = known[code as usize];
        let is_other = own != to.0 || named != row as u32;
        if named != NONE && is_other && other.person[named as usize] == sheet.person[row] {
            (rows[row], filled) = (named, filled + 1);
        } else {
            stray += 1;
            if stray > most {
                return None;
            }
        }
    }
    let differ = rows.iter().filter(|&&row| row != NONE).collect::<BTreeSet<_>>().len();
    (filled >= LEAST && differ >= 2).then_some(Reference { column, to, rows, filled })
}
