//! How does a run ask a language model: who is asked, what it may be told, what it may cost, what it brought?

mod account;
mod gate;
mod rows;

pub use account::exchange;
pub use gate::{LanguageOptions, Partner, partner, prices_from_toml};
pub use rows::{Rows, desk, rows};
