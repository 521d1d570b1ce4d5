//! How does a language model become an engine: what is it told, what is taken from its replies, and what did it cost?
//!
//! The only crate that opens outbound sockets, and only behind its feature `http`. Knows no metric and no other engine.

pub mod accept;
pub mod backend;
pub mod card;
pub mod codec;
pub mod harvest;
pub mod ledger;
pub mod preset;
pub mod probe;
pub mod prompt;
pub mod schema;
