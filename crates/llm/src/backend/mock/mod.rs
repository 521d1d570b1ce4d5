//! What answers where no language model is at hand: a small statistical model, deterministic and offline.

mod elicited;
mod faults;
mod learned;
mod naive;
mod recited;

use crate::codec::codec;
use faults::Faults;
use learned::Learned;
use rand::RngExt as _;
use rayon::prelude::*;
use std::path::Path;
use verosim_core::{
    Choice, Context, Contract, Enforced, Finish, LanguageModel, ModelError, Place, Reply, Request,
    RowContract, Seeded, Speaker, Usage, UsageSource,
};

/// A stand-in for a language model. `mock:` knows nothing but the contract: columns depend on one hidden factor each row.
/// `mock:TABLE` has learned a table and draws rows like its rows, as a model does that knows the field well. Settings
/// after a `?` make it fail like real servers do: `mock:?garbage=0.5&refuse=0.1`; with `mock:TABLE?recall=1` it knows the
/// table by heart, as an overfitted model does.
///
/// Replies are a function of the request alone.
pub struct Mock {
    learned: Option<Learned>,
    faults: Faults,
}

/// A row as texts, by column of a contract.
type Texts = Vec<Option<String>>;

impl Mock {
    /// The stand-in that `name` (the part after `mock:`) describes.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] for tables that do not read and settings that do not exist.
    pub fn open(name: &str) -> Result<Self, ModelError> {
        let (table, settings) = name.split_once('?').unwrap_or((name, ""));
        let learned = if table.is_empty() { None } else { Some(Learned::read(Path::new(table))?) };
        Ok(Self { learned, faults: Faults::parse(settings)? })
    }

    fn answer(&self, request: &Request) -> Result<Reply, ModelError> {
        let seed = Seeded::new(request.seed).split("mock");
        if seed.split("fail").rng().random::<f64>() < self.faults.fail {
            let host = "mock".to_owned();
            return Err(ModelError::Status { host, status: 500, code: None });
        }
        let choices: Vec<Choice> =
            (0..u64::from(request.n.max(1))).map(|at| self.choice(request, seed.split_at(at))).collect();
        let characters: usize =
            request.prompt.sections().iter().map(|section| section.text().chars().count()).sum();
        let written: usize = choices.iter().map(|choice| choice.text.chars().count()).sum();
        let usage = Usage {
            input: tokens(characters),
            output: tokens(written),
            source: UsageSource::Estimate,
            ..Usage::default()
        };
        let enforced = if self.faults.is_well() { Enforced::Schema } else { Enforced::Nothing };
        Ok(Reply { choices, usage, seconds: 0.0, enforced, masked: None })
    }

    fn choice(&self, request: &Request, seed: Seeded) -> Choice {
        let mut rng = seed.split("faults").rng();
        if rng.random::<f64>() < self.faults.refuse {
            let text = "I'm sorry, but I can't help with that.".to_owned();
            return Choice { text, finish: Finish::Refused, logprob: None };
        }
        let text = match &request.contract {
            Contract::Rows(contract) => {
                let mut rows = self.rows(contract, seed);
                self.faults.spoil_rows(contract, &mut rows, &mut rng);
                self.faults.spoil_text(codec(contract.form).encode(contract, &rows), &mut rng)
            }
            Contract::Json(schema) => {
                let mut own = seed.split("json").rng();
                let said = match &self.learned {
                    Some(learned) => elicited::answer(learned.table(), schema, &mut own),
                    None => naive::json(schema, &mut own),
                };
                self.faults.spoil_text(said.to_string(), &mut rng)
            }
            Contract::Text => {
                let recited = match &self.learned {
                    Some(learned) if seed.split("recall").rng().random::<f64>() < self.faults.recall => {
                        recited::recited(learned.raw(), &request.prompt.text_of(Speaker::User))
                    }
                    _ => None,
                };
                recited.unwrap_or_else(|| "As a stand-in for a language model I have nothing to say.".into())
            }
        };
        let most = request.max_tokens as usize * 4;
        match text.char_indices().nth(most) {
            Some((end, _)) => Choice { text: text[..end].to_owned(), finish: Finish::Length, logprob: None },
            None => Choice { text, finish: Finish::Stop, logprob: None },
        }
    }

    /// As many rows as the contract has room for, group after group.
    fn rows(&self, contract: &RowContract, seed: Seeded) -> Vec<Texts> {
        let per_group = contract.rows.div_ceil(contract.groups.len().max(1)).max(1);
        let mut rows: Vec<Texts> = (0..contract.rows)
            .map(|row| {
                let seed = seed.split_at(row as u64);
                let mut given = contract.given.get(row).cloned().unwrap_or_default();
                if seed.split("ignore").rng().random::<f64>() < self.faults.ignore {
                    given.clear();
                }
                if let Some(group) = contract.groups.get(row / per_group) {
                    given.retain(|(at, _)| *at != 0);
                    given.push((0, group.clone()));
                }
                match &self.learned {
                    Some(learned) => learned.row(contract, &given, self.faults.recall, seed),
                    None => naive::row(contract, &given, seed),
                }
            })
            .collect();
        if self.faults.repeat && !rows.is_empty() {
            let first = rows[0].clone();
            rows.iter_mut().for_each(|row| row.clone_from(&first));
        }
        rows
    }
}

impl LanguageModel for Mock {
    fn name(&self) -> String {
        "mock".into()
    }

    fn place(&self) -> Place {
        Place::Process
    }

    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        requests
            .par_iter()
            .map(|request| {
                ctx.stop.check()?;
                self.answer(request)
            })
            .collect()
    }
}

/// Four characters a token: the usual estimate for English.
fn tokens(characters: usize) -> u64 {
    characters.div_ceil(4) as u64
}
