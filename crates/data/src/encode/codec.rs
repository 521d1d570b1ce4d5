//! How is a training split encoded, and how are drawn tokens decoded?

use super::learn::learn;
use super::number::Cell;
use super::plan::Plan;
use super::{CodecSettings, ColumnDomain, Domain, Encoded, Token};
use crate::frame::{Cells, Column, NO_LEVEL};
use crate::{Table, Train};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use verosim_core::{Schema, Seeded};

/// What was learned about how cells become tokens and back. Serialisable; holds no row.
///
/// Reading one back checks that its parts fit together: a damaged document is an error and never a panic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Codec {
    pub(super) domain: Arc<Domain>,
    pub(super) schema: Schema,
    /// One per column of `schema`.
    pub(super) plans: Vec<Plan>,
    pub(super) notes: Vec<String>,
}

impl Codec {
    /// Learns the token layer from the training split and encodes it.
    ///
    /// # Cost
    /// O(rows · columns · log rows) and, for impossible pairs, O(rows · columns²) increments; parallel over columns.
    #[must_use]
    pub fn fit(train: &Train, schema: &Schema, settings: &CodecSettings, seed: Seeded) -> (Self, Encoded) {
        let learned = learn(train, schema, settings, seed);
        let domain = Arc::new(learned.domain);
        let encoded = Encoded::new(
            Arc::clone(&domain),
            learned.columns,
            train.table().n_rows(),
            train.subjects().map(<[u32]>::to_vec),
        )
        .expect("every column was encoded with the tokens of its own domain");
        (Self { domain, schema: learned.schema, plans: learned.plans, notes: learned.notes }, encoded)
    }

    /// Turns drawn tokens into a table with the columns of [`schema`](Self::schema). `first_row` is the number of the
    /// first row in the whole draw, so that surrogate identifiers go on over blocks.
    ///
    /// # Cost
    /// O(rows · columns · log segments), parallel over columns.
    #[must_use]
    pub fn decode_from(&self, drawn: &Encoded, first_row: u64, seed: Seeded) -> Table {
        let plain: Vec<Column> = (0..self.plans.len())
            .into_par_iter()
            .map(|at| self.column(at, drawn, first_row, seed.split(&self.schema.columns[at].name)))
            .collect();
        // Offsets and bounded numbers need their anchor and formulas their operands: formulas come last.
        let mut columns = plain;
        for at in 0..columns.len() {
            columns[at] = match self.plans[at] {
                Plan::Offset { anchor, .. } => {
                    combine(&columns[at], &columns[anchor], &columns[anchor], |offset, from, _| from + offset)
                }
                Plan::Bounded { bound, .. } => {
                    let anchor = &columns[bound.anchor];
                    combine(&columns[at], anchor, anchor, |own, from, _| bound.keep(own, from))
                }
                _ => continue,
            };
        }
        for at in 0..columns.len() {
            if let Plan::Derived { formula, left, right, .. } = &self.plans[at] {
                columns[at] =
                    combine(&columns[at], &columns[*left], &columns[*right], |_, a, b| formula.value(a, b));
            }
        }
        if columns.is_empty() {
            Table::default()
        } else {
            Table::new(columns).expect("every column has one cell per drawn row")
        }
    }

    /// Completes a table whose modelled columns somebody else made: identifiers are made anew, derived columns computed,
    /// all others taken as they are (missing throughout where `rows` lacks them). `first_row` as in
    /// [`decode_from`](Self::decode_from).
    ///
    /// # Cost
    /// O(rows · columns).
    #[must_use]
    pub fn complete(&self, rows: &Table, first_row: u64, seed: Seeded) -> Table {
        let n = rows.n_rows();
        let mut columns: Vec<Column> = self
            .plans
            .iter()
            .zip(&self.schema.columns)
            .enumerate()
            .map(|(at, (plan, schema))| match plan {
                Plan::Surrogate { .. } | Plan::Anywhere { .. } => {
                    self.made_anew(at, n, first_row, seed.split(&schema.name))
                }
                _ => rows.column(&schema.name).cloned().unwrap_or_else(|| Column {
                    name: schema.name.clone(),
                    kind: schema.kind,
                    missing: vec![0; n],
                    cells: Cells::Number(vec![f64::NAN; n]),
                }),
            })
            .collect();
        for at in 0..columns.len() {
            if let Plan::Derived { formula, left, right, .. } | Plan::Computed { formula, left, right } =
                &self.plans[at]
            {
                columns[at] =
                    combine(&columns[at], &columns[*left], &columns[*right], |_, a, b| formula.value(a, b));
            }
        }
        if columns.is_empty() { Table::default() } else { Table::new(columns).unwrap_or_default() }
    }

