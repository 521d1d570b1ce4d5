//! What stands at a place of a resource?
//!
//! Places are written `dosage.0.dose`: names of members and positions in lists.

use serde_json::{Map, Value};

/// The value at `path`.
pub(super) fn get<'a>(from: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(from, |value, step| match value {
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => value.get(step),
    })
}

/// The text at `path`.
pub(super) fn text<'a>(from: &'a Value, path: &str) -> Option<&'a str> {
    get(from, path)?.as_str().filter(|text| !text.is_empty())
}

/// Puts `value` at `path`, making objects and lists on the way.
pub(super) fn set(to: &mut Value, path: &str, value: Value) {
    let mut place = to;
    for step in path.split('.') {
        if let Ok(at) = step.parse::<usize>() {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            let Value::Array(list) = place else { return };
            while list.len() <= at {
                list.push(Value::Null);
            }
            place = &mut list[at];
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(members) = place else { return };
            place = members.entry(step).or_insert(Value::Null);
        }
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_made_and_found() {
        let mut value = json!({});
        set(&mut value, "item.0.encounter.0.reference", json!("Encounter/1"));
        set(&mut value, "item.0.sequence", json!(1));
        assert_eq!(value, json!({"item": [{"encounter": [{"reference": "Encounter/1"}], "sequence": 1}]}));
        assert_eq!(text(&value, "item.0.encounter.0.reference"), Some("Encounter/1"));
        assert_eq!(get(&value, "item.1"), None);
    }
}
