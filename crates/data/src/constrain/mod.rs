//! What may a synthetic cell hold, and how is that known? Which rows may there be?
//!
//! The same answer serves to tell a generator, to refuse what it gives, and to score it. Nothing here is an observed
//! extreme or a level of few people.

mod allowance;
mod bounds;
pub mod clinical;
mod condition;
mod rules;

pub use allowance::{Allowance, Allowed, Known, allowances};
pub use bounds::Range;
pub use condition::{Condition, ConditionError};
pub use rules::{Broken, Rule, RuleError, RuleText, Rules, Severity};
