//! How does an elicitation run: ask, pool, weigh, draw?

use super::answer::Said;
use super::draw::Sampler;
use super::evidence::Evidence;
use super::grid::Grid;
use super::question::{Asked, round};
use super::weigh::{Beliefs, weigh};
use crate::accept::{Reason, Record, Tally};
use crate::card::{Card, Mapping};
use crate::harvest::{Desk, Gathered, Shortfall, Stopped, Why};
use crate::preset::DynPrompted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use verosim_core::guarantee::Formal;
use verosim_core::{Context, Contract, Disclosure, Guarantee, ModelError, Request, Seeded, StoredFact};
use verosim_data::Table;
use verosim_data::constrain::{Allowance, Allowed, Rules};

/// Everything that asking needs; saved as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) rounds: usize,
    pub(super) temperature: f64,
    pub(super) top_p: f64,
    pub(super) columns: Vec<Allowance>,
    pub(super) target: Option<usize>,
    pub(super) about: Option<String>,
    pub(super) disclosure: Disclosure,
    /// Seed of code names, and of the questions.
    pub(super) naming: u64,
    pub(super) grids: Vec<Grid>,
    pub(super) evidence: Evidence,
    /// The promise under which the evidence was released; none when it was counted plainly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) formal: Option<Formal>,
    /// What no row may be: told to the model; whoever takes the rows refuses them.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub(super) rules: Rules,
}

/// What became of a prior.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriorAccount {
    /// Real rows that it was weighed against.
    pub rows: usize,
    /// How much of the differences between levels of the outcome was believed, from 0 to 1.
    pub trust: f64,
    /// How much of the relations between numbers was believed, from 0 to 1.
    pub relations: f64,
    /// Rules that hold.
    pub rules: Vec<String>,
    /// Column by column, in the order of the table.
    pub columns: Vec<PriorOfColumn>,
}

/// What became of the prior of one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriorOfColumn {
    /// Column.
    pub column: String,
    /// Whether the model said anything of use.
    pub said: bool,
    /// Patients that the prior is worth; 0 when it was switched off; `None` when there is nothing else.
    pub weight: Option<f64>,
    /// Prior predictive probability of counts as unlike the prior as the real ones.
    pub agreement: Option<f64>,
}

/// A model's words, weighed; they serve for any number of rows.
struct Elicited {
    beliefs: Beliefs,
    account: PriorAccount,
    tally: Tally,
}

/// A preset that is ready to ask.
pub(super) struct Elicitor {
    state: State,
    card: Card,
    /// What was elicited already: further rows ask nothing.
    elicited: Mutex<Option<Elicited>>,
}

impl Elicitor {
    pub(super) fn new(state: State) -> Self {
        let card = Card::new(&state.columns, state.disclosure, Mapping::None, Seeded::new(state.naming));
        Self { state, card, elicited: Mutex::default() }
    }

    /// Reads back a saved state, trusting nothing in it.
    pub(super) fn load(saved: &Value) -> Result<Self, String> {
        let state: State =
            serde_json::from_value(saved.clone()).map_err(|_| "its preparation does not read".to_owned())?;
        let n = state.columns.len();
        let levels = match state.target.map(|at| state.columns.get(at).map(|column| &column.values)) {
            None => 1,
            Some(Some(Allowed::Levels { texts, .. })) => texts.len(),
            Some(_) => return Err("its outcome is no column with levels".into()),
        };
        let evidence = &state.evidence;
        let counted = |counts: &[f64]| counts.iter().all(|count| count.is_finite() && *count >= 0.0);
        let sound = n > 0
            && state.rounds > 0
            && state.grids.len() == n
            && state.columns.iter().map(Grid::new).eq(state.grids.iter().cloned())
            && evidence.missing.len() == n
            && counted(&evidence.missing)
            && evidence.outcome.len() == levels
            && counted(&evidence.outcome)
            && evidence.counts.len() == n
            && evidence.counts.iter().zip(&state.grids).all(|(counts, grid)| {
                counts.len() == levels
                    && counts.iter().all(|cells| cells.len() == grid.len() && counted(cells))
            })
            && evidence.pairs.iter().all(|&(a, b, r, _)| a < n && b < n && r.abs() <= 1.0)
            && evidence.above.iter().all(|&(a, b)| a < n && b < n)
            && (evidence.worth.is_empty() || evidence.worth.len() == n)
            && evidence.worth.iter().all(|worth| *worth > 0.0 && *worth <= 1.0)
            && state.formal.as_ref().is_none_or(Formal::is_sound);
        if sound { Ok(Self::new(state)) } else { Err("its preparation is inconsistent".into()) }
    }

    fn questions(&self) -> Vec<Asked> {
        let state = &self.state;
        let seed = Seeded::new(state.naming).split("elicitation");
        (0..state.rounds as u64)
            .flat_map(|number| {
                let mut rng = seed.split_at(number).rng();
                let about = state.about.as_deref();
                round(&self.card, &state.grids, state.target, about, &state.rules, number, &mut rng)
            })
            .collect()
    }

    fn request(&self, number: u64, max_tokens: u32) -> Request {
        Request {
            temperature: self.state.temperature,
            top_p: self.state.top_p,
            max_tokens,
            ..Request::plain(Seeded::new(self.state.naming).split("answer").split_at(number).key())
        }
    }

