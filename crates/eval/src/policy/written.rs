//! What does a person write to say which figures a release must reach?

use super::PolicyError;
use serde::{Deserialize, Serialize};

/// Version of policy files.
pub const POLICY_VERSION: u32 = 1;

/// A policy as written: which questions must come out well, and gates of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// [`POLICY_VERSION`].
    pub version: u32,
    /// Short name.
    pub id: String,
    /// For which purpose, in words.
    pub words: String,
    /// Questions of the verdict strip whose failure fails the policy; the others are for information.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Questions of these that must be assessable: no answer is a failure, too.
    #[serde(default)]
    pub must_know: Vec<String>,
    /// Gates beyond those of the strip.
    #[serde(default, rename = "gate", skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateText>,
}

/// One figure with its thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateText {
    /// Metric id.
    pub metric: String,
    /// A part of the metric instead of its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Which end of the figure is held against the thresholds.
    #[serde(default)]
    pub read: End,
    /// Passes up to here; either this or `at_least`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Passes from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Beyond the pass threshold and up to here it warns; fails at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<f64>,
    /// Whether a figure that cannot be had fails the policy.
    #[serde(default)]
    pub must_know: bool,
    /// Where the threshold comes from: a regulator, a paper, or ourselves.
    pub origin: String,
}

/// Which end of a figure is held against thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The value.
    #[default]
    Value,
    /// The lower end of its interval.
    Low,
    /// The upper end of its interval.
    High,
    /// Where it lies from floor (0) to ceiling (1).
    Position,
    /// The value over that of its ceiling.
    OfCeiling,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] with what does not read, or the metric, question or threshold that cannot be.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)
            .map_err(|error| PolicyError::Unread { why: error.message().trim().to_owned() })?;
        policy.check()?;
        Ok(policy)
    }

    fn check(&self) -> Result<(), PolicyError> {
        if self.version != POLICY_VERSION {
            return Err(PolicyError::Version { found: self.version });
        }
        for question in self.questions.iter().chain(&self.must_know) {
            if !super::QUESTIONS.contains(&question.as_str()) {
                return Err(PolicyError::Question { found: question.clone() });
            }
        }
        for question in &self.must_know {
            if !self.questions.contains(question) {
                return Err(PolicyError::Unasked { question: question.clone() });
            }
        }
        if self.questions.is_empty() && self.gates.is_empty() {
            return Err(PolicyError::Empty);
        }
        self.gates.iter().try_for_each(GateText::check)
    }
}

impl GateText {
    fn check(&self) -> Result<(), PolicyError> {
        let metric = || self.metric.clone();
        if !super::metrics().any(|known| known == self.metric) {
            return Err(PolicyError::Metric { found: metric() });
        }
        if self.origin.trim().is_empty() {
            return Err(PolicyError::Origin { metric: metric() });
        }
        if self.part.is_some() && self.read != End::Value {
            return Err(PolicyError::PartEnd { metric: metric() });
        }
        let (pass, sign) = match (self.at_most, self.at_least) {
            (Some(most), None) => (most, 1.0),
            (None, Some(least)) => (least, -1.0),
            _ => return Err(PolicyError::Threshold { metric: metric() }),
        };
        let in_order = self.warn.is_none_or(|warn| warn.is_finite() && sign * (warn - pass) >= 0.0);
        if pass.is_finite() && in_order { Ok(()) } else { Err(PolicyError::Order { metric: metric() }) }
    }

    /// The rule in words, with the origin of its threshold.
    #[must_use]
    pub fn rule(&self) -> String {
        let what = match (&self.part, self.read) {
            (Some(part), _) => format!("part `{part}`"),
            (None, End::Value) => "value".to_owned(),
            (None, End::Low) => "lower end of the interval".to_owned(),
            (None, End::High) => "upper end of the interval".to_owned(),
            (None, End::Position) => "way from floor to ceiling".to_owned(),
            (None, End::OfCeiling) => "share of what real people score".to_owned(),
        };
        let threshold = match (self.at_most, self.at_least) {
            (Some(most), _) => format!("at most {most}"),
            (None, least) => format!("at least {}", least.unwrap_or(f64::NAN)),
        };
        let warn = self.warn.map_or(String::new(), |warn| format!(", a warning up to {warn}"));
        format!("{what} {threshold}{warn} ({})", self.origin)
    }
}
