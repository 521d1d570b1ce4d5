//! `privbayes`: a Bayesian network whose tables are as large as the noise bears. What it promises: `CLAIM.md`.

mod network;
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
pub static PRIVBAYES: PrivBayesEngine = PrivBayesEngine;

static PAGE: EnginePage = EnginePage {
    id: "privbayes",
    summary: "A Bayesian network whose tables are as large as the noise bears: differential privacy for each patient (needs \
              --epsilon).",
    method: "\
Nothing is learned of rows but counts with noise, so that each patient is promised that the model hardly depends on them.
Numbers are cut into cells between their declared bounds, levels and kinds of missing are those that are declared. All columns
are counted alone first, for a quarter of the budget, and neighbouring cells that do not stand clear of the noise become one
state. Then a network grows by a column at a time. Candidates are a column outside and up to `parents` within, as many as leave
`theta` deviations of the noise to a cell on average (`theta`-usefulness), so that the noise decides how many parents there are.
The exponential mechanism takes one whose counts are far from those of a column that nothing tells of (the score R, three tenths
of a step's budget), beyond the error that its own noise would bring, and its table is counted (seven tenths). The law of
greatest entropy that fits all tables best is found by mirror descent; rows are drawn from it by quota, parents first.

Zhang, Cormode, Procopiuc, Srivastava and Xiao 2014 and 2017 (`zhang2014`, `zhang2017`), inference `mckenna2019`. Other than
there: one patient is replaced, and noise is discrete and Gaussian; the first column is not taken at random, the first pair is
chosen; parents stand in the table of an earlier column together, so that there are at most 2^(parents - 1) new sets for a
column in a step, and all tables can be made consistent at once; R is measured against shares that were released, for a third of
its sensitivity, and less the mean error of the noise to come, as `aim` does; cells come from declarations, and are joined alike
wherever a column is a parent.",
    limits: "\
A column depends on a few others that depend on each other; what more columns show together is lost. Within a state a number
knows nothing of other columns, and round numbers are no more common than others. Where no pair is useful all columns are drawn
on their own. `aim` measures again where its model errs, takes longer, and is nearer to the data where the budget bears it.
`trees` is closer to the data in every way, and promises nothing.",
    guarantee: "Differential privacy, `(epsilon, delta)` as asked, for each patient: one patient replaced by another changes the \
                probability of any model by a factor of exp(epsilon) at most, but for a probability of delta (by default \
                n^-1.2). Noise comes from the operating system. Bounds, levels, formats and missing markers must be declared \
                (`verosim profile TABLE --declare -o metadata.json`, review, `--metadata`); they and the number of patients count \
                as public. A patient with several rows gives one of them. The report of a run is computed from real rows and is \
                not covered; nor are the split and the manifest. Each fit on the same patients spends anew.",
    sources: &["zhang2017", "zhang2014", "mckenna2019", "canonne2020", "mcsherry2007", "bun2016"],
    settings: &[
        STATES,
        Setting {
            name: "parents",
            default: "4",
            range: "1 to 6",
            purpose: "Most parents of a column; with 1 the network is a tree.",
        },
        Setting {
            name: "theta",
            default: "4",
            range: "0.1 to 100",
            purpose: "People whom a cell of a table holds on average, at least, per standard deviation of its noise: larger, smaller tables.",
        },
    ],
    control_only: false,
};

/// The `privbayes` engine.
#[derive(Debug)]
pub struct PrivBayesEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivBayes {
    states: usize,
    parents: usize,
    theta: f64,
}

/// Share of the budget for columns alone.
const ALONE: f64 = 0.25;

impl Engine for PrivBayesEngine {
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
        Ok(Box::new(PrivBayes {
            states: settings.whole("states", 2..=64)?,
            parents: settings.whole("parents", 1..=6)?,
            theta: settings.number("theta", 0.1..=100.0)?,
        }))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(marginal::load(saved, domain)?))
    }
}

impl DynSynthesizer for PrivBayes {
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
        let (n, p) = (n_rows as f64, n_columns as f64);
        let sets = p * p / 2.0 * f64::from(1_u32 << (self.parents - 1));
        let cells = (self.states * self.states) as f64;
        let bytes = n * p * 2.0 + sets * 64.0 + p * cells * 64.0;
        (bytes as u64, sets * n * (self.parents + 1) as f64 * 1e-9 + p * p * cells * 1e-6)
    }

    fn settings(&self) -> Map<String, Value> {
        written(self)
    }
}

impl Promising for PrivBayes {
    fn cells(&self, promise: &Promise, n_columns: usize) -> usize {
        marginal::cells(promise, n_columns, ALONE)
    }

    fn fit(
        &self,
        mut sealed: SealedTable,
        domain: Arc<Domain>,
        public: Vec<String>,
        _: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynFitted>, FitError> {
        ctx.stop.check()?;
        let p = domain.columns.len();
        if p == 0 {
            return Err(FitError::NothingToModel);
        }
        let limits = network::Limits { theta: self.theta, parents: self.parents };
        let alone = sealed.left() * if p == 1 { 1.0 } else { ALONE };
        // A table of two columns with so many states each is useful.
        let most = network::states(&sealed, alone, limits);
        let Singles { states, measured } =
            marginal::singles(&mut sealed, &domain, alone, self.states.min(most))?;
        let joint = network::learn(&mut sealed, measured, limits, ctx)?;
        let formal = sealed.close(public);
        Ok(Box::new(FittedMarginals::of(domain, states, &joint, formal)?))
    }
}
