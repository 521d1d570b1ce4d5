//! How is a condition on people read?

use super::{Fact, Node, Number, PersonCondition, Range, Wanted};
use verosim_core::{Hint, did_you_mean};

/// Why a condition on people was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// Something else was expected.
    #[error("at letter {at}: {wanted} is expected")]
    Expected {
        /// Position, counted from 1.
        at: usize,
        /// What.
        wanted: &'static str,
    },
    /// No such word.
    #[error("`{name}` is nothing that people have")]
    Unknown {
        /// As written.
        name: String,
        /// The nearest word.
        nearest: Option<String>,
    },
    /// A number that is none.
    #[error("at letter {at}: a number is expected")]
    Number {
        /// Position, counted from 1.
        at: usize,
    },
}

impl Hint for ConditionError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Unknown { .. } => format!("write one of {}", NAMES.join(", ")),
            Self::Expected { .. } | Self::Number { .. } => {
                "write it as in `sex = F and age in 60..80 and has(ICD10:E11)`".into()
            }
        })
    }
}

const NAMES: [&str; 11] = [
    "sex",
    "race",
    "ethnicity",
    "marital",
    "language",
    "insurance",
    "age",
    "events",
    "visits",
    "died",
    "has",
];

impl PersonCondition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`ConditionError`] with the place.
    ///
    /// # Example
    /// ```
    /// use verosim_timeline::PersonCondition;
    /// assert!(PersonCondition::parse("sex = F and not died").is_ok());
    /// assert!(PersonCondition::parse("sex = ").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let mut reader = Reader { tokens: tokens(text), at: 0, end: text.chars().count() + 1 };
        let node = reader.any()?;
        match reader.tokens.get(reader.at) {
            Some(token) => Err(ConditionError::Expected { at: token.at, wanted: "`and`, `or` or the end" }),
            None => Ok(Self(node)),
        }
    }
}

struct Token {
    at: usize,
    text: String,
    quoted: bool,
}

/// Words, signs and quoted texts; `has(…)` is one word of its name and a quoted text of what stands inside.
fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let from = at;
        let letter = letters[at];
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let quoted = matches!(letter, '"' | '\'');
        let text: String = if quoted {
            at += 1;
            while at < letters.len() && letters[at] != letter {
                at += 1;
            }
            at += 1;
            letters[from + 1..at.min(letters.len() + 1) - 1].iter().collect()
        } else if "=!<>".contains(letter) {
            while at < letters.len() && "=!<>".contains(letters[at]) {
                at += 1;
            }
            letters[from..at].iter().collect()
        } else if "(),".contains(letter) {
            at += 1;
            letter.to_string()
        } else {
            while at < letters.len() && !letters[at].is_whitespace() && !"=!<>(),".contains(letters[at]) {
                at += 1;
            }
            letters[from..at].iter().collect()
        };
        found.push(Token { at: from + 1, text, quoted });
    }
    found
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
}

impl Reader {
    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |token| token.at)
    }

    fn expected(&self, wanted: &'static str) -> ConditionError {
        ConditionError::Expected { at: self.place(), wanted }
    }

    /// Takes the next token if it is that word or sign.
    fn takes(&mut self, word: &str) -> bool {
        let there = self
            .tokens
            .get(self.at)
            .is_some_and(|token| !token.quoted && token.text.eq_ignore_ascii_case(word));
        self.at += usize::from(there);
        there
    }

    fn next(&mut self, wanted: &'static str) -> Result<&Token, ConditionError> {
        let error = self.expected(wanted);
        let token = self.tokens.get(self.at).ok_or(error)?;
        self.at += 1;
        Ok(token)
    }

    fn any(&mut self) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.all()?];
        while self.takes("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.one()?];
        while self.takes("and") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, ConditionError> {
        if self.takes("not") {
            return Ok(Node::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let node = self.any()?;
            return if self.takes(")") { Ok(node) } else { Err(self.expected("`)`")) };
        }
        let name = self.next("a condition")?.text.clone();
        match name.to_lowercase().as_str() {
            "died" => Ok(Node::Died),
            "has" => self.has(),
            "sex" => self.fact(Fact::Sex),
            "race" => self.fact(Fact::Race),
            "ethnicity" => self.fact(Fact::Ethnicity),
            "marital" => self.fact(Fact::Marital),
            "language" => self.fact(Fact::Language),
            "insurance" => self.fact(Fact::Insurance),
            "age" => self.number(Number::Age),
            "events" => self.number(Number::Events),
            "visits" => self.number(Number::Visits),
            _ => {
                Err(ConditionError::Unknown { nearest: did_you_mean(&name, NAMES).map(str::to_owned), name })
            }
        }
    }

    fn has(&mut self) -> Result<Node, ConditionError> {
        if !self.takes("(") {
            return Err(self.expected("`(`"));
        }
        let code = self.next("a code")?.text.clone();
        if !self.takes(")") {
            return Err(self.expected("`)`"));
        }
        Ok(Node::Has(match code.split_once(':') {
            Some((system, stem)) if !code.contains("//") => Wanted::Below {
                system: system.trim().to_ascii_uppercase(),
                stem: stem
                    .trim()
                    .chars()
                    .filter(|&letter| letter != '.')
                    .collect::<String>()
                    .to_ascii_uppercase(),
            },
            _ => Wanted::Whole(code),
        }))
    }

    fn fact(&mut self, fact: Fact) -> Result<Node, ConditionError> {
        if self.takes("in") {
            if !self.takes("(") {
                return Err(self.expected("`(`"));
            }
            let mut wanted = vec![self.next("a value")?.text.to_lowercase()];
            while self.takes(",") {
                wanted.push(self.next("a value")?.text.to_lowercase());
            }
            return if self.takes(")") { Ok(Node::Fact(fact, wanted)) } else { Err(self.expected("`)`")) };
        }
        let is = self.takes("=") || self.takes("==");
        if !is && !self.takes("!=") {
            return Err(self.expected("`=`, `!=` or `in`"));
        }
        let node = Node::Fact(fact, vec![self.next("a value")?.text.to_lowercase()]);
        Ok(if is { node } else { Node::Not(Box::new(node)) })
    }

    fn number(&mut self, number: Number) -> Result<Node, ConditionError> {
        if self.takes("in") {
            let at = self.place();
            let text = self.next("a range such as 60..80")?.text.clone();
            let ends =
                text.split_once("..").and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
            let Some((low, high)) = ends else { return Err(ConditionError::Number { at }) };
            return Ok(Node::Number(number, Range { low, high, closed: [true, true] }));
        }
        let sign = self.next("a comparison")?.text.clone();
        let at = self.place();
        let value: f64 = self.next("a number")?.text.parse().map_err(|_| ConditionError::Number { at })?;
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let range = |low, high, closed| Node::Number(number, Range { low, high, closed });
        Ok(match sign.as_str() {
            "=" | "==" => range(value, value, [true, true]),
            "!=" => Node::Not(Box::new(range(value, value, [true, true]))),
            "<" => range(low, value, [true, false]),
            "<=" => range(low, value, [true, true]),
            ">" => range(value, high, [false, true]),
            ">=" => range(value, high, [true, true]),
            _ => {
                self.at -= 2;
                return Err(self.expected("a comparison"));
            }
        })
    }
}
