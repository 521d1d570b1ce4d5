//! Do two tables share rows or persons?

use crate::{RawColumn, RawTable};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What two tables share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Rows of the second table whose every cell equals a row that is unique in the first.
    pub shared_rows: usize,
    /// Persons that both tables number alike.
    pub shared_subjects: usize,
    /// Rows of the second table.
    pub n_rows: usize,
}

/// Compares `other` with `train` over the columns of `train`, and persons over column `subject`.
#[must_use]
pub fn overlap(train: &RawTable, other: &RawTable, subject: Option<&str>) -> Overlap {
    let key = [0_u8; 16];
    let mut count: BTreeMap<[u8; 16], u32> = BTreeMap::new();
    for hash in row_hashes(train, train, &key) {
        *count.entry(hash).or_default() += 1;
    }
    let shared_rows = row_hashes(other, train, &key)
        .iter()
        .filter(|hash| count.get(*hash).is_some_and(|&n| n == 1))
        .count();
    let persons = |table: &RawTable| -> BTreeSet<String> {
        let column = table.columns().iter().find(|column| Some(column.name.as_str()) == subject);
        column
            .map(|column| column.levels().iter().map(std::string::ToString::to_string).collect())
            .unwrap_or_default()
    };
    let shared_subjects =
        if subject.is_some() { persons(train).intersection(&persons(other)).count() } else { 0 };
    Overlap { shared_rows, shared_subjects, n_rows: other.n_rows() }
}

/// A keyed hash of each row of `table` over the columns of `like`, by name; a column that is not there counts as empty.
///
/// Sixteen bytes of SHA-256 over the key and the length-prefixed cells: without the key, rows cannot be guessed back.
#[must_use]
pub fn row_hashes(table: &RawTable, like: &RawTable, key: &[u8; 16]) -> Vec<[u8; 16]> {
    let columns: Vec<Option<&RawColumn>> = like
        .columns()
        .iter()
        .map(|wanted| table.columns().iter().find(|column| column.name == wanted.name))
        .collect();
    (0..table.n_rows())
        .map(|row| {
            let mut hash = Sha256::new();
            hash.update(key);
            for column in &columns {
                let cell = column.map_or("", |column| column.cell(row));
                hash.update((cell.len() as u64).to_le_bytes());
                hash.update(cell.as_bytes());
            }
            let full = hash.finalize();
            let mut short = [0; 16];
            short.copy_from_slice(&full[..16]);
            short
        })
        .collect()
}

/// Numbers persons by the texts of a column, in order of first appearance.
#[must_use]
pub fn subjects_of(column: &RawColumn) -> Vec<u32> {
    column.codes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn shared_rows_and_persons_are_counted() {
        let all = crate::world::clinic(300, Seeded::new(1));
        let train = all.take(&(0..200).collect::<Vec<_>>());
        let other = all.take(&(190..300).collect::<Vec<_>>());
        let found = overlap(&train, &other, Some("patient_id"));
        assert_eq!(found, Overlap { shared_rows: 10, shared_subjects: 10, n_rows: 110 });
    }

    #[test]
    fn hashes_depend_on_the_key_and_on_cell_borders() {
        let table = |cells: [&str; 2]| {
            let columns = ["a", "b"].iter().zip(cells).map(|(name, cell)| {
                let mut column = RawColumn::new(name, crate::SourceType::Text);
                column.push(cell);
                column
            });
            RawTable::new(columns.collect()).unwrap()
        };
        let hash = |cells, key: u8| row_hashes(&table(cells), &table(cells), &[key; 16])[0];
        assert_ne!(hash(["ab", "c"], 1), hash(["a", "bc"], 1));
        assert_ne!(hash(["ab", "c"], 1), hash(["ab", "c"], 2));
    }
}
