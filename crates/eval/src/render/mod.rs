//! How is a card shown to people?

use crate::Card;

/// One self-contained HTML page.
#[must_use]
pub fn html(_card: &Card) -> String {
    unimplemented!()
}

/// The same in Markdown.
#[must_use]
pub fn markdown(_card: &Card) -> String {
    unimplemented!()
}

/// The card as JSON.
#[must_use]
pub fn json(_card: &Card) -> String {
    unimplemented!()
}

/// Why a card was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card does not read: {why}")]
pub struct CardError {
    why: String,
}

/// Reads a card back.
///
/// # Errors
/// [`CardError`].
pub fn card_from_json(_text: &str) -> Result<Card, CardError> {
    unimplemented!()
}
