//! What is a table exactly as it came: text cells, held once per distinct text?

use std::collections::HashMap;

/// How a column was typed in its source file; text formats type nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceType {
    /// CSV, TSV, and strings elsewhere.
    #[default]
    Text,
    /// Typed whole numbers.
    Integer,
    /// Typed binary floating-point numbers.
    Float,
    /// Typed booleans.
    Boolean,
    /// Typed days.
    Date,
    /// Typed instants.
    Timestamp,
}

/// One column as it came. Cells are codes into the distinct texts, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct RawColumn {
    /// Header name.
    pub name: String,
    /// How the source typed it; decides how Parquet, Arrow and NDJSON are written.
    pub source: SourceType,
    codes: Vec<u32>,
    levels: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
}

impl RawColumn {
    /// An empty column.
    #[must_use]
    pub fn new(name: &str, source: SourceType) -> Self {
        Self { name: name.to_owned(), source, ..Self::default() }
    }

    /// Appends a cell. The missing cell of typed formats (null) is the empty text.
    pub fn push(&mut self, cell: &str) {
        let code = match self.index.get(cell) {
            Some(&code) => code,
            None => {
                let code = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
                self.levels.push(cell.into());
                self.index.insert(cell.into(), code);
                code
            }
        };
        self.codes.push(code);
    }

    /// One code per row.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The distinct texts; every code is an index into them.
    #[must_use]
    pub fn levels(&self) -> &[Box<str>] {
        &self.levels
    }

    /// The text of row `row`.
    #[must_use]
    pub fn cell(&self, row: usize) -> &str {
        &self.levels[self.codes[row] as usize]
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// How often each distinct text occurs.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.levels.len()];
        for &code in &self.codes {
            counts[code as usize] += 1;
        }
        counts
    }
}

/// A table exactly as it came. Invariant: all columns have `n_rows` cells.
#[derive(Clone, Debug, Default)]
pub struct RawTable {
    columns: Vec<RawColumn>,
    n_rows: usize,
}

impl RawTable {
    /// A table of equally long columns; `None` when lengths differ.
    #[must_use]
    pub fn new(columns: Vec<RawColumn>) -> Option<Self> {
        let n_rows = columns.first().map_or(0, RawColumn::len);
        columns.iter().all(|column| column.len() == n_rows).then_some(Self { columns, n_rows })
    }

    /// The columns, in file order.
    #[must_use]
    pub fn columns(&self) -> &[RawColumn] {
        &self.columns
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
            .map(|column| {
                let mut taken = RawColumn::new(&column.name, column.source);
                for &row in rows {
                    taken.push(column.cell(row));
                }
                taken
            })
            .collect();
        Self { columns, n_rows: rows.len() }
    }
}
