//! Which words and signs is a condition made of?

use super::{ConditionError, Operator};

#[derive(Clone, Debug, PartialEq)]
pub(in crate::constrain) enum Token {
    Word(String),
    Quoted(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
}

/// Splits a condition into words and signs, each with its position from 1.
pub(in crate::constrain) fn scan(text: &str) -> Result<Vec<(usize, Token)>, ConditionError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let start = at;
        let letter = letters[at];
        at += 1;
        let token = match letter {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' | '"' | '`' => {
                let end = (at..letters.len()).find(|&i| letters[i] == letter);
                let end = end.ok_or(ConditionError::Syntax { at: start + 1, wanted: "a closing quote" })?;
                let word = letters[at..end].iter().collect();
                at = end + 1;
                Token::Quoted(word)
            }
            '=' | '!' | '<' | '>' => {
                let next = letters.get(at).copied();
                let (operator, width) = match (letter, next) {
                    ('=', Some('=')) => (Operator::Equal, 1),
                    ('=', _) => (Operator::Equal, 0),
                    ('!', Some('=')) | ('<', Some('>')) => (Operator::Unequal, 1),
                    ('<', Some('=')) => (Operator::AtMost, 1),
                    ('>', Some('=')) => (Operator::AtLeast, 1),
                    ('<', _) => (Operator::Less, 0),
                    ('>', _) => (Operator::Greater, 0),
                    _ => {
                        return Err(ConditionError::Syntax {
                            at: start + 1,
                            wanted: "`=`, `!=`, `<`, `<=`, `>` or `>=`",
                        });
                    }
                };
                at += width;
                Token::Operator(operator)
            }
            _ => {
                let stops = |c: char| c.is_whitespace() || "()=!<>,'\"`".contains(c);
                let end = (at..letters.len()).find(|&i| stops(letters[i])).unwrap_or(letters.len());
                at = end;
                Token::Word(letters[start..end].iter().collect())
            }
        };
        tokens.push((start + 1, token));
    }
    Ok(tokens)
}
