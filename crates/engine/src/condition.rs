//! Which rows does a person ask for: `age >= 80 and sex = F`?

use verosim_core::{Hint, Kind, Schema, UnknownColumn, did_you_mean};
use verosim_data::frame::{Cells, parse};
use verosim_data::{RawColumn, RawTable, SourceType, Table};

/// A checked condition on rows.
///
/// Grammar: comparisons (`= != < <= > >=`), `in (a, b)`, `is missing`, `is not missing`, joined by `and`, `or`, `not`
/// and parentheses; `and` binds tighter than `or`. Names and values with spaces stand in quotes. A comparison with a
/// missing cell is false.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    node: Node,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Missing(String),
    Number {
        column: String,
        operator: Operator,
        value: f64,
    },
    /// Level columns: the texts that are accepted (or refused).
    OneOf {
        column: String,
        levels: Vec<String>,
        accept: bool,
    },
    /// Ordinal columns: place in the order compared.
    Order {
        column: String,
        operator: Operator,
        place: usize,
        order: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Why a condition was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// It does not parse.
    #[error("`--where` at character {at}: expected {wanted}")]
    Syntax {
        /// Position, from 1.
        at: usize,
        /// What should stand there.
        wanted: &'static str,
    },
    /// No such column.
    #[error(transparent)]
    Column(#[from] UnknownColumn),
    /// A value that the column cannot have.
    #[error("`--where`: `{found}` is not a value of column `{column}`, which holds {kind}")]
    Value {
        /// Column.
        column: String,
        /// As written by the person.
        found: String,
        /// Kind of the column.
        kind: &'static str,
        /// The nearest level.
        nearest: Option<String>,
    },
    /// A comparison that the column does not allow.
    #[error("`--where`: column `{column}` holds {kind} and has no order")]
    NoOrder {
        /// Column.
        column: String,
        /// Kind of the column.
        kind: &'static str,
    },
}

impl Hint for ConditionError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { .. } => "write `age >= 80 and sex = F`; quote texts with spaces".into(),
            Self::Column(error) => return error.hint(),
            Self::Value { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Value { .. } => "`verosim profile` shows what columns hold".into(),
            Self::NoOrder { .. } => "use `=`, `!=` or `in (...)`".into(),
        })
    }
}

impl Condition {
    /// Reads `text` against the columns of `schema`; `sample` is any table of the model, whose levels are known.
    ///
    /// # Errors
    /// [`ConditionError`] with the position, or with the nearest column or level.
    pub fn parse(text: &str, schema: &Schema, sample: &Table) -> Result<Self, ConditionError> {
        let tokens = scan(text)?;
        let mut reader = Reader { tokens: &tokens, at: 0, end: text.chars().count() + 1, schema, sample };
        let node = reader.any()?;
        if reader.at < tokens.len() {
            return Err(reader.expected("`and`, `or` or the end"));
        }
        Ok(Self { node })
    }

    /// Whether each row of `table` meets the condition.
    #[must_use]
    pub fn mask(&self, table: &Table) -> Vec<bool> {
        mask(&self.node, table)
    }
}

fn mask(node: &Node, table: &Table) -> Vec<bool> {
    let n = table.n_rows();
    let column = |name: &str| table.column(name);
    let fold = |nodes: &[Node], start: bool, join: fn(bool, bool) -> bool| {
        nodes.iter().fold(vec![start; n], |mut met, node| {
            met.iter_mut().zip(mask(node, table)).for_each(|(met, more)| *met = join(*met, more));
            met
        })
    };
    let levels = |name: &str, accept: &dyn Fn(&str) -> bool| {
        let Some((codes, levels)) = column(name).and_then(|column| column.levels()) else {
            return vec![false; n];
        };
        let accepted: Vec<bool> = levels.iter().map(|level| accept(level)).collect();
        codes.iter().map(|&code| accepted.get(code as usize).copied().unwrap_or(false)).collect()
    };
    match node {
        Node::All(nodes) => fold(nodes, true, |a, b| a && b),
        Node::Any(nodes) => fold(nodes, false, |a, b| a || b),
        Node::Not(node) => mask(node, table).into_iter().map(|met| !met).collect(),
        Node::Missing(name) => {
            column(name).map_or(vec![false; n], |c| c.missing.iter().map(|&m| m != 0).collect())
        }
        Node::Number { column: name, operator, value } => match column(name).map(|column| &column.cells) {
            Some(Cells::Number(values)) => {
                values.iter().map(|cell| operator.holds(cell.partial_cmp(value))).collect()
            }
            _ => vec![false; n],
        },
        Node::OneOf { column, levels: wanted, accept } => {
            levels(column, &|level| wanted.iter().any(|want| want == level) == *accept)
        }
        Node::Order { column, operator, place, order } => levels(column, &|level| {
            operator.holds(order.iter().position(|o| o == level).map(|at| at.cmp(place)))
        }),
    }
}