    /// The same for rows that somebody else makes: nothing that was learned about values stays in it, so that it only
    /// [`complete`](Self::complete)s and never decodes.
    #[must_use]
    pub fn without_values(self) -> Self {
        let plans = self.plans.into_iter().map(|plan| match plan {
            Plan::Derived { formula, left, right, .. } => Plan::Computed { formula, left, right },
            Plan::Number { .. }
            | Plan::Cut { .. }
            | Plan::Level { .. }
            | Plan::Offset { .. }
            | Plan::Bounded { .. } => Plan::Given,
            other => other,
        });
        Self { domain: Arc::default(), plans: plans.collect(), schema: self.schema, notes: self.notes }
    }

    /// Names of columns that are computed from others.
    pub fn computed(&self) -> impl Iterator<Item = &str> {
        let pairs = self.plans.iter().zip(&self.schema.columns);
        pairs
            .filter(|(plan, _)| matches!(plan, Plan::Derived { .. } | Plan::Computed { .. }))
            .map(|(_, schema)| schema.name.as_str())
    }

    /// [`decode_from`](Self::decode_from) the first row.
    #[must_use]
    pub fn decode(&self, drawn: &Encoded, seed: Seeded) -> Table {
        self.decode_from(drawn, 0, seed)
    }

    /// What values engines see.
    #[must_use]
    pub fn domain(&self) -> &Arc<Domain> {
        &self.domain
    }

    /// Schema of decoded tables: the source schema without dropped columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What a person should know: derived columns found, levels pooled, columns regenerated or dropped.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn column(&self, at: usize, drawn: &Encoded, first_row: u64, seed: Seeded) -> Column {
        let schema = &self.schema.columns[at];
        let n = drawn.n_rows();
        if matches!(self.plans[at], Plan::Surrogate { .. } | Plan::Anywhere { .. }) {
            return self.made_anew(at, n, first_row, seed);
        }
        let mut missing = vec![0_u8; n];
        let mut rng = seed.rng();
        let cells = match &self.plans[at] {
            Plan::Number { domain, codec }
            | Plan::Offset { domain, codec, .. }
            | Plan::Bounded { domain, codec, .. } => {
                let tokens = &self.domain.columns[*domain].tokens;
                let column = &drawn.columns()[*domain];
                let mut values = vec![f64::NAN; n];
                for row in 0..n {
                    let rank = column.ranks.get(row).copied().unwrap_or(0.0);
                    match codec.decode(&tokens[column.tokens[row] as usize], rank, &mut rng) {
                        Cell::Number(value) => values[row] = value,
                        Cell::Missing(marker) => missing[row] = marker + 1,
                        Cell::Equal => {} // Not a number until the anchor is known.
                    }
                }
                Cells::Number(values)
            }
            Plan::Cut { domain, codec } => {
                let tokens = &self.domain.columns[*domain].tokens;
                let column = &drawn.columns()[*domain];
                let mut values = vec![f64::NAN; n];
                for row in 0..n {
                    match tokens[column.tokens[row] as usize] {
                        Token::Missing(marker) => missing[row] = marker + 1,
                        _ => values[row] = codec.draw(column.ranks[row] as usize, &mut rng),
                    }
                }
                Cells::Number(values)
            }
            Plan::Derived { domain, .. } => {
                let tokens = &self.domain.columns[*domain].tokens;
                for (row, &token) in drawn.columns()[*domain].tokens.iter().enumerate() {
                    if let Token::Missing(marker) = tokens[token as usize] {
                        missing[row] = marker + 1;
                    }
                }
                Cells::Number(vec![f64::NAN; n])
            }
            Plan::Level { domain, codec } => {
                let tokens = &self.domain.columns[*domain].tokens;
                let codes = drawn.columns()[*domain]
                    .tokens
                    .iter()
                    .enumerate()
                    .map(|(row, &token)| match tokens[token as usize] {
                        Token::Level(level) => level,
                        Token::Missing(marker) => {
                            missing[row] = marker + 1;
                            NO_LEVEL
                        }
                        Token::Value(_) | Token::Equal(_) | Token::Continuous => NO_LEVEL,
                    })
                    .collect();
                Cells::Level { codes, levels: codec.levels.clone() }
            }
            Plan::Computed { .. } | Plan::Given | Plan::Surrogate { .. } | Plan::Anywhere { .. } => {
                Cells::Number(vec![f64::NAN; n])
            }
        };
        Column { name: schema.name.clone(), kind: schema.kind, missing, cells }
    }

    /// A column that no row of the source enters.
    fn made_anew(&self, at: usize, n: usize, first_row: u64, seed: Seeded) -> Column {
        use rand::RngExt as _;
        let schema = &self.schema.columns[at];
        let cells = match &self.plans[at] {
            Plan::Surrogate { surrogate } => Cells::Level {
                codes: (0..n as u32).collect(),
                // The walk through surrogates is one for the whole draw: seeded by the model's column, not the block.
                levels: (0..n as u64)
                    .map(|row| surrogate.value(first_row + row, Seeded::new(0).split(&schema.name)))
                    .collect(),
            },
            Plan::Anywhere { low, high } => {
                let mut rng = seed.rng();
                Cells::Number((0..n).map(|_| rng.random_range(*low..=*high).round()).collect())
            }
            _ => Cells::Number(vec![f64::NAN; n]),
        };
        Column { name: schema.name.clone(), kind: schema.kind, missing: vec![0; n], cells }
    }
}

