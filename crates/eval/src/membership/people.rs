//! Who is attacked, and whom does the attacker know?

use crate::Trio;
use crate::trio::some_rows;
use rand::RngExt as _;
use std::collections::BTreeMap;
use verosim_core::Seeded;

/// Training people, and holdout people, that are attacked: as many as a share at 0.1 % false alarms needs.
const MOST_PEOPLE: usize = 10_000;
/// Rows of one person that are looked at.
const MOST_ROWS_EACH: usize = 5;
/// Holdout rows of either half that the attacker knows.
const MOST_KNOWN: usize = 4_000;

/// One person under attack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    /// Whether the generator learned from them.
    pub(crate) is_member: bool,
    /// Which half of the holdout the attacker of this person knows; never the person's own.
    pub(crate) side: u8,
    /// Rows in the table of their role.
    pub(crate) rows: Vec<usize>,
}

/// Members first, and the holdout rows that the attacker knows on either side.
pub(super) struct Cast {
    pub(super) people: Vec<Person>,
    pub(super) known: [Vec<usize>; 2],
}

/// Either half of the holdout is the known one in turn, so that every person held out is attacked once; members are
/// dealt to both sides.
pub(super) fn cast(trio: &Trio<'_>, seed: Seeded) -> Cast {
    let train = units(trio.train.n_rows(), trio.train_subjects);
    let holdout = units(trio.holdout.n_rows(), trio.holdout_subjects);
    let half = halves(holdout.len(), seed.split("halves"));
    let some = |rows: &[usize], name: &str| -> Vec<usize> {
        if rows.len() <= MOST_ROWS_EACH {
            return rows.to_vec();
        }
        let seed = seed.split(name).split_at(rows[0] as u64);
        some_rows(rows.len(), MOST_ROWS_EACH, seed).into_iter().map(|at| rows[at]).collect()
    };
    let mut people: Vec<Person> = some_rows(train.len(), MOST_PEOPLE, seed.split("members"))
        .into_iter()
        .enumerate()
        .map(|(at, unit)| Person {
            is_member: true,
            side: (at % 2) as u8,
            rows: some(&train[unit], "rows of members"),
        })
        .collect();
    let others = some_rows(holdout.len(), MOST_PEOPLE, seed.split("others"));
    people.extend(others.into_iter().map(|unit| Person {
        is_member: false,
        side: 1 - half[unit],
        rows: some(&holdout[unit], "rows of others"),
    }));
    let known = [0, 1].map(|side| {
        let all: Vec<usize> = (0..holdout.len())
            .filter(|&unit| half[unit] == side)
            .flat_map(|unit| holdout[unit].iter().copied())
            .collect();
        some_rows(all.len(), MOST_KNOWN, seed.split("known").split_at(u64::from(side)))
            .into_iter()
            .map(|at| all[at])
            .collect()
    });
    Cast { people, known }
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

/// A random half of `n` units: 0 or 1 for each.
fn halves(n: usize, seed: Seeded) -> Vec<u8> {
    let mut half: Vec<u8> = (0..n).map(|at| (at % 2) as u8).collect();
    let mut rng = seed.rng();
    for at in (1..n).rev() {
        half.swap(at, rng.random_range(0..=at));
    }
    half
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
    fn nobody_is_attacked_by_who_knows_them_and_every_person_once() {
        let numbers = |n: usize| {
            let cells = Cells::Number((0..n).map(|row| row as f64).collect());
            let name = "x".to_owned();
            Table::new(vec![Column { name, kind: Kind::Continuous, missing: vec![0; n], cells }]).unwrap()
        };
        let (train, holdout) = (numbers(40), numbers(60));
        // Seven rows of the first person, who is looked at in five of them; three rows of each other one.
        let holdout_people: Vec<u32> = (0..60).map(|row| if row < 7 { 99 } else { (row - 7) / 3 }).collect();
        let trio = Trio {
            schema: &Schema::default(),
            train: &train,
            holdout: &holdout,
            synthetic: &train,
            second: None,
            targets: &[],
            train_subjects: None,
            holdout_subjects: Some(&holdout_people),
            whole: None,
            shown: None,
            prose: None,
        };
        let cast = cast(&trio, Seeded::new(1));
        let others: Vec<&Person> = cast.people.iter().filter(|person| !person.is_member).collect();
        assert_eq!((cast.people.len() - others.len(), others.len()), (40, 19));
        assert_eq!(others.iter().map(|person| person.rows.len()).sum::<usize>(), 60 - 2);
        for person in others {
            let known = &cast.known[usize::from(person.side)];
            assert!(person.rows.iter().all(|row| !known.contains(row)), "{person:?}");
        }
        assert_eq!(cast.known[0].len() + cast.known[1].len(), 60);
    }

    #[test]
    fn halves_are_halves() {
        let half = halves(101, Seeded::new(1));
        assert_eq!(half.iter().filter(|&&side| side == 0).count(), 51);
    }
}
