//! How are the columns told to a model, and their statistics where that is allowed?

use crate::card::{Card, CardColumn};
use std::fmt::Write as _;
use verosim_core::{Kind, PrivacyClass, Section, Speaker};
use verosim_data::constrain::Allowed;

/// One line per column: name, unit, what it may hold, what it means.
#[must_use]
pub fn schema(card: &Card, order: &[usize], target: Option<usize>) -> Section {
    let mut text = String::from("Columns:\n");
    for &at in order {
        let column = &card.columns()[at];
        let schema = &column.allowance.schema;
        let _ = write!(text, "- {}", one_line(column.name()));
        if let Some(unit) = &schema.unit {
            let _ = write!(text, " ({})", one_line(unit));
        }
        let _ = write!(text, ": {}", values(column));
        if column.allowance.nullable {
            text.push_str(", may be missing");
        }
        if target == Some(at) {
            text.push_str("; this is the outcome");
        }
        if let Some(description) = &schema.description {
            let _ = write!(text, ". {}", one_line(description));
        }
        text.push('\n');
    }
    Section::new("schema", Speaker::User, card.class(), text.trim_end().to_owned())
}

fn values(column: &CardColumn) -> String {
    let schema = &column.allowance.schema;
    match &column.allowance.values {
        _ if schema.kind == Kind::Date => "a day, as 2024-03-07".into(),
        _ if schema.kind == Kind::Datetime => "a day and time, as 2024-03-07T14:05:00".into(),
        Allowed::Number { decimals, .. } => {
            let what = if *decimals == 0 {
                "a whole number".to_owned()
            } else {
                format!("a number with at most {decimals} decimals")
            };
            match column.range {
                Some((low, high)) => {
                    format!("{what} from {} to {}", column.number_text(low), column.number_text(high))
                }
                None => what,
            }
        }
        Allowed::Levels { .. } if schema.kind == Kind::Boolean && column.shown.len() == 2 => {
            let meant = |text: &str| match text {
                "1" => " (yes)",
                "0" => " (no)",
                _ => "",
            };
            let levels: Vec<String> =
                column.shown.iter().map(|text| format!("{}{}", quoted(text), meant(text))).collect();
            format!("one of {}", levels.join(", "))
        }
        Allowed::Levels { .. } => {
            let levels: Vec<String> = column.shown.iter().map(|text| quoted(text)).collect();
            let order = if schema.kind == Kind::Ordinal { " (in ascending order)" } else { "" };
            let coded = if column.coded { ", code names whose meaning is not told" } else { "" };
            format!("one of {}{order}{coded}", levels.join(", "))
        }
        Allowed::Anything => "a short text".into(),
    }
}

/// Shares of levels and quantiles of numbers among real patients: aggregates, each of enough people.
#[must_use]
pub fn statistics(card: &Card, order: &[usize]) -> Section {
    let mut text = String::from("Among real patients:\n");
    for &at in order {
        let column = &card.columns()[at];
        let line = match &column.allowance.values {
            Allowed::Number { range: Some(range), .. } => range.quantiles.map(|quantiles| {
                let texts: Vec<String> =
                    quantiles.iter().map(|quantile| column.number_text(*quantile)).collect();
                format!("10, 25, 50, 75 and 90 % quantiles {}", texts.join(", "))
            }),
            Allowed::Levels { shares, .. } if !shares.is_empty() && shares.len() <= 30 => {
                let texts: Vec<String> = column
                    .shown
                    .iter()
                    .zip(shares)
                    .map(|(level, share)| format!("{} {:.0} %", quoted(level), 100.0 * share))
                    .collect();
                Some(texts.join(", "))
            }
            _ => None,
        };
        if let Some(line) = line {
            let _ = write!(text, "- {}: {line}", one_line(column.name()));
            if column.allowance.missing > 0.0 && column.allowance.nullable {
                let _ = write!(text, "; {:.0} % missing", 100.0 * column.allowance.missing);
            }
            text.push('\n');
        }
    }
    Section::new("statistics", Speaker::User, PrivacyClass::Aggregate, text.trim_end().to_owned())
}

/// A level as a model must write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Names and descriptions stand on one line whatever they hold.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
