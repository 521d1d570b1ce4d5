//! Which settings does the forest take, and what are their legal values?

use super::PAGE;
use crate::ConfigError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use verosim_core::settings::Settings;

/// Checked settings of the forest; every field is in its range.
#[allow(clippy::struct_field_names, reason = "fields are named as settings are")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trees {
    pub(super) trees: usize,
    pub(super) leaf_rows: usize,
    pub(super) backoff: f64,
    pub(super) predictors: usize,
    pub(super) predictor_share: f64,
    pub(super) least_gain: f64,
    pub(super) order: OrderChoice,
    /// Columns drawn before all others, comma between them.
    #[serde(default)]
    pub(super) first: String,
    pub(super) min_support: usize,
    pub(super) rank_window: usize,
    pub(super) boosting: Boosting,
}

/// Whether short vocabularies are learned by boosted trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Boosting {
    /// Where they are likelier on held-out rows.
    Auto,
    /// Never.
    Off,
    /// Wherever they can.
    On,
}

/// How the order of columns is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrderChoice {
    /// Staged, unless held-out rows are much likelier in that of the file.
    Auto,
    /// Rare outcomes, short vocabularies, codes, numbers, common flags.
    Staged,
    /// As the columns stand in the file.
    Source,
}

impl Trees {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            trees: settings.whole("trees", 1..=50)?,
            leaf_rows: settings.whole("leaf_rows", 11..=100_000)?,
            backoff: settings.number("backoff", 0.0..=100.0)?,
            predictors: settings.whole("predictors", 1..=1_000)?,
            predictor_share: settings.number("predictor_share", 0.05..=1.0)?,
            least_gain: settings.number("least_gain", 0.0..=100.0)?,
            order: match settings.word("order", &["auto", "staged", "source"])? {
                "staged" => OrderChoice::Staged,
                "source" => OrderChoice::Source,
                _ => OrderChoice::Auto,
            },
            first: settings.text("first")?.to_owned(),
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
            boosting: match settings.word("boosting", &["auto", "off", "on"])? {
                "off" => Boosting::Off,
                "on" => Boosting::On,
                _ => Boosting::Auto,
            },
        })
    }
}
