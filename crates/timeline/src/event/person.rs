//! What is one person's life in events?

use super::{Events, STATIC};
use crate::kind::{BIRTH, DEATH};
use std::ops::Range;

/// One person's events, in time order, static ones first.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    events: &'a Events,
    rows: Range<usize>,
}

impl<'a> Person<'a> {
    pub(super) fn new(events: &'a Events, rows: Range<usize>) -> Self {
        Self { events, rows }
    }

    /// Who.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.events.0.subject[self.rows.start]
    }

    /// The events that this person's are part of; [`rows`](Self::rows) are positions in it.
    #[must_use]
    pub fn events(&self) -> &'a Events {
        self.events
    }

    /// Positions of this person's events.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Number of events; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never: who has no event is not in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Positions of the events without a time.
    #[must_use]
    pub fn statics(&self) -> Range<usize> {
        self.rows.start..self.rows.start + self.first_timed()
    }

    /// Positions of the events with a time, earliest first.
    #[must_use]
    pub fn timed(&self) -> Range<usize> {
        self.rows.start + self.first_timed()..self.rows.end
    }

    fn first_timed(&self) -> usize {
        self.events.0.time[self.rows.clone()].partition_point(|&time| time == STATIC)
    }

    /// The code of the event at `row`.
    #[must_use]
    pub fn code(&self, row: usize) -> &'a str {
        self.events.0.code.cell(row)
    }

    /// When this person was born, if an event says so: microseconds since 1970.
    #[must_use]
    pub fn birth(&self) -> Option<i64> {
        self.first_time_of(BIRTH)
    }

    /// When this person died, if an event says so: microseconds since 1970.
    #[must_use]
    pub fn death(&self) -> Option<i64> {
        self.first_time_of(DEATH)
    }

    fn first_time_of(&self, prefix: &str) -> Option<i64> {
        self.timed().find(|&row| crate::kind::is(self.code(row), prefix)).map(|row| self.events.0.time[row])
    }
}
