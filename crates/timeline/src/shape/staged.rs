//! How does whatever a shape writes appear whole or not at all?

use super::{Staging, Writing};
use crate::{CodeBook, Events, Sink, TimelineError, Written};
use std::path::Path;
use verosim_core::Context;

/// A sink that writes into a folder beside its place, which is renamed when all of it is there.
pub(super) struct Staged {
    inner: Box<dyn Sink>,
    staging: Staging,
}

impl Staged {
    /// Begins `make`'s sink in a folder that waits for its place.
    pub(super) fn begin(
        place: &Path,
        writing: &Writing,
        make: impl FnOnce(&Path) -> Result<Box<dyn Sink>, TimelineError>,
    ) -> Result<Box<dyn Sink>, TimelineError> {
        let staging = Staging::begin(place, writing.overwrite)?;
        let inner = make(staging.folder())?;
        Ok(Box::new(Self { inner, staging }))
    }
}

impl Sink for Staged {
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        self.inner.write(events, ctx)
    }

    fn finish(self: Box<Self>, codes: &CodeBook, ctx: Context<'_>) -> Result<Written, TimelineError> {
        let Self { inner, staging } = *self;
        let written = inner.finish(codes, ctx)?;
        staging.commit()?;
        Ok(written)
    }
}
