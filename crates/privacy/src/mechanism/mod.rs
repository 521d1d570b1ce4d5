//! How is noise laid over whole numbers so that a promise can be kept? One folder per claim.

mod gaussian;
mod laplace;

pub use gaussian::DiscreteGaussian;
pub use laplace::DiscreteLaplace;
