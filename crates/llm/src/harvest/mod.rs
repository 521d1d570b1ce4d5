//! How are exactly as many rows as were asked for had from a model that may do anything?

mod desk;
mod gather;
mod question;
mod quota;
mod shortfall;

pub use desk::Desk;
pub use gather::{Gathered, Limits, Stopped, gather};
pub use question::{Asker, Need, Question};
pub use quota::Quota;
pub use shortfall::{Shortfall, Why};
