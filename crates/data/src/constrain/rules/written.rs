//! What does a person write to say that rows of some sort cannot be?

use super::RuleError;
use serde::{Deserialize, Serialize};

/// A rule as a person wrote it: `never` a condition, or `when` one, `then` another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Short name: letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// How sure it is that such rows cannot be.
    pub severity: Severity,
    /// What it says, for people and for language models.
    pub words: String,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What no row may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<String>,
    /// Rows that the rule is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What these rows must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// How sure it is that rows which break a rule cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// No person can be so: a record that says so is wrong.
    Impossible,
    /// Hardly anybody is so; some real records may say so.
    Implausible,
    /// Few are so, and real records say so: worth a look where there are more of them than in real people.
    Unusual,
}

impl Severity {
    /// The words of a rule file.
    pub const WORDS: [&str; 3] = ["impossible", "implausible", "unusual"];

    /// The word of a rule file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Impossible => Self::WORDS[0],
            Self::Implausible => Self::WORDS[1],
            Self::Unusual => Self::WORDS[2],
        }
    }

    /// The severity of that [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Impossible, Self::Implausible, Self::Unusual]
            .into_iter()
            .find(|severity| severity.word() == word)
    }
}

/// Most characters of an id.
const LONGEST_ID: usize = 64;

impl RuleText {
    /// Refuses what says nothing, or two things.
    pub(super) fn is_whole(&self) -> Result<(), RuleError> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.id.is_empty() || self.id.len() > LONGEST_ID || !self.id.chars().all(is_letter) {
            return Err(RuleError::Id);
        }
        let rule = self.id.clone();
        if self.words.trim().is_empty() {
            return Err(RuleError::Wordless { rule });
        }
        match (&self.never, &self.when, &self.then) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(()),
            (Some(_), ..) => Err(RuleError::Both { rule }),
            (None, ..) => Err(RuleError::Incomplete { rule }),
        }
    }

    /// The rule in exact words: `never …`, or `when …, then …`.
    #[must_use]
    pub fn exactly(&self) -> String {
        match (&self.never, &self.when, &self.then) {
            (Some(never), ..) => format!("never {never}"),
            (None, when, then) => {
                let text = |condition: &Option<String>| condition.clone().unwrap_or_default();
                format!("when {}, then {}", text(when), text(then))
            }
        }
    }
}
