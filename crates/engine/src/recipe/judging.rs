//! How are results judged, and against what?

use super::RecipeError;
use serde::{Deserialize, Serialize};
use std::path::Path;
use verosim_core::Preset;
use verosim_eval::policy::{Policy, PolicyError};

/// How much is measured, for whom, and which columns play a part in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Judging {
    /// How much of the portfolio is computed.
    #[serde(skip_serializing_if = "is_default")]
    pub preset: Preset,
    /// Purpose or file of the policy that the card is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Columns that an attacker may know of a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quasi: Vec<String>,
    /// Columns that an attacker wants to learn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
    /// People in the population that the training rows are a sample of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<usize>,
    /// Columns by whose values people are grouped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Whether scores of other tools are computed as they compute them.
    #[serde(skip_serializing_if = "is_default")]
    pub compat: bool,
    /// Columns of time and event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survival: Option<[String; 2]>,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Judging {
    /// The table `judge` of a recipe.
    ///
    /// # Errors
    /// [`RecipeError::Value`] with what is legal.
    pub fn from_value(value: &toml::Value) -> Result<Self, RecipeError> {
        value.clone().try_into().map_err(|error: toml::de::Error| RecipeError::Value {
            key: "judge".into(),
            found: format!("not readable ({})", error.message()),
            wanted: "a table of preset, policy, quasi, sensitive, population, groups, compat and survival"
                .into(),
        })
    }

    /// `self` where it answers, `lower` elsewhere.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        let list = |own: Vec<String>, lower: Vec<String>| if own.is_empty() { lower } else { own };
        Self {
            preset: if is_default(&self.preset) { lower.preset } else { self.preset },
            policy: self.policy.or(lower.policy),
            quasi: list(self.quasi, lower.quasi),
            sensitive: list(self.sensitive, lower.sensitive),
            population: self.population.or(lower.population),
            groups: list(self.groups, lower.groups),
            compat: self.compat || lower.compat,
            survival: self.survival.or(lower.survival),
        }
    }

    /// The policy: that of a purpose, or the one in a file.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn policy(&self) -> Result<Option<Policy>, PolicyError> {
        let Some(name) = &self.policy else { return Ok(None) };
        match std::fs::read_to_string(name) {
            Ok(text) if Path::new(name).is_file() => Policy::from_toml(&text).map(Some),
            _ => Policy::of_purpose(name).map(Some),
        }
    }

    /// All columns that are named, with what they are named as.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        self.quasi.iter().chain(&self.sensitive).chain(&self.groups).chain(self.survival.iter().flatten())
    }
}

/// A preset by name.
///
/// # Errors
/// [`RecipeError::Value`].
pub fn parse_preset(text: &str) -> Result<Preset, RecipeError> {
    Preset::from_name(text).ok_or_else(|| RecipeError::Value {
        key: "preset".into(),
        found: format!("`{text}`"),
        wanted: "quick, standard or release".into(),
    })
}
