//! What was learned of lives, and what does it tell of patients?

use super::base::Counted;
use super::book::{Book, Index, Token};
use super::config::Config;
use super::fit::{fits, too_many};
use super::kept::Plain;
use super::life::{FEATURES, Grammar, Life};
use super::scale::Scale;
use crate::Network;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use verosim_core::{Context, Guarantee, SampleError, Seeded, StoredFact};
use verosim_timeline::event::Person;
use verosim_timeline::{BIRTH, Draft, Events, FittedTimelines, Kind, Possible, Saved, Sex};

/// Format of the state; another one is refused.
const FORMAT: u32 = 5;

/// What was learned from, and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// People learned from.
    pub people: usize,
    /// Their events.
    pub events: u64,
    /// Codes of too few people, which are never drawn.
    pub rare: usize,
    /// Events that have no token: of rare codes, doubled facts, behind a death.
    pub dropped: usize,
    /// Tokens of all lives.
    pub tokens: usize,
    /// Steps by which the counts were weighted.
    pub held: usize,
    /// Steps of learning that are kept.
    pub steps: usize,
    /// Nats per choice of the counts alone, in watched people.
    pub base: Option<f64>,
    /// Nats per choice of counts and network, in watched people.
    pub best: Option<f64>,
    /// Tokens learned from, passes together.
    pub learned_tokens: usize,
}

/// A model of lives.
pub struct FittedVisits {
    pub(super) config: Config,
    pub(super) book: Book,
    pub(super) index: Index,
    pub(super) sexes: Vec<Sex>,
    pub(super) counted: Counted,
    pub(super) network: Network,
    learned: Learned,
}

/// The sex that each token tells of.
pub(super) fn sexes(book: &Book, index: &Index) -> Vec<Sex> {
    let of = |token: &Token| match *token {
        Token::Fact(slot, fact) => book.slots[usize::from(slot)]
            .facts
            .get(usize::from(fact))
            .filter(|fact| Kind::of(&fact.0) == Kind::Sex)
            .map_or(Sex::Other, |fact| Sex::of(&fact.0)),
        _ => Sex::Other,
    };
    index.tokens.iter().map(of).collect()
}

#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    config: Config,
    book: Book,
    counts: Plain,
    learned: Learned,
}

impl FittedVisits {
    pub(super) fn new(
        config: Config,
        book: Book,
        counted: Counted,
        network: Network,
        learned: Learned,
    ) -> Self {
        let index = Index::new(&book);
        let sexes = sexes(&book, &index);
        Self { config, book, index, sexes, counted, network, learned }
    }

    pub(super) fn grammar(&self) -> Grammar<'_> {
        Grammar { book: &self.book, index: &self.index, sexes: &self.sexes }
    }

    /// What was learned from, and how it went.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Nats per token of the lives of `events` under the counts alone and with the network, and how many tokens those
    /// are. Lives may hold codes that the model does not know; those are passed over.
    ///
    /// # Errors
    /// When the model does not fit itself.
    pub fn surprise(&self, events: &Events) -> Result<(f64, f64, usize), SampleError> {
        super::measure::surprise(self, events)
    }

    /// Reads a saved model, trusting nothing in it.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn load(saved: Saved) -> Result<Self, String> {
        let format = saved.state.get("format").and_then(serde_json::Value::as_u64);
        if format != Some(u64::from(FORMAT)) {
            return Err(format!("the model has another format than {FORMAT}, which this release reads"));
        }
        let state: State = serde_json::from_value(saved.state)
            .map_err(|_| "the state of the model cannot be read".to_owned())?;
        if !state.config.is_sound() || !state.book.is_sound() || too_many(&state.book) {
            return Err("the settings or tokens of the model are out of range".into());
        }
        let network = Network::from_bytes(&saved.weights).map_err(|error| error.to_string())?;
        let index = Index::new(&state.book);
        if !fits(network.masks(), &index) {
            return Err("the network is for other tokens".into());
        }
        let counted = Counted::load(state.counts, network.masks(), &index)?;
        let model = Self::new(state.config, state.book, counted, network, state.learned);
        let shape = model.network.shape();
        if shape.features != FEATURES || shape.bag != Life::bag_size(model.grammar()) {
            return Err("the network is for other inputs".into());
        }
        Ok(model)
    }

    /// Codes with the people who have them, whatever they stand for.
    fn named(&self) -> impl Iterator<Item = (&str, u32)> {
        let facts = self.book.slots.iter().flat_map(|slot| &slot.facts);
        let coded =
            self.book.stays.iter().chain(&self.book.codes).map(|code| (code.code.as_str(), code.people));
        facts.chain(&self.book.deaths).map(|fact| (fact.0.as_str(), fact.1)).chain(coded)
    }
}

impl FittedTimelines for FittedVisits {
    fn guarantee(&self) -> Guarantee {
        let least = self.config.least_people;
        Guarantee::None {
            measures: format!(
                "codes, texts, values and counts of fewer than {least} people are not kept, and learning stops when people \
                 who are only watched gain nothing"
            ),
        }
    }

    fn codes(&self) -> Vec<String> {
        let mut codes: BTreeSet<&str> = self.named().map(|named| named.0).collect();
        if self.book.age.bins() > 0 {
            codes.insert(BIRTH);
        }
        codes.into_iter().map(str::to_owned).collect()
    }

    fn stored(&self) -> Vec<StoredFact> {
        let least = self.config.least_people;
        let fact = |what: &str, items: usize, least_support: usize| StoredFact {
            what: what.into(),
            items,
            least_support,
        };
        let people = self.named().map(|named| named.1 as usize).min().unwrap_or(least);
        let book = &self.book;
        let scales = [&book.first, &book.age, &book.clock, &book.length];
        let times: usize =
            scales.into_iter().chain(&book.gaps).chain(&book.steps).chain(&book.spans).map(Scale::len).sum();
        let numbers = book.codes.iter().filter_map(|code| code.numbers.as_ref()).map(Scale::len).sum();
        vec![
            fact("codes that may be drawn, with the people who have them", self.named().count(), people),
            fact("texts that may be drawn", book.texts.len(), least),
            fact("pieces of the laws of numbers", numbers, least),
            fact("pieces of the laws of dates, ages, gaps and lengths", times, least),
            fact("counts of what follows what", self.counted.len(), least),
            fact("weights of a network that read all lives", self.network.shape().parameters(), 1),
            fact("codes left out for too few people: only how many", self.learned.rare, 0),
        ]
    }

    fn save(&self) -> Saved {
        let state = State {
            format: FORMAT,
            config: self.config.clone(),
            book: self.book.clone(),
            counts: self.counted.save(),
            learned: self.learned.clone(),
        };
        Saved {
            state: serde_json::to_value(state).unwrap_or_default(),
            weights: self.network.to_bytes().unwrap_or_default(),
        }
    }

    fn draw(&self, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Events, SampleError> {
        super::draw::draw(self, draft, seed, ctx)
    }

    fn go_on(
        &self,
        prefix: &Person<'_>,
        possible: Option<&dyn Possible>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Option<Result<Events, SampleError>> {
        Some(super::draw::go_on(self, prefix, possible, seed, ctx))
    }
}
