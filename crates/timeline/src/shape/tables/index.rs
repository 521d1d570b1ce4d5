//! Whose is a row that another table names by its key, and when was it?

use super::layout::column;
use super::mapping::{Mapping, Table, TableSpec};
use super::people::People;
use super::tally::Tally;
use crate::Fate;
use crate::event::{STATIC, instant};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use verosim_data::io::Part;

/// What is known of the row of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) subject: Option<i64>,
    pub(super) time: i64,
    pub(super) end: i64,
}

/// The rows of a table by key.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: HashMap<Box<str>, Entry>,
}

/// Indexes by lower-case name of their table.
pub(super) type Indexes = BTreeMap<String, Index>;

impl Index {
    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.rows.get(key).copied()
    }

    /// Adds the rows of a part; the first row of a key stays.
    pub(super) fn add(
        &mut self,
        table: &Table,
        part: &Part,
        people: &mut People,
        indexes: &Indexes,
        tally: &mut Tally,
    ) {
        let (spec, rows) = (&table.spec, &part.table);
        let Some(key) = spec.key.as_deref().and_then(|key| column(rows, key)) else { return };
        let times: Vec<usize> = spec.time.iter().filter_map(|name| column(rows, name)).collect();
        let end = spec.end.iter().find_map(|name| column(rows, name));
        let cell = |at: usize, row: usize| rows.columns()[at].cell(row);
        let read = |at: usize, row: usize| instant::read(cell(at, row)).map(|reading| reading.micros);
        for row in 0..rows.n_rows() {
            let name = cell(key, row);
            if name.is_empty() {
                continue;
            }
            let subject = subject_of(spec, &|name| Some(cell(column(rows, name)?, row)), people, indexes);
            let time = times.iter().find_map(|&at| read(at, row)).unwrap_or(STATIC);
            let end = end.and_then(|at| read(at, row)).unwrap_or(STATIC);
            if self.rows.contains_key(name) {
                let place = format!("{}.{}", spec.name, rows.columns()[key].name);
                tally.note(&place, "repeats an id that an earlier row has", Fate::Kept, part.lines.of(row));
            } else {
                self.rows.insert(name.into(), Entry { subject, time, end });
            }
        }
    }
}

/// Whose row it is, of the cells that `cell` gives by column.
fn subject_of<'a>(
    spec: &TableSpec,
    cell: &dyn Fn(&str) -> Option<&'a str>,
    people: &mut People,
    indexes: &Indexes,
) -> Option<i64> {
    if let Some(id) = spec.subject.as_deref().and_then(cell) {
        return if id.is_empty() { None } else { people.number(id) };
    }
    let link = spec.via.as_ref()?;
    indexes.get(&link.table.to_lowercase())?.get(cell(&link.column)?)?.subject
}

/// The tables whose rows others name, each behind those that it needs itself; and the tables whose keys run in a circle.
pub(super) fn order(mapping: &Mapping) -> (Vec<String>, BTreeSet<String>) {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for table in mapping.tables.iter().filter(|table| table.is_carried()) {
        wanted.extend(table.spec.via.iter().map(|link| link.table.to_lowercase()));
        wanted.extend(table.spec.time_of.iter().map(|of| of.table.to_lowercase()));
        wanted.extend(table.is_visits().then(|| table.spec.name.to_lowercase()));
    }
    let next = |name: &str| {
        let table = mapping.find(name)?;
        let link = table.spec.via.as_ref().filter(|_| table.spec.subject.is_none())?;
        Some(link.table.to_lowercase())
    };
    let mut circular = BTreeSet::new();
    for table in &mapping.tables {
        let name = table.spec.name.to_lowercase();
        let mut seen = BTreeSet::from([name.clone()]);
        let mut at = name.clone();
        while let Some(to) = next(&at) {
            if !seen.insert(to.clone()) {
                circular.insert(name);
                break;
            }
            at = to;
        }
    }
    let mut order: Vec<String> = Vec::new();
    for name in wanted.iter().filter(|name| !circular.contains(*name)) {
        let mut chain = vec![name.clone()];
        while let Some(to) = next(&chain[chain.len() - 1]) {
            chain.push(to);
        }
        for name in chain.into_iter().rev() {
            if !order.contains(&name) {
                order.push(name);
            }
        }
    }
    (order, circular)
}
