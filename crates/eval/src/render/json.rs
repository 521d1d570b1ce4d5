//! How is a card written down and read back?

use crate::Card;
use crate::card::CARD_VERSION;

/// The card as JSON, indented.
#[must_use]
pub fn json(card: &Card) -> String {
    let mut text = serde_json::to_string_pretty(card).expect("a card holds finite numbers and text only");
    text.push('\n');
    text
}

/// Why a card was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// Of another time.
    #[error("the card has version {found}; this build reads version {CARD_VERSION}")]
    Version {
        /// Version found.
        found: u64,
    },
    /// It does not read.
    #[error("the card does not read: {why}")]
    Damaged {
        /// What the reader says.
        why: String,
    },
}

/// Reads a card back.
///
/// # Errors
/// [`CardError`].
pub fn card_from_json(text: &str) -> Result<Card, CardError> {
    let damaged = |error: serde_json::Error| CardError::Damaged { why: error.to_string() };
    let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
    let found = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if found != u64::from(CARD_VERSION) {
        return Err(CardError::Version { found });
    }
    serde_json::from_str(text).map_err(damaged)
}
