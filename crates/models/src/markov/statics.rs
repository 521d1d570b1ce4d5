//! Which static codes do people have together?

use super::chain::{Row, Rows, Step};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tries for a combination that meets what is asked.
const TRIES: usize = 10_000;

/// Combinations of static codes that enough people have; others code by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statics {
    whole: Vec<Vec<u32>>,
    people: Vec<u32>,
    /// People of other combinations.
    rest: u32,
    /// Per code, in order, what comes next: a code, or the number of codes for the end.
    chain: BTreeMap<u32, (Vec<u32>, Vec<f32>)>,
    codes: u32,
}

impl Statics {
    /// From people by combination.
    pub(crate) fn of(counted: &BTreeMap<Vec<u32>, u32>, codes: usize, k: usize) -> Self {
        let end = codes as u32;
        let mut statics = Self { codes: end, ..Self::default() };
        let mut steps: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for (combination, &people) in counted {
            if people as usize >= k {
                statics.whole.push(combination.clone());
                statics.people.push(people);
            } else {
                statics.rest += people;
                let mut before = end;
                for &code in combination.iter().chain([&end]) {
                    *steps.entry((before, code)).or_default() += people;
                    before = code;
                }
            }
        }
        for ((before, next), people) in steps {
            let (codes, weights) = statics.chain.entry(before).or_default();
            codes.push(next);
            weights.push(people as f32);
        }
        statics
    }

    /// Codes that are all met by `is`, and allowed by `can`; `None` where none is found.
    pub(crate) fn draw(
        &self,
        is: &[Vec<u32>],
        can: impl Fn(u32) -> bool,
        rng: &mut ChaCha8Rng,
    ) -> Option<Vec<u32>> {
        let meets = |codes: &[u32]| {
            is.iter().all(|any| any.iter().any(|code| codes.contains(code)))
                && codes.iter().all(|&code| can(code))
        };
        let mut scratch = Vec::new();
        // Combinations that do not meet it weigh nothing; those drawn code by code are tried.
        let whole = Row {
            next: (0..self.whole.len() as u32).collect(),
            weights: self.people.iter().map(|&n| n as f32).collect(),
            ..Row::default()
        };
        let met: f64 = self
            .whole
            .iter()
            .zip(&self.people)
            .filter(|(codes, _)| meets(codes))
            .map(|(_, &n)| f64::from(n))
            .sum();
        let all = met + f64::from(self.rest);
        for _ in 0..TRIES {
            if all <= 0.0 {
                return None;
            }
            if rng.random::<f64>() * all < met {
                let tilt = |at: u32| [f32::from(u8::from(meets(&self.whole[at as usize]))), 1.0];
                let Some(Step::To(at)) = whole.draw(&mut scratch, 0.0, tilt, rng) else { return None };
                return Some(self.whole[at].clone());
            }
            let codes = self.step_by_step(&mut scratch, rng);
            if meets(&codes) {
                return Some(codes);
            }
        }
        None
    }

    fn step_by_step(&self, scratch: &mut Vec<f32>, rng: &mut ChaCha8Rng) -> Vec<u32> {
        let mut codes = Vec::new();
        let mut before = self.codes;
        // Codes rise along a chain, so that it ends.
        while let Some((next, weights)) = self.chain.get(&before) {
            let row = Row { next: next.clone(), weights: weights.clone(), ..Row::default() };
            let Some(Step::To(at)) = row.draw(scratch, 0.0, |_| [1.0; 2], rng) else { break };
            if next[at] == self.codes || codes.len() > 1_000 {
                break;
            }
            before = next[at];
            codes.push(before);
        }
        codes
    }

    pub(crate) fn len(&self) -> usize {
        self.whole.len()
    }

    pub(crate) fn least(&self) -> usize {
        if self.rest > 0 { 1 } else { self.people.iter().min().map_or(1, |&n| n as usize) }
    }

    pub(crate) fn is_sound(&self, codes: usize) -> bool {
        let known = |code: &u32| (*code as usize) < codes;
        let chain = self.chain.values().all(|(next, weights)| {
            next.len() == weights.len()
                && next.iter().all(|code| *code as usize <= codes)
                && weights.iter().all(|x| x.is_finite() && *x >= 0.0)
        });
        chain
            && self.codes as usize == codes
            && self.whole.len() == self.people.len()
            && self.whole.iter().flatten().all(known)
    }
}

/// Rows without tilt, for what is told of a saved model.
pub(crate) fn entries(rows: &[Rows]) -> usize {
    rows.iter().map(Rows::entries).sum()
}
