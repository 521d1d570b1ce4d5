//! How does a prompt read to a model that converses, and to one that goes on with a text?

use serde::Serialize;
use verosim_core::{Cleared, Speaker};

/// A message of a conversation, as chat templates and servers know it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Message {
    /// `system` or `user`.
    pub(super) role: &'static str,
    /// What is said.
    pub(super) content: String,
}

/// Standing instructions, then the request; what is empty is left out.
pub(super) fn messages(prompt: &Cleared) -> Vec<Message> {
    [(Speaker::System, "system"), (Speaker::User, "user")]
        .into_iter()
        .map(|(speaker, role)| Message { role, content: prompt.text_of(speaker) })
        .filter(|message| !message.content.is_empty())
        .collect()
}

/// The sections in order, for a model that goes on with a text. A base model needs no standing instructions.
pub(super) fn continued(prompt: &Cleared) -> String {
    let said = prompt.text_of(Speaker::User);
    // A text that ends in the middle of a row goes on there; any other goes on in the next line.
    if said.ends_with(',') { format!("{said} ") } else { format!("{said}\n") }
}
