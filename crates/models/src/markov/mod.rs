//! `markov`: lives as visits one after another, and visits as codes one after another.

mod appetite;
mod chain;
mod config;
mod counter;
mod draw;
mod fit;
mod keys;
mod life;
mod model;
mod pace;
mod scale;
mod statics;
mod story;
mod tally;
#[cfg(test)]
mod tests;
mod value;
mod wait;

pub use config::Markov;
pub use model::FittedMarkov;

use serde_json::{Map, Value};
use verosim_core::{ConfigError, EnginePage, Setting};
use verosim_timeline::{FittedTimelines, Saved, TimelineEngine, TimelineKind};

/// The registry item.
pub static MARKOV: MarkovEngine = MarkovEngine;

pub(crate) static PAGE: EnginePage = EnginePage {
    id: "markov",
    summary: "Timelines as visits that wait for each other and codes that follow each other. The default without a network.",
    method: "\
A life is static codes, a birth, and sittings: visits with what happens in them, and groups of events that belong to no visit and
are less than half a day apart. Static codes are drawn as whole combinations where at least `min_people` people have them, else
code by code. After each sitting it is silent until the next, until death, or for good. Hazards of the next sitting hang on
the type of the last one, on how many diagnoses the person has had, on sex and age; those of death on sex, age and the one
code that tells most of it. People who are not seen again are taken for lost at the end of the data, so that a study that ends
does not look like a cure. How long people wait resembles itself from one silence to the next, and visits have their months.
The type of a sitting follows from that of the last, the silence between, and the person.

Within a sitting codes follow each other: chances by type of sitting and last code, backed off to the last code anywhere (of
codes that come in such sittings) and to the type, each rougher law without what the finer one knows. They are tilted by who the person is: each code has its odds by sex and age, by month, by whether the person has had it
before, and by the one other code (ever, last time, or earlier in the sitting) that tells most of it. So diagnoses come again, drugs
follow diagnoses, and nobody gets at a first birth what only men get. A sitting whose length is known ends when that time is over,
and what comes at ends comes then; another ends by how many events it has; either by the last code too. Numbers are drawn by quantiles, among people alike in the diagnoses, sex and age that matter for
the code, with the correlation that one person's numbers have, and that with the number beside; texts by how common they are and
how often they stay.

Learning takes three passes over the shards, in memory that grows with codes and pairs of codes and not with people: about 3 kB per
code, 100 kB per code with numbers, 100 bytes per pair of codes that follow each other.

Hazards with people lost: `kaplan1958`; back-off: `ney1994`, `katz1987`; the code that tells most of death: `mantel1959`; tilts brought to what was seen: `darroch1972`.",
    limits: "\
A visit hangs on the past through a few questions, so that plans over several visits (cycles of chemotherapy, screening rounds) and
combinations of three diseases blur; a network over tokens keeps them. Codes of fewer than `min_people` people are left
out: of a hundred people with long stays that is most codes. Visits do not overlap, and what was charted every hour for weeks
keeps its rates but not its clockwork. Texts beyond common levels are not drawn. No formal privacy guarantee.",
    guarantee: "No formal guarantee. Counts and quantiles, no lives in the model; no code, text or value of fewer than `min_people` \
                people, no step from code to code of fewer than `bend_people`.",
    sources: &["kaplan1958", "ney1994", "katz1987", "mantel1959", "darroch1972"],
    settings: &[
        Setting {
            name: "min_people",
            default: "5",
            range: "2 to 1000",
            purpose: "Least people behind a code, a text or a value that may be drawn.",
        },
        Setting {
            name: "bend_people",
            default: "2",
            range: "1 to 1000",
            purpose: "Least people in whom one code followed another, for that to be drawn.",
        },
        Setting {
            name: "values",
            default: "2000",
            range: "100 to 100000",
            purpose: "Numbers kept per code while counting: an even sample of all.",
        },
        Setting {
            name: "max_tries",
            default: "20000",
            range: "1 to 10000000",
            purpose: "Lives drawn at most for one person who must have certain codes.",
        },
    ],
    control_only: false,
};

/// The `markov` engine.
#[derive(Debug)]
pub struct MarkovEngine;

impl TimelineKind for MarkovEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn TimelineEngine>, ConfigError> {
        Ok(Box::new(Markov::new(settings)?))
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FittedTimelines>, String> {
        Ok(Box::new(FittedMarkov::load(saved)?))
    }
}
