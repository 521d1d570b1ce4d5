//! `gibbs`: a perturbed Gibbs sampler over histograms of each column given those that tell most of it.

mod blocks;
mod fill;
mod sample;
mod save;
#[cfg(test)]
mod tests;

use crate::coded::{self, Coded, Views};
use crate::law::Law;
use crate::states::States;
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact, rows};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, Interrupted, SampleError, Seeded, Setting,
    Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};

/// The registry item.
pub static GIBBS: GibbsEngine = GibbsEngine;

static PAGE: EnginePage = EnginePage {
    id: "gibbs",
    summary: "Perturbed Gibbs sampler: each column is drawn given the others, over and over.",
    method: "\
Every column becomes a few states: kinds of missing, common levels, values that many people have, and stretches of other
values that hold about equally many. The table is taken apart into building blocks: for each column, the rows are put in
buckets by the few other columns that tell most of it (each by its states, by pairs or by fours of them), as long as the
Bayesian information criterion rises and buckets stay full, and a histogram of the column is kept for each bucket. To
each cell of a histogram the same weight is added.

A row begins as independent columns and is swept over: column after column, in random order, is drawn from the histogram
of the bucket that the other columns put it in. Nothing is drawn from a patient's row. `impute` sweeps over the columns that
a row lacks and lets those stand that are known; it takes histograms for certain, so that
pooled intervals are too short: take `mice` where they matter.

Park, Ghosh and Shankar 2013 (`park2013`), whose buckets come from a random hash and whose rows begin as patients; buckets
by what tells most are the dependency network of `heckerman2000`.",
    limits: "\
Histograms of different columns need not agree on one law, and few sweeps leave relations that are nearly certain weaker
than they are. Within a state, a number knows nothing of other columns. A weight above 1 flattens rare levels.",
    guarantee: "No formal guarantee: states and buckets are chosen by looking. Given those, and with `epsilon` above 0, taking one row \
                away changes the chance of a state in one draw of one cell by a factor of at most exp(`epsilon`); but a row takes \
                `sweeps` times as many draws as there are columns, and the factors multiply. Otherwise buckets of fewer than \
                `leaf_rows` people are not drawn from.",
    sources: &["park2013", "heckerman2000", "schwarz1978"],
    settings: &[
        Setting {
            name: "states",
            default: "12",
            range: "2 to 40",
            purpose: "Stretches that values are cut into, about; common values have states of their own beside.",
        },
        Setting {
            name: "features",
            default: "5",
            range: "0 to 8",
            purpose: "Most other columns that buckets are made by. 0 gives independent columns.",
        },
        Setting {
            name: "bucket_rows",
            default: "20",
            range: "5 to 100000",
            purpose: "Least rows of a bucket on average.",
        },
        Setting {
            name: "leaf_rows",
            default: "10",
            range: "2 to 100000",
            purpose: "Least people in a bucket; else the column speaks alone there (not with epsilon).",
        },
        Setting {
            name: "alpha",
            default: "0.02",
            range: "0.0001 to 1000",
            purpose: "Imaginary rows in each cell of a histogram: the perturbation. More is safer and blurs.",
        },
        Setting {
            name: "epsilon",
            default: "0",
            range: "0 to 20",
            purpose: "Above 0, sets alpha to 1 / (exp(epsilon) - 1): what one draw of one cell may give away, given the buckets.",
        },
        Setting {
            name: "sweeps",
            default: "20",
            range: "1 to 1000",
            purpose: "How often each column of a row is drawn.",
        },
        Setting {
            name: "min_support",
            default: "5",
            range: "2 to 100",
            purpose: "Least people behind a value or level that may be drawn as it is (0 to 2 are added at random).",
        },
        Setting {
            name: "rank_window",
            default: "4",
            range: "0 to 50",
            purpose: "Half-width in ranks of the final redraw: keeps digit preference.",
        },
    ],
    control_only: false,
};

/// The `gibbs` engine.
#[derive(Debug)]
pub struct GibbsEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gibbs {
    states: usize,
    features: usize,
    bucket_rows: usize,
    leaf_rows: usize,
    alpha: f64,
    epsilon: f64,
    sweeps: usize,
    min_support: usize,
    rank_window: usize,
}

