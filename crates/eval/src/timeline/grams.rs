//! How likely is a sequence of codes, for someone who has read others?

use super::Lives;
use rayon::prelude::*;
use std::collections::HashMap;

/// A model of three successive codes: interpolated Kneser-Ney with one absolute discount per order.
///
/// # Source
/// Kneser and Ney 1995 (`kneser1995`), interpolated after Chen and Goodman 1999 (`chen1999`, section 3); the discount of an
/// order is n₁ / (n₁ + 2 n₂) of its own counts of counts. The lowest order is mixed with equal chances of all codes.
pub(crate) struct Grams {
    /// Codes, the end of a life among them.
    n_codes: f64,
    three: HashMap<u64, u32>,
    /// Of two codes: how often they begin three, and how many codes follow them.
    two_begun: HashMap<u64, (u32, u32)>,
    /// Of two codes: before which they stand, as many different codes.
    two: HashMap<u64, u32>,
    /// Of one code: the same of two.
    one_begun: HashMap<u32, (u32, u32)>,
    one: HashMap<u32, u32>,
    /// Different pairs, and codes that are in any.
    pairs: (u32, u32),
    discounts: [f64; 3],
}

/// Before the first code.
const BEGIN: u32 = (1 << 21) - 1;
/// Behind the last code.
const END: u32 = (1 << 21) - 2;

impl Grams {
    /// Reads `sequences` of codes below `n_codes`; codes beyond two million are one.
    ///
    /// # Cost
    /// Three look-ups per event; memory for each different triple, about 20 bytes.
    pub(crate) fn of<'a>(sequences: impl Iterator<Item = &'a [u32]>, n_codes: usize) -> Self {
        let mut three: HashMap<u64, u32> = HashMap::new();
        for sequence in sequences {
            walk(sequence, |history, code| *three.entry(key3(history, code)).or_default() += 1);
        }
        // Integer counts do not depend on the order in which entries are visited.
        let (mut two_begun, mut two): (HashMap<u64, (u32, u32)>, HashMap<u64, u32>) = Default::default();
        #[allow(clippy::iter_over_hash_type, reason = "sums of integers have no order")]
        for (&key, &count) in &three {
            let begun = two_begun.entry(key >> 21).or_default();
            begun.0 += count;
            begun.1 += 1;
            *two.entry(key & ((1 << 42) - 1)).or_default() += 1;
        }
        let (mut one_begun, mut one): (HashMap<u32, (u32, u32)>, HashMap<u32, u32>) = Default::default();
        #[allow(clippy::iter_over_hash_type, reason = "sums of integers have no order")]
        for (&key, &count) in &two {
            let begun = one_begun.entry((key >> 21) as u32).or_default();
            begun.0 += count;
            begun.1 += 1;
            *one.entry((key & ((1 << 21) - 1)) as u32).or_default() += 1;
        }
        let pairs = (two.len() as u32, one.len() as u32);
        let discounts = [
            discount(three.values().copied()),
            discount(two.values().copied()),
            discount(one.values().copied()),
        ];
        Self { n_codes: n_codes as f64 + 1.0, three, two_begun, two, one_begun, one, pairs, discounts }
    }

    /// The chance of `code` after two others.
    pub(crate) fn chance(&self, history: [u32; 2], code: u32) -> f64 {
        let lower = self.after_one(history[1], code);
        let Some(&(all, different)) = self.two_begun.get(&key2(history[0], history[1])) else { return lower };
        let count = self.three.get(&key3(history, code)).copied().unwrap_or(0);
        mixed(count, all, different, self.discounts[0], lower)
    }

    fn after_one(&self, before: u32, code: u32) -> f64 {
        let count = self.one.get(&code).copied().unwrap_or(0);
        let lower = if self.pairs.0 == 0 {
            1.0 / self.n_codes
        } else {
            mixed(count, self.pairs.0, self.pairs.1, self.discounts[2], 1.0 / self.n_codes)
        };
        let Some(&(all, different)) = self.one_begun.get(&before) else { return lower };
        let count = self.two.get(&key2(before, code)).copied().unwrap_or(0);
        mixed(count, all, different, self.discounts[1], lower)
    }

    /// Bits that a life takes, and how many events it has, its end counted.
    pub(crate) fn bits(&self, sequence: &[u32]) -> (f64, usize) {
        let mut bits = 0.0;
        walk(sequence, |history, code| bits -= self.chance(history, code).log2());
        (bits, sequence.len() + 1)
    }
}

