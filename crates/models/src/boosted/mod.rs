//! `boosted`: each column is learned given any others, and rows are drawn in any order.

mod cost;
mod fill;
mod fit;
mod law;
mod masked;
mod partition;
mod sample;
mod save;
#[cfg(test)]
mod tests;
mod unmask;

use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact};
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
pub static BOOSTED: BoostedEngine = BoostedEngine;

static PAGE: EnginePage = EnginePage {
    id: "boosted",
    summary: "Any-order boosted trees: each column is drawn given whichever others are there already.",
    method: "\
Each row is copied several times. Every copy has an order of columns of its own, and each column is learned from what stands
before it in that order: all other cells are masked, which is a bin of its own for the trees. So one model per column knows
the column given any others, none and all among them. A kind of missing is a level like others, to be learned and to learn
from, and not the mask.

The state of a cell is told by questions: missing or not; then levels that have no order, a few at once, and values halved by
how many rows have them, again and again, until a stretch of about one row in `bins` or a single common value is left. Each
question is answered by boosted trees on the copies that it concerns. A tenth of the people is set aside and says when to
stop; where rows are few, two splits say how many trees are best, and everybody is learned from. Within a stretch a number is
drawn by the ranks of the column. A leaf holds at least `leaf_rows` times as many copies as each row has, and so at least
`leaf_rows` rows.

A row begins with every cell masked. Its columns are unmasked in an order by chance, those of many rows side by side, and draws
are spread evenly over rows with like chances. `impute` does the same with the known cells of a row seen from the first: as
the columns were learned, so that nothing is approximated beside the trees. Trees are taken for certain, so that pooled
intervals are too short: take `mice` where they matter.

McCarter 2024 (`mccarter2024`): masks, orders and halves of halves. There kinds of missing are not modelled, each model is
XGBoost, cuts of numbers come from a kernel density, and a draw is even between two cuts.",
    limits: "\
Each column has to be known given any others, so that it is known less well given all: where one order will do, `trees` has
more of each row. Where rows are few, slopes flatten more than those of `trees`. What two columns tell only together, and
neither alone, is found in part. Relations that hold exactly between numbers blur to the width of a stretch. Large tables
are learned from a part of their rows (`most_rows`). Slower than `trees`. No formal privacy guarantee.",
    guarantee: "No formal guarantee. Leaves of at least 20 rows, no rows in the model, no value or undeclared level of fewer than \
                five people, tails from a fitted law.",
    sources: &["mccarter2024", "friedman2001"],
    settings: &[
        Setting {
            name: "duplicates",
            default: "10",
            range: "1 to 200",
            purpose: "Copies of each row, each with an order of columns of its own.",
        },
        Setting {
            name: "most_rows",
            default: "100000",
            range: "1000 to 100000000",
            purpose: "Most copies that a column is learned from. Beyond it rows are copied less often, then fewer people taken.",
        },
        Setting {
            name: "bins",
            default: "32",
            range: "2 to 64",
            purpose: "Stretches that values are cut into, about; common values stand alone beside.",
        },
        Setting {
            name: "at_once",
            default: "8",
            range: "2 to 32",
            purpose: "Most levels without an order that one question tells apart; more are halved first.",
        },
        Setting {
            name: "rounds",
            default: "200",
            range: "1 to 5000",
            purpose: "Most trees of a question, for each answer of it where there are more than two.",
        },
        Setting {
            name: "learning_rate",
            default: "0.2",
            range: "0.001 to 1",
            purpose: "Share of each tree's step that is taken.",
        },
        Setting {
            name: "leaves",
            default: "8",
            range: "2 to 256",
            purpose: "Most leaves of a tree.",
        },
        Setting {
            name: "column_share",
            default: "0.5",
            range: "0.01 to 1",
            purpose: "Share of the columns that a tree sees; about 40 of them at most.",
        },
        Setting {
            name: "leaf_rows",
            default: "20",
            range: "11 to 100000",
            purpose: "Least rows in a leaf: the privacy lever.",
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

/// The `boosted` engine.
#[derive(Debug)]
pub struct BoostedEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    duplicates: usize,
    most_rows: usize,
    bins: usize,
    at_once: usize,
    rounds: usize,
    learning_rate: f64,
    leaves: usize,
    column_share: f64,
    leaf_rows: usize,
    min_support: usize,
    rank_window: usize,
}

/// Boosted trees for each column given any others.
#[derive(Clone, Debug)]
pub struct FittedBoosted {
    settings: Boosted,
    domain: Arc<Domain>,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    looks: masked::Looks,
    laws: Vec<law::Law>,
}

impl Boosted {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            duplicates: settings.whole("duplicates", 1..=200)?,
            most_rows: settings.whole("most_rows", 1_000..=100_000_000)?,
            bins: settings.whole("bins", 2..=64)?,
            at_once: settings.whole("at_once", 2..=32)?,
            rounds: settings.whole("rounds", 1..=5_000)?,
            learning_rate: settings.number("learning_rate", 0.001..=1.0)?,
            leaves: settings.whole("leaves", 2..=256)?,
            column_share: settings.number("column_share", 0.01..=1.0)?,
            leaf_rows: settings.whole("leaf_rows", 11..=100_000)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    /// How often each of `n_rows` rows is copied.
    fn copies_of(&self, n_rows: usize) -> usize {
        (self.most_rows / n_rows.max(1)).clamp(self.duplicates.min(2), self.duplicates)
    }

    fn is_sound(&self) -> bool {
        (2..=64).contains(&self.bins) && (2..=32).contains(&self.at_once) && self.leaf_rows >= 11
    }
}

impl Engine for BoostedEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Boosted::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(save::load(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Boosted {
    type Fitted = FittedBoosted;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedBoosted, FitError> {
        fit::fit(self, train, seed, ctx)
    }
}

impl DynSynthesizer for Boosted {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        cost::predict(self, n_rows, n_columns)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedBoosted {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "trees keep values of leaves of at least {} rows, and no value of fewer than {} people is drawn",
                self.settings.leaf_rows, self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, n, seed, ctx)
    }
}

impl DynFitted for FittedBoosted {
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
