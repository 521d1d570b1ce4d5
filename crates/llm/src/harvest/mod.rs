//! How are exactly as many rows as were asked for had from a model that may do anything?

mod candidates;
mod desk;
mod gain;
mod gather;
mod question;
mod quota;
mod room;
mod shortfall;
#[cfg(test)]
mod tests;

pub use desk::Desk;
pub use gain::{Gain, is_varied, kind_of};
pub use gather::{Gathered, Limits, Stopped, gather};
pub(crate) use gather::{WAVE, is_hopeless, with_prefix};
pub use question::{Asker, Need, Question};
pub use quota::Quota;
pub use shortfall::{Shortfall, Why};
