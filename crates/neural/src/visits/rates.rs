//! How often does each code come when it could: for the first time, again in another stay, again in the same one?
//!
//! What is charted every hour is most of all events and yet comes only once for the first time. Counts of events say
//! nothing of that, and a chain that follows them brings everything to everybody. So each code has a rate per turn: how
//! often it was the one that came, for each time that something of its kind came and it could have been.

use super::field::FOLDS;
use super::past::{Memory, Turn};

/// Turns with a rate.
pub(super) const RATED: [Turn; 3] = [Turn::New, Turn::Again, Turn::Here];
/// Share of stays with a code in which it must come more than once, to be one that does; and the rate of the others.
const REPEATED: f64 = 0.01;
pub(super) const ONCE: f32 = 1e-6;
/// Chances at the mean rate that are added to those that a code had.
const PRIOR: f64 = 10.0;

/// How often a code came at one turn, and how often it could have.
#[derive(Clone, Copy)]
struct Chances {
    came: u32,
    came_in: [u32; FOLDS],
    could: u64,
    could_in: [u64; FOLDS],
    people: u32,
    last: u32,
}

const NEVER: Chances =
    Chances { came: 0, came_in: [0; FOLDS], could: 0, could_in: [0; FOLDS], people: 0, last: u32::MAX };

/// Rates while they are counted, life by life.
pub(super) struct Rates {
    /// Per turn of [`RATED`] and code.
    chances: [Vec<Chances>; 3],
    /// How often something new came, in all lives that are over.
    fresh: u64,
    fresh_in: [u64; FOLDS],
    life: Open,
}

/// What is known of the life and the stay at hand.
struct Open {
    person: u32,
    fold: usize,
    /// How often something new came in this life, something again and something here in this stay.
    n: [u64; 3],
    /// Codes that came new, and those that were in this stay, each with how often the like had come then.
    fresh: Vec<(usize, u64)>,
    here: Vec<(usize, u64)>,
}

impl Rates {
    pub(super) fn new(codes: usize) -> Self {
        Self {
            chances: [const { NEVER }; 3].map(|never| vec![never; codes]),
            fresh: 0,
            fresh_in: [0; FOLDS],
            life: Open { person: u32::MAX, fold: FOLDS, n: [0; 3], fresh: Vec::new(), here: Vec::new() },
        }
    }

    fn could(&mut self, turn: usize, code: usize, times: u64) {
        let chances = &mut self.chances[turn][code];
        chances.could += times;
        if let Some(could) = chances.could_in.get_mut(self.life.fold) {
            *could += times;
        }
    }

    /// `code` comes in the life of `person`.
    pub(super) fn come(&mut self, turn: Turn, code: usize, person: u32, fold: usize) {
        if self.life.person != person {
            self.close_life();
            (self.life.person, self.life.fold) = (person, fold);
        }
        let Some(at) = RATED.iter().position(|&rated| rated == turn) else { return };
        self.life.n[at] += 1;
        let n = self.life.n;
        match turn {
            Turn::New => self.life.fresh.push((code, n[0])),
            Turn::Again => self.could(1, code, n[1]),
            Turn::Step | Turn::Here => {}
        }
        if turn != Turn::Here {
            self.life.here.push((code, n[2]));
        }
        let chances = &mut self.chances[at][code];
        chances.came += 1;
        if let Some(came) = chances.came_in.get_mut(fold) {
            *came += 1;
        }
        if chances.last != person {
            (chances.last, chances.people) = (person, chances.people + 1);
        }
    }

    /// The stay is over in which `memory` was told, where `first` is the token of the first code.
    pub(super) fn close_stay(&mut self, memory: &Memory<'_>, first: u32) {
        let [_, again, here] = self.life.n;
        self.life.n[1..].fill(0);
        let [_, former, _] = memory.lists();
        former.for_each(|(token, _)| self.could(1, (token - first) as usize, again));
        for (code, before) in std::mem::take(&mut self.life.here) {
            self.could(2, code, here - before);
        }
    }

    fn close_life(&mut self) {
        let fresh = std::mem::take(&mut self.life.n)[0];
        self.fresh += fresh;
        if let Some(all) = self.fresh_in.get_mut(self.life.fold) {
            *all += fresh;
        }
        // From here on it could not come anew.
        for (code, at) in std::mem::take(&mut self.life.fresh) {
            self.chances[0][code].could = self.chances[0][code].could.wrapping_sub(fresh - at);
            let fold = self.life.fold;
            if let Some(could) = self.chances[0][code].could_in.get_mut(fold) {
                *could = could.wrapping_sub(fresh - at);
            }
        }
        self.life.here.clear();
    }

