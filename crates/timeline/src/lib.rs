//! How do the lives of patients come in from hospitals' shapes, and how do they go back?
//!
//! One model for all of them: events of MEDS 0.4 ([`Events`]), read and written shard by shard, with a person in exactly one
//! shard. No models, no metrics, no network. Only [`shape`] and [`store`] touch the file system.

mod book;
mod cohort;
mod condition;
mod convert;
mod engine;
mod error;
pub mod event;
mod finding;
mod kind;
mod port;
mod possible;
mod profile;
pub mod shape;
pub mod store;
pub mod world;

pub use book::{CodeBook, CodeEntry};
pub use cohort::{Cohort, Holdout, Train, split};
pub use condition::{ConditionError, PersonCondition};
pub use convert::{Conversion, convert};
pub use engine::{Draft, FittedTimelines, LearnError, Possible, Saved, Sex, TimelineEngine, TimelineKind};
pub use error::TimelineError;
pub use event::{Builder, Event, Events, Person};
pub use finding::{Fate, Finding, Findings};
pub use kind::{BIRTH, DEATH, Kind, code};
pub use port::{About, Sink, Source, Splits, Written};
pub use possible::EventRules;
pub use profile::{CommonCode, KindProfile, Profile, profile};
