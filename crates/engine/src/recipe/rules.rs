//! How is a rule file read, and how do rules stand in a recipe?

use super::RecipeError;
use std::fmt::Write as _;
use std::path::Path;
use toml::{Table, Value};
use verosim_core::did_you_mean;
use verosim_data::constrain::{RuleText, Severity};

/// Version of the file's shape; others are refused.
pub const RULES_VERSION: i64 = 1;

/// Keys of a rule.
const KEYS: [&str; 7] = ["id", "severity", "words", "source", "never", "when", "then"];

/// What a rule file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleFile {
    /// Rules.
    pub rules: Vec<RuleText>,
    /// Whether the built-in clinical rules that nobody can break are included.
    pub clinical: bool,
    /// Which column holds which concept.
    pub concepts: Table,
}

/// Keys of the file.
const FILE_KEYS: [&str; 4] = ["version", "include", "concepts", "rule"];

/// Reads a rule file: `version = 1`, a list of `[[rule]]`, and, if need be, `include = "clinical"` and `[concepts]`.
///
/// # Errors
/// [`RecipeError`] with the nearest key or the legal values; conditions are checked when a table is there.
pub fn rules_from_toml(path: &Path, text: &str) -> Result<RuleFile, RecipeError> {
    let path = path.display().to_string();
    let table: Table = text.parse().map_err(|error: toml::de::Error| RecipeError::NotToml {
        path: path.clone(),
        why: error.message().to_owned(),
    })?;
    if let Some(key) = table.keys().find(|key| !FILE_KEYS.contains(&key.as_str())) {
        let nearest = did_you_mean(key, FILE_KEYS).map(str::to_owned);
        return Err(RecipeError::RuleKey { rule: format!("the file `{path}`"), key: key.clone(), nearest });
    }
    let found = table.get("version").map_or_else(|| "not there".to_owned(), Value::to_string);
    if table.get("version").and_then(Value::as_integer) != Some(RULES_VERSION) {
        let (key, wanted) = ("version".to_owned(), format!("{RULES_VERSION}: this build reads no other"));
        return Err(RecipeError::Value { key, found, wanted });
    }
    let wrong = |key: &str, found: &Value, wanted: &str| RecipeError::Value {
        key: key.to_owned(),
        found: found.to_string(),
        wanted: wanted.to_owned(),
    };
    let clinical = match table.get("include") {
        None => false,
        Some(Value::String(name)) if name == "clinical" => true,
        Some(other) => {
            return Err(wrong("include", other, "\"clinical\": there are no other built-in rules"));
        }
    };
    let concepts = match table.get("concepts") {
        None => Table::new(),
        Some(Value::Table(concepts)) => concepts.clone(),
        Some(other) => return Err(wrong("concepts", other, "a table of concept = \"column\"")),
    };
    let rules = rules_from_value(table.get("rule").unwrap_or(&Value::Array(Vec::new())))?;
    Ok(RuleFile { rules, clinical, concepts })
}

/// Reads a list of rules.
pub(super) fn rules_from_value(value: &Value) -> Result<Vec<RuleText>, RecipeError> {
    let wrong = |found: String| RecipeError::Value {
        key: "rules".into(),
        found,
        wanted: "a list of `[[rules]]`, as a run writes it; name a rule file with --rules".into(),
    };
    let list = value.as_array().ok_or_else(|| wrong(value.to_string()))?;
    list.iter()
        .enumerate()
        .map(|(at, rule)| read(at, rule.as_table().ok_or_else(|| wrong(rule.to_string()))?))
        .collect()
}

fn read(at: usize, rule: &Table) -> Result<RuleText, RecipeError> {
    let name = match rule.get("id").and_then(Value::as_str) {
        Some(id) => format!("rule `{id}`"),
        None => format!("rule number {}", at + 1),
    };
    if let Some(key) = rule.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let nearest = did_you_mean(key, KEYS).map(str::to_owned);
        return Err(RecipeError::RuleKey { rule: name, key: key.clone(), nearest });
    }
    let wrong = |key: &str, found: String, wanted: &str| RecipeError::Value {
        key: format!("{key} of {name}"),
        found,
        wanted: wanted.to_owned(),
    };
    let maybe = |key: &str| match rule.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong(key, other.to_string(), "a text in quotes")),
    };
    let must = |key: &str| maybe(key)?.ok_or_else(|| wrong(key, "not there".into(), "a text in quotes"));
    let severity = must("severity")?;
    Ok(RuleText {
        id: must("id")?,
        severity: Severity::from_word(&severity)
            .ok_or_else(|| wrong("severity", format!("`{severity}`"), &Severity::WORDS.join(" or ")))?,
        words: must("words")?,
        source: maybe("source")?,
        never: maybe("never")?,
        when: maybe("when")?,
        then: maybe("then")?,
    })
}

/// Rules as the tables `[[name]]` of a TOML file.
pub(super) fn write(text: &mut String, name: &str, rules: &[RuleText]) {
    for rule in rules {
        let _ = writeln!(text, "\n[[{name}]]");
        let pairs = [
            ("id", Some(&rule.id)),
            ("severity", Some(&rule.severity.word().to_owned())),
            ("words", Some(&rule.words)),
            ("source", rule.source.as_ref()),
            ("never", rule.never.as_ref()),
            ("when", rule.when.as_ref()),
            ("then", rule.then.as_ref()),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {}", Value::from(value.as_str()));
            }
        }
    }
}
