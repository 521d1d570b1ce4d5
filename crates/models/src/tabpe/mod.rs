//! `tab-pe`: synthetic rows evolve by the noisy votes of patients. What it promises: `CLAIM.md`.

mod column;
mod evolve;
mod fitted;
#[cfg(test)]
mod tests;

use crate::marginal::{not_released, unpromised};
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Promising, Saved, registry::written};
use column::Law;
use evolve::{Course, evolve};
use fitted::FittedPopulation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{Context, EnginePage, FitError, Seeded, Setting};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded};
use verosim_privacy::{Counts, Promise, SealedTable};

/// The registry item.
pub static TAB_PE: TabPeEngine = TabPeEngine;

static PAGE: EnginePage = EnginePage {
    id: "tab-pe",
    summary: "Rows that evolve by noisy votes: differential privacy for each patient, relations of any order (needs --epsilon).",
    method: "\
Nothing is learned of rows but counts with noise, so that each patient is promised that the model hardly depends on them.
Synthetic rows are drawn from declared values, as noisy counts of columns alone have them (`alone`), and evolve. In each round
every patient votes for the nearest row, and the votes are counted with noise. After the first rounds (`sampled`) rows become
parents by their votes and are varied; after later ones, of which there are none by default, the best quarter stays, with three
variants of each. A varied row has a share of its levels drawn afresh and its numbers moved by up to that share of their bounds,
less from round to round: from `change` to `change_to`. New rows are drawn from the last ones by their votes, and varied by
`spread`.

Rows are apart by the number of levels that differ, and by twice the share of the declared bounds that numbers lie apart; a
missing number is in the middle, and one level away from all others.

Tran and others 2026 (`tran2026`), after Lin and others 2024 (`lin2024pe`). Other than there: labels are columns like others,
since their shares are private; no row stays for its rank by default, since a row that stays once says nothing of how many are
like it (with `sampled` 5 it is as published, and teaches models of Framingham less); rows begin as noisy counts of columns have
them; as many rows as are asked are drawn from the last ones, varied; numbers turn back at their bounds; noise is discrete.",
    limits: "\
What many columns show together can come out, and no column comes out exactly: margins are those of rows that won votes, and
rows crowd around them, which judges that look at single rows see. Below some thousand patients at epsilon 1 votes are mostly
noise. `mst` and `aim` are nearer to the data where pairs tell most. Costs grow with patients times synthetic rows times
columns.",
    guarantee: "Differential privacy, `(epsilon, delta)` as asked, for each patient: one patient replaced by another changes the \
                probability of any model by a factor of exp(epsilon) at most, but for a probability of delta (by default \
                n^-1.2). Noise comes from the operating system. Bounds, levels, formats and missing markers must be declared \
                (`verosim profile TABLE --declare -o metadata.json`, review, `--metadata`); they and the number of patients count \
                as public. A patient with several rows gives one of them, and one vote a round. The report of a run is computed \
                from real rows and is not covered; nor are the split and the manifest. Each fit on the same patients spends anew.",
    sources: &["tran2026", "lin2024pe", "madow1949", "canonne2020", "bun2016"],
    settings: &[
        Setting {
            name: "rounds",
            default: "15",
            range: "1 to 100",
            purpose: "Votes; the budget is shared out to them evenly.",
        },
        Setting {
            name: "sampled",
            default: "15",
            range: "0 to 100",
            purpose: "Rounds after which rows are drawn by their votes; after later ones the best quarter stays, with three variants each.",
        },
        Setting {
            name: "rows",
            default: "0",
            range: "0 to 100000",
            purpose: "Synthetic rows that are voted for; 0 for as many as the noise bears, from 32 to 10000.",
        },
        Setting {
            name: "alone",
            default: "0.1",
            range: "0 to 0.9",
            purpose: "Share of the budget for columns counted alone, as which rows begin and vary; with 0 all declared values are as likely.",
        },
        Setting {
            name: "change",
            default: "0.5",
            range: "0 to 1",
            purpose: "Rate of change after the first round: share of levels drawn afresh, and of its bounds by which a number moves.",
        },
        Setting {
            name: "change_to",
            default: "0.01",
            range: "0 to 1",
            purpose: "Rate of change after the last round.",
        },
        Setting {
            name: "fall",
            default: "0.2",
            range: "0.01 to 10",
            purpose: "Power of the share of rounds by which the rate of change goes from the first to the last: below 1, quickly at first.",
        },
        Setting {
            name: "spread",
            default: "0.1",
            range: "0 to 1",
            purpose: "Rate of change of rows that are drawn from the model.",
        },
    ],
    control_only: false,
};

