//! Which grammar admits exactly the replies that meet a contract?
//!
//! Rows are written as our own codecs write them, so that a reply has one shape and reads back without repair. A row is
//! one regular expression: matching it is a walk through a lazily built automaton, which keeps the mask of a token cheap.

mod calendar;
mod digits;

use crate::codec::{field, marker, name, value};
use crate::schema::typed;
use llguidance::api::TopLevelGrammar;
use serde_json::Value;
use std::fmt::Write as _;
use verosim_core::{ColumnContract, Contract, Mode, RowContract, RowForm, Values};

/// Most characters of a text that nobody named; longer ones are refused when replies are checked.
const LONGEST_TEXT: usize = 80;

/// The grammar of replies to a contract; `None` where anything goes. `mode` tells whether a sentence goes on after the
/// values that are given for it.
#[must_use]
pub(super) fn grammar(contract: &Contract, mode: Mode) -> Option<TopLevelGrammar> {
    match contract {
        Contract::Rows(rows) => Some(TopLevelGrammar::from_lark(lark(rows, mode))),
        Contract::Json(schema) => Some(TopLevelGrammar::from_json_schema(schema.clone())),
        Contract::Text => None,
    }
}

/// The grammar in Lark's notation: one terminal for each kind of row.
fn lark(contract: &RowContract, mode: Mode) -> String {
    let mut lines = Vec::new();
    let mut start = Vec::new();
    let mut terminal = |expression: String, times: usize| {
        if times > 0 {
            let called = format!("T{}", lines.len());
            start.push(if times == 1 { called.clone() } else { format!("{called}{{{times}}}") });
            lines.push(format!("{called}: /{expression}/"));
        }
    };
    let free: Vec<(usize, String)> = Vec::new();
    let given = |row: usize| contract.given.get(row).unwrap_or(&free);
    let rows = contract.rows.max(1);
    let given_rows = contract.given.len().min(rows);
    match contract.form {
        RowForm::Json => {
            let row = |given: &[(usize, String)]| json_row(contract, given);
            let (head, between) = (literal("{\"rows\":["), literal(",\n"));
            terminal(format!("{head}{}", row(given(0))), 1);
            for at in 1..given_rows {
                terminal(format!("{between}{}", row(given(at))), 1);
            }
            terminal(format!("{between}{}", row(&free)), rows - given_rows.max(1));
            terminal(literal("]}"), 1);
        }
        RowForm::Csv if !contract.groups.is_empty() => {
            let per_group = rows.div_ceil(contract.groups.len());
            for (at, group) in contract.groups.iter().enumerate() {
                terminal(literal(&format!("{}\n", marker(at))), 1);
                let row = |given: &[(usize, String)]| {
                    csv_row(contract, &[&[(0, group.clone())][..], given].concat())
                };
                let settled = contract.given.len().saturating_sub(at * per_group).min(per_group);
                for place in 0..settled {
                    terminal(row(given(at * per_group + place)), 1);
                }
                terminal(row(&free), per_group - settled);
            }
        }
        RowForm::Csv | RowForm::Sentence => {
            for at in 0..given_rows {
                let row = match contract.form {
                    RowForm::Csv => csv_row(contract, given(at)),
                    // The prompt ends behind what is given for the first sentence.
                    _ if at == 0 && mode == Mode::Completion => rest_of_sentence(contract, given(at)),
                    _ => sentence_row(contract, given(at)),
                };
                terminal(row, 1);
            }
            let row = match contract.form {
                RowForm::Csv => csv_row(contract, &free),
                _ => sentence_row(contract, &free),
            };
            terminal(row, rows - given_rows);
        }
    }
    format!("start: {}\n{}\n", start.join(" "), lines.join("\n"))
}

fn settled(given: &[(usize, String)], at: usize) -> Option<&str> {
    given.iter().find(|(column, _)| *column == at).map(|(_, text)| text.as_str())
}

fn json_row(contract: &RowContract, given: &[(usize, String)]) -> String {
    let cells = contract.columns.iter().enumerate().map(|(at, column)| {
        let key = literal(&format!("{}:", Value::from(column.name.as_str())));
        let settled = settled(given, at).map(|text| literal(&typed(column, text).to_string()));
        format!("{key}{}", settled.unwrap_or_else(|| or_missing(column, "null", json_cell(&column.values))))
    });
    format!("{}{}{}", literal("{"), cells.collect::<Vec<_>>().join(","), literal("}"))
}

