//! Who is attacked, and whom does the attacker know?

use crate::Trio;
use crate::trio::some_rows;
use std::collections::BTreeMap;
use verosim_core::Seeded;

/// Training people, and holdout people, that are attacked: as many as a share at 0.1 % false alarms needs.
const MOST_PEOPLE: usize = 10_000;
/// Rows of one person that are looked at.
const MOST_ROWS_EACH: usize = 5;
/// Holdout people that the attacker knows.
const MOST_KNOWN: usize = 4_000;

/// A real person.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    /// Whether the generator learned from them.
    pub(crate) is_member: bool,
    /// Whether an attacker who needs people of the population knows this one, whom only attackers who know nobody attack.
    pub(crate) is_known: bool,
    /// Rows in the table of their role.
    pub(crate) rows: Vec<usize>,
}

/// Members first, then a third of the holdout people as those whom the attacker knows, then the others.
///
/// The parts stay apart: were each half of the holdout the known one of the other in turn, all people held out could be attacked,
/// but scores of neighbours in either half would hang together and intervals come out too short (0.90 instead of 0.95
/// in `examples/calibration.rs`).
pub(super) fn people(trio: &Trio<'_>, seed: Seeded) -> Vec<Person> {
    let train = units(trio.train.n_rows(), trio.train_subjects);
    let holdout = units(trio.holdout.n_rows(), trio.holdout_subjects);
    let some = |rows: &[usize], name: &str| -> Vec<usize> {
        if rows.len() <= MOST_ROWS_EACH {
            return rows.to_vec();
        }
        let seed = seed.split(name).split_at(rows[0] as u64);
        some_rows(rows.len(), MOST_ROWS_EACH, seed).into_iter().map(|at| rows[at]).collect()
    };
    let members = some_rows(train.len(), MOST_PEOPLE, seed.split("members"));
    let member = |unit: usize| Person {
        is_member: true,
        is_known: false,
        rows: some(&train[unit], "rows of members"),
    };
    let known = some_rows(holdout.len(), (holdout.len() / 3).min(MOST_KNOWN), seed.split("known"));
    let left: Vec<usize> = (0..holdout.len()).filter(|unit| known.binary_search(unit).is_err()).collect();
    let others = some_rows(left.len(), MOST_PEOPLE, seed.split("others")).into_iter().map(|at| left[at]);
    let held_out = |(unit, is_known): (usize, bool)| Person {
        is_member: false,
        is_known,
        rows: some(&holdout[unit], "rows of others"),
    };
    let known = known.iter().map(|&unit| (unit, true));
    members
        .into_iter()
        .map(member)
        .chain(known.chain(others.map(|unit| (unit, false))).map(held_out))
        .collect()
}

/// Rows of each person, in the order of their first row; every row is a person where nothing else is said.
fn units(n_rows: usize, subjects: Option<&[u32]>) -> Vec<Vec<usize>> {
    let Some(subjects) = subjects else { return (0..n_rows).map(|row| vec![row]).collect() };
    let mut place: BTreeMap<u32, usize> = BTreeMap::new();
    let mut units: Vec<Vec<usize>> = Vec::new();
    for (row, &subject) in subjects.iter().enumerate().take(n_rows) {
        let at = *place.entry(subject).or_insert_with(|| {
            units.push(Vec::new());
            units.len() - 1
        });
        units[at].push(row);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{Kind, Schema};
    use verosim_data::Table;
    use verosim_data::frame::{Cells, Column};

    #[test]
    fn rows_of_a_person_stay_together() {
        assert_eq!(units(5, Some(&[7, 3, 7, 7, 3])), [vec![0, 2, 3], vec![1, 4]]);
        assert_eq!(units(2, None), [vec![0], vec![1]]);
    }

    #[test]
    fn every_person_has_one_part_and_few_rows() {
        let numbers = |n: usize| {
            let cells = Cells::Number((0..n).map(|row| row as f64).collect());
            let name = "x".to_owned();
            Table::new(vec![Column { name, kind: Kind::Continuous, missing: vec![0; n], cells }]).unwrap()
        };
        let (train, holdout) = (numbers(40), numbers(60));
        // Seven rows of the first person, who is looked at in five of them; three rows of each other one.
        let of_holdout: Vec<u32> = (0..60).map(|row| if row < 7 { 99 } else { (row - 7) / 3 }).collect();
        let schema = Schema::default();
        let trio =
            Trio { holdout_subjects: Some(&of_holdout), ..Trio::new(&schema, &train, &holdout, &train) };
        let people = people(&trio, Seeded::new(1));
        let count = |is_member: bool, is_known: bool| {
            people
                .iter()
                .filter(|person| (person.is_member, person.is_known) == (is_member, is_known))
                .count()
        };
        assert_eq!([count(true, false), count(false, true), count(false, false)], [40, 6, 13]);
        let mut rows: Vec<usize> =
            people.iter().filter(|person| !person.is_member).flat_map(|person| person.rows.clone()).collect();
        assert_eq!(rows.len(), 60 - 2);
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 60 - 2, "no row twice");
    }
}
