//! `aim`: tables of a few columns, chosen one after the other where the model errs most, counted with noise. What it promises:
//! `CLAIM.md`.

mod rounds;
#[cfg(test)]
mod tests;

use crate::marginal::{self, FittedMarginals, Singles};
use crate::mst::STATES;
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Promising, Saved, registry::written};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{Context, EnginePage, FitError, Seeded, Setting};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded};
use verosim_privacy::{Promise, SealedTable};

/// The registry item.
pub static AIM: AimEngine = AimEngine;

static PAGE: EnginePage = EnginePage {
    id: "aim",
    summary: "Tables chosen where the model errs most, counted with noise: differential privacy for each patient (needs \
              --epsilon).",
    method: "\
Nothing is learned of rows but counts with noise, so that each patient is promised that the model hardly depends on them.
Numbers are cut into cells between their declared bounds, levels and kinds of missing are those that are declared. Columns
are counted alone first, for a sixth of the budget; neighbouring cells that do not stand clear of the noise become one state, about `states`
in a column. Then, round by round, a set of up to `order` columns is chosen by the exponential mechanism (a tenth of the round's budget) and
counted (nine tenths): one whose counts are far from what the model expects, beyond the error that its own noise would bring. Whenever
a count told hardly more than noise, the budget of a round is quadrupled. The model may grow with what was spent, up to `cells`.

The model is the law of greatest entropy that fits all counts best, found by mirror descent over a junction tree, each round from where
the last one left off; rows are drawn from it by quota. Within a state a number is drawn in cells as the noisy counts of its column have them,
evenly on its declared grid.

McKenna, Mullins, Sheldon and Miklau 2022 (`mckenna2022`), inference `mckenna2019`; here with one patient replaced as the neighbouring
relation, exact noise, and cells from declarations.",
    limits: "\
Within a state a number knows nothing of other columns, and round numbers are no more common than others. What the model expects of columns that
stand in none of its tables together is counted among rows drawn from it. With more than 22 columns sets of three are
too many to be rated every round, and pairs are chosen. It takes some ten times as long as `mst`, which is as good where the budget is small.
`trees` is closer to the data in every way, and promises nothing.",
    guarantee: "Differential privacy, `(epsilon, delta)` as asked, for each patient: one patient replaced by another changes the \
                probability of any model by a factor of exp(epsilon) at most, but for a probability of delta (by default \
                n^-1.2). Noise comes from the operating system. Bounds, levels, formats and missing markers must be declared \
                (`verosim profile TABLE --declare -o metadata.json`, review, `--metadata`); they and the number of patients count \
                as public. A patient with several rows gives one of them. The report of a run is computed from real rows and is \
                not covered; nor are the split and the manifest. Each fit on the same patients spends anew.",
    sources: &["mckenna2022", "mckenna2019", "canonne2020", "mcsherry2007", "bun2016"],
    settings: &[
        STATES,
        Setting {
            name: "order",
            default: "3",
            range: "2 or 3",
            purpose: "Most columns of a table. Sets of three are chosen up to 22 columns.",
        },
        Setting {
            name: "cells",
            default: "100000",
            range: "1000 to 4000000",
            purpose: "Most cells of all tables of the model: time and memory grow with them.",
        },
    ],
    control_only: false,
};

/// The `aim` engine.
#[derive(Debug)]
pub struct AimEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aim {
    states: usize,
    order: usize,
    cells: usize,
}

/// Share of the budget for columns alone.
const ALONE: f64 = 1.0 / 6.0;

impl Engine for AimEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn promises(&self) -> bool {
        true
    }

    fn conditions(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        let settings = Settings::new(&PAGE, settings)?;
        Ok(Box::new(Aim {
            states: settings.whole("states", 2..=64)?,
            order: settings.whole("order", 2..=3)?,
            cells: settings.whole("cells", 1_000..=4_000_000)?,
        }))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(marginal::load(saved, domain)?))
    }
}

impl DynSynthesizer for Aim {
    fn codec(&self) -> CodecSettings {
        CodecSettings::default()
    }

    fn fit(&self, _: &Encoded, _: Seeded, _: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Err(marginal::unpromised(PAGE.id))
    }

    fn promising(&self) -> Option<&dyn Promising> {
        Some(self)
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let sets = rounds::n_candidates(n_columns, self.order) as f64;
        let rounds = 3.0 * n_columns as f64;
        let bytes = n_rows as f64 * n_columns as f64 * 2.0 + self.cells as f64 * 100.0 + sets * 3e4;
        (bytes as u64, rounds * (sets * (n_rows as f64 + 65_536.0) * 2e-9 + self.cells as f64 * 1e-6))
    }

    fn settings(&self) -> Map<String, Value> {
        written(self)
    }
}

impl Promising for Aim {
    fn cells(&self, promise: &Promise, n_columns: usize) -> usize {
        marginal::cells(promise, n_columns, ALONE)
    }

    fn fit(
        &self,
        mut sealed: SealedTable,
        domain: Arc<Domain>,
        public: Vec<String>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynFitted>, FitError> {
        ctx.stop.check()?;
        let p = domain.columns.len();
        if p == 0 {
            return Err(FitError::NothingToModel);
        }
        let alone = sealed.left() * if p == 1 { 1.0 } else { ALONE };
        let Singles { states, measured } = marginal::singles(&mut sealed, &domain, alone, self.states)?;
        let limits = rounds::Limits { order: self.order, cells: self.cells };
        let joint = rounds::learn(&mut sealed, measured, limits, seed, ctx)?;
        let formal = sealed.close(public);
        Ok(Box::new(FittedMarginals::of(domain, states, &joint, formal)?))
    }
}
