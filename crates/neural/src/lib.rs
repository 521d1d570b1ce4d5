//! How do sequences of tokens get a law that a machine without an accelerator can learn in minutes?
//!
//! Knows tokens, numbers beside them and which tokens may follow; no columns, codes or people. Does no input or output.

mod data;
mod lanes;
mod layer;
mod masks;
mod network;
mod shape;
mod train;
mod write;

pub use data::{Base, Corpus, DataError, Sequences, Step};
pub use masks::{MaskError, Masks};
pub use network::{LoadError, Network};
pub use shape::{Output, Shape, ShapeError};
pub use train::{Ended, Lessons, Point, Report, Settings, SettingsError, Surprise, TrainError, train};
pub use write::{Choices, Decoder, Scribe, Story, WriteError, draw};
