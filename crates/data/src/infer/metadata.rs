//! How is a schema written down so that people and other tools can read and edit it?
//!
//! The shape is the single-table case of the SDV metadata file, version "V1": `tables` with `columns` and an `sdtype`
//! each. What we know beyond that stands under `x-verosim`, which SDV ignores.

use serde_json::{Map, Value, json};
use verosim_core::schema::{Format, Suspicion};
use verosim_core::{ColumnSchema, Hint, Kind, Schema, UnknownColumn, did_you_mean};

/// What a metadata file says. Edits by a person win over inference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    /// Columns described in full, as we write them.
    pub columns: Vec<ColumnSchema>,
    /// Columns of which only the kind is said, as other tools write them.
    pub kinds: Vec<(String, Kind)>,
    /// Subject column.
    pub subject: Option<String>,
    /// Primary key.
    pub primary_key: Option<String>,
    /// All columns that are described, in the order of the table where the file says it.
    pub names: Vec<String>,
}

/// Why a metadata file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Not JSON.
    #[error("the metadata is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// JSON of another shape.
    #[error("the metadata has no `{what}`")]
    Lacks {
        /// What is not there.
        what: &'static str,
    },
    /// A version that this build does not know.
    #[error("the metadata has version `{found}`; this build reads V1 and SINGLE_TABLE_V1")]
    Version {
        /// Version as written.
        found: String,
    },
    /// Several tables.
    #[error("the metadata describes {n} tables; one is expected")]
    ManyTables {
        /// Number of tables.
        n: usize,
    },
    /// A kind or sdtype that does not exist.
    #[error("column `{column}` has the unknown sdtype `{found}`")]
    UnknownType {
        /// Column.
        column: String,
        /// As written.
        found: String,
        /// Nearest known one.
        nearest: Option<&'static str>,
    },
    /// Our extension does not read.
    #[error("column `{column}`: `x-verosim` does not read: {why}")]
    Extension {
        /// Column.
        column: String,
        /// Why, naming keys and legal words.
        why: String,
    },
    /// A column that the table does not have.
    #[error(transparent)]
    UnknownColumn(#[from] UnknownColumn),
}

impl Hint for MetadataError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownType { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownType { .. } => format!("sdtypes: {}", SDTYPES.join(", ")),
            Self::UnknownColumn(error) => return error.hint(),
            Self::ManyTables { .. } => {
                "keep the table that you bring, or export it as SINGLE_TABLE_V1".into()
            }
            _ => "`verosim profile PATH` writes a file to start from".into(),
        })
    }
}

const SDTYPES: [&str; 12] = [
    "numerical",
    "categorical",
    "boolean",
    "datetime",
    "id",
    "text",
    "email",
    "phone_number",
    "name",
    "address",
    "ssn",
    "unknown",
];

/// Writes a schema as metadata.
#[must_use]
pub fn to_json(schema: &Schema) -> String {
    let columns: Map<String, Value> =
        schema.columns.iter().map(|column| (column.name.clone(), column_json(column))).collect();
    let order: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let mut table =
        json!({ "columns": columns, "x-verosim": { "column_order": order, "subject": schema.subject } });
    if let Some(key) = &schema.primary_key {
        table["primary_key"] = json!(key);
    }
    let document = json!({
        "METADATA_SPEC_VERSION": "V1",
        "tables": { "table": table },
        "relationships": [],
    });
    let mut text = serde_json::to_string_pretty(&document).expect("text and numbers are always JSON");
    text.push('\n');
    text
}

