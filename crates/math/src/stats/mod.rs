//! How far apart are two samples, and how do two variables hang together?

mod association;
mod audit;
mod concordance;
mod distance;
mod divergence;
mod forecast;
mod gaussian;
mod isotonic;
mod max_t;
mod merged;
mod one_run;
mod ordering;
mod proportion;
mod rank;
mod reach;
mod residual;
mod simplex;
mod symmetric;

pub use association::{correlation_ratio, cramers_v, mutual_information, spearman};
pub use audit::{one_run_epsilon, two_rate_epsilon};
pub use concordance::{Concordance, concordance};
pub use distance::{ks_distance, total_variation, wasserstein_1d};
pub use divergence::{TableGap, hellinger, jensen_shannon, table_gap};
pub use forecast::next_at_most;
pub use gaussian::{normal_hellinger, normal_quantile, normal_two_sided};
pub use isotonic::isotonic;
pub use max_t::{MaxT, max_t};
pub use merged::{Gaps, Merged};
pub use one_run::{gaussian_one_run_epsilon, one_run_epsilon_at, two_sided_rate_epsilon};
pub use ordering::{kappa, kendall};
pub use proportion::{OddsGap, benjamini_hochberg, odds_gap};
pub use rank::{mid_ranks, quantile_sorted};
pub use reach::student_reach;
pub use residual::{Success, isolation};
pub use simplex::onto_simplex;
pub use symmetric::{eigenvalues, greatest_angle, leading_directions, log_determinant_and_solution};
