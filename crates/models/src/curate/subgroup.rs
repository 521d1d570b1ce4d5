//! How much of each group is kept, and is no group erased?

use serde::{Deserialize, Serialize};
use verosim_data::{Cells, Table};

/// How much of one group was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupKept {
    /// Column.
    pub column: String,
    /// Level.
    pub value: String,
    /// Rows of the pool.
    pub rows: usize,
    /// Of these, kept.
    pub kept: usize,
}

/// Columns of more levels have no groups.
const MOST_LEVELS: usize = 12;
/// A group may lose at most so many times the share that all rows lose.
const MOST_TIMES: f64 = 2.0;
/// Groups of fewer rows are told but not protected: their shares are chance.
const LEAST_ROWS: usize = 20;

/// Rows of each group: levels of columns with few levels.
fn members(table: &Table) -> Vec<(String, String, Vec<usize>)> {
    let mut groups = Vec::new();
    for column in table.columns() {
        let Cells::Level { codes, levels } = &column.cells else { continue };
        if levels.len() > MOST_LEVELS {
            continue;
        }
        for (level, text) in levels.iter().enumerate() {
            let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] as usize == level).collect();
            if !rows.is_empty() {
                groups.push((column.name.clone(), text.clone(), rows));
            }
        }
    }
    groups
}

/// How much of each group is kept.
#[must_use]
pub fn groups(table: &Table, keep: &[bool]) -> Vec<GroupKept> {
    members(table)
        .into_iter()
        .map(|(column, value, rows)| {
            let kept = rows.iter().filter(|&&row| keep[row]).count();
            GroupKept { column, value, rows: rows.len(), kept }
        })
        .collect()
}

/// Gives rows back to groups that lose more than twice the share that all lose, the best first, and never to the outcome's
/// own classes: these have their own limit. Rows whose group is small are left alone.
pub(super) fn protect(table: &Table, target: &str, p: &[f64], keep: &mut [bool]) -> usize {
    let dropped = keep.iter().filter(|kept| !**kept).count();
    let share = dropped as f64 / keep.len().max(1) as f64;
    let mut given_back = 0;
    for (column, _, rows) in members(table) {
        if column == target || rows.len() < LEAST_ROWS {
            continue;
        }
        let may_lose = (MOST_TIMES * share * rows.len() as f64).ceil() as usize;
        let mut lost: Vec<usize> = rows.into_iter().filter(|&row| !keep[row]).collect();
        lost.sort_by(|&a, &b| p[b].total_cmp(&p[a]).then(a.cmp(&b)));
        let excess = lost.len().saturating_sub(may_lose);
        for &row in &lost[..excess] {
            keep[row] = true;
            given_back += 1;
        }
    }
    given_back
}
