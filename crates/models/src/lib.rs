//! Which classical generators are there, and how are they reached by name?

pub mod bootstrap;
pub mod curate;
mod cursor;
pub mod independent;
pub mod registry;
pub mod saved;
pub mod trees;

pub use registry::{DynFitted, DynSynthesizer, ENGINES, Engine, engine};
pub use saved::{Array, LoadError, Saved};
pub use verosim_core::{ConfigError, StoredFact};
