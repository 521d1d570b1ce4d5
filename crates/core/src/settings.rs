//! How are settings that a person wrote checked against an engine's page?

use crate::{EnginePage, Hint, did_you_mean};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// Settings as written, read one by one against the page that documents them.
pub struct Settings<'a> {
    page: &'static EnginePage,
    written: &'a Map<String, Value>,
}

impl<'a> Settings<'a> {
    /// Refuses names that the page does not list.
    ///
    /// # Errors
    /// [`ConfigError::UnknownSetting`] with the nearest name.
    pub fn new(page: &'static EnginePage, written: &'a Map<String, Value>) -> Result<Self, ConfigError> {
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
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`].
    pub fn whole(&self, name: &str, range: RangeInclusive<usize>) -> Result<usize, ConfigError> {
        let value = self.number(name, *range.start() as f64..=*range.end() as f64)?;
        if value.fract() == 0.0 { Ok(value as usize) } else { Err(self.refuse(name)) }
    }

    /// A number in `range`; the default of the page when it is not written.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`].
    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<f64, ConfigError> {
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
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`].
    pub fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, ConfigError> {
        let written = match self.written.get(name) {
            Some(Value::String(text)) => text.as_str(),
            Some(_) => "",
            None => self.default(name),
        };
        words.iter().copied().find(|word| *word == written).ok_or_else(|| self.refuse(name))
    }

    /// Any text; the default of the page when it is not written.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`] when it is no text.
    pub fn text(&self, name: &str) -> Result<&str, ConfigError> {
        match self.written.get(name) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.refuse(name)),
            None => Ok(self.default(name)),
        }
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

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No such setting.
    #[error("engine `{engine}` has no setting `{name}`")]
    UnknownSetting {
        /// Engine id.
        engine: &'static str,
        /// As written.
        name: String,
        /// Nearest legal name.
        nearest: Option<String>,
    },
    /// Out of range or of the wrong type.
    #[error("setting `{name}` is {found}, outside {range}")]
    OutOfRange {
        /// Setting.
        name: &'static str,
        /// As written.
        found: String,
        /// Legal range.
        range: &'static str,
    },
    /// No such engine.
    #[error("there is no engine `{id}`")]
    UnknownEngine {
        /// As written.
        id: String,
        /// Nearest id.
        nearest: Option<String>,
    },
}

impl Hint for ConfigError {
    fn hint(&self) -> Option<String> {
        let meant = |nearest: &Option<String>| nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
        match self {
            Self::UnknownSetting { nearest, engine, .. } => {
                meant(nearest).or(Some(format!("`verosim explain {engine}` lists the settings")))
            }
            Self::OutOfRange { range, .. } => Some(format!("choose a value in {range}")),
            Self::UnknownEngine { nearest, .. } => {
                meant(nearest).or(Some("`verosim explain engines` lists them".into()))
            }
        }
    }
}
