//! Do rows come back from every codec as they went in, and is broken text told from rows?

use super::{Parsed, Raw, codec};
use crate::accept::Reason;
use proptest::prelude::*;
use verosim_core::{ColumnContract, RowContract, RowForm, Values};

const FORMS: [RowForm; 3] = [RowForm::Json, RowForm::Csv, RowForm::Sentence];

fn contract(form: RowForm, names: &[&str]) -> RowContract {
    let column = |name: &&str| ColumnContract {
        name: (*name).to_owned(),
        values: Values::Levels(Vec::new()),
        nullable: true,
    };
    RowContract {
        form,
        columns: names.iter().map(column).collect(),
        rows: 10,
        groups: Vec::new(),
        given: Vec::new(),
    }
}

fn texts(parsed: &Parsed) -> Vec<Option<String>> {
    let text = |cell: &Option<Raw>| match cell {
        Some(Raw::Text(text)) => Some(text.clone()),
        Some(Raw::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    parsed.cells.iter().map(text).collect()
}

/// Names that a published parser broke on: commas and the verb inside names and values.
const HOSTILE_NAMES: [&str; 4] = ["age", "blood pressure, mmHg", "sex is", "a\"b"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]
    /// Regression: a comma or " is " inside a value broke the published GReaT parser, and categories were not checked.
    #[test]
    fn hostile_strings_round_trip_in_every_codec(
        rows in prop::collection::vec(
            prop::collection::vec(prop::option::of("[ -~,\"\n\\\\é]{1,12}"), HOSTILE_NAMES.len()), 1..5)
    ) {
        for form in FORMS {
            let contract = contract(form, &HOSTILE_NAMES);
            let text = codec(form).encode(&contract, &rows);
            let back = codec(form).decode(&contract, &text, true);
            let back: Vec<_> = back.iter().map(|row| texts(row.as_ref().unwrap())).collect();
            prop_assert_eq!(&back, &rows, "{:?}: {}", form, text);
        }
    }

    #[test]
    fn no_reply_panics_any_codec(reply in "\\PC{0,200}") {
        for form in FORMS {
            codec(form).decode(&contract(form, &HOSTILE_NAMES), &reply, false);
        }
    }
}

#[test]
fn values_that_look_like_grammar_come_back() {
    let rows: Vec<Vec<Option<String>>> =
        ["missing", "missing.", "0.", "x is 3, age is 4", "A.", "```", "null", "NaN", "1,234", " 5"]
            .into_iter()
            .flat_map(|text| [vec![Some(text.to_owned()), None], vec![None, Some(text.to_owned())]])
            .collect();
    for form in FORMS {
        let contract = contract(form, &["age", "x"]);
        let text = codec(form).encode(&contract, &rows);
        let back: Vec<_> = codec(form)
            .decode(&contract, &text, true)
            .iter()
            .map(|row| texts(row.as_ref().unwrap()))
            .collect();
        assert_eq!(back, rows, "{form:?}: {text}");
    }
}

#[test]
fn rows_are_found_among_prose_fences_and_wrappers() {
    let contract = contract(RowForm::Json, &["age", "sex"]);
    let reply = "Sure! Here are rows:\n```json\n{\"rows\": [{\"age\": 63, \"sex\": \"F\"},\n {\"sex\": null, \"age\": \"41\"}]}\n```";
    let found = codec(RowForm::Json).decode(&contract, reply, true);
    assert_eq!(
        found,
        [
            Ok(Parsed { cells: vec![Some(Raw::Number(63.0)), Some(Raw::Text("F".into()))], extra: false }),
            Ok(Parsed { cells: vec![Some(Raw::Text("41".into())), Some(Raw::Null)], extra: false }),
        ]
    );
}

#[test]
fn faults_of_a_reply_have_their_names() {
    let json = contract(RowForm::Json, &["age", "sex"]);
    let cases: [(&str, bool, &[Reason]); 6] = [
        (r#"{"age": 1, "age": 2, "sex": "F"}"#, true, &[Reason::DuplicateKey]),
        (r#"{"age": NaN, "sex": "F"}"#, true, &[Reason::Unparseable]),
        (r#"{"age": 1, "sex": "F"#, false, &[Reason::Truncated]),
        (r#"{"rows": [{"age": 1, "se"#, false, &[Reason::Truncated]),
        (r#"{"other": 1}"#, true, &[Reason::MissingColumn]),
        ("I am sorry, but I cannot help with that.", true, &[]),
    ];
    for (reply, whole, want) in cases {
        let found: Vec<Reason> =
            codec(RowForm::Json).decode(&json, reply, whole).into_iter().filter_map(Result::err).collect();
        assert_eq!(found, want, "{reply}");
    }
    let csv = contract(RowForm::Csv, &["class", "age", "sex"]);
    let reply = "class,age,sex\nA.\n1,63,F\n1,63\n\nB.\n0,5,M,9\n0,7";
    let found = codec(RowForm::Csv).decode(&csv, reply, false);
    assert!(found[0].is_ok());
    assert_eq!(
        found[1..].iter().map(|row| row.clone().unwrap_err()).collect::<Vec<_>>(),
        [Reason::MissingColumn, Reason::ExtraColumn, Reason::Truncated]
    );
    let sentences = contract(RowForm::Sentence, &["age", "sex"]);
    let found = codec(RowForm::Sentence).decode(&sentences, "age is 63, sex is F\nsex is M, age is 4", false);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], Err(Reason::Truncated));
    let found = codec(RowForm::Sentence).decode(&sentences, "sex is M, age is 4.", true);
    assert_eq!(texts(found[0].as_ref().unwrap()), [Some("4".into()), Some("M".into())]);
}

#[test]
fn groups_are_written_under_their_marker() {
    let mut contract = contract(RowForm::Csv, &["class", "age"]);
    contract.groups = vec!["sick".into(), "well".into()];
    let row = |class: &str, age: &str| vec![Some(class.to_owned()), Some(age.to_owned())];
    let rows = [row("well", "3"), row("sick", "4"), row("well", "5")];
    let text = codec(RowForm::Csv).encode(&contract, &rows);
    assert_eq!(text, "class,age\nA.\nsick,4\nB.\nwell,3\nwell,5\n");
    assert_eq!(codec(RowForm::Csv).decode(&contract, &text, true).len(), 3);
}
