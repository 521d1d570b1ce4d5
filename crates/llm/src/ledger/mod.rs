//! What did the questions to a language model cost: tokens, money, seconds, energy?

mod energy;
mod entry;
mod price;

pub use energy::{Energy, remote_energy};
pub use entry::{Ledger, Spent};
pub use price::{Budget, BudgetLimit, Price, PriceList};