/// Cell by cell, `f(own, left, right)`; a present cell whose operands are missing becomes missing like them.
pub(super) fn combine(
    own: &Column,
    left: &Column,
    right: &Column,
    f: impl Fn(f64, f64, f64) -> f64,
) -> Column {
    let empty: &[f64] = &[];
    let numbers = |column: &'_ Column, row: usize| {
        column.numbers().unwrap_or(empty).get(row).copied().unwrap_or(f64::NAN)
    };
    let mut missing = own.missing.clone();
    let values = (0..own.len())
        .map(|row| {
            if missing[row] != 0 {
                return f64::NAN;
            }
            let value = f(numbers(own, row), numbers(left, row), numbers(right, row));
            if value.is_nan() {
                missing[row] = 1;
            }
            value
        })
        .collect();
    Column { name: own.name.clone(), kind: own.kind, missing, cells: Cells::Number(values) }
}

/// The codec as it is written down.
#[derive(Clone, Serialize, Deserialize)]
struct Document {
    domain: Arc<Domain>,
    schema: Schema,
    plans: Vec<Plan>,
    notes: Vec<String>,
}

impl From<Codec> for Document {
    fn from(codec: Codec) -> Self {
        Self { domain: codec.domain, schema: codec.schema, plans: codec.plans, notes: codec.notes }
    }
}

/// The parts of a saved codec do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the saved encoding is damaged: {what}")]
pub struct BrokenCodec {
    /// What does not fit.
    what: String,
}

impl TryFrom<Document> for Codec {
    type Error = BrokenCodec;

    fn try_from(document: Document) -> Result<Self, BrokenCodec> {
        let broken = |what: String| Err(BrokenCodec { what });
        if document.plans.len() != document.schema.columns.len() {
            return broken("it has not one plan per column".into());
        }
        if !document.domain.is_sound() {
            return broken("its domain is inconsistent".into());
        }
        let n = document.plans.len();
        let is_anchor = |at: usize| at < n && matches!(document.plans[at], Plan::Number { .. });
        let is_base = |at: usize| {
            at < n
                && matches!(
                    document.plans[at],
                    Plan::Number { .. }
                        | Plan::Cut { .. }
                        | Plan::Offset { .. }
                        | Plan::Bounded { .. }
                        | Plan::Given
                )
        };
        let equal_to = |domain: &ColumnDomain, anchor: Option<usize>| {
            domain.tokens.iter().all(|token| match token {
                Token::Equal(column) => Some(*column as usize) == anchor,
                _ => true,
            })
        };
        for (plan, schema) in document.plans.iter().zip(&document.schema.columns) {
            let domain = match plan.domain() {
                Some(at) => match document.domain.columns.get(at) {
                    Some(domain) => Some(domain),
                    None => return broken(format!("column `{}` is not in its domain", schema.name)),
                },
                None => None,
            };
            let sound = match (plan, domain) {
                (Plan::Number { codec, .. }, Some(domain)) => {
                    codec.is_sound(domain) && equal_to(domain, None)
                }
                (Plan::Offset { codec, anchor, .. }, Some(domain)) => {
                    codec.is_sound(domain) && equal_to(domain, None) && is_anchor(*anchor)
                }
                (Plan::Bounded { codec, bound, .. }, Some(domain)) => {
                    codec.is_sound(domain)
                        && is_anchor(bound.anchor)
                        && equal_to(domain, document.plans[bound.anchor].domain())
                }
                (Plan::Cut { codec, .. }, Some(domain)) => codec.is_sound(domain),
                (Plan::Level { codec, .. }, Some(domain)) => codec.is_sound(domain),
                (Plan::Derived { formula, left, right, .. }, Some(_))
                | (Plan::Computed { formula, left, right }, None) => {
                    formula.unit > 0.0 && is_base(*left) && is_base(*right)
                }
                (Plan::Anywhere { low, high }, None) => low.is_finite() && high.is_finite() && low <= high,
                (Plan::Surrogate { .. } | Plan::Given, None) => true,
                _ => false,
            };
            if !sound {
                return broken(format!("column `{}` is inconsistent", schema.name));
            }
        }
        Ok(Self {
            domain: document.domain,
            schema: document.schema,
            plans: document.plans,
            notes: document.notes,
        })
    }
}
