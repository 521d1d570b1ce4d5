//! Which people does a predicate single out?

use rayon::prelude::*;
use std::collections::HashMap;
use verosim_data::Table;
use verosim_data::frame::{Cells, NO_LEVEL};

/// What is said of one column. A missing cell meets [`Test::Missing`] only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Test {
    Missing,
    Present,
    Is(u32),
    Not(u32),
    Equals(f64),
    Differs(f64),
    AtLeast(f64),
    AtMost(f64),
    Above(f64),
    Below(f64),
}

/// A test of one column, by position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Atom {
    pub(crate) column: usize,
    pub(crate) test: Test,
}

/// Tests that all must be met; columns ascend.
pub(crate) type Predicate = Vec<Atom>;

/// Predicates whose tests are held as bits at a time.
const BATCH: usize = 512;

impl Atom {
    /// What tells it from others.
    fn key(self) -> (usize, u8, u64) {
        let (kind, value) = match self.test {
            Test::Missing => (0, 0),
            Test::Present => (1, 0),
            Test::Is(code) => (2, u64::from(code)),
            Test::Not(code) => (3, u64::from(code)),
            // -0 equals 0.
            Test::Equals(value) => (4, (value + 0.0).to_bits()),
            Test::Differs(value) => (5, (value + 0.0).to_bits()),
            Test::AtLeast(value) => (6, (value + 0.0).to_bits()),
            Test::AtMost(value) => (7, (value + 0.0).to_bits()),
            Test::Above(value) => (8, (value + 0.0).to_bits()),
            Test::Below(value) => (9, (value + 0.0).to_bits()),
        };
        (self.column, kind, value)
    }

    /// One bit per row: whether it meets the test.
    fn bits(self, table: &Table) -> Vec<u64> {
        let Some(column) = table.columns().get(self.column) else {
            return vec![0; table.n_rows().div_ceil(64)];
        };
        let missing = &column.missing;
        match (self.test, &column.cells) {
            (Test::Missing, _) => packed(missing, |&code| code != 0),
            (Test::Present, _) => packed(missing, |&code| code == 0),
            (Test::Is(level), Cells::Level { codes, .. }) => packed(codes, |&code| code == level),
            (Test::Not(level), Cells::Level { codes, .. }) => {
                packed(codes, |&code| code != level && code != NO_LEVEL)
            }
            (Test::Equals(value), Cells::Number(cells)) => packed(cells, |&cell| cell == value),
            (Test::Differs(value), Cells::Number(cells)) => {
                packed(cells, |&cell| !cell.is_nan() && cell != value)
            }
            (Test::AtLeast(value), Cells::Number(cells)) => packed(cells, |&cell| cell >= value),
            (Test::AtMost(value), Cells::Number(cells)) => packed(cells, |&cell| cell <= value),
            (Test::Above(value), Cells::Number(cells)) => packed(cells, |&cell| cell > value),
            (Test::Below(value), Cells::Number(cells)) => packed(cells, |&cell| cell < value),
            _ => vec![0; table.n_rows().div_ceil(64)],
        }
    }
}

/// What tells a predicate from others.
pub(crate) fn key(predicate: &Predicate) -> Vec<(usize, u8, u64)> {
    predicate.iter().map(|atom| atom.key()).collect()
}

fn packed<T>(cells: &[T], meets: impl Fn(&T) -> bool) -> Vec<u64> {
    cells
        .chunks(64)
        .map(|chunk| chunk.iter().enumerate().fold(0, |word, (at, cell)| word | u64::from(meets(cell)) << at))
        .collect()
}

/// How many rows meet each predicate, and the last of them; counting stops being exact above 1.
///
/// # Cost
/// One pass over a column for each different test, then one word operation per 64 rows and test.
pub(crate) fn matches(predicates: &[Predicate], table: &Table) -> Vec<Match> {
    predicates
        .chunks(BATCH)
        .flat_map(|batch| {
            let mut at_of: HashMap<(usize, u8, u64), usize> = HashMap::new();
            let mut atoms: Vec<Atom> = Vec::new();
            for atom in batch.iter().flatten() {
                at_of.entry(atom.key()).or_insert_with(|| {
                    atoms.push(*atom);
                    atoms.len() - 1
                });
            }
            let bits: Vec<Vec<u64>> = atoms.par_iter().map(|atom| atom.bits(table)).collect();
            batch
                .par_iter()
                .map(|predicate| {
                    let of: Vec<&[u64]> =
                        predicate.iter().map(|atom| bits[at_of[&atom.key()]].as_slice()).collect();
                    single(&of)
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whom a predicate is met by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Nobody,
    /// This row alone.
    One(usize),
    Several,
}

fn single(bits: &[&[u64]]) -> Match {
    let Some((first, rest)) = bits.split_first() else { return Match::Several };
    let mut found = Match::Nobody;
    for (at, &word) in first.iter().enumerate() {
        let word = rest.iter().fold(word, |word, other| word & other[at]);
        match (word.count_ones(), found) {
            (0, _) => {}
            (1, Match::Nobody) => found = Match::One(64 * at + word.trailing_zeros() as usize),
            _ => return Match::Several,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    #[test]
    fn single_rows_are_found_and_missing_cells_meet_nothing_else() {
        let rows: Vec<[String; 2]> = (0..130)
            .map(|at| {
                let number = if at == 100 { String::new() } else { at.to_string() };
                [number, if at % 13 == 0 { "rare" } else { "x" }.to_owned()]
            })
            .collect();
        let three = Three::new(&["value", "group"], [&rows, &rows, &rows]);
        let atom = |column, test| Atom { column, test };
        let ask = |predicate: Predicate| matches(&[predicate], &three.train)[0];
        let rare =
            three.train.columns()[1].levels().unwrap().1.iter().position(|l| l == "rare").unwrap() as u32;
        assert_eq!(ask(vec![atom(0, Test::AtLeast(129.0))]), Match::One(129));
        assert_eq!(ask(vec![atom(0, Test::AtLeast(128.0))]), Match::Several);
        assert_eq!(ask(vec![atom(0, Test::Above(129.0))]), Match::Nobody);
        assert_eq!(ask(vec![atom(0, Test::Missing)]), Match::One(100));
        assert_eq!(ask(vec![atom(0, Test::Differs(100.0)), atom(1, Test::Is(rare))]), Match::Several);
        assert_eq!(ask(vec![atom(0, Test::Above(110.0)), atom(1, Test::Is(rare))]), Match::One(117));
        assert_eq!(ask(vec![atom(0, Test::Equals(26.0)), atom(1, Test::Not(rare))]), Match::Nobody);
        assert_eq!(ask(vec![atom(9, Test::Missing)]), Match::Nobody, "there is no such column");
        assert_eq!(ask(vec![atom(1, Test::AtMost(3.0))]), Match::Nobody, "levels are not numbers");
    }
}
