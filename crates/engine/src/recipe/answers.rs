//! Which questions are answered in one place, and which place wins?

use super::rules::rules_from_value;
use super::{
    Holdout, Judging, Recipe, RecipeError, parse_curate, parse_delimiter, parse_disclosure, parse_kind,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use verosim_core::{Disclosure, Kind, did_you_mean};
use verosim_data::constrain::RuleText;

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
    /// See [`Recipe`].
    pub model: Option<String>,
    /// See [`Recipe`].
    pub disclose: Option<Disclosure>,
    /// See [`Recipe`].
    pub about: Option<String>,
    /// See [`Recipe`].
    pub curate: Option<String>,
    /// See [`Recipe`].
    pub epsilon: Option<f64>,
    /// See [`Recipe`].
    pub delta: Option<f64>,
    /// See [`Recipe`].
    pub insecure_seed: Option<u64>,
    /// See [`Recipe`].
    pub rules: Option<Vec<RuleText>>,
    /// See [`Recipe`].
    pub clinical: Option<bool>,
    /// See [`Recipe`].
    pub concepts: toml::Table,
    /// See [`Recipe`].
    pub canaries: Option<usize>,
    /// See [`Recipe`].
    pub to: Option<String>,
    /// See [`Recipe`].
    pub judge: Judging,
}

/// Keys of a recipe file.
pub(super) const KEYS: [&str; 23] = [
    "engine",
    "seed",
    "num_rows",
    "holdout",
    "target",
    "subject",
    "kinds",
    "delimiter",
    "control",
    "model",
    "disclose",
    "about",
    "curate",
    "epsilon",
    "delta",
    "insecure_seed",
    "rules",
    "clinical",
    "concepts",
    "canaries",
    "to",
    "judge",
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
            let number = || {
                let number = value.as_float().or(value.as_integer().map(|whole| whole as f64));
                number.ok_or_else(|| wrong("a number"))
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
                "model" => answers.model = Some(text()?),
                "disclose" => answers.disclose = Some(parse_disclosure(&text()?)?),
                "about" => answers.about = Some(text()?),
                "curate" => answers.curate = Some(parse_curate(&text()?)?),
                "epsilon" => answers.epsilon = Some(number()?),
                "delta" => answers.delta = Some(number()?),
                "insecure_seed" => answers.insecure_seed = Some(whole()?),
                "rules" => answers.rules = Some(rules_from_value(&value)?),
                "clinical" => answers.clinical = Some(value.as_bool().ok_or_else(|| wrong("true or false"))?),
                "concepts" => {
                    answers.concepts =
                        value.as_table().cloned().ok_or_else(|| wrong("a table of concept = \"column\""))?;
                }
                "canaries" => answers.canaries = Some(whole()? as usize),
                "to" => answers.to = Some(text()?),
                "judge" => answers.judge = Judging::from_value(&value)?,
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
            model: self.model.or(lower.model),
            disclose: self.disclose.or(lower.disclose),
            about: self.about.or(lower.about),
            curate: self.curate.or(lower.curate),
            epsilon: self.epsilon.or(lower.epsilon),
            delta: self.delta.or(lower.delta),
            insecure_seed: self.insecure_seed.or(lower.insecure_seed),
            rules: self.rules.or(lower.rules),
            clinical: self.clinical.or(lower.clinical),
            concepts: if self.concepts.is_empty() { lower.concepts } else { self.concepts },
            canaries: self.canaries.or(lower.canaries),
            to: self.to.or(lower.to),
            judge: self.judge.over(lower.judge),
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
            model: self.model,
            disclose: self.disclose,
            about: self.about,
            curate: self.curate,
            epsilon: self.epsilon,
            delta: self.delta,
            insecure_seed: self.insecure_seed,
            rules: self.rules.unwrap_or_default(),
            clinical: self.clinical.unwrap_or(false),
            concepts: self.concepts,
            canaries: self.canaries,
            to: self.to,
            judge: self.judge,
        }
    }
}