/// The `tab-pe` engine.
#[derive(Debug)]
pub struct TabPeEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TabPe {
    rounds: usize,
    sampled: usize,
    rows: usize,
    alone: f64,
    change: f64,
    change_to: f64,
    fall: f64,
    spread: f64,
}

/// Most cells that numbers are cut into: votes need no noise on them.
const CELLS: usize = 128;
/// Rows that are voted for where the budget is not known yet.
const ROWS: f64 = 2_000.0;

impl Engine for TabPeEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn promises(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        let settings = Settings::new(&PAGE, settings)?;
        Ok(Box::new(TabPe {
            rounds: settings.whole("rounds", 1..=100)?,
            sampled: settings.whole("sampled", 0..=100)?,
            rows: settings.whole("rows", 0..=100_000)?,
            alone: settings.number("alone", 0.0..=0.9)?,
            change: settings.number("change", 0.0..=1.0)?,
            change_to: settings.number("change_to", 0.0..=1.0)?,
            fall: settings.number("fall", 0.01..=10.0)?,
            spread: settings.number("spread", 0.0..=1.0)?,
        }))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        Ok(Box::new(FittedPopulation::load(saved, domain)?))
    }
}

impl DynSynthesizer for TabPe {
    fn codec(&self) -> CodecSettings {
        CodecSettings::default()
    }

    fn fit(&self, _: &Encoded, _: Seeded, _: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Err(unpromised(PAGE.id))
    }

    fn promising(&self) -> Option<&dyn Promising> {
        Some(self)
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p) = (n_rows as f64, n_columns as f64);
        let rows = if self.rows == 0 { ROWS.min(n) } else { self.rows as f64 };
        let bytes = (n + rows) * p * 6.0 + rows * 24.0;
        (bytes as u64, self.rounds as f64 * (n * rows * p * 4e-10 + rows * 6e-6))
    }

    fn settings(&self) -> Map<String, Value> {
        written(self)
    }
}

impl Promising for TabPe {
    fn cells(&self, _: &Promise, _: usize) -> usize {
        CELLS
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
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        let laws = if self.alone > 0.0 {
            self.counted(&mut sealed, &domain)?
        } else {
            domain.columns.iter().map(Law::even).collect()
        };
        let course = Course {
            rows: self.rows,
            rounds: self.rounds,
            sampled: self.sampled,
            change: self.change,
            change_to: self.change_to,
            fall: self.fall,
        };
        let population = evolve(&mut sealed, &domain, &laws, course, seed, ctx)?;
        let formal = sealed.close(public);
        let fitted = FittedPopulation::new(domain, laws, population, self.spread, formal);
        let fitted = fitted.ok_or(FitError::NotReleased {
            why: "noisy votes and declarations make no rows".into(),
            next: None,
        })?;
        Ok(Box::new(fitted))
    }
}

impl TabPe {
    /// How likely codes are, by noisy counts of columns alone.
    fn counted(&self, sealed: &mut SealedTable, domain: &Domain) -> Result<Vec<Law>, FitError> {
        let sets: Vec<Vec<usize>> = (0..domain.columns.len()).map(|at| vec![at]).collect();
        let what = format!("counts of patients in {} columns", sets.len());
        let (people, rho) = (sealed.people(), self.alone * sealed.left());
        let Counts { values, variance } =
            sealed.counts(&what, &sets, rho).map_err(|error| not_released(&error))?;
        let columns = domain.columns.iter().zip(&values);
        Ok(columns.map(|(column, counts)| Law::counted(column, counts, variance, people)).collect())
    }
}
