//! How are findings counted while millions of rows pass?

use crate::{Fate, Findings};
use std::collections::BTreeMap;

/// Lines kept per finding.
const SHOWN: usize = 5;

/// Counts by table, column and kind; becomes [`Findings`] at the end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    found: BTreeMap<(String, &'static str, Fate), (u64, Vec<u64>)>,
}

impl Tally {
    /// Notes one row at `line`.
    pub(super) fn note(&mut self, place: &str, what: &'static str, fate: Fate, line: u64) {
        self.count(place, what, fate, 1, line);
    }

    /// Notes `count` rows of which the first is at `line`; 0 for none.
    pub(super) fn count(&mut self, place: &str, what: &'static str, fate: Fate, count: u64, line: u64) {
        if count == 0 {
            return;
        }
        let (all, lines) = self.found.entry((place.to_owned(), what, fate)).or_default();
        *all += count;
        if line > 0 && lines.len() < SHOWN {
            lines.push(line);
        }
    }

    /// All that was counted.
    pub(super) fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        for ((place, what, fate), (count, lines)) in &self.found {
            lines.iter().for_each(|&line| findings.note(place, what, *fate, line));
            findings.count(place, what, *fate, count - lines.len() as u64, 0);
        }
        findings
    }
}

impl Tally {
    /// Adds what another counted.
    pub(super) fn extend(&mut self, other: Self) {
        for ((place, what, fate), (count, lines)) in other.found {
            let left = count - lines.len() as u64;
            lines.into_iter().for_each(|line| self.count(&place, what, fate, 1, line));
            self.count(&place, what, fate, left, 0);
        }
    }
}
