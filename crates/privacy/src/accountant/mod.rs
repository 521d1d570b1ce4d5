//! What do several releases cost together, and what does a cost promise? The claim: `CLAIM.md`.

mod composition;
mod conversion;
#[cfg(test)]
mod tests;

pub use composition::{Neighbours, parallel};
pub use conversion::{delta, epsilon, rho};
