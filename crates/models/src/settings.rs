//! How are settings that a person wrote checked against an engine's page?

use crate::ConfigError;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use verosim_core::{EnginePage, did_you_mean};

/// Settings as written, read one by one against the page that documents them.
pub(crate) struct Settings<'a> {
    page: &'static EnginePage,
    written: &'a Map<String, Value>,
}

impl<'a> Settings<'a> {
    /// Refuses names that the page does not list.
    pub(crate) fn new(
        page: &'static EnginePage,
        written: &'a Map<String, Value>,
    ) -> Result<Self, ConfigError> {
        for name in written.keys() {
            if !page.settings.iter().any(|setting| setting.name == name) {
                let nearest = did_you_mean(name, page.settings.iter().map(|setting| setting.name));
                return Err(ConfigError::UnknownSetting {
                    engine: page.id,
                    name: name.clone(),
                    nearest: nearest.map(str::to_owned),
                });
            }
        }
        Ok(Self { page, written })
    }

    /// A whole number in `range`; the default of the page when it is not written.
    pub(crate) fn whole(&self, name: &str, range: RangeInclusive<usize>) -> Result<usize, ConfigError> {
        let value = self.number(name, *range.start() as f64..=*range.end() as f64)?;
        if value.fract() == 0.0 { Ok(value as usize) } else { Err(self.refuse(name)) }
    }

    /// A number in `range`; the default of the page when it is not written.
    pub(crate) fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<f64, ConfigError> {
        let value = match self.written.get(name) {
            Some(Value::Number(number)) => number.as_f64(),
            // Flags come as text.
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
            None => self.default(name).parse().ok(),
        };
        value.filter(|value| range.contains(value)).ok_or_else(|| self.refuse(name))
    }

    /// One of `words`; the default of the page when it is not written.
    pub(crate) fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, ConfigError> {
        let written = match self.written.get(name) {
            Some(Value::String(text)) => text.as_str(),
            Some(_) => "",
            None => self.default(name),
        };
        words.iter().copied().find(|word| *word == written).ok_or_else(|| self.refuse(name))
    }

    fn default(&self, name: &str) -> &'static str {
        self.page.settings.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default)
    }

    fn refuse(&self, name: &str) -> ConfigError {
        let setting = self.page.settings.iter().find(|setting| setting.name == name);
        ConfigError::OutOfRange {
            name: setting.map_or("?", |setting| setting.name),
            found: self.written.get(name).map_or_else(String::new, Value::to_string),
            range: setting.map_or("", |setting| setting.range),
        }
    }
}