fn json_cell(values: &Values) -> String {
    match values {
        Values::Levels(levels) => alternatives(levels, |level| literal(&Value::from(level).to_string())),
        Values::Text => {
            let inner = text(r#"[^"\\\x00-\x20\x7f-\xa0]"#, r#"([^"\\\x00-\x1f\x7f-\xa0]|\\["\\])"#);
            format!("\"{inner}\"")
        }
        Values::Date { .. } | Values::Datetime { .. } => format!("\"{}\"", plain(values)),
        Values::Number { .. } => plain(values),
    }
}

fn csv_row(contract: &RowContract, given: &[(usize, String)]) -> String {
    // A line without a letter would be no row.
    let missing = if contract.columns.len() == 1 { "\"\"" } else { "" };
    let cells = contract.columns.iter().enumerate().map(|(at, column)| match settled(given, at) {
        Some(text) => literal(&field(text)),
        None => or_missing(
            column,
            missing,
            match &column.values {
                Values::Levels(levels) => alternatives(levels, |level| literal(&field(level))),
                Values::Text => bare_text(),
                values => plain(values),
            },
        ),
    });
    format!("{}{}", cells.collect::<Vec<_>>().join(","), literal("\n"))
}

fn sentence_row(contract: &RowContract, given: &[(usize, String)]) -> String {
    let parts = (0..contract.columns.len()).map(|at| sentence_part(contract, given, at));
    format!("{}{}", parts.collect::<Vec<_>>().join(", "), literal("\n"))
}

/// A sentence without the values that are given, which come first.
fn rest_of_sentence(contract: &RowContract, given: &[(usize, String)]) -> String {
    let parts = (0..contract.columns.len())
        .filter(|&at| settled(given, at).is_none())
        .map(|at| sentence_part(contract, given, at));
    format!("{}{}", parts.collect::<Vec<_>>().join(", "), literal("\n"))
}

fn sentence_part(contract: &RowContract, given: &[(usize, String)], at: usize) -> String {
    let column = &contract.columns[at];
    let verb = literal(&format!("{} is ", name(&column.name)));
    let cell = match settled(given, at) {
        Some(text) => literal(&value(Some(text))),
        None => or_missing(
            column,
            "missing",
            match &column.values {
                Values::Levels(levels) => alternatives(levels, |level| literal(&value(Some(level)))),
                Values::Text => bare_text(),
                values => plain(values),
            },
        ),
    };
    format!("{verb}{cell}")
}

fn or_missing(column: &ColumnContract, missing: &str, cell: String) -> String {
    if column.nullable { format!("({cell}|{missing})") } else { cell }
}

fn alternatives(levels: &[String], written: impl Fn(&str) -> String) -> String {
    digits::any_of(&levels.iter().map(|level| written(level)).collect::<Vec<_>>())
}

/// Numbers, days and instants.
fn plain(values: &Values) -> String {
    match values {
        Values::Number { low, high, decimals } => digits::number(*low, *high, *decimals),
        Values::Date { low, high } => calendar::day(*low, *high),
        Values::Datetime { low, high } => calendar::instant(*low, *high),
        Values::Levels(_) | Values::Text => unreachable!("has a shape of its own in each form"),
    }
}

/// Text that needs no quotes in lines of CSV and in sentences.
fn bare_text() -> String {
    text(r#"[^,"`.\x00-\x20\x7f-\xa0]"#, r#"[^,"\x00-\x1f\x7f-\xa0]"#)
}

/// A text whose first letter is no space.
fn text(first: &str, other: &str) -> String {
    format!("{first}{other}{{0,{}}}", LONGEST_TEXT - 1)
}

/// The text itself as a regular expression.
fn literal(text: &str) -> String {
    let mut expression = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || !letter.is_ascii() || " _:,".contains(letter) {
            expression.push(letter);
        } else {
            let _ = write!(expression, r"\x{{{:02x}}}", u32::from(letter));
        }
    }
    expression
}