/// A discounted share, and what was discounted spread as `lower`.
fn mixed(count: u32, all: u32, different: u32, discount: f64, lower: f64) -> f64 {
    let all = f64::from(all);
    (f64::from(count) - discount).max(0.0) / all + discount * f64::from(different) / all * lower
}

/// n₁ / (n₁ + 2 n₂), or one half where nothing comes once.
fn discount(counts: impl Iterator<Item = u32>) -> f64 {
    let (mut once, mut twice) = (0.0, 0.0);
    for count in counts {
        match count {
            1 => once += 1.0,
            2 => twice += 1.0,
            _ => {}
        }
    }
    if once > 0.0 { once / (once + 2.0 * twice) } else { 0.5 }
}

fn walk(sequence: &[u32], mut see: impl FnMut([u32; 2], u32)) {
    let mut history = [BEGIN, BEGIN];
    for code in sequence.iter().map(|&code| code.min(END - 1)).chain([END]) {
        see(history, code);
        history = [history[1], code];
    }
}

fn key2(a: u32, b: u32) -> u64 {
    u64::from(a) << 21 | u64::from(b)
}

fn key3(history: [u32; 2], code: u32) -> u64 {
    key2(history[0], history[1]) << 21 | u64::from(code)
}

/// Bits and events of some people.
pub(crate) struct Scores(Vec<(f64, usize)>);

impl Scores {
    pub(crate) fn of(model: &Grams, lives: &Lives, people: &[usize]) -> Self {
        Self(people.par_iter().map(|&at| model.bits(lives.sequence(&lives.people[at]))).collect())
    }

    /// Mean over the events of the people whom `keep` accepts.
    pub(crate) fn bits_per_event(&self, keep: impl Fn(usize) -> bool) -> Option<f64> {
        let kept = self.0.iter().enumerate().filter(|(at, _)| keep(*at));
        let (bits, events) = kept.fold((0.0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        (events > 0).then(|| bits / events as f64)
    }

    /// Bits per event of each person.
    pub(crate) fn each(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().map(|(bits, events)| bits / *events as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_sum_to_one_and_follow_the_formula() {
        let lives: [&[u32]; 3] = [&[0, 1, 2, 0, 1], &[0, 1, 1], &[2, 0, 1, 2]];
        let model = Grams::of(lives.into_iter(), 3);
        for history in [[BEGIN, BEGIN], [0, 1], [1, 1], [2, 2], [BEGIN, 2]] {
            let sum: f64 = [0, 1, 2, END].iter().map(|&code| model.chance(history, code)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{history:?}: {sum}");
        }
        // By a direct sum over the definition in Python (docs/oracles-timelines.md holds the whole figure): P(2 | 0, 1) and P(1 | 1, 1).
        let found = [model.chance([0, 1], 2), model.chance([1, 1], 1)];
        for (found, want) in found.iter().zip(DIRECT) {
            assert!((found - want).abs() < 1e-12, "{found}");
        }
    }

    const DIRECT: [f64; 2] = [0.460_890_151_515_151_45, 0.103_409_090_909_090_9];

    #[test]
    fn an_empty_model_gives_equal_chances() {
        let model = Grams::of(std::iter::empty(), 3);
        assert_eq!(model.chance([0, 1], 2), 0.25);
        assert_eq!(model.bits(&[0]), (4.0, 2));
    }
}
