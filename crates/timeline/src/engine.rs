//! What is a generator of timelines?

use crate::event::Person;
use crate::{Events, TimelineError, Train};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::{ConfigError, Context, EnginePage, FitError, Guarantee, SampleError, Seeded, StoredFact};

/// Why learning stopped.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The engine cannot learn from this.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A shard could not be read.
    #[error(transparent)]
    Data(#[from] TimelineError),
}

impl verosim_core::Hint for LearnError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Fit(error) => error.hint(),
            Self::Data(error) => error.hint(),
        }
    }
}

/// One registry item: a page, a door for settings, a door for saved models.
pub trait TimelineKind: Sync {
    /// What help and `explain` tell.
    fn page(&self) -> &'static EnginePage;

    /// Checks settings as written.
    ///
    /// # Errors
    /// [`ConfigError`] for unknown names and values out of range.
    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn TimelineEngine>, ConfigError>;

    /// Reads a saved model, trusting nothing in it.
    ///
    /// # Errors
    /// What does not fit, in words.
    fn load(&self, saved: Saved) -> Result<Box<dyn FittedTimelines>, String>;
}

/// Checked settings that know how to learn lives.
pub trait TimelineEngine: Send + Sync {
    /// All settings as resolved.
    fn settings(&self) -> Map<String, Value>;

    /// Learns the distribution of `train`, reading its shards as often as it must.
    ///
    /// Pure: equal settings, data and seed give an equal model at any thread count.
    ///
    /// # Errors
    /// [`LearnError`] never quotes a cell.
    fn fit(
        &self,
        train: Train<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn FittedTimelines>, LearnError>;
}

/// What is asked of a drawn block of people.
#[derive(Clone, Default)]
pub struct Draft {
    /// Id of the first person; the others follow.
    pub first_id: i64,
    /// How many people.
    pub people: usize,
    /// What every person must be: codes of static events (`SEX//F`), each with the other codes that would do as well.
    pub is: Vec<Vec<String>>,
    /// Codes that every person must have at some time, each with the other codes that would do as well.
    pub has: Vec<Vec<String>>,
    /// Least and most completed years at the first event that people are wanted to have. Engines may draw towards it and need
    /// not: whoever asks looks at the ages that come.
    pub ages: Option<[f64; 2]>,
    /// What can happen to whom; everything when `None`.
    pub possible: Option<Arc<dyn Possible>>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Draft of {} people from {}", self.people, self.first_id)
    }
}

/// Sex as codes of diseases mean it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Anything else, or not known: nothing is impossible.
    #[default]
    Other,
}

impl Sex {
    /// The sex that a code of [`Kind::Sex`](crate::Kind::Sex) names: `SEX//F`, `SEX//SNOMED//female`, `SEX//OMOP//8532`.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code.rsplit("//").next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "f" | "female" | "woman" | "8532" => Self::Female,
            "m" | "male" | "man" | "8507" => Self::Male,
            _ => Self::Other,
        }
    }
}

/// What can happen to whom.
pub trait Possible: Send + Sync {
    /// Whether the event `code` can happen to a person of that sex at that age in years; an unknown age forbids nothing.
    fn can(&self, code: &str, sex: Sex, age_years: Option<f64>) -> bool;
}

/// What a file must hold to draw the same again.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Everything but weights.
    pub state: serde_json::Value,
    /// Weights as safetensors; empty when there are none.
    pub weights: Vec<u8>,
}

/// What was learned: enough to draw, to save, and to say what it promises.
pub trait FittedTimelines: Send + Sync {
    /// The privacy guarantee charged while fitting.
    fn guarantee(&self) -> Guarantee;

    /// All codes that it may draw.
    fn codes(&self) -> Vec<String>;

    /// What a saved model tells of patients.
    fn stored(&self) -> Vec<StoredFact>;

    /// What a file must hold.
    fn save(&self) -> Saved;

    /// Draws the lives of the people of `draft`. A pure function of (model, draft, seed): a block can be drawn anywhere and
    /// again.
    ///
    /// # Errors
    /// [`SampleError`] when interrupted, or when what is asked cannot be had.
    fn draw(&self, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Events, SampleError>;

    /// Draws how the life of a real person goes on behind their last event; `None` from engines that draw whole lives only.
    ///
    /// # Privacy
    /// What comes back is drawn, and holds no event of the person; but it rests on a real person's whole life and tells of
    /// them what a doctor would tell who has read it. It must be handled like that person's record, whatever the model
    /// was learned from.
    ///
    /// # Errors
    /// [`SampleError`] when interrupted.
    fn go_on(
        &self,
        _prefix: &Person<'_>,
        _possible: Option<&dyn Possible>,
        _seed: Seeded,
        _ctx: Context<'_>,
    ) -> Option<Result<Events, SampleError>> {
        None
    }
}
