//! `arf`: an adversarial random forest, whose leaves are small tables of independent columns.

mod given;
mod law;
mod play;
mod sample;
mod save;
#[cfg(test)]
mod tests;

use crate::{
    Conditional, ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Saved, StoredFact, quota,
};
use law::Laws;
use rand::{Rng, RngExt as _};
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
pub static ARF: ArfEngine = ArfEngine;

static PAGE: EnginePage = EnginePage {
    id: "arf",
    summary: "Adversarial random forest: trees find regions in which columns are independent.",
    method: "\
A forest learns to tell real rows from an imitation, at first independent columns. Then an imitation is drawn from its
leaves: a tree, a leaf by its share of real rows, each column by itself from the rows of the leaf. A new forest is set
on that, and so on, until rows that a tree has not seen are told right in half of the cases, or no longer less often
than the round before. The forest whose imitation was hardest to tell is kept.

Leaves are regions in which columns are about independent. Of each, the counts of tokens (kinds of missing, spikes,
lattice values, levels, codes) and quantile knots of ranks are kept; rows are drawn from them as the imitations were.
Trees see columns of at most 256 bins, in which missing has a side of its own. A leaf has no real person or at least
`leaf_rows` of them. Under `--where`, leaves are drawn by how many of their people meet the condition, so that rare ones cost
no more than common ones.

Watson et al. 2023 (`watson2023`), who fit truncated normal laws in value space, where spikes and digits blur, and leave
leaves of two people.",
    limits: "\
Columns that hang together in many pairs at once would need more leaves than there are people: such tables are easier to
tell from real ones than those of `trees`. Long vocabularies and numbers that follow closely from others come out
blurred within leaves. Its leaves are smaller than those of `trees`.",
    guarantee: "No formal guarantee. Leaves of at least `leaf_rows` people, no rows in the model, no value or undeclared level of \
                fewer than five people.",
    sources: &["watson2023", "breiman2001"],
    settings: &[
        Setting {
            name: "trees",
            default: "20",
            range: "1 to 500",
            purpose: "Trees of a forest; each is a way to cut the table into regions.",
        },
        Setting {
            name: "leaf_rows",
            default: "10",
            range: "2 to 100000",
            purpose: "Least people in a leaf that has any: the privacy lever, against columns that are not independent in it.",
        },
        Setting {
            name: "rounds",
            default: "10",
            range: "1 to 100",
            purpose: "Most rounds of imitation; two to four are the rule.",
        },
        Setting {
            name: "delta",
            default: "0",
            range: "0 to 0.5",
            purpose: "How far above a half the share of rows told right may be at the end.",
        },
        Setting {
            name: "smoothing",
            default: "0",
            range: "0 to 100",
            purpose: "Imaginary rows of the whole column in each leaf: above 0, no cell is impossible in any leaf.",
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
    ],
    control_only: false,
};

/// The `arf` engine.
#[derive(Debug)]
pub struct ArfEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arf {
    trees: usize,
    leaf_rows: usize,
    rounds: usize,
    delta: f64,
    smoothing: f64,
    min_support: usize,
    rank_window: usize,
}

/// The leaves of a forest.
#[derive(Clone, Debug)]
pub struct FittedArf {
    settings: Arf,
    domain: Arc<Domain>,
    /// Rows of each leaf of each tree.
    rows: Vec<u32>,
    /// One per column.
    laws: Vec<Laws>,
    /// How often the next forest told rows drawn from the leaves from real ones.
    accuracy: f64,
    /// Rows of each token of each column over all leaves, up to and with it.
    margins: Vec<Vec<u64>>,
}

impl Arf {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            trees: settings.whole("trees", 1..=500)?,
            leaf_rows: settings.whole("leaf_rows", 2..=100_000)?,
            rounds: settings.whole("rounds", 1..=100)?,
            delta: settings.number("delta", 0.0..=0.5)?,
            smoothing: settings.number("smoothing", 0.0..=100.0)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    fn is_sound(&self) -> bool {
        (0.0..=100.0).contains(&self.smoothing) && self.trees > 0 && self.min_support >= 2
    }
}

impl FittedArf {
    fn new(settings: Arf, domain: Arc<Domain>, rows: Vec<u32>, laws: Vec<Laws>, accuracy: f64) -> Self {
        let margins = laws
            .iter()
            .zip(&domain.columns)
            .map(|(laws, domain)| {
                let mut rows = vec![0_u64; domain.tokens.len()];
                let entries = laws.tokens.iter().zip(&laws.counts);
                entries.for_each(|(&token, &count)| rows[token as usize] += u64::from(count));
                rows
            })
            .collect();
        Self { settings, domain, rows, laws, accuracy, margins }
    }

    /// A token by how common it is among those that `may` be.
    fn margin(&self, column: usize, may: impl Fn(u32) -> bool, rng: &mut impl Rng) -> Option<u32> {
        let rows = |token: usize| if may(token as u32) { self.margins[column][token] } else { 0 };
        let total: u64 = (0..self.margins[column].len()).map(rows).sum();
        if total == 0 {
            return None;
        }
        let mut left = rng.random_range(0..total);
        (0..self.margins[column].len()).find_map(|token| {
            let own = rows(token);
            let is_it = left < own;
            left = left.saturating_sub(own);
            is_it.then_some(token as u32)
        })
    }
}

impl Engine for ArfEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn conditions(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Arf::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Arf {
    type Fitted = FittedArf;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedArf, FitError> {
        ctx.stop.check()?;
        let domain = Arc::clone(train.domain());
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        let people = train.subjects().map_or(train.n_rows(), |subjects| {
            subjects.iter().collect::<std::collections::BTreeSet<_>>().len()
        });
        if people < self.leaf_rows {
            return Err(FitError::TooFewRows { found: people, needed: self.leaf_rows, engine: "arf" });
        }
        let forest = play::play(self, train, seed, ctx)?;
        let rows = forest.trees.iter().flatten().map(|rows| rows.len() as u32).collect();
        let laws = train
            .columns()
            .par_iter()
            .zip(&domain.columns)
            .map(|(cells, domain)| {
                Laws::learn(domain, cells, forest.trees.iter().flatten().map(Vec::as_slice))
            })
            .collect();
        Ok(FittedArf::new(self.clone(), domain, rows, laws, forest.accuracy))
    }
}

impl DynSynthesizer for Arf {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p, t) = (n_rows as f64, n_columns as f64, self.trees as f64);
        let leaves = n / (1.6 * self.leaf_rows as f64);
        // Bins of both tables, votes, and per leaf and column some five numbers.
        let bytes = 3.0 * n * p + 16.0 * n * t + t * leaves * p * 5.0 * 4.0;
        let depth = (2.0 * n / self.leaf_rows as f64).max(2.0).log2() * 1.3;
        let rounds = (self.rounds as f64 + 1.0).min(4.0);
        (bytes as u64, rounds * t * 2.0 * n * p.sqrt() * depth * 1.2e-8)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedArf {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "leaves keep counts and quantiles of at least {} people, and no value of fewer than {} people is drawn",
                self.settings.leaf_rows, self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        let running = quota::running(self.rows.iter().map(|&rows| f64::from(rows)));
        sample::sample(&sample::Draw { model: self, running: &running, evidence: None }, n, seed, ctx)
    }
}

impl DynFitted for FittedArf {
    fn save(&self) -> Saved {
        save::save(self)
    }

    fn stored(&self) -> Vec<StoredFact> {
        save::stored(self)
    }

    fn conditional(&self) -> Option<&dyn Conditional> {
        Some(self)
    }
}
