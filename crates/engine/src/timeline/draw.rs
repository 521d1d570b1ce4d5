//! How are exactly so many lives drawn, in blocks that can be made anywhere and again?

use super::model::TimelineModel;
use crate::error::EngineError;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::constrain::{RuleText, Severity};
use verosim_timeline::event::Builder;
use verosim_timeline::{Draft, EventRules, Events, PersonCondition, Possible, Sink, Written};

/// People of a block: its random stream is (seed, block).
const BLOCK: usize = 250;
/// Blocks of a shard: 20,000 people.
const SHARD: usize = 80;

/// What is asked of a draw.
#[derive(Clone, Debug)]
pub struct LifeAsk {
    /// People.
    pub people: u64,
    /// Only people who meet it.
    pub condition: Option<PersonCondition>,
    /// Whether nobody has what cannot happen to them.
    pub rules: bool,
    /// Rules of a person about single events, beside the built-in ones.
    pub own: Vec<RuleText>,
    /// Most draws per person asked for, before a shortfall is told.
    pub max_tries: u64,
}

/// What was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What was written.
    pub written: Written,
    /// People drawn, of whom those who meet the condition were kept.
    pub tried: u64,
}

/// Draws exactly as many people as asked into `sink`, shard by shard; goes on where the sink says that it stopped, but not
/// under a condition, where how many draws the finished people took is not known any more.
///
/// Equal model, words and seed give equal output at any number of threads and after any interruption: ids, blocks and shards
/// are numbered, and every block has a random stream of its own.
///
/// # Errors
/// [`SampleError::Shortfall`] when too few people meet the condition; what was finished before stays where the sink keeps it.
///
/// # Cost
/// One shard of 20,000 people in memory.
pub fn draw_lives(
    model: &TimelineModel,
    ask: &LifeAsk,
    mut sink: Box<dyn Sink>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Drawn, EngineError> {
    let codes = model.fitted.codes();
    let known: Vec<&str> = codes.iter().map(String::as_str).collect();
    let possible = ask.rules.then(|| {
        Arc::new(EventRules::new(known.iter().copied(), Severity::Implausible, &ask.own)) as Arc<dyn Possible>
    });
    let (is, has) = ask
        .condition
        .as_ref()
        .map_or((Vec::new(), Vec::new()), |condition| (condition.facts(&known), condition.codes(&known)));
    if is.iter().chain(&has).any(Vec::is_empty) {
        return Err(
            SampleError::Shortfall { asked: ask.people as usize, accepted: 0, tried: 0, share: 0.0 }.into()
        );
    }
    let draft = Draft { first_id: 1, people: BLOCK, is, has, possible };
    let block = |number: u64, people: usize| -> Result<Events, SampleError> {
        let first_id = 1 + number as i64 * BLOCK as i64;
        let events =
            model.fitted.draw(&Draft { first_id, people, ..draft.clone() }, seed.split_at(number), ctx)?;
        Ok(match &ask.condition {
            Some(condition) => {
                let mut met =
                    events.people().map(|person| condition.holds(&person)).collect::<Vec<_>>().into_iter();
                events.of_people(|_| met.next().unwrap_or(false))
            }
            None => events,
        })
    };
    let per_shard = (BLOCK * SHARD) as u64;
    let mut had = (sink.finished() as u64 * per_shard).min(ask.people);
    let mut number = had / BLOCK as u64;
    let mut tried = had;
    let mut left_over: Option<Events> = None;
    while had < ask.people {
        ctx.stop.check()?;
        let wanted = per_shard.min(ask.people - had) as usize;
        let mut shard = Builder::default();
        let mut people = 0_usize;
        while people < wanted {
            let round: Vec<Events> = if let Some(events) = left_over.take() {
                vec![events]
            } else {
                let lacking = (wanted - people).div_ceil(BLOCK).clamp(1, SHARD) as u64;
                let numbers: Vec<u64> = (number..number + lacking).collect();
                number += lacking;
                let exact = ask.condition.is_none();
                let size = |at: usize| if exact { BLOCK.min(wanted - people - at * BLOCK) } else { BLOCK };
                let sizes: Vec<usize> = (0..numbers.len()).map(size).collect();
                tried += sizes.iter().sum::<usize>() as u64;
                let drawn: Result<Vec<Events>, SampleError> =
                    numbers.par_iter().zip(&sizes).map(|(&number, &size)| block(number, size)).collect();
                drawn?
            };
            for events in round {
                let n = events.n_people();
                let take = n.min(wanted - people);
                let mut at = 0;
                let first = events.of_people(|_| {
                    at += 1;
                    at <= take
                });
                shard.append(&first.renumbered((had as usize + people + 1) as i64));
                people += take;
                if take < n {
                    let mut at = 0;
                    let rest = events.of_people(|_| {
                        at += 1;
                        at > take
                    });
                    left_over = Some(match left_over.take() {
                        Some(before) => joined(&before, &rest),
                        None => rest,
                    });
                }
            }
            if people < wanted && tried > ask.max_tries.saturating_mul(ask.people).max(1_000) {
                let accepted = had as usize + people;
                let share = accepted as f64 / tried as f64;
                return Err(SampleError::Shortfall {
                    asked: ask.people as usize,
                    accepted,
                    tried: tried as usize,
                    share,
                }
                .into());
            }
        }
        sink.write(&shard.finish(), ctx)?;
        had += people as u64;
        ctx.progress.step(had as usize, ask.people as usize, "people");
    }
    let written = sink.finish(&model.code_book(), ctx)?;
    Ok(Drawn { written, tried })
}

/// The shape to write when nobody says: that of the source where it can be written without more, else MEDS.
#[must_use]
pub fn shape_or_meds(source: &str) -> String {
    match source {
        "omop" | "fhir" | "synthea" | "mimic-iv" | "mimic-iii" => source.to_owned(),
        _ => "meds".to_owned(),
    }
}

/// Both, as different people.
fn joined(one: &Events, other: &Events) -> Events {
    let mut builder = Builder::default();
    builder.append(&one.clone().renumbered(1));
    builder.append(&other.clone().renumbered(1 + one.n_people() as i64));
    builder.finish()
}
