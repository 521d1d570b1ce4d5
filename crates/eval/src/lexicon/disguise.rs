//! What does a text say once its disguise is taken off?

/// Plain forms of what may be hidden in `text`: empty where nothing is.
///
/// Base64 and hexadecimal runs, percent signs, numbered entities, full-width, invisible and tag letters, letters turned by
/// thirteen and texts written backwards (the last two only where a word of interest stands in them).
pub(super) fn plain_forms(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let visible = visible(text);
    if visible != text {
        forms.push(visible);
    }
    for run in text.split(|letter: char| !is_base64(letter)).filter(|run| run.len() >= LEAST_RUN) {
        forms.extend(base64(run).and_then(readable));
        forms.extend(hexadecimal(run).and_then(readable));
    }
    if text.matches('%').count() >= LEAST_ESCAPES {
        forms.extend(readable(percent(text)));
    }
    if text.matches("&#").count() >= LEAST_ESCAPES {
        forms.push(entities(text));
    }
    let lower = text.to_lowercase();
    if ["vafgehpgvba", "cebzcg"].iter().any(|word| lower.contains(word)) {
        forms.push(lower.chars().map(turned).collect());
    }
    if ["noitcurtsni", "tpmorp"].iter().any(|word| lower.contains(word)) {
        forms.push(lower.chars().rev().collect());
    }
    forms
}

/// Shorter runs hide no order.
const LEAST_RUN: usize = 20;
/// Fewer escaped letters are punctuation.
const LEAST_ESCAPES: usize = 3;

/// Full-width and tag letters as plain ones, invisible letters left out.
fn visible(text: &str) -> String {
    text.chars()
        .filter_map(|letter| match letter as u32 {
            0x00ad | 0x200b..=0x200f | 0x2060..=0x2064 | 0xfeff => None,
            code @ 0xff01..=0xff5e => char::from_u32(code - 0xff01 + 0x21),
            code @ 0xe0020..=0xe007e => char::from_u32(code - 0xe0000),
            _ => Some(letter),
        })
        .collect()
}

fn is_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_')
}

/// Bytes of a run in either alphabet of RFC 4648, without padding.
fn base64(run: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(run.len()), 0_u32, 0);
    for letter in run.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn hexadecimal(run: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = run.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn percent(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let decoded = code.and_then(|code| std::str::from_utf8(code).ok()).and_then(hexadecimal);
        at += if decoded.is_some() { 3 } else { 1 };
        plain.extend(decoded.unwrap_or_else(|| vec![bytes[at - 1]]));
    }
    plain
}

/// Numbered entities (`&#105;`, `&#x69;`) as letters.
fn entities(text: &str) -> String {
    let mut pieces = text.split("&#");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let letter = piece.split_once(';').and_then(|(number, rest)| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            Some((char::from_u32(code)?, rest))
        });
        match letter {
            Some((letter, rest)) => {
                plain.push(letter);
                plain.push_str(rest);
            }
            None => plain.push_str(piece),
        }
    }
    plain
}

/// The letter thirteen places on.
fn turned(letter: char) -> char {
    match letter {
        'a'..='z' => char::from((letter as u8 - b'a' + 13) % 26 + b'a'),
        _ => letter,
    }
}

/// Bytes as text, unless they are noise.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(|letter| letter.is_control() && !letter.is_whitespace())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_decode_as_the_standard_says() {
        // Test vectors of RFC 4648, section 10, without padding.
        for (run, text) in [("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(base64(run).unwrap(), text.as_bytes());
        }
        assert_eq!(hexadecimal("666F6f").unwrap(), b"foo");
        assert_eq!(percent("a%20b%zz%"), b"a b%zz%");
        assert_eq!(entities("&#105;&#x69; &#no; &#1114112;"), "ii no; 1114112;");
    }

    #[test]
    fn long_numbers_and_names_hide_nothing() {
        for text in ["accession 00000000000000000000000000", "ZZZZZZZZZZZZZZZZZZZZZZZZ", "", "%", "&#"] {
            assert!(plain_forms(text).iter().all(|form| !form.contains("instruction")), "{text}");
        }
    }
}
