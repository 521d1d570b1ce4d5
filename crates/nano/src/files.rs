//! In which files do servers expect a llama?

use crate::letters::{BEGIN, END, SIZE, TEMPLATE, pieces, tokenizer};
use crate::llama::{EPSILON, Nano, ROPE};
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Error, Result, Tensor};
use serde_json::json;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

impl Nano {
    /// Writes the model as a GGUF file: matrices in blocks of 8 bits when `quantised`, else as numbers of 32 bits.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write_gguf(&self, path: &Path, quantised: bool) -> Result<()> {
        let mut tensors = Vec::new();
        for (name, weight) in &self.weights {
            let name = gguf_name(name);
            let weight = match name.as_str() {
                // GGUF keeps pairs of a rotation side by side; here they are half a head apart.
                _ if name.ends_with("attn_q.weight") => self.side_by_side(weight, self.shape.heads)?,
                _ if name.ends_with("attn_k.weight") => self.side_by_side(weight, self.shape.shared_heads)?,
                _ => weight.as_tensor().clone(),
            };
            let kind = if quantised && weight.rank() == 2 { GgmlDType::Q8_0 } else { GgmlDType::F32 };
            tensors.push((name, QTensor::quantize(&weight, kind)?));
        }
        let metadata = self.metadata();
        let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(name, value)| (*name, value)).collect();
        let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, t)| (name.as_str(), t)).collect();
        let mut file = BufWriter::new(File::create(path)?);
        gguf_file::write(&mut file, &metadata, &tensors)
    }

    fn metadata(&self) -> Vec<(&'static str, Value)> {
        let shape = &self.shape;
        let whole = |number: usize| Value::U32(number as u32);
        let pieces = pieces();
        let texts = pieces.iter().map(|(piece, _)| Value::String(piece.clone())).collect();
        let kinds = pieces.iter().map(|(_, kind)| Value::I32(*kind)).collect();
        vec![
            ("general.architecture", Value::String("llama".into())),
            ("general.name", Value::String("nano".into())),
            ("llama.context_length", whole(shape.context)),
            ("llama.embedding_length", whole(shape.width)),
            ("llama.block_count", whole(shape.layers)),
            ("llama.feed_forward_length", whole(shape.inner)),
            ("llama.attention.head_count", whole(shape.heads)),
            ("llama.attention.head_count_kv", whole(shape.shared_heads)),
            ("llama.attention.layer_norm_rms_epsilon", Value::F32(EPSILON as f32)),
            ("llama.rope.dimension_count", whole(shape.head())),
            ("llama.rope.freq_base", Value::F32(ROPE)),
            ("llama.vocab_size", whole(SIZE)),
            ("tokenizer.ggml.model", Value::String("llama".into())),
            ("tokenizer.ggml.tokens", Value::Array(texts)),
            ("tokenizer.ggml.scores", Value::Array(vec![Value::F32(0.0); SIZE])),
            ("tokenizer.ggml.token_type", Value::Array(kinds)),
            ("tokenizer.ggml.bos_token_id", Value::U32(BEGIN)),
            ("tokenizer.ggml.eos_token_id", Value::U32(END)),
            ("tokenizer.ggml.unknown_token_id", Value::U32(0)),
            ("tokenizer.ggml.add_bos_token", Value::Bool(true)),
            ("tokenizer.ggml.add_eos_token", Value::Bool(false)),
            ("tokenizer.ggml.add_space_prefix", Value::Bool(false)),
            ("tokenizer.chat_template", Value::String(TEMPLATE.into())),
        ]
    }

    /// Rows of a head in the order 0, h/2, 1, h/2 + 1, …
    fn side_by_side(&self, weight: &Tensor, heads: usize) -> Result<Tensor> {
        let (out, of) = weight.dims2()?;
        let half = self.shape.head() / 2;
        weight.reshape((heads, 2, half, of))?.transpose(1, 2)?.contiguous()?.reshape((out, of))
    }

    /// Writes the model as a folder with `config.json`, `model.safetensors` and its tokenizer.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write_folder(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        let shape = &self.shape;
        let config = json!({
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float32",
            "hidden_size": shape.width, "intermediate_size": shape.inner, "vocab_size": SIZE,
            "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.shared_heads, "head_dim": shape.head(),
            "max_position_embeddings": shape.context, "rms_norm_eps": EPSILON, "rope_theta": ROPE,
            "hidden_act": "silu", "tie_word_embeddings": false, "attention_bias": false, "mlp_bias": false,
            "bos_token_id": BEGIN, "eos_token_id": END,
        });
        let tokens = json!({
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": shape.context,
            "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": true,
            "clean_up_tokenization_spaces": false, "chat_template": TEMPLATE,
        });
        for (name, content) in
            [("config.json", config), ("tokenizer_config.json", tokens), ("tokenizer.json", tokenizer())]
        {
            fs::write(folder.join(name), serde_json::to_vec(&content).map_err(Error::wrap)?)?;
        }
        let tensors: std::collections::HashMap<String, Tensor> =
            self.weights.iter().map(|(name, weight)| (name.clone(), weight.as_tensor().clone())).collect();
        candle_core::safetensors::save(&tensors, folder.join("model.safetensors"))
    }
}

/// What GGUF calls a weight of this name.
fn gguf_name(name: &str) -> String {
    [
        ("model.embed_tokens", "token_embd"),
        ("lm_head", "output"),
        ("model.norm", "output_norm"),
        ("model.layers", "blk"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
    ]
    .iter()
    .fold(name.to_owned(), |name, (theirs, ours)| name.replace(theirs, ours))
}
