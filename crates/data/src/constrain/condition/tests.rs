//! Do conditions select what they say, and are mistakes placed?

use super::*;
use crate::frame::parse;
use crate::infer::{InferOptions, infer};
use crate::{RawColumn, RawTable, SourceType};
use verosim_core::{ColumnSchema, Hint as _, Kind, Seeded};

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

fn raw(columns: &[(&str, Kind, &[&str])]) -> (Schema, Table) {
    let raws = columns.iter().map(|(name, _, cells)| {
        let mut column = RawColumn::new(name, SourceType::Text);
        cells.iter().for_each(|cell| column.push(cell));
        column
    });
    let raw = RawTable::new(raws.collect()).unwrap();
    let columns = columns.iter().map(|(name, kind, _)| ColumnSchema::declared(name, *kind)).collect();
    let schema = Schema { columns, ..Schema::default() };
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

#[test]
fn numbers_are_reckoned_with_and_what_is_unknown_stays_so() {
    let (schema, table) = raw(&[
        ("bmi", Kind::Continuous, &["25", "25", "", "30"]),
        ("weight", Kind::Continuous, &["81", "100", "81", "81"]),
        ("height", Kind::Continuous, &["1.8", "1.8", "1.8", "0"]),
        ("age", Kind::Ordinal, &["[50-60)", "[60-70)", "[0-10)", ""]),
    ]);
    let (yes, no, unknown) = (Some(true), Some(false), None);
    for (text, want) in [
        // By hand: 81 / 1.8² = 25, 100 / 1.8² = 30.9.
        ("abs(bmi - weight / (height*height)) <= 1", [yes, no, unknown, unknown]),
        ("(weight + 19) / 100 >= 1", [yes, yes, yes, yes]),
        ("bmi * 4 = weight + 19", [yes, no, unknown, no]),
        ("bmi <= weight / 3", [yes, yes, unknown, no]),
        ("not (weight - bmi > 60 or height < 1)", [yes, no, unknown, no]),
        ("number(age) > 55", [unknown, yes, no, unknown]),
        ("number(age) >= 60", [unknown, yes, no, unknown]),
        ("number(age) < 10 or bmi = 25", [yes, yes, unknown, unknown]),
    ] {
        let condition = Condition::parse(text, &schema, &table).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(condition.truth(&table), want, "{text}");
        let back: Condition = serde_json::from_str(&serde_json::to_string(&condition).unwrap()).unwrap();
        assert_eq!(back, condition, "{text}");
    }
}

#[test]
fn times_are_reckoned_in_days() {
    let (schema, table) = clinic();
    assert_eq!(count("discharge_date - admission_date = los_days", &schema, &table), 500);
    let condition = Condition::parse("discharge_date - admission_date > los_days", &schema, &table).unwrap();
    let names: Vec<&str> = condition.columns().into_iter().collect();
    assert_eq!(names, ["admission_date", "discharge_date", "los_days"]);
}

#[test]
fn codes_lie_in_ranges_and_any_column_will_do() {
    let (schema, table) = raw(&[
        ("first", Kind::Code, &["642.01", "250", "Other", "V22.1"]),
        ("second", Kind::Code, &["8", "650", "", "185"]),
    ]);
    let (yes, no, unknown) = (Some(true), Some(false), None);
    for (text, want) in [
        ("first in ICD9 630..679", [yes, no, unknown, no]),
        ("first in ICD9 (630..679, V22..V24)", [yes, no, unknown, yes]),
        ("first in icd9 (\"630\"..\"679\", '250' .. '259')", [yes, yes, unknown, no]),
        ("any(first, second) in ICD9 (630..679, V22)", [yes, yes, unknown, yes]),
        ("not any(first, second) in ICD9 185", [yes, yes, unknown, no]),
        ("any(first, second) is missing", [no, no, yes, no]),
    ] {
        let condition = Condition::parse(text, &schema, &table).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(condition.truth(&table), want, "{text}");
    }
}

/// Names and values that hold signs, or the words of the language, mean what they meant before.
#[test]
fn names_with_signs_stay_names() {
    let (schema, table) = raw(&[
        ("glyburide-metformin", Kind::Nominal, &["No", "Up"]),
        ("a/b", Kind::Continuous, &["1", "2"]),
        ("a", Kind::Continuous, &["4", "4"]),
        ("b", Kind::Continuous, &["2", "4"]),
        ("any", Kind::Continuous, &["1", "3"]),
        ("day", Kind::Date, &["2020-01-05", "2021-01-05"]),
    ]);
    for (text, want) in [
        ("glyburide-metformin = Up", 1),
        ("a/b > 1", 1),
        ("a*b > 8", 1),
        ("a / b > 1", 1),
        ("day >= 2021-01-01", 1),
        ("any >= 3", 1),
        ("(any >= 3)", 1),
    ] {
        assert_eq!(count(text, &schema, &table), want, "{text}");
    }
}

#[test]
fn mistakes_in_sums_and_codes_are_placed_and_explained() {
    let (schema, table) = clinic();
    for (text, message, hint) in [
        ("sbp - > 5", "at character 7: expected a column, a number, `abs(...)` or `(`", "write"),
        ("sbp - spb > 5", "there is no column `spb`", "did you mean"),
        ("sbp - sex > 5", "column `sex` holds nominal, not numbers", "`number(COLUMN)` reads"),
        ("abs(sbp - dbp > 5", "at character 15: expected `)`", "write"),
        ("sbp + dbp", "at character 10: expected a comparison", "write"),
        ("diagnosis in ICD10 6x", "`6x` is no ICD-10 code", "write `diagnosis in ICD10"),
        (
            "diagnosis in ICD10 (O10..O00)",
            "at character 21: expected a range that ends after it begins",
            "write",
        ),
        ("sbp in ICD9 630", "column `sbp` holds count, not codes", "declare the column"),
        ("any(sbp, dbp > 3", "at character 14: expected `,` or `)`", "write"),
    ] {
        let error = Condition::parse(text, &schema, &table).unwrap_err();
        assert!(error.to_string().starts_with(message), "{text}: {error}");
        assert!(error.hint().unwrap().starts_with(hint), "{text}: {:?}", error.hint());
    }
    for deep in ["abs(", "((1 + ", "not abs("] {
        assert!(Condition::parse(&deep.repeat(100_000), &schema, &table).is_err(), "no stack is exhausted");
    }
    let deep = format!("{}sbp{} > 1", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Condition::parse(&deep, &schema, &table).is_err());
}
