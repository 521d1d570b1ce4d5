//! Are canaries legal, unusual, and the same again?

use super::*;
use crate::frame::parse;
use crate::infer::{InferOptions, infer};
use verosim_core::Hint as _;

fn clinic(n: usize) -> (Schema, Table) {
    let raw = crate::world::clinic(n, Seeded::new(1));
    let schema = infer(&raw, &InferOptions::default());
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

/// A cell as text.
fn cell(column: &Column, row: usize) -> String {
    match &column.cells {
        Cells::Number(values) => values[row].to_string(),
        Cells::Level { codes, levels } => levels.get(codes[row] as usize).cloned().unwrap_or_default(),
    }
}

#[test]
fn canaries_are_real_rows_with_an_end_that_nobody_has() {
    let (schema, train) = clinic(1_000);
    let made = canaries(&train, &schema, 100, |row| vec![true; row.n_rows()], Seeded::new(3)).unwrap();
    assert_eq!(made.rows.n_rows(), 100);
    let of = |kind: CanaryKind| made.kinds.iter().filter(|found| **found == kind).count();
    assert_eq!(CanaryKind::ALL.map(of), [40, 40, 20]);
    // A fair coin: 30 to 70 heads of 100 but once in 30,000 times.
    assert!((30..=70).contains(&made.n_planted()), "{}", made.n_planted());
    for at in 0..100 {
        let differences = |row: usize| {
            let columns = made.rows.columns().iter().zip(train.columns());
            columns.filter(|(canary, real)| cell(canary, at) != cell(real, row)).count()
        };
        let nearest = (0..1_000).map(differences).min().unwrap();
        match made.kinds[at] {
            CanaryKind::Twin => assert_eq!(nearest, 0),
            CanaryKind::Number => assert_eq!(nearest, 1, "one number is another"),
            CanaryKind::Combination => assert!((1..=3).contains(&nearest), "{nearest}"),
        }
    }
    let again = canaries(&train, &schema, 100, |row| vec![true; row.n_rows()], Seeded::new(3)).unwrap();
    // As text: a missing number is unequal to itself.
    assert!(format!("{made:?}") == format!("{again:?}"), "the same seed gives the same canaries");
    let other = canaries(&train, &schema, 100, |row| vec![true; row.n_rows()], Seeded::new(4)).unwrap();
    assert_ne!(made.planted, other.planted);
}

#[test]
fn planted_canaries_stand_behind_the_rows_as_people_of_their_own() {
    let (schema, train) = clinic(500);
    let made = canaries(&train, &schema, 50, |row| vec![true; row.n_rows()], Seeded::new(3)).unwrap();
    let people: Vec<u32> = (0..500).map(|row| row / 2).collect();
    let (table, all) = made.plant(&train, Some(&people));
    assert_eq!(table.n_rows(), 500 + made.n_planted());
    let all = all.unwrap();
    assert_eq!(
        (all.len(), all[499], all[500], *all.last().unwrap()),
        (table.n_rows(), 249, 250, 249 + made.n_planted() as u32)
    );
    assert_eq!(table.take(&(0..500).collect::<Vec<_>>()).columns()[5], train.columns()[5]);
}

#[test]
fn what_cannot_be_assessed_is_said() {
    let (schema, train) = clinic(500);
    let make = |n: usize, legal: bool| {
        canaries(&train, &schema, n, |row| vec![legal; row.n_rows()], Seeded::new(3)).unwrap_err()
    };
    for (error, message, hint) in [
        (
            make(10, true),
            "not assessable: 10 canaries show nothing, 40 are the fewest",
            "ask for `--canaries 100`",
        ),
        (
            make(100, true),
            "not assessable: 100 canaries among 500 training rows would change what is learned; 10 rows for each are the \
             fewest",
            "ask for `--canaries 50` or fewer",
        ),
        (make(40, false), "not assessable: no column leaves room for an unusual value", "canaries need"),
    ] {
        assert_eq!(error.to_string(), message);
        assert!(error.hint().unwrap().starts_with(hint), "{:?}", error.hint());
    }
}
