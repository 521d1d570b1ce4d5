//! How do two clouds of points lie to each other in Euclidean space, over numbers and levels at once?
//!
//! All functions that take groups of rows give their answer once without each group and once with all rows, so that an
//! interval costs one pass.

mod balls;
mod cloud;
mod clusters;
mod moments;
mod nearest;
mod project;
mod sums;
mod tile;

pub use balls::{Balls, balls};
pub use cloud::Cloud;
pub use clusters::Clusters;
pub use moments::{Moments, moments};
pub use nearest::{Near, nearest, nearest_others};
pub use sums::{PairSums, pair_sums};
