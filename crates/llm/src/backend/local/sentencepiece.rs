//! Which tokenizer do the pieces and scores in a GGUF file describe?
//!
//! Llama 2, Mistral and Gemma store a SentencePiece vocabulary: pieces with scores, of which the pair with the best score
//! is joined first. The same is said here as a `tokenizer.json` with ranked merges.

use serde_json::{Value, json};
use std::collections::HashMap;

/// Kinds of pieces in GGUF files (`tokenizer.ggml.token_type`).
const CONTROL: u32 = 3;
const USER_DEFINED: u32 = 4;
const UNKNOWN: u32 = 2;
const BYTE: u32 = 6;
/// How SentencePiece writes a space.
const SPACE: &str = "\u{2581}";

/// A `tokenizer.json` for these pieces. `prefixed` tells whether a space is put before a text.
#[must_use]
pub(super) fn tokenizer_json(pieces: &[String], scores: &[f32], kinds: &[u32], prefixed: bool) -> String {
    let ids: HashMap<&str, usize> =
        pieces.iter().enumerate().map(|(id, piece)| (piece.as_str(), id)).collect();
    let kind = |id: usize| kinds.get(id).copied().unwrap_or(1);
    let mut merges: Vec<(f32, usize, &str, &str)> = Vec::new();
    for (id, piece) in pieces.iter().enumerate() {
        if matches!(kind(id), CONTROL | UNKNOWN | BYTE) {
            continue;
        }
        for (at, _) in piece.char_indices().skip(1) {
            let (left, right) = piece.split_at(at);
            if ids.contains_key(left) && ids.contains_key(right) {
                merges.push((scores.get(id).copied().unwrap_or(0.0), id, left, right));
            }
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let merges: Vec<Value> = merges.into_iter().map(|(_, _, left, right)| json!([left, right])).collect();
    let added: Vec<Value> = (0..pieces.len())
        .filter(|&id| matches!(kind(id), CONTROL | UNKNOWN | USER_DEFINED))
        .map(|id| {
            json!({
                "id": id, "content": pieces[id], "special": kind(id) != USER_DEFINED, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        })
        .collect();
    let vocabulary: serde_json::Map<String, Value> =
        pieces.iter().enumerate().map(|(id, piece)| (piece.clone(), json!(id))).collect();
    let unknown = (0..pieces.len()).find(|&id| kind(id) == UNKNOWN).map(|id| &pieces[id]);
    let mut normalizers = vec![json!({ "type": "Replace", "pattern": { "String": " " }, "content": SPACE })];
    if prefixed {
        normalizers.insert(0, json!({ "type": "Prepend", "prepend": SPACE }));
    }
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": { "type": "Sequence", "normalizers": normalizers },
        "pre_tokenizer": null,
        "post_processor": null,
        "decoder": { "type": "Sequence", "decoders": [
            { "type": "Replace", "pattern": { "String": SPACE }, "content": " " },
            { "type": "ByteFallback" },
            { "type": "Fuse" },
        ]},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
            "vocab": vocabulary, "merges": merges,
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenizers::Tokenizer;

    /// By hand: `ab` scores better than `bc`, so that `abc` splits as `ab c`; what no piece holds falls to bytes.
    #[test]
    fn pairs_with_better_scores_are_joined_first() {
        let mut pieces: Vec<String> = vec!["<unk>".into(), "<s>".into(), "</s>".into()];
        let mut kinds = vec![UNKNOWN, CONTROL, CONTROL];
        pieces.extend((0..256).map(|byte| format!("<0x{byte:02X}>")));
        kinds.extend([BYTE; 256]);
        let mut scores = vec![0.0; 259];
        for (piece, score) in
            [("a", -9.0), ("b", -9.0), ("c", -9.0), (SPACE, -9.0), ("ab", -1.0), ("bc", -2.0)]
        {
            pieces.push(piece.to_owned());
            scores.push(score);
            kinds.push(1);
        }
        let tokenizer: Tokenizer = tokenizer_json(&pieces, &scores, &kinds, true).parse().unwrap();
        let encode = |text: &str| tokenizer.encode(text, false).unwrap().get_tokens().to_vec();
        assert_eq!(encode("abc bc"), [SPACE, "ab", "c", SPACE, "bc"]);
        assert_eq!(encode("é"), [SPACE, "<0xC3>", "<0xA9>"]);
        assert_eq!(encode("a</s>")[2], "</s>");
        let ids = tokenizer.encode("abc é", false).unwrap().get_ids().to_vec();
        assert_eq!(tokenizer.decode(&ids, true).unwrap(), " abc é");
    }
}