/// Reads metadata that we, SDV or a person wrote.
///
/// # Errors
/// [`MetadataError`] with the nearest legal word.
pub fn from_json(text: &str) -> Result<Edits, MetadataError> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| MetadataError::NotJson { line: error.line(), column: error.column() })?;
    let version = document.get("METADATA_SPEC_VERSION").and_then(Value::as_str).unwrap_or("V1");
    let table = match version {
        "V1" if document.get("tables").is_some() => {
            let tables =
                document["tables"].as_object().ok_or(MetadataError::Lacks { what: "tables (an object)" })?;
            if tables.len() > 1 {
                return Err(MetadataError::ManyTables { n: tables.len() });
            }
            tables.values().next().ok_or(MetadataError::Lacks { what: "tables" })?
        }
        "V1" | "SINGLE_TABLE_V1" => &document,
        other => return Err(MetadataError::Version { found: other.to_owned() }),
    };
    let columns = table
        .get("columns")
        .and_then(Value::as_object)
        .ok_or(MetadataError::Lacks { what: "columns (an object)" })?;
    let text_of = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let mut edits = Edits {
        subject: text_of(table.get("x-verosim").and_then(|ours| ours.get("subject"))),
        primary_key: text_of(table.get("primary_key")),
        ..Edits::default()
    };
    let order = table.get("x-verosim").and_then(|ours| ours.get("column_order")).and_then(Value::as_array);
    let place = |name: &String| {
        order.and_then(|order| order.iter().position(|own| own.as_str() == Some(name))).unwrap_or(usize::MAX)
    };
    edits.names = columns.keys().cloned().collect();
    edits.names.sort_by_key(place);
    for (name, column) in columns {
        match column.get("x-verosim") {
            Some(ours) => edits.columns.push(extended(name, ours)?),
            None => edits.kinds.push((name.clone(), plain(name, column)?)),
        }
    }
    Ok(edits)
}

impl Edits {
    /// Lays the edits over what was inferred (with [`kinds`](Self::kinds) declared).
    ///
    /// # Errors
    /// [`MetadataError::UnknownColumn`] when a column is described that the table does not have.
    pub fn apply(&self, mut inferred: Schema) -> Result<Schema, MetadataError> {
        for column in &self.columns {
            let at = inferred.index_of(&column.name)?;
            inferred.columns[at] = column.clone();
        }
        for (name, _) in &self.kinds {
            inferred.index_of(name)?;
        }
        if let Some(subject) = &self.subject {
            inferred.index_of(subject)?;
            inferred.subject = Some(subject.clone());
        }
        if let Some(key) = &self.primary_key {
            inferred.index_of(key)?;
            inferred.primary_key = Some(key.clone());
        }
        Ok(inferred)
    }
}

fn column_json(column: &ColumnSchema) -> Value {
    let mut value = json!({ "sdtype": sdtype(column) });
    match (&column.format, column.kind) {
        (Format::Time { pattern }, Kind::Date | Kind::Datetime) => value["datetime_format"] = json!(pattern),
        (Format::Number { max_decimals: 0, .. }, _) => value["computer_representation"] = json!("Int64"),
        (Format::Number { .. }, _) => value["computer_representation"] = json!("Float"),
        _ => {}
    }
    let mut ours = serde_json::to_value(column).expect("a column schema is always JSON");
    if let Some(ours) = ours.as_object_mut() {
        ours.remove("name");
    }
    value["x-verosim"] = ours;
    value
}

fn sdtype(column: &ColumnSchema) -> &'static str {
    match (column.identifier, column.kind) {
        (Some(Suspicion::Email), _) => "email",
        (Some(Suspicion::Phone), _) => "phone_number",
        (Some(Suspicion::PersonName), _) => "name",
        (Some(Suspicion::Address), _) => "address",
        (_, Kind::Continuous | Kind::Count | Kind::Duration) => "numerical",
        (_, Kind::Boolean) => "boolean",
        (_, Kind::Date | Kind::Datetime) => "datetime",
        (_, Kind::Id) => "id",
        (_, Kind::Text) => "text",
        (_, Kind::Ordinal | Kind::Nominal | Kind::Code | Kind::Constant) => "categorical",
    }
}

