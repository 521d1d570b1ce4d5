//! Which people are alike in what an attacker knows of them?

use crate::Trio;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column};

/// Codes of one column in the tables that stand side by side.
pub(crate) struct Codes {
    /// By table, one code per row.
    pub(crate) of: Vec<Vec<u32>>,
    /// Codes are below this number.
    n: u64,
}

/// How numbers with many values are told apart.
#[derive(Clone, Copy)]
pub(crate) struct Coarse {
    /// Different values of real people up to which each stands for itself.
    most_values: usize,
    /// Quantile bins of all others.
    bins: usize,
}

/// What people know of each other: years of age one by one, income roughly.
pub(crate) const KNOWN: Coarse = Coarse { most_values: 120, bins: 20 };
/// What is worth knowing: a lab value roughly.
pub(crate) const WANTED: Coarse = Coarse { most_values: 20, bins: 10 };

/// All rows of a trio in the order training, holdout, synthetic.
pub(crate) fn everybody<'a>(trio: &Trio<'a>) -> [&'a Table; 3] {
    trio.whole.map_or([trio.train, trio.holdout, trio.synthetic], |w| [w.train, w.holdout, w.synthetic])
}

/// Codes one column of tables whose first two hold real people: each kind of missing, each level, each number or the
/// quantile bin of real people that it falls in.
pub(crate) fn coded(tables: &[&Table], column: usize, coarse: Coarse) -> Codes {
    let columns: Vec<&Column> = tables.iter().map(|table| &table.columns()[column]).collect();
    let kinds = columns.iter().flat_map(|column| &column.missing).copied().max().unwrap_or(0);
    let ends = ends(&columns, coarse);
    let values = columns.iter().filter_map(|column| column.levels()).map(|(_, levels)| levels.len()).max();
    let n = u64::from(kinds) + values.unwrap_or(ends.len() + 1) as u64;
    let of = columns
        .iter()
        .map(|column| {
            let value = |row: usize| match &column.cells {
                Cells::Number(values) => ends.partition_point(|end| *end <= values[row]) as u32,
                Cells::Level { codes, .. } => codes[row],
            };
            (0..column.len())
                .map(|row| match column.missing[row] {
                    0 => u32::from(kinds) + value(row),
                    kind => u32::from(kind) - 1,
                })
                .collect()
        })
        .collect();
    Codes { of, n }
}

/// Where bins of numbers begin, but for the first: at every value when there are few, at quantiles of real people
/// otherwise.
fn ends(columns: &[&Column], coarse: Coarse) -> Vec<f64> {
    let sorted = |columns: &[&Column]| {
        let mut values: Vec<f64> = columns
            .iter()
            .flat_map(|column| column.numbers().unwrap_or_default().iter().copied())
            .filter(|value| !value.is_nan())
            .collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let real = sorted(&columns[..columns.len().min(2)]);
    let mut different = real.clone();
    different.dedup();
    if different.len() > coarse.most_values {
        let mut ends: Vec<f64> =
            (1..coarse.bins).filter_map(|at| real.get(at * real.len() / coarse.bins).copied()).collect();
        ends.dedup();
        return ends;
    }
    // Values that synthetic rows alone have stand for themselves as well.
    let mut all = sorted(columns);
    all.dedup();
    all
}

/// Rows by class: equal where all codes are.
pub(crate) struct Classes {
    /// By table, one class per row.
    pub(crate) of: Vec<Vec<u32>>,
    /// Classes are below this number.
    pub(crate) n: usize,
}

impl Classes {
    /// One class for everybody.
    pub(crate) fn one(tables: &[&Table]) -> Self {
        Self { of: tables.iter().map(|table| vec![0; table.n_rows()]).collect(), n: 1 }
    }

    /// The classes of several columns.
    pub(crate) fn of(tables: &[&Table], columns: &[Codes]) -> Self {
        columns.iter().fold(Self::one(tables), |classes, codes| classes.split(codes))
    }

    /// Splits classes by one more column.
    ///
    /// # Cost
    /// One sort of all rows.
    pub(crate) fn split(&self, codes: &Codes) -> Self {
        let joined = |table: usize| {
            self.of[table]
                .iter()
                .zip(&codes.of[table])
                .map(|(&class, &code)| u64::from(class) * codes.n + u64::from(code))
        };
        let mut known: Vec<u64> = (0..self.of.len()).flat_map(joined).collect();
        known.sort_unstable();
        known.dedup();
        let place = |id: u64| known.partition_point(|other| *other < id) as u32;
        let of = (0..self.of.len()).map(|table| joined(table).map(place).collect()).collect();
        Self { of, n: known.len() }
    }

    /// How many rows of one table are in each class.
    pub(crate) fn sizes(&self, table: usize) -> Vec<usize> {
        crate::coded::counts(&self.of[table], self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    #[test]
    fn classes_are_equal_codes_and_missing_is_a_code() {
        let rows: Vec<[String; 2]> = [("1", "a"), ("1", "b"), ("", "a"), ("1", "a")]
            .map(|(n, l)| [n.to_owned(), l.to_owned()])
            .to_vec();
        let made: Vec<[String; 2]> =
            [("2", "a"), ("", "a")].map(|(n, l)| [n.to_owned(), l.to_owned()]).to_vec();
        let three = Three::new(&["value", "group"], [&rows, &rows[..2], &made]);
        let tables = everybody(&three.trio());
        let codes: Vec<Codes> = (0..2).map(|at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &codes);
        assert_eq!(classes.n, 4, "1 a, 1 b, missing a, and 2 a that only a synthetic row has");
        assert_eq!(classes.of[0][0], classes.of[0][3]);
        assert_eq!(classes.of[0][2], classes.of[2][1]);
        assert!(!classes.of[0].contains(&classes.of[2][0]));
        assert_eq!(classes.sizes(0).iter().sum::<usize>(), 4);
    }

    #[test]
    fn numbers_with_many_values_are_told_apart_roughly() {
        let rows: Vec<[String; 1]> = (0..200).map(|at| [at.to_string()]).collect();
        let three = Three::new(&["value"], [&rows, &rows, &rows]);
        let tables = everybody(&three.trio());
        let codes = coded(&tables, 0, KNOWN);
        // 20 bins of 10 values each: sorted[20 at] of 0, 0, 1, 1, ... is 10 at.
        assert_eq!((codes.of[0][0], codes.of[0][9], codes.of[0][10], codes.of[0][199]), (0, 0, 1, 19));
        let exact = coded(&tables, 0, Coarse { most_values: 200, bins: 2 });
        assert_ne!(exact.of[0][0], exact.of[0][1]);
    }
}
