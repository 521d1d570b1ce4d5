//! What may a synthetic cell hold, and how is that known?
//!
//! The same answer serves to tell a generator, to refuse what it gives, and to score it. Nothing here is an observed
//! extreme or a level of few people.

mod allowance;
mod bounds;

pub use allowance::{Allowance, Allowed, Known, allowances};
pub use bounds::Range;
