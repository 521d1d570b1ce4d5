//! What is a table as it is understood: numbers, levels and kinds of missing?

use verosim_core::Kind;

/// The level code of a missing cell.
pub const NO_LEVEL: u32 = u32::MAX;

/// The present cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Continuous, count, duration (seconds), date (days since 1970-01-01), datetime (seconds since
    /// 1970-01-01T00:00). `NaN` where missing, finite elsewhere.
    Number(Vec<f64>),
    /// Every other kind: codes into `levels`, [`NO_LEVEL`] where missing. Ordinal levels stand in the
    /// order of the schema; others in order of first appearance.
    Level {
        /// One code per row.
        codes: Vec<u32>,
        /// Distinct texts; no missing marker among them.
        levels: Vec<String>,
    },
}

/// One understood column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Header name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// 0 where present; `i + 1` where the cell was the schema's missing marker `i`.
    pub missing: Vec<u8>,
    /// The present cells.
    pub cells: Cells,
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.missing.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    /// The numbers (`NaN` where missing), when the column is numeric.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.cells {
            Cells::Number(values) => Some(values),
            Cells::Level { .. } => None,
        }
    }

    /// The cells of `drawn` where those of `self` are missing, missing still where both are; `self` where the two are not
    /// of one shape. Levels of both are kept, those of `self` first.
    ///
    /// # Shapes
    /// As many rows in both.
    #[must_use]
    pub fn or(&self, drawn: &Self) -> Self {
        if self.len() != drawn.len() {
            return self.clone();
        }
        let pick = |row: usize| if self.missing[row] == 0 { self } else { drawn };
        let missing = (0..self.len()).map(|row| pick(row).missing[row]).collect();
        let is_own = |row: usize| self.missing[row] == 0;
        let cells = match (&self.cells, &drawn.cells) {
            (Cells::Number(own), Cells::Number(others)) => Cells::Number(
                (0..self.len()).map(|row| if is_own(row) { own[row] } else { others[row] }).collect(),
            ),
            (Cells::Level { codes, levels }, Cells::Level { codes: others, levels: names }) => {
                let first = levels.len() as u32;
                let of =
                    |row: usize| if is_own(row) { codes[row] } else { others[row].saturating_add(first) };
                Cells::Level {
                    codes: (0..self.len()).map(of).collect(),
                    levels: levels.iter().chain(names).cloned().collect(),
                }
            }
            _ => return self.clone(),
        };
        Self { missing, cells, ..self.clone() }
    }

    /// The codes and levels, when the column is not numeric.
    #[must_use]
    pub fn levels(&self) -> Option<(&[u32], &[String])> {
        match &self.cells {
            Cells::Number(_) => None,
            Cells::Level { codes, levels } => Some((codes, levels)),
        }
    }
}

/// An understood table. Invariant: all columns have `n_rows` cells.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
    n_rows: usize,
}

impl Table {
    /// A table of equally long columns; `None` when lengths differ.
    #[must_use]
    pub fn new(columns: Vec<Column>) -> Option<Self> {
        let n_rows = columns.first().map_or(0, Column::len);
        columns.iter().all(|column| column.len() == n_rows).then_some(Self { columns, n_rows })
    }

    /// The columns, in file order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The rows at `rows`, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|column| Column {
                name: column.name.clone(),
                kind: column.kind,
                missing: rows.iter().map(|&row| column.missing[row]).collect(),
                cells: match &column.cells {
                    Cells::Number(values) => Cells::Number(rows.iter().map(|&row| values[row]).collect()),
                    Cells::Level { codes, levels } => Cells::Level {
                        codes: rows.iter().map(|&row| codes[row]).collect(),
                        levels: levels.clone(),
                    },
                },
            })
            .collect();
        Self { columns, n_rows: rows.len() }
    }

    /// The rows of `self`, then the rows of `more`; `None` when columns differ in name, order or shape.
    /// Levels are joined by text.
    #[must_use]
    pub fn append(&self, more: &Self) -> Option<Self> {
        if self.columns.len() != more.columns.len() {
            return None;
        }
        let columns =
            self.columns.iter().zip(&more.columns).map(|(a, b)| join(a, b)).collect::<Option<_>>()?;
        Some(Self { columns, n_rows: self.n_rows + more.n_rows })
    }
}

/// Two columns end to end.
fn join(a: &Column, b: &Column) -> Option<Column> {
    if a.name != b.name {
        return None;
    }
    let cells = match (&a.cells, &b.cells) {
        (Cells::Number(a), Cells::Number(b)) => Cells::Number(a.iter().chain(b).copied().collect()),
        (Cells::Level { codes, levels }, Cells::Level { codes: more, levels: names }) => {
            let mut levels = levels.clone();
            let mut known: std::collections::HashMap<String, u32> =
                levels.iter().enumerate().map(|(at, level)| (level.clone(), at as u32)).collect();
            let map: Vec<u32> = names
                .iter()
                .map(|name| {
                    *known.entry(name.clone()).or_insert_with(|| {
                        levels.push(name.clone());
                        levels.len() as u32 - 1
                    })
                })
                .collect();
            let moved = more.iter().map(|&code| if code == NO_LEVEL { NO_LEVEL } else { map[code as usize] });
            Cells::Level { codes: codes.iter().copied().chain(moved).collect(), levels }
        }
        _ => return None,
    };
    let missing = a.missing.iter().chain(&b.missing).copied().collect();
    Some(Column { name: a.name.clone(), kind: a.kind, missing, cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_cells_are_taken_from_a_draw() {
        let levels = |texts: &[&str], codes: &[u32], missing: &[u8]| Column {
            name: "site".into(),
            kind: Kind::Nominal,
            missing: missing.to_vec(),
            cells: Cells::Level {
                codes: codes.to_vec(),
                levels: texts.iter().map(|text| (*text).to_owned()).collect(),
            },
        };
        let none = NO_LEVEL;
        let own = levels(&["rare", "A"], &[0, none, none, 1], &[0, 2, 1, 0]);
        let drawn = levels(&["A", "B"], &[1, 1, none, 1], &[0, 0, 1, 0]);
        let both = own.or(&drawn);
        assert_eq!(both.missing, [0, 0, 1, 0]);
        let (codes, texts) = both.levels().unwrap();
        let text = |row: usize| texts[codes[row] as usize].as_str();
        assert_eq!([text(0), text(1), text(3)], ["rare", "B", "A"]);
    }
}
