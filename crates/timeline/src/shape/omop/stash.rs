//! Which cells of a row travel beside its event, and under which names?

use super::cells::{EMPTY, RAW};
use super::spec::{Table, Type};
use crate::event::instant;
use crate::store::Sorter;
use verosim_data::{RawColumn, SourceType};

/// Sorts the cells of a table's rows into extra columns.
#[derive(Debug)]
pub(super) struct Stash {
    slots: Vec<Slot>,
    empties: Option<usize>,
    /// Columns that are empty in the current row although its event would fill them.
    empty: String,
}

#[derive(Debug)]
struct Slot {
    name: String,
    source: SourceType,
    /// How the file typed the column.
    cells: SourceType,
    own: Option<usize>,
    raw: Option<usize>,
}

impl Slot {
    fn new(name: &str) -> Self {
        let source = SourceType::Text;
        Self { name: name.to_owned(), source, cells: source, own: None, raw: None }
    }
}

/// Whether two texts are the same value of a typed column, which has no texts of its own.
fn equal(cell: &str, given: &str, cells: SourceType) -> bool {
    match cells {
        SourceType::Timestamp | SourceType::Date => {
            instant::read(cell).is_some_and(|at| instant::read(given) == Some(at))
        }
        SourceType::Float | SourceType::Integer => {
            cell.parse::<f64>().is_ok_and(|number| given.parse() == Ok(number))
        }
        _ => false,
    }
}

impl Stash {
    /// For the columns of a table.
    pub(super) fn new(table: &Table) -> Self {
        let slots = table.fields.iter().map(|field| Slot::new(&field.name)).collect();
        Self { slots, empties: None, empty: String::new() }
    }

    /// The slot of a column that the specification does not have.
    pub(super) fn foreign(&mut self, name: &str) -> usize {
        if let Some(at) = self.slots.iter().position(|slot| slot.name == name) {
            return at;
        }
        self.slots.push(Slot::new(name));
        self.slots.len() - 1
    }

    /// Takes over how the source typed a column of whole numbers; dates and numbers stay texts, for their cells may be
    /// written in ways that typed columns cannot.
    pub(super) fn typed(&mut self, slot: usize, column: &RawColumn, kind: Option<Type>) {
        self.slots[slot].cells = column.source;
        if column.source == SourceType::Integer && kind == Some(Type::Integer) {
            self.slots[slot].source = SourceType::Integer;
        }
    }

    /// Begins a row.
    pub(super) fn begin(&mut self) {
        self.empty.clear();
    }

    /// Keeps a cell unless the event gives it back.
    pub(super) fn keep<'c>(
        &mut self,
        slot: usize,
        cell: &'c str,
        given: &str,
        extras: &mut Vec<(usize, &'c str)>,
        sorter: &mut Sorter,
    ) {
        let slot = &mut self.slots[slot];
        if cell == given || slot.cells != SourceType::Text && equal(cell, given, slot.cells) {
            return;
        }
        if cell.is_empty() {
            if !self.empty.is_empty() {
                self.empty.push(' ');
            }
            self.empty.push_str(&slot.name);
        } else if given.is_empty() {
            let at = *slot.own.get_or_insert_with(|| sorter.extra(&slot.name, slot.source));
            extras.push((at, cell));
        } else {
            let name = || format!("{RAW}{}", slot.name);
            let at = *slot.raw.get_or_insert_with(|| sorter.extra(&name(), SourceType::Text));
            extras.push((at, cell));
        }
    }

    /// The extra column that tells what was empty in the current row, if something was.
    pub(super) fn empty(&mut self, sorter: &mut Sorter) -> Option<(usize, &str)> {
        if self.empty.is_empty() {
            return None;
        }
        let at = *self.empties.get_or_insert_with(|| sorter.extra(EMPTY, SourceType::Text));
        Some((at, &self.empty))
    }
}
