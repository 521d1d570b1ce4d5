//! Which tokens does a nano model have?
//!
//! Three special ones, the 256 bytes, and the visible letters of ASCII with the space, as SentencePiece vocabularies with
//! byte fallback have them. There are no merges: one letter, one token.

use serde_json::{Value, json};

/// First token of a text.
pub const BEGIN: u32 = 1;
/// Last token of a text.
pub const END: u32 = 2;
/// Number of tokens.
pub const SIZE: usize = FIRST_LETTER as usize + 95;

const FIRST_BYTE: u32 = 3;
const FIRST_LETTER: u32 = FIRST_BYTE + 256;
/// How SentencePiece writes a space.
const SPACE: &str = "\u{2581}";

/// The tokens of a text, without the first and last one.
#[must_use]
pub fn encode(text: &str) -> Vec<u32> {
    text.bytes()
        .map(|byte| match byte {
            b' '..=b'~' => FIRST_LETTER + u32::from(byte - b' '),
            _ => FIRST_BYTE + u32::from(byte),
        })
        .collect()
}

/// The text of tokens; special ones have none.
#[must_use]
pub fn decode(tokens: &[u32]) -> String {
    let bytes: Vec<u8> = tokens
        .iter()
        .filter_map(|&token| match token {
            FIRST_LETTER.. => Some(b' ' + (token - FIRST_LETTER) as u8),
            FIRST_BYTE.. => Some((token - FIRST_BYTE) as u8),
            _ => None,
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Each token's text, with its kind in GGUF files: 2 unknown, 3 control, 6 byte, 1 any other.
pub(crate) fn pieces() -> Vec<(String, i32)> {
    let mut pieces = vec![("<unk>".to_owned(), 2), ("<s>".to_owned(), 3), ("</s>".to_owned(), 3)];
    pieces.extend((0..=255).map(|byte: u8| (format!("<0x{byte:02X}>"), 6)));
    pieces.push((SPACE.to_owned(), 1));
    pieces.extend((b'!'..=b'~').map(|byte| (char::from(byte).to_string(), 1)));
    pieces
}

/// How conversations are written.
pub(crate) const TEMPLATE: &str = "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }}\n\
                                   {% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}";

/// The vocabulary as a `tokenizer.json`.
pub(crate) fn tokenizer() -> Value {
    let pieces = pieces();
    let vocabulary: serde_json::Map<String, Value> =
        pieces.iter().enumerate().map(|(id, (piece, _))| (piece.clone(), json!(id))).collect();
    let added: Vec<Value> = (0..3)
        .map(|id| {
            json!({
                "id": id, "content": pieces[id].0, "special": true, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        })
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": { "type": "Replace", "pattern": { "String": " " }, "content": SPACE },
        "pre_tokenizer": null, "post_processor": null,
        "decoder": { "type": "Sequence", "decoders": [
            { "type": "Replace", "pattern": { "String": SPACE }, "content": " " },
            { "type": "ByteFallback" },
            { "type": "Fuse" },
        ]},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
            "vocab": vocabulary, "merges": [],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_tokens_are_the_pieces() {
        let text = "age is 63,\n\"é\"";
        let tokens = encode(text);
        assert_eq!(decode(&tokens), text);
        let pieces = pieces();
        assert_eq!((pieces.len(), SIZE), (354, 354));
        assert_eq!(pieces[tokens[0] as usize].0, "a");
        assert_eq!(pieces[encode(" ")[0] as usize].0, SPACE);
        assert_eq!(pieces[encode("\n")[0] as usize].0, "<0x0A>");
        assert_eq!(pieces[encode("~")[0] as usize].0, "~");
    }
}
