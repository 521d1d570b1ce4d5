//! `bayesnet`: a Bayesian network, in which each column hangs on a few others.

mod factor;
mod fill;
mod given;
mod learn;
mod net;
mod sample;
mod save;
mod search;
#[cfg(test)]
mod tests;

use crate::coded::{self, Coded, Views};
use crate::law::Law;
use crate::states::States;
use crate::{
    Conditional, ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact, rows,
};
use learn::Prudence;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, SampleError, Seeded, Setting, Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};

/// The registry item.
pub static BAYESNET: BayesnetEngine = BayesnetEngine;

static PAGE: EnginePage = EnginePage {
    id: "bayesnet",
    summary: "Bayesian network: each column hangs on at most a few others, which can be read and drawn.",
    method: "\
Every column becomes a few states: kinds of missing, common levels, values that many people have, and stretches of other
values that hold about equally many. A column is learned given at most `parents` others, each seen by its states, by pairs
of them or by fours, whichever pays. Which these are is searched:
networks are grown column by column, each new one on a clique of at most `treewidth` columns that are there already, next
the column that loses least by it; of 64 that begin differently the one with the best Bayesian information criterion is
taken. So every network can be reckoned with exactly, and none is a tangle.

Chances of states are counts, smoothed towards those without the parent that tells least, which also stand where fewer
than `leaf_rows` people are behind. Rows are drawn parents first; within a state, cells are as common as in the column. `impute` draws the missing cells of a row
from their exact law given all known ones: the cliques that are missing are eliminated one by one (`zhang1994`). So are, under
`--where`, all columns that the condition hangs on, so that a rare combination costs no more than a common one. Chances are
taken for certain, so that pooled intervals are too short: take `mice` where they matter.

Networks for health data: Kaur et al. 2021 (`kaur2021`); criterion `schwarz1978`; k-trees and their growth `nie2014`,
`scanagatta2018`.",
    limits: "\
Within a state, a number knows nothing of other columns, and relations of many columns at once are cut to a few parents:
rows are easier to tell from real ones than those of `trees`. Columns with many levels can hardly be parents, because each
combination must be paid for. Below some 500 people most columns have one parent.",
    guarantee: "No formal guarantee. Tables of chances with at least `leaf_rows` people behind each combination of parents, no rows \
                in the model, no value or undeclared level of fewer than five people.",
    sources: &["kaur2021", "schwarz1978", "nie2014", "scanagatta2018", "zhang1994"],
    settings: &[
        Setting {
            name: "states",
            default: "12",
            range: "2 to 40",
            purpose: "Stretches that values are cut into, about; common values have states of their own beside.",
        },
        Setting {
            name: "parents",
            default: "3",
            range: "0 to 4",
            purpose: "Most parents of a column. 1 gives a tree, 0 independent columns.",
        },
        Setting {
            name: "treewidth",
            default: "3",
            range: "1 to 6",
            purpose: "Columns of a clique, less one: how entangled the network may be.",
        },
        Setting {
            name: "leaf_rows",
            default: "10",
            range: "2 to 100000",
            purpose: "Least people behind the chances of a combination of parents: the privacy lever.",
        },
        Setting {
            name: "backoff",
            default: "1",
            range: "0.01 to 100",
            purpose: "Weight, in rows, of the chances without the parent that tells least.",
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

/// The `bayesnet` engine.
#[derive(Debug)]
pub struct BayesnetEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Net {
    states: usize,
    parents: usize,
    treewidth: usize,
    leaf_rows: usize,
    backoff: f64,
    min_support: usize,
    rank_window: usize,
}

/// Tables of chances, parents first.
#[derive(Clone, Debug)]
pub struct FittedNet {
    settings: Net,
    domain: Arc<Domain>,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    states: Vec<States>,
    views: Vec<Views>,
    laws: Vec<Law>,
    /// How common the states of each column are in rows that are drawn.
    margins: Vec<Vec<f32>>,
}

impl Net {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            states: settings.whole("states", 2..=40)?,
            parents: settings.whole("parents", 0..=4)?,
            treewidth: settings.whole("treewidth", 1..=6)?,
            leaf_rows: settings.whole("leaf_rows", 2..=100_000)?,
            backoff: settings.number("backoff", 0.01..=100.0)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    fn is_sound(&self) -> bool {
        (2..=40).contains(&self.states) && self.min_support >= 2
    }
}

impl FittedNet {
    fn new(settings: Net, domain: Arc<Domain>, counts: Vec<Vec<u64>>, laws: Vec<Law>) -> Self {
        let (states, views) = coded::seen(&domain, &counts, settings.states);
        let margins = counts.iter().zip(&states).map(|(counts, states)| states.margin(counts)).collect();
        Self { settings, domain, counts, states, views, laws, margins }
    }
}

impl Engine for BayesnetEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn conditions(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Net::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Net {
    type Fitted = FittedNet;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedNet, FitError> {
        ctx.stop.check()?;
        let domain = Arc::clone(train.domain());
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        if train.n_rows() == 0 {
            return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "bayesnet" });
        }
        let counts = rows::counts(train);
        let (states, views) = coded::seen(&domain, &counts, self.states);
        let coded: Vec<Vec<u16>> =
            states.par_iter().zip(train.columns()).map(|(states, cells)| states.of(cells)).collect();
        let coded = Coded { states: &coded, views: &views };
        let families = crate::families::families(&coded, self.parents.min(self.treewidth), ctx)?;
        let network = search::search(&families, self.treewidth, seed.split("search"), ctx)?;
        let prudence = Prudence { least: self.leaf_rows, backoff: self.backoff };
        let laws = network
            .nodes
            .par_iter()
            .map(|node| {
                ctx.stop.check()?;
                Ok(learn::learn(&coded, train.subjects(), node.column, &node.parents, prudence))
            })
            .collect::<Result<_, verosim_core::Interrupted>>()?;
        Ok(FittedNet::new(self.clone(), domain, counts, laws))
    }
}

impl DynSynthesizer for Net {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p) = (n_rows as f64, n_columns as f64);
        // Single parents, pairs of ten, triples and fours of six; columns come at two resolutions on average.
        let sets = [0.0, 0.0, 180.0, 80.0, 15.0];
        let tried = if self.parents == 0 { 0.0 } else { 2.0 * p + sets[..=self.parents].iter().sum::<f64>() };
        ((n * p * 14.0 + p * 4e6) as u64, n * p * tried * 2e-9 + p * p * 1e-4)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedNet {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "chances have at least {} people behind each combination of parents, and no value of fewer than {} people is \
                 drawn",
                self.settings.leaf_rows, self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, None, n, seed, ctx)
    }
}

impl DynFitted for FittedNet {
    fn save(&self) -> Saved {
        save::save(self)
    }

    fn stored(&self) -> Vec<StoredFact> {
        save::stored(self)
    }

    fn filler(&self) -> Option<&dyn Filler> {
        Some(self)
    }

    fn conditional(&self) -> Option<&dyn Conditional> {
        Some(self)
    }
}
