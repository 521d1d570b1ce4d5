//! How is an answer put together, streamed or whole, complete or broken off?

use serde_json::Value;
use std::collections::BTreeMap;
use verosim_core::{Choice, Finish, ModelError, Usage, UsageSource};

/// An answer as it comes in.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    choices: BTreeMap<u64, Part>,
    usage: Option<Usage>,
    /// Bytes of a stream that are not yet a whole line.
    rest: Vec<u8>,
    /// Whether the server said that it is done.
    done: bool,
    /// Whether anything was streamed.
    streamed: bool,
    /// An error that came inside a stream.
    pub(super) failed: Option<u16>,
}

#[derive(Debug, Default)]
struct Part {
    text: String,
    finish: Option<Finish>,
    logprob: Option<f64>,
}

impl Incoming {
    /// Takes the next bytes of an event stream.
    pub(super) fn stream(&mut self, bytes: &[u8]) {
        self.streamed = true;
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(&line);
        }
    }

    fn line(&mut self, line: &[u8]) {
        let Some(data) = line.trim_ascii().strip_prefix(b"data:") else { return };
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.done = true;
        } else if let Ok(value) = serde_json::from_slice::<Value>(data) {
            self.event(&value);
        }
    }

    /// Takes a whole answer.
    pub(super) fn whole(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| ModelError::BadReply { why: format!("no JSON (line {})", error.line()) })?;
        if !value["choices"].is_array() {
            return Err(ModelError::BadReply { why: "no `choices` in it".into() });
        }
        self.event(&value);
        self.done = true;
        Ok(())
    }

    fn event(&mut self, value: &Value) {
        if value.get("error").is_some_and(|error| !error.is_null()) {
            self.failed = Some(value["error"]["code"].as_u64().map_or(500, |code| code as u16));
        }
        for choice in value["choices"].as_array().into_iter().flatten() {
            let part = self.choices.entry(choice["index"].as_u64().unwrap_or(0)).or_default();
            let message = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
            part.text.push_str(&content(&message["content"]));
            part.text.push_str(choice["text"].as_str().unwrap_or_default());
            if message["refusal"].as_str().is_some_and(|text| !text.is_empty()) {
                part.finish = Some(Finish::Refused);
            }
            match choice["finish_reason"].as_str() {
                Some("length") => part.finish = Some(Finish::Length),
                Some("content_filter") => part.finish = Some(Finish::Refused),
                Some(_) if part.finish.is_none() => part.finish = Some(Finish::Stop),
                _ => {}
            }
            let of_chat = choice["logprobs"]["content"].as_array().into_iter().flatten();
            let of_text = choice["logprobs"]["token_logprobs"].as_array().into_iter().flatten();
            for logprob in
                of_chat.filter_map(|token| token["logprob"].as_f64()).chain(of_text.filter_map(Value::as_f64))
            {
                part.logprob = Some(part.logprob.unwrap_or(0.0) + logprob);
            }
        }
        if let Some(counted) = usage(&value["usage"]) {
            self.usage = Some(counted);
        }
    }

    /// Characters received so far.
    pub(super) fn chars(&self) -> usize {
        self.choices.values().map(|part| part.text.len()).sum()
    }

    /// Whether the answer came to its end.
    pub(super) fn is_done(&self) -> bool {
        self.done || !self.choices.is_empty() && self.choices.values().all(|part| part.finish.is_some())
    }

    /// Whether the server said that nothing more comes.
    pub(super) fn said_done(&self) -> bool {
        self.done
    }

    /// Whether the server said that nothing more comes without saying why an answer ends.
    pub(super) fn was_interrupted(&self) -> bool {
        self.done && self.streamed && self.choices.values().any(|part| part.finish.is_none())
    }

    /// Choices and tokens; parts without an end have `open`.
    pub(super) fn finish(mut self, open: Finish, prompt_chars: usize) -> (Vec<Choice>, Usage) {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.line(&rest);
        }
        let open = if self.was_interrupted() { Finish::Broken } else { open };
        let written = self.chars();
        let choices: Vec<Choice> = self
            .choices
            .into_values()
            .map(|part| Choice {
                text: part.text,
                finish: part.finish.unwrap_or(open),
                logprob: part.logprob,
            })
            .collect();
        let estimate = Usage {
            input: prompt_chars.div_ceil(4) as u64,
            output: written.div_ceil(4) as u64,
            source: UsageSource::Estimate,
            ..Usage::default()
        };
        (choices, self.usage.unwrap_or(estimate))
    }
}

/// Text, or the texts of parts.
fn content(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let input = value["prompt_tokens"].as_u64()?;
    Some(Usage {
        input,
        cached: value["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0).min(input),
        output: value["completion_tokens"].as_u64().unwrap_or(0),
        reasoning: value["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap_or(0),
        source: UsageSource::Provider,
    })
}
