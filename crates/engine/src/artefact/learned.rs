//! What was learned, by whichever family of engines?

use super::ArtefactError;
use crate::portfolio::{drawn, prompted};
use std::sync::Arc;
use verosim_core::{EnginePage, Guarantee, StoredFact};
use verosim_data::Domain;
use verosim_llm::preset::{DynPrompted, PromptEngine};
use verosim_models::{DynFitted, Engine, LoadError, Saved};

/// A fitted engine of any family.
pub enum Learned {
    /// It draws by itself.
    Drawn {
        /// The engine.
        engine: &'static dyn Engine,
        /// What it learned.
        fitted: Box<dyn DynFitted>,
    },
    /// It asks a language model for rows.
    Prompted {
        /// The engine.
        engine: &'static dyn PromptEngine,
        /// What it prepared.
        fitted: Box<dyn DynPrompted>,
    },
}

impl Learned {
    /// The engine's page.
    #[must_use]
    pub fn page(&self) -> &'static EnginePage {
        match self {
            Self::Drawn { engine, .. } => engine.page(),
            Self::Prompted { engine, .. } => engine.page(),
        }
    }

    /// The privacy promise.
    #[must_use]
    pub fn guarantee(&self) -> Guarantee {
        match self {
            Self::Drawn { fitted, .. } => fitted.guarantee(),
            Self::Prompted { fitted, .. } => fitted.guarantee(),
        }
    }

    /// What is stored about patients.
    #[must_use]
    pub fn stored(&self) -> Vec<StoredFact> {
        match self {
            Self::Drawn { fitted, .. } => fitted.stored(),
            Self::Prompted { fitted, .. } => fitted.stored(),
        }
    }

    /// The fitted engine, of those that draw by themselves.
    #[must_use]
    pub fn drawn(&self) -> Option<&dyn DynFitted> {
        match self {
            Self::Drawn { fitted, .. } => Some(&**fitted),
            Self::Prompted { .. } => None,
        }
    }

    /// Whether missing cells can be filled from it.
    #[must_use]
    pub fn fills(&self) -> bool {
        match self {
            Self::Drawn { fitted, .. } => fitted.filler().is_some(),
            Self::Prompted { fitted, .. } => fitted.filler().is_some(),
        }
    }

    /// The prepared engine, of those that ask a language model.
    #[must_use]
    pub fn prompted(&self) -> Option<&dyn DynPrompted> {
        match self {
            Self::Drawn { .. } => None,
            Self::Prompted { fitted, .. } => Some(&**fitted),
        }
    }

    pub(super) fn save(&self) -> Saved {
        match self {
            Self::Drawn { fitted, .. } => fitted.save(),
            Self::Prompted { fitted, .. } => Saved { document: fitted.save(), ..Saved::default() },
        }
    }

    pub(super) fn load(id: &str, saved: &Saved, domain: &Arc<Domain>) -> Result<Self, ArtefactError> {
        if let Some(engine) = drawn(id) {
            let fitted = engine.load(saved, Arc::clone(domain)).map_err(ArtefactError::Load)?;
            return Ok(Self::Drawn { engine, fitted });
        }
        let unknown = || ArtefactError::Load(LoadError::UnknownEngine { id: id.to_owned() });
        let engine = prompted(id).ok_or_else(unknown)?;
        let damaged = |what| ArtefactError::Load(LoadError::Damaged { what });
        Ok(Self::Prompted { engine, fitted: engine.load(&saved.document).map_err(damaged)? })
    }
}
