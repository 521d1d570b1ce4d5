//! Which settings does the chain take, and what are their legal values?

use super::PAGE;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use verosim_core::ConfigError;
use verosim_core::settings::Settings;

/// Checked settings of the chain; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Markov {
    pub(super) min_people: usize,
    pub(super) bend_people: usize,
    pub(super) values: usize,
    pub(super) max_tries: usize,
}

impl Markov {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            min_people: settings.whole("min_people", 2..=1_000)?,
            bend_people: settings.whole("bend_people", 1..=1_000)?,
            values: settings.whole("values", 100..=100_000)?,
            max_tries: settings.whole("max_tries", 1..=10_000_000)?,
        })
    }
}
