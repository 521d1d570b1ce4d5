//! What was asked for, and where was each answer given?

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use verosim_core::{Hint, Kind, did_you_mean};

/// Settings of a run with every answer given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Engine id.
    pub engine: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Synthetic rows; as many as training rows when `None`.
    pub num_rows: Option<usize>,
    /// Share of persons held out, or a file of other people.
    pub holdout: Holdout,
    /// Outcome columns for the judgement of utility.
    pub targets: Vec<String>,
    /// Column that numbers persons.
    pub subject: Option<String>,
    /// Declared kinds.
    pub kinds: BTreeMap<String, Kind>,
    /// Delimiter of text files; guessed when `None`.
    pub delimiter: Option<char>,
    /// Whether control engines may be chosen.
    pub control: bool,
    /// Settings of the engine, as written.
    pub settings: Map<String, Value>,
}

/// Where the holdout comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Holdout {
    /// A share of persons, in `(0, 0.9]`.
    Share(f64),
    /// A file.
    File(String),
}

/// Some answers, from one place: flags, environment or a file. Unanswered questions are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// See [`Recipe`].
    pub engine: Option<String>,
    /// See [`Recipe`].
    pub seed: Option<u64>,
    /// See [`Recipe`].
    pub num_rows: Option<usize>,
    /// See [`Recipe`].
    pub holdout: Option<Holdout>,
    /// See [`Recipe`].
    pub targets: Vec<String>,
    /// See [`Recipe`].
    pub subject: Option<String>,
    /// See [`Recipe`].
    pub kinds: BTreeMap<String, Kind>,
    /// See [`Recipe`].
    pub delimiter: Option<char>,
    /// See [`Recipe`].
    pub control: Option<bool>,
    /// See [`Recipe`].
    pub settings: Map<String, Value>,
}

/// Why an answer was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The file is not TOML.
    #[error("the recipe `{path}` is not TOML: {why}")]
    NotToml {
        /// File.
        path: String,
        /// What the reader says.
        why: String,
    },
    /// A key that does not exist.
    #[error("the recipe has no key `{key}`")]
    UnknownKey {
        /// As written.
        key: String,
        /// Nearest key.
        nearest: Option<String>,
    },
    /// A value of the wrong type or out of range.
    #[error("`{key}` is {found}; it must be {wanted}")]
    Value {
        /// Key or flag.
        key: String,
        /// As written.
        found: String,
        /// What is legal.
        wanted: String,
    },
    /// No such kind.
    #[error("`{column}`: there is no kind `{found}`")]
    UnknownKind {
        /// Column.
        column: String,
        /// As written.
        found: String,
        /// Nearest kind.
        nearest: Option<&'static str>,
    },
}

impl Hint for RecipeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotToml { .. } => {
                "write `key = value` lines; `recipe.toml` of any run is an example".into()
            }
            Self::UnknownKey { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownKey { .. } => format!("keys: {}", KEYS.join(", ")),
            Self::Value { wanted, .. } => format!("write {wanted}"),
            Self::UnknownKind { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownKind { .. } => format!("kinds: {}", Kind::ALL.map(Kind::name).join(", ")),
        })
    }
}

const KEYS: [&str; 10] = [
    "engine",
    "seed",
    "num_rows",
    "holdout",
    "target",
    "subject",
    "kinds",
    "delimiter",
    "control",
    "settings",
];

