//! How good is a synthetic table, judged beside a holdout?
//!
//! Works on anybody's three tables; knows no generator.

mod analysis;
mod attack;
mod between;
pub mod canary;
mod cap;
pub mod card;
pub mod changes;
mod classes;
mod clinical;
mod coded;
pub mod compat;
pub mod controls;
mod copying;
mod directions;
pub mod draws;
mod embedding;
mod features;
mod groups;
mod guessing;
mod identity;
mod jackknife;
pub mod judge;
mod kept;
pub mod lexicon;
mod membership;
pub mod metric;
pub mod metrics;
mod pairs;
mod panel;
mod placed;
pub mod policy;
mod predicate;
mod prognosis;
mod remedy;
pub mod render;
mod risk;
mod roles;
pub mod rules;
mod secret;
mod singling;
pub mod study;
pub mod timeline;
mod told;
pub mod trio;

pub use card::{Card, Entry, Status};
pub use judge::{JudgeError, JudgeSettings, judge};
pub use metric::{EvalContext, Findings, Metric, MetricError, NotApplicable, Pass};
pub use metrics::METRICS;
pub use timeline::{TIMELINE_METRICS, TimelineMetric, TimelineTrio};
pub use trio::{Prose, Trio, Whole};
