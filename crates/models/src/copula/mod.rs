//! `copula`: right margins, and correlated normal variables behind them.

mod fill;
mod fit;
mod ladder;
mod sample;
mod save;
#[cfg(test)]
mod tests;

use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, Filler, LoadError, Saved, StoredFact};
use ladder::{Ladder, Layout};
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
pub static COPULA: CopulaEngine = CopulaEngine;

static PAGE: EnginePage = EnginePage {
    id: "copula",
    summary: "Gaussian copula: right margins and one correlation per pair. A preview in a second.",
    method: "\
Behind every column stand standard normal variables that are correlated over columns; a cell is read off them so that
each margin is the empirical one. A column is a short row of questions: is the cell missing (of which kind), is it the
commonest level, the next one, and where among the remaining values does it stand? Each question has a variable of its
own, so that being missing is related to other columns apart from being high or low, and levels without an order need
none. Spikes are points of mass on the scale of values; levels beyond the three commonest share a scale, in the order
of their means on the leading direction of all other columns.

The correlation of a pair is the one whose covariance, by Mehler's series, is that of what is seen: normal scores where
values are seen, interval means where only a level is. For two two-valued columns that is the tetrachoric correlation,
otherwise the polychoric, biserial or polyserial one, by the moment. It is learned on rows where both questions were asked, moved
towards zero by as much as chance explains, and the matrix is replaced by a near one whose eigenvalues are at least 0.01.
Impossible cells are drawn again given the columns before them. `impute` draws the variables behind the missing cells of a
row given what its known cells tell of theirs, by sweeps (`albert1993`); correlations are taken for certain, so that
pooled intervals are too short: take `mice` where they matter.

Empirical margins and normal scores as in SDV (`patki2016`), which gives each level an interval of one variable instead.",
    limits: "\
Knows one number per pair: relations that rise and fall, and outcomes that hang on a combination, are lost, and a rare
outcome is predicted worse from its output than from that of `trees`. Rows where many columns are missing together are
right in pairs only. Good as a preview, as a baseline, and where the least may be learned.",
    guarantee: "No formal guarantee. Counts of single columns and one correlation per pair; no value or undeclared level of fewer \
                than five people.",
    sources: &["patki2016", "pearson1900", "olsson1979", "olsson1982", "rothman2009", "higham2002", "albert1993"],
    settings: &[
        Setting {
            name: "levels",
            default: "3",
            range: "1 to 100",
            purpose: "Commonest levels of an unordered column with a variable of their own; the others share one.",
        },
        Setting {
            name: "shrinkage",
            default: "1",
            range: "0 to 100",
            purpose: "How far correlations move towards zero, in variances of one that is zero. 0 keeps them as they are.",
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

/// The `copula` engine.
#[derive(Debug)]
pub struct CopulaEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copula {
    levels: usize,
    shrinkage: f64,
    min_support: usize,
    rank_window: usize,
}

/// Margins and correlations.
#[derive(Clone, Debug)]
pub struct FittedCopula {
    settings: Copula,
    domain: Arc<Domain>,
    /// Rows per token and column.
    counts: Vec<Vec<u64>>,
    layouts: Vec<Layout>,
    ladders: Vec<Ladder>,
    /// Lower triangle without the diagonal, row by row.
    correlations: Vec<f32>,
    /// Lower triangle with the diagonal, row by row.
    factor: Vec<f64>,
    n_latents: usize,
}

impl Copula {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            levels: settings.whole("levels", 1..=100)?,
            shrinkage: settings.number("shrinkage", 0.0..=100.0)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }

    fn is_sound(&self) -> bool {
        self.shrinkage >= 0.0 && self.min_support >= 2
    }
}

impl Engine for CopulaEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Copula::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(FittedCopula::from_saved(saved, domain)?))
    }
}

impl Synthesizer<Tabular> for Copula {
    type Fitted = FittedCopula;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, _: Seeded, ctx: Context<'_>) -> Result<FittedCopula, FitError> {
        fit::fit(self, train, ctx)
    }
}

impl DynSynthesizer for Copula {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        // About three variables per column of hospital tables, a score and a mark in each row, and dense matrices.
        let (n, m) = (n_rows as f64, 3.0 * n_columns as f64);
        let bytes = n * m * 8.0 + 6.0 * m * m * 8.0;
        (bytes as u64, n * m * m * 6e-10 + 10.0 * m.powi(3) * 1e-9 + n * m * 1e-7)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedCopula {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: format!(
                "only counts of single columns and one correlation per pair are kept, and no value of fewer than {} people \
                 is drawn",
                self.settings.min_support
            ),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, n, seed, ctx)
    }
}

impl DynFitted for FittedCopula {
    fn save(&self) -> Saved {
        self.to_saved()
    }

    fn stored(&self) -> Vec<StoredFact> {
        self.stored_facts()
    }

    fn filler(&self) -> Option<&dyn Filler> {
        Some(self)
    }
}
