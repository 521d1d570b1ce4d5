//! How unlike are two texts?

mod edit;

pub use edit::Pattern;
