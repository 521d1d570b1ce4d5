//! What does a GGUF file hold?

use super::sentencepiece::tokenizer_json;
use super::source::{Source, unusable};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use candle_core::Device;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::quantized::tokenizer::TokenizerFromGguf as _;
use candle_transformers::models::quantized_llama;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use tokenizers::Tokenizer;
use verosim_core::ModelError;

/// Tokens that the positions of the quantised models are laid out for.
const LONGEST: usize = quantized_llama::MAX_SEQ_LEN;

/// Opens a GGUF file: all of it is read, so that nothing is left to fail later.
pub(super) fn open(path: &Path) -> Result<Source, ModelError> {
    let file = File::open(path).map_err(|error| unusable(error.kind().to_string()))?;
    let mut reader = BufReader::new(file);
    let content = Content::read(&mut reader).map_err(|_| unusable("it is no GGUF file, or a cut one"))?;
    let family = text(&content, "general.architecture").unwrap_or_default();
    if family != "llama" {
        let why = format!(
            "its architecture is `{family}`; `llama` (Llama, Mistral and their kin) is what runs here"
        );
        return Err(unusable(why));
    }
    let context = number(&content, &format!("{family}.context_length")).map_or(LONGEST, |n| n as usize);
    let size = content
        .tensor_infos
        .get("token_embd.weight")
        .and_then(|tensor| tensor.shape.dims().first().copied())
        .ok_or_else(|| unusable("it has no token embeddings"))?;
    let vocabulary = vocabulary(&content, size)?;
    let template = text(&content, "tokenizer.chat_template");
    let model = quantized_llama::ModelWeights::from_gguf(content, &mut reader, &Device::Cpu)
        .map_err(|_| unusable("its weights do not read"))?;
    Ok(Source {
        weights: Weights::Quantised(Box::new(model)),
        vocabulary,
        template,
        context: context.min(LONGEST),
    })
}

fn vocabulary(content: &Content, size: usize) -> Result<Vocabulary, ModelError> {
    let kind = text(content, "tokenizer.ggml.model").unwrap_or_default();
    let pieced = match kind.as_str() {
        "gpt2" => false,
        "llama" => true,
        _ => {
            return Err(unusable(format!(
                "its tokenizer is `{kind}`; `gpt2` and `llama` are what is read here"
            )));
        }
    };
    let json = if pieced {
        let pieces: Vec<String> = list(content, "tokenizer.ggml.tokens", |v| v.to_string().ok().cloned());
        let scores: Vec<f32> = list(content, "tokenizer.ggml.scores", |v| v.to_f32().ok());
        let kinds: Vec<u32> = list(content, "tokenizer.ggml.token_type", whole);
        let prefixed = flag(content, "tokenizer.ggml.add_space_prefix").unwrap_or(true);
        tokenizer_json(&pieces, &scores, &kinds, prefixed)
    } else {
        let tokenizer = Tokenizer::from_gguf(content).map_err(|_| unusable("its tokenizer does not read"))?;
        tokenizer.to_string(false).map_err(|_| unusable("its tokenizer does not read"))?
    };
    let begin = number(content, "tokenizer.ggml.bos_token_id");
    let begin = begin.filter(|_| flag(content, "tokenizer.ggml.add_bos_token").unwrap_or(pieced));
    let ends = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];
    Vocabulary::new(&json, size, begin, ends.iter().filter_map(|name| number(content, name)).collect())
}

fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::I32(number) => u32::try_from(*number).ok(),
        _ => value.to_u64().ok().and_then(|number| u32::try_from(number).ok()),
    }
}

fn number(content: &Content, name: &str) -> Option<u32> {
    content.metadata.get(name).and_then(whole)
}

fn flag(content: &Content, name: &str) -> Option<bool> {
    content.metadata.get(name)?.to_bool().ok()
}

fn text(content: &Content, name: &str) -> Option<String> {
    content.metadata.get(name)?.to_string().ok().cloned()
}

fn list<T>(content: &Content, name: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let values = content.metadata.get(name).and_then(|value| value.to_vec().ok());
    values.into_iter().flatten().filter_map(read).collect()
}
