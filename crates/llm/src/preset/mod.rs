//! Which ways of asking a language model for patients are there?

mod ask;
mod brief;
mod cllm;
mod complete;
#[cfg(test)]
mod defects;
mod elicit;
mod epic;
mod fill;
#[cfg(test)]
mod filling;
mod great;
#[cfg(test)]
mod levers;
mod order;
mod registry;
mod row_prompter;
mod settle;
mod style;
#[cfg(test)]
mod tests;
mod zero;

pub use brief::Brief;
pub use elicit::{PriorAccount, PriorOfColumn, Sealed};
pub use fill::{Filled, Filler};
pub use registry::{DynPrompted, DynPrompter, ENGINES, PromptEngine};
