//! What was asked for, and where was each answer given?

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use verosim_core::{Disclosure, Kind, did_you_mean};
use verosim_data::constrain::RuleText;
use verosim_models::curate::Rule;

mod answers;
mod error;
mod judging;
mod rules;
#[cfg(test)]
mod tests;

pub use answers::Answers;
pub use error::RecipeError;
pub use judging::{Judging, parse_preset};
pub use rules::{RULES_VERSION, RuleFile, rules_from_toml};

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
    /// Language model that is asked: an address, a file, `replay:FILE` or `mock:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The most that the language model may be told; decided by where it runs when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclose: Option<Disclosure>,
    /// What the data are about, in words for the language model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Rule by which rows are curated, or `none`; that of the engine when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curate: Option<String>,
    /// Formal promise to each patient: bound on what one of them changes; none is made when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// Probability that the bound does not hold; that of the engine when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Seed of the promise's noise, for tests: the operating system's generator when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insecure_seed: Option<u64>,
    /// What no synthetic row may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleText>,
    /// Whether the built-in clinical rules that nobody can break are kept as well.
    #[serde(default, skip_serializing_if = "judging::is_default")]
    pub clinical: bool,
    /// Which column holds which concept of clinical rules, where the dictionary is wrong.
    #[serde(default, skip_serializing_if = "judging::is_default")]
    pub concepts: toml::Table,
    /// Canaries: half of them, by fair coins, are learned from as if they were patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canaries: Option<usize>,
    /// Shape in which synthetic patient records are written; that of the source when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How results are judged.
    #[serde(default, skip_serializing_if = "judging::is_default")]
    pub judge: Judging,
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
    /// Whether there is any rule to keep.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.clinical || !self.rules.is_empty()
    }

    /// As TOML, so that the run can be repeated with `--config`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        use std::fmt::Write as _;
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let key = |text: &str| {
            let bare =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
            if bare { text.to_owned() } else { quoted(text) }
        };
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
        if let Some(to) = &self.to {
            let _ = writeln!(text, "to = {}", quoted(to));
        }
        if let Some(model) = &self.model {
            let _ = writeln!(text, "model = {}", quoted(model));
        }
        if let Some(disclose) = self.disclose {
            let _ = writeln!(text, "disclose = {}", quoted(disclose.name()));
        }
        if let Some(curate) = &self.curate {
            let _ = writeln!(text, "curate = {}", quoted(curate));
        }
        if let Some(epsilon) = self.epsilon {
            let _ = writeln!(text, "epsilon = {epsilon:?}");
        }
        if let Some(delta) = self.delta {
            let _ = writeln!(text, "delta = {delta:?}");
        }
        if let Some(seed) = self.insecure_seed {
            let _ = writeln!(text, "insecure_seed = {seed}");
        }
        if let Some(n) = self.canaries {
            let _ = writeln!(text, "canaries = {n}");
        }
        if self.clinical {
            let _ = writeln!(text, "clinical = true");
        }
        if let Some(about) = &self.about {
            let _ = writeln!(text, "about = {}", quoted(about));
        }
        if !self.kinds.is_empty() {
            let _ = writeln!(text, "\n[kinds]");
            for (column, kind) in &self.kinds {
                let _ = writeln!(text, "{} = {}", key(column), quoted(kind.name()));
            }
        }
        if !self.settings.is_empty() {
            let _ = writeln!(text, "\n[settings]");
            for (name, value) in &self.settings {
                // Settings that an engine accepted are numbers, texts and truth values: TOML writes them like JSON.
                let _ = writeln!(text, "{} = {value}", key(name));
            }
        }
        let judge = toml::Table::try_from(&self.judge).unwrap_or_default();
        if !judge.is_empty() {
            let _ = write!(text, "\n[judge]\n{judge}");
        }
        if !self.concepts.is_empty() {
            let _ = write!(text, "\n[concepts]\n{}", self.concepts);
        }
        rules::write(&mut text, "rules", &self.rules);
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

/// What a language model may be told, by name.
///
/// # Errors
/// [`RecipeError::Value`].
pub fn parse_disclosure(text: &str) -> Result<Disclosure, RecipeError> {
    Disclosure::from_name(text).ok_or_else(|| RecipeError::Value {
        key: "disclose".into(),
        found: format!("`{text}`"),
        wanted: "metadata, aggregate or rows".into(),
    })
}

/// A rule of curation by name, or `none`.
///
/// # Errors
/// [`RecipeError::Value`].
pub fn parse_curate(text: &str) -> Result<String, RecipeError> {
    if text == "none" || Rule::from_word(text).is_some() {
        return Ok(text.to_owned());
    }
    Err(RecipeError::Value {
        key: "curate".into(),
        found: format!("`{text}`"),
        wanted: format!("none, {}", Rule::WORDS.join(" or ")),
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
