//! What does a token cost, and how much may be spent?

use serde::{Deserialize, Serialize};
use verosim_core::Usage;

/// Prices of a day, as a person wrote them down. No price is built in: prices change, and a report must say whose they
/// are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// Day on which the prices were looked up.
    pub date: String,
    /// Currency of all prices: `USD`.
    pub currency: String,
    /// One entry per model.
    #[serde(default, rename = "model")]
    pub models: Vec<Price>,
}

/// The price of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Name of the model, as `--model` or the server gives it.
    pub name: String,
    /// Per million tokens read.
    pub input: f64,
    /// Per million tokens read from a cache; like `input` when absent.
    #[serde(default)]
    pub cached: Option<f64>,
    /// Per million tokens written.
    pub output: f64,
    /// Least and greatest guess of the parameters at work for one token, in billions; for the energy of remote models.
    #[serde(default)]
    pub active_billions: Option<(f64, f64)>,
    /// Least and greatest guess of all parameters, in billions; like the active ones when absent.
    #[serde(default)]
    pub total_billions: Option<(f64, f64)>,
    /// Grams of CO2 equivalent per kWh where the model runs.
    #[serde(default)]
    pub grams_per_kwh: Option<f64>,
}

impl PriceList {
    /// The price of the model called `name`.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Price> {
        self.models.iter().find(|price| price.name == name)
    }
}

impl Price {
    /// What `usage` costs, in the list's currency.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> f64 {
        let cached = usage.cached.min(usage.input);
        let fresh = (usage.input - cached) as f64;
        let cached = cached as f64 * self.cached.unwrap_or(self.input);
        (fresh * self.input + cached + usage.output as f64 * self.output) * 1e-6
    }
}

/// The most that may be spent. Checked before a request is sent, with all that it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Requests.
    pub requests: Option<u64>,
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Money, in the price list's currency.
    pub cost: Option<f64>,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetLimit {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
    /// Money.
    Cost,
}

impl BudgetLimit {
    /// The flag or setting that raises it.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Requests => "--set max_requests=N",
            Self::Tokens => "--max-tokens",
            Self::Cost => "--max-cost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_have_their_own_price() {
        let price = Price {
            name: "m".into(),
            input: 2.0,
            cached: Some(0.5),
            output: 8.0,
            active_billions: None,
            total_billions: None,
            grams_per_kwh: None,
        };
        let usage = Usage { input: 1_000_000, cached: 400_000, output: 250_000, ..Usage::default() };
        // By hand: 0.6 · 2 + 0.4 · 0.5 + 0.25 · 8.
        assert!((price.cost(&usage) - 3.4).abs() < 1e-12);
    }
}
