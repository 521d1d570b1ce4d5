//! Do engines and metrics keep the promises that all of them make? Public, so that outside authors can ask too.

mod conditional;
mod engine;
mod metric;
mod tables;

pub use engine::check_engine;
pub use metric::check_metric;
