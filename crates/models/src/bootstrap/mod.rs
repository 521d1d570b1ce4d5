//! `bootstrap`: hands training rows back. The control that every privacy test must catch.

use crate::cursor::document;
use crate::{ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Saved, StoredFact, rows};
use rand::RngExt as _;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, SampleError, Seeded, Synthesizer,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, EncodedColumn, Tabular};

/// The registry item.
pub static BOOTSTRAP: BootstrapEngine = BootstrapEngine;

static PAGE: EnginePage = EnginePage {
    id: "bootstrap",
    summary: "Hands training rows back. A leak control, never a release.",
    method: "\
Keeps every training row and draws rows with replacement. It is perfectly realistic and perfectly indiscreet: a judge
that does not fail it cannot be trusted. Nothing is blurred, pooled or left out except identifiers, which are made anew.",
    limits: "Its model file contains the training data. Never let its model or its output leave the place of the data.",
    guarantee: "None at all: releases training rows as they are.",
    sources: &["efron1979"],
    settings: &[],
    control_only: true,
};

/// The `bootstrap` engine.
#[derive(Debug)]
pub struct BootstrapEngine;

/// Checked settings: there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap;

/// All training rows.
#[derive(Clone, Debug)]
pub struct FittedBootstrap {
    train: Encoded,
}

impl Engine for BootstrapEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Settings::new(&PAGE, settings)?;
        Ok(Box::new(Bootstrap))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        let n: usize = document(saved)?;
        let train = rows::load(saved, n, domain)?;
        Ok(Box::new(FittedBootstrap { train }))
    }
}

impl Synthesizer<Tabular> for Bootstrap {
    type Fitted = FittedBootstrap;

    fn codec(&self) -> CodecSettings {
        CodecSettings::unprotected()
    }

    fn fit(&self, train: &Encoded, _: Seeded, ctx: Context<'_>) -> Result<FittedBootstrap, FitError> {
        ctx.stop.check()?;
        if train.n_rows() == 0 {
            return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "bootstrap" });
        }
        Ok(FittedBootstrap { train: train.clone() })
    }
}

impl DynSynthesizer for Bootstrap {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let cells = (n_rows * n_columns) as f64;
        ((cells * 16.0) as u64, cells * 1e-9)
    }

    fn settings(&self) -> Map<String, Value> {
        Map::new()
    }
}

impl FittedSynthesizer<Tabular> for FittedBootstrap {
    fn guarantee(&self) -> Guarantee {
        Guarantee::Leaks
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        ctx.stop.check()?;
        let mut rng = seed.rng();
        let rows: Vec<usize> = (0..n).map(|_| rng.random_range(0..self.train.n_rows())).collect();
        let columns = self
            .train
            .columns()
            .iter()
            .map(|column| EncodedColumn {
                tokens: rows.iter().map(|&row| column.tokens[row]).collect(),
                ranks: rows.iter().filter_map(|&row| column.ranks.get(row).copied()).collect(),
            })
            .collect();
        Encoded::new(Arc::clone(self.train.domain()), columns, n, None)
            .ok_or_else(|| SampleError::BrokenModel { what: "rows do not fit the domain".into() })
    }
}

impl DynFitted for FittedBootstrap {
    fn save(&self) -> Saved {
        Saved { document: json!(self.train.n_rows()), arrays: rows::save(&self.train) }
    }

    fn stored(&self) -> Vec<StoredFact> {
        vec![StoredFact { what: "whole training rows".into(), items: self.train.n_rows(), least_support: 1 }]
    }
}
