//! Which joint law of several discrete variables fits tables of counts of a few of them at a time?
//!
//! A graphical model over a junction tree: variables are axes with a number of states, and a table of shares belongs to
//! each clique. What an axis stands for is the caller's business.

mod draw;
mod fit;
mod joint;
mod places;
#[cfg(test)]
mod tests;
mod tree;

pub use fit::{Measured, Progress, fit};
pub use joint::Joint;
pub use places::places;
pub use tree::{Clique, JunctionTree, cells_of};