    /// Rates per turn of [`RATED`]: of all people, then without each fold; per code. Codes that fewer than `least` people
    /// had at a turn get what those together have.
    pub(super) fn rates(mut self, least: u32) -> [Vec<Vec<f32>>; 3] {
        self.close_life();
        let (fresh, fresh_in) = (self.fresh, self.fresh_in);
        let repeated: Vec<u32> = self.chances[2].iter().map(|here| here.came).collect();
        for chances in &mut self.chances[0] {
            chances.could = chances.could.wrapping_add(fresh);
            for (could, all) in chances.could_in.iter_mut().zip(fresh_in) {
                *could = could.wrapping_add(all);
            }
        }
        let stays: Vec<f64> =
            self.chances[0].iter().zip(&self.chances[1]).map(|(a, b)| f64::from(a.came + b.came)).collect();
        let mut rates = self.chances.map(|chances| {
            let of = |kept: bool| chances.iter().filter(move |one| (one.people >= least) == kept);
            let rate = |came: u64, could: u64| came as f64 / could.max(1) as f64;
            let sum = |kept: bool| {
                of(kept).fold((0, 0, 0), |(came, could, people), one| {
                    (came + u64::from(one.came), could + one.could, people + one.people)
                })
            };
            let (rare, common) = (sum(false), sum(true));
            let mean = rate(rare.0 + common.0, rare.1 + common.1);
            let pooled = if rare.2 >= least { rate(rare.0, rare.1) } else { 0.0 };
            (0..=FOLDS)
                .map(|fold| {
                    let without = |one: &Chances| {
                        let (came, could) = match fold.checked_sub(1) {
                            Some(fold) => (one.came - one.came_in[fold], one.could - one.could_in[fold]),
                            None => (one.came, one.could),
                        };
                        let could = could as f64;
                        let came = if one.people >= least { f64::from(came) } else { pooled * could };
                        // Never nothing: what can be drawn has a rate.
                        (((came + PRIOR * mean) / (could + PRIOR)) as f32).max(1e-9)
                    };
                    chances.iter().map(without).collect()
                })
                .collect::<Vec<Vec<f32>>>()
        });
        for (code, (repeats, stays)) in repeated.into_iter().zip(stays).enumerate() {
            if f64::from(repeats) < REPEATED * stays {
                rates[2].iter_mut().for_each(|rates| rates[code] = ONCE);
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::super::past::Past;
    use super::*;

    #[test]
    fn rates_are_those_counted_by_hand() {
        // Codes are tokens from 10 on. One life: a stay of A A B A, then one of A C.
        let (mut rates, mut past) = (Rates::new(3), Past::new(3));
        let mut stay = |codes: &[u32]| {
            past.begin();
            let mut last = 1;
            for &token in codes {
                past.tell(last, 10, 0, [0; 2]);
                let turn = Memory::of(past.memory()).turn_of(token, 10);
                rates.come(turn, (token - 10) as usize, 7, 0);
                past.enter(last, token, Some((token - 10) as usize));
                last = token;
            }
            past.tell(last, 10, 0, [0; 2]);
            rates.close_stay(&Memory::of(past.memory()), 10);
            past.close();
        };
        stay(&[10, 10, 11, 10]);
        stay(&[10, 12]);
        let [new, again, here] = rates.rates(1);
        // New: A could once, B twice, C three times, and each came once: 3 in 6 are the mean.
        let want = |came: f64, could: f64, mean: f64| ((came + PRIOR * mean) / (could + PRIOR)) as f32;
        assert_eq!(new[0], [want(1.0, 1.0, 0.5), want(1.0, 2.0, 0.5), want(1.0, 3.0, 0.5)]);
        // Again: A could once and came; B could once and did not.
        assert_eq!(again[0], [want(1.0, 1.0, 0.5), want(0.0, 1.0, 0.5), want(0.0, 0.0, 0.5)]);
        // Here: A could twice in the first stay and came twice; B could once.
        let mean = 2.0 / 3.0;
        assert_eq!(here[0], [want(2.0, 2.0, mean), ONCE, ONCE], "B and C came once in their stays");
        assert_eq!(new[1], [0.5, 0.5, 0.5], "without the one fold that there is, the mean");
    }
}
