//! How does a conversation read as the text that the model was trained on?

use super::vocabulary::Vocabulary;
use crate::backend::wording::Message;
use minijinja::{Environment, ErrorKind, Value, context};
use verosim_core::ModelError;

/// The conversation up to where the answer begins, by the model's own template. A model without one gets the messages
/// as paragraphs. Texts of special tokens in messages lose their meaning.
pub(super) fn conversation(
    template: Option<&str>,
    messages: &[Message],
    vocabulary: &Vocabulary,
) -> Result<String, ModelError> {
    let messages: Vec<Message> = messages
        .iter()
        .map(|message| Message { role: message.role, content: vocabulary.harmless(&message.content) })
        .collect();
    let Some(template) = template else {
        let said: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
        return Ok(format!("{}\n\n", said.join("\n\n")));
    };
    // Some templates know no standing instructions: those are then said with the request.
    render(template, &messages, vocabulary).or_else(|_| {
        let said: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
        let one = Message { role: "user", content: said.join("\n\n") };
        render(template, &[one], vocabulary)
    })
}

fn render(template: &str, messages: &[Message], vocabulary: &Vocabulary) -> Result<String, ModelError> {
    let mut jinja = Environment::new();
    jinja.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    jinja.set_trim_blocks(true);
    jinja.set_lstrip_blocks(true);
    jinja.add_function("raise_exception", |_: String| -> Result<Value, minijinja::Error> {
        Err(minijinja::Error::new(ErrorKind::InvalidOperation, "the template refuses the conversation"))
    });
    // Equal seeds give equal runs: the clock stays out of prompts.
    jinja.add_function("strftime_now", |_: String| "01 Jan 2026");
    let (begin, end) = vocabulary.frame();
    jinja
        .render_str(
            template,
            context! {
                messages => messages,
                add_generation_prompt => true,
                bos_token => vocabulary.name(begin),
                eos_token => vocabulary.name(end),
            },
        )
        .map_err(|_| ModelError::Unusable { why: "its chat template does not render".into() })
}
