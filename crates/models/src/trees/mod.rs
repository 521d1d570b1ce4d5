//! `trees`: one forest per column, drawn in sequence.

mod boosted;
mod config;
mod fill;
mod fit;
mod given;
mod law;
mod model;
mod order;
mod sample;
mod save;
mod screen;
#[cfg(test)]
mod tests;
mod trial;

pub use config::Trees;
pub(crate) use given::Drawer;
pub use model::FittedTrees;

use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, SampleError, Seeded, Setting, Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};

/// The registry item.
pub static TREES: TreesEngine = TreesEngine;

/// What help, `explain` and the docs print.
pub static PAGE: EnginePage = EnginePage {
    id: "trees",
    summary: "Sequential forest: each column is drawn from trees on the columns before it. The default.",
    method: "\
Columns are put in an order and each is learned given those before it, so the joint law is a product of conditional
laws. The order is staged (rare outcomes, short vocabularies, codes, numbers, and last common flags, which boosted
trees learn from all others) unless held-out rows are much and surely likelier in the order of the file. A column is a
set of tokens (kinds of missing, spikes, lattice values, levels, codes) and, for other numbers, a rank. Tokens are
learned by classification trees and ranks by regression trees, both on columns of at most 256 bins in which missing has
a side of its own; levels are ordered by the outcome in each node and long code vocabularies are split along their
hierarchy, so nothing is one-hot. Five trees are grown per column, each on a bootstrap of the subjects, with at least
20 rows in a leaf. A vocabulary of 2 to 8 tokens is learned by boosted trees instead where these are likelier on
held-out rows: outcomes with many weak causes need sums, not leaves.

A leaf keeps counts of tokens and at most 33 quantile knots of ranks, never rows. A row is drawn by picking a tree,
walking to a leaf, and drawing a token with back-off to the leaf's ancestors; impossible tokens are masked before the
draw; draws are spread evenly over the rows that share a leaf. The final number is redrawn within a few ranks of the
whole column, which restores digit preference and cuts the link to the leaf's donors; values of fewer than five people
are never drawn as they are.

`impute` completes each row in 32 ways side by side, column after column; known cells weigh them by the chance that they
have after what was drawn before (`gordon1993`, `kong1994`). Trees are taken for certain, so that
pooled intervals are too short: take `mice` where they matter.

The idea of drawing each column from a tree on those before it is `reiter2005` and the R package synthpop
(`nowok2016`).",
    limits: "\
Loses to sequence models on many visits per person, and to a Bayesian network when a transparent law is wanted. Below
about 300 patients leaves are wide and rare combinations blur; below about 50 hardly any leaf is divided, and columns
come out nearly independent: ask an expert with `llm-elicit` then. Relations that hold exactly between many columns are
only kept where they were recognised (sums, differences, products, ratios, a number that never crosses another). Offers
no formal privacy guarantee: the attacks in the report are the evidence.",
    guarantee: "No formal guarantee. Leaves of at least 20 rows, no rows in the model, no value or undeclared level of fewer than \
                five people, tails from a fitted law.",
    sources: &["reiter2005", "nowok2016", "breiman1984", "cestnik1990", "pickands1975", "hosking1987", "friedman2001", "gordon1993", "kong1994"],
    settings: &[
        Setting {
            name: "trees",
            default: "5",
            range: "1 to 50",
            purpose: "Trees per column. Five smooth single trees; ten were no better.",
        },
        Setting {
            name: "leaf_rows",
            default: "20",
            range: "11 to 100000",
            purpose: "Least rows in a leaf: the privacy lever. Twenty cuts membership risk at no cost in realism.",
        },
        Setting {
            name: "backoff",
            default: "0.5",
            range: "0 to 100",
            purpose: "Weight of the wider neighbourhood in a leaf, in rows. A half gives unseen tokens a small chance.",
        },
        Setting {
            name: "predictors",
            default: "40",
            range: "1 to 1000",
            purpose: "Most predictors per column; the most informative are kept. More costs time for little.",
        },
        Setting {
            name: "predictor_share",
            default: "0.8",
            range: "0.05 to 1",
            purpose: "Share of predictors looked at in each node; less than all makes trees differ.",
        },
        Setting {
            name: "least_gain",
            default: "8",
            range: "0 to 100",
            purpose: "Least squared t statistic of a cut of ranks, from 1000 rows on. Cuts that chance explains leak.",
        },
        Setting {
            name: "order",
            default: "auto",
            range: "auto, staged, source",
            purpose: "Order of columns: rare outcomes first, as in the file, or the one of the two that held-out rows ask for.",
        },
        Setting {
            name: "first",
            default: "",
            range: "columns with a comma between them",
            purpose: "Columns drawn before all others, in this order: strata and survey weights, so that everybody is learned given them.",
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
            purpose: "Half-width in ranks of the final redraw: breaks the link to donors and keeps digit preference.",
        },
        Setting {
            name: "boosting",
            default: "auto",
            range: "auto, off, on",
            purpose: "Boosted trees for vocabularies of 2 to 8: where likelier on held-out rows, never, always.",
        },
    ],
    control_only: false,
};

/// The `trees` engine.
#[derive(Debug)]
pub struct TreesEngine;

impl Engine for TreesEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Trees::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, 0, domain)?))
    }
}

impl Synthesizer<Tabular> for Trees {
    type Fitted = FittedTrees;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedTrees, FitError> {
        fit::fit(self, train, 0, seed, ctx)
    }
}

impl DynSynthesizer for Trees {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p, t) = (n_rows as f64, n_columns as f64, self.trees as f64);
        let seen = (p * 0.5).min(self.predictors as f64) * self.predictor_share;
        let leaves = n / self.leaf_rows as f64;
        // Bins and encoded cells; per column and tree some 60 bytes per leaf and 12 per row while it grows.
        let bytes = n * p * 9.0 + p * t * leaves * 120.0 + n * 24.0 * 16.0;
        // About 5 ns per row, predictor and level of a tree, twice that where short vocabularies are tried both ways, and
        // more where an order is searched; measured on tables of 242 to 81,000 rows.
        let work = |n: f64| {
            let depth = (n / self.leaf_rows as f64).max(2.0).log2();
            n * seen * depth * p * t
        };
        let (fit, search) =
            if self.boosting == config::Boosting::Off { (5e-9, 1e-8) } else { (9e-9, 2.4e-8) };
        let search = if self.order == config::OrderChoice::Auto { search } else { 0.0 };
        let seconds = fit * work(n) + search * work(n.min(order::LEARNED_ROWS)) + 1e-4 * p;
        (bytes as u64, seconds)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedTrees {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "trees keep counts and quantiles of at least {} rows, and no value of fewer than {} people is drawn",
                self.settings.leaf_rows, self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, n, seed, ctx)
    }
}

impl DynFitted for FittedTrees {
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
