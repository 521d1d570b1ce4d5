//! How is a language model run in this process, so that nothing leaves it and every reply has the right shape?

#[cfg(test)]
mod bench;
mod folder;
mod generate;
mod gguf;
mod grammar;
mod prefill;
mod sampler;
mod sentencepiece;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod vocabulary;
mod weights;

use crate::backend::wording::{continued, messages};
use generate::{Generation, masking};
use llguidance::Matcher;
use prefill::Beginnings;
use rayon::prelude::*;
use sampler::Sampling;
use source::{Source, unusable};
use std::path::Path;
use std::time::Instant;
use verosim_core::{
    Context, Enforced, LanguageModel, Mode, ModelError, Place, Reply, Request, Seeded, Usage, UsageSource,
};

/// A model of the llama family from a GGUF file or a folder with safetensors, run on this machine's processors.
///
/// Replies are a function of the request alone: equal seeds give equal texts at any number of threads. Replies to
/// contracts are masked token by token, so that they meet them unless they are cut. Memory: the file, the embeddings as
/// 32-bit numbers, and `8 · layers · width · tokens` bytes for each reply in the making.
pub(super) struct LocalModel {
    name: String,
    source: Source,
    beginnings: Beginnings,
}

impl LocalModel {
    /// Reads a GGUF file, or a folder with `config.json`, `*.safetensors` and `tokenizer.json`.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] says what is missing or not supported.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = name.map_or_else(|| "local".into(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, source: Source::open(path)?, beginnings: Beginnings::default() })
    }

    fn answer(&self, request: &Request, ctx: Context<'_>) -> Result<Reply, ModelError> {
        let start = Instant::now();
        let Source { weights, vocabulary, template, context } = &self.source;
        let prompt = match request.mode {
            Mode::Chat => {
                template::conversation(template.as_deref(), &messages(&request.prompt), vocabulary)?
            }
            Mode::Completion => vocabulary.harmless(&continued(&request.prompt)),
        };
        let prompt = vocabulary.tokens(&prompt)?;
        if prompt.is_empty() {
            return Err(unusable("its tokenizer gives no token for the prompt"));
        }
        // A reply of one token is no reply.
        if prompt.len() + 1 >= *context {
            let why = format!("the prompt takes {} tokens, the model reads {context}", prompt.len());
            return Err(ModelError::BadReply { why });
        }
        let grammar = match grammar::grammar(&request.contract, request.mode) {
            Some(grammar) => {
                let matcher = Matcher::new(vocabulary.grammars().create_parser(grammar));
                if matcher.is_error() {
                    return Err(masking(()));
                }
                Some(matcher)
            }
            None => None,
        };
        let read = self.beginnings.read(weights, &prompt, ctx.stop)?;
        let generation = Generation {
            vocabulary,
            sampling: Sampling { temperature: request.temperature, top_p: request.top_p },
            stops: &request.stop,
            most: (request.max_tokens as usize).min(context - prompt.len()),
            stop: ctx.stop,
        };
        let seed = Seeded::new(request.seed).split("local");
        let mut choices = Vec::new();
        let (mut tokens, mut drawn, mut masked) = (0, 0, 0.0);
        for number in 0..u64::from(request.n.max(1)) {
            let reply = generation.run(
                read.model.clone(),
                read.logits.clone(),
                prompt.len(),
                grammar.as_ref().map(Matcher::deep_clone),
                seed.split_at(number),
            )?;
            choices.push(reply.choice);
            tokens += reply.tokens;
            drawn += reply.drawn;
            masked += reply.masked;
        }
        Ok(Reply {
            choices,
            usage: Usage {
                input: prompt.len() as u64,
                cached: read.remembered as u64,
                output: tokens as u64,
                source: UsageSource::Tokenizer,
                ..Usage::default()
            },
            seconds: start.elapsed().as_secs_f64(),
            enforced: if grammar.is_some() { Enforced::Grammar } else { Enforced::Nothing },
            masked: grammar.is_some().then(|| masked / drawn.max(1) as f64),
        })
    }
}

impl LanguageModel for LocalModel {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn place(&self) -> Place {
        Place::Process
    }

    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        requests
            .par_iter()
            .map(|request| {
                ctx.stop.check()?;
                self.answer(request, ctx)
            })
            .collect()
    }
}
