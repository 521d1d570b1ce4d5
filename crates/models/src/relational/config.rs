//! Which settings does the engine of tables take, and what are their legal values?

use super::PAGE;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use verosim_core::ConfigError;
use verosim_core::settings::Settings;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relational {
    pub(super) min_people: usize,
    pub(super) leaf_rows: usize,
    pub(super) trees: usize,
    pub(super) events: usize,
    pub(super) rows: usize,
    pub(super) max_tries: usize,
}

impl Relational {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            min_people: settings.whole("min_people", 2..=100)?,
            leaf_rows: settings.whole("leaf_rows", 11..=100_000)?,
            trees: settings.whole("trees", 1..=50)?,
            events: settings.whole("events", 1_000..=100_000_000)?,
            rows: settings.whole("rows", 1_000..=10_000_000)?,
            max_tries: settings.whole("max_tries", 1..=10_000_000)?,
        })
    }

    /// The forest that learns one table.
    pub(super) fn forest(&self) -> Result<crate::trees::Trees, ConfigError> {
        let settings = [
            ("trees", Value::from(self.trees)),
            ("leaf_rows", Value::from(self.leaf_rows)),
            ("min_support", Value::from(self.min_people)),
            ("order", Value::from("staged")),
            ("boosting", Value::from("off")),
        ];
        crate::trees::Trees::new(
            &settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        )
    }
}
