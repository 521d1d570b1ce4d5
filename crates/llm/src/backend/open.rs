//! Which model does a text such as `http://localhost:8080/v1#llama` or `mock:` name?

use super::Access;
use super::mock::Mock;
use super::transcript::Replay;
use std::path::Path;
use verosim_core::{Disclosure, LanguageModel, ModelError};

/// A model that was opened, and what a recording of it was allowed to see.
pub struct Opened {
    /// The model.
    pub model: Box<dyn LanguageModel>,
    /// Disclosure of the recorded run, of a replay.
    pub recorded: Option<Disclosure>,
}

/// Opens the model called `name`: an address, a model file or folder, `replay:FILE`, `mock:` or `mock:TABLE`. Nothing is
/// sent before the first question.
///
/// # Errors
/// [`ModelError::Unknown`] when the name means nothing, and those of reading its file.
pub fn open(name: &str, access: &Access) -> Result<Opened, ModelError> {
    let of = |model: Box<dyn LanguageModel>| Opened { model, recorded: None };
    if let Some(rest) = name.strip_prefix("mock:") {
        return Ok(of(Box::new(Mock::open(rest)?)));
    }
    if let Some(file) = name.strip_prefix("replay:") {
        let replay = Replay::open(Path::new(file))?;
        let recorded = Some(replay.disclosure());
        return Ok(Opened { model: Box::new(replay), recorded });
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        return Ok(of(address(name, access)?));
    }
    let path = Path::new(name);
    if path.exists() { Ok(of(file(name, path)?)) } else { Err(ModelError::Unknown { name: name.to_owned() }) }
}

#[cfg(feature = "http")]
fn address(name: &str, access: &Access) -> Result<Box<dyn LanguageModel>, ModelError> {
    Ok(Box::new(super::HttpModel::open(name, access)?))
}

#[cfg(not(feature = "http"))]
fn address(name: &str, _: &Access) -> Result<Box<dyn LanguageModel>, ModelError> {
    Err(ModelError::NotBuilt { name: name.to_owned(), feature: "http" })
}

#[cfg(feature = "local")]
fn file(_: &str, path: &Path) -> Result<Box<dyn LanguageModel>, ModelError> {
    Ok(Box::new(super::local::LocalModel::open(path)?))
}

#[cfg(not(feature = "local"))]
fn file(name: &str, _: &Path) -> Result<Box<dyn LanguageModel>, ModelError> {
    Err(ModelError::NotBuilt { name: name.to_owned(), feature: "local" })
}
