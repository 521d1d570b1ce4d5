//! Which small sets of lives have laws that tests know?

use verosim_core::Context;
use verosim_timeline::event::Builder;
use verosim_timeline::{About, CodeBook, Event, Events, Findings, Source, TimelineError};

/// Events as a source of shards.
pub(crate) struct Held {
    pub(crate) shards: Vec<Events>,
    about: About,
    codes: CodeBook,
}

impl Held {
    pub(crate) fn new(shards: Vec<Events>) -> Self {
        Self { shards, about: About::default(), codes: CodeBook::default() }
    }

    /// One shard of what `make` writes.
    pub(crate) fn made(make: impl FnOnce(&mut Builder)) -> Self {
        let mut builder = Builder::default();
        make(&mut builder);
        Self::new(vec![builder.finish()])
    }
}

impl Source for Held {
    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, shard: usize, _: Context<'_>) -> Result<Events, TimelineError> {
        Ok(self.shards[shard].clone())
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        Findings::default()
    }
}

/// An event in a visit.
pub(crate) fn event<'a>(subject: i64, time: i64, code: &'a str, visit: &'a str) -> Event<'a> {
    Event { subject, time, code, visit, ..Event::default() }
}