fn extended(name: &str, ours: &Value) -> Result<ColumnSchema, MetadataError> {
    let refuse = |why: String| MetadataError::Extension { column: name.to_owned(), why };
    // Keys that are left out keep the value of a freshly declared column.
    let kind = ours.get("kind").and_then(Value::as_str).unwrap_or("nominal");
    let kind = Kind::from_name(kind).ok_or_else(|| {
        let near = did_you_mean(kind, Kind::ALL.iter().map(|kind| kind.name()));
        refuse(near.map_or_else(
            || format!("unknown kind `{kind}`"),
            |near| format!("unknown kind `{kind}`; did you mean `{near}`?"),
        ))
    })?;
    let mut full =
        serde_json::to_value(ColumnSchema::declared(name, kind)).expect("a column schema is always JSON");
    let written = ours.as_object().ok_or_else(|| refuse("it is not an object".into()))?;
    for (key, value) in written {
        if full.get(key).is_none() {
            let known: Vec<String> =
                full.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
            let near = did_you_mean(key, known.iter().map(String::as_str))
                .map(|near| format!("; did you mean `{near}`?"));
            return Err(refuse(format!("unknown key `{key}`{}", near.unwrap_or_default())));
        }
        full[key] = value.clone();
    }
    serde_json::from_value(full).map_err(|error| refuse(error.to_string()))
}

fn plain(name: &str, column: &Value) -> Result<Kind, MetadataError> {
    let sdtype = column.get("sdtype").and_then(Value::as_str).unwrap_or("unknown");
    let whole =
        column.get("computer_representation").and_then(Value::as_str).is_some_and(|r| r.contains("Int"));
    Ok(match sdtype {
        "numerical" if whole => Kind::Count,
        "numerical" => Kind::Continuous,
        "categorical" => Kind::Nominal,
        "boolean" => Kind::Boolean,
        "datetime" => {
            let format = column.get("datetime_format").and_then(Value::as_str).unwrap_or_default();
            if format.contains("%H") { Kind::Datetime } else { Kind::Date }
        }
        "text" => Kind::Text,
        "id" | "email" | "phone_number" | "name" | "address" | "ssn" | "unknown" => Kind::Id,
        other => {
            return Err(MetadataError::UnknownType {
                column: name.to_owned(),
                found: other.to_owned(),
                nearest: did_you_mean(other, SDTYPES.iter().copied())
                    .and_then(|near| SDTYPES.iter().copied().find(|s| *s == near)),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{InferOptions, infer};

    #[test]
    fn a_schema_comes_back_as_it_was_written() {
        let raw = crate::world::clinic(400, verosim_core::Seeded::new(1));
        let schema = infer(&raw, &InferOptions::default());
        let edits = from_json(&to_json(&schema)).unwrap();
        assert_eq!(edits.apply(schema.clone()).unwrap(), schema);
        let blank = infer(&raw, &InferOptions { kinds: vec![("age".into(), Kind::Nominal)], subject: None });
        assert_eq!(edits.apply(blank).unwrap(), schema, "what was written wins");
    }

    #[test]
    fn files_of_sdv_are_read() {
        // The shape that sdv 1.x documents for a single table.
        let text = r#"{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "primary_key": "pid", "columns": {
            "pid": {"sdtype": "id"}, "age": {"sdtype": "numerical", "computer_representation": "Int64"},
            "seen": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}, "sex": {"sdtype": "categorical"}}}"#;
        let edits = from_json(text).unwrap();
        assert_eq!(edits.primary_key.as_deref(), Some("pid"));
        assert!(
            edits.kinds.contains(&("age".into(), Kind::Count))
                && edits.kinds.contains(&("seen".into(), Kind::Date))
        );
    }

    #[test]
    fn mistakes_get_the_nearest_legal_word() {
        let hint = |text: &str| from_json(text).unwrap_err().hint().unwrap();
        assert_eq!(hint(r#"{"columns": {"a": {"sdtype": "numercial"}}}"#), "did you mean `numerical`?");
        let error = from_json(r#"{"columns": {"a": {"x-verosim": {"kindd": "date"}}}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column `a`: `x-verosim` does not read: unknown key `kindd`; did you mean `kind`?"
        );
        assert!(matches!(from_json("{"), Err(MetadataError::NotJson { .. })));
        assert!(matches!(
            from_json(r#"{"METADATA_SPEC_VERSION": "V9"}"#),
            Err(MetadataError::Version { .. })
        ));
    }
}
