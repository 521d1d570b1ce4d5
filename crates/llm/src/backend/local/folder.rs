//! What does a folder with `config.json`, `*.safetensors` and `tokenizer.json` hold?

use super::source::{Source, unusable};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use candle_transformers::models::llama::{Cache, Llama, LlamaConfig, LlamaEosToks};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use verosim_core::ModelError;

/// Most tokens of context that are laid out, whatever the model could do: positions take memory.
const LONGEST: usize = 32_768;

/// Opens a folder as Hugging Face's libraries write it: all of it is read.
pub(super) fn open(folder: &Path) -> Result<Source, ModelError> {
    let config = read(&folder.join("config.json"))?;
    let family = config["model_type"].as_str().unwrap_or_default();
    if !["llama", "mistral"].contains(&family) {
        let why = format!("its architecture is `{family}`; `llama` and `mistral` are what runs here");
        return Err(unusable(why));
    }
    let mut settings: LlamaConfig = serde_json::from_value(config)
        .map_err(|_| unusable("its config.json lacks numbers that a llama has"))?;
    settings.max_position_embeddings = settings.max_position_embeddings.min(LONGEST);
    let context = settings.max_position_embeddings;
    let size = settings.vocab_size;
    let mut ends = match &settings.eos_token_id {
        Some(LlamaEosToks::Single(end)) => vec![*end],
        Some(LlamaEosToks::Multiple(ends)) => ends.clone(),
        None => Vec::new(),
    };
    let begin = settings.bos_token_id;
    let about = read(&folder.join("tokenizer_config.json")).unwrap_or_default();
    let json = std::fs::read_to_string(folder.join("tokenizer.json"))
        .map_err(|_| unusable("the folder has no tokenizer.json"))?;
    if let Ok(tokenizer) = json.parse::<tokenizers::Tokenizer>() {
        let named = about["eos_token"].as_str().or(about["eos_token"]["content"].as_str());
        ends.extend(named.and_then(|name| tokenizer.token_to_id(name)));
    }
    let begins = about["add_bos_token"].as_bool().unwrap_or(true);
    let vocabulary = Vocabulary::new(&json, size, begin.filter(|_| begins), ends)?;
    let template = about["chat_template"].as_str().map(str::to_owned);
    let template = template.or_else(|| std::fs::read_to_string(folder.join("chat_template.jinja")).ok());
    let settings = settings.into_config(false);
    let weights = tensors(folder)?;
    let unread = |_| unusable("its weights do not fit its config.json");
    // Loading a block panics where a tensor is missing; each is looked up first.
    for layer in 0..settings.num_hidden_layers {
        for name in LAYER {
            let name = format!("model.layers.{layer}.{name}.weight");
            if !weights.contains_key(&name) {
                return Err(unusable(format!("its weights lack `{name}`")));
            }
        }
    }
    let weights = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
    let model = Llama::load(weights, &settings).map_err(unread)?;
    let cache = Cache::new(true, DType::F32, &settings, &Device::Cpu).map_err(unread)?;
    Ok(Source { weights: Weights::Plain(Box::new((model, cache))), vocabulary, template, context })
}

const LAYER: [&str; 9] = [
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
    "input_layernorm",
    "post_attention_layernorm",
];

/// All tensors of all `*.safetensors` files of the folder, as numbers of 32 bits.
fn tensors(folder: &Path) -> Result<HashMap<String, candle_core::Tensor>, ModelError> {
    let entries = std::fs::read_dir(folder).map_err(|error| unusable(error.kind().to_string()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "safetensors"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(unusable("the folder has no .safetensors file"));
    }
    let mut all = HashMap::new();
    for file in files {
        let read = candle_core::safetensors::load(&file, &Device::Cpu)
            .map_err(|_| unusable("a .safetensors file does not read"))?;
        for (name, tensor) in read.into_iter().collect::<BTreeMap<_, _>>() {
            let tensor = tensor.to_dtype(DType::F32);
            let tensor = tensor.map_err(|_| unusable("a tensor is of a kind that does not read"))?;
            all.insert(name, tensor);
        }
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Value, ModelError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).map_err(|_| unusable(format!("the folder has no {name}")))?;
    serde_json::from_str(&text).map_err(|_| unusable(format!("its {name} does not read")))
}
