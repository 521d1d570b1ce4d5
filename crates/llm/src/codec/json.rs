//! JSON objects, one per row: the codec of CLLM.

use super::{Parsed, Raw, RowCodec};
use crate::accept::Reason;
use crate::schema::typed;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use verosim_core::RowContract;

/// `{"rows": [{...}, {...}]}`; any flat objects are read, wherever they stand.
pub(super) struct JsonObjects;

impl RowCodec for JsonObjects {
    fn encode(&self, contract: &RowContract, rows: &[Vec<Option<String>>]) -> String {
        let lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let object: Map<String, Value> = contract
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(column, cell)| {
                        let value = cell.as_ref().map_or(Value::Null, |text| typed(column, text));
                        (column.name.clone(), value)
                    })
                    .collect();
                Value::Object(object).to_string()
            })
            .collect();
        format!("{{\"rows\":[{}]}}", lines.join(",\n"))
    }

    fn decode(&self, contract: &RowContract, reply: &str, whole: bool) -> Vec<Result<Parsed, Reason>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(open) = reply[at..].find('{') {
            let start = at + open;
            let mut stream = serde_json::Deserializer::from_str(&reply[start..]);
            match (Row { contract }).deserialize(&mut stream) {
                Ok(record) => {
                    let used = end_of(&reply[start..]);
                    found.push(record);
                    at = start + used;
                }
                // What ends within a record ends the reply, so that each letter is read a bounded number of times.
                Err(error) if error.is_eof() => {
                    found.push(Err(if whole { Reason::Unparseable } else { Reason::Truncated }));
                    break;
                }
                // An object that holds lists or objects is a wrapper: the rows are inside.
                Err(error) if error.to_string().starts_with(WRAPPER) => at = start + 1,
                Err(_) => {
                    found.push(Err(Reason::Unparseable));
                    at = start + 1;
                }
            }
        }
        found
    }
}

/// Where the flat object ends that `text` begins with; it is known to be well-formed.
fn end_of(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

const WRAPPER: &str = "an object that holds others";

/// Reads one flat object against the columns of a contract.
struct Row<'a> {
    contract: &'a RowContract,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = Result<Parsed, Reason>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Result<Parsed, Reason>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flat object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let columns = &self.contract.columns;
        let mut parsed = Parsed { cells: vec![None; columns.len()], extra: false };
        let (mut next, mut twice, mut known) = (0, false, 0);
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            // Keys usually come in the order that was asked for.
            let at = match columns.get(next) {
                Some(column) if column.name == key => Some(next),
                _ => columns.iter().position(|column| column.name == key),
            };
            let cell = map.next_value::<Cell>()?.0;
            match at {
                Some(at) => {
                    twice |= parsed.cells[at].is_some();
                    parsed.cells[at] = Some(cell);
                    next = at + 1;
                    known += 1;
                }
                None => parsed.extra = true,
            }
        }
        // Two values for one cell: nobody knows which is meant.
        Ok(match (twice, known) {
            (true, _) => Err(Reason::DuplicateKey),
            (false, 0) => Err(Reason::MissingColumn),
            (false, _) => Ok(parsed),
        })
    }
}

/// A scalar.
struct Cell(Raw);

impl<'de> serde::Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell(Raw::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell(Raw::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell(Raw::Number(value as f64)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
        Ok(Cell(Raw::Number(value as f64)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell(Raw::Number(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cell, E> {
        Ok(Cell(Raw::Text(value.to_owned())))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Cell, A::Error> {
        Err(A::Error::custom(WRAPPER))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Cell, A::Error> {
        Err(A::Error::custom(WRAPPER))
    }
}
