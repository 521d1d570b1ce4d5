//! What do a model's tokens stand for, and which of them end a reply?

use llguidance::ParserFactory;
use serde_json::Value;
use std::sync::Arc;
use tokenizers::Tokenizer;
use toktrie::{TokEnv, TokRxInfo, TokTrie, TokenizerEnv};
use verosim_core::ModelError;

/// A tokenizer, and the tree of its tokens' bytes that masks are computed on.
pub(super) struct Vocabulary {
    tokenizer: Arc<Tokenizer>,
    trie: TokTrie,
    grammars: ParserFactory,
    ends: Vec<u32>,
    /// First token of every prompt, where the model wants one.
    begin: Option<u32>,
}

/// Tokens that end a reply in the formats of common models; only what the vocabulary marks as special counts.
const ENDS: [&str; 8] = [
    "</s>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<eos>",
];

impl Vocabulary {
    /// A vocabulary from the text of a `tokenizer.json`. `size` is the number of logits; `begin` and `ends` are the
    /// tokens that the model's own files name, the first of `ends` being its usual one.
    pub(super) fn new(
        json: &str,
        size: usize,
        begin: Option<u32>,
        mut ends: Vec<u32>,
    ) -> Result<Self, ModelError> {
        let unusable = |why: String| ModelError::Unusable { why };
        let mut tokenizer: Tokenizer =
            json.parse().map_err(|_| unusable("its tokenizer does not read".into()))?;
        tokenizer.with_padding(None);
        let _ = tokenizer.with_truncation(None);
        // What the tokenizer writes of itself is complete, whatever its file left out.
        let written =
            tokenizer.to_string(false).map_err(|_| unusable("its tokenizer does not read".into()))?;
        let written: Value = serde_json::from_str(&written).unwrap_or_default();
        let mut bytes = llguidance::token_bytes_from_tokenizer_json(&written).map_err(|_| {
            unusable("its tokens do not stand for bytes: neither byte-level nor with byte fallback".into())
        })?;
        if bytes.len() > size {
            let why = format!("its tokenizer has {} tokens, its weights {size}", bytes.len());
            return Err(unusable(why));
        }
        bytes.resize(size, Vec::new());
        let special = |name: &&str| {
            let id = tokenizer.token_to_id(name)?;
            tokenizer.get_added_tokens_decoder().get(&id).is_some_and(|token| token.special).then_some(id)
        };
        ends.extend(ENDS.iter().filter_map(special));
        ends.retain(|&end| (end as usize) < size);
        let mut seen = std::collections::BTreeSet::new();
        ends.retain(|&end| seen.insert(end));
        let Some(&end) = ends.first() else {
            return Err(unusable("nothing says which token ends a reply".into()));
        };
        let trie = TokTrie::from(&TokRxInfo::new(size as u32, end), &bytes).with_eos_tokens(&ends);
        let tokenizer = Arc::new(tokenizer);
        let within = unprefixed(written).and_then(|json| json.to_string().parse().ok());
        let within = within.map_or_else(|| Arc::clone(&tokenizer), Arc::new);
        let env: TokEnv = Arc::new(Bytes { trie: trie.clone(), tokenizer: within });
        let mut grammars = ParserFactory::new_simple(&env).map_err(|error| unusable(error.to_string()))?;
        grammars.quiet();
        Ok(Self { tokenizer, trie, grammars, ends, begin })
    }

    /// Tokens of a prompt. Names of special tokens in it count as such.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(text, false);
        let encoding =
            encoding.map_err(|_| ModelError::Unusable { why: "its tokenizer refuses the prompt".into() })?;
        let mut tokens = encoding.get_ids().to_vec();
        if let Some(begin) = self.begin
            && tokens.first() != Some(&begin)
        {
            tokens.insert(0, begin);
        }
        Ok(tokens)
    }

    /// The text without names of special tokens: a cell that holds one must not steer the model.
    pub(super) fn harmless(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for token in self.tokenizer.get_added_tokens_decoder().values().filter(|token| token.special) {
            let Some(first) = token.content.chars().next() else { continue };
            if text.contains(&token.content) {
                let (head, rest) = token.content.split_at(first.len_utf8());
                text = text.replace(&token.content, &format!("{head} {rest}"));
            }
        }
        text
    }

    /// What a token is called, as templates write it.
    pub(super) fn name(&self, token: Option<u32>) -> String {
        token.and_then(|token| self.tokenizer.id_to_token(token)).unwrap_or_default()
    }

    /// The token that prompts begin with, and the usual one that ends replies.
    pub(super) fn frame(&self) -> (Option<u32>, Option<u32>) {
        (self.begin, self.ends.first().copied())
    }

    /// The bytes of tokens; special ones have none.
    pub(super) fn bytes(&self, tokens: &[u32]) -> Vec<u8> {
        self.trie.decode(tokens)
    }

    /// Whether a token ends the reply.
    pub(super) fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Where masks come from.
    pub(super) fn grammars(&self) -> &ParserFactory {
        &self.grammars
    }
}

/// The tokenizer without the space that it puts before a text, if it does: what a grammar forces goes on within one.
fn unprefixed(mut json: Value) -> Option<Value> {
    let is_prefix = |step: &Value| step["type"] == "Prepend";
    let normalizer = &mut json["normalizer"];
    if is_prefix(normalizer) {
        *normalizer = Value::Null;
        return Some(json);
    }
    let steps = normalizer.get_mut("normalizers")?.as_array_mut()?;
    let before = steps.len();
    steps.retain(|step| !is_prefix(step));
    (steps.len() < before).then_some(json)
}

/// The tokenizer as the grammar engine wants it.
struct Bytes {
    trie: TokTrie,
    tokenizer: Arc<Tokenizer>,
}

impl TokenizerEnv for Bytes {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        let tokens = self.trie.tokenize_with_greedy_fallback(bytes, |text| {
            let encoding = self.tokenizer.encode_fast(text, false);
            encoding.map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
        });
        // A tokenizer may change what it reads (letters it does not know, spaces); a grammar needs these very bytes.
        if self.trie.decode(&tokens) == bytes { tokens } else { self.trie.greedy_tokenize(bytes) }
    }
}
