//! How do sequences of tokens get a law that a machine without an accelerator can learn in minutes?
//!
//! The networks know tokens, numbers beside them and which tokens may follow; no columns, codes or people. [`visits`] is
//! the engine for lives of patients that is made of them. Does no input or output.

mod data;
mod lanes;
mod layer;
mod masks;
mod network;
mod shape;
mod train;
pub mod visits;
mod write;

pub use data::{Base, Corpus, DataError, Sequences, Step};
pub use masks::{MaskError, Masks};
pub use network::{LoadError, Network};
pub use shape::{Output, Shape, ShapeError};
pub use train::{Ended, Lessons, Point, Report, Settings, SettingsError, Surprise, TrainError, train};
pub use write::{Choices, Decoder, Scribe, Story, WriteError, draw};

use verosim_timeline::TimelineKind;

/// The engines for timelines of this crate.
pub static TIMELINES: &[&dyn TimelineKind] = &[&visits::Visits];
