//! Which coefficients does an analyst estimate, how sure are they, and how are two answers compared?
//!
//! Maximum likelihood with standard errors for generalised linear and proportional-hazards models, what is done where
//! there is no finite maximum, how far intervals overlap, and how estimates from several synthetic sets, or from several
//! completed tables, are combined.

mod combine;
mod cox;
mod estimate;
mod factor;
mod firth;
mod glm;
mod pool;
mod scaled;

pub use combine::{Combined, Synthesis};
pub use cox::{Cox, cox};
pub use estimate::{Estimate, interval_overlap};
pub use glm::{Glm, Law, Regression, RegressionError, Remedy};
pub use pool::{Pooled, pool};