/// Histograms of each column.
#[derive(Clone, Debug)]
pub struct FittedGibbs {
    settings: Gibbs,
    domain: Arc<Domain>,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    states: Vec<States>,
    views: Vec<Views>,
    laws: Vec<Law>,
    /// How common the states of each column are.
    margins: Vec<Vec<f32>>,
}

impl Gibbs {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            states: settings.whole("states", 2..=40)?,
            features: settings.whole("features", 0..=8)?,
            bucket_rows: settings.whole("bucket_rows", 5..=100_000)?,
            leaf_rows: settings.whole("leaf_rows", 2..=100_000)?,
            alpha: settings.number("alpha", 0.0001..=1000.0)?,
            epsilon: settings.number("epsilon", 0.0..=20.0)?,
            sweeps: settings.whole("sweeps", 1..=1000)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    /// Imaginary rows in each cell of a histogram.
    fn weight(&self) -> f64 {
        if self.epsilon > 0.0 { 1.0 / self.epsilon.exp_m1() } else { self.alpha }
    }

    fn is_sound(&self) -> bool {
        (2..=40).contains(&self.states) && self.min_support >= 2 && (1..=1000).contains(&self.sweeps)
    }
}

impl FittedGibbs {
    fn new(settings: Gibbs, domain: Arc<Domain>, counts: Vec<Vec<u64>>, laws: Vec<Law>) -> Self {
        let (states, views) = coded::seen(&domain, &counts, settings.states);
        let margins = counts.iter().zip(&states).map(|(counts, states)| states.margin(counts)).collect();
        Self { settings, domain, counts, states, views, laws, margins }
    }
}

impl Engine for GibbsEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Gibbs::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Gibbs {
    type Fitted = FittedGibbs;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, _: Seeded, ctx: Context<'_>) -> Result<FittedGibbs, FitError> {
        ctx.stop.check()?;
        let domain = Arc::clone(train.domain());
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        if train.n_rows() == 0 {
            return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "gibbs" });
        }
        let counts = rows::counts(train);
        let (states, views) = coded::seen(&domain, &counts, self.states);
        let rows: Vec<Vec<u16>> =
            states.par_iter().zip(train.columns()).map(|(states, cells)| states.of(cells)).collect();
        let coded = Coded { states: &rows, views: &views };
        let laws = (0..domain.columns.len())
            .into_par_iter()
            .map(|column| {
                ctx.stop.check()?;
                Ok(blocks::learn(self, &coded, train.subjects(), column))
            })
            .collect::<Result<_, Interrupted>>()?;
        Ok(FittedGibbs::new(self.clone(), domain, counts, laws))
    }
}

impl DynSynthesizer for Gibbs {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p) = (n_rows as f64, n_columns as f64);
        // Each column taken in is looked for among all others, at two resolutions on average.
        let looks = (self.features as f64 + 1.0).min(4.0) * 2.0 * p;
        ((n * p * 14.0 + p * 4e6) as u64, n * p * looks * 3e-9 + n * p * self.sweeps as f64 * 3e-8)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedGibbs {
    fn guarantee(&self) -> Guarantee {
        let Gibbs { epsilon, alpha, leaf_rows, .. } = self.settings;
        let measures = if epsilon > 0.0 {
            format!(
                "rows begin as independent columns; given the buckets, one row changes the chance of a state in one draw of one cell \
                 by a factor of at most exp({epsilon})"
            )
        } else {
            format!(
                "rows begin as independent columns; histograms are of buckets of at least {leaf_rows} people, with {alpha} imaginary \
                 rows for each state"
            )
        };
        Guarantee::None { measures }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, n, seed, ctx)
    }
}

impl DynFitted for FittedGibbs {
    fn save(&self) -> Saved {
        save::save(self)
    }

    fn stored(&self) -> Vec<StoredFact> {
        save::stored(self)
    }

    fn filler(&self) -> Option<&dyn Filler> {
        Some(self)
    }
}
