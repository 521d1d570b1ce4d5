//! How far apart are two samples, and how do two variables hang together?

mod association;
mod audit;
mod distance;
mod one_run;
mod proportion;
mod rank;
mod reach;
mod residual;
mod simplex;

pub use association::{correlation_ratio, cramers_v, spearman};
pub use audit::{one_run_epsilon, two_rate_epsilon};
pub use distance::{ks_distance, total_variation, wasserstein_1d};
pub use one_run::{gaussian_one_run_epsilon, one_run_epsilon_at, two_sided_rate_epsilon};
pub use proportion::{OddsGap, benjamini_hochberg, odds_gap};
pub use rank::{mid_ranks, quantile_sorted};
pub use reach::student_reach;
pub use residual::{Success, isolation};
pub use simplex::onto_simplex;
