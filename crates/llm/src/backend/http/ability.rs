//! What can this server do, as far as its refusals have told?

use std::collections::BTreeSet;
use verosim_core::Enforced;

/// What is asked of a server: everything at first, less after each refusal.
#[derive(Clone, Debug, Default)]
pub(super) struct Ability {
    /// How a contract is put.
    pub(super) format: Format,
    /// Whether texts are only answered in conversation.
    pub(super) no_completions: bool,
    /// Parameters that were refused.
    pub(super) dropped: BTreeSet<&'static str>,
    /// Whether the limit of tokens goes by its newer name.
    pub(super) newer_limit: bool,
    /// Whether a request ends the answer to the one before it.
    pub(super) one_at_a_time: bool,
}

/// How a server is asked to keep to a JSON schema, strictest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// `json_schema`.
    #[default]
    Schema,
    /// `json_object` with the schema beside it, as llama.cpp takes it.
    ObjectWithSchema,
    /// `json_object`.
    Object,
    /// In words only.
    Words,
}

/// Parameters that some servers refuse and that can be left out.
const OPTIONAL: [&str; 7] = ["stream_options", "seed", "top_p", "temperature", "stop", "logprobs", "n"];

impl Format {
    pub(super) fn enforced(self) -> Enforced {
        match self {
            Self::Schema => Enforced::Schema,
            Self::ObjectWithSchema | Self::Object => Enforced::Json,
            Self::Words => Enforced::Nothing,
        }
    }

    fn weaker(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::ObjectWithSchema),
            Self::ObjectWithSchema => Some(Self::Object),
            Self::Object => Some(Self::Words),
            Self::Words => None,
        }
    }
}

impl Ability {
    /// Learns from a refusal; `false` when it says nothing that could be asked otherwise. `formatted` tells whether the
    /// refused request held a response format, `completions` whether it was a text to go on with.
    pub(super) fn learn(&mut self, status: u16, body: &str, formatted: bool, completions: bool) -> bool {
        if completions && matches!(status, 404 | 405 | 501) && !self.no_completions {
            self.no_completions = true;
            return true;
        }
        if !matches!(status, 400 | 422 | 500 | 501) {
            return false;
        }
        let body = body.to_lowercase();
        let about_format = ["response_format", "json_schema", "json_object", "grammar", "structured"];
        if formatted && about_format.iter().any(|word| body.contains(word)) {
            return self.format.weaker().is_some_and(|weaker| {
                self.format = weaker;
                true
            });
        }
        if body.contains("max_completion_tokens") && !self.newer_limit {
            self.newer_limit = true;
            return true;
        }
        let named = |name: &&&'static str| {
            ['\'', '"', '`', ' ', '.'].iter().any(|mark| body.contains(&format!("{mark}{name}")))
        };
        // Short names are words of any sentence: they count in quotes only.
        let named = |name: &&&'static str| {
            if name.len() > 4 {
                named(name)
            } else {
                body.contains(&format!("'{name}'")) || body.contains(&format!("\"{name}\""))
            }
        };
        match OPTIONAL.iter().find(named) {
            Some(name) => self.dropped.insert(name),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_learned_from_once() {
        let mut ability = Ability::default();
        let refusal =
            r#"{"error": {"message": "Input tag 'json_schema' found using 'type' does not match"}}"#;
        assert!(ability.learn(500, refusal, true, false));
        assert_eq!(ability.format, Format::ObjectWithSchema);
        assert!(ability.learn(400, "response_format is not supported", true, false));
        assert!(ability.learn(400, "response_format is not supported", true, false));
        assert_eq!(ability.format, Format::Words);
        assert!(!ability.learn(400, "response_format is not supported", true, false), "nothing weaker");
        assert!(ability.learn(400, "Unsupported parameter: 'seed'", false, false));
        assert!(!ability.learn(400, "Unsupported parameter: 'seed'", false, false), "dropped already");
        assert!(ability.learn(404, "", false, true) && ability.no_completions);
        assert!(!ability.learn(500, "out of memory", true, false), "not about what was asked");
        assert!(!ability.learn(400, "n must not be too long in this sentence", false, false));
    }
}
