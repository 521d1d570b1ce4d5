//! `independent`: each column alone, the floor that every other engine must beat.

mod sample;

use crate::cursor::{damaged, document};
use crate::{
    Conditional, ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Saved, StoredFact, rows,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, SampleError, Seeded, Setting, Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};

/// The registry item.
pub static INDEPENDENT: IndependentEngine = IndependentEngine;

static PAGE: EnginePage = EnginePage {
    id: "independent",
    summary: "Each column alone: right margins, no relations. The floor.",
    method: "\
Counts how often each token of a column occurs and draws columns independently of each other: kinds of missing, spikes
and levels by their counts, other numbers by a uniform rank. What a report shows for this engine is what needs no
learning at all.",
    limits: "Keeps no relation between columns, so nothing can be learned from its output about more than one column.",
    guarantee: "No formal guarantee. Counts of tokens only; no value or undeclared level of fewer than five people.",
    sources: &["nowok2016"],
    settings: &[Setting {
        name: "min_support",
        default: "5",
        range: "2 to 100",
        purpose: "Least people behind a value or level that may be drawn as it is (0 to 2 are added at random).",
    }],
    control_only: false,
};

/// The `independent` engine.
#[derive(Debug)]
pub struct IndependentEngine;

/// Checked settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Independent {
    min_support: usize,
}

/// Counts of each column's tokens.
#[derive(Clone, Debug)]
pub struct FittedIndependent {
    domain: Arc<Domain>,
    counts: Vec<Vec<u64>>,
}

impl Engine for IndependentEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn conditions(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        let settings = Settings::new(&PAGE, settings)?;
        Ok(Box::new(Independent { min_support: settings.whole("min_support", 2..=100)? }))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        let counts: Vec<Vec<u64>> = document(saved)?;
        if !rows::are_counts(&counts, &domain) {
            return Err(damaged("counts do not fit the columns".into()));
        }
        Ok(Box::new(FittedIndependent { domain, counts }))
    }
}

impl Synthesizer<Tabular> for Independent {
    type Fitted = FittedIndependent;

    fn codec(&self) -> CodecSettings {
        CodecSettings { min_support: self.min_support, ..CodecSettings::default() }
    }

    fn fit(&self, train: &Encoded, _: Seeded, ctx: Context<'_>) -> Result<FittedIndependent, FitError> {
        ctx.stop.check()?;
        let domain = Arc::clone(train.domain());
        if domain.columns.is_empty() {
            return Err(FitError::NothingToModel);
        }
        if train.n_rows() == 0 {
            return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "independent" });
        }
        let counts = rows::counts(train);
        Ok(FittedIndependent { domain, counts })
    }
}

impl DynSynthesizer for Independent {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let cells = (n_rows * n_columns) as f64;
        ((cells * 8.0) as u64, cells * 2e-9)
    }

    fn settings(&self) -> Map<String, Value> {
        Map::from_iter([("min_support".to_owned(), Value::from(self.min_support))])
    }
}

impl FittedSynthesizer<Tabular> for FittedIndependent {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None { measures: "only counts of single columns are kept".into() }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample::sample(self, None, n, seed, ctx)
    }
}

impl DynFitted for FittedIndependent {
    fn save(&self) -> Saved {
        Saved {
            document: serde_json::to_value(&self.counts).expect("numbers are always JSON"),
            arrays: BTreeMap::new(),
        }
    }

    fn stored(&self) -> Vec<StoredFact> {
        let least = self.counts.iter().flatten().filter(|&&n| n > 0).min().copied().unwrap_or(0);
        vec![StoredFact {
            what: "token counts of single columns".into(),
            items: self.counts.iter().map(Vec::len).sum(),
            least_support: usize::try_from(least).unwrap_or(usize::MAX),
        }]
    }

    fn conditional(&self) -> Option<&dyn Conditional> {
        Some(self)
    }
}
