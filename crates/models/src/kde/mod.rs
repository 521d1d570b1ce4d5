//! `kde`: a kernel on every training row.

mod bandwidth;
mod kernel;
#[cfg(test)]
mod tests;

use crate::cursor::{damaged, document};
use crate::masks::{Masks, is_forbidden};
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Saved, StoredFact, rows};
use kernel::{Ground, Kernel};
use rand::RngExt as _;
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
use verosim_data::{Domain, Encoded, EncodedColumn, Tabular};

/// The registry item.
pub static KDE: KdeEngine = KdeEngine;

/// Most cells of a table: beyond, rows are so many that a model of them is no model.
const MOST_CELLS: usize = 2_000_000;
/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 4_096;
/// Times that an impossible cell is moved again.
const MOST_TRIES: usize = 20;

static PAGE: EnginePage = EnginePage {
    id: "kde",
    summary: "Kernel density: every synthetic row is a training row, blurred. Never leaves the place of the data.",
    method: "\
Picks a training row and moves each of its cells by a kernel of the column: levels and kinds of missing are drawn anew
from the whole column with a small chance, values that have an order are moved in normal scores, by a normal step that
keeps the margin. Spikes and lattice values stand on the same scale.

How far cells move is learned column by column: the widths under which rows are likeliest, given the rows of all other
people (leave-one-out likelihood, `habbema1974`; mixed kernels, `li2003`). No cell's kernel is narrower than a hundredth.",
    limits: "\
Beyond half a dozen columns no width is good: rows of other people are far in every direction, so that kernels wide enough
to reach them blur relations, and narrow ones hand rows back. Refuses tables of more than two million cells. Loses to
`trees` in realism and in privacy alike: it is here as a yardstick, and for augmentation that is trained on and thrown
away where the data are.",
    guarantee: "None. A kernel sits on every person: each synthetic row is one person's row, blurred, and the model file contains the \
                training rows. Never let the model leave the place of the data; rows only after attacks on them were looked \
                at. Values and undeclared levels of fewer than five people are not drawn as they are.",
    sources: &["rosenblatt1956", "habbema1974", "li2003", "silverman1986"],
    settings: &[
        Setting {
            name: "bandwidth",
            default: "1",
            range: "0.1 to 10",
            purpose: "How far cells move, in multiples of what is likeliest. Wider is safer and less realistic.",
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
    control_only: true,
};

/// The `kde` engine.
#[derive(Debug)]
pub struct KdeEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kde {
    bandwidth: f64,
    min_support: usize,
    rank_window: usize,
}

/// All training rows, and a kernel per column.
#[derive(Clone, Debug)]
pub struct FittedKde {
    train: Encoded,
    grounds: Vec<Ground>,
    kernels: Vec<Kernel>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    rows: usize,
    kernels: Vec<Kernel>,
}

impl Kde {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            bandwidth: settings.number("bandwidth", 0.1..=10.0)?,
            min_support: settings.whole("min_support", 2..=100)?,
            rank_window: settings.whole("rank_window", 0..=50)?,
        })
    }
}

impl FittedKde {
    fn new(train: Encoded, kernels: Vec<Kernel>) -> Self {
        let counts = rows::counts(&train);
        let parts = train.domain().columns.iter().zip(&counts);
        let grounds = parts.map(|(domain, counts)| Ground::new(domain, counts)).collect();
        Self { train, grounds, kernels }
    }

