//! How good is a synthetic table, judged beside a holdout?
//!
//! Works on anybody's three tables; knows no generator.

mod analysis;
mod attack;
pub mod canary;
pub mod card;
mod coded;
mod copying;
mod features;
mod jackknife;
pub mod judge;
pub mod lexicon;
pub mod metric;
pub mod metrics;
mod panel;
pub mod render;
pub mod rules;
pub mod trio;

pub use card::{Card, Entry, Status};
pub use judge::{JudgeError, JudgeSettings, judge};
pub use metric::{EvalContext, Findings, Metric, MetricError, NotApplicable, Pass};
pub use metrics::METRICS;
pub use trio::{Prose, Trio, Whole};
