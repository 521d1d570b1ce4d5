//! How good are synthetic lives of patients, judged beside those of people nobody learned from?
//!
//! The twin of the judge of tables: the same questions, cards and reports, asked of timelines
//! ([`verosim_timeline::Events`]) in memory. All figures are resampled by patient.

mod counts;
mod endpoint;
mod features;
mod floor;
mod gates;
mod grams;
mod history;
mod judge;
mod likeness;
mod lives;
mod membership;
mod metric;
pub mod metrics;
mod pictures;
mod series;
mod task;
#[cfg(test)]
mod tests;
mod trio;
mod values;
mod vocabulary;
#[cfg(test)]
pub(crate) mod world;

pub use judge::{can_be_judged, judge_timelines};
pub use lives::{Life, Lives, Visit};
pub use metric::{LifeTrio, TimelineContext, TimelineFindings, TimelineMetric};
pub use metrics::TIMELINE_METRICS;
pub use trio::{CohortQuery, Declared, Endpoint, TimelineTrio, some_people};
pub use vocabulary::Vocabulary;
