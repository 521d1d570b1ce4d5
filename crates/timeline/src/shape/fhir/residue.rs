//! What of a resource do the fields of its event not hold, and how does it come back?
//!
//! The writer makes a resource from the fields of an event. What the original has besides, or otherwise, or not, is its
//! residue: a small JSON value that turns the one into the other. Objects hold the residues of their members (`null`: the
//! original has no such member); lists hold those of their elements by position; everything else replaces.

use serde_json::{Map, Value};

/// Marks a value that replaces a list by an object.
const INSTEAD: &str = "=";

/// What turns `base` into `original`; `None` when they are equal. `original` must hold no `null` member.
pub(super) fn of(base: &Value, original: &Value) -> Option<Value> {
    match (base, original) {
        _ if base == original => None,
        (Value::Object(base), Value::Object(original)) => {
            let mut residue = Map::new();
            for (key, value) in original {
                match base.get(key) {
                    Some(known) => {
                        of(known, value).map(|part| residue.insert(key.clone(), part));
                    }
                    None => {
                        residue.insert(key.clone(), value.clone());
                    }
                }
            }
            for key in base.keys().filter(|key| !original.contains_key(*key)) {
                residue.insert(key.clone(), Value::Null);
            }
            Some(Value::Object(residue))
        }
        (Value::Array(base), Value::Array(original))
            if original.len() >= base.len() && !original.iter().any(Value::is_null) =>
        {
            let known = base.iter().zip(original).enumerate();
            let mut residue: Map<String, Value> =
                known.filter_map(|(at, (a, b))| Some((at.to_string(), of(a, b)?))).collect();
            for (at, value) in original.iter().enumerate().skip(base.len()) {
                residue.insert(at.to_string(), value.clone());
            }
            Some(Value::Object(residue))
        }
        (Value::Array(_), Value::Object(_)) => {
            Some(Value::Object(Map::from_iter([(INSTEAD.to_owned(), original.clone())])))
        }
        _ => Some(original.clone()),
    }
}

/// What `base` becomes with its residue.
pub(super) fn restore(base: Value, residue: Value) -> Value {
    match (base, residue) {
        (Value::Object(mut base), Value::Object(residue)) => {
            for (key, part) in residue {
                match base.shift_remove(&key) {
                    _ if part.is_null() => {}
                    Some(known) => {
                        base.insert(key, restore(known, part));
                    }
                    None => {
                        base.insert(key, part);
                    }
                }
            }
            Value::Object(base)
        }
        (Value::Array(mut base), Value::Object(mut residue)) => {
            if let Some(instead) = residue.shift_remove(INSTEAD) {
                return instead;
            }
            for (key, part) in residue {
                let known = key.parse::<usize>().ok().and_then(|at| base.get_mut(at));
                match known {
                    Some(known) => *known = restore(known.take(), part),
                    None => base.push(part),
                }
            }
            Value::Array(base)
        }
        (_, residue) => residue,
    }
}

/// Removes members that are `null`, which FHIR does not know; how many there were. Lists keep theirs: there `null` holds the
/// place of a value whose extensions stand in a second list.
pub(super) fn drop_nulls(value: &mut Value) -> usize {
    match value {
        Value::Object(members) => {
            let before = members.len();
            members.retain(|_, member| !member.is_null());
            before - members.len() + members.values_mut().map(drop_nulls).sum::<usize>()
        }
        Value::Array(elements) => elements.iter_mut().map(drop_nulls).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), (0..4).prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::btree_map("[ab0]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_original_comes_back(base in any_json(), original in any_json()) {
            let back = match of(&base, &original) {
                Some(residue) => restore(base, residue),
                None => base,
            };
            prop_assert_eq!(back, original);
        }
    }

    #[test]
    fn residues_are_small() {
        let base = json!({"status": "final", "code": {"coding": [{"system": "a", "code": "b"}]}});
        let original = json!({"id": "1", "code": {"coding": [{"system": "a", "code": "b", "display": "c"}], "text": "c"}});
        let residue = of(&base, &original).unwrap();
        let small =
            json!({"id": "1", "status": null, "code": {"coding": {"0": {"display": "c"}}, "text": "c"}});
        assert_eq!(residue, small);
        let mut nulls = json!({"a": null, "b": [null, {"c": null}]});
        assert_eq!((drop_nulls(&mut nulls), nulls), (2, json!({"b": [null, {}]})));
    }
}