    fn draw_block(&self, masks: &Masks, n: usize, seed: Seeded) -> Vec<EncodedColumn> {
        let mut rng = seed.rng();
        let mut columns = vec![EncodedColumn::default(); self.grounds.len()];
        let mut banned = Vec::new();
        for row in 0..n {
            let donor = rng.random_range(0..self.train.n_rows());
            for (at, ground) in self.grounds.iter().enumerate() {
                let cells = &self.train.columns()[at];
                let own = (cells.tokens[donor], cells.ranks.get(donor).copied().unwrap_or(0.0));
                let mut cell = ground.moved(self.kernels[at], own.0, own.1, &mut rng);
                if masks.applies(at) {
                    masks.active(at, &columns, row, &mut banned);
                    for _ in 0..MOST_TRIES {
                        if !is_forbidden(&banned, cell.0) {
                            break;
                        }
                        cell = ground.moved(self.kernels[at], own.0, own.1, &mut rng);
                    }
                    // Another column was drawn anew and this cell hardly ever is: so it is now.
                    let anew = Kernel { anew: 1.0, ..self.kernels[at] };
                    for _ in 0..MOST_TRIES * MOST_TRIES {
                        if !is_forbidden(&banned, cell.0) {
                            break;
                        }
                        cell = ground.moved(anew, own.0, own.1, &mut rng);
                    }
                }
                columns[at].tokens.push(cell.0);
                if !cells.ranks.is_empty() {
                    columns[at].ranks.push(cell.1);
                }
            }
        }
        columns
    }
}

impl Engine for KdeEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Kde::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        let written: Document = document(saved)?;
        let share = 0.0..=1.0;
        let is_sound = |kernel: &Kernel| share.contains(&kernel.anew) && share.contains(&kernel.keep);
        if written.kernels.len() != domain.columns.len() || !written.kernels.iter().all(is_sound) {
            return Err(damaged("its kernels do not fit the columns".into()));
        }
        Ok(Box::new(FittedKde::new(rows::load(saved, written.rows, domain)?, written.kernels)))
    }
}

impl Synthesizer<Tabular> for Kde {
    type Fitted = FittedKde;

    fn codec(&self) -> CodecSettings {
        CodecSettings {
            min_support: self.min_support,
            rank_window: self.rank_window,
            ..CodecSettings::default()
        }
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<FittedKde, FitError> {
        ctx.stop.check()?;
        let (rows, columns) = (train.n_rows(), train.columns().len());
        if columns == 0 {
            return Err(FitError::NothingToModel);
        }
        if rows < 2 {
            return Err(FitError::TooFewRows { found: rows, needed: 2, engine: "kde" });
        }
        if rows.saturating_mul(columns) > MOST_CELLS {
            return Err(FitError::TooManyCells { rows, columns, most: MOST_CELLS, engine: "kde" });
        }
        let mut fitted = FittedKde::new(train.clone(), Vec::new());
        let likeliest = bandwidth::likeliest(train, &fitted.grounds, seed, ctx)?;
        let wider = |kernel: Kernel| {
            let step = self.bandwidth * (1.0 - kernel.keep * kernel.keep).sqrt();
            Kernel {
                anew: (self.bandwidth * kernel.anew).min(1.0),
                keep: (1.0 - step.min(1.0).powi(2)).max(0.0).sqrt(),
            }
        };
        fitted.kernels = likeliest.into_iter().map(wider).collect();
        Ok(fitted)
    }
}

impl DynSynthesizer for Kde {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p) = (n_rows as f64, n_columns as f64);
        // Four sweeps over 400 rows and at most 8,000 stands, two numbers for each pair.
        let pairs = 400.0 * n.min(8_000.0);
        ((n * p * 20.0 + pairs * 8.0) as u64, 4.0 * p * pairs * 1.2e-8 + p * 0.05)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedKde {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: "a kernel sits on every training row, and each synthetic row is one of them, blurred"
                .into(),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        let domain = self.train.domain();
        let masks = Masks::new(domain, &(0..domain.columns.len()).collect::<Vec<_>>());
        let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                ctx.stop.check()?;
                Ok(self.draw_block(&masks, BLOCK.min(n - block * BLOCK), seed.split_at(block as u64)))
            })
            .collect::<Result<_, Interrupted>>()?;
        rows::joined(domain, blocks, n)
    }
}

impl DynFitted for FittedKde {
    fn save(&self) -> Saved {
        let document = Document { rows: self.train.n_rows(), kernels: self.kernels.clone() };
        Saved {
            document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
            arrays: rows::save(&self.train),
        }
    }

    fn stored(&self) -> Vec<StoredFact> {
        vec![StoredFact { what: "whole training rows".into(), items: self.train.n_rows(), least_support: 1 }]
    }
}
