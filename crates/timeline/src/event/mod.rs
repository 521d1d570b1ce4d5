//! What is a set of patients' events in memory?
//!
//! The columns of MEDS 0.4 (`subject_id`, `time`, `code`, `numeric_value`, `text_value`), and three that every hospital's
//! shape needs: when an event ended, which visit it belongs to, and which table it was a row of. Whatever else a source has
//! travels as extra columns of text.

mod build;
pub mod instant;
mod person;

pub use build::{Builder, Event};
pub use person::Person;

use verosim_data::RawColumn;

/// No time: the event holds for the whole life (`time` is null in MEDS).
pub const STATIC: i64 = i64::MIN;

/// The columns of events, in any order. All must be equally long.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Whose.
    pub subject: Vec<i64>,
    /// Microseconds since 1970, or [`STATIC`].
    pub time: Vec<i64>,
    /// Microseconds since 1970, or [`STATIC`] for none.
    pub end: Vec<i64>,
    /// NaN for none.
    pub number: Vec<f32>,
    /// `KIND//SYSTEM//VALUE`.
    pub code: RawColumn,
    /// Empty for none.
    pub text: RawColumn,
    /// Empty for none.
    pub visit: RawColumn,
    /// Empty for none.
    pub source: RawColumn,
    /// The rest, each with a name of its own.
    pub extras: Vec<RawColumn>,
}

impl Columns {
    /// Whether all columns are equally long.
    #[must_use]
    pub fn agree(&self) -> bool {
        let n = self.subject.len();
        let texts = [&self.code, &self.text, &self.visit, &self.source];
        let numbers = [self.time.len(), self.end.len(), self.number.len()];
        numbers.iter().all(|&len| len == n)
            && texts.into_iter().chain(&self.extras).all(|column| column.len() == n)
    }

    /// Bytes in memory, about.
    fn bytes(&self) -> u64 {
        let texts = [&self.code, &self.text, &self.visit, &self.source].into_iter().chain(&self.extras);
        (8 * 3 + 4) * self.subject.len() as u64 + texts.map(RawColumn::bytes).sum::<u64>()
    }
}

/// Some people's events. Invariants: columns are equally long; rows are sorted by subject, and within a subject by time,
/// static rows first; rows of equal time keep the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Events(Columns);

