//! How do events in any order become shards of whole people, in bounded memory?

use super::spill;
use crate::TimelineError;
use crate::event::{Builder, Columns, Event, Events};
use std::path::PathBuf;
use tempfile::TempDir;
use verosim_core::Seeded;
use verosim_data::SourceType;

/// Shards that events are dealt into once they no longer fit: each is read as a whole later.
const BUCKETS: usize = 64;
/// Events gathered between looks at the memory.
const STRIDE: usize = 65_536;

/// Takes events in any order. Holds at most about `limit` bytes; what is more waits in a temporary folder.
#[derive(Debug)]
pub struct Sorter {
    gathered: Builder,
    limit: u64,
    spilled: Option<Spilled>,
    /// Names and types of extra columns by the numbers that [`extra`](Self::extra) gave: they outlive what was spilled.
    extras: Vec<(String, SourceType)>,
    since: usize,
}

#[derive(Debug)]
struct Spilled {
    folder: TempDir,
    parts: Vec<Vec<PathBuf>>,
    files: usize,
}

impl Sorter {
    /// A sorter that holds at most about `limit` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { gathered: Builder::default(), limit, spilled: None, extras: Vec::new(), since: 0 }
    }

    /// The number of the extra column `name`, which is made when it is new.
    pub fn extra(&mut self, name: &str, source: SourceType) -> usize {
        if let Some(at) = self.extras.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.extras.push((name.to_owned(), source));
        self.gathered.typed_extra(name, source)
    }

    /// Adds one event.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn push(&mut self, event: &Event<'_>) -> Result<(), TimelineError> {
        self.gathered.push(event);
        self.since += 1;
        if self.since >= STRIDE { self.look() } else { Ok(()) }
    }

    /// Adds many events.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn append(&mut self, events: &Events) -> Result<(), TimelineError> {
        for column in events.extras() {
            self.extra(&column.name, column.source);
        }
        self.gathered.append(events);
        self.look()
    }

    /// Adds many events in any order.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    ///
    /// # Panics
    /// When the columns are not equally long.
    pub fn append_columns(&mut self, columns: &Columns) -> Result<(), TimelineError> {
        for column in &columns.extras {
            self.extra(&column.name, column.source);
        }
        self.gathered.append_columns(columns);
        self.look()
    }

    /// Spills when there is too much.
    fn look(&mut self) -> Result<(), TimelineError> {
        self.since = 0;
        // Sorting what was gathered takes as much again.
        if 2 * self.gathered.bytes() > self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), TimelineError> {
        if self.spilled.is_none() {
            let folder = tempfile::Builder::new().prefix("verosim-").tempdir();
            let folder = folder
                .map_err(|source| TimelineError::writing(std::path::Path::new("temporary folder"), source))?;
            self.spilled = Some(Spilled { folder, parts: vec![Vec::new(); BUCKETS], files: 0 });
        }
        let Some(spilled) = &mut self.spilled else { return Ok(()) };
        let mut fresh = Builder::default();
        for (name, source) in &self.extras {
            fresh.typed_extra(name, *source);
        }
        let events = std::mem::replace(&mut self.gathered, fresh).finish();
        for bucket in 0..BUCKETS {
            let part = events.of_people(|id| bucket_of(id) == bucket);
            if part.is_empty() {
                continue;
            }
            let path = spilled.folder.path().join(format!("{}.arrow", spilled.files));
            spilled.files += 1;
            spill::write(&path, &part)?;
            spilled.parts[bucket].push(path);
        }
        Ok(())
    }

    /// All events in shards of whole people.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn finish(mut self) -> Result<Shards, TimelineError> {
        if self.spilled.is_some() && !self.gathered.is_empty() {
            self.spill()?;
        }
        let within = Inside::Memory(Box::new(self.gathered.finish()));
        let inside = self.spilled.map_or(within, Inside::Folder);
        Ok(Shards { inside, extras: self.extras })
    }
}

/// Which bucket a person is in: by a key of the id, since ids often come in blocks.
fn bucket_of(id: i64) -> usize {
    (Seeded::new(0).split_at(id as u64).key() % BUCKETS as u64) as usize
}

/// Events in shards of whole people. The temporary folder is removed with it.
#[derive(Debug)]
pub struct Shards {
    inside: Inside,
    /// All extra columns: every shard has all of them.
    extras: Vec<(String, SourceType)>,
}

#[derive(Debug)]
enum Inside {
    Memory(Box<Events>),
    Folder(Spilled),
}

impl Shards {
    /// Number of shards.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.inside {
            Inside::Memory(_) => 1,
            Inside::Folder(spilled) => spilled.parts.len(),
        }
    }

    /// Never: there is at least one shard, if an empty one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads one shard.
    ///
    /// # Errors
    /// When the temporary folder cannot be read.
    pub fn read(&self, shard: usize) -> Result<Events, TimelineError> {
        match &self.inside {
            Inside::Memory(events) => Ok((**events).clone()),
            Inside::Folder(spilled) => {
                let mut builder = Builder::default();
                for (name, source) in &self.extras {
                    builder.typed_extra(name, *source);
                }
                for path in &spilled.parts[shard] {
                    spill::read(path, &mut builder)?;
                }
                Ok(builder.finish())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn fill(limit: u64) -> Shards {
        let mut sorter = Sorter::new(limit);
        let ward = sorter.extra("ward", SourceType::Integer);
        for at in 0..200_000_i64 {
            let (code, text) = (format!("CODE//{}", at % 37), format!("{}", at % 1000));
            let event = Event {
                subject: at % 501,
                time: at * 7 % 10_000,
                code: &code,
                text: &text,
                ..Event::default()
            };
            sorter.push(&Event { number: Some(at as f32), extras: &[(ward, &text)], ..event }).unwrap();
        }
        sorter.finish().unwrap()
    }

    #[test]
    fn what_was_spilled_comes_back_as_it_was() {
        let whole = fill(u64::MAX);
        let parts = fill(4 << 20);
        assert_eq!((whole.len(), parts.len()), (1, BUCKETS));
        let whole = whole.read(0).unwrap();
        let mut people = BTreeSet::new();
        let mut rows = 0;
        for shard in 0..parts.len() {
            let events = parts.read(shard).unwrap();
            for person in events.people() {
                assert!(people.insert(person.id()), "a person is in one shard only");
            }
            let expected = whole.of_people(|id| bucket_of(id) == shard);
            assert_eq!(events.len(), expected.len());
            rows += events.len();
            for row in 0..events.len() {
                assert_eq!(events.times()[row], expected.times()[row]);
                assert_eq!(events.numbers()[row], expected.numbers()[row]);
                assert_eq!(events.codes().cell(row), expected.codes().cell(row));
                assert_eq!(events.extras()[0].cell(row), expected.extras()[0].cell(row));
            }
            if let Some(ward) = events.extra("ward") {
                assert_eq!(ward.source, SourceType::Integer);
            }
        }
        assert_eq!((rows, people.len()), (200_000, 501));
    }
}
