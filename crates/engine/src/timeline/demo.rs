//! How does the whole way look for histories, when nobody has records at hand?

use super::answers::for_records;
use super::run::{LivesFinished, run_lives};
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Answers, Holdout};
use crate::run::{Place, admit};
use verosim_core::{Context, Seeded};
use verosim_timeline::Source as _;
use verosim_timeline::convert;
use verosim_timeline::shape::{Reading, Writing, begin, open};
use verosim_timeline::world::Clinic;

/// People of a shard.
const SHARD: u64 = 10_000;

/// Writes the fictional clinic's patients as MEDS into the run folder and runs them end to end. What is true of them is known
/// ([`verosim_timeline::world::truth`]).
///
/// # Errors
/// Those of [`run_lives`].
pub fn demo_lives(
    people: u64,
    seed: u64,
    place: Place<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<LivesFinished, EngineError> {
    admit(place)?;
    let input = place.out.join("input");
    let clinic = Clinic::new(people, SHARD, Seeded::new(seed));
    let writing = Writing {
        to: "meds".into(),
        name: clinic.about().name.clone(),
        // The last day that is seen, so that equal seeds give equal files on any day.
        created: "2025-01-01T00:00:00".into(),
        codes: clinic.codes().clone(),
        overwrite: true,
        ..Writing::default()
    };
    convert(&clinic, begin(&input, &writing)?, ctx)?;
    let told = Answers { seed: Some(seed), holdout: Some(Holdout::Share(0.3)), ..Answers::default() };
    let recipe = for_records(told, &input)?;
    let source = open(&input, &Reading::default(), ctx)?;
    run_lives(source.as_ref(), &recipe, place, &input, host, ctx)
}