impl Answers {
    /// Reads a recipe file's text.
    ///
    /// # Errors
    /// [`RecipeError`] with the nearest key or the legal values.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, RecipeError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| RecipeError::NotToml {
            path: path.display().to_string(),
            why: error.message().to_owned(),
        })?;
        let mut answers = Self::default();
        for (key, value) in table {
            let wrong = |wanted: &str| RecipeError::Value {
                key: key.clone(),
                found: value.to_string(),
                wanted: wanted.to_owned(),
            };
            let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong("a text in quotes"));
            let whole = || {
                value
                    .as_integer()
                    .and_then(|n| u64::try_from(n).ok())
                    .ok_or_else(|| wrong("a whole number from 0"))
            };
            match key.as_str() {
                "engine" => answers.engine = Some(text()?),
                "seed" => answers.seed = Some(whole()?),
                "num_rows" => answers.num_rows = Some(whole()? as usize),
                "holdout" => {
                    answers.holdout = Some(match (&value, value.as_float()) {
                        (_, Some(share)) => Holdout::parse(&share.to_string())?,
                        (toml::Value::String(file), _) => Holdout::File(file.clone()),
                        _ => return Err(wrong("a share such as 0.2, or a file name")),
                    });
                }
                "target" => {
                    answers.targets = match &value {
                        toml::Value::String(one) => vec![one.clone()],
                        toml::Value::Array(many) => many
                            .iter()
                            .map(|one| {
                                one.as_str().map(str::to_owned).ok_or_else(|| wrong("a list of column names"))
                            })
                            .collect::<Result<_, _>>()?,
                        _ => return Err(wrong("a column name or a list of them")),
                    };
                }
                "subject" => answers.subject = Some(text()?),
                "kinds" => {
                    for (column, kind) in
                        value.as_table().ok_or_else(|| wrong("a table of column = \"kind\""))?
                    {
                        let kind = kind.as_str().ok_or_else(|| wrong("a table of column = \"kind\""))?;
                        answers.kinds.insert(column.clone(), parse_kind(column, kind)?);
                    }
                }
                "delimiter" => answers.delimiter = Some(parse_delimiter(&text()?)?),
                "control" => answers.control = Some(value.as_bool().ok_or_else(|| wrong("true or false"))?),
                "settings" => {
                    let json =
                        serde_json::to_value(&value).map_err(|_| wrong("a table of engine settings"))?;
                    answers.settings =
                        json.as_object().cloned().ok_or_else(|| wrong("a table of engine settings"))?;
                }
                _ => {
                    let nearest = did_you_mean(&key, KEYS).map(str::to_owned);
                    return Err(RecipeError::UnknownKey { key, nearest });
                }
            }
        }
        Ok(answers)
    }

    /// `self` where it answers, `lower` elsewhere. Kinds and settings are joined key by key.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        let mut kinds = lower.kinds;
        kinds.extend(self.kinds);
        let mut settings = lower.settings;
        settings.extend(self.settings);
        Self {
            engine: self.engine.or(lower.engine),
            seed: self.seed.or(lower.seed),
            num_rows: self.num_rows.or(lower.num_rows),
            holdout: self.holdout.or(lower.holdout),
            targets: if self.targets.is_empty() { lower.targets } else { self.targets },
            subject: self.subject.or(lower.subject),
            kinds,
            delimiter: self.delimiter.or(lower.delimiter),
            control: self.control.or(lower.control),
            settings,
        }
    }

    /// Fills what nobody answered: engine `trees`, seed 0, a fifth held out.
    #[must_use]
    pub fn resolve(self) -> Recipe {
        Recipe {
            engine: self.engine.unwrap_or_else(|| "trees".into()),
            seed: self.seed.unwrap_or(0),
            num_rows: self.num_rows,
            holdout: self.holdout.unwrap_or(Holdout::Share(0.2)),
            targets: self.targets,
            subject: self.subject,
            kinds: self.kinds,
            delimiter: self.delimiter,
            control: self.control.unwrap_or(false),
            settings: self.settings,
        }
    }
}

impl Holdout {
    /// A share such as `0.2`, else a file name.
    ///
    /// # Errors
    /// [`RecipeError::Value`] for shares outside `(0, 0.9]`.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        match text.parse::<f64>() {
            Ok(share) if share > 0.0 && share <= 0.9 => Ok(Self::Share(share)),
            Ok(_) => Err(RecipeError::Value {
                key: "holdout".into(),
                found: text.to_owned(),
                wanted: "a share above 0 and up to 0.9, or a file name".into(),
            }),
            Err(_) => Ok(Self::File(text.to_owned())),
        }
    }
}

