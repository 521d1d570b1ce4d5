//! Which records of a model's replies become rows, and when is asking for more of them over?

mod check;
mod posterior;
mod reason;
mod tally;

pub use check::{Cell, Checked, Checker, Record};
pub use posterior::Acceptance;
pub use reason::Reason;
pub use tally::{GroupYield, Tally};
