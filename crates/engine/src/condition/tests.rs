//! Do conditions select what they say, and are mistakes placed?

use super::*;
use verosim_core::{Hint as _, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};

fn clinic() -> (Schema, Table) {
    let raw = verosim_data::world::clinic(500, Seeded::new(1));
    let schema = infer(&raw, &InferOptions::default());
    let table = parse(&raw, &schema).unwrap();
    (schema, table)
}

#[test]
fn conditions_select_what_they_say() {
    let (schema, table) = clinic();
    let count = |text: &str| {
        let condition =
            Condition::parse(text, &schema, &table).unwrap_or_else(|error| panic!("{text}: {error}"));
        condition.mask(&table).into_iter().filter(|met| *met).count()
    };
    assert_eq!(count("sex = F") + count("sex = M"), 500);
    assert_eq!(count("age >= 60") + count("not age >= 60"), 500);
    assert_eq!(count("age >= 60 and sex = F or age < 60 and sex = F"), count("sex = F"));
    assert_eq!(count("sex in (F, M)"), 500);
    assert_eq!(count("ldl is missing") + count("ldl is not missing"), 500);
    assert_eq!(count("admission_date >= 1900-01-01"), 500);
    assert_eq!(count("(age >= 60 or age < 60) and 'sex' != \"F\""), count("sex = M"));
}

#[test]
fn mistakes_are_placed_and_explained() {
    let (schema, table) = clinic();
    for (text, message, hint) in [
        ("age >=", "`--where` at character 7: expected a value", "write `age >= 80 and sex = F`"),
        ("aeg > 5", "there is no column `aeg`", "did you mean `age`?"),
        (
            "age > old",
            "`--where`: `old` is not a value of column `age`, which holds count",
            "`verosim profile`",
        ),
        ("smoking = nevr", "`--where`: `nevr` is not a value of column `smoking`", "did you mean `never`?"),
        ("sex > F", "`--where`: column `sex` holds nominal and has no order", "use `=`"),
        ("(age > 5", "`--where` at character 9: expected `)`", "write"),
        ("age > 5 sex = F", "`--where` at character 9: expected `and`, `or` or the end", "write"),
    ] {
        let error = Condition::parse(text, &schema, &table).unwrap_err();
        assert!(error.to_string().starts_with(message), "{text}: {error}");
        assert!(error.hint().unwrap().starts_with(hint), "{text}: {:?}", error.hint());
    }
    assert!(Condition::parse(&"(".repeat(100_000), &schema, &table).is_err(), "no stack is exhausted");
}
