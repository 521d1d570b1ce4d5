//! How do the lives of real people go on behind their last event?

use super::model::TimelineModel;
use crate::error::EngineError;
use rayon::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_timeline::event::Person;
use verosim_timeline::{Builder, Cohort, Event, Events, Possible, Sink, Written};

/// Writes every person of `prefixes` with what the model draws behind their last event; the dead stay as they are.
///
/// A life goes on in the same way whoever else is there: its stream is (seed, id).
///
/// # Privacy
/// What is written is real people's records with a drawn end, whatever the model promises.
///
/// # Errors
/// [`EngineError::CannotGoOn`] for engines that only draw whole lives; those of the source, the sink and the draw.
///
/// # Cost
/// One shard of the source in memory.
pub fn continue_lives(
    model: &TimelineModel,
    prefixes: Cohort<'_>,
    possible: Option<&Arc<dyn Possible>>,
    mut sink: Box<dyn Sink>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Written, EngineError> {
    let mut book = model.code_book();
    book.extend(prefixes.source().codes());
    for shard in 0..prefixes.shards() {
        let real = prefixes.read(shard, ctx)?;
        let people: Vec<Person<'_>> = real.people().collect();
        let visits: HashSet<&str> = real.visits().levels().iter().map(|name| &**name).collect();
        let drawn: Result<Vec<Option<Events>>, SampleError> = people
            .par_iter()
            .map(|person| {
                ctx.stop.check()?;
                let seed = seed.split_at(person.id() as u64);
                model.fitted.go_on(person, possible.map(AsRef::as_ref), seed, ctx).transpose()
            })
            .collect();
        let mut all = Builder::default();
        all.append(&real);
        for events in drawn? {
            let engine = model.page.id;
            all.append(&apart(events.ok_or(EngineError::CannotGoOn { engine })?, &visits));
        }
        sink.write(&all.finish(), ctx)?;
        ctx.progress.step(shard + 1, prefixes.shards(), "shards");
    }
    Ok(sink.finish(&book, ctx)?)
}

/// The drawn events with visits of their own, whatever real visits are called.
fn apart(drawn: Events, real: &HashSet<&str>) -> Events {
    let is_real = |name: &str| !name.is_empty() && real.contains(name);
    if !drawn.visits().levels().iter().any(|name| is_real(name)) {
        return drawn;
    }
    let mut to = Builder::default();
    for row in 0..drawn.len() {
        let mut visit = drawn.visits().cell(row).to_owned();
        while is_real(&visit) {
            // Digits, since some shapes want whole numbers.
            visit.insert(0, '9');
        }
        let number = drawn.numbers()[row];
        to.push(&Event {
            subject: drawn.subjects()[row],
            time: drawn.times()[row],
            end: drawn.ends()[row],
            code: drawn.codes().cell(row),
            number: (!number.is_nan()).then_some(number),
            text: drawn.texts().cell(row),
            visit: &visit,
            ..Event::default()
        });
    }
    to.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_visits_are_none_of_the_real_ones() {
        let mut to = Builder::default();
        for visit in ["7", "", "8"] {
            to.push(&Event { subject: 1, time: 5, code: "A", number: Some(2.0), visit, ..Event::default() });
        }
        let drawn = apart(to.finish(), &HashSet::from(["7", "97", ""]));
        let names: Vec<&str> = (0..3).map(|row| drawn.visits().cell(row)).collect();
        assert_eq!((names, drawn.numbers()), (vec!["997", "", "8"], [2.0; 3].as_slice()));
    }
}
