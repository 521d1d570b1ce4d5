//! The model as an expert: it says how columns are distributed, and our own sampler draws.

mod answer;
mod draw;
mod evidence;
mod grid;
mod law;
mod prepared;
mod question;
mod sealed;
mod weigh;

pub use prepared::{PriorAccount, PriorOfColumn};
pub use sealed::Sealed;

use super::cllm::{TEMPERATURE, TOP_P};
use super::row_prompter::outcome;
use super::{Brief, DynPrompted, DynPrompter, PromptEngine};
use crate::accept::Record;
use crate::card::{Card, Mapping};
use crate::harvest::Limits;
use evidence::Evidence;
use grid::Grid;
use prepared::{Elicitor, State};
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Context, Disclosure, EnginePage, FitError, Seeded, Setting, Settings};

/// The preset `llm-elicit`.
pub(super) struct Elicit;
/// Its place in the registry.
pub(super) static ELICIT: Elicit = Elicit;

static PAGE: EnginePage = EnginePage {
    id: "llm-elicit",
    summary: "A language model as an expert: it says how columns are distributed, our own sampler draws the patients.",
    method: "The model is asked, several times in other words and with the columns in another order, for quantiles of \
             numbers and shares of levels given each level of the outcome, for the share of missing values, for pairs of numbers that go \
             together, and for pairs of which one is never above the other. Answers are pooled: means of quantiles and \
             of shares, a rule when most answers say it.\n\n\
             Real rows, where there are any, are counted in cells that follow from the bounds alone, and weigh what was said: how much \
             of the differences between levels of the outcome is believed is the share that foretells the outcome of \
             the real rows best; a column's prior is worth as many patients as its leave-one-out likelihood says, and is \
             switched off where the rows, smoothed, foretell each other better; relations are believed as far as the \
             rows' rank correlations bear them out, and a rule that any row breaks is dropped. The report names \
             the columns where rows and prior disagree (prior predictive probability).\n\n\
             Patients are then drawn by our seeded sampler: the outcome, numbers through a Gaussian copula, all else \
             given the outcome. A thousand or a million rows cost the model the same few questions. It works from a \
             metadata file alone.",
    limits: "Columns other than numbers depend on each other through the outcome only. Levels that nobody declared have \
             code names towards a model that may not be told them, and are then counted but not asked about; so are \
             columns of more than 40 levels.",
    guarantee: "No row is ever told. The saved model holds counts of real rows, cell by cell, some of them of one patient.\n\n\
                With `--epsilon E` (and `--delta D`, by default n^-1.2) the model folder and all that is drawn from it are \
                differentially private for each patient: one patient replaced by another changes the probability of any \
                outcome by a factor of exp(E) at most, but for a probability of D. One vector of counts is released, with \
                discrete Gaussian noise from the operating system; nothing else of the rows is looked at. Bounds, levels, \
                formats and missing markers must be declared (`verosim profile TABLE --declare -o metadata.json`, review, \
                `--metadata`); they, the number of patients and the knowledge of the language model count as public. A patient \
                with several rows (`--subject`, or in the metadata) gives one of them. Rank correlations, orders of pairs, formulas \
                and shapes of identifiers are not paid for and not used: relations and rules are then as the model says. \
                The report of a run is computed from real rows and is not covered; nor are the split and the manifest. Each fit on the \
                same patients spends anew.",
    sources: &["capstick2024", "canonne2020", "bun2016"],
    settings: &[
        Setting {
            name: "rounds",
            default: "5",
            range: "1..=20",
            purpose: "times that everything is asked, each in other words; answers are pooled",
        },
        Setting { default: "0.7", ..TEMPERATURE },
        Setting { default: "1", ..TOP_P },
    ],
    control_only: false,
};

impl PromptEngine for Elicit {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn needs_no_rows(&self) -> bool {
        true
    }

    fn can_promise(&self) -> bool {
        true
    }

    fn configure(&self, written: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Box::new(Prompter {
            rounds: settings.whole("rounds", 1..=20)?,
            temperature: settings.number("temperature", 0.0..=2.0)?,
            top_p: settings.number("top_p", 0.01..=1.0)?,
        }))
    }

    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String> {
        Ok(Box::new(Elicitor::load(saved)?))
    }
}

/// Checked settings.
struct Prompter {
    rounds: usize,
    temperature: f64,
    top_p: f64,
}

impl DynPrompter for Prompter {
    fn fit(
        &self,
        brief: &Brief<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynPrompted>, FitError> {
        ctx.stop.check()?;
        if brief.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        // Rows are never shown, whatever may be.
        let disclosure = brief.disclosure.min(Disclosure::Aggregate);
        let naming = seed.split("names").key();
        let card = Card::new(&brief.columns, disclosure, Mapping::None, Seeded::new(naming));
        let grids: Vec<Grid> = brief.columns.iter().map(Grid::new).collect();
        let target = outcome(brief);
        let outcome = target.map(|at| (at, card.columns()[at].shown.len()));
        let (evidence, columns, formal) = if let Some(sealed) = brief.sealed {
            let released = sealed.release(&card, &grids, outcome)?;
            (released.evidence, released.columns, Some(released.promise))
        } else {
            let records = brief.train.map(|train| Record::of_table(&card, train.table())).unwrap_or_default();
            (Evidence::count(&records, &grids, outcome), brief.columns.clone(), None)
        };
        Ok(Box::new(Elicitor::new(State {
            rounds: self.rounds,
            temperature: self.temperature,
            top_p: self.top_p,
            columns,
            target,
            about: brief.about.map(str::to_owned),
            disclosure,
            naming,
            grids,
            evidence,
            formal,
            rules: brief.rules.clone(),
        })))
    }

    fn settings(&self) -> Map<String, Value> {
        let pairs = [
            ("rounds", Value::from(self.rounds)),
            ("temperature", Value::from(self.temperature)),
            ("top_p", Value::from(self.top_p)),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn rows_per_reply(&self) -> usize {
        usize::MAX
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }
}
