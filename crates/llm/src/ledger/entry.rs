//! What has been spent so far, and may this request still be sent?

use super::{Budget, BudgetLimit, Energy, Price, remote_energy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_core::{Place, PrivacyClass, Reply, Request, Usage, UsageSource};

/// Running account of the exchanges with one model.
#[derive(Clone, Debug)]
pub struct Ledger {
    budget: Budget,
    price: Option<Price>,
    spent: Spent,
}

/// What exchanges with a model took, and what it was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Model.
    pub model: String,
    /// Where it runs.
    pub host: String,
    /// Requests answered.
    pub requests: u64,
    /// Requests that failed for good.
    pub failed: u64,
    /// Requests answered from a recording: nothing was sent.
    pub replayed: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Of these, from a cache.
    pub cached_tokens: u64,
    /// Tokens written, reasoning included.
    pub output_tokens: u64,
    /// Of these, reasoning.
    pub reasoning_tokens: u64,
    /// Requests by who counted their tokens.
    pub counted_by: BTreeMap<String, u64>,
    /// Seconds that answers took, added up over requests.
    pub seconds: f64,
    /// Money, when there is a price.
    pub cost: Option<f64>,
    /// Currency and day of the price.
    pub price_of: Option<String>,
    /// Energy of a remote model, when its size is guessed.
    pub energy: Option<Energy>,
    /// Replies that a grammar masked.
    #[serde(default)]
    pub masked_replies: u64,
    /// Over these, the sum of the mean probability that the mask took from a token.
    #[serde(default)]
    pub masked: f64,
    /// The most that any request told about real people.
    pub class: Option<PrivacyClass>,
    /// Real rows shown, counted once per request that showed them.
    pub real_rows_shown: u64,
    /// Sections sent, by name, with their number.
    pub sections: BTreeMap<String, u64>,
}

impl Ledger {
    /// An empty account for a model.
    #[must_use]
    pub fn new(model: &str, place: &Place, budget: Budget, price: Option<(Price, String)>) -> Self {
        let (price, price_of) = price.map_or((None, None), |(price, of)| (Some(price), Some(of)));
        // In this process nobody sends a bill.
        let cost = (price.is_some() || *place == Place::Process).then_some(0.0);
        let spent = Spent {
            model: model.to_owned(),
            host: place.host().to_owned(),
            cost,
            price_of,
            ..Spent::default()
        };
        Self { budget, price, spent }
    }

    /// What was spent.
    #[must_use]
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Says why `request` may not be sent any more after `pending` others that were not yet answered: all that it may
    /// take counts, so that no limit is ever passed.
    #[must_use]
    pub fn refuses(&self, request: &Request, pending: &[Request]) -> Option<BudgetLimit> {
        let most: Vec<Usage> = pending.iter().chain([request]).map(most_usage).collect();
        let tokens: u64 = most.iter().map(|usage| usage.input + usage.output).sum();
        let spent = &self.spent;
        if self.budget.requests.is_some_and(|limit| spent.requests + spent.failed + most.len() as u64 > limit)
        {
            return Some(BudgetLimit::Requests);
        }
        if self.budget.tokens.is_some_and(|limit| spent.input_tokens + spent.output_tokens + tokens > limit) {
            return Some(BudgetLimit::Tokens);
        }
        let cost = self.price.as_ref().map(|price| most.iter().map(|usage| price.cost(usage)).sum::<f64>());
        match (self.budget.cost, cost, spent.cost) {
            (Some(limit), Some(next), Some(so_far)) if so_far + next > limit => Some(BudgetLimit::Cost),
            _ => None,
        }
    }

    /// Requests like `request` that the budget still covers, at most `most`.
    #[must_use]
    pub fn affords(&self, request: &Request, most: u64) -> u64 {
        let (budget, spent, one) = (&self.budget, &self.spent, most_usage(request));
        let tokens = (one.input + one.output).max(1);
        let by_requests = budget.requests.map(|limit| limit.saturating_sub(spent.requests + spent.failed));
        let used = spent.input_tokens + spent.output_tokens;
        let by_tokens = budget.tokens.map(|limit| limit.saturating_sub(used) / tokens);
        let by_cost = budget.cost.zip(self.price.as_ref()).map(|(limit, price)| {
            ((limit - spent.cost.unwrap_or(0.0)) / price.cost(&one).max(1e-12)).max(0.0) as u64
        });
        [by_requests, by_tokens, by_cost].into_iter().flatten().fold(most, u64::min)
    }

    /// Enters an answer.
    pub fn enter(&mut self, request: &Request, reply: &Reply) {
        let (spent, usage) = (&mut self.spent, &reply.usage);
        spent.requests += 1;
        spent.input_tokens += usage.input;
        spent.cached_tokens += usage.cached;
        spent.output_tokens += usage.output;
        spent.reasoning_tokens += usage.reasoning;
        let by = match usage.source {
            UsageSource::Provider => "provider",
            UsageSource::Tokenizer => "tokenizer",
            UsageSource::Estimate => "estimate",
        };
        *spent.counted_by.entry(by.to_owned()).or_default() += 1;
        spent.seconds += reply.seconds;
        if let Some(masked) = reply.masked {
            spent.masked_replies += 1;
            spent.masked += masked;
        }
        if let Some(price) = &self.price {
            spent.cost = Some(spent.cost.unwrap_or(0.0) + price.cost(usage));
            if let Some(energy) = remote_energy(price, usage, reply.seconds) {
                spent.energy = Some(spent.energy.unwrap_or_default().plus(energy));
            }
        }
        self.shown(request);
    }

    /// Enters a request that was sent and failed for good.
    pub fn enter_failure(&mut self, request: &Request) {
        self.spent.failed += 1;
        self.shown(request);
    }

    fn shown(&mut self, request: &Request) {
        self.spent.class = self.spent.class.max(Some(request.prompt.class()));
        self.spent.real_rows_shown += request.prompt.real_rows() as u64;
        for section in request.prompt.sections() {
            *self.spent.sections.entry(section.id().to_owned()).or_default() += 1;
        }
    }
}

impl Spent {
    /// Tokens, read and written.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.input_tokens + self.output_tokens
    }

    /// Adds another account of the same model.
    pub fn add(&mut self, other: &Self) {
        if self.model.is_empty() {
            self.clone_from(other);
            return;
        }
        self.requests += other.requests;
        self.failed += other.failed;
        self.replayed += other.replayed;
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.seconds += other.seconds;
        self.masked_replies += other.masked_replies;
        self.masked += other.masked;
        self.cost = self.cost.zip(other.cost).map(|(a, b)| a + b);
        self.energy = match (self.energy, other.energy) {
            (Some(a), Some(b)) => Some(a.plus(b)),
            (one, other) => one.or(other),
        };
        self.class = self.class.max(other.class);
        self.real_rows_shown += other.real_rows_shown;
        for (by, n) in &other.counted_by {
            *self.counted_by.entry(by.clone()).or_default() += n;
        }
        for (section, n) in &other.sections {
            *self.sections.entry(section.clone()).or_default() += n;
        }
    }
}

/// Tokens that a request takes at most: its prompt at three characters a token, and all that it may write.
fn most_usage(request: &Request) -> Usage {
    let characters: usize =
        request.prompt.sections().iter().map(|section| section.text().chars().count()).sum();
    Usage {
        input: characters as u64 / 3 + 16,
        output: u64::from(request.max_tokens) * u64::from(request.n.max(1)),
        ..Usage::default()
    }
}
