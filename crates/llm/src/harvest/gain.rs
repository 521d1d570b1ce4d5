//! Do further replies still bring records that were not there before?

use crate::accept::{Cell, Record};
use std::collections::HashSet;
use std::fmt::Write as _;
use verosim_data::constrain::{Allowance, Allowed};

/// What the last waves of requests brought, as long as hardly any usable record was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// Usable records: they read, and each cell is one that the column may hold.
    pub usable: u64,
    /// Of these, records that repeat no other and no example; where real rows differ even roughly, no more than the
    /// kinds of records in each wave.
    pub new: u64,
    /// Tokens, read and written.
    pub tokens: u64,
}

/// Usable records for each new one at which nothing is gained any more: of a reply of thirty that are one and the same
/// one is new, and where real rows all differ, a well model repeats hardly any.
const FEWEST_NEW: u64 = 8;
/// Usable records that tell: among fewer a run of repeats may be chance.
const TELLING: u64 = 150;

impl Gain {
    /// Takes a wave into account. One that brought enough begins the count anew.
    pub(super) fn wave(&mut self, usable: u64, new: u64, tokens: u64) {
        if new * FEWEST_NEW >= usable && usable > 0 {
            *self = Self::default();
            return;
        }
        self.usable += usable;
        self.new += new;
        self.tokens += tokens;
    }

    /// Whether the tokens of the last waves were spent for repeats.
    pub(super) fn is_nil(self) -> bool {
        self.usable >= TELLING
    }
}

/// The usable records of one wave.
#[derive(Debug, Default)]
pub(super) struct Wave {
    usable: u64,
    new: u64,
    kinds: HashSet<String>,
}

impl Wave {
    /// Counts a usable record, and its kind where kinds count.
    pub(super) fn usable(&mut self, kind: Option<String>) {
        self.usable += 1;
        self.kinds.extend(kind);
    }

    /// Counts one of them that repeats no other.
    pub(super) fn new_one(&mut self) {
        self.new += 1;
    }

    /// Usable records, and those that are unlike the others.
    pub(super) fn counts(&self, by_kind: bool) -> (u64, u64) {
        (self.usable, if by_kind { self.new.min(self.kinds.len() as u64) } else { self.new })
    }
}

/// What a record is roughly: its levels, and between which quantiles (or quarters of the range) its numbers lie.
#[must_use]
pub fn kind_of(record: &Record, columns: &[Allowance]) -> String {
    let mut kind = String::new();
    for (cell, column) in record.0.iter().zip(columns) {
        let _ = match (cell, &column.values) {
            (Cell::Missing, _) => write!(kind, "-\u{1f}"),
            (Cell::Level(level), _) => write!(kind, "{level}\u{1f}"),
            (Cell::Text(text), _) => write!(kind, "{text}\u{1f}"),
            (Cell::Number(value), Allowed::Number { range: Some(range), .. }) => {
                let quarter = |at: f64| range.low + at * (range.high - range.low);
                let cuts =
                    range.quantiles.map_or(vec![quarter(0.25), quarter(0.5), quarter(0.75)], Vec::from);
                write!(kind, "{}\u{1f}", cuts.iter().filter(|cut| value > cut).count())
            }
            (Cell::Number(_), _) => Ok(()),
        };
    }
    kind
}

/// Whether real rows differ even roughly: of as many as tell, half are of another kind each.
#[must_use]
pub fn is_varied(records: &[Record], columns: &[Allowance]) -> bool {
    let some = &records[..records.len().min(TELLING as usize)];
    let kinds: HashSet<String> = some.iter().map(|record| kind_of(record, columns)).collect();
    some.len() >= 20 && 2 * kinds.len() >= some.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waves_of_repeats_in_a_row_are_no_gain() {
        let mut gain = Gain::default();
        gain.wave(240, 200, 9_000);
        gain.wave(100, 5, 4_000);
        assert!(!gain.is_nil(), "too few to tell");
        gain.wave(8, 1, 900);
        assert_eq!(gain, Gain::default(), "one in eight is new: the count begins anew");
        gain.wave(0, 0, 700);
        gain.wave(100, 12, 4_000);
        gain.wave(50, 0, 2_000);
        assert!(gain.is_nil(), "{gain:?}");
        assert_eq!(gain, Gain { usable: 150, new: 12, tokens: 6_700 });
    }
}
