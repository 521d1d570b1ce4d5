//! How are many lives kept as tokens, and how are they read in pieces?

use super::encode::Tokens;
use super::life::{Grammar, Life};
use crate::{Corpus, Step};
use std::ops::Range;

/// Steps after which a life goes on as a sequence of its own, so that long lives are learned from side by side.
const WINDOW: usize = 1_024;

/// Six bytes per token, and a few per person.
#[derive(Default)]
pub(super) struct Store {
    tokens: Vec<u16>,
    says: Vec<i32>,
    ends: Vec<usize>,
    /// The fold that each person is counted in.
    pub(super) folds: Vec<u8>,
}

impl Store {
    pub(super) fn push(&mut self, life: &Tokens) {
        self.tokens.extend(life.iter().map(|step| step.0));
        self.says.extend(life.iter().map(|step| step.1));
        self.ends.push(self.tokens.len());
    }

    pub(super) fn people(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// How many tokens a person has.
    pub(super) fn tokens_of(&self, person: usize) -> usize {
        self.range(person).len()
    }

    /// A token and what it says.
    pub(super) fn step(&self, at: usize) -> (u32, i64) {
        (u32::from(self.tokens[at]), i64::from(self.says[at]))
    }

    /// Where the tokens of a person are.
    pub(super) fn range(&self, person: usize) -> Range<usize> {
        person.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[person]
    }

    /// Goes through a life; `each` is told where it stands and what comes.
    pub(super) fn walk<'a>(&self, person: usize, grammar: Grammar<'a>, mut each: impl FnMut(&Life<'a>, u32)) {
        let mut life = Life::new(grammar, u64::from(self.folds[person]));
        for at in self.range(person) {
            let (token, says) = self.step(at);
            each(&life, token);
            life.enter(token, says);
        }
    }
}

/// A stretch of a life, and where it stands at its start.
struct Window<'a> {
    person: usize,
    steps: Range<usize>,
    /// `None` at the start of the life.
    life: Option<Box<Life<'a>>>,
}

/// Lives as the network reads them.
pub(super) struct Lives<'a> {
    store: &'a Store,
    grammar: Grammar<'a>,
    windows: Vec<Window<'a>>,
}

impl<'a> Lives<'a> {
    pub(super) fn new(store: &'a Store, grammar: Grammar<'a>, people: impl Iterator<Item = usize>) -> Self {
        let mut windows = Vec::new();
        for person in people {
            let all = store.range(person);
            if all.len() <= 2 * WINDOW {
                windows.push(Window { person, steps: all, life: None });
                continue;
            }
            let mut at = 0;
            store.walk(person, grammar, |life, _| {
                if at % WINDOW == 0 {
                    let from = all.start + at;
                    let mut life = life.clone();
                    life.remember();
                    let life = (at > 0).then(|| Box::new(life));
                    windows.push(Window { person, steps: from..(from + WINDOW).min(all.end), life });
                }
                at += 1;
            });
        }
        Self { store, grammar, windows }
    }
}

impl Corpus for Lives<'_> {
    fn sequences(&self) -> usize {
        self.windows.len()
    }

    fn steps(&self, sequence: usize) -> usize {
        self.windows[sequence].steps.len()
    }

    fn read(&self, sequence: usize, range: Range<usize>, each: &mut dyn FnMut(Step<'_>)) {
        let window = &self.windows[sequence];
        let mut life = match &window.life {
            Some(life) => (**life).clone(),
            None => Life::new(self.grammar, u64::from(self.store.folds[window.person])),
        };
        for at in 0..range.end {
            let (token, says) = self.store.step(window.steps.start + at);
            if at >= range.start {
                each(life.step(Some(token)));
            }
            life.enter(token, says);
        }
    }
}
