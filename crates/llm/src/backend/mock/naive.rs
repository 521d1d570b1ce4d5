//! What does a stand-in say that knows nothing but the contract?

use super::Texts;
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Map, Value, json};
use statrs::function::erf::erf;
use verosim_core::{ColumnContract, Kind, RowContract, Seeded, Values};
use verosim_data::frame::write_time;

/// Share of missing cells where cells may be missing.
const MISSING: f64 = 0.03;

/// A row whose columns depend on one hidden factor, so that they are correlated as those of sick and healthy people are.
pub(super) fn row(contract: &RowContract, given: &[(usize, String)], seed: Seeded) -> Texts {
    let mut rng = seed.rng();
    let factor: f64 = StandardNormal.sample(&mut rng);
    contract
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            // How much a column follows the factor depends on its name alone, so that all replies agree.
            let loading = Seeded::new(7).split(&column.name).rng().random_range(-0.8..0.8_f64);
            let own: f64 = StandardNormal.sample(&mut rng);
            let z = loading * factor + (1.0 - loading * loading).sqrt() * own;
            let is_missing = rng.random::<f64>() < MISSING;
            if let Some((_, text)) = given.iter().find(|(column, _)| *column == at) {
                return Some(text.clone());
            }
            if column.nullable && is_missing { None } else { Some(cell(column, z)) }
        })
        .collect()
}

fn cell(column: &ColumnContract, z: f64) -> String {
    let p = 0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2));
    match &column.values {
        Values::Number { low, high, decimals } => {
            let value = match (low, high) {
                (Some(low), Some(high)) => low + (high - low) * (0.5 + z / 8.0).clamp(0.0, 1.0),
                (Some(low), None) => low + 10.0 * (z / 2.0).exp(),
                (None, Some(high)) => high - 10.0 * (z / 2.0).exp(),
                (None, None) => 50.0 + 15.0 * z,
            };
            let unit = 10_f64.powi(i32::from(*decimals));
            // Rounded into the range, not out of it.
            let rounded = (value * unit).round() / unit;
            let rounded = low.map_or(rounded, |low| rounded.max((low * unit).ceil() / unit));
            let rounded = high.map_or(rounded, |high| rounded.min((high * unit).floor() / unit));
            format!("{:.*}", usize::from(*decimals), rounded + 0.0)
        }
        Values::Levels(levels) => {
            // Each level half as often as the one before it, but for a floor.
            let weights: Vec<f64> = (0..levels.len()).map(|at| 0.5_f64.powi(at.min(4) as i32)).collect();
            let total: f64 = weights.iter().sum();
            let mut left = p * total;
            let at = weights.iter().position(|weight| {
                left -= weight;
                left <= 0.0
            });
            levels.get(at.unwrap_or(levels.len().saturating_sub(1))).cloned().unwrap_or_default()
        }
        Values::Date { low, high } => {
            let day = within(*low, *high, (18_000.0, 19_500.0), p);
            write_time(day, "%Y-%m-%d", Kind::Date).unwrap_or_default()
        }
        Values::Datetime { low, high } => {
            let second = within(*low, *high, (1.6e9, 1.72e9), p);
            write_time(second, "%Y-%m-%dT%H:%M:%S", Kind::Datetime).unwrap_or_default()
        }
        Values::Text => format!("text {}", 1 + (p * 19.0) as u32),
    }
}

/// The whole number at `p` of a range, of which one bound or both may be missing.
fn within(low: Option<f64>, high: Option<f64>, usual: (f64, f64), p: f64) -> f64 {
    let width = usual.1 - usual.0;
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + width),
        (None, Some(high)) => (high - width, high),
        (None, None) => usual,
    };
    (low.ceil() + (high.floor() - low.ceil()).max(0.0) * p).floor()
}

/// Any value that meets a JSON schema (the part of it that verosim writes), drawn at random.
pub(super) fn json(schema: &Value, rng: &mut impl rand::Rng) -> Value {
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
        return values[rng.random_range(0..values.len())].clone();
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    let number = |name: &str, other: f64| schema[name].as_f64().unwrap_or(other);
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "object" => {
            let none = Map::new();
            let properties = schema["properties"].as_object().unwrap_or(&none);
            Value::Object(properties.iter().map(|(name, schema)| (name.clone(), json(schema, rng))).collect())
        }
        "array" => {
            let firsts = schema["prefixItems"].as_array().cloned().unwrap_or_default();
            let least = (number("minItems", 0.0) as usize).max(firsts.len());
            let most = (number("maxItems", least as f64) as usize).max(least);
            let n = rng.random_range(least..=most.min(least + 8));
            let items = (0..n).map(|at| json(firsts.get(at).unwrap_or(&schema["items"]), rng));
            Value::Array(items.collect())
        }
        "integer" | "number" => {
            let (low, high) = (number("minimum", 0.0), number("maximum", number("minimum", 0.0) + 100.0));
            let value = rng.random_range(low..=high.max(low));
            if kind == "integer" {
                json!(value.round() as i64)
            } else {
                json!((value * 100.0).round() / 100.0)
            }
        }
        "boolean" => json!(rng.random::<bool>()),
        "null" => Value::Null,
        _ => json!("text"),
    }
}