impl Operator {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
}

fn scan(text: &str) -> Result<Vec<(usize, Token)>, ConditionError> {
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

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    end: usize,
    schema: &'a Schema,
    sample: &'a Table,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.all()?];
        while self.word("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, ConditionError> {
        let mut nodes = vec![self.one()?];
        while self.word("and") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, ConditionError> {
        // Each level of nesting is one call; ten thousand parentheses must not exhaust the stack.
        if self.at > MOST_TOKENS {
            return Err(self.expected("a shorter condition"));
        }
        if self.word("not") {
            return Ok(Node::Not(Box::new(self.one()?)));
        }
        if self.take(&Token::Open) {
            let node = self.any()?;
            return if self.take(&Token::Close) { Ok(node) } else { Err(self.expected("`)`")) };
        }
        let name = self.text("a column name")?;
        let column = self.schema.index_of(&name)?;
        if self.word("is") {
            let not = self.word("not");
            if !self.word("missing") {
                return Err(self.expected("`missing`"));
            }
            let node = Node::Missing(name);
            return Ok(if not { Node::Not(Box::new(node)) } else { node });
        }
        if self.word("in") {
            if !self.take(&Token::Open) {
                return Err(self.expected("`(`"));
            }
            let mut nodes = Vec::new();
            loop {
                let value = self.text("a value")?;
                nodes.push(self.compare(column, Operator::Equal, &value)?);
                if self.take(&Token::Close) {
                    return Ok(Node::Any(nodes));
                }
                if !self.take(&Token::Comma) {
                    return Err(self.expected("`,` or `)`"));
                }
            }
        }
        let Some((_, Token::Operator(operator))) = self.tokens.get(self.at) else {
            return Err(self.expected("a comparison, `in` or `is missing`"));
        };
        self.at += 1;
        let value = self.text("a value")?;
        self.compare(column, *operator, &value)
    }

    fn compare(&self, column: usize, operator: Operator, value: &str) -> Result<Node, ConditionError> {
        let schema = &self.schema.columns[column];
        let name = schema.name.clone();
        let kind = schema.kind.name();
        if schema.kind.is_numeric() {
            // Read like a cell of the column, so that dates and decimal commas are written as in the data.
            let mut raw = RawColumn::new(&name, SourceType::Text);
            raw.push(value);
            let one = Schema { columns: vec![schema.clone()], ..Schema::default() };
            let read = RawTable::new(vec![raw]).and_then(|raw| parse(&raw, &one).ok());
            let number = read
                .and_then(|table| table.columns()[0].numbers().map(|values| values[0]))
                .filter(|value| !value.is_nan())
                .or_else(|| {
                    value.parse().ok().filter(|v: &f64| {
                        v.is_finite() && matches!(schema.kind, Kind::Continuous | Kind::Count)
                    })
                });
            return match number {
                Some(value) => Ok(Node::Number { column: name, operator, value }),
                None => {
                    Err(ConditionError::Value { column: name, found: value.to_owned(), kind, nearest: None })
                }
            };
        }
        let levels = self
            .sample
            .column(&name)
            .and_then(|column| column.levels())
            .map_or(&[][..], |(_, levels)| levels);
        if !levels.iter().any(|level| level == value) {
            let nearest = did_you_mean(value, levels.iter().map(String::as_str)).map(str::to_owned);
            return Err(ConditionError::Value { column: name, found: value.to_owned(), kind, nearest });
        }
        match operator {
            Operator::Equal | Operator::Unequal => {
                let accept = operator == Operator::Equal;
                Ok(Node::OneOf { column: name, levels: vec![value.to_owned()], accept })
            }
            _ if schema.kind == Kind::Ordinal => {
                let order = if schema.order.is_empty() { levels.to_vec() } else { schema.order.clone() };
                let place = order.iter().position(|level| level == value).unwrap_or(0);
                Ok(Node::Order { column: name, operator, place, order })
            }
            _ => Err(ConditionError::NoOrder { column: name, kind }),
        }
    }

    fn word(&mut self, wanted: &str) -> bool {
        let here = matches!(self.tokens.get(self.at), Some((_, Token::Word(word))) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(here);
        here
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let here = self.tokens.get(self.at).is_some_and(|(_, token)| token == wanted);
        self.at += usize::from(here);
        here
    }

    fn text(&mut self, wanted: &'static str) -> Result<String, ConditionError> {
        match self.tokens.get(self.at) {
            Some((_, Token::Word(word) | Token::Quoted(word))) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.expected(wanted)),
        }
    }

    fn expected(&self, wanted: &'static str) -> ConditionError {
        ConditionError::Syntax { at: self.tokens.get(self.at).map_or(self.end, |(at, _)| *at), wanted }
    }
}

/// Longest condition, in words and signs.
const MOST_TOKENS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;
    use verosim_data::infer::{InferOptions, infer};

    fn clinic() -> (Schema, Table) {
        let raw = verosim_data::world::clinic(500, Seeded::new(1));
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).unwrap();
        (schema, table)
    }

    #[test]
    fn conditions_select_what_they_say() {
        let (schema, table) = clinic();
        let count = |text: &str| {
            let condition =
                Condition::parse(text, &schema, &table).unwrap_or_else(|error| panic!("{text}: {error}"));
            condition.mask(&table).into_iter().filter(|met| *met).count()
        };
        assert_eq!(count("sex = F") + count("sex = M"), 500);
        assert_eq!(count("age >= 60") + count("not age >= 60"), 500);
        assert_eq!(count("age >= 60 and sex = F or age < 60 and sex = F"), count("sex = F"));
        assert_eq!(count("sex in (F, M)"), 500);
        assert_eq!(count("ldl is missing") + count("ldl is not missing"), 500);
        assert_eq!(count("admission_date >= 1900-01-01"), 500);
        assert_eq!(count("(age >= 60 or age < 60) and 'sex' != \"F\""), count("sex = M"));
    }

    #[test]
    fn mistakes_are_placed_and_explained() {
        let (schema, table) = clinic();
        for (text, message, hint) in [
            ("age >=", "`--where` at character 7: expected a value", "write `age >= 80 and sex = F`"),
            ("aeg > 5", "there is no column `aeg`", "did you mean `age`?"),
            (
                "age > old",
                "`--where`: `old` is not a value of column `age`, which holds count",
                "`verosim profile`",
            ),
            (
                "smoking = nevr",
                "`--where`: `nevr` is not a value of column `smoking`",
                "did you mean `never`?",
            ),
            ("sex > F", "`--where`: column `sex` holds nominal and has no order", "use `=`"),
            ("(age > 5", "`--where` at character 9: expected `)`", "write"),
            ("age > 5 sex = F", "`--where` at character 9: expected `and`, `or` or the end", "write"),
        ] {
            let error = Condition::parse(text, &schema, &table).unwrap_err();
            assert!(error.to_string().starts_with(message), "{text}: {error}");
            assert!(error.hint().unwrap().starts_with(hint), "{text}: {:?}", error.hint());
        }
        assert!(Condition::parse(&"(".repeat(100_000), &schema, &table).is_err(), "no stack is exhausted");
    }
}
