//! How does a part of verosim ask a language model, wherever that model runs?

use crate::{Cleared, Context, Contract, Hint, Interrupted};
use serde::{Deserialize, Serialize};

/// Where a model runs; decides what it may see unasked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub enum Place {
    /// In this process: nothing leaves it.
    Process,
    /// A server on this machine.
    Loopback {
        /// Host and port.
        host: String,
    },
    /// A server elsewhere.
    Remote {
        /// Host and port.
        host: String,
    },
}

impl Place {
    /// Host and port, or `this process`.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            Self::Process => "this process",
            Self::Loopback { host } | Self::Remote { host } => host,
        }
    }
}

/// A text generator. Calls may take minutes and fail; everything else about it is ordinary.
pub trait LanguageModel: Send + Sync {
    /// Name for manifests and ledgers, such as `llama-3.1-8b` or `mock`.
    fn name(&self) -> String;

    /// Where it runs.
    fn place(&self) -> Place;

    /// Answers all requests, in their order; a failure concerns its own request only. Backends that can, work on
    /// several at once.
    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>>;

    /// Answers one request.
    ///
    /// # Errors
    /// [`ModelError`]; never quotes the prompt or the reply.
    fn complete(&self, request: &Request, ctx: Context<'_>) -> Result<Reply, ModelError> {
        let mut replies = self.complete_all(std::slice::from_ref(request), ctx);
        replies.pop().unwrap_or(Err(ModelError::BadReply { why: "no reply".into() }))
    }
}

/// One question to a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// What it is told.
    pub prompt: Cleared,
    /// What its reply must look like.
    pub contract: Contract,
    /// As a conversation, or as a text to go on with.
    pub mode: Mode,
    /// Sampling temperature; 0 takes the likeliest token.
    pub temperature: f64,
    /// Share of probability that sampling draws from, in `(0, 1]`.
    pub top_p: f64,
    /// Most tokens of each reply.
    pub max_tokens: u32,
    /// Texts at which a reply ends.
    pub stop: Vec<String>,
    /// Seed of sampling; equal requests with different seeds are different questions.
    pub seed: u64,
    /// Replies wanted, from 1.
    pub n: u32,
}

impl Request {
    /// An empty question as a conversation, with one answer of at most 1,024 tokens drawn at temperature 1.
    #[must_use]
    pub fn plain(seed: u64) -> Self {
        Self {
            prompt: Cleared::default(),
            contract: Contract::Text,
            mode: Mode::Chat,
            temperature: 1.0,
            top_p: 1.0,
            max_tokens: 1_024,
            stop: Vec::new(),
            seed,
            n: 1,
        }
    }
}

/// How a model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Messages of a conversation.
    Chat,
    /// A text that the model goes on with.
    Completion,
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// As many as asked for, or fewer.
    pub choices: Vec<Choice>,
    /// Tokens.
    pub usage: Usage,
    /// Wall seconds from question to answer.
    pub seconds: f64,
    /// How much of the contract the backend enforced.
    pub enforced: Enforced,
    /// Probability that a mask took from each drawn token, on average, in `[0, 1]`: how far, in total variation, masking
    /// moved the model's own law. `None` where nothing was masked, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<f64>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The text.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// Sum of the natural logarithms of its tokens' probabilities, where the backend tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprob: Option<f64>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// The model was done.
    Stop,
    /// At the limit of tokens: the end is missing.
    Length,
    /// The provider withheld it.
    Refused,
    /// The connection was lost; the text so far is kept.
    Broken,
}

/// How much of a contract was enforced while a reply was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforced {
    /// Nothing: the prompt only asks for it.
    Nothing,
    /// JSON, but not which.
    Json,
    /// The schema, as far as the server honours it.
    Schema,
    /// Every token was masked by the grammar in this process.
    Grammar,
}

/// Tokens of an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Of the prompt, cached ones included.
    pub input: u64,
    /// Of the prompt and read from a cache.
    pub cached: u64,
    /// Of all replies, reasoning included.
    pub output: u64,
    /// Of reasoning that is not shown.
    pub reasoning: u64,
    /// Who counted.
    pub source: UsageSource,
}

/// Who counted tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsageSource {
    /// The provider said so.
    Provider,
    /// The model's own tokenizer.
    Tokenizer,
    /// A quarter of the characters.
    #[default]
    Estimate,
}

/// Why a question got no answer. Names hosts, statuses and counts; never a prompt or a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Nobody answers there.
    #[error("no answer from {host}: {why}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What failed: `connection refused`.
        why: String,
    },
    /// It took too long.
    #[error("{host} took longer than {seconds} s")]
    TimedOut {
        /// Host and port.
        host: String,
        /// Limit.
        seconds: u64,
    },
    /// The server said no.
    #[error("{host} answered with status {status}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Status {
        /// Host and port.
        host: String,
        /// HTTP status.
        status: u16,
        /// The server's own error code, when it is a plain word.
        code: Option<String>,
    },
    /// The answer does not read.
    #[error("the answer does not read: {why}")]
    BadReply {
        /// What is wrong with it.
        why: String,
    },
    /// A recording has no answer to this question.
    #[error("the recording has no answer to this request (number {number})")]
    NotRecorded {
        /// Which request of the replay, from 1.
        number: usize,
    },
    /// Nothing is called so.
    #[error("`{name}` names no language model")]
    Unknown {
        /// As written.
        name: String,
    },
    /// This build lacks the part that is needed.
    #[error("this build cannot use `{name}`: it was made without the feature `{feature}`")]
    NotBuilt {
        /// As written.
        name: String,
        /// Feature of the build.
        feature: &'static str,
    },
    /// A model file does not read or is not supported.
    #[error("the model cannot be used: {why}")]
    Unusable {
        /// Why.
        why: String,
    },
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for ModelError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } => "start the server, or name another one with `--model`".into(),
            Self::TimedOut { .. } => {
                "raise `--request-timeout`, or ask for less with `--set rows_per_reply=N`".into()
            }
            Self::Status { status: 401 | 403, .. } => {
                "put the key of the service into the environment variable VEROSIM_API_KEY".into()
            }
            Self::Status { status: 404, .. } => {
                "name the model after the address, as in `--model http://localhost:8080/v1#NAME`".into()
            }
            Self::Status { status: 429, .. } => {
                "wait and repeat with `--resume`, or lower `--concurrency` or `--per-minute`".into()
            }
            Self::Status { .. } => "repeat with `--resume` once the server is well".into(),
            Self::BadReply { .. } => "check that the address is an OpenAI-compatible server".into(),
            Self::NotRecorded { .. } => {
                "replay with the seed, rows and settings of the recorded run; its recipe.toml has them".into()
            }
            Self::Unusable { .. } => {
                "bring a GGUF file, or a folder with config.json, model.safetensors and tokenizer.json".into()
            }
            Self::Unknown { .. } => {
                "write an address (`http://localhost:8080/v1#NAME`), a model file, `replay:FILE` or `mock:`"
                    .into()
            }
            Self::NotBuilt { .. } => "use the released program, which has it".into(),
            Self::Interrupted(_) => "repeat the command with `--resume`".into(),
        })
    }
}
