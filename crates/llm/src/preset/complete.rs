//! How does a preset ask for the rest of rows that are known in part?

use super::ask::{RowPrompted, tokens_of_rows};
use super::fill::{Filled, Filler};
use super::style::Examples;
use crate::accept::{Cell, Checker, Reason, Record, Tally};
use crate::codec::{codec, sentence};
use crate::harvest::{Desk, Question, Stopped, WAVE, Why, is_hopeless, with_prefix};
use crate::prompt;
use std::collections::{BTreeMap, VecDeque};
use verosim_core::{Context, Finish, Mode, ModelError, Prompt, Reply, Request, RowForm, Section, Seeded};
use verosim_data::Table;
use verosim_data::constrain::Allowed;

/// How often each row is asked for, like the published code.
const TRIES: u32 = 15;

/// Rows of one draw that lack the same cells and tell the same ones: one request.
struct Batch {
    draw: usize,
    /// Columns of the card whose cells are known and may be told.
    told: Vec<usize>,
    /// Columns to fill.
    lacking: Vec<usize>,
    rows: Vec<usize>,
    tries: u32,
}

impl Filler for RowPrompted {
    fn fills(&self) -> Vec<String> {
        self.card
            .columns()
            .iter()
            .filter(|column| is_known(&column.allowance.values))
            .map(|column| column.name().to_owned())
            .collect()
    }

    /// Known cells come first in each sentence and are part of the contract; an answer that holds others is refused, and
    /// its rows are asked for again, a bounded number of times. Known cells that no prompt may tell (levels of few
    /// people, numbers outside the protected range) are left out.
    fn fill(
        &self,
        table: &Table,
        draws: usize,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Filled, Stopped> {
        let known = Record::of_table(&self.card, table);
        let blank = Record(vec![Cell::Missing; self.card.columns().len()]);
        let mut sets = vec![vec![blank; known.len()]; draws];
        let mut queue: VecDeque<Batch> = self.batches(table, &known, draws).into();
        let all: usize = queue.iter().map(|batch| batch.rows.len()).sum();
        let (mut tally, mut why) = (Tally::default(), None);
        let (mut asked, mut failed, mut done) = (0_u64, 0, 0);
        while !queue.is_empty() && why.is_none() {
            ctx.stop.check()?;
            let wave: Vec<Batch> = queue.drain(..queue.len().min(WAVE)).collect();
            let questions: Vec<Question> = wave
                .iter()
                .zip(asked..)
                .map(|(batch, number)| self.rest_of(batch, &known, number, seed.split_at(number)))
                .collect();
            let requests = questions
                .iter()
                .zip(asked..)
                .map(|(question, number)| desk.request(question, seed.split("request").split_at(number)))
                .collect::<Result<Vec<Request>, _>>()?;
            asked += requests.len() as u64;
            let (answers, limit) = desk.ask(&requests, ctx);
            for ((mut batch, question), answer) in wave.into_iter().zip(&questions).zip(answers) {
                match answer {
                    Ok(reply) => {
                        failed = 0;
                        let before = batch.rows.len();
                        self.take(question, &reply, &mut batch, &mut sets, &mut tally);
                        done += before - batch.rows.len();
                    }
                    Err(ModelError::Interrupted(reason)) => return Err(reason.into()),
                    Err(error) => {
                        failed += 1;
                        if is_hopeless(&error) || failed >= 2 * WAVE {
                            why = Some(Why::Model(error));
                        }
                    }
                }
                batch.tries += 1;
                if !batch.rows.is_empty() && batch.tries < TRIES {
                    queue.push_back(batch);
                }
            }
            why = why.or(limit.map(Why::Budget));
            ctx.progress.step(done, all, "rows");
        }
        let sets = sets.iter().map(|records| Record::to_table(records, &self.card)).collect();
        Ok(Filled { sets, tally, why })
    }
}

impl RowPrompted {
    /// All requests of the first round, draw by draw.
    fn batches(&self, table: &Table, known: &[Record], draws: usize) -> Vec<Batch> {
        let columns = self.card.columns();
        let mut alike: BTreeMap<(Vec<usize>, Vec<usize>), Vec<usize>> = BTreeMap::new();
        for (row, record) in known.iter().enumerate() {
            let is_missing =
                |at: &usize| table.column(columns[*at].name()).is_some_and(|column| column.missing[row] != 0);
            let lacking: Vec<usize> = (0..columns.len())
                .filter(is_missing)
                .filter(|&at| is_known(&columns[at].allowance.values))
                .collect();
            let told = (0..columns.len()).filter(|&at| record.0[at] != Cell::Missing).collect();
            if !lacking.is_empty() {
                alike.entry((told, lacking)).or_default().push(row);
            }
        }
        // A text that is gone on with holds one row.
        let most = if self.state.style.mode == Mode::Completion { 1 } else { self.state.style.rows };
        let mut batches = Vec::new();
        for draw in 0..draws {
            for ((told, lacking), rows) in &alike {
                batches.extend(rows.chunks(most).map(|rows| Batch {
                    draw,
                    told: told.clone(),
                    lacking: lacking.clone(),
                    rows: rows.to_vec(),
                    tries: 0,
                }));
            }
        }
        batches
    }

