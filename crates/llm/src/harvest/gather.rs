//! Which records of the replies are taken, and when is asking over?

use super::candidates::turns;
use super::gain::{Gain, Wave, kind_of};
use super::room::Room;
use super::{Asker, Desk, Need, Question, Quota, Shortfall, Why};
use crate::accept::{Cell, Checked, Checker, Reason, Record, Tally};
use crate::codec::{Parsed, Raw, codec};
use rayon::prelude::*;
use std::collections::HashSet;
use verosim_core::{Context, Finish, Interrupted, ModelError, NotDisclosed, Reply, Request, Seeded};
use verosim_data::constrain::{Allowance, Allowed};

/// When asking ends before all rows are had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Most requests; twenty times as many as perfect replies would take when `None`.
    pub requests: Option<u64>,
    /// Requests in a row that may bring nothing.
    pub patience: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: None, patience: 40 }
    }
}

/// Rows that were had, and the account of how.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// As many as asked for, or fewer with a shortfall.
    pub rows: Vec<Record>,
    /// What became of all records.
    pub tally: Tally,
    /// Why there are fewer.
    pub shortfall: Option<Shortfall>,
    /// What became of the model's words, where it was asked for a prior and not for rows.
    pub prior: Option<crate::preset::PriorAccount>,
}

/// What stops a harvest with nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A prompt tells more than it may.
    #[error(transparent)]
    NotDisclosed(#[from] NotDisclosed),
}

/// Requests of a wave. Fixed, so that what is asked depends neither on threads nor on how fast answers come.
pub(crate) const WAVE: usize = 8;
/// Columns of so many levels are tallied by level.
const MOST_GROUPS: usize = 12;

/// Asks until `n` rows are had, a limit is reached, or it is clear that they cannot be had.
///
/// Records are checked against the card and the rules, and refused when they copy a row that any prompt may show or
/// repeat one that was had (in tables where that is no chance), or when their level has enough rows. Of several candidates for a
/// record one is drawn, with the probabilities that the model gave. Asking also ends when hardly any record is new.
/// Deterministic: equal replies give equal rows.
///
/// # Errors
/// [`Stopped`]. A failing model is a shortfall, not an error: what was had is kept.
pub fn gather(
    asker: &dyn Asker,
    n: usize,
    limits: Limits,
    desk: &mut Desk<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Gathered, Stopped> {
    let mut room = Room::new();
    let mut loop_ = Loop::new(asker, n);
    let mut gain = Gain::default();
    let per_reply = asker.rows_per_reply().max(1);
    let most = limits.requests.unwrap_or((20 * n.div_ceil(per_reply) + 20) as u64);
    let (mut asked, mut fruitless) = (0_u64, 0_usize);
    let mut shortfall = None;
    while loop_.rows.len() < n {
        ctx.stop.check()?;
        let need = loop_.need(n);
        // A wave asks for no more than is likely to be needed.
        let yield_ = loop_.tally.acceptance().mean().max(0.02);
        let wanted = (need.rows as f64 / (per_reply as f64 * yield_)).ceil() as usize;
        let size = (wanted.clamp(1, WAVE) as u64).min(most - asked);
        if size == 0 {
            shortfall = Some(Why::Budget(crate::ledger::BudgetLimit::Requests));
            break;
        }
        let first = asked;
        let questions: Vec<Question> = (asked..asked + size)
            .map(|number| {
                let question = asker.question(number, &need, seed.split_at(number));
                Question { max_tokens: room.tokens(question.max_tokens), ..question }
            })
            .collect();
        let requests = questions
            .iter()
            .zip(asked..)
            .map(|(question, number)| desk.request(question, seed.split("request").split_at(number)))
            .collect::<Result<Vec<Request>, _>>()?;
        asked += size;
        let tokens_before = desk.spent().tokens();
        let (answers, limit) = desk.ask(&requests, ctx);
        let before = loop_.rows.len();
        let n_answers = answers.len();
        let (mut failure, mut cut_short) = (None, 0);
        for ((question, answer), number) in questions.iter().zip(answers).zip(first..) {
            match answer {
                Ok(reply) => {
                    let seed = seed.split("candidates").split_at(number);
                    cut_short += usize::from(loop_.take(question, &reply, n, seed));
                }
                Err(ModelError::Interrupted(reason)) => return Err(reason.into()),
                Err(error) => failure = Some(error),
            }
        }
        room.wave(n_answers, cut_short);
        ctx.progress.step(loop_.rows.len().min(n), n, "rows");
        fruitless = if loop_.rows.len() > before { 0 } else { fruitless + n_answers };
        if loop_.rows.len() >= n {
            break;
        }
        if let Some(limit) = limit {
            shortfall = Some(Why::Budget(limit));
            break;
        }
        if let Some(error) =
            failure.filter(|error| is_hopeless(error) || fruitless >= limits.patience.min(2 * WAVE))
        {
            shortfall = Some(Why::Model(error));
            break;
        }
        let (usable, new) = std::mem::take(&mut loop_.wave).counts(asker.is_varied());
        gain.wave(usable, new, desk.spent().tokens() - tokens_before);
        if gain.is_nil() {
            shortfall = Some(Why::NothingNew(gain));
            break;
        }
        let left = desk.affords(&requests[0], most - asked) as f64 * per_reply as f64;
        let seen = loop_.tally.acceptance();
        let reasons = loop_.tally.words();
        if seen.is_out_of_reach(n - loop_.rows.len(), left) {
            shortfall = Some(Why::OutOfReach { produced: seen.produced, accepted: seen.accepted, reasons });
            break;
        }
        if fruitless >= limits.patience {
            shortfall = Some(Why::NoProgress { requests: fruitless, reasons });
            break;
        }
    }
    let Loop { mut rows, tally, .. } = loop_;
    rows.truncate(n);
    let shortfall = shortfall.map(|why| {
        let seen = tally.acceptance();
        let records = most as f64 * per_reply as f64;
        // That more of the same can be had is no use to anybody.
        let is_told = seen.produced > 0 && !matches!(why, Why::NothingNew(_));
        let possible = is_told.then(|| {
            let (least, most) = seen.possible(records);
            (least.min(n), most.min(n))
        });
        Shortfall { asked: n, accepted: rows.len(), why, possible }
    });
    Ok(Gathered { rows, tally, shortfall, prior: None })
}

/// Whether asking again cannot help.
pub(crate) fn is_hopeless(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::NotRecorded { .. }
            | ModelError::Unusable { .. }
            | ModelError::Unknown { .. }
            | ModelError::NotBuilt { .. }
            | ModelError::Status { status: 400..=404 | 422, .. }
    )
}

