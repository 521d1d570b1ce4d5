//! Which kinds of missing does a column have, and which tokens stand for them?

use super::Token;

/// The tokens of the missing kinds seen in `missing` (0 is present; `i + 1` is marker `i`), by marker, and the token of
/// each marker.
///
/// A missing kind is a token however rare it is: it tells that a cell is empty, not what anybody has.
pub(super) fn missing_tokens(missing: &[u8]) -> (Vec<Token>, Vec<Option<u32>>) {
    let mut seen = [false; 256];
    for &code in missing {
        seen[usize::from(code)] = true;
    }
    let mut tokens = Vec::new();
    let mut token_of = vec![None; 255];
    for (marker, token) in token_of.iter_mut().enumerate() {
        if seen[marker + 1] {
            *token = Some(tokens.len() as u32);
            tokens.push(Token::Missing(marker as u8));
        }
    }
    (tokens, token_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_missing_is_its_own_token() {
        let (tokens, token_of) = missing_tokens(&[0, 3, 0, 1]);
        assert_eq!(tokens, [Token::Missing(0), Token::Missing(2)]);
        assert_eq!((token_of[0], token_of[1], token_of[2]), (Some(0), None, Some(1)));
    }
}
