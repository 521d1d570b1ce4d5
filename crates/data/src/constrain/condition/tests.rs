//! Do conditions select what they say, and are mistakes placed?

use super::*;
use crate::frame::parse;
use crate::infer::{InferOptions, infer};
use crate::{RawColumn, RawTable, SourceType};
use verosim_core::{Hint as _, Seeded};

fn clinic() -> (Schema, Table) {
    let raw = crate::world::clinic(500, Seeded::new(1));
    let schema = infer(&raw, &InferOptions::default());
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

fn count(text: &str, schema: &Schema, table: &Table) -> usize {
    let condition = Condition::parse(text, schema, table).unwrap_or_else(|error| panic!("{text}: {error}"));
    condition.mask(table).into_iter().filter(|met| *met).count()
}

#[test]
fn conditions_select_what_they_say() {
    let (schema, table) = clinic();
    let count = |text: &str| count(text, &schema, &table);
    assert_eq!(count("sex = F") + count("sex = M"), 500);
    assert_eq!(count("age >= 60") + count("not age >= 60"), 500);
    assert_eq!(count("age >= 60 and sex = F or age < 60 and sex = F"), count("sex = F"));
    assert_eq!(count("sex in (F, M)"), 500);
    assert_eq!(count("ldl is missing") + count("ldl is not missing"), 500);
    assert_eq!(count("admission_date >= 1900-01-01"), 500);
    assert_eq!(count("(age >= 60 or age < 60) and 'sex' != \"F\""), count("sex = M"));
}

#[test]
fn columns_are_compared_with_columns() {
    let (schema, table) = clinic();
    let count = |text: &str| count(text, &schema, &table);
    assert_eq!(count("dbp < sbp") + count("dbp >= sbp"), 500);
    assert_eq!(count("discharge_date >= admission_date"), 500, "nobody leaves before coming");
    assert_eq!(count("`sex` != `insurance`"), 500, "levels are compared by text");
    for (text, message) in [
        ("admission_date > age", "columns `admission_date` (date) and `age` (count) cannot be compared"),
        ("sex = age", "columns `sex` (nominal) and `age` (count) cannot be compared"),
        ("sex > insurance", "column `sex` holds nominal and has no order"),
    ] {
        assert_eq!(Condition::parse(text, &schema, &table).unwrap_err().to_string(), message, "{text}");
    }
}

/// Kleene's strong logic, by his tables: unknown and false is false, unknown or true is true, not unknown is unknown.
#[test]
fn a_missing_cell_makes_unknown_what_it_decides() {
    let column = |name: &str, cells: [&str; 4]| {
        let mut column = RawColumn::new(name, SourceType::Text);
        cells.iter().for_each(|cell| column.push(cell));
        column
    };
    let raw = RawTable::new(vec![column("x", ["1", "", "9", ""]), column("y", ["1", "1", "", ""])]).unwrap();
    let schema = infer(&raw, &InferOptions::default());
    let columns =
        ["x", "y"].map(|name| verosim_core::ColumnSchema::declared(name, verosim_core::Kind::Count));
    let schema = Schema { columns: columns.to_vec(), ..schema };
    let table = parse(&raw, &schema).unwrap();
    let (yes, no, unknown) = (Some(true), Some(false), None);
    for (text, want) in [
        ("x > 5", [no, unknown, yes, unknown]),
        ("not x > 5", [yes, unknown, no, unknown]),
        ("x > 5 and y > 5", [no, no, unknown, unknown]),
        ("x > 5 or y = 1", [yes, yes, yes, unknown]),
        ("x = y", [yes, unknown, unknown, unknown]),
        ("x is missing", [no, yes, no, yes]),
    ] {
        let condition = Condition::parse(text, &schema, &table).unwrap();
        assert_eq!(condition.truth(&table), want, "{text}");
        assert_eq!(condition.mask(&table), want.map(|met| met == yes), "{text}");
    }
}

#[test]
fn mistakes_are_placed_and_explained() {
    let (schema, table) = clinic();
    for (text, message, hint) in [
        ("age >=", "at character 7: expected a value", "write `age >= 80 and sex = F`"),
        ("aeg > 5", "there is no column `aeg`", "did you mean `age`?"),
        ("age > old", "`old` is not a value of column `age`, which holds count", "`verosim profile`"),
        ("smoking = nevr", "`nevr` is not a value of column `smoking`", "did you mean `never`?"),
        ("sex > F", "column `sex` holds nominal and has no order", "use `=`"),
        ("(age > 5", "at character 9: expected `)`", "write"),
        ("age > 5 sex = F", "at character 9: expected `and`, `or` or the end", "write"),
    ] {
        let error = Condition::parse(text, &schema, &table).unwrap_err();
        assert!(error.to_string().starts_with(message), "{text}: {error}");
        assert!(error.hint().unwrap().starts_with(hint), "{text}: {:?}", error.hint());
    }
    assert!(Condition::parse(&"(".repeat(100_000), &schema, &table).is_err(), "no stack is exhausted");
}
