//! How long until an event when some leave before it, and does one group fare better?

mod concordance;
mod curve;
mod log_rank;

pub use concordance::concordance;
pub use curve::{Apart, KaplanMeier, Mean, apart};
pub use log_rank::log_rank;