    /// Asks everything. The inner error tells why nothing was said: rows alone are for other engines.
    fn elicit(&self, desk: &mut Desk<'_>, ctx: Context<'_>) -> Result<Result<Elicited, Why>, Stopped> {
        let questions = self.questions();
        let requests = questions
            .iter()
            .zip(0..)
            .map(|(asked, number)| {
                let contract = Contract::Json(asked.schema.clone());
                desk.prepare(asked.prompt.clone(), contract, self.request(number, asked.max_tokens))
            })
            .collect::<Result<Vec<Request>, _>>()?;
        let (answers, limit) = desk.ask(&requests, ctx);
        let mut said = Said::default();
        let mut failure = None;
        for (asked, answer) in questions.iter().zip(answers) {
            match answer {
                Ok(reply) => {
                    for choice in &reply.choices {
                        said.take(&self.card, self.state.target, &asked.about, &choice.text);
                    }
                }
                Err(ModelError::Interrupted(reason)) => return Err(reason.into()),
                Err(error) => failure = Some(error),
            }
            ctx.progress.step((said.read + said.unread) as usize, questions.len(), "answers");
        }
        if said.is_empty() {
            let reasons = "no answer says anything of the columns".into();
            let nothing = Why::NoProgress { requests: questions.len(), reasons };
            return Ok(Err(failure.map(Why::Model).or(limit.map(Why::Budget)).unwrap_or(nothing)));
        }
        let mut tally = Tally::default();
        (0..said.unread).for_each(|_| tally.reject(Reason::Unparseable, None));
        let prior = said.pooled(&self.card, self.state.target);
        let seed = Seeded::new(self.state.naming).split("agreement");
        let beliefs = weigh(&prior, &self.state.grids, self.state.target, &self.state.evidence, seed);
        let name = |at: usize| self.card.columns()[at].name().to_owned();
        let columns = beliefs.columns.iter().enumerate().map(|(at, belief)| PriorOfColumn {
            column: name(at),
            said: prior.laws[at].is_some(),
            weight: belief.weight.is_finite().then_some(belief.weight),
            agreement: belief.agreement,
        });
        let account = PriorAccount {
            rows: self.state.evidence.rows,
            trust: beliefs.trust,
            relations: beliefs.relations,
            rules: beliefs.rules.iter().map(|&(a, b)| format!("{} ≤ {}", name(a), name(b))).collect(),
            columns: columns
                .filter(|column| self.state.target.map(&name).as_ref() != Some(&column.column))
                .collect(),
        };
        Ok(Ok(Elicited { beliefs, account, tally }))
    }
}

impl DynPrompted for Elicitor {
    fn guarantee(&self) -> Guarantee {
        if let Some(formal) = &self.state.formal {
            return Guarantee::Formal(formal.clone());
        }
        let told = match self.state.disclosure {
            Disclosure::Metadata => "no statistic and no cell",
            _ => "names of levels and protected ranges and no cell",
        };
        let measures = format!(
            "the model was told {told} of the data; patients are drawn from its answers and from counts of {} real rows",
            self.state.evidence.rows
        );
        Guarantee::None { measures }
    }

    fn disclosure(&self) -> Disclosure {
        self.state.disclosure
    }

    fn columns(&self) -> Vec<Allowance> {
        self.state.columns.clone()
    }

    fn gather(
        &self,
        n: usize,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Gathered, Stopped> {
        let mut elicited = self.elicited.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tally = Tally::default();
        if elicited.is_none() {
            match self.elicit(desk, ctx)? {
                Ok(fresh) => {
                    tally = fresh.tally.clone();
                    *elicited = Some(fresh);
                }
                Err(why) => {
                    let shortfall = Some(Shortfall { asked: n, accepted: 0, why, possible: None });
                    return Ok(Gathered { rows: Vec::new(), tally, shortfall, prior: None });
                }
            }
        }
        let Some(Elicited { beliefs, account, .. }) = &*elicited else { unreachable!("elicited above") };
        let sampler = Sampler::new(&self.state.columns, &self.state.grids, self.state.target, beliefs);
        let rows = sampler.rows(n, seed);
        tally.produced += n as u64;
        tally.accepted += n as u64;
        Ok(Gathered { rows, tally, shortfall: None, prior: Some(account.clone()) })
    }

    fn shown(&self) -> Option<Table> {
        None
    }

    fn table(&self, rows: &[Record]) -> Table {
        Record::to_table(rows, &self.card)
    }

    fn tokens_per_request(&self) -> (u64, u64) {
        let questions = self.questions();
        let read: usize = questions.iter().map(|asked| asked.prompt.chars().div_ceil(4)).sum();
        let written: u64 = questions.iter().map(|asked| u64::from(asked.max_tokens)).sum();
        let n = questions.len().max(1) as u64;
        (read as u64 / n, written / n)
    }

    fn rows_per_reply(&self) -> usize {
        usize::MAX
    }

    fn questions(&self) -> Option<u64> {
        Some(Self::questions(self).len() as u64)
    }

    fn save(&self) -> Value {
        serde_json::to_value(&self.state).expect("finite numbers and text are always JSON")
    }

    fn stored(&self) -> Vec<StoredFact> {
        let evidence = &self.state.evidence;
        if evidence.rows == 0 {
            return Vec::new();
        }
        if evidence.is_noised() {
            let items = evidence.counts.iter().flatten().map(Vec::len).sum();
            let what = "counts with noise, by column, outcome and cell".to_owned();
            return vec![StoredFact { what, items, least_support: 0 }];
        }
        let cells = evidence.counts.iter().flatten().flatten().filter(|count| **count > 0.0);
        let least = cells.clone().fold(f64::INFINITY, |least, count| least.min(*count));
        let what = "counts of rows by column, outcome and cell".to_owned();
        vec![StoredFact { what, items: cells.count(), least_support: least.min(1e9) as usize }]
    }
}
