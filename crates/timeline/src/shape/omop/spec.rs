//! What does the specification of OMOP CDM 5.4 say of a table and its columns?
//!
//! A digest of the field-level specification of OHDSI, made by `bench/omop_spec.py`; nothing here is written by hand.

use std::sync::LazyLock;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Whole number.
    Integer,
    /// Number.
    Float,
    /// Day.
    Date,
    /// Day and time of day.
    Datetime,
    /// Text of at most so many letters; any length when `None`.
    Text(Option<usize>),
}

impl Type {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "integer" => Self::Integer,
            "float" => Self::Float,
            "date" => Self::Date,
            "datetime" => Self::Datetime,
            "varchar(max)" => Self::Text(None),
            _ => Self::Text(Some(word.strip_prefix("varchar(")?.strip_suffix(')')?.parse().ok()?)),
        })
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, in lower case.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Whether no row may lack it.
    pub required: bool,
    /// Whether it identifies the row.
    pub primary: bool,
    /// Table and column that it refers to; both empty when it refers to nothing.
    pub refers: (String, String),
    /// Domain that its concepts must have; empty for any.
    pub domain: String,
}

impl Field {
    /// Whether it refers to a row of `table`.
    #[must_use]
    pub fn refers_to(&self, table: &str) -> bool {
        self.refers.0 == table
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name, in lower case.
    pub name: String,
    /// Its columns, in the order of the specification.
    pub fields: Vec<Field>,
}

impl Table {
    /// The position of the column `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The column that identifies rows, if one does.
    #[must_use]
    pub fn primary(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.primary)
    }
}

/// The tables of the vocabularies, which their owners give out under their own terms: never written.
pub const VOCABULARY: &[&str] = &[
    "concept",
    "vocabulary",
    "domain",
    "concept_class",
    "concept_relationship",
    "relationship",
    "concept_synonym",
    "concept_ancestor",
    "source_to_concept_map",
    "drug_strength",
];

/// All tables, in the order of the specification.
#[must_use]
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| parse(include_str!("../../../spec/omop-5.4.csv")));
    &TABLES
}

/// The table of that name, in lower case.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    tables().iter().find(|table| table.name == name)
}

/// Lines that do not read are left out; a test counts that there are none.
fn parse(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    for row in reader.records().flatten() {
        let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
        let Some(kind) = Type::parse(&cell(2)) else { continue };
        let field = Field {
            name: cell(1),
            kind,
            required: cell(3) == "1",
            primary: cell(4) == "1",
            refers: (cell(5), cell(6)),
            domain: cell(7),
        };
        match tables.iter_mut().find(|table| table.name == cell(0)) {
            Some(table) => table.fields.push(field),
            None => tables.push(Table { name: cell(0), fields: vec![field] }),
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_reads_whole() {
        // Counts of OMOP_CDMv5.4_Field_Level.csv, by another program (Python's csv).
        assert_eq!((tables().len(), tables().iter().map(|t| t.fields.len()).sum::<usize>()), (39, 432));
        let required = tables().iter().flat_map(|table| &table.fields).filter(|field| field.required).count();
        assert_eq!(required, 180);
        let person = table("person").unwrap();
        assert_eq!(person.fields.len(), 18);
        assert_eq!(person.primary(), Some(0));
        assert_eq!(person.fields[1].domain, "Gender");
        assert!(person.fields[1].refers_to("concept"));
        assert_eq!(person.fields[11].kind, Type::Text(Some(50)));
        assert!(VOCABULARY.iter().all(|name| table(name).is_some()));
    }
}
