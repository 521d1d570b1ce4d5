//! What JSON schema says the same as a row contract?

use serde_json::{Map, Value, json};
use verosim_core::{ColumnContract, RowContract, Values};

/// The schema of `{"rows": [...]}`, one object per row, keys in the contract's order. Rows with given values come first,
/// each with those values as constants.
///
/// Draft 2020-12. Says all that the contract says: types, levels, ranges, decimals (as `multipleOf`), missing cells
/// (as `null`), dates; but for levels with quotes or line ends, which are any text, and bounds of dates, which JSON schema
/// has no word for. Rows are checked when they are read, whatever a server made of this.
#[must_use]
pub fn rows_schema(contract: &RowContract) -> Value {
    let mut rows = Map::new();
    rows.insert("type".into(), json!("array"));
    if !contract.given.is_empty() {
        let firsts: Vec<Value> = contract.given.iter().map(|given| row(contract, given)).collect();
        rows.insert("prefixItems".into(), json!(firsts));
    }
    rows.insert("items".into(), row(contract, &[]));
    rows.insert("minItems".into(), json!(contract.given.len().max(1)));
    rows.insert("maxItems".into(), json!(contract.rows.max(1)));
    object(vec![("rows".into(), Value::Object(rows))])
}

fn row(contract: &RowContract, given: &[(usize, String)]) -> Value {
    let cells = contract.columns.iter().enumerate().map(|(at, column)| {
        let settled = given.iter().find(|(column, _)| *column == at).map(|(_, text)| text);
        let value = settled.map_or_else(|| cell(column), |text| json!({ "const": typed(column, text) }));
        (column.name.clone(), value)
    });
    object(cells.collect())
}

/// A value as JSON writes it: numbers as numbers, anything else as text.
#[must_use]
pub fn typed(column: &ColumnContract, text: &str) -> Value {
    match column.values {
        Values::Number { .. } => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!(text),
    }
}

fn object(properties: Vec<(String, Value)>) -> Value {
    let names: Vec<String> = properties.iter().map(|(name, _)| name.clone()).collect();
    let properties: Map<String, Value> = properties.into_iter().collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn cell(column: &ColumnContract) -> Value {
    let kind = |name: &str| if column.nullable { json!([name, "null"]) } else { json!(name) };
    match &column.values {
        Values::Number { low, high, decimals } => {
            let mut cell = Map::new();
            cell.insert("type".into(), kind(if *decimals == 0 { "integer" } else { "number" }));
            for (name, bound) in [("minimum", low), ("maximum", high)] {
                if let Some(bound) = bound {
                    let whole = *decimals == 0 && bound.fract() == 0.0;
                    cell.insert(name.into(), if whole { json!(*bound as i64) } else { json!(bound) });
                }
            }
            if *decimals > 0 {
                let step: f64 = format!("1e-{decimals}").parse().unwrap_or(1.0);
                cell.insert("multipleOf".into(), json!(step));
            }
            Value::Object(cell)
        }
        // A common server writes such levels into its grammar unescaped, and dies of it.
        Values::Levels(levels) if levels.iter().any(|level| level.contains(['"', '\\', '\n', '\r'])) => {
            json!({ "type": kind("string"), "maxLength": 200 })
        }
        Values::Levels(levels) => {
            let mut values: Vec<Value> = levels.iter().map(|level| json!(level)).collect();
            if column.nullable {
                values.push(Value::Null);
            }
            json!({ "enum": values })
        }
        Values::Date { .. } => json!({ "type": kind("string"), "format": "date" }),
        Values::Datetime { .. } => {
            json!({ "type": kind("string"), "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$" })
        }
        Values::Text => json!({ "type": kind("string"), "maxLength": 200 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::RowForm;

    #[test]
    fn a_contract_and_its_schema_say_the_same() {
        let column = |name: &str, values, nullable| ColumnContract { name: name.into(), values, nullable };
        let contract = RowContract {
            form: RowForm::Json,
            columns: vec![
                column("age", Values::Number { low: Some(18.0), high: Some(99.0), decimals: 0 }, false),
                column("bmi", Values::Number { low: None, high: Some(80.0), decimals: 1 }, true),
                column("sex", Values::Levels(vec!["F".into(), "M".into()]), true),
                column("ward", Values::Levels(vec!["MICU \"A\"".into()]), false),
                column("seen", Values::Date { low: None, high: None }, false),
            ],
            rows: 5,
            groups: Vec::new(),
            given: vec![vec![(2, "F".into()), (0, "40".into())]],
        };
        let schema = rows_schema(&contract);
        let rows = &schema["properties"]["rows"];
        assert_eq!(rows["maxItems"], 5);
        assert_eq!(rows["items"]["required"], json!(["age", "bmi", "sex", "ward", "seen"]));
        let free = &rows["items"]["properties"];
        assert_eq!(free["age"], json!({ "type": "integer", "minimum": 18, "maximum": 99 }));
        assert_eq!(free["bmi"], json!({ "type": ["number", "null"], "maximum": 80.0, "multipleOf": 0.1 }));
        assert_eq!(free["sex"], json!({ "enum": ["F", "M", null] }));
        // Regression: llama-cpp-python 0.3 does not escape quotes in its grammar, and ends.
        assert_eq!(free["ward"], json!({ "type": "string", "maxLength": 200 }));
        assert_eq!(free["seen"], json!({ "type": "string", "format": "date" }));
        let first = &rows["prefixItems"][0]["properties"];
        assert_eq!((&first["sex"], &first["age"]), (&json!({ "const": "F" }), &json!({ "const": 40 })));
    }
}
