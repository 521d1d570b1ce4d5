//! Which extra columns of events belong to which columns of a table?

use super::cells::{EMPTY, RAW};
use super::layout;
use super::spec::{self, Table};
use crate::Events;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What an extra column is for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// A column under its own name.
    Own(usize),
    /// A cell as it came.
    Raw(usize),
    /// Names of columns that were empty.
    Empty,
    /// Nothing that the table knows.
    Foreign,
}

/// The extra columns of some events.
#[derive(Debug)]
pub(super) struct Extras<'e> {
    events: &'e Events,
    uses: BTreeMap<&'static str, Vec<Use>>,
    /// Whether there are cells of OMOP beside the events, as only rows of OMOP have and drawn ones have not.
    pub(super) carries: bool,
}

/// What travelled beside one event.
#[derive(Debug, Default)]
pub(super) struct Beside<'e> {
    own: Vec<&'e str>,
    raw: Vec<&'e str>,
    empty: &'e str,
}

impl<'e> Extras<'e> {
    pub(super) fn new(events: &'e Events) -> Self {
        let tables = layout::layouts().iter().map(|layout| layout.table).chain(spec::table("person"));
        let uses = tables.map(|table| {
            let uses = events.extras().iter().map(|column| use_of(&column.name, table)).collect();
            (table.name.as_str(), uses)
        });
        let uses: BTreeMap<&'static str, Vec<Use>> = uses.collect();
        let carries = uses.values().flatten().any(|place| *place != Use::Foreign);
        Self { events, uses, carries }
    }

    /// What travelled beside the event at `row`, which becomes a row of `table`. Names of columns that are lost go to
    /// `lost`. Columns count only when the event `speaks` OMOP.
    pub(super) fn beside(
        &self,
        row: usize,
        table: &Table,
        speaks: bool,
        mut lost: impl FnMut(&'e str),
    ) -> Beside<'e> {
        let n = table.fields.len();
        let mut beside = Beside { own: vec![""; n], raw: vec![""; n], empty: "" };
        let Some(uses) = self.uses.get(table.name.as_str()) else { return beside };
        for (column, place) in self.events.extras().iter().zip(uses) {
            let cell = column.cell(row);
            if cell.is_empty() {
                continue;
            }
            match *place {
                Use::Own(at) if speaks => beside.own[at] = cell,
                Use::Raw(at) if speaks => beside.raw[at] = cell,
                Use::Empty if speaks => beside.empty = cell,
                _ => lost(&column.name),
            }
        }
        beside
    }
}

fn use_of(name: &str, table: &Table) -> Use {
    if name == EMPTY {
        return Use::Empty;
    }
    let own = |name| table.position(name);
    match name.strip_prefix(RAW) {
        Some(name) => own(name).map_or(Use::Foreign, Use::Raw),
        None => own(name).map_or(Use::Foreign, Use::Own),
    }
}

impl<'e> Beside<'e> {
    /// The cell of a column: as it came, else what the event gives, else what travelled under the column's name. The
    /// empty text also when the column was empty although the event gives something.
    pub(super) fn cell<'c>(&self, at: usize, name: &str, given: Cow<'c, str>) -> Cow<'c, str>
    where
        'e: 'c,
    {
        let raw = self.raw[at];
        if !raw.is_empty() {
            raw.into()
        } else if self.was_empty(name) {
            "".into()
        } else if given.is_empty() {
            self.own[at].into()
        } else {
            given
        }
    }

    /// Whether the column was empty although the event gives something.
    pub(super) fn was_empty(&self, name: &str) -> bool {
        !self.empty.is_empty() && self.empty.split(' ').any(|empty| empty == name)
    }
}
