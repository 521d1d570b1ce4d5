//! How is everybody counted, shard by shard, on all threads?

use super::sitting::Kinds;
use super::vocabulary::{Census, Vocabulary};
use rayon::prelude::*;
use verosim_core::{Context, FitError};
use verosim_timeline::{Events, LearnError, Person, TimelineError, Train};

/// Counts all people: shard by shard, a part of each by each thread; `None` when there is nobody.
///
/// Parts are put together in any order, so `merge` must not care: whole numbers and sketches do not.
pub(crate) fn counted<T: Send>(
    train: Train<'_>,
    ctx: Context<'_>,
    what: &str,
    count: impl Fn(&Events, &Kinds, &[Person<'_>]) -> T + Sync,
    merge: impl Fn(T, T) -> T + Sync + Send,
) -> Result<Option<T>, TimelineError> {
    let cohort = train.cohort();
    let mut all: Option<T> = None;
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        ctx.progress.step(shard, cohort.shards(), what);
        let events = cohort.read(shard, ctx)?;
        let people: Vec<Person<'_>> = events.people().collect();
        let kinds = Kinds::of(&events);
        let part = people.len().div_ceil(rayon::current_num_threads()).max(64);
        let counted =
            people.par_chunks(part).map(|people| count(&events, &kinds, people)).reduce_with(&merge);
        all = match (all, counted) {
            (Some(all), Some(more)) => Some(merge(all, more)),
            (all, more) => all.or(more),
        };
    }
    Ok(all)
}

/// Which codes at least `k` people have, and the share of events that have others.
///
/// # Errors
/// [`FitError::TooFewRows`] when no code has so many.
pub(crate) fn words(
    train: Train<'_>,
    k: usize,
    engine: &'static str,
    ctx: Context<'_>,
) -> Result<(Census, Vocabulary, f64), LearnError> {
    let count = |events: &Events, _: &Kinds, people: &[Person<'_>]| Census::count(events, people, k);
    let census = counted(train, ctx, "counting codes", count, |a, b| a.merge(b, k))?.unwrap_or_default();
    let (vocabulary, left) = census.vocabulary(k);
    if vocabulary.len() == 0 {
        let found = usize::try_from(census.people).unwrap_or(usize::MAX);
        return Err(FitError::TooFewRows { found, needed: k, engine }.into());
    }
    Ok((census, vocabulary, left))
}
