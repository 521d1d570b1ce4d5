//! What is known of a person at some time?

use super::counts::{NONE, commonest, slots};
use super::{Life, LifeTrio, Lives};
use verosim_timeline::Sex;
use verosim_timeline::event::instant::DAY;

/// Codes whose last time is told, and whose last number is told.
const MOST: [usize; 2] = [100, 20];

/// Which codes a history tells of.
pub(crate) struct History {
    places: Vec<u32>,
    n: usize,
    numbered: usize,
}

impl History {
    /// Histories of codes that most training people have: what is learned from must not be chosen by the test.
    pub(crate) fn new(data: &LifeTrio<'_>) -> Self {
        let chosen = commonest(data.train, data.vocabulary, MOST[0], |_| true);
        Self {
            places: slots(&chosen, data.vocabulary.len()),
            n: chosen.len(),
            numbered: chosen.len().min(MOST[1]),
        }
    }

    /// What is known of a person from events up to `until`: age, sex, how much and how long, days since each code, and last
    /// numbers.
    pub(crate) fn row(&self, lives: &Lives, life: &Life, until: i64) -> Vec<f64> {
        let times = &lives.times[life.events.clone()];
        let known = times.partition_point(|&time| time <= until);
        let days = |from: i64| (until - from) as f64 / DAY as f64;
        let mut row = vec![
            life.age_at(until).unwrap_or(f64::NAN),
            match life.sex {
                Sex::Female => 0.0,
                Sex::Male => 1.0,
                Sex::Other => f64::NAN,
            },
            known as f64,
            lives.visits_of(life).iter().filter(|visit| visit.start <= until).count() as f64,
            times.first().map_or(f64::NAN, |&first| days(first)),
        ];
        let head = row.len();
        row.resize(head + self.n + self.numbered, f64::NAN);
        for at in life.events.start..life.events.start + known {
            let slot = self.places[lives.codes[at] as usize];
            if slot == NONE {
                continue;
            }
            row[head + slot as usize] = days(lives.times[at]);
            if (slot as usize) < self.numbered && lives.numbers[at].is_finite() {
                row[head + self.n + slot as usize] = f64::from(lives.numbers[at]);
            }
        }
        row
    }
}
