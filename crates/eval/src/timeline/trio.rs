//! Which three sets of lives are compared, and what does the judge know besides?

use crate::trio::some_rows;
use std::collections::BTreeSet;
use verosim_core::Seeded;
use verosim_timeline::{Events, Possible};

/// Timelines of train, holdout and synthetic people, in memory.
#[derive(Clone, Copy)]
pub struct TimelineTrio<'a> {
    /// People whom the generator learned from.
    pub train: &'a Events,
    /// Other people of the same population.
    pub holdout: &'a Events,
    /// People under judgement.
    pub synthetic: &'a Events,
    /// What can happen to whom, when somebody knows.
    pub possible: Option<&'a dyn Possible>,
    /// What a person declared to be looked at.
    pub declared: &'a Declared,
}

impl std::fmt::Debug for TimelineTrio<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let people = [self.train, self.holdout, self.synthetic].map(Events::n_people);
        write!(to, "TimelineTrio of {people:?} people")
    }
}

/// Nothing is declared.
static NOTHING: Declared = Declared { cohorts: Vec::new(), endpoints: Vec::new() };

impl<'a> TimelineTrio<'a> {
    /// Three sets of lives and nothing else; fields say what more is known.
    #[must_use]
    pub fn new(train: &'a Events, holdout: &'a Events, synthetic: &'a Events) -> Self {
        Self { train, holdout, synthetic, possible: None, declared: &NOTHING }
    }
}

/// What a person wants to be looked at; the judge chooses common codes where nothing is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Groups of patients.
    pub cohorts: Vec<CohortQuery>,
    /// Events until which time is measured.
    pub endpoints: Vec<Endpoint>,
}

/// A group of patients, defined by codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CohortQuery {
    /// In words, for the report.
    pub name: String,
    /// Codes of which one must occur; a code counts with everything behind its `//`.
    pub codes: Vec<String>,
    /// On how many days at least; 1 when 0.
    pub days: usize,
    /// Days between the first and the last of them at least.
    pub apart_days: u32,
}

/// An event until which time is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// In words, for the report.
    pub name: String,
    /// Codes of which the first counts; a code counts with everything behind its `//`.
    pub codes: Vec<String>,
}

/// At most `limit` people by chance, with all their events; all of them where there are no more.
///
/// # Cost
/// One pass over the people, and a copy of what is kept.
#[must_use]
pub fn some_people(events: &Events, limit: usize, seed: Seeded) -> Events {
    let ids: Vec<i64> = events.people().map(|person| person.id()).collect();
    if ids.len() <= limit {
        return events.clone();
    }
    let kept: BTreeSet<i64> = some_rows(ids.len(), limit, seed).into_iter().map(|at| ids[at]).collect();
    events.of_people(|id| kept.contains(&id))
}