struct Loop<'a> {
    asker: &'a dyn Asker,
    rows: Vec<Record>,
    had: HashSet<String>,
    shown: HashSet<String>,
    tally: Tally,
    quota: Option<(usize, Quota)>,
    wave: Wave,
    allowances: Vec<Allowance>,
}

impl<'a> Loop<'a> {
    fn new(asker: &'a dyn Asker, n: usize) -> Self {
        let quota = asker.shares().map(|(column, shares)| (column, Quota::new(&shares, n)));
        let (had, tally) = (HashSet::new(), Tally::default());
        let shown = asker.pool().iter().map(name).collect();
        let allowances = asker.card().columns().iter().map(|column| column.allowance.clone()).collect();
        Self { asker, rows: Vec::new(), had, shown, tally, quota, wave: Wave::default(), allowances }
    }

    fn need(&self, n: usize) -> Need {
        let by_level = self.quota.as_ref().map(|(_, quota)| quota.left()).unwrap_or_default();
        Need { rows: n - self.rows.len(), by_level }
    }

    /// Takes what is usable of a reply, and says whether it ended before any record was whole; `seed` draws among candidates.
    fn take(&mut self, question: &Question, reply: &Reply, n: usize, seed: Seeded) -> bool {
        let mut is_cut_short = false;
        let card = self.asker.card();
        let checker = Checker::new(card, &question.order);
        for (choice, seed) in reply.choices.iter().zip((0..).map(|at| seed.split_at(at))) {
            if choice.finish == Finish::Refused {
                self.tally.reject(Reason::Refused, None);
                continue;
            }
            let text = with_prefix(&question.prefix, &choice.text);
            let whole = choice.finish == Finish::Stop;
            let found = codec(question.contract.form).decode(&question.contract, &text, whole);
            is_cut_short |= choice.finish == Finish::Length && !found.iter().any(Result::is_ok);
            if found.is_empty() {
                self.tally.reject(Reason::Unparseable, None);
            }
            let checked: Vec<Result<Checked, (Reason, Option<usize>)>> = found
                .par_iter()
                .enumerate()
                .map(|(at, parsed)| {
                    let parsed = parsed.as_ref().map_err(|reason| (*reason, None))?;
                    let checked = checker.check(parsed)?;
                    match question.ignored(card, at, &checked.record) {
                        Some(column) => Err((Reason::Given, Some(column))),
                        None => Ok(checked),
                    }
                })
                .collect();
            let checked = self.without_broken(checked);
            let (width, block) = (question.order.len(), question.candidates.max(1));
            let mut checked: Vec<Option<_>> = checked.into_iter().map(Some).collect();
            for (record, (found, checked)) in found.chunks(block).zip(checked.chunks_mut(block)).enumerate() {
                self.tally.beside(found.len() as u64 - 1);
                let mut is_had = false;
                for at in turns(found, width, seed.split_at(record as u64)) {
                    let Some(checked) = checked[at].take() else { continue };
                    let verdict = match checked {
                        Ok(_) if is_had => Err((Reason::NotDrawn, None)),
                        Ok(checked) => self.judge(checked, n),
                        Err(reason) => Err(reason),
                    };
                    self.enter(question, &found[at], verdict, &mut is_had);
                }
            }
        }
        is_cut_short
    }

