//! How is a model told what its reply must look like, and which values are settled?

use crate::codec::{codec, header, marker};
use std::fmt::Write as _;
use verosim_core::{PrivacyClass, RowContract, RowForm, Section, Speaker};

/// What the reply must look like: with several candidates for each record, these stand together and their last column
/// says how likely each is. `class` is that of the words that name groups.
///
/// # Source
/// Candidates with probabilities: Zhang et al. 2025, arXiv 2510.01171 (verbalised sampling).
#[must_use]
pub fn output_contract(contract: &RowContract, candidates: usize, class: PrivacyClass) -> Section {
    let names: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
    let n = contract.rows;
    let mut text = match contract.form {
        RowForm::Json => format!(
            "Answer with one JSON object `{{\"rows\": [...]}}` and nothing else. `rows` holds {n} objects, each with \
             exactly these keys in this order: {}. Numbers stand without quotes, units or thousands separators, all \
             other values in quotes; a missing value is null.",
            serde_json::Value::from(names.clone())
        ),
        RowForm::Csv => {
            let mut text = format!(
                "Answer with lines of CSV and nothing else, without a header; the columns are {}. A missing value is \
                 an empty cell.",
                header(contract).trim_end()
            );
            let groups = contract.groups.len().max(1);
            for (at, group) in contract.groups.iter().enumerate() {
                let _ = write!(
                    text,
                    " {} a line `{}`, then {} rows whose first cell is {group}.",
                    if at == 0 { "Write" } else { "Then" },
                    marker(at),
                    n.div_ceil(groups)
                );
            }
            if contract.groups.is_empty() {
                let _ = write!(text, " Write {n} rows.");
            }
            text
        }
        RowForm::Sentence => {
            let row: Vec<Option<String>> = names.iter().map(|_| Some("…".to_owned())).collect();
            let line = codec(RowForm::Sentence).encode(contract, &[row]);
            format!(
                "Answer with {n} lines and nothing else, one record a line, each in this shape: {} A missing value is \
                 the word missing.",
                line.trim_end()
            )
        }
    };
    if let (true, Some(probability)) = (candidates > 1, names.last()) {
        let _ = write!(
            text,
            " These are {candidates} candidates for each of {} records, those for one record together. `{probability}` \
             says how likely a candidate is among all that could stand in its place, from 0 to 1. Take candidates \
             from the whole range of what occurs, not only the likeliest.",
            n / candidates
        );
    }
    let class = if contract.groups.is_empty() { PrivacyClass::Metadata } else { class };
    Section::new("output_contract", Speaker::User, class, text)
}

/// Which values are settled for each record; `None` when none are. Candidates for one record share them.
#[must_use]
pub fn conditioning(contract: &RowContract, candidates: usize, class: PrivacyClass) -> Option<Section> {
    if contract.given.iter().all(Vec::is_empty) {
        return None;
    }
    let mut text = String::from("These values are settled; choose the others to go with them:\n");
    for (record, given) in contract.given.iter().step_by(candidates.max(1)).enumerate() {
        let settled: Vec<String> =
            given.iter().map(|(at, value)| format!("{} is {value}", contract.columns[*at].name)).collect();
        let _ = writeln!(text, "record {}: {}", record + 1, settled.join(", "));
    }
    Some(Section::new("conditioning", Speaker::User, class, text.trim_end().to_owned()))
}
