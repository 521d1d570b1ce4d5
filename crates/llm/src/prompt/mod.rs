//! What does a prompt say, section by section, and what does each section tell about real people?
//!
//! The words are ours. Which sections a preset uses follows its paper: five for CLLM, the glossary and examples alone for
//! EPIC.

mod columns;
mod diversity;
mod reply;

pub use columns::{schema, statistics};
pub use diversity::{persona, push};
pub use reply::{conditioning, output_contract};

use std::fmt::Write as _;
use verosim_core::{PrivacyClass, Section, Speaker};
use verosim_data::constrain::Rules;

/// Who the model is to be.
#[must_use]
pub fn role() -> Section {
    public(
        "role",
        Speaker::System,
        "You write synthetic patient records for health research. Every record describes a plausible person who does \
         not exist.",
    )
}

/// What good records are.
#[must_use]
pub fn objective() -> Section {
    public(
        "objective",
        Speaker::System,
        "Write records as the process behind such data would bring them about: mind which columns cause which, how \
         values are distributed and how they depend on each other. The outcome must follow from the rest of the \
         record. Vary the records as much as real patients vary; do not round numbers more than measurements are \
         rounded.",
    )
}

/// What the user says about the data.
#[must_use]
pub fn domain_context(about: &str) -> Section {
    let text = format!("About the data: {}\nUse what is known of this field.", about.trim());
    Section::new("domain_context", Speaker::User, PrivacyClass::Public, text)
}

/// What no record may be, in words and exactly; `None` without rules. Names of columns and levels stand in it because a
/// person wrote them there.
#[must_use]
pub fn rules(rules: &Rules) -> Option<Section> {
    if rules.is_empty() {
        return None;
    }
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = String::from("Records that break one of these rules are refused:\n");
    for rule in rules.iter() {
        let _ = writeln!(text, "- {} ({})", one_line(&rule.text.words), one_line(&rule.text.exactly()));
    }
    Some(Section::new("rules", Speaker::User, PrivacyClass::Metadata, text.trim_end().to_owned()))
}

/// Real rows, written as a reply is to be written.
#[must_use]
pub fn examples(n: usize, rows: &str, bare: bool) -> Section {
    let text = if bare { rows.to_owned() } else { format!("Records of this kind:\n{rows}") };
    Section::rows("examples", n, text)
}

/// The end of the prompt: what sets the model going.
#[must_use]
pub fn trigger(text: &str, class: PrivacyClass) -> Section {
    Section::new("trigger", Speaker::User, class, text.to_owned())
}

/// The last sentence of a request in words.
pub const DO_NOT_REPEAT: &str = "Do not repeat records that you were shown. Write new, varied ones whose outcome is right \
                                 given the rest.";

/// The last sentence of a request for the rest of records that are known in part.
pub const COMPLETE: &str = "Write each record whole: the settled values exactly as they are, and for the others values that such \
                            a patient may well have.";

fn public(id: &'static str, speaker: Speaker, text: &str) -> Section {
    Section::new(id, speaker, PrivacyClass::Public, text.to_owned())
}
