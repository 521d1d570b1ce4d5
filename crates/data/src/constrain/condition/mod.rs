//! Which rows meet `age >= 80 and sex = F`?

mod code;
mod error;
mod reach;
mod read;
mod reckon;
mod scan;
mod term;
#[cfg(test)]
mod tests;
mod truth;

pub use error::ConditionError;

pub(super) use scan::{Token, scan};
pub(super) use term::band;

use crate::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use term::Term;
use verosim_core::{CodeSystem, Schema};

/// A checked condition on rows.
///
/// Grammar: comparisons (`= != < <= > >=`) of a column with a value or with another column, `in (a, b)`, `is missing`,
/// `is not missing`, joined by `and`, `or`, `not` and parentheses; `and` binds tighter than `or`. Names and values with
/// spaces stand in quotes. What stands on the right is a value when it reads as one of the left column, else a column.
///
/// Numbers are reckoned with: `abs(bmi - weight / (height * height)) <= 1`, where all times and lengths of time are days
/// (`discharge - admission > 30`) and `number(age)` reads levels such as `[70-80)` or `65+`. Codes lie in ranges of their
/// vocabulary, all that stands below the ends included: `diagnosis in ICD10 (O00..O9A, Z34)`. `any(a, b)` before `in`, a
/// comparison or `is` asks whether it is so of any of these columns.
///
/// A comparison with a missing cell is unknown, and so is all that hangs on it (Kleene's logic): `not` of unknown is
/// unknown, `and` needs one false to be false, `or` one true to be true. `is missing` is never unknown. A quotient by 0
/// is unknown, as is what a band leaves open, and a text that is no code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Condition {
    node: Node,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Two columns: numbers of one scale, or levels by text.
    Columns {
        column: String,
        operator: Operator,
        other: String,
    },
    /// Two numbers that are reckoned.
    Terms {
        left: Term,
        operator: Operator,
        right: Term,
    },
    /// A column of codes: first and last code of each range, without dots.
    Codes {
        column: String,
        system: CodeSystem,
        ranges: Vec<[String; 2]>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Operator {
    /// As it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Condition {
    /// Reads `text` against the columns of `schema`; `sample` is any table of the model, whose levels are known.
    ///
    /// # Errors
    /// [`ConditionError`] with the position, or with the nearest column or level.
    pub fn parse(text: &str, schema: &Schema, sample: &Table) -> Result<Self, ConditionError> {
        Ok(Self { node: read::read(text, schema, sample)? })
    }

    /// Whether each row of `table` meets the condition; `None` where a missing cell leaves it unknown, as does a column
    /// that the table lacks.
    #[must_use]
    pub fn truth(&self, table: &Table) -> Vec<Option<bool>> {
        truth::truth(&self.node, table)
    }

    /// The rows of `table` that meet the condition for certain.
    #[must_use]
    pub fn mask(&self, table: &Table) -> Vec<bool> {
        self.truth(table).into_iter().map(|met| met == Some(true)).collect()
    }

    /// The columns that the condition names.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.node.names(&mut names);
        names
    }
}

impl Node {
    fn names<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.names(names)),
            Self::Not(node) => node.names(names),
            Self::Columns { column, other, .. } => names.extend([column.as_str(), other]),
            Self::Terms { left, right, .. } => {
                [left, right].into_iter().for_each(|term| {
                    term.columns(&mut |name| {
                        names.insert(name);
                    });
                });
            }
            Self::Missing(column)
            | Self::Codes { column, .. }
            | Self::Number { column, .. }
            | Self::OneOf { column, .. }
            | Self::Order { column, .. } => names.extend([column.as_str()]),
        }
    }
}
