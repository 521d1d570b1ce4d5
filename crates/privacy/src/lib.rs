//! What may be promised about a person whose data entered, and what does it cost?
//!
//! Every claim is a folder: `CLAIM.md` says what is promised, under which neighbouring relation and assumptions, with a
//! proof or its citation; the code beside it is short enough to be read against it. No file is read here and no column
//! is known.

pub mod accountant;
mod error;
mod exact;
mod ledger;
pub mod mechanism;
mod noise;
mod promise;
mod sealed;

pub use error::PrivacyError;
pub use ledger::{Entry, Ledger};
pub use mechanism::{DiscreteGaussian, DiscreteLaplace, Exponential};
pub use noise::Noise;
pub use promise::Promise;
pub use sealed::{Candidate, Counts, Measure, SealedTable};
