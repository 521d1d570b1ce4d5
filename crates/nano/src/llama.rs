//! How is a llama computed with differentiable operations?
//!
//! Touvron et al. 2023: RMS norms, rotary positions, grouped-query attention, gated feed-forward layers. The same weights
//! run in every server that knows the architecture.

use candle_core::{D, DType, Device, Result, Tensor, Var};
use std::collections::BTreeMap;

/// Sizes of a llama.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Width of embeddings.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; divides `heads`.
    pub shared_heads: usize,
    /// Width of the feed-forward layers.
    pub inner: usize,
    /// Most tokens of a text.
    pub context: usize,
}

impl Shape {
    /// 64 wide, two layers: a tenth of a million weights.
    pub const SMALL: Self =
        Self { width: 64, layers: 2, heads: 4, shared_heads: 2, inner: 128, context: 4_096 };

    pub(crate) fn head(&self) -> usize {
        self.width / self.heads
    }
}

pub(crate) const EPSILON: f64 = 1e-5;
pub(crate) const ROPE: f32 = 10_000.0;

/// A llama with its weights, named as Hugging Face's files name them, each of shape `(out, in)`.
pub struct Nano {
    pub(crate) shape: Shape,
    pub(crate) weights: BTreeMap<String, Var>,
}

impl Nano {
    /// Weights drawn from a normal law with standard deviation `1 / √in`; equal seeds give equal weights.
    ///
    /// # Errors
    /// Those of candle, which reads and writes nothing here.
    pub fn random(shape: Shape, seed: u64) -> Result<Self> {
        let mut normal = Normal(seed);
        let mut weights = BTreeMap::new();
        let kv = shape.head() * shape.shared_heads;
        let mut put = |name: String, out: usize, of: usize| -> Result<()> {
            let scale = 1.0 / (of as f64).sqrt();
            let values: Vec<f32> = (0..out * of).map(|_| (normal.next() * scale) as f32).collect();
            weights.insert(name, Var::from_tensor(&Tensor::from_vec(values, (out, of), &Device::Cpu)?)?);
            Ok(())
        };
        put("model.embed_tokens.weight".into(), crate::SIZE, shape.width)?;
        put("lm_head.weight".into(), crate::SIZE, shape.width)?;
        for layer in 0..shape.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            put(name("self_attn.q_proj"), shape.width, shape.width)?;
            put(name("self_attn.k_proj"), kv, shape.width)?;
            put(name("self_attn.v_proj"), kv, shape.width)?;
            put(name("self_attn.o_proj"), shape.width, shape.width)?;
            put(name("mlp.gate_proj"), shape.inner, shape.width)?;
            put(name("mlp.up_proj"), shape.inner, shape.width)?;
            put(name("mlp.down_proj"), shape.width, shape.inner)?;
        }
        let norms = (0..shape.layers)
            .flat_map(|layer| {
                ["input_layernorm", "post_attention_layernorm"]
                    .map(|part| format!("model.layers.{layer}.{part}.weight"))
            })
            .chain(["model.norm.weight".to_owned()]);
        for name in norms {
            weights.insert(name, Var::ones(shape.width, DType::F32, &Device::Cpu)?);
        }
        Ok(Self { shape, weights })
    }

    fn weight(&self, name: &str) -> &Tensor {
        self.weights[name].as_tensor()
    }

    /// Logits of the next token at each place of `tokens`, of shape `(texts, places)`: `(texts, places, SIZE)`.
    ///
    /// # Errors
    /// Those of candle, for tokens that do not exist.
    pub fn logits(&self, tokens: &Tensor) -> Result<Tensor> {
        let (texts, places) = tokens.dims2()?;
        let shape = &self.shape;
        let head = shape.head();
        let (cos, sin) = rotations(places, head)?;
        let future = future(places)?;
        let mut x = self
            .weight("model.embed_tokens.weight")
            .index_select(&tokens.flatten_all()?, 0)?
            .reshape((texts, places, shape.width))?;
        for layer in 0..shape.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            let linear = |x: &Tensor, part: &str| linear(x, self.weight(&name(part)));
            let normed = rms_norm(&x, self.weight(&name("input_layernorm")))?;
            let split = |x: Tensor, heads: usize| {
                x.reshape((texts, places, heads, head))?.transpose(1, 2)?.contiguous()
            };
            let q = rotate(&split(linear(&normed, "self_attn.q_proj")?, shape.heads)?, &cos, &sin)?;
            let k = rotate(&split(linear(&normed, "self_attn.k_proj")?, shape.shared_heads)?, &cos, &sin)?;
            let v = split(linear(&normed, "self_attn.v_proj")?, shape.shared_heads)?;
            let (k, v) = (self.shared(&k)?, self.shared(&v)?);
            let scores = (q.matmul(&k.transpose(2, 3)?.contiguous()?)? / (head as f64).sqrt())?;
            let attention = candle_nn::ops::softmax(&scores.broadcast_add(&future)?, D::Minus1)?;
            let seen = attention.matmul(&v)?.transpose(1, 2)?.reshape((texts, places, shape.width))?;
            x = (x + linear(&seen, "self_attn.o_proj")?)?;
            let normed = rms_norm(&x, self.weight(&name("post_attention_layernorm")))?;
            let gate = linear(&normed, "mlp.gate_proj")?.silu()?;
            x = (x + linear(&(gate * linear(&normed, "mlp.up_proj")?)?, "mlp.down_proj")?)?;
        }
        linear(&rms_norm(&x, self.weight("model.norm.weight"))?, self.weight("lm_head.weight"))
    }

    /// Repeats the heads of keys or values for the queries that share them.
    fn shared(&self, x: &Tensor) -> Result<Tensor> {
        let (texts, heads, places, head) = x.dims4()?;
        let times = self.shape.heads / self.shape.shared_heads;
        x.unsqueeze(2)?
            .expand((texts, heads, times, places, head))?
            .reshape((texts, heads * times, places, head))?
            .contiguous()
    }
}

fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.broadcast_matmul(&weight.t()?)
}

fn rms_norm(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let scale = (x.sqr()?.mean_keepdim(D::Minus1)? + EPSILON)?.sqrt()?;
    x.broadcast_div(&scale)?.broadcast_mul(weight)
}

/// Cosines and sines of the rotary positions, `(places, head)` each: the halves of a head turn together.
fn rotations(places: usize, head: usize) -> Result<(Tensor, Tensor)> {
    let angle =
        |place: usize, at: usize| place as f32 / ROPE.powf(2.0 * (at % (head / 2)) as f32 / head as f32);
    let of = |f: fn(f32) -> f32| {
        let values: Vec<f32> =
            (0..places).flat_map(|place| (0..head).map(move |at| f(angle(place, at)))).collect();
        Tensor::from_vec(values, (places, head), &Device::Cpu)
    };
    Ok((of(f32::cos)?, of(f32::sin)?))
}

fn rotate(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    let half = x.dim(D::Minus1)? / 2;
    let (first, second) = (x.narrow(D::Minus1, 0, half)?, x.narrow(D::Minus1, half, half)?);
    let turned = Tensor::cat(&[&second.neg()?, &first], D::Minus1)?;
    x.broadcast_mul(cos)? + turned.broadcast_mul(sin)?
}

/// 0 where a place may look, -∞ where it must not: at what comes after it.
fn future(places: usize) -> Result<Tensor> {
    let values: Vec<f32> = (0..places)
        .flat_map(|from| (0..places).map(move |to| if to > from { f32::NEG_INFINITY } else { 0.0 }))
        .collect();
    Tensor::from_vec(values, (places, places), &Device::Cpu)
}

/// Standard normal numbers: sums of twelve uniform ones from SplitMix64.
struct Normal(u64);

impl Normal {
    fn next(&mut self) -> f64 {
        (0..12).map(|_| uniform(&mut self.0)).sum::<f64>() - 6.0
    }
}

/// The next uniform number in `[0, 1)` (SplitMix64, Steele et al. 2014).
pub(crate) fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
