//! Did a model see a published table before anybody asked it about patients?
//!
//! A benchmark on a table that the model has by heart measures its memory. Each test is held against plain guessing and
//! against a disguised copy of the same table, which no corpus can hold: what is told of both is inferred, not remembered.

mod guess;
mod published;
mod test;
mod trial;

pub use published::Published;
pub use test::Test;
pub use trial::LEAST_ROWS;

use super::asking::ask_all;
use super::rate::by_guessing;
use super::{Excess, FALSE_ALARM, Rate};
use crate::harvest::{Desk, Stopped};
use std::collections::BTreeSet;
use trial::{OTHERS, Trial, names, trials};
use verosim_core::{
    Context, Contract, ModelError, NotDisclosed, PrivacyClass, Prompt, Request, Section, Seeded, Speaker,
};

/// What came out of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestScore {
    /// Test.
    pub test: Test,
    /// Right of the table.
    pub told: Rate,
    /// Right of the copy; `None` where a copy has nothing to know.
    pub copy: Option<Rate>,
    /// Share that is right by plain guessing, in `[0, 1]`.
    pub guess: f64,
    /// The greater of two probabilities: of so many right by guessing, and of so many more than of the copy by chance.
    pub p: f64,
}

/// What came out of all tests.
#[derive(Clone, Debug, PartialEq)]
pub struct Knowledge {
    /// By test.
    pub tests: Vec<TestScore>,
    /// Questions, about the table and its copy.
    pub prompts: u64,
    /// Questions that brought no answer, those beyond the budget included.
    pub unanswered: u64,
    /// Questions that the budget did not cover.
    pub beyond_budget: u64,
    /// Why there is no answer at all.
    pub failure: Option<ModelError>,
}

impl Knowledge {
    /// Whether any test that decides finds memory: [`FALSE_ALARM`] over all of these together (Bonferroni).
    #[must_use]
    pub fn is_known(&self) -> bool {
        let deciding = || self.tests.iter().filter(|score| score.test.decides());
        let n = deciding().count() as f64;
        deciding().any(|score| score.p * n < FALSE_ALARM)
    }
}

/// A question, and what it is about.
struct Asked {
    is_copy: bool,
    trial: Trial,
}

/// Tests whether the model at the desk knows `original`, published under `name`, at temperature 0.
///
/// # Errors
/// [`Stopped`], when the run is interrupted or the desk may not tell rows.
///
/// # Cost
/// 117 requests.
pub fn contamination(
    original: &Published,
    copy: &Published,
    name: &str,
    desk: &mut Desk<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Knowledge, Stopped> {
    let enough = original.n_rows() >= LEAST_ROWS && original.columns.len() >= 2;
    let enough = enough && copy.n_rows() == original.n_rows() && copy.columns.len() == original.columns.len();
    let unique = most_distinct(original);
    let mut asked: Vec<Asked> = Vec::new();
    let mut guesses = Vec::new();
    if enough {
        let (of_names, by_counting) = names(original, name);
        guesses = Test::ALL
            .map(|test| match test {
                Test::Header => 1.0 / (OTHERS as f64 + 1.0),
                Test::Row => guess::of_lines(original),
                Test::Feature => guess::of_cells(original, unique),
                Test::FirstToken => guess::of_first_cells(original),
                Test::Names => by_counting,
            })
            .to_vec();
        let of = |table, is_copy| {
            trials(table, unique, seed).into_iter().map(move |trial| Asked { is_copy, trial })
        };
        // In turn, so that a budget that ends early cuts both sides alike.
        asked = of(original, false).zip(of(copy, true)).flat_map(|(a, b)| [a, b]).collect();
        asked.push(Asked { is_copy: false, trial: of_names });
    }
    let requests = asked
        .iter()
        .zip(0..)
        .map(|(asked, number)| request(desk, &asked.trial, seed.split("answer").split_at(number)))
        .collect::<Result<Vec<_>, _>>()?;
    let answers = ask_all(desk, &requests, ctx)?;
    let mut counts = [[(0, 0); 2]; Test::ALL.len()];
    for (asked, reply) in asked.iter().zip(&answers.replies) {
        let Some(choice) = reply.as_ref().map(|reply| reply.choices.first()) else { continue };
        for (test, right, of) in asked.trial.wants.shown_by(choice.map_or("", |choice| choice.text.as_str()))
        {
            let at = Test::ALL.iter().position(|other| *other == test).unwrap_or(0);
            let count = &mut counts[at][usize::from(asked.is_copy)];
            *count = (count.0 + right, count.1 + of);
        }
    }
    let tests = Test::ALL
        .iter()
        .zip(counts)
        .zip(guesses)
        .filter(|((test, [told, copy]), _)| told.1 > 0 && (copy.1 > 0 || !test.decides()))
        .map(|((&test, [told, copy]), guess)| {
            let told = Rate::new(told.0, told.1);
            let copy = test.decides().then(|| Rate::new(copy.0, copy.1));
            let by_chance = copy.map_or(0.0, |copy| Excess::new(told, copy).p);
            TestScore { test, told, copy, guess, p: by_guessing(told.told, told.asked, guess).max(by_chance) }
        })
        .collect();
    Ok(Knowledge {
        tests,
        prompts: requests.len() as u64,
        unanswered: answers.unanswered(),
        beyond_budget: answers.beyond_budget,
        failure: answers.failure,
    })
}

/// The column with the most distinct values; the first of several.
fn most_distinct(table: &Published) -> usize {
    let distinct =
        |at: usize| table.rows.iter().map(|row| row[at].as_str()).collect::<BTreeSet<&str>>().len();
    (0..table.columns.len()).rev().max_by_key(|&at| distinct(at)).unwrap_or(0)
}

fn request(desk: &Desk<'_>, trial: &Trial, seed: Seeded) -> Result<Request, NotDisclosed> {
    let who = "You know published data sets well and quote them to the letter.".to_owned();
    let who = Section::new("role", Speaker::System, PrivacyClass::Public, who);
    let prompt = Prompt::new(vec![who, trial.section.clone()]);
    let like = Request { temperature: 0.0, max_tokens: trial.max_tokens, ..Request::plain(seed.key()) };
    desk.prepare(prompt, Contract::Text, like)
}
