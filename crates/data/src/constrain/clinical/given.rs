//! What did a person say about which column holds which concept?

use super::dictionary::{Concept, concepts};
use verosim_core::{Hint, did_you_mean};

/// What a person said: the table `[concepts]` of a rule file. It wins over the dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(Vec<Said>);

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    concept: String,
    pub(super) column: String,
    pub(super) unit: Option<String>,
    /// Levels by the word of the rules.
    pub(super) levels: Vec<(String, Vec<String>)>,
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GivenError {
    /// No such concept.
    #[error("there is no concept `{concept}`")]
    Concept {
        /// As written.
        concept: String,
        /// The nearest one.
        nearest: Option<String>,
    },
    /// Neither a column nor a table with one.
    #[error("concept `{concept}` names no column")]
    Column {
        /// Concept.
        concept: String,
    },
    /// A key or word that the concept does not know.
    #[error("concept `{concept}` does not know `{key}`")]
    Key {
        /// Concept.
        concept: String,
        /// As written.
        key: String,
        /// What it knows.
        known: String,
    },
}

impl Hint for GivenError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Concept { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Concept { .. } => "`verosim explain rules` lists the concepts".into(),
            Self::Column { concept } => format!("write `{concept} = \"COLUMN\"`"),
            Self::Key { known, .. } => format!("write one of {known}"),
        })
    }
}

impl Given {
    /// Reads the table `[concepts]`: `sbp = "SYSBP"`, or
    /// `sex = { column = "sex", female = "0", male = ["1"] }` and `glucose = { column = "glu", unit = "mmol/L" }`.
    ///
    /// # Errors
    /// [`GivenError`] with the nearest concept or what it knows.
    pub fn from_toml(table: &toml::Table) -> Result<Self, GivenError> {
        table.iter().map(|(concept, value)| said(concept, value)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn of(&self, concept: &str) -> Option<&Said> {
        self.0.iter().find(|said| said.concept == concept)
    }
}

fn said(concept: &str, value: &toml::Value) -> Result<Said, GivenError> {
    let id = concept.to_owned();
    let Some(known) = Concept::named(concept) else {
        let nearest = did_you_mean(concept, concepts().iter().map(|c| c.id.as_str())).map(str::to_owned);
        return Err(GivenError::Concept { concept: id, nearest });
    };
    let mut said = Said { concept: id.clone(), column: String::new(), unit: None, levels: Vec::new() };
    let no_column = || GivenError::Column { concept: id.clone() };
    match value {
        toml::Value::String(column) => said.column.clone_from(column),
        toml::Value::Table(table) => {
            let column = table.get("column").and_then(|v| v.as_str()).ok_or_else(no_column)?;
            column.clone_into(&mut said.column);
            for (key, value) in table.iter().filter(|(key, _)| *key != "column") {
                let units = || known.units.iter().map(|unit| format!("`{}`", unit.name)).collect::<Vec<_>>();
                let texts: Vec<String> = match value {
                    toml::Value::String(text) => vec![text.clone()],
                    toml::Value::Array(list) => {
                        list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
                    }
                    _ => Vec::new(),
                };
                if key == "unit" {
                    let unit = known.units.iter().find(|unit| texts.first() == Some(&unit.name));
                    let unknown = || GivenError::Key {
                        concept: id.clone(),
                        key: texts.first().cloned().unwrap_or_default(),
                        known: units().join(", "),
                    };
                    said.unit = Some(unit.ok_or_else(unknown)?.name.clone());
                } else if known.knows(key) && !texts.is_empty() {
                    said.levels.push((key.clone(), texts));
                } else {
                    let mut words: Vec<String> = ["`column`".to_owned()].to_vec();
                    words.extend((!known.units.is_empty()).then(|| "`unit`".to_owned()));
                    words.extend(known.words_of_levels().map(|word| format!("`{word}`")));
                    return Err(GivenError::Key { concept: id, key: key.clone(), known: words.join(", ") });
                }
            }
        }
        _ => return Err(no_column()),
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Given, GivenError> {
        Given::from_toml(&text.parse().unwrap())
    }

    #[test]
    fn lines_are_read_and_mistakes_are_explained() {
        let given = read("sbp = 'SYSBP'\nsex = { column = 's', female = '0', male = ['1', '3'] }").unwrap();
        assert_eq!(given.of("sbp").unwrap().column, "SYSBP");
        assert_eq!(given.of("sex").unwrap().levels[1], ("male".into(), vec!["1".into(), "3".into()]));
        for (text, message, hint) in [
            ("spb = 'x'", "there is no concept `spb`", "did you mean `sbp`?"),
            ("sbp = 5", "concept `sbp` names no column", "write `sbp = \"COLUMN\"`"),
            (
                "sex = { column = 's', fem = '0' }",
                "concept `sex` does not know `fem`",
                "write one of `column`, `female`, `male`",
            ),
            (
                "glucose = { column = 'g', unit = 'g' }",
                "concept `glucose` does not know `g`",
                "write one of `mg/dL`, `mmol/L`",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.hint().unwrap(), hint);
        }
    }
}
