//! `visits`: an event model of lives, counts bettered by a recurrent network; the default engine for timelines.

mod base;
mod book;
mod config;
mod course;
mod draw;
mod encode;
mod field;
mod fit;
mod guide;
mod kept;
mod life;
mod measure;
mod model;
mod page;
mod past;
mod pool;
mod rates;
mod replay;
mod scale;
mod shown;
mod sight;
mod store;
mod survey;
mod table;
mod tale;
mod tally;
mod tilt;
mod trend;
mod trust;
mod when;

pub use model::{FittedVisits, Learned};

use config::Config;
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Context, EnginePage, Seeded};
use verosim_timeline::{FittedTimelines, LearnError, Saved, TimelineEngine, TimelineKind, Train};

/// The registry item.
#[derive(Clone, Copy, Debug)]
pub struct Visits;

impl TimelineKind for Visits {
    fn page(&self) -> &'static EnginePage {
        &page::PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn TimelineEngine>, ConfigError> {
        Ok(Box::new(Configured::new(settings)?))
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FittedTimelines>, String> {
        Ok(Box::new(FittedVisits::load(saved)?))
    }
}

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Configured(Config);

impl Configured {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(settings: &Map<String, Value>) -> Result<Self, ConfigError> {
        Config::new(settings).map(Self)
    }

    /// Learns, and gives the model as what it is.
    ///
    /// # Errors
    /// [`LearnError`] never quotes a cell.
    ///
    /// # Cost
    /// Two passes over the shards; six bytes per token in memory, about 3 tokens an event, and what learning takes.
    pub fn learn(
        &self,
        train: Train<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<FittedVisits, LearnError> {
        fit::fit(&self.0, train, seed, ctx)
    }
}

impl TimelineEngine for Configured {
    fn settings(&self) -> Map<String, Value> {
        match serde_json::to_value(&self.0) {
            Ok(Value::Object(settings)) => settings,
            _ => Map::new(),
        }
    }

    fn fit(
        &self,
        train: Train<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn FittedTimelines>, LearnError> {
        Ok(Box::new(self.learn(train, seed, ctx)?))
    }
}
