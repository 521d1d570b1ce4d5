//! How are tables learned, drawn, judged and remembered? The facade that Rust users import.
//!
//! Puts the parts in order and remembers what was done; holds no formula, no HTML and no argument parsing.

pub mod artefact;
pub mod auto;
pub mod canary;
pub mod conformance;
pub mod cost;
pub mod curate;
pub mod demo;
pub mod draw;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod files;
pub mod fit;
pub mod formal;
pub mod host;
pub mod impute;
pub mod instructions;
pub mod language;
pub mod load;
mod lock;
mod make;
pub mod manifest;
pub mod obey;
pub mod plan;
pub mod portfolio;
pub mod probe;
pub mod recipe;
mod reconcile;
pub mod run;
pub mod split;
pub mod study;
pub mod timeline;
mod topic;
pub mod verify;

pub use artefact::Artefact;
pub use error::{Category, EngineError};
pub use host::{Host, Machine};
pub use recipe::Recipe;

pub use verosim_core as core;
pub use verosim_data as data;
pub use verosim_eval as eval;
pub use verosim_llm as llm;
pub use verosim_models as models;
pub use verosim_privacy as privacy;
pub use verosim_timeline as timelines;
