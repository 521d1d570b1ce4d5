//! Which tables must everything cope with?

use verosim_core::{Schema, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::{RawColumn, RawTable, SourceType, Table, world};

/// `n` fictional patients.
pub(super) fn clinic(n: usize) -> RawTable {
    world::clinic(n, Seeded::new(9))
}

/// A table with the schema that is inferred from it.
pub(super) fn understood(raw: &RawTable) -> (Schema, Table) {
    let schema = infer(raw, &InferOptions::default());
    let table = parse(raw, &schema).expect("what was inferred from a table reads it");
    (schema, table)
}

/// Small and one-sided tables, by name.
pub(super) fn awkward() -> Vec<(&'static str, RawTable)> {
    let table = |columns: &[(&str, &dyn Fn(usize) -> String)], n: usize| {
        let columns = columns
            .iter()
            .map(|(name, cell)| {
                let mut column = RawColumn::new(name, SourceType::Text);
                (0..n).for_each(|row| column.push(&cell(row)));
                column
            })
            .collect();
        RawTable::new(columns).expect("all columns have n cells")
    };
    let number = |row: usize| format!("{}.5", row * 37 % 91);
    vec![
        ("one row", table(&[("x", &number)], 1)),
        ("two rows", table(&[("x", &number), ("y", &number)], 2)),
        ("one column", table(&[("x", &number)], 200)),
        ("constant beside a number", table(&[("c", &|_| "a".into()), ("x", &number)], 200)),
        ("all missing beside a number", table(&[("m", &|_| String::new()), ("x", &number)], 200)),
        (
            "one level beside a level",
            table(
                &[
                    ("s", &|row| if row == 0 { "b".into() } else { "a".into() }),
                    ("t", &|row| (row % 2).to_string()),
                ],
                200,
            ),
        ),
        ("every level rare", table(&[("r", &|row| format!("level {}", row / 2)), ("x", &number)], 200)),
        (
            "missing in nearly every row",
            table(&[("m", &|row| if row == 7 { "3".into() } else { String::new() }), ("x", &number)], 200),
        ),
    ]
}
