//! `mice`: chained equations for tables with missing cells, and complete rows drawn from what they taught.

mod chain;
mod design;
mod fill;
mod law;
mod sample;
mod save;
mod shape;
mod strata;
#[cfg(test)]
mod tests;

use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact, rows};
use chain::{Plan, Set};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shape::Shape;
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, Interrupted, SampleError, Seeded, Setting,
    Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};

/// The registry item.
pub static MICE: MiceEngine = MiceEngine;

static PAGE: EnginePage = EnginePage {
    id: "mice",
    summary: "Chained equations: fills missing cells several times over, and draws complete rows.",
    method: "\
For tables with missing cells. `sets` times, people are drawn with replacement; the missing cells of their rows are filled
with some value of the column, then drawn anew, column after column given all others, for `cycles` turns. What is then
learned is kept as one set of laws, so that sets differ by all that the table does not tell: imputation from them is proper.

A common value or level is a question with yes and no, asked after those that are commoner. Its answer is scored by a
linear prediction from the columns that tell most; scores are cut into strata of at least `leaf_rows` people, and the
chance of a yes is that of the stratum. A number has a normal score by its rank, which a linear prediction that may bend at
the quartiles expects; how far scores lie from it is kept, for each stratum of what is expected, as quantiles. So a draw
keeps slopes, and takes skew and spread from its neighbourhood; no donor's value is handed on.

`verosim impute TABLE MODEL -m M` draws the missing cells of a table from each column given all others, `cycles` times; table
d takes set d (and begins anew after the last). Rows of `sample` are complete: columns are drawn in turn, each given those
before it, from laws that were learned on the filled rows. Chains that draw each column given all others have no common law
when conditionals disagree, and need long to part what hangs together; a product of conditionals is always a law, and one
pass draws from it. All rows of one draw (of each 65,536) come from one set, chosen by the seed.

How to pool what is computed on each table: `verosim explain impute`.

Yu, He and Raghunathan 2022 (`yu2022mi`), whose scores and strata these are; chained equations `raghunathan2001`,
`vanbuuren2007`; a bag of people for each set `rubin1986`.",
    limits: "\
Valid where which cells are missing hangs on cells that are known (missing at random): nothing in a table tells whether it
does. Which cells were missing, and why, is not learned: take `trees` where synthetic rows shall have holes as real ones do.
Scores are sums: what two columns tell only together is lost, and `trees` or `bayesnet` keep it. Beyond 24 levels, and
beyond 20 questions, cells are drawn by how common they are. Below some 100 people strata are single and spread is the same
everywhere. More tables than `sets` share laws, so their spread tells a little less than all doubt.",
    guarantee: "No formal guarantee. Strata of at least `leaf_rows` people, quantiles of residuals at most half as many as rows and none \
                of the outermost, no rows in the model, no value or undeclared level of fewer than five people.",
    sources: &["yu2022mi", "raghunathan2001", "vanbuuren2007", "rubin1986", "rubin1987"],
    settings: &[
        Setting {
            name: "sets",
            default: "5",
            range: "1 to 100",
            purpose: "Sets of laws, each from people drawn anew. As many as tables that are to be completed.",
        },
        Setting {
            name: "cycles",
            default: "10",
            range: "1 to 1000",
            purpose: "Turns in which each missing cell is drawn given all others. More where columns hang together closely.",
        },
        Setting {
            name: "leaf_rows",
            default: "20",
            range: "5 to 100000",
            purpose: "Least people in a stratum of scores: the privacy lever.",
        },
        Setting {
            name: "predictors",
            default: "40",
            range: "1 to 1000",
            purpose: "Most columns that a score looks at; those that tell most are kept.",
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

/// The `mice` engine.
#[derive(Debug)]
pub struct MiceEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mice {
    sets: usize,
    cycles: usize,
    leaf_rows: usize,
    predictors: usize,
    min_support: usize,
    rank_window: usize,
}

/// Sets of laws.
#[derive(Clone, Debug)]
pub struct FittedMice {
    settings: Mice,
    domain: Arc<Domain>,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    shapes: Vec<Shape>,
    /// Where the numbers of each column begin in a design.
    places: Vec<usize>,
    /// The order in which columns of new rows are drawn.
    order: Vec<usize>,
    sets: Vec<Set>,
}

impl Mice {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            sets: settings.whole("sets", 1..=100)?,
            cycles: settings.whole("cycles", 1..=1000)?,
            leaf_rows: settings.whole("leaf_rows", 5..=100_000)?,
            predictors: settings.whole("predictors", 1..=1000)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    fn is_sound(&self) -> bool {
        (1..=100).contains(&self.sets) && (1..=1000).contains(&self.cycles) && self.min_support >= 2
    }
}

/// Conditions, demographics and rare outcomes first, numbers last, as the domain hints.
fn order(domain: &Domain) -> Vec<usize> {
    let mut order: Vec<usize> = (0..domain.columns.len()).collect();
    order.sort_by_key(|&at| (domain.columns[at].stage, at));
    order
}

fn shapes(domain: &Domain, counts: &[Vec<u64>]) -> Vec<Shape> {
    domain.columns.iter().zip(counts).map(|(domain, counts)| Shape::new(domain, counts)).collect()
}

impl FittedMice {
    fn new(settings: Mice, domain: Arc<Domain>, counts: Vec<Vec<u64>>, sets: Vec<Set>) -> Self {
        let shapes = shapes(&domain, &counts);
        let (places, order) = (design::places(&shapes), order(&domain));
        Self { settings, domain, counts, shapes, places, order, sets }
    }

    fn n_rows(&self) -> usize {
        self.counts.first().map_or(0, |counts| counts.iter().sum::<u64>() as usize)
    }
}

impl Engine for MiceEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Mice::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Mice {
    type Fitted = FittedMice;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedMice, FitError> {
        ctx.stop.check()?;
        let domain = Arc::clone(train.domain());
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        if train.n_rows() == 0 {
            return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "mice" });
        }
        let counts = rows::counts(train);
        let shapes = shapes(&domain, &counts);
        let (places, order) = (design::places(&shapes), order(&domain));
        let plan = Plan { settings: self, train, shapes: &shapes, places: &places, order: &order };
        let done = std::sync::atomic::AtomicUsize::new(0);
        let sets = (0..self.sets as u64)
            .into_par_iter()
            .map(|set| {
                let learned = chain::learn(&plan, seed.split_at(set), ctx)?;
                let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                ctx.progress.step(so_far, self.sets, "sets");
                Ok(learned)
            })
            .collect::<Result<_, Interrupted>>()?;
        Ok(FittedMice::new(self.clone(), domain, counts, sets))
    }
}

impl DynSynthesizer for Mice {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        // About three numbers of the design per column of hospital tables; sums of products over the rows that lack a column,
        // a tenth of them, in each turn, and over those that have it in the end.
        let (n, k, p) = (n_rows as f64, 3.0 * n_columns as f64, n_columns as f64);
        let sums = n * k * k / 2.0;
        let per_set = sums * p * (0.2 * self.cycles as f64 + 2.0);
        let bytes = n * p * 14.0 + self.sets as f64 * (n * k * 4.0 + p * k * 400.0);
        (bytes as u64, self.sets as f64 * per_set * 1e-9)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedMice {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "chances and residuals are of strata of at least {} people, and no value of fewer than {} people is drawn",
                self.settings.leaf_rows, self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, n, seed, ctx)
    }
}

impl DynFitted for FittedMice {
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
