//! How is a card shown to people?

mod canaries;
mod changes;
mod chart;
mod clinical;
mod compat;
mod contest;
mod controls;
mod disclosure;
mod draws;
mod equity;
mod exchange;
mod html;
mod inference;
mod json;
mod junit;
mod markdown;
mod membership;
mod policy;
mod prediction;
mod probe;
mod relations;
mod remedy;
mod rules;
mod study;
mod survival;
mod tidy;
mod time;
mod words;

pub use changes::{changes_html, changes_markdown};
pub use html::html;
pub use json::{CardError, card_from_json, json};
pub use junit::junit;
pub use markdown::markdown;
pub use probe::{probe_html, probe_markdown, probe_verdicts};
pub use study::{
    efficiency_html, efficiency_markdown, equity_html, equity_markdown, league_html, league_markdown,
};
pub use tidy::tidy;
