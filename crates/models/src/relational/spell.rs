//! How do the cells of a node become the columns of a table that is learned?

use super::role::Role;
use super::shape::Shape;
use super::sheet::Field;
use std::collections::{BTreeMap, BTreeSet};
use verosim_core::schema::{Format, Treatment};
use verosim_core::{CodeSystem, ColumnSchema, Kind, Schema};
use verosim_data::frame::{NO_LEVEL, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::{Cells, Column, RawColumn, RawTable, SourceType, Table};

/// Codes from which a vocabulary is long: it is learned by the stems of codes.
const LONG: usize = 40;

/// Columns as they are gathered.
pub(super) struct Spelling {
    rows: Vec<usize>,
    person: Vec<u32>,
    columns: Vec<(Column, ColumnSchema)>,
    plans: BTreeMap<String, ColumnSchema>,
}

impl Spelling {
    /// For those `rows` of a table whose people are `person`.
    pub(super) fn new(rows: &[u32], person: &[u32]) -> Self {
        let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        let person = rows.iter().map(|&row| person[row]).collect();
        Self { rows, person, columns: Vec::new(), plans: BTreeMap::new() }
    }

    /// Adds numbers, one per row; NaN for none. Gives the column's name.
    pub(super) fn number(&mut self, name: &str, values: Vec<f64>) -> String {
        self.columns.push(numbers(name, values));
        name.to_owned()
    }

    /// Adds how many there are, one per row: none only where somebody has none.
    pub(super) fn count(&mut self, name: &str, values: Vec<f64>) -> String {
        let least = f64::from(u8::from(values.iter().all(|&count| count >= 1.0)));
        let (column, mut schema) = numbers(name, values);
        schema.bounds = Some((least, f64::MAX));
        self.columns.push((column, schema));
        name.to_owned()
    }

    /// Adds a number with decimals, one per row.
    pub(super) fn mean(&mut self, name: &str, values: Vec<f64>) {
        let (mut column, mut schema) = numbers(name, values);
        (column.kind, schema.kind) = (Kind::Continuous, Kind::Continuous);
        schema.format = Format::Number { min_decimals: 0, max_decimals: 3, point: '.' };
        self.columns.push((column, schema));
    }

    /// Adds texts, one per row; empty ones are missing.
    pub(super) fn level(&mut self, name: &str, texts: &[&str]) {
        let mut raw = RawColumn::new(name, SourceType::Text);
        texts.iter().for_each(|text| raw.push(text));
        let mut schema = ColumnSchema::declared(name, Kind::Nominal);
        if raw.levels().len() > LONG {
            (schema.kind, schema.code_system) = (Kind::Code, Some(CodeSystem::Other));
        }
        let table = RawTable::new(vec![raw]).unwrap_or_default();
        let all = Schema { columns: vec![schema.clone()], ..Schema::default() };
        if let Some(column) = parse(&table, &all).ok().and_then(|table| table.columns().first().cloned()) {
            self.columns.push((column, schema));
        }
    }

    /// Adds a column that says where cells are; `None` where all are there but for a few.
    pub(super) fn presence(&mut self, field: &Field, cells: &RawColumn) -> Option<String> {
        let codes: Vec<u32> = self.rows.iter().map(|&row| u32::from(!cells.cell(row).is_empty())).collect();
        let gone = codes.iter().filter(|&&code| code == 0).count();
        if gone * 200 <= codes.len() {
            return None;
        }
        let name = format!("there {}", field.name());
        let column = Column {
            name: name.clone(),
            kind: Kind::Nominal,
            missing: vec![0; codes.len()],
            cells: Cells::Level { codes, levels: vec!["0".into(), "1".into()] },
        };
        self.columns.push((column, ColumnSchema::declared(&name, Kind::Nominal)));
        Some(name)
    }

    /// Finds out what columns hold.
    pub(super) fn plan<'a>(&mut self, columns: impl Iterator<Item = &'a (Field, RawColumn)>, k: usize) {
        let raw: Vec<RawColumn> = columns.map(|(field, cells)| self.raw(field, cells)).collect();
        let declared = |name: &str| name == "code" || name.starts_with("fact ");
        let kinds = raw.iter().filter(|raw| declared(&raw.name)).map(|raw| (raw.name.clone(), Kind::Nominal));
        let options = InferOptions { kinds: kinds.collect(), ..InferOptions::default() };
        let Some(table) = RawTable::new(raw).filter(|table| !table.columns().is_empty()) else { return };
        for (mut schema, raw) in infer(&table, &options).columns.into_iter().zip(table.columns()) {
            let is_measured = matches!(schema.kind, Kind::Continuous | Kind::Count | Kind::Duration);
            if schema.treatment != Treatment::Model && !(is_measured && schema.identifier.is_none()) {
                if !self.is_shared(raw, k) {
                    continue;
                }
                schema = ColumnSchema {
                    missing: schema.missing,
                    ..ColumnSchema::declared(&raw.name, Kind::Nominal)
                };
            }
            schema.treatment = Treatment::Model;
            if raw.name == "code" && raw.levels().len() > LONG {
                schema.kind = Kind::Code;
                schema.code_system = Some(CodeSystem::Other);
            }
            self.plans.insert(raw.name.clone(), schema);
        }
    }

    fn raw(&self, field: &Field, cells: &RawColumn) -> RawColumn {
        let mut raw = cells.take(&self.rows);
        raw.name = field.name();
        raw
    }

    /// Whether most cells are ones that at least `k` people have.
    fn is_shared(&self, raw: &RawColumn, k: usize) -> bool {
        let mut people: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); raw.levels().len()];
        for (&code, &person) in raw.codes().iter().zip(&self.person) {
            people[code as usize].insert(person);
        }
        let there = |code: u32| !raw.levels()[code as usize].is_empty();
        let cells = raw.codes().iter().filter(|&&code| there(code)).count();
        let shared = |code: &&u32| there(**code) && people[**code as usize].len() >= k;
        raw.codes().iter().filter(shared).count() * 2 >= cells.max(1)
    }

    /// Whether a learned column has levels.
    pub(super) fn is_level(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| column.name == name && column.levels().is_some())
    }

    /// Learns a column as it is, or says what is written in its place.
    pub(super) fn learn(&mut self, field: &Field, cells: &RawColumn, k: usize) -> Role {
        let raw = self.raw(field, cells);
        let name = raw.name.clone();
        let Some(schema) = self.plans.get(&name).cloned() else {
            // What some rows share names something that is no row: nothing made up would.
            let is_own = raw.levels().len() * 10 >= raw.len() * 9;
            return match Shape::of_texts(cells) {
                Some(shape) if is_own && !matches!(field, Field::Text) => {
                    Role::Fresh { shape, there: self.presence(field, cells) }
                }
                _ => Role::Blank,
            };
        };
        let table = RawTable::new(vec![raw.clone()]).unwrap_or_default();
        let read = |schema: &ColumnSchema| {
            let schema = Schema { columns: vec![schema.clone()], ..Schema::default() };
            parse(&table, &schema).ok().and_then(|table| table.columns().first().cloned())
        };
        if let Some(column) = read(&schema) {
            self.columns.push((column, schema));
            return Role::Plain(name);
        }
        // What does not read as what most of it is.
        let plain = ColumnSchema::declared(&name, Kind::Nominal);
        match read(&plain).filter(|_| self.is_shared(&raw, k)) {
            Some(column) => {
                self.columns.push((column, plain));
                Role::Plain(name)
            }
            None => Role::Blank,
        }
    }

    /// All columns as a table.
    pub(super) fn table(self) -> (Table, Schema) {
        let (columns, schemas): (Vec<Column>, Vec<ColumnSchema>) = self.columns.into_iter().unzip();
        (Table::new(columns).unwrap_or_default(), Schema { columns: schemas, ..Schema::default() })
    }
}

/// A column of whole numbers.
pub(super) fn numbers(name: &str, values: Vec<f64>) -> (Column, ColumnSchema) {
    let schema = ColumnSchema {
        format: Format::Number { min_decimals: 0, max_decimals: 0, point: '.' },
        ..ColumnSchema::declared(name, Kind::Count)
    };
    let missing = values.iter().map(|value| u8::from(value.is_nan())).collect();
    (Column { name: name.to_owned(), kind: Kind::Count, missing, cells: Cells::Number(values) }, schema)
}

/// The levels of a column that are there.
pub(super) fn text_of(column: &Column, row: usize) -> &str {
    match column.levels() {
        Some((codes, levels)) if codes[row] != NO_LEVEL => &levels[codes[row] as usize],
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_drawn_only_where_somebody_has_none() {
        for (counts, least) in [(vec![1.0, 3.0], 1.0), (vec![0.0, 3.0], 0.0)] {
            let mut spelling = Spelling::new(&[0, 1], &[0, 1]);
            assert_eq!(spelling.count("rows", counts), "rows");
            assert_eq!(spelling.table().1.columns[0].bounds, Some((least, f64::MAX)));
        }
    }
}
