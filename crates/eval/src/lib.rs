//! How good is a synthetic table, judged beside a holdout?
//!
//! Works on anybody's three tables; knows no generator.

pub mod card;
pub mod metric;
pub mod trio;

pub use card::{Card, Entry, Status};
pub use metric::{EvalContext, Metric, MetricError, NotApplicable};
pub use trio::Trio;
