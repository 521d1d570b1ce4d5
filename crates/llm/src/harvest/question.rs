//! What is asked of a model in one request, and how is its reply to be read?

use crate::accept::Record;
use crate::card::Card;
use verosim_core::{Mode, Prompt, RowContract, Seeded};
use verosim_data::constrain::Rules;

/// A request for rows, before anybody cleared it.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the model is told.
    pub prompt: Prompt,
    /// What it must answer.
    pub contract: RowContract,
    /// Column of the card of each column of the contract. With several candidates for a record, the contract has one
    /// column more, the last: how likely each is.
    pub order: Vec<usize>,
    /// Candidates for each record, which stand together in the reply; one of them is drawn. 1 where each is a record.
    pub candidates: usize,
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
}

impl Question {
    /// Column of the card whose given value row `row` of the reply does not hold, if there is one.
    #[must_use]
    pub fn ignored(&self, card: &Card, row: usize, record: &Record) -> Option<usize> {
        let given = self.contract.given.get(row)?;
        let texts = record.texts(card, &self.order);
        let other =
            given.iter().find(|(at, text)| texts.get(*at).is_none_or(|own| own.as_ref() != Some(text)));
        other.and_then(|(at, _)| self.order.get(*at).copied())
    }
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

    /// Records that one reply may hold, not counting further candidates for them.
    fn rows_per_reply(&self) -> usize;

    /// Whether the table is so rich that equal rows are no chance.
    fn is_rich(&self) -> bool;

    /// What no row may be.
    fn rules(&self) -> &Rules;

    /// Real rows that prompts may show: none of them is taken as an answer, whichever prompt showed it.
    fn pool(&self) -> &[Record];

    /// Whether real rows differ even roughly, so that a model that writes one kind of row has collapsed.
    fn is_varied(&self) -> bool;

    /// Question number `number`; a function of its arguments.
    fn question(&self, number: u64, need: &Need, seed: Seeded) -> Question;
}