impl Events {
    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.subject.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.subject.is_empty()
    }

    /// The subject of each event.
    #[must_use]
    pub fn subjects(&self) -> &[i64] {
        &self.0.subject
    }

    /// When each event began, in microseconds since 1970 without a time zone; [`STATIC`] for what has no time.
    #[must_use]
    pub fn times(&self) -> &[i64] {
        &self.0.time
    }

    /// When each event ended, in microseconds since 1970; [`STATIC`] for what has no end.
    #[must_use]
    pub fn ends(&self) -> &[i64] {
        &self.0.end
    }

    /// The numeric value of each event; NaN where there is none.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        &self.0.number
    }

    /// The code of each event: positions into its distinct texts.
    #[must_use]
    pub fn codes(&self) -> &RawColumn {
        &self.0.code
    }

    /// The text value of each event; empty where there is none.
    #[must_use]
    pub fn texts(&self) -> &RawColumn {
        &self.0.text
    }

    /// The visit that each event belongs to, as the source names it; empty where there is none.
    #[must_use]
    pub fn visits(&self) -> &RawColumn {
        &self.0.visit
    }

    /// The table that each event was a row of (`hosp/labevents`), or the table and column that it was derived from
    /// (`hosp/patients.dod`); empty for what was read from MEDS or generated.
    #[must_use]
    pub fn sources(&self) -> &RawColumn {
        &self.0.source
    }

    /// Everything else that the source had; the empty text is absence.
    #[must_use]
    pub fn extras(&self) -> &[RawColumn] {
        &self.0.extras
    }

    /// The extra column of that name.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&RawColumn> {
        self.0.extras.iter().find(|column| column.name == name)
    }

    /// The people, in order of their ids.
    ///
    /// # Cost
    /// One pass over the subjects.
    pub fn people(&self) -> impl Iterator<Item = Person<'_>> {
        self.0.subject.chunk_by(|a, b| a == b).scan(0, move |start, rows| {
            let from = *start;
            *start += rows.len();
            Some(Person::new(self, from..*start))
        })
    }

    /// How many people there are.
    #[must_use]
    pub fn n_people(&self) -> usize {
        self.0.subject.chunk_by(|a, b| a == b).count()
    }

    /// The events at `rows`, in that order; `rows` must keep the order of the invariant.
    fn take(&self, rows: &[usize]) -> Self {
        fn pick<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| from[row]).collect()
        }
        Self(Columns {
            subject: pick(&self.0.subject, rows),
            time: pick(&self.0.time, rows),
            end: pick(&self.0.end, rows),
            number: pick(&self.0.number, rows),
            code: self.0.code.take(rows),
            text: self.0.text.take(rows),
            visit: self.0.visit.take(rows),
            source: self.0.source.take(rows),
            extras: self.0.extras.iter().map(|column| column.take(rows)).collect(),
        })
    }

    /// The events of the people whom `keep` accepts.
    #[must_use]
    pub fn of_people(&self, mut keep: impl FnMut(i64) -> bool) -> Self {
        let mut rows = Vec::new();
        for person in self.people().filter(|person| keep(person.id())) {
            rows.extend(person.rows());
        }
        self.take(&rows)
    }

    /// The first `n` people, and the others.
    #[must_use]
    pub fn parted(self, n: usize) -> (Self, Self) {
        let Some(from) = self.people().nth(n).map(|person| person.rows().start) else {
            return (self, Self::default());
        };
        let rows: Vec<usize> = (0..self.len()).collect();
        (self.take(&rows[..from]), self.take(&rows[from..]))
    }

    /// The events that `keep` accepts, by position.
    #[must_use]
    pub fn retain(&self, mut keep: impl FnMut(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.len()).filter(|&row| keep(row)).collect();
        self.take(&rows)
    }

    /// The same lives, in order under `ids`, which must rise; there must be one for each.
    #[must_use]
    pub fn renumbered(mut self, ids: impl IntoIterator<Item = i64>) -> Self {
        for (id, rows) in ids.into_iter().zip(self.0.subject.chunk_by_mut(|a, b| a == b)) {
            rows.fill(id);
        }
        self
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Events {
        let mut builder = Builder::default();
        let site = builder.extra("site");
        builder.push(&Event {
            subject: 2,
            time: 50,
            code: "B",
            extras: &[(site, "north")],
            ..Event::default()
        });
        builder.push(&Event { subject: 1, time: 90, code: "A", number: Some(1.5), ..Event::default() });
        builder.push(&Event { subject: 1, code: "SEX//F", ..Event::default() });
        builder.push(&Event { subject: 1, time: 90, code: "C", text: "x", visit: "v", ..Event::default() });
        builder.finish()
    }

    #[test]
    fn events_stand_by_person_and_time() {
        let events = three();
        let codes: Vec<&str> = (0..4).map(|row| events.codes().cell(row)).collect();
        assert_eq!(codes, ["SEX//F", "A", "C", "B"], "static first, equal times as they came");
        let people: Vec<(i64, usize)> = events.people().map(|person| (person.id(), person.len())).collect();
        assert_eq!(people, [(1, 3), (2, 1)]);
        assert_eq!(events.extra("site").map(|site| (site.cell(0), site.cell(3))), Some(("", "north")));
        assert_eq!(events.n_people(), 2);
    }

    #[test]
    fn people_are_taken_whole() {
        let events = three().of_people(|id| id == 2);
        assert_eq!((events.len(), events.codes().cell(0), events.extras()[0].cell(0)), (1, "B", "north"));
        assert_eq!(three().retain(|row| row != 0).n_people(), 2);
        let lengths = |n: usize| [three().parted(n)].map(|(first, rest)| (first.len(), rest.len()))[0];
        assert_eq!([0, 1, 2, 9].map(lengths), [(0, 4), (3, 1), (4, 0), (4, 0)]);
        assert_eq!(three().renumbered(7..).subjects(), [7, 7, 7, 8]);
    }
}
