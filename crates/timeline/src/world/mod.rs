//! Which fictional patients' lives, with known truth, can demos and tests use?
//!
//! The clinic does not exist. People register between 2017 and 2021 and are followed to the end of 2024 or their death. Its
//! law is written down in [`truth()`], each figure with the formula that it stands in, so that a test can ask whether an
//! engine or a metric finds what was planted. Every person is a pure function of (seed, number), so that sets of any size
//! share their first people, and shards can be made anywhere.

pub mod codes;
mod life;
mod occasions;
mod shards;
#[cfg(test)]
mod tests;
mod truth;
mod write;

pub use shards::{Clinic, clinic, people};
pub use truth::{TRUTH, Truth, truth};
