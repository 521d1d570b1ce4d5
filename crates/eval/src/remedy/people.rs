//! Who is learned from and tested on, and which group is everyone in?

use crate::features::present;
use crate::groups::Group;
use crate::prognosis::Outcome;
use crate::trio::some_rows;
use verosim_core::Seeded;
use verosim_data::Table;

/// Rows of one table whose outcome is known.
#[derive(Clone)]
pub(crate) struct People {
    pub(crate) table: Table,
    pub(crate) yes: Vec<bool>,
    /// Row of each in the table that they come from.
    pub(crate) rows: Vec<usize>,
    /// Place of the group of each among the groups of a column; `None` in none of them.
    pub(crate) group: Vec<Option<usize>>,
}

impl People {
    /// At most `limit` rows, in no group yet.
    pub(crate) fn of(table: &Table, outcome: Outcome, limit: usize, seed: Seeded) -> Self {
        let known = present(table, outcome.column);
        let rows: Vec<usize> =
            some_rows(known.len(), limit, seed).into_iter().map(|at| known[at] as usize).collect();
        let yes = rows.iter().map(|&row| outcome.is_yes(table, row)).collect();
        Self { table: table.take(&rows), yes, group: vec![None; rows.len()], rows }
    }

    /// The same people in `groups`; `members` gives the rows of a group in the table that they come from.
    pub(crate) fn grouped(&self, groups: &[&Group], members: impl Fn(&Group) -> &[usize]) -> Self {
        let place = |row: &usize| groups.iter().position(|group| members(group).binary_search(row).is_ok());
        Self { group: self.rows.iter().map(place).collect(), ..self.clone() }
    }

    pub(crate) fn len(&self) -> usize {
        self.yes.len()
    }

    /// People of a group, by place.
    pub(crate) fn of_group(&self, group: usize) -> Vec<usize> {
        (0..self.len()).filter(|&at| self.group[at] == Some(group)).collect()
    }

    /// Some of them, as often as they are named.
    pub(crate) fn take(&self, places: &[usize]) -> Self {
        Self {
            table: self.table.take(places),
            yes: places.iter().map(|&at| self.yes[at]).collect(),
            rows: places.iter().map(|&at| self.rows[at]).collect(),
            group: places.iter().map(|&at| self.group[at]).collect(),
        }
    }

    /// These and the others after them; `None` where the tables do not fit.
    pub(crate) fn append(mut self, other: &Self) -> Option<Self> {
        self.table = self.table.append(&other.table)?;
        self.yes.extend(&other.yes);
        self.rows.extend(&other.rows);
        self.group.extend(&other.group);
        Some(self)
    }
}
