//! Whose events are learned from: everybody's, or as many people's as fit?

use verosim_core::{Context, Seeded};
use verosim_timeline::event::Builder;
use verosim_timeline::{Events, TimelineError, Train};

/// The events of as many people as have about `most` of them, chosen by their ids and not by shards. Kinds of rows are met
/// as often as in everybody, since people come whole.
///
/// # Cost
/// Two passes over the shards; memory of what is kept.
pub(super) fn gathered(
    train: Train<'_>,
    most: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, TimelineError> {
    let cohort = train.cohort();
    let mut all = 0_usize;
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        all += cohort.read(shard, ctx)?.len();
    }
    let share = most as f64 / all.max(1) as f64;
    let seed = seed.split("people");
    let is_kept = |id: i64| share >= 1.0 || (seed.split_at(id as u64).key() as f64 / u64::MAX as f64) < share;
    let mut kept = Builder::default();
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        ctx.progress.step(shard, cohort.shards(), "reading tables");
        kept.append(&cohort.read(shard, ctx)?.of_people(is_kept));
    }
    Ok(kept.finish())
}