impl Recipe {
    /// As TOML, so that the run can be repeated with `--config`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        use std::fmt::Write as _;
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut text = format!("engine = {}\nseed = {}\n", quoted(&self.engine), self.seed);
        if let Some(n) = self.num_rows {
            let _ = writeln!(text, "num_rows = {n}");
        }
        let _ = match &self.holdout {
            Holdout::Share(share) => writeln!(text, "holdout = {share:?}"),
            Holdout::File(file) => writeln!(text, "holdout = {}", quoted(file)),
        };
        if !self.targets.is_empty() {
            let _ = writeln!(text, "target = {}", toml::Value::from(self.targets.clone()));
        }
        if let Some(subject) = &self.subject {
            let _ = writeln!(text, "subject = {}", quoted(subject));
        }
        if let Some(delimiter) = self.delimiter {
            let _ = writeln!(text, "delimiter = {}", quoted(&delimiter.to_string()));
        }
        if self.control {
            let _ = writeln!(text, "control = true");
        }
        if !self.kinds.is_empty() {
            let _ = writeln!(text, "\n[kinds]");
            for (column, kind) in &self.kinds {
                let _ = writeln!(text, "{} = {}", quoted(column), quoted(kind.name()));
            }
        }
        if !self.settings.is_empty() {
            let _ = writeln!(text, "\n[settings]");
            for (name, value) in &self.settings {
                let _ = writeln!(text, "{name} = {value}");
            }
        }
        text
    }
}

/// A kind by name.
///
/// # Errors
/// [`RecipeError::UnknownKind`] with the nearest one.
pub fn parse_kind(column: &str, kind: &str) -> Result<Kind, RecipeError> {
    Kind::from_name(kind).ok_or_else(|| RecipeError::UnknownKind {
        column: column.to_owned(),
        found: kind.to_owned(),
        nearest: did_you_mean(kind, Kind::ALL.map(Kind::name)).and_then(Kind::from_name).map(Kind::name),
    })
}

/// One character, or `tab`.
///
/// # Errors
/// [`RecipeError::Value`].
pub fn parse_delimiter(text: &str) -> Result<char, RecipeError> {
    let mut letters = text.chars();
    match (text, letters.next(), letters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(one), None) if one.is_ascii() => Ok(one),
        _ => Err(RecipeError::Value {
            key: "delimiter".into(),
            found: text.to_owned(),
            wanted: "one character, or `tab`".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Answers, RecipeError> {
        Answers::from_toml(Path::new("r.toml"), text)
    }

    #[test]
    fn a_resolved_recipe_reads_back() {
        let answers = read(
            "engine = 'trees'\nseed = 7\nnum_rows = 10\nholdout = 0.25\ntarget = ['y']\nsubject = 'id'\n\
             delimiter = ';'\n[kinds]\n'a b' = 'date'\n[settings]\nleaf_rows = 40\norder = 'source'\n",
        )
        .unwrap();
        let recipe = answers.clone().resolve();
        assert_eq!(read(&recipe.to_toml()).unwrap().resolve(), recipe);
        let flags = Answers { seed: Some(9), ..Answers::default() };
        assert_eq!(flags.over(answers).resolve(), Recipe { seed: 9, ..recipe }, "flags win over the file");
    }

    #[test]
    fn mistakes_get_the_nearest_legal_word() {
        for (text, message, hint) in [
            ("sede = 1", "the recipe has no key `sede`", "did you mean `seed`?"),
            (
                "seed = 'x'",
                "`seed` is \"x\"; it must be a whole number from 0",
                "write a whole number from 0",
            ),
            (
                "holdout = 1.5",
                "`holdout` is 1.5; it must be a share above 0 and up to 0.9, or a file name",
                "write a share above 0 and up to 0.9, or a file name",
            ),
            (
                "[kinds]\nage = 'continous'",
                "`age`: there is no kind `continous`",
                "did you mean `continuous`?",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.hint().unwrap().as_str()), (message, hint));
        }
        assert!(matches!(read("seed ="), Err(RecipeError::NotToml { .. })));
    }
}
