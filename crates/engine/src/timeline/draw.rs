//! How are exactly so many lives drawn, in blocks that can be made anywhere and again?

use super::model::TimelineModel;
use super::prevalence::{Cell, Prevalence, cells};
use super::stream::{BLOCK, Stop, Stream};
use crate::error::EngineError;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::constrain::{RuleText, Severity};
use verosim_timeline::event::Builder;
use verosim_timeline::{EventRules, PersonCondition, Possible, Sink, Written};

/// Blocks of a shard: 20,000 people.
const SHARD: usize = 80;
/// People drawn in search of one who meets a condition, and at least.
const TRIES_PER_PERSON: u64 = 1_000;
const LEAST_TRIES: u64 = 100_000;

/// What is asked of a draw.
#[derive(Clone, Debug, Default)]
pub struct LifeAsk {
    /// People.
    pub people: u64,
    /// Only people who meet it.
    pub condition: Option<PersonCondition>,
    /// How many of them meet something else.
    pub targets: Vec<Prevalence>,
    /// Whether nobody has what cannot happen to them.
    pub rules: bool,
    /// Rules of a person about single events, beside the built-in ones.
    pub own: Vec<RuleText>,
    /// Most people drawn in search of those who are asked for, before a shortfall is told, which is sooner when one can see that
    /// too few will come; a thousand for each when `None`, and a hundred thousand at least.
    pub max_tries: Option<u64>,
}

impl LifeAsk {
    /// All that decides what is drawn, so that finished shards are taken up by an equal draw alone. `None` where a draw cannot
    /// be taken up: how many draws the finished people took is not known any more.
    #[must_use]
    pub fn words(&self, model: &TimelineModel, seed: u64, to: &str) -> Option<String> {
        let own = serde_json::to_string(&self.own).expect("rules are always JSON");
        let release = env!("CARGO_PKG_VERSION");
        let model = model.fitted_hash();
        (self.condition.is_none() && self.targets.is_empty())
            .then(|| format!("{release} {model} {} {seed} {to} {} {own}", self.people, self.rules))
    }

    /// What can happen to whom, of `codes`; everything when `None`.
    #[must_use]
    pub fn possible(&self, codes: &[String]) -> Option<Arc<dyn Possible>> {
        let codes = codes.iter().map(String::as_str);
        self.rules
            .then(|| Arc::new(EventRules::new(codes, Severity::Implausible, &self.own)) as Arc<dyn Possible>)
    }
}

/// What was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What was written.
    pub written: Written,
    /// People drawn, of whom those who were asked for were kept.
    pub tried: u64,
    /// People who meet each target.
    pub met: Vec<u64>,
}

/// Draws exactly as many people as asked into `sink`, shard by shard; goes on where the sink says that it stopped, when nothing
/// is asked of the people ([`LifeAsk::words`]).
///
/// Equal model, words and seed give equal output at any number of threads and after any interruption: ids, blocks and shards
/// are numbered, and every block has a random stream of its own.
///
/// # Errors
/// [`SampleError::Shortfall`](verosim_core::SampleError) when too few people meet the condition; what was finished before stays
/// where the sink keeps it.
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
    let possible = ask.possible(&codes);
    let most = ask.max_tries.unwrap_or_else(|| ask.people.saturating_mul(TRIES_PER_PERSON).max(LEAST_TRIES));
    let stream = |cell: &Cell, seed: Seeded| {
        let wanted = ask.condition.iter().chain(cell.meets.iter().map(|&at| &ask.targets[at].condition));
        let unwanted = cell.lacks.iter().map(|&at| &ask.targets[at].condition);
        let asked = (ask.people, seed);
        Stream::new(model, wanted.collect(), unwanted.collect(), &known, possible.clone(), asked)
    };
    let pilot = || stream(&Cell::default(), seed.split("pilot"));
    let cells = cells(&ask.targets, ask.people, pilot, most, ctx)?;
    let mut streams: Vec<Stream<'_>> = match cells.as_slice() {
        [all] => vec![stream(all, seed)],
        many => {
            many.iter().zip(0..).map(|(cell, at)| stream(cell, seed.split("cell").split_at(at))).collect()
        }
    };
    let per_shard = (BLOCK * SHARD) as u64;
    let mut had = (sink.finished() as u64 * per_shard).min(ask.people);
    streams.iter_mut().for_each(|stream| stream.skip(had));
    let mut deal = Deal::new(&cells, seed.split("deal"));
    let mut tried = had;
    while had < ask.people {
        let wanted = per_shard.min(ask.people - had) as usize;
        let of: Vec<usize> = (0..wanted).map(|_| deal.next()).collect();
        let (mut shard, mut found) = (Builder::default(), had as usize);
        for (at, stream) in streams.iter_mut().enumerate() {
            let ids = (had as i64 + 1..).zip(&of).filter(|(_, cell)| **cell == at);
            let ids: Vec<i64> = ids.map(|(id, _)| id).collect();
            found += stream.take(&ids, &mut shard, &mut tried, most, ctx).map_err(|stop| match stop {
                Stop::Short { found: more } => {
                    let (asked, accepted) = (ask.people as usize, found + more);
                    let share = accepted as f64 / tried.max(1) as f64;
                    SampleError::Shortfall { asked, accepted, tried: tried as usize, share }
                }
                Stop::Failed(error) => error,
            })?;
        }
        sink.write(&shard.finish(), ctx)?;
        had += wanted as u64;
        ctx.progress.step(had as usize, ask.people as usize, "people");
    }
    let written = sink.finish(&model.code_book(), ctx)?;
    let met = |target: usize| {
        cells.iter().filter(|cell| cell.meets.contains(&target)).map(|cell| cell.people).sum()
    };
    Ok(Drawn { written, tried, met: (0..ask.targets.len()).map(met).collect() })
}

/// Deals people to cells in a random order, each as often as it is to be.
struct Deal {
    left: Vec<u64>,
    dealt: u64,
    seed: Seeded,
}

impl Deal {
    fn new(cells: &[Cell], seed: Seeded) -> Self {
        Self { left: cells.iter().map(|cell| cell.people).collect(), dealt: 0, seed }
    }

    /// The cell of the next person.
    fn next(&mut self) -> usize {
        let total: u64 = self.left.iter().sum();
        if self.left.len() == 1 || total == 0 {
            return 0;
        }
        let mut luck = self.seed.split_at(self.dealt).key() % total;
        self.dealt += 1;
        let at = self.left.iter().position(|&left| {
            let is_here = luck < left;
            luck = luck.wrapping_sub(left);
            is_here
        });
        let at = at.expect("luck is below the sum");
        self.left[at] -= 1;
        at
    }
}
