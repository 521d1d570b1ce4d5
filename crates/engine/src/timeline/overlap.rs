//! Are those who judge other people than those who were learned from?

use crate::error::EngineError;
use std::collections::BTreeMap;
use verosim_core::Context;
use verosim_data::io::sha256_bytes;
use verosim_timeline::event::Person;
use verosim_timeline::{BIRTH, Cohort, Kind};

/// Timed events, the birth aside, below which a life says too little to be known again.
const TELLING: usize = 3;

/// Refuses a holdout that has more lives of the training data than chance explains. Lives are compared by what happened when,
/// whatever people and visits are called, so that a folder that was numbered anew is still seen.
///
/// How many lives would be met again by chance is Good and Turing's estimate from the training lives, twice those seen exactly
/// twice over all of them; three standard deviations and one person are allowed on top.
///
/// # Errors
/// [`EngineError::SamePeople`] with the counts; those of the sources.
///
/// # Source
/// `good1953`.
pub(super) fn refuse_same_people(
    train: Cohort<'_>,
    holdout: Cohort<'_>,
    ctx: Context<'_>,
) -> Result<(), EngineError> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    each_life(train, ctx, |life| *seen.entry(life).or_default() += 1)?;
    let (mut same, mut of) = (0_usize, 0_usize);
    each_life(holdout, ctx, |life| {
        same += usize::from(seen.contains_key(&life));
        of += 1;
    })?;
    let lives: u32 = seen.values().sum();
    let twice = seen.values().filter(|&&n| n == 2).count();
    let expected = 2.0 * twice as f64 / f64::from(lives.max(1)) * of as f64;
    if same as f64 > 1.0 + expected + 3.0 * expected.sqrt() {
        return Err(EngineError::SamePeople { same, of });
    }
    Ok(())
}

/// Calls `to` with a hash of every life that says enough.
fn each_life(cohort: Cohort<'_>, ctx: Context<'_>, mut to: impl FnMut(String)) -> Result<(), EngineError> {
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        let events = cohort.read(shard, ctx)?;
        events.people().filter_map(|person| life(&person)).for_each(&mut to);
    }
    Ok(())
}

/// What happened when, or `None` where that is too little. Derived facts aside: shapes tell them in their own ways.
fn life(person: &Person<'_>) -> Option<String> {
    let events = person.events();
    let is_told = |row: &usize| {
        let code = person.code(*row);
        code != BIRTH && Kind::of(code) != Kind::Person && Kind::of(code) != Kind::Observed
    };
    let mut told: Vec<(i64, &str, u32)> = person
        .timed()
        .filter(is_told)
        .map(|row| (events.times()[row], person.code(row), events.numbers()[row].to_bits()))
        .collect();
    if told.len() < TELLING {
        return None;
    }
    told.sort_unstable();
    let bytes: Vec<u8> = told
        .iter()
        .flat_map(|(time, code, number)| {
            [&time.to_le_bytes()[..], code.as_bytes(), &number.to_le_bytes()].concat()
        })
        .collect();
    Some(sha256_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;
    use verosim_timeline::world::Clinic;

    #[test]
    fn the_same_people_are_known_and_others_are_not_taken_for_them() {
        let people = |n: u64, seed: u64| Clinic::new(n, 500, Seeded::new(seed));
        let (one, other) = (people(900, 1), people(600, 2));
        let asked = |train: &Clinic, holdout: &Clinic| {
            refuse_same_people(Cohort::all(train), Cohort::all(holdout), Context::silent())
        };
        assert!(asked(&one, &other).is_ok());
        let some = people(300, 1);
        let EngineError::SamePeople { same, of } = asked(&one, &some).unwrap_err() else { panic!("refused") };
        assert!(same == of && of > 200, "{same} of {of}");
    }
}
