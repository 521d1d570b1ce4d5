//! How are numbers drawn that many people had, and none that few had?

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Cells at most, about.
const CELLS: usize = 128;

/// The law of a number: values that enough people had as they are, and stretches that hold enough people, even within.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// Lower and upper end.
    ends: Vec<[f64; 2]>,
    /// Share up to and with each cell; the last is 1.
    running: Vec<f64>,
    /// Decimal places that all values have.
    digits: u8,
}

impl Spread {
    /// The law of the values of people; `None` where not even one value or stretch has `k` people.
    ///
    /// No drawn value lies outside what `k` people had on either side.
    pub(crate) fn of(values: impl Iterator<Item = (i64, f64)>, k: usize) -> Option<Self> {
        let mut values: Vec<(f64, i64)> = values.map(|(person, value)| (value, person)).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let low = kth(values.iter(), k)?;
        let high = kth(values.iter().rev(), k)?;
        let target = k.max(values.len() / CELLS);
        let mut cells: Vec<([f64; 2], usize)> = Vec::new();
        let mut open = Open::default();
        for run in values.chunk_by(|a, b| a.0 == b.0) {
            let people: BTreeSet<i64> = run.iter().map(|&(_, person)| person).collect();
            if people.len() >= k && run.len() * CELLS >= values.len() {
                open.shut(&mut cells, k);
                cells.push(([run[0].0; 2], run.len()));
                continue;
            }
            open.add(run[0].0, run.len(), people);
            if open.people.len() >= target {
                open.shut(&mut cells, k);
            }
        }
        open.shut(&mut cells, k);
        let mut law = Self { digits: digits(&values), ..Self::default() };
        let total: usize = cells.iter().map(|(_, n)| n).sum();
        let mut sum = 0;
        for ([from, to], n) in cells {
            sum += n;
            let (from, to) = (from.clamp(low, high.max(low)), to.clamp(low, high.max(low)));
            law.ends.push([from, to]);
            law.running.push(sum as f64 / total as f64);
        }
        (!law.ends.is_empty()).then_some(law)
    }

    /// The value at a rank from 0 to 1.
    pub(crate) fn at(&self, rank: f64) -> f64 {
        let cell = self.running.partition_point(|&end| end <= rank).min(self.ends.len() - 1);
        let (start, end) = (if cell == 0 { 0.0 } else { self.running[cell - 1] }, self.running[cell]);
        let [low, high] = self.ends[cell];
        if low >= high {
            return low;
        }
        let part = ((rank - start) / (end - start).max(1e-12)).clamp(0.0, 1.0);
        let scale = 10_f64.powi(i32::from(self.digits));
        let value = low + (high - low) * part;
        if self.digits >= 6 { value } else { ((value * scale).round() / scale).clamp(low, high) }
    }

    /// The rank of a value; the middle of its cell where many have it.
    pub(crate) fn rank(&self, value: f64) -> f64 {
        let cell = self.ends.partition_point(|&[_, high]| high < value).min(self.ends.len() - 1);
        let (start, end) = (if cell == 0 { 0.0 } else { self.running[cell - 1] }, self.running[cell]);
        let [low, high] = self.ends[cell];
        let part = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        start + (end - start) * part
    }

    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> f64 {
        self.at(rng.random())
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it can be drawn from without surprise.
    pub(crate) fn is_sound(&self) -> bool {
        let rises = self.running.windows(2).all(|pair| pair[0] <= pair[1]);
        let numbers = self.ends.iter().flatten().chain(&self.running).all(|x| x.is_finite());
        !self.ends.is_empty()
            && self.ends.len() == self.running.len()
            && rises
            && numbers
            && self.ends.iter().all(|[low, high]| low <= high)
    }
}

/// The value at which `k` people are reached.
fn kth<'a>(values: impl Iterator<Item = &'a (f64, i64)>, k: usize) -> Option<f64> {
    let mut people = BTreeSet::new();
    for &(value, person) in values {
        people.insert(person);
        if people.len() >= k {
            return Some(value);
        }
    }
    None
}

/// A stretch that grows.
#[derive(Default)]
struct Open {
    ends: Option<[f64; 2]>,
    n: usize,
    people: BTreeSet<i64>,
}

impl Open {
    fn add(&mut self, value: f64, n: usize, people: BTreeSet<i64>) {
        self.ends = Some([self.ends.map_or(value, |[low, _]| low), value]);
        self.n += n;
        self.people.extend(people);
    }

    /// Ends the stretch: a cell of its own with enough people, else a part of the cell before, or nothing.
    fn shut(&mut self, cells: &mut Vec<([f64; 2], usize)>, k: usize) {
        let Some(ends) = self.ends.take() else { return };
        if self.people.len() >= k {
            cells.push((ends, self.n));
        } else if let Some((before, n)) = cells.last_mut().filter(|(before, _)| before[0] < before[1]) {
            (before[1], *n) = (ends[1], *n + self.n);
        }
        (self.n, self.people) = (0, BTreeSet::new());
    }
}

/// Least decimal places, up to 6, that all values have.
fn digits(values: &[(f64, i64)]) -> u8 {
    let fits = |digits: u8| {
        let scale = 10_f64.powi(i32::from(digits));
        values.iter().all(|(value, _)| ((value * scale).round() / scale - value).abs() <= value.abs() * 3e-7)
    };
    (0..6).find(|&digits| fits(digits)).unwrap_or(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn nothing_is_drawn_that_few_had() {
        // Nine hundred people between 100 and 110 in tenths, three with 500, and one with 3.
        let mut values: Vec<(i64, f64)> = (0..900).map(|i| (i, 100.0 + (i % 101) as f64 / 10.0)).collect();
        values.extend([(901, 500.0), (902, 500.0), (903, 500.0), (904, 3.0)]);
        let law = Spread::of(values.into_iter(), 5).unwrap();
        let mut rng = Seeded::new(1).rng();
        for _ in 0..20_000 {
            let value = law.draw(&mut rng);
            assert!((100.0..=110.0).contains(&value), "{value}");
            assert!((value * 10.0 - (value * 10.0).round()).abs() < 1e-6, "{value}");
        }
        assert_eq!(Spread::of((0..4).map(|i| (i, 1.0)), 5), None);
        assert_eq!(Spread::of((0..100).map(|i| (i % 3, i as f64)), 5), None, "three people");
        let one = Spread::of((0..100).map(|i| (i, 7.0)), 5).unwrap();
        assert_eq!((one.at(0.0), one.at(1.0), one.rank(7.0)), (7.0, 7.0, 0.5));
    }

    #[test]
    fn ranks_and_values_go_together() {
        let values = (0..10_000).map(|i| (i, f64::from((i as i32 * 7_919) % 10_000) / 3.0));
        let law = Spread::of(values, 5).unwrap();
        for rank in [0.1, 0.25, 0.5, 0.9] {
            assert!(
                (law.at(rank) - rank * 3333.3).abs() < 30.0 && (law.rank(law.at(rank)) - rank).abs() < 0.001
            );
        }
        assert!(law.is_sound() && law.len() <= 2 * CELLS);
    }
}
