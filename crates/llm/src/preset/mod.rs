//! Which ways of asking a language model for patients are there?

mod ask;
mod brief;
mod cllm;
mod elicit;
mod epic;
mod great;
mod order;
mod registry;
mod row_prompter;
mod style;
#[cfg(test)]
mod tests;
mod zero;

pub use brief::Brief;
pub use elicit::{PriorAccount, PriorOfColumn, Sealed};
pub use registry::{DynPrompted, DynPrompter, ENGINES, PromptEngine};
