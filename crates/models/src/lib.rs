//! Which classical generators are there, and how are they reached by name?

pub mod aim;
pub mod arf;
pub mod bayesnet;
pub mod boosted;
pub mod bootstrap;
mod coded;
pub mod conditional;
pub mod copula;
pub mod curate;
mod cursor;
mod families;
pub mod filler;
pub mod gibbs;
pub mod independent;
pub mod independent_events;
pub mod kde;
mod law;
mod lives;
mod marginal;
pub mod markov;
mod masks;
pub mod mice;
pub mod mst;
#[cfg(test)]
mod planted;
pub mod privbayes;
mod quota;
pub mod registry;
mod rows;
pub mod saved;
mod scale;
pub mod smote;
mod stated;
mod states;
pub mod tabpe;
pub mod timelines;
pub mod trees;
mod view;

pub use conditional::{Conditional, Narrowed};
pub use filler::Filler;
pub use registry::{DynFitted, DynSynthesizer, ENGINES, Engine, Promising, engine};
pub use saved::{Array, LoadError, Saved};
pub use timelines::TIMELINES;
pub use verosim_core::{ConfigError, StoredFact};
