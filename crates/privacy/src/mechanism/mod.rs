//! How is noise laid over whole numbers, and one thing chosen of several, so that a promise can be kept? One folder per
//! claim.

mod exponential;
mod gaussian;
mod laplace;

pub use exponential::Exponential;
pub use gaussian::DiscreteGaussian;
pub use laplace::DiscreteLaplace;
