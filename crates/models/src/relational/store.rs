//! What is known of rows when the next one is learned or drawn?

use super::keys::NONE;
use crate::lives::clock::Grain;
use serde::{Deserialize, Serialize};
use verosim_data::EncodedColumn;
use verosim_timeline::event::STATIC;

/// The rows of one node, in the order in which they are learned or drawn: each behind its parent and the rows of its person
/// that come before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    /// Its own columns, encoded.
    pub(super) own: Vec<EncodedColumn>,
    pub(super) person: Vec<u32>,
    /// Position of the parent in its store.
    pub(super) parent: Vec<u32>,
    /// Which of the parent's rows of this node, from 0.
    pub(super) place: Vec<u32>,
    /// Of persons birth and death.
    pub(super) time: Vec<i64>,
    pub(super) end: Vec<i64>,
    /// Rows that could not be: nothing hangs on them, and they are not written.
    pub(super) is_void: Vec<bool>,
    /// Per row of the parent the last row that hangs on it.
    pub(super) last_of: Vec<u32>,
}

impl Store {
    pub(super) fn len(&self) -> usize {
        self.person.len()
    }

    /// A store for rows that hang on `parents` rows.
    pub(super) fn below(parents: usize, columns: usize) -> Self {
        Self { own: vec![EncodedColumn::default(); columns], last_of: vec![NONE; parents], ..Self::default() }
    }
}

/// Some cells of a column.
pub(super) fn taken(column: &EncodedColumn, rows: &[usize]) -> EncodedColumn {
    EncodedColumn {
        tokens: rows.iter().map(|&row| column.tokens[row]).collect(),
        ranks: rows.iter().filter_map(|&row| column.ranks.get(row).copied()).collect(),
    }
}

/// A place that a row will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seat {
    pub(super) person: u32,
    pub(super) parent: u32,
    /// Which of the parent's rows, and how many follow.
    pub(super) place: u32,
    pub(super) left: u32,
    /// Rows of this node that the person had before, and the last of them; [`NONE`] for none.
    pub(super) nth: u32,
    pub(super) before: u32,
    /// When counting begins: the time of the row before it of the same parent, else of the parent.
    pub(super) from: i64,
    pub(super) birth: i64,
    pub(super) death: i64,
}

/// How fine the times and the spans of a node are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grains {
    pub(super) time: Grain,
    pub(super) span: Grain,
}

impl Grains {
    pub(super) fn of(times: impl Iterator<Item = (i64, i64)>) -> Self {
        let mut grains = Self { time: Grain::Day, span: Grain::Day };
        for (time, end) in times {
            if time != STATIC {
                grains.time = grains.time.min(Grain::of(time));
            }
            if end != STATIC {
                grains.span = grains.span.min(Grain::of(end));
            }
        }
        grains.span = grains.span.min(grains.time);
        grains
    }

    /// The gap from `from` to a time and from there to an end, in grains; NaN for none.
    pub(super) fn measure(self, from: i64, time: i64, end: i64) -> [f64; 2] {
        if time == STATIC {
            return [f64::NAN; 2];
        }
        let apart = |grain: Grain, a: i64, b: i64| {
            (grain.floor(b).saturating_sub(grain.floor(a)) / grain.micros()) as f64
        };
        let span = if end == STATIC || end < time { f64::NAN } else { apart(self.span, time, end) };
        [apart(self.time, from, time), span]
    }

    /// The time after a gap.
    pub(super) fn after(self, from: i64, gap: f64) -> i64 {
        moved(self.time, from, gap)
    }

    /// The end after a span.
    pub(super) fn lasting(self, time: i64, span: f64) -> i64 {
        moved(self.span, time, span)
    }
}

fn moved(grain: Grain, from: i64, by: f64) -> i64 {
    if !by.is_finite() {
        return STATIC;
    }
    // Beyond some hundred thousand years either way nothing is a time.
    let by = (by.round() * grain.micros() as f64).clamp(-4e18, 4e18) as i64;
    grain.floor(from).saturating_add(by).max(STATIC + 1)
}

/// When counting begins for a child of `parent` in the store of `nodes[0]`, whose own parents are in those of the next: the
/// time of the nearest of them that has one, else `epoch`.
pub(super) fn start_of(above: &[&Store], parent: u32, epoch: i64) -> i64 {
    let mut at = parent as usize;
    for store in above {
        if store.time[at] != STATIC {
            return store.time[at];
        }
        at = store.parent[at] as usize;
    }
    epoch
}
