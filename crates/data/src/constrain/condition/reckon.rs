//! How do signs become numbers that are reckoned: `abs(bmi - weight / (height * height)) <= 1`?

use super::read::Reader;
use super::scan::Token;
use super::term::Term;
use super::{ConditionError, Node};
use verosim_core::{Kind, Schema};

/// Signs between numbers; they stand between spaces, because names and dates hold them too.
const SIGNS: [&str; 4] = ["+", "-", "*", "/"];
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Takes words such as `height*height` apart where they are no column and every part is a column or a number.
pub(super) fn split_signs(tokens: Vec<(usize, Token)>, schema: &Schema) -> Vec<(usize, Token)> {
    let is_column = |name: &str| schema.index_of(name).is_ok();
    let mut split = Vec::with_capacity(tokens.len());
    for (at, token) in tokens {
        let Token::Word(word) = &token else {
            split.push((at, token));
            continue;
        };
        let parts = parts(word);
        let is_number = |part: &str| part.parse::<f64>().is_ok();
        let is_sum = parts.len() > 1
            && !is_column(word)
            && parts.iter().any(|(_, part)| is_column(part))
            && parts.iter().all(|(_, part)| SIGNS.contains(part) || is_column(part) || is_number(part));
        if is_sum {
            split.extend(parts.iter().map(|(offset, part)| (at + offset, Token::Word((*part).to_owned()))));
        } else {
            split.push((at, token));
        }
    }
    split
}

/// The pieces of a word between its signs and the signs, each with its place in letters.
fn parts(word: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = (0, 0);
    for (letters, (bytes, letter)) in word.char_indices().enumerate() {
        if SIGNS.iter().any(|sign| sign.starts_with(letter)) {
            if bytes > start.1 {
                parts.push((start.0, &word[start.1..bytes]));
            }
            parts.push((letters, &word[bytes..=bytes]));
            start = (letters + 1, bytes + 1);
        }
    }
    if start.1 < word.len() {
        parts.push((start.0, &word[start.1..]));
    }
    parts
}

impl Reader<'_> {
    /// Whether a comparison of reckoned numbers stands here, and not one of a column with a value.
    pub(super) fn is_reckoned(&self) -> bool {
        let token = |ahead: usize| self.tokens.get(self.at + ahead).map(|(_, token)| token);
        let is_function = |ahead: usize| {
            matches!(token(ahead), Some(Token::Word(word)) if is_function(word))
                && token(ahead + 1) == Some(&Token::Open)
        };
        if is_function(0) {
            return true;
        }
        match (token(0), token(1)) {
            (Some(Token::Open), _) => {
                let after = self.behind_parenthesis();
                matches!(after, Some(Token::Operator(_))) || after.is_some_and(is_sign)
            }
            (Some(Token::Word(_) | Token::Quoted(_)), Some(next)) if is_sign(next) => true,
            (Some(Token::Word(_) | Token::Quoted(_)), Some(Token::Operator(_))) => {
                token(2) == Some(&Token::Open) || is_function(2) || token(3).is_some_and(is_sign)
            }
            _ => false,
        }
    }

    /// What stands behind the parenthesis that closes the one here.
    fn behind_parenthesis(&self) -> Option<&Token> {
        let mut open = 0_usize;
        for (at, (_, token)) in self.tokens.iter().enumerate().skip(self.at) {
            match token {
                Token::Open => open += 1,
                Token::Close => open -= 1,
                _ => {}
            }
            if open == 0 {
                return self.tokens.get(at + 1).map(|(_, token)| token);
            }
        }
        None
    }

    pub(super) fn reckoned(&mut self) -> Result<Node, ConditionError> {
        let left = self.sum()?;
        let operator = self.operator("a comparison")?;
        Ok(Node::Terms { left, operator, right: self.sum()? })
    }

    fn sum(&mut self) -> Result<Term, ConditionError> {
        let mut term = self.product()?;
        while let Some(sign) = self.sign(["+", "-"]) {
            let (left, right) = (Box::new(term), Box::new(self.product()?));
            term = if sign == "+" { Term::Sum(left, right) } else { Term::Difference(left, right) };
        }
        Ok(term)
    }

    fn product(&mut self) -> Result<Term, ConditionError> {
        let mut term = self.deeper(Self::factor)?;
        while let Some(sign) = self.sign(["*", "/"]) {
            let (left, right) = (Box::new(term), Box::new(self.deeper(Self::factor)?));
            term = if sign == "*" { Term::Product(left, right) } else { Term::Quotient(left, right) };
        }
        Ok(term)
    }

    fn factor(&mut self) -> Result<Term, ConditionError> {
        if self.is_call("number") {
            self.at += 2;
            let name = self.text("a column name")?;
            let column = &self.schema.columns[self.schema.index_of(&name)?];
            self.close()?;
            return if column.kind.is_numeric() { number(&name, column.kind) } else { Ok(Term::Band(name)) };
        }
        if self.is_call("abs") {
            self.at += 2;
            let term = self.sum()?;
            self.close()?;
            return Ok(Term::Absolute(Box::new(term)));
        }
        if self.take(&Token::Open) {
            let term = self.sum()?;
            self.close()?;
            return Ok(term);
        }
        let is_word = matches!(self.tokens.get(self.at), Some((_, Token::Word(_))));
        let name = self.text("a column, a number, `abs(...)` or `(`")?;
        let known = self.schema.index_of(&name);
        match (&known, name.parse::<f64>()) {
            (Err(_), Ok(value)) if is_word && value.is_finite() => Ok(Term::Constant(value)),
            _ => number(&name, self.schema.columns[known?].kind),
        }
    }

    fn close(&mut self) -> Result<(), ConditionError> {
        if self.take(&Token::Close) { Ok(()) } else { Err(self.expected("`)`")) }
    }

    fn sign(&mut self, wanted: [&'static str; 2]) -> Option<&'static str> {
        let Some((_, Token::Word(word))) = self.tokens.get(self.at) else { return None };
        let sign = wanted.into_iter().find(|sign| sign == word)?;
        self.at += 1;
        Some(sign)
    }
}

fn is_function(word: &str) -> bool {
    ["abs", "number"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn is_sign(token: &Token) -> bool {
    matches!(token, Token::Word(word) if SIGNS.contains(&word.as_str()))
}

/// A column as a number: times and lengths of time in days.
fn number(name: &str, kind: Kind) -> Result<Term, ConditionError> {
    let scale = match kind {
        Kind::Datetime | Kind::Duration => 1.0 / DAY,
        kind if kind.is_numeric() => 1.0,
        _ => return Err(ConditionError::NoNumber { column: name.to_owned(), kind: kind.name() }),
    };
    Ok(Term::Column { column: name.to_owned(), scale })
}
