//! How far apart are two samples, and how do two variables hang together?

mod association;
mod audit;
mod distance;
mod isotonic;
mod ordering;
mod rank;
mod simplex;

pub use association::{correlation_ratio, cramers_v, spearman};
pub use audit::{one_run_epsilon, two_rate_epsilon};
pub use distance::{ks_distance, total_variation, wasserstein_1d};
pub use isotonic::isotonic;
pub use ordering::{kappa, kendall};
pub use rank::{mid_ranks, quantile_sorted};
pub use simplex::onto_simplex;
