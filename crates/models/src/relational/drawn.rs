//! What was drawn of a node, as tokens and as it is written?

use super::model::{CLOCK, NodeModel};
use super::spell::text_of;
use super::store::Store;
use std::sync::Arc;
use verosim_core::Seeded;
use verosim_data::frame::format;
use verosim_data::{Codec, Encoded, EncodedColumn, RawTable, Table};

/// The drawn rows of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    pub(super) store: Store,
    /// When counting began.
    pub(super) from: Vec<i64>,
    /// All learned columns but those of the clock, as numbers and as they are written.
    pub(super) table: Table,
    pub(super) texts: RawTable,
    /// Per person the rows in their order.
    pub(super) of_person: Vec<Vec<u32>>,
}

impl Drawn {
    /// The written cell of a learned column.
    pub(super) fn text(&self, column: &str, row: usize) -> &str {
        let found = self.texts.columns().iter().find(|own| own.name == column);
        found.map_or("", |cells| cells.cell(row))
    }

    /// The number of a learned column; NaN for none.
    pub(super) fn number(&self, column: &str, row: usize) -> f64 {
        let numbers = self.table.column(column).and_then(|column| column.numbers());
        numbers.and_then(|numbers| numbers.get(row)).copied().unwrap_or(f64::NAN)
    }

    /// Whether a column of presences says that a cell is there.
    pub(super) fn is_there(&self, column: Option<&String>, row: usize) -> bool {
        let Some(column) = column else { return true };
        self.table.column(column).is_none_or(|column| text_of(column, row) == "1")
    }
}

/// Gaps and spans of drawn rows.
pub(super) fn clock(node: &NodeModel, drawn: &[EncodedColumn], n: usize, seed: Seeded) -> Vec<[f64; 2]> {
    let table = decoded(&node.plan.clock, drawn, n, seed);
    let of = |name: &str| {
        let numbers = table.column(name).and_then(|column| column.numbers()).map(<[f64]>::to_vec);
        numbers.unwrap_or_else(|| vec![f64::NAN; n])
    };
    of("gap").into_iter().zip(of("span")).map(|(gap, span)| [gap, span]).collect()
}

fn decoded(codec: &Codec, columns: &[EncodedColumn], n: usize, seed: Seeded) -> Table {
    let encoded = Encoded::new(Arc::clone(codec.domain()), columns.to_vec(), n, None);
    encoded.map_or_else(Table::default, |encoded| codec.decode(&encoded, seed))
}

/// All rows of a node with their cells.
pub(super) fn finished(node: &NodeModel, store: Store, from: Vec<i64>, seed: Seeded) -> Drawn {
    let codec = &node.plan.cells;
    let table = decoded(codec, &store.own[CLOCK..], store.len(), seed);
    let texts = format(&table, codec.schema(), &[]);
    Drawn { store, from, table, texts, of_person: Vec::new() }
}

/// Some of the persons.
pub(super) fn some(persons: &Drawn, rows: &[usize]) -> Drawn {
    let pick = |from: &[i64]| rows.iter().map(|&row| from[row]).collect::<Vec<_>>();
    let own = persons.store.own.iter().map(|column| super::store::taken(column, rows));
    let n = rows.len() as u32;
    let store = Store {
        own: own.collect(),
        person: (0..n).collect(),
        parent: (0..n).collect(),
        place: vec![0; rows.len()],
        time: pick(&persons.store.time),
        end: pick(&persons.store.end),
        is_void: vec![false; rows.len()],
        last_of: Vec::new(),
    };
    Drawn {
        store,
        from: vec![0; rows.len()],
        table: persons.table.take(rows),
        texts: persons.texts.take(rows),
        of_person: (0..n).map(|row| vec![row]).collect(),
    }
}
