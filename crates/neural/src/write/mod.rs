//! How does a network write?

mod decoder;
mod draw;
mod scribe;

pub use decoder::{Choices, Decoder};
pub use draw::draw;
pub use scribe::{Scribe, Story, WriteError};
