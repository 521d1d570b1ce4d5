//! How do events gather in any order and come out sorted?

use super::{Columns, Events, STATIC};
use verosim_data::{RawColumn, SourceType};

/// One event on its way in.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Whose.
    pub subject: i64,
    /// Microseconds since 1970, or [`STATIC`].
    pub time: i64,
    /// Microseconds since 1970, or [`STATIC`] for none.
    pub end: i64,
    /// What: `MEASUREMENT//LOINC//2339-0//mg/dL`.
    pub code: &'a str,
    /// Its number.
    pub number: Option<f32>,
    /// Its text; empty for none.
    pub text: &'a str,
    /// Its visit; empty for none.
    pub visit: &'a str,
    /// Its table; empty for none.
    pub source: &'a str,
    /// Extra columns by what [`Builder::extra`] gave; empty texts are absence.
    pub extras: &'a [(usize, &'a str)],
}

impl Default for Event<'_> {
    fn default() -> Self {
        Self {
            subject: 0,
            time: STATIC,
            end: STATIC,
            code: "",
            number: None,
            text: "",
            visit: "",
            source: "",
            extras: &[],
        }
    }
}

/// Gathers events in any order.
#[derive(Debug)]
pub struct Builder {
    columns: Columns,
}

impl Default for Builder {
    fn default() -> Self {
        let text = |name| RawColumn::new(name, SourceType::Text);
        let (code, visit, source) = (text("code"), text("visit"), text("source"));
        Self { columns: Columns { code, text: text("text_value"), visit, source, ..Columns::default() } }
    }
}

impl Builder {
    /// The number of the extra column `name`, which is made when it is new.
    pub fn extra(&mut self, name: &str) -> usize {
        self.typed_extra(name, SourceType::Text)
    }

    /// Like [`extra`](Self::extra), with the type that the source gave the column.
    pub fn typed_extra(&mut self, name: &str, source: SourceType) -> usize {
        if let Some(at) = self.columns.extras.iter().position(|column| column.name == name) {
            return at;
        }
        self.columns.extras.push(RawColumn::new(name, source));
        self.columns.extras.len() - 1
    }

    /// Adds one event.
    ///
    /// # Panics
    /// When an extra column was not made by [`extra`](Self::extra).
    pub fn push(&mut self, event: &Event<'_>) {
        let to = &mut self.columns;
        to.subject.push(event.subject);
        to.time.push(event.time);
        to.end.push(event.end);
        to.number.push(event.number.unwrap_or(f32::NAN));
        to.code.push(event.code);
        to.text.push(event.text);
        to.visit.push(event.visit);
        to.source.push(event.source);
        let n = to.subject.len();
        // Sources have a hundred extra columns of which an event has a few: the others are filled up when it matters.
        for &(at, cell) in event.extras {
            let column = &mut to.extras[at];
            column.repeat("", (n - 1).saturating_sub(column.len()));
            column.push(cell);
        }
    }

    /// Fills up extra columns that later events had nothing for.
    fn fill_up(&mut self) {
        let n = self.len();
        for column in &mut self.columns.extras {
            column.repeat("", n.saturating_sub(column.len()));
        }
    }

    /// Adds all of `more`.
    ///
    /// # Cost
    /// O(events) plus one look-up per distinct text.
    pub fn append(&mut self, more: &Events) {
        self.append_columns(&more.0);
    }

    /// Adds all of `more`, in any order.
    ///
    /// # Panics
    /// When its columns are not equally long.
    pub fn append_columns(&mut self, more: &Columns) {
        assert!(more.agree(), "columns of events are equally long");
        for column in &more.extras {
            self.typed_extra(&column.name, column.source);
        }
        self.fill_up();
        let to = &mut self.columns;
        if to.subject.is_empty() {
            // Sources have their own names and types of visits.
            to.visit = RawColumn::new(&more.visit.name, more.visit.source);
        }
        to.subject.extend(&more.subject);
        to.time.extend(&more.time);
        to.end.extend(&more.end);
        to.number.extend(&more.number);
        for (column, more) in [
            (&mut to.code, &more.code),
            (&mut to.text, &more.text),
            (&mut to.visit, &more.visit),
            (&mut to.source, &more.source),
        ] {
            column.append(more);
        }
        for column in &mut to.extras {
            match more.extras.iter().find(|other| other.name == column.name) {
                Some(more) => column.append(more),
                None => column.repeat("", more.subject.len()),
            }
        }
    }

    /// Events gathered so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.subject.len()
    }

    /// Whether nothing was gathered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.subject.is_empty()
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.columns.bytes()
    }

    /// All events by person and time.
    ///
    /// # Cost
    /// O(events · log events); nothing is copied when they came in order.
    #[must_use]
    pub fn finish(mut self) -> Events {
        self.fill_up();
        let columns = self.columns;
        let key = |row: usize| (columns.subject[row], columns.time[row]);
        if (1..columns.subject.len()).all(|row| key(row - 1) <= key(row)) {
            return Events(columns);
        }
        let mut rows: Vec<usize> = (0..columns.subject.len()).collect();
        // Stable: equal times keep the order in which they came.
        rows.sort_by_key(|&row| key(row));
        Events(columns).take(&rows)
    }
}
