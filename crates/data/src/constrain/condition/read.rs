//! How do words and signs become a condition on columns that exist and levels that occur?

use super::reckon::split_signs;
use super::scan::{Token, scan};
use super::{ConditionError, Node, Operator, code};
use crate::frame::parse;
use crate::{RawColumn, RawTable, SourceType, Table};
use verosim_core::{CodeSystem, Kind, Schema, did_you_mean};

/// Reads a condition against the columns of `schema` and the levels of `sample`.
pub(super) fn read(text: &str, schema: &Schema, sample: &Table) -> Result<Node, ConditionError> {
    let tokens = split_signs(scan(text)?, schema);
    let mut reader =
        Reader { tokens: &tokens, at: 0, depth: 0, end: text.chars().count() + 1, schema, sample };
    let node = reader.any()?;
    if reader.at < tokens.len() {
        return Err(reader.expected("`and`, `or` or the end"));
    }
    Ok(node)
}

/// Deepest nesting of parentheses and `not`: each level is a call, and no text may exhaust the stack.
const DEEPEST: usize = 50;

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [(usize, Token)],
    pub(super) at: usize,
    depth: usize,
    end: usize,
    pub(super) schema: &'a Schema,
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
        self.deeper(Self::nested)
    }

    /// Reads what stands one level deeper, unless that is too deep.
    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ConditionError>,
    ) -> Result<T, ConditionError> {
        if self.depth > DEEPEST {
            return Err(self.expected("fewer parentheses in each other"));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn nested(&mut self) -> Result<Node, ConditionError> {
        if self.word("not") {
            return Ok(Node::Not(Box::new(self.one()?)));
        }
        if self.is_reckoned() {
            return self.reckoned();
        }
        if self.take(&Token::Open) {
            let node = self.any()?;
            return if self.take(&Token::Close) { Ok(node) } else { Err(self.expected("`)`")) };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Node, ConditionError> {
        if !self.is_call("any") {
            let name = self.text("a column name")?;
            let column = self.schema.index_of(&name)?;
            return self.predicate(column);
        }
        self.at += 2;
        let mut columns = Vec::new();
        loop {
            let name = self.text("a column name")?;
            columns.push(self.schema.index_of(&name)?);
            if self.take(&Token::Close) {
                break;
            }
            if !self.take(&Token::Comma) {
                return Err(self.expected("`,` or `)`"));
            }
        }
        let start = self.at;
        let each = columns.into_iter().map(|column| {
            self.at = start;
            self.predicate(column)
        });
        Ok(Node::Any(each.collect::<Result<_, _>>()?))
    }

    /// Whether the word stands here with an opening parenthesis behind it.
    pub(super) fn is_call(&self, name: &str) -> bool {
        matches!(
            self.tokens.get(self.at..self.at + 2),
            Some([(_, Token::Word(word)), (_, Token::Open)]) if word.eq_ignore_ascii_case(name)
        )
    }

    /// What is said of a column.
    fn predicate(&mut self, column: usize) -> Result<Node, ConditionError> {
        if self.word("is") {
            let not = self.word("not");
            if !self.word("missing") {
                return Err(self.expected("`missing`"));
            }
            let node = Node::Missing(self.schema.columns[column].name.clone());
            return Ok(if not { Node::Not(Box::new(node)) } else { node });
        }
        if self.word("in") {
            if let Some((_, Token::Word(word))) = self.tokens.get(self.at)
                && let Some(system) = code::system(word)
            {
                self.at += 1;
                return self.codes(column, system);
            }
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
        let operator = self.operator("a comparison, `in` or `is missing`")?;
        let value = self.text("a value")?;
        self.compare(column, operator, &value)
    }

    pub(super) fn operator(&mut self, wanted: &'static str) -> Result<Operator, ConditionError> {
        let Some((_, Token::Operator(operator))) = self.tokens.get(self.at) else {
            return Err(self.expected(wanted));
        };
        self.at += 1;
        Ok(*operator)
    }

    /// Ranges of codes: `630..679`, or several in parentheses.
    fn codes(&mut self, column: usize, system: CodeSystem) -> Result<Node, ConditionError> {
        let schema = &self.schema.columns[column];
        let column = schema.name.clone();
        if schema.kind.is_numeric() {
            return Err(ConditionError::NoCodes { column, kind: schema.kind.name() });
        }
        let is_list = self.take(&Token::Open);
        let mut ranges = Vec::new();
        loop {
            ranges.push(self.range(system)?);
            if !is_list || self.take(&Token::Close) {
                return Ok(Node::Codes { column, system, ranges });
            }
            if !self.take(&Token::Comma) {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    fn range(&mut self, system: CodeSystem) -> Result<[String; 2], ConditionError> {
        let start = self.at;
        let mut text = self.text("a code")?;
        // `"O00".."O9A"` and `O00 .. O9A` are several words of one range.
        while let Some((_, Token::Word(word) | Token::Quoted(word))) = self.tokens.get(self.at)
            && (word.starts_with("..") || text.ends_with(".."))
        {
            text.push_str(word);
            self.at += 1;
        }
        let (first, last) = text.split_once("..").unwrap_or((&text, &text));
        let bare = |code: &str| {
            let system_name = match system {
                CodeSystem::Icd9 => "ICD-9",
                CodeSystem::Icd10 => "ICD-10",
                CodeSystem::Atc => "ATC",
                CodeSystem::Loinc => "LOINC",
                CodeSystem::Other => "known",
            };
            let wrong = || ConditionError::NoCode { found: code.trim().to_owned(), system: system_name };
            code::bare(system, code).ok_or_else(wrong)
        };
        let range = [bare(first)?, bare(last)?];
        if range[0] > range[1] {
            self.at = start;
            return Err(self.expected("a range that ends after it begins"));
        }
        Ok(range)
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
            return match (number, self.schema.index_of(value)) {
                (Some(value), _) => Ok(Node::Number { column: name, operator, value }),
                (None, Ok(other)) => self.compare_columns(column, operator, other),
                (None, Err(_)) => {
                    Err(ConditionError::Value { column: name, found: value.to_owned(), kind, nearest: None })
                }
            };
        }
        let seen = self.sample.column(&name).and_then(|column| column.levels());
        let seen = seen.map_or(&[][..], |(_, levels)| levels);
        let declared = schema.levels.iter().chain(&schema.order).filter(|level| !seen.contains(level));
        let levels: Vec<String> = seen.iter().chain(declared).cloned().collect();
        // Where nobody knows the levels yet, any text may be one.
        if !levels.is_empty() && !levels.iter().any(|level| level == value) {
            if let Ok(other) = self.schema.index_of(value) {
                return self.compare_columns(column, operator, other);
            }
            let nearest = did_you_mean(value, levels.iter().map(String::as_str)).map(str::to_owned);
            return Err(ConditionError::Value { column: name, found: value.to_owned(), kind, nearest });
        }
        match operator {
            Operator::Equal | Operator::Unequal => {
                let accept = operator == Operator::Equal;
                Ok(Node::OneOf { column: name, levels: vec![value.to_owned()], accept })
            }
            _ if schema.kind == Kind::Ordinal => {
                let order = if schema.order.is_empty() { levels } else { schema.order.clone() };
                let place = order.iter().position(|level| level == value).unwrap_or(0);
                Ok(Node::Order { column: name, operator, place, order })
            }
            _ => Err(ConditionError::NoOrder { column: name, kind }),
        }
    }

    /// Numbers of one scale are compared by value, levels by text.
    fn compare_columns(
        &self,
        column: usize,
        operator: Operator,
        other: usize,
    ) -> Result<Node, ConditionError> {
        let (left, right) = (&self.schema.columns[column], &self.schema.columns[other]);
        // Days, seconds since 1970 and seconds are three scales; all other numbers are one.
        let scale = |kind: Kind| match kind {
            Kind::Date | Kind::Datetime | Kind::Duration => Some(kind),
            kind if kind.is_numeric() => Some(Kind::Continuous),
            _ => None,
        };
        if scale(left.kind) != scale(right.kind) {
            return Err(ConditionError::Unlike {
                column: left.name.clone(),
                kind: left.kind.name(),
                other: right.name.clone(),
                other_kind: right.kind.name(),
            });
        }
        let is_equality = matches!(operator, Operator::Equal | Operator::Unequal);
        if scale(left.kind).is_none() && !is_equality {
            return Err(ConditionError::NoOrder { column: left.name.clone(), kind: left.kind.name() });
        }
        Ok(Node::Columns { column: left.name.clone(), operator, other: right.name.clone() })
    }

    fn word(&mut self, wanted: &str) -> bool {
        let here = matches!(self.tokens.get(self.at), Some((_, Token::Word(word))) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(here);
        here
    }

    pub(super) fn take(&mut self, wanted: &Token) -> bool {
        let here = self.tokens.get(self.at).is_some_and(|(_, token)| token == wanted);
        self.at += usize::from(here);
        here
    }

    pub(super) fn text(&mut self, wanted: &'static str) -> Result<String, ConditionError> {
        match self.tokens.get(self.at) {
            Some((_, Token::Word(word) | Token::Quoted(word))) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.expected(wanted)),
        }
    }

    pub(super) fn expected(&self, wanted: &'static str) -> ConditionError {
        ConditionError::Syntax { at: self.tokens.get(self.at).map_or(self.end, |(at, _)| *at), wanted }
    }
}
