//! How is a card shown to people?

mod canaries;
mod chart;
mod contest;
mod exchange;
mod html;
mod json;
mod markdown;
mod membership;
mod probe;
mod rules;
mod words;

pub use html::html;
pub use json::{CardError, card_from_json, json};
pub use markdown::markdown;
pub use probe::{probe_html, probe_markdown, probe_verdicts};
