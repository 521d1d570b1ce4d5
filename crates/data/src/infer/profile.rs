//! What should a person know about a table before anything is learned from it?

use crate::{RawTable, Table};
use serde::Serialize;
use std::fmt::Write as _;
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Schema};

/// A table in words and counts. No cell of a suspected identifier, and no level of fewer than 11 rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// Rows.
    pub n_rows: usize,
    /// Person column, if any.
    pub subject: Option<String>,
    /// Key column, if any.
    pub primary_key: Option<String>,
    /// One per column.
    pub columns: Vec<ColumnProfile>,
}

/// One column in words and counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// Header name.
    pub name: String,
    /// What it holds.
    pub kind: &'static str,
    /// How sure, in `[0, 1]`.
    pub confidence: f64,
    /// Why.
    pub reason: String,
    /// `model`, `regenerate` or `drop`.
    pub treatment: &'static str,
    /// Missing markers with rows.
    pub missing: Vec<(String, usize)>,
    /// Distinct texts.
    pub distinct: usize,
    /// The 5 % and 95 % quantiles of numbers.
    pub range: Option<(f64, f64)>,
    /// Commonest levels, up to five, each with at least 11 rows.
    pub levels: Vec<(String, usize)>,
}

/// Levels of fewer rows are not shown.
const LEAST_ROWS: usize = 11;

impl Profile {
    /// Describes `raw` as understood by `schema`; `table` is `raw` parsed.
    #[must_use]
    pub fn new(raw: &RawTable, table: &Table, schema: &Schema) -> Self {
        let columns = schema
            .columns
            .iter()
            .zip(table.columns())
            .map(|(schema, column)| {
                let mut missing = vec![0_usize; schema.missing.len()];
                for &code in column.missing.iter().filter(|&&code| code > 0) {
                    if let Some(count) = missing.get_mut(usize::from(code) - 1) {
                        *count += 1;
                    }
                }
                let open = schema.identifier.is_none() && schema.treatment == Treatment::Model;
                ColumnProfile {
                    name: schema.name.clone(),
                    kind: schema.kind.name(),
                    confidence: schema.confidence,
                    reason: schema.reason.clone(),
                    treatment: treatment(schema),
                    missing: schema.missing.iter().cloned().zip(missing).filter(|(_, n)| *n > 0).collect(),
                    distinct: raw
                        .columns()
                        .iter()
                        .find(|raw| raw.name == schema.name)
                        .map_or(0, |raw| raw.levels().len()),
                    range: column.numbers().filter(|_| open && !is_time(schema)).and_then(range),
                    levels: column
                        .levels()
                        .filter(|_| open)
                        .map(|(c, l)| commonest(c, l))
                        .unwrap_or_default(),
                }
            })
            .collect();
        Self {
            n_rows: raw.n_rows(),
            subject: schema.subject.clone(),
            primary_key: schema.primary_key.clone(),
            columns,
        }
    }

    /// As a table of text, one line per column.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{} rows, {} columns", self.n_rows, self.columns.len());
        if let Some(subject) = &self.subject {
            let _ = write!(text, ", persons numbered by `{subject}`");
        }
        if let Some(key) = &self.primary_key {
            let _ = write!(text, ", rows numbered by `{key}`");
        }
        text.push('\n');
        let wide =
            self.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(6).clamp(6, 28);
        let _ = writeln!(text, "\n{:wide$}  {:<10}  sure  missing  distinct  notes", "column", "kind");
        for column in &self.columns {
            let missing: usize = column.missing.iter().map(|(_, n)| n).sum();
            let share = 100.0 * missing as f64 / self.n_rows.max(1) as f64;
            let mut notes = column.reason.clone();
            if let Some((low, high)) = column.range {
                let _ = write!(notes, "; nine in ten from {low} to {high}");
            }
            if column.treatment != "model" {
                notes = format!("{}: {notes}", column.treatment.to_uppercase());
            }
            let _ = writeln!(
                text,
                "{:wide$}  {:<10}  {:>3.0}%  {share:>6.1}%  {:>8}  {notes}",
                column.name,
                column.kind,
                100.0 * column.confidence,
                column.distinct
            );
        }
        text
    }
}

fn treatment(schema: &ColumnSchema) -> &'static str {
    match schema.treatment {
        Treatment::Model => "model",
        Treatment::Regenerate => "regenerate",
        Treatment::Drop => "drop",
    }
}

fn is_time(schema: &ColumnSchema) -> bool {
    matches!(schema.format, verosim_core::schema::Format::Time { .. })
}

fn range(values: &[f64]) -> Option<(f64, f64)> {
    let mut present: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if present.len() < 2 * LEAST_ROWS {
        return None;
    }
    present.sort_by(f64::total_cmp);
    Some((present[present.len() / 20], present[present.len() - 1 - present.len() / 20]))
}

fn commonest(codes: &[u32], levels: &[String]) -> Vec<(String, usize)> {
    let mut counts = vec![0_usize; levels.len()];
    for &code in codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let mut shown: Vec<(String, usize)> =
        levels.iter().cloned().zip(counts).filter(|(_, n)| *n >= LEAST_ROWS).collect();
    shown.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    shown.truncate(5);
    shown
}
