//! How many secrets of people are guessed, of those learned from and of others?

use crate::risk::{LEVEL, Tally};
use crate::secret::{Guess, Secret};
use verosim_data::Table;
use verosim_math::stats::Success;

/// What became of the guesses about some people.
pub(crate) struct Guessed {
    people: Vec<Person>,
    /// Mean share of secrets that a random synthetic cell would get right.
    by_chance: f64,
}

/// What became of the guesses of one person's secrets, in their order.
struct Person {
    tried: Vec<bool>,
    right: Vec<bool>,
}

impl Person {
    /// Share of secrets that were guessed; `None` when there was none to guess.
    fn share(&self) -> Option<f64> {
        let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as f64;
        (count(&self.tried) > 0.0).then(|| count(&self.right) / count(&self.tried))
    }
}

/// Holds guesses against the secrets of `people`, where there are any; `guess` is given the place of the secret and the
/// row. Sizes are those of `real` people.
pub(crate) fn guessed(
    people: &Table,
    real: &Table,
    made: &Table,
    secrets: &[usize],
    guess: impl Fn(usize, usize) -> Option<Guess>,
) -> Guessed {
    let own: Vec<Secret<'_>> = secrets.iter().map(|&at| Secret::of(people, real, at)).collect();
    let sorted: Vec<Vec<f64>> = secrets.iter().map(|&at| Secret::of(made, real, at).sorted()).collect();
    let mut chances = Vec::new();
    let people = (0..people.n_rows())
        .map(|row| {
            let tried: Vec<bool> = own.iter().map(|secret| secret.is_present(row)).collect();
            let is_right =
                |at: usize| tried[at] && guess(at, row).is_some_and(|guess| own[at].is_told(row, guess));
            let right: Vec<bool> = (0..own.len()).map(is_right).collect();
            let chance = |at: usize| tried[at].then(|| own[at].by_guessing(row, &sorted[at]));
            let all: Vec<f64> = (0..own.len()).filter_map(chance).collect();
            if !all.is_empty() {
                chances.push(all.iter().sum::<f64>() / all.len() as f64);
            }
            Person { tried, right }
        })
        .collect();
    Guessed { people, by_chance: chances.iter().sum::<f64>() / chances.len().max(1) as f64 }
}

/// People learned from against others; each person counts once, with the share of secrets that were guessed.
pub(crate) fn tally(kind: &'static str, own: &Guessed, others: &Guessed) -> Option<Tally> {
    let shares =
        |guessed: &Guessed| -> Vec<f64> { guessed.people.iter().filter_map(Person::share).collect() };
    let (members, strangers) = (shares(own), shares(others));
    Some(Tally {
        kind,
        tries: members.len().min(strangers.len()),
        own: Success::of_shares(&members, LEVEL)?,
        control: Success::of_shares(&strangers, LEVEL)?,
        counted: (members.iter().sum::<f64>() / members.len() as f64, own.by_chance),
    })
}

/// Rates of success secret by secret.
pub(crate) fn by_secret(names: &[&str], own: &Guessed, others: &Guessed) -> Vec<(String, f64)> {
    let rate = |guessed: &Guessed, at: usize| {
        let tried = guessed.people.iter().filter(|person| person.tried[at]).count().max(1);
        guessed.people.iter().filter(|person| person.right[at]).count() as f64 / tried as f64
    };
    let each = names.iter().enumerate().flat_map(|(at, name)| {
        [(format!("{name}, learned from"), rate(own, at)), (format!("{name}, others"), rate(others, at))]
    });
    each.collect()
}
