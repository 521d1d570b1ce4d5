//! `mst`: a tree of pairs of columns, counted with noise. What it promises: `CLAIM.md`.

mod select;
#[cfg(test)]
mod tests;

use crate::marginal::{self, FittedMarginals, Singles};
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Promising, Saved, registry::written};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{Context, EnginePage, FitError, Seeded, Setting};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded};
use verosim_math::graphical::{JunctionTree, fit};
use verosim_privacy::{Promise, SealedTable};

/// The registry item.
pub static MST: MstEngine = MstEngine;

static PAGE: EnginePage = EnginePage {
    id: "mst",
    summary: "A tree of pairs of columns counted with noise: differential privacy for each patient (needs --epsilon).",
    method: "\
Nothing is learned of rows but counts with noise, so that each patient is promised that the model hardly depends on them.
Numbers are cut into cells between their declared bounds, levels and kinds of missing are those that are declared. The budget goes
in thirds. First all columns are counted alone; neighbouring cells that do not stand clear of the noise (three
standard deviations) become one state, about `states` in a column. Then a spanning tree of pairs is chosen, pair by pair by
the exponential mechanism: of those that join two parts of the tree, one whose counts are far from what independent columns would
give. Last these pairs are counted.

The law of greatest entropy that fits all counts best is found by mirror descent over the tree; rows are drawn from it by
quota. Within a state a number is drawn in cells as the noisy counts of its column have them, evenly on its declared grid.

McKenna, Miklau and Sheldon 2021 (`mckenna2021`), inference `mckenna2019`; here with one patient replaced as the neighbouring relation,
exact noise, and cells from declarations.",
    limits: "\
Relations that no pair of the tree shows are lost: a column depends on another only along the tree. Within a state a number knows
nothing of other columns, and round numbers are no more common than others. Below some thousand patients at epsilon 1 states are
few and wide. `trees` is closer to the data in every way, and promises nothing. `aim` chooses larger tables where the budget bears them, and
takes longer.",
    guarantee: "Differential privacy, `(epsilon, delta)` as asked, for each patient: one patient replaced by another changes the \
                probability of any model by a factor of exp(epsilon) at most, but for a probability of delta (by default \
                n^-1.2). Noise comes from the operating system. Bounds, levels, formats and missing markers must be declared \
                (`verosim profile TABLE --declare -o metadata.json`, review, `--metadata`); they and the number of patients count \
                as public. A patient with several rows gives one of them. The report of a run is computed from real rows and is \
                not covered; nor are the split and the manifest. Each fit on the same patients spends anew.",
    sources: &["mckenna2021", "mckenna2019", "canonne2020", "mcsherry2007", "bun2016"],
    settings: &[STATES],
    control_only: false,
};

/// Most states of a column.
pub(crate) const STATES: Setting = Setting {
    name: "states",
    default: "16",
    range: "2 to 64",
    purpose: "Most states of a column beside others, about; fewer where the budget does not bear them: each is counted with the same noise.",
};

/// The `mst` engine.
#[derive(Debug)]
pub struct MstEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mst {
    states: usize,
}

/// Share of the budget for columns alone; as much goes to the choice of pairs, and the rest to their counts.
const THIRD: f64 = 1.0 / 3.0;
/// Most steps of the fit.
const STEPS: usize = 2_000;

impl Engine for MstEngine {
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
        Ok(Box::new(Mst { states: settings.whole("states", 2..=64)? }))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(marginal::load(saved, domain)?))
    }
}

impl DynSynthesizer for Mst {
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
        let (n, pairs) = (n_rows as f64, (n_columns * n_columns) as f64 / 2.0);
        let cells = (self.states * self.states) as f64;
        (
            (n * n_columns as f64 * 2.0 + pairs * cells * 8.0) as u64,
            pairs * n * 3e-9 + n_columns as f64 * cells * 2e-5,
        )
    }

    fn settings(&self) -> Map<String, Value> {
        written(self)
    }
}

impl Promising for Mst {
    fn cells(&self, promise: &Promise, n_columns: usize) -> usize {
        marginal::cells(promise, n_columns, THIRD)
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
        let third = sealed.left() * if p == 1 { 1.0 } else { THIRD };
        let Singles { states, mut measured } = marginal::singles(&mut sealed, &domain, third, self.states)?;
        let sizes = sealed.sizes();
        let alone = Arc::new(JunctionTree::new(&sizes, &[]));
        let (mut joint, _) = fit(&alone, &mut measured, STEPS);
        ctx.stop.check()?;
        if p > 1 {
            let pairs = select::tree(&mut sealed, &joint, third)?;
            ctx.stop.check()?;
            let what = format!("counts of patients in {} pairs of columns", pairs.len());
            let left = sealed.left();
            measured.extend(marginal::tables(&mut sealed, &what, &pairs, left)?.0);
            let tree = Arc::new(JunctionTree::new(&sizes, &pairs));
            joint = fit(&tree, &mut measured, STEPS).0;
        }
        let formal = sealed.close(public);
        Ok(Box::new(FittedMarginals::of(domain, states, &joint, formal)?))
    }
}
