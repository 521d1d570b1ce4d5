//! What is declared or inferred about a table: kinds, missing markers, formats, keys, roles?

use crate::{CodeSystem, Hint, Kind, did_you_mean};
use serde::{Deserialize, Serialize};

/// What a table's columns hold. Inferred first; a person's edits win.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Columns in file order.
    pub columns: Vec<ColumnSchema>,
    /// Column that says which person a row belongs to, when rows repeat per person.
    pub subject: Option<String>,
    /// Column whose values identify rows.
    pub primary_key: Option<String>,
}

impl Schema {
    /// Position of the column called `name`.
    ///
    /// # Errors
    /// [`UnknownColumn`] with the nearest name.
    pub fn index_of(&self, name: &str) -> Result<usize, UnknownColumn> {
        self.columns
            .iter()
            .position(|column| column.name == name)
            .ok_or_else(|| UnknownColumn::new(name, self.columns.iter().map(|column| column.name.as_str())))
    }
}

/// A column was named that the table does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column `{name}`")]
pub struct UnknownColumn {
    /// The name as asked.
    pub name: String,
    /// The nearest existing name.
    pub nearest: Option<String>,
}

impl UnknownColumn {
    /// `name` is none of `known`.
    pub fn new<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self { name: name.to_owned(), nearest: did_you_mean(name, known).map(str::to_owned) }
    }
}

impl Hint for UnknownColumn {
    fn hint(&self) -> Option<String> {
        Some(match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`verosim profile PATH` lists the columns".into(),
        })
    }
}

/// What one column holds and how it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnSchema {
    /// Name in the header; unique.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// How sure the inference is, in `[0, 1]`; 1 when a person declared it.
    pub confidence: f64,
    /// Why this kind, in words, without cell values.
    pub reason: String,
    /// Vocabulary, for [`Kind::Code`].
    pub code_system: Option<CodeSystem>,
    /// Texts that mean "missing", exactly as they are written; the empty cell is `""`. Order is the
    /// order of the missing codes in a table: marker `i` has code `i + 1`.
    pub missing: Vec<String>,
    /// How numbers and times are written.
    pub format: Format,
    /// Order of levels, lowest first, for [`Kind::Ordinal`]; empty otherwise.
    pub order: Vec<String>,
    /// What to do with the column when making synthetic data.
    pub treatment: Treatment,
    /// Why the column is suspected to identify persons directly, if it is.
    pub identifier: Option<Suspicion>,
    /// Heaping, spikes and other traits of the numbers, for readers; inferred.
    pub traits: NumberTraits,
    /// Declared bounds in the column's unit (days or seconds since 1970 for times).
    pub bounds: Option<(f64, f64)>,
    /// Unit, when known: `mg/dL`.
    pub unit: Option<String>,
    /// Levels that a person declared; empty when nobody did. What stands here counts as public.
    #[serde(default)]
    pub levels: Vec<String>,
    /// What the column means, in a person's words. What stands here counts as public.
    #[serde(default)]
    pub description: Option<String>,
}

impl ColumnSchema {
    /// A column that a person declared to be of `kind`.
    #[must_use]
    pub fn declared(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            confidence: 1.0,
            reason: "declared".into(),
            code_system: None,
            missing: vec![String::new()],
            format: Format::default(),
            order: Vec::new(),
            treatment: if matches!(kind, Kind::Id) { Treatment::Regenerate } else { Treatment::Model },
            identifier: None,
            traits: NumberTraits::default(),
            bounds: None,
            unit: None,
            levels: Vec::new(),
            description: None,
        }
    }

    /// Most decimals of a number that is made for the column: none for whole numbers and times, two when nothing is known.
    #[must_use]
    pub fn decimals(&self) -> u8 {
        match (&self.format, self.kind) {
            (_, Kind::Count | Kind::Date | Kind::Datetime | Kind::Duration) => 0,
            (Format::Number { max_decimals, .. }, _) => (*max_decimals).min(9),
            _ => 2,
        }
    }
}

/// How numbers and times are written, so that output looks like the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "kebab-case")]
pub enum Format {
    /// Text as it is.
    #[default]
    Text,
    /// Decimal numbers with between `min_decimals` and `max_decimals` digits after `point`.
    Number {
        /// Least number of decimals ever seen; `1` for columns such as `12.0`, `12.5`.
        min_decimals: u8,
        /// Greatest number of decimals seen.
        max_decimals: u8,
        /// Decimal sign: `.` or `,`.
        point: char,
    },
    /// Dates and times in a `strftime` pattern such as `%Y-%m-%d`.
    Time {
        /// The pattern.
        pattern: String,
    },
}

/// What to do with a column when making synthetic data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treatment {
    /// Learn it and draw it.
    Model,
    /// Do not learn it; write fresh surrogates of the same shape.
    Regenerate,
    /// Leave it out of the synthetic data.
    Drop,
}

/// Why a column is suspected to identify persons directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// Names of persons.
    PersonName,
    /// Telephone numbers.
    Phone,
    /// E-mail addresses.
    Email,
    /// Medical record or insurance numbers.
    RecordNumber,
    /// Postal addresses.
    Address,
    /// Dates of birth.
    BirthDate,
    /// Other values that are unique to each row.
    UniqueValue,
}

/// Traits of a numeric column that decide how real it looks. All inferred; all optional knowledge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberTraits {
    /// Step of the grid that all values lie on (0.5, 1, 10), when there is one.
    pub grid: Option<f64>,
    /// Share of values that are round beyond the grid (ending in 0 or 5), when in excess.
    pub heaping: Option<f64>,
    /// Share of zeros, when zeros are inflated.
    pub zero_share: Option<f64>,
    /// Number of single values that carry at least 1 % of the rows each and stand out.
    pub spikes: usize,
}
