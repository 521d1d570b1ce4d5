//! What does a stand-in that has learned a table say about its columns?
//!
//! It understands the schemas of `llm-elicit`: laws of columns overall or given a level of the outcome (which the `title` of a
//! column's schema names), shares of missing values, relations and rules.

use super::naive;
use serde_json::{Map, Value, json};
use verosim_core::Kind;
use verosim_data::frame::write_time;
use verosim_data::{Cells, Column, Table};
use verosim_math::stats::{quantile_sorted, spearman};

/// A value that meets the schema and tells what `table` holds; what the table does not know is drawn at random.
pub(super) fn answer(table: &Table, schema: &Value, rng: &mut impl rand::Rng) -> Value {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    if properties.contains_key("relations") {
        return relations(table, schema);
    }
    let said = properties.iter().map(|(name, schema)| {
        let said = table.column(name).map(|column| laws(table, column, schema));
        (name.clone(), said.unwrap_or_else(|| naive::json(schema, rng)))
    });
    Value::Object(said.collect())
}

fn laws(table: &Table, column: &Column, schema: &Value) -> Value {
    let outcome = schema["title"].as_str().unwrap_or_default();
    let prefix = format!("given {outcome} is ");
    let absent = column.missing.iter().filter(|&&code| code != 0).count();
    let laws = schema["properties"].as_object().into_iter().flatten().map(|(key, schema)| {
        if key == "missing" {
            return (key.clone(), json!(absent as f64 / column.len().max(1) as f64));
        }
        let rows: Vec<usize> = match (key.strip_prefix(&prefix), table.column(outcome)) {
            (Some(level), Some(outcome)) => {
                (0..column.len()).filter(|&row| text(outcome, row).as_deref() == Some(level)).collect()
            }
            _ => (0..column.len()).collect(),
        };
        (key.clone(), law(column, &rows, schema))
    });
    Value::Object(laws.collect())
}

fn law(column: &Column, rows: &[usize], schema: &Value) -> Value {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let number = |row: &usize| match &column.cells {
        Cells::Number(values) => Some(values[*row]).filter(|value| value.is_finite()),
        Cells::Level { .. } => text(column, *row)?.parse().ok(),
    };
    let mut numbers: Vec<f64> = rows.iter().filter_map(number).collect();
    numbers.sort_by(f64::total_cmp);
    let said = properties.iter().map(|(name, schema)| {
        let share = match name.as_str() {
            "q05" => 0.05,
            "q25" => 0.25,
            "q50" => 0.5,
            "q75" => 0.75,
            "q95" => 0.95,
            level => {
                let such = rows.iter().filter(|&&row| text(column, row).as_deref() == Some(level)).count();
                return (name.clone(), json!(such as f64 / rows.len().max(1) as f64));
            }
        };
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        let value = quantile_sorted(&numbers, share).unwrap_or(0.0).clamp(low, high);
        let said = match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("date"), _) => json!(write_time(value.round(), "%Y-%m-%d", Kind::Date)),
            (_, Some(_)) => json!(write_time(value.round(), "%Y-%m-%dT%H:%M:%S", Kind::Datetime)),
            _ => json!(value),
        };
        (name.clone(), said)
    });
    Value::Object(said.collect())
}

fn text(column: &Column, row: usize) -> Option<String> {
    match &column.cells {
        _ if column.missing[row] != 0 => None,
        Cells::Number(values) => Some(values[row].to_string()),
        Cells::Level { codes, levels } => Some(levels[codes[row] as usize].clone()),
    }
}

/// Rank correlations of at least a tenth, strongest first, and pairs of numbers that are never the other way round.
fn relations(table: &Table, schema: &Value) -> Value {
    let listed = &schema["properties"]["relations"];
    let most = listed["maxItems"].as_u64().unwrap_or(0) as usize;
    let names = listed["items"]["properties"]["first"]["enum"].as_array();
    let columns: Vec<(&str, &[f64])> = names
        .into_iter()
        .flatten()
        .filter_map(|name| Some((name.as_str()?, table.column(name.as_str()?)?.numbers()?)))
        .collect();
    let (mut found, mut rules) = (Vec::new(), Vec::new());
    for (at, (first, a)) in columns.iter().enumerate() {
        for (second, b) in &columns[at + 1..] {
            let both = a.iter().zip(*b).filter(|(a, b)| a.is_finite() && b.is_finite());
            let (a, b): (Vec<f64>, Vec<f64>) = both.map(|(a, b)| (*a, *b)).unzip();
            if let Some(strength) = spearman(&a, &b).filter(|strength| strength.abs() >= 0.1) {
                found.push((*first, *second, strength));
                let never = |above: fn(f64, f64) -> bool| !a.iter().zip(&b).any(|(a, b)| above(*a, *b));
                if never(|a, b| a > b) {
                    rules.push(json!({ "lower": first, "upper": second }));
                } else if never(|a, b| a < b) {
                    rules.push(json!({ "lower": second, "upper": first }));
                }
            }
        }
    }
    found.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    found.truncate(most);
    rules.truncate(most);
    let found: Vec<Value> = found
        .into_iter()
        .map(|(first, second, strength)| json!({ "first": first, "second": second, "strength": strength }))
        .collect();
    json!({ "relations": found, "rules": rules })
}
