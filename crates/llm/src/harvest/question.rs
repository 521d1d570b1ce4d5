//! What is asked of a model in one request, and how is its reply to be read?

use crate::accept::Record;
use crate::card::Card;
use std::sync::Arc;
use verosim_core::{Mode, Prompt, RowContract, Seeded};
use verosim_data::constrain::Rules;

/// A request for rows, before anybody cleared it.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the model is told.
    pub prompt: Prompt,
    /// What it must answer.
    pub contract: RowContract,
    /// Column of the card of each column of the contract.
    pub order: Vec<usize>,
    /// As a conversation, or as a text to go on with.
    pub mode: Mode,
    /// Sampling temperature.
    pub temperature: f64,
    /// Share of probability to draw from.
    pub top_p: f64,
    /// Most tokens of the reply.
    pub max_tokens: u32,
    /// How the reply begins, when the prompt ends in the middle of a row.
    pub prefix: String,
    /// Real rows that the prompt shows: none of them is taken as an answer.
    pub shown: Arc<Vec<Record>>,
}

/// What is still wanted.
#[derive(Clone, Debug)]
pub struct Need {
    /// Rows.
    pub rows: usize,
    /// Rows by level of the column that has quotas; empty when there are none.
    pub by_level: Vec<usize>,
}

/// Asks for rows.
pub trait Asker: Sync {
    /// The columns as the model sees them.
    fn card(&self) -> &Card;

    /// Column of the card whose levels have quotas, and their shares.
    fn shares(&self) -> Option<(usize, Vec<f64>)>;

    /// Rows that one reply may hold.
    fn rows_per_reply(&self) -> usize;

    /// Whether the table is so rich that equal rows are no chance.
    fn is_rich(&self) -> bool;

    /// What no row may be.
    fn rules(&self) -> &Rules;

    /// Question number `number`; a function of its arguments.
    fn question(&self, number: u64, need: &Need, seed: Seeded) -> Question;
}
