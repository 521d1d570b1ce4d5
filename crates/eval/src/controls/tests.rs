//! Does the judge notice known leaks, and leave other people alone?

use super::*;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Schema};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::world::clinic;

fn world() -> (Schema, [Table; 3]) {
    let raw = clinic(2400, Seeded::new(5));
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let table = parse(&raw, &schema).unwrap();
    let tables = [0, 800, 1600].map(|from| table.take(&(from..from + 800).collect::<Vec<_>>()));
    (schema, tables)
}

#[test]
fn leaks_are_noticed_and_other_people_are_not() {
    let (schema, [train, holdout, synthetic]) = world();
    let target = schema.index_of("readmitted_30d").unwrap();
    let trio = Trio { targets: &[target], ..Trio::new(&schema, &train, &holdout, &synthetic) };
    let found = controls(&trio, Seeded::new(1), Context::silent()).unwrap();
    assert_eq!(found.len(), 11);
    let find = |name: &str| found.iter().find(|control| control.name == name).unwrap();
    for name in ["other people", "even draws", "100 % copies", "5 % copies", "bent copies"] {
        assert_eq!(find(name).as_expected, Some(true), "{:?}", find(name));
    }
    let value = |name: &str, id: &str| find(name).values.iter().find(|(known, _)| known == id).unwrap().1;
    assert!(value("even draws", "re.acc1") < value("shuffled columns", "re.acc1") - 0.1);
    assert!(value("shuffled columns", "re.acc2") < value("mosaic", "re.acc2"));
}

#[test]
fn controls_keep_what_they_must() {
    let (schema, [train, ..]) = world();
    let target = schema.index_of("readmitted_30d").unwrap();
    let seed = Seeded::new(2);
    let sorted = |table: &Table, at: usize| {
        let mut values = table.columns()[at].numbers().unwrap().to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let number = (0..schema.columns.len()).find(|&at| train.columns()[at].numbers().is_some()).unwrap();
    let within = tables::shuffled_within(&train, target, seed).unwrap();
    assert_eq!(within.columns()[target], train.columns()[target], "outcomes stay");
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(sorted(&within, number)), bits(sorted(&train, number)), "and so do the cells of columns");
    assert_ne!(within, train);
    let bent = tables::warped(&train);
    let order = |table: &Table| {
        let values = table.columns()[number].numbers().unwrap();
        let mut rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
        rows.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        rows
    };
    assert_eq!(order(&bent), order(&train), "bending keeps ranks");
    let copies = tables::with_copies(&bent, &train, 0.05, seed).unwrap();
    assert_eq!(copies.n_rows(), train.n_rows());
    let none = train.take(&[]);
    for table in [tables::uniform(&none, seed), tables::mixed(&none, seed), tables::noisy_copies(&none, seed)]
    {
        assert_eq!(table.n_rows(), 0);
    }
}
