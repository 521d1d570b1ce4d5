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