    /// Refuses records that break a rule, all of a reply at once: rules look at tables.
    fn without_broken(
        &mut self,
        mut checked: Vec<Result<Checked, (Reason, Option<usize>)>>,
    ) -> Vec<Result<Checked, (Reason, Option<usize>)>> {
        let rules = self.asker.rules();
        if rules.is_empty() {
            return checked;
        }
        let places: Vec<usize> = (0..checked.len()).filter(|&at| checked[at].is_ok()).collect();
        let records: Vec<Record> = checked.iter().flatten().map(|checked| checked.record.clone()).collect();
        let broken = rules.broken(&Record::to_table(&records, self.asker.card()));
        for (row, at) in places.into_iter().enumerate() {
            let ids = rules.iter().zip(&broken).filter(|(_, broken)| broken.rows[row]);
            let ids: Vec<&str> = ids.map(|(rule, _)| rule.text.id.as_str()).collect();
            if !ids.is_empty() {
                self.tally.breaks(ids);
                checked[at] = Err((Reason::Rule, None));
            }
        }
        checked
    }

    /// Takes a record or counts why it is not taken.
    fn enter(
        &mut self,
        question: &Question,
        found: &Result<Parsed, Reason>,
        verdict: Result<Checked, (Reason, Option<usize>)>,
        is_had: &mut bool,
    ) {
        if let (Ok(parsed), true) = (found, !matches!(verdict, Err((Reason::NotDrawn, _)))) {
            self.tally_groups(question, parsed, verdict.is_ok());
        }
        match verdict {
            Ok(checked) => {
                *is_had = true;
                self.tally.accept(checked.repaired);
                self.rows.push(checked.record);
            }
            Err((reason, column)) => {
                self.tally.reject(reason, column.map(|at| self.asker.card().columns()[at].name()));
            }
        }
    }

    /// What cannot be seen from a record alone.
    fn judge(&mut self, checked: Checked, n: usize) -> Result<Checked, (Reason, Option<usize>)> {
        let name = name(&checked.record);
        self.wave.usable(self.asker.is_varied().then(|| kind_of(&checked.record, &self.allowances)));
        if self.asker.is_rich() {
            if self.shown.contains(&name) {
                return Err((Reason::Copy, None));
            }
            if self.had.contains(&name) {
                return Err((Reason::Repeated, None));
            }
        }
        self.wave.new_one();
        if self.rows.len() >= n {
            return Err((Reason::Surplus, None));
        }
        if let Some((column, quota)) = &mut self.quota {
            let level = match &checked.record.0[*column] {
                Cell::Level(level) => *level as usize,
                _ => usize::MAX,
            };
            if !quota.take(level) {
                return Err((Reason::Surplus, Some(*column)));
            }
        }
        self.had.insert(name);
        Ok(checked)
    }

    fn tally_groups(&mut self, question: &Question, parsed: &Parsed, accepted: bool) {
        for (&at, raw) in question.order.iter().zip(&parsed.cells) {
            let column = &self.asker.card().columns()[at];
            let Allowed::Levels { texts, .. } = &column.allowance.values else { continue };
            if texts.len() > MOST_GROUPS {
                continue;
            }
            let text = match raw {
                Some(Raw::Text(text)) => text.clone(),
                Some(Raw::Number(number)) => number.to_string(),
                Some(Raw::Bool(truth)) => u8::from(*truth).to_string(),
                _ => continue,
            };
            if let Some(level) = column.level(&text) {
                self.tally.group(column.name(), &texts[level as usize], accepted);
            }
        }
    }
}

/// A record as one text, to tell it from others.
fn name(record: &Record) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for cell in &record.0 {
        let _ = match cell {
            Cell::Missing => write!(name, "\u{1f}"),
            Cell::Number(value) => write!(name, "{value}\u{1f}"),
            Cell::Level(level) => write!(name, "#{level}\u{1f}"),
            Cell::Text(text) => write!(name, "\"{text}\u{1f}"),
        };
    }
    name
}

/// A reply that goes on where the prompt ended begins in the middle of a row.
pub(crate) fn with_prefix<'a>(prefix: &str, reply: &'a str) -> std::borrow::Cow<'a, str> {
    if prefix.is_empty() || reply.trim_start().starts_with(prefix.trim_end_matches([',', ' '])) {
        reply.into()
    } else {
        format!("{prefix}{}", reply.trim_start()).into()
    }
}
