//! What is a table exactly as it came: text cells, held once per distinct text?

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher as _;

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
    /// Positions of `levels` by their hash; never iterated, so its random order cannot show.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl RawColumn {
    /// An empty column.
    #[must_use]
    pub fn new(name: &str, source: SourceType) -> Self {
        Self { name: name.to_owned(), source, ..Self::default() }
    }

    /// A column of `codes` into distinct `levels`; `None` when a code has no level or a level repeats.
    #[must_use]
    pub fn from_parts(
        name: &str,
        source: SourceType,
        codes: Vec<u32>,
        levels: Vec<Box<str>>,
    ) -> Option<Self> {
        let mut column = Self::new(name, source);
        for level in levels {
            let n = column.levels.len() as u32;
            if column.code_of(&level) != n {
                return None;
            }
        }
        let n = column.levels.len() as u32;
        column.codes = codes;
        column.codes.iter().all(|&code| code < n).then_some(column)
    }

    /// Appends a cell. The missing cell of typed formats (null) is the empty text.
    pub fn push(&mut self, cell: &str) {
        let code = self.code_of(cell);
        self.codes.push(code);
    }

    /// Appends `cell` `n` times.
    ///
    /// # Cost
    /// One look-up.
    pub fn repeat(&mut self, cell: &str, n: usize) {
        if n > 0 {
            let code = self.code_of(cell);
            self.codes.resize(self.codes.len() + n, code);
        }
    }

    /// The code of `cell`, which becomes a level when it is new.
    fn code_of(&mut self, cell: &str) -> u32 {
        let hash = self.hasher.hash_one(cell);
        if let Some(&code) = self.index.find(hash, |&code| &*self.levels[code as usize] == cell) {
            return code;
        }
        let code = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        self.levels.push(cell.into());
        let (levels, hasher) = (&self.levels, &self.hasher);
        self.index.insert_unique(hash, code, |&code| hasher.hash_one(&*levels[code as usize]));
        code
    }

    /// Adds the cells of `more` below.
    ///
    /// # Cost
    /// O(cells) plus one look-up per distinct text of `more`.
    pub fn append(&mut self, more: &Self) {
        let codes: Vec<u32> = more.levels.iter().map(|level| self.code_of(level)).collect();
        self.codes.extend(more.codes.iter().map(|&code| codes[code as usize]));
    }

    /// The cells at `rows`, in that order; only the texts that are left, in order of their first row.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let mut new_code = vec![u32::MAX; self.levels.len()];
        let mut taken = Self::new(&self.name, self.source);
        taken.codes.reserve_exact(rows.len());
        // Growing step by step would hash every text several times over.
        taken.index.reserve(self.levels.len().min(rows.len()), |_| 0);
        for &row in rows {
            let code = self.codes[row] as usize;
            if new_code[code] == u32::MAX {
                new_code[code] = taken.code_of(&self.levels[code]);
            }
            taken.codes.push(new_code[code]);
        }
        taken
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

    /// Bytes that the column takes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        // Four bytes per cell; per level its text, its pointer, its hash entry and the allocator's overhead.
        let texts: usize = self.levels.iter().map(|level| level.len()).sum();
        (4 * self.codes.capacity() + texts + 48 * self.levels.len()) as u64
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

    /// Adds the rows of `more` below and says whether it did: columns must be as many, and go by position. A table
    /// without columns takes those of `more`.
    pub fn append(&mut self, more: &Self) -> bool {
        if self.columns.is_empty() {
            self.clone_from(more);
            return true;
        }
        if self.columns.len() != more.columns.len() {
            return false;
        }
        for (column, more) in self.columns.iter_mut().zip(&more.columns) {
            column.append(more);
        }
        self.n_rows += more.n_rows;
        true
    }

    /// The rows at `rows`, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.take(rows)).collect();
        Self { columns, n_rows: rows.len() }
    }
}
