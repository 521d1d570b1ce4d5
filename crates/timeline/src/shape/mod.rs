//! Which shapes do hospitals keep timelines in?

pub mod meds;
mod staging;

pub use staging::Staging;
