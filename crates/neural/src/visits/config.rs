//! With which settings does `visits` learn?

use super::page::PAGE;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use verosim_core::ConfigError;
use verosim_core::settings::Settings;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) passes: usize,
    pub(super) tokens: usize,
    pub(super) learning_rate: f64,
    pub(super) dropout: f64,
    pub(super) bins: usize,
    pub(super) least_people: usize,
    pub(super) tries: usize,
}

impl Config {
    pub(super) fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            width: settings.whole("width", 16..=512)?.next_multiple_of(16),
            layers: settings.whole("layers", 1..=3)?,
            passes: settings.whole("passes", 0..=1_000)?,
            tokens: settings.whole("tokens", 0..=10_000)?,
            learning_rate: settings.number("learning_rate", 1e-5..=0.1)?,
            dropout: settings.number("dropout", 0.0..=0.9)?,
            bins: settings.whole("bins", 2..=10)?,
            least_people: settings.whole("least_people", 2..=100)?,
            tries: settings.whole("tries", 1..=100_000)?,
        })
    }

    pub(super) fn is_sound(&self) -> bool {
        self.least_people >= 2 && (2..=10).contains(&self.bins) && self.tries >= 1
    }
}
