//! `independent-events`: how many events, which, when and with what values, each drawn alone: the floor.

mod draw;
mod fit;
#[cfg(test)]
mod tests;

use crate::lives::spread::Spread;
use crate::lives::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use verosim_core::settings::Settings;
use verosim_core::{ConfigError, Context, EnginePage, Guarantee, SampleError, Seeded, Setting, StoredFact};
use verosim_timeline::{Draft, Events, FittedTimelines, Saved, TimelineEngine, TimelineKind};

/// The registry item.
pub static INDEPENDENT_EVENTS: IndependentEventsEngine = IndependentEventsEngine;

static PAGE: EnginePage = EnginePage {
    id: "independent-events",
    summary: "Events each alone: right shares of codes, times and values, no lives. The floor.",
    method: "\
Counts how many events people have, how common each code is, when events happen, and which values each code has, and draws
each of these by itself. Static codes are drawn one of each kind. Births come first and deaths last; no event belongs to
a visit. What a report shows for this engine is what needs no learning at all.",
    limits: "Keeps nothing of what hangs together in a person, so nothing can be learned from its output about more than one code.",
    guarantee: "No formal guarantee. Counts and quantiles; no code, text or value of fewer than `min_people` people.",
    sources: &[],
    settings: &[Setting {
        name: "min_people",
        default: "5",
        range: "2 to 1000",
        purpose: "Least people behind a code, a text or a value that may be drawn.",
    }],
    control_only: false,
};

/// The `independent-events` engine.
#[derive(Debug)]
pub struct IndependentEventsEngine;

/// Checked settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndependentEvents {
    min_people: usize,
}

/// What is known of one code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Alone {
    /// Events with a time, and without.
    timed: u64,
    fixed: u64,
    numeric: f64,
    numbers: Option<Spread>,
    /// Running shares of the texts of the vocabulary; the rest has none.
    texts: Vec<f64>,
    ended: f64,
    spans: Option<Spread>,
}

/// Counts of everything by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedIndependentEvents {
    settings: IndependentEvents,
    vocabulary: Vocabulary,
    /// Events with a time per person, without births and deaths.
    sizes: Option<Spread>,
    times: Option<Spread>,
    births: Option<Spread>,
    deaths: Option<Spread>,
    /// Shares of people whose birth and whose death is told.
    born: f64,
    died: f64,
    codes: Vec<Alone>,
}

impl TimelineKind for IndependentEventsEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn TimelineEngine>, ConfigError> {
        let settings = Settings::new(&PAGE, settings)?;
        Ok(Box::new(IndependentEvents { min_people: settings.whole("min_people", 2..=1_000)? }))
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FittedTimelines>, String> {
        let model: FittedIndependentEvents =
            serde_json::from_value(saved.state).map_err(|error| error.to_string())?;
        model.check()?;
        Ok(Box::new(model))
    }
}

impl FittedIndependentEvents {
    /// Whether nothing in it can surprise a draw.
    fn check(&self) -> Result<(), String> {
        let spreads = [&self.sizes, &self.times, &self.births, &self.deaths];
        let of_codes = self.codes.iter().flat_map(|code| [&code.numbers, &code.spans]);
        let words = &self.vocabulary.words;
        let share = |x: &f64| (0.0..=1.0).contains(x);
        let texts = |(code, texts): (&Alone, usize)| {
            code.texts.len() == texts && code.texts.iter().chain([&code.numeric, &code.ended]).all(share)
        };
        let is_sound = spreads.into_iter().chain(of_codes).flatten().all(Spread::is_sound)
            && share(&self.born)
            && share(&self.died)
            && self.codes.len() == words.len()
            && words.windows(2).all(|pair| pair[0].code < pair[1].code)
            && self.codes.iter().zip(words.iter().map(|word| word.texts.len())).all(texts);
        if is_sound { Ok(()) } else { Err("its counts do not fit together".into()) }
    }
}

impl FittedTimelines for FittedIndependentEvents {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None { measures: "only counts and quantiles of single codes are kept".into() }
    }

    fn codes(&self) -> Vec<String> {
        self.vocabulary.words.iter().map(|word| word.code.clone()).collect()
    }

    fn stored(&self) -> Vec<StoredFact> {
        let cells = self.codes.iter().filter_map(|code| code.numbers.as_ref()).map(Spread::len).sum();
        let fact = |what: &str, items| StoredFact {
            what: what.into(),
            items,
            least_support: self.settings.min_people,
        };
        vec![fact("codes", self.vocabulary.len()), fact("quantiles of numbers", cells)]
    }

    fn save(&self) -> Saved {
        Saved { state: serde_json::to_value(self).unwrap_or_default(), weights: Vec::new() }
    }

    fn draw(&self, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Events, SampleError> {
        draw::draw(self, draft, seed, ctx)
    }
}
