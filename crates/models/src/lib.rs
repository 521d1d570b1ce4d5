//! Which classical generators are there, and how are they reached by name?

pub mod registry;
pub mod saved;

pub use registry::{ConfigError, DynFitted, DynSynthesizer, ENGINES, Engine, engine};
pub use saved::{Array, LoadError, Saved, StoredFact};