    /// The request for the rest of the rows of a batch.
    fn rest_of(&self, batch: &Batch, known: &[Record], number: u64, seed: Seeded) -> Question {
        let style = &self.state.style;
        let mut rng = seed.split("question").rng();
        let any = self.order(&mut rng);
        let among =
            |columns: &[usize]| any.iter().copied().filter(|at| columns.contains(at)).collect::<Vec<_>>();
        let order = [among(&batch.told), among(&batch.lacking)].concat();
        let mut contract = self.card.contract(style.form, &order, batch.rows.len());
        contract.columns.iter_mut().for_each(|column| column.nullable = false);
        contract.given = batch
            .rows
            .iter()
            .map(|&row| {
                let texts = known[row].texts(&self.card, &order[..batch.told.len()]);
                texts.into_iter().enumerate().filter_map(|(at, text)| Some((at, text?))).collect()
            })
            .collect();
        let mut sections = self.head(&any);
        let mut shown = if style.examples == Examples::Nothing { Vec::new() } else { self.shown(&mut rng) };
        // An example without the cell that is asked for teaches to leave it out.
        shown.retain(|record| batch.lacking.iter().all(|&at| record.0[at] != Cell::Missing));
        if !shown.is_empty() {
            let text = self.example_text(&contract, &order, &shown);
            sections.push(prompt::examples(shown.len(), text.trim_end(), style.mode == Mode::Completion));
        }
        let real = |section: Section, n: usize| Section::rows(section.id(), n, section.text().to_owned());
        let class = self.card.class();
        let in_words = style.mode == Mode::Chat || style.form != RowForm::Sentence;
        let mut prefix = String::new();
        if in_words || shown.is_empty() {
            sections
                .extend(prompt::conditioning(&contract, 1, class).map(|told| real(told, batch.rows.len())));
            sections.push(prompt::output_contract(&contract, 1, class));
        }
        if in_words {
            sections.push(prompt::trigger(prompt::COMPLETE, verosim_core::PrivacyClass::Public));
        } else if let Some(given) = contract.given.first().filter(|given| !given.is_empty()) {
            let cells = given.iter().map(|(at, text)| (*at, Some(text.as_str())));
            prefix = format!("{}, ", sentence(&contract, cells));
            sections.push(real(prompt::trigger(prefix.trim_end(), class), 1));
        }
        let max_tokens = tokens_of_rows(&contract);
        Question {
            prompt: Prompt::new(sections),
            contract,
            order,
            candidates: 1,
            mode: style.mode,
            temperature: style.temperature_of(number),
            top_p: style.top_p,
            max_tokens,
            prefix,
        }
    }

    /// Takes the cells of rows that hold what was given, and leaves the other rows in the batch.
    fn take(
        &self,
        question: &Question,
        reply: &Reply,
        batch: &mut Batch,
        sets: &mut [Vec<Record>],
        tally: &mut Tally,
    ) {
        let Some(choice) = reply.choices.first() else { return };
        if choice.finish == Finish::Refused {
            return tally.reject(Reason::Refused, None);
        }
        let text = with_prefix(&question.prefix, &choice.text);
        let whole = choice.finish == Finish::Stop;
        let found = codec(question.contract.form).decode(&question.contract, &text, whole);
        if found.is_empty() {
            tally.reject(Reason::Unparseable, None);
        }
        let checker = Checker::new(&self.card, &question.order);
        let mut open = Vec::new();
        for (at, &row) in batch.rows.iter().enumerate() {
            let Some(parsed) = found.get(at) else {
                open.push(row);
                continue;
            };
            let checked =
                parsed.as_ref().map_err(|reason| (*reason, None)).and_then(|parsed| checker.check(parsed));
            let verdict = checked.and_then(|checked| {
                let record = &checked.record;
                let absent = batch.lacking.iter().find(|&&at| record.0[at] == Cell::Missing);
                match (question.ignored(&self.card, at, record), absent) {
                    (Some(column), _) => Err((Reason::Given, Some(column))),
                    (None, Some(&column)) => Err((Reason::TypeError, Some(column))),
                    (None, None) => Ok(checked),
                }
            });
            match verdict {
                Ok(checked) => {
                    tally.accept(checked.repaired);
                    for &at in &batch.lacking {
                        sets[batch.draw][row].0[at] = checked.record.0[at].clone();
                    }
                }
                Err((reason, column)) => {
                    tally.reject(reason, column.map(|at| self.card.columns()[at].name()));
                    open.push(row);
                }
            }
        }
        batch.rows = open;
    }
}

/// Whether there is a value that a cell may hold.
fn is_known(values: &Allowed) -> bool {
    !matches!(values, Allowed::Levels { texts, .. } if texts.is_empty())
}
