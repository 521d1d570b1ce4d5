//! What comes next in a sitting, and when is it over?

use super::keys::NEWS;
use super::tally::{Bends, Shares};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What is taken from each count for what was not seen.
///
/// # Source
/// Absolute discounting: Ney, Essen and Kneser 1994 (`ney1994`).
const DISCOUNT: f64 = 0.5;
/// Times below which a share is not its own.
const LEAST: u32 = 10;
/// Weight of the rougher share, in times.
const BACKOFF: f64 = 4.0;

/// What may come next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Chance that it is one of these, and not what a rougher row says.
    pub(crate) stays: f32,
    pub(crate) next: Vec<u32>,
    pub(crate) weights: Vec<f32>,
    /// Chance that it comes without a pause.
    pub(crate) together: Vec<f32>,
}

/// Rows by what was there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rows(BTreeMap<u64, Row>);

impl Rows {
    /// From counted bends, without those of fewer than `least` people.
    pub(crate) fn of(bends: Bends, least: u32) -> Self {
        let all = bends.sorted();
        let mut rows = BTreeMap::new();
        for bends in all.chunk_by(|a, b| a.0.0 == b.0.0) {
            let total: f64 = bends.iter().map(|(_, bend)| f64::from(bend.count)).sum();
            let mut row = Row::default();
            let mut kept = 0.0;
            for ((_, next), bend) in bends.iter().filter(|(_, bend)| bend.people >= least) {
                let count = f64::from(bend.count);
                kept += count - DISCOUNT;
                row.next.push(*next);
                row.weights.push((count - DISCOUNT) as f32);
                row.together.push(((f64::from(bend.together) + 0.25) / (count + 0.5)) as f32);
            }
            if !row.next.is_empty() {
                row.stays = (kept / total) as f32;
                rows.insert(bends[0].0.0, row);
            }
        }
        Self(rows)
    }

    pub(crate) fn get(&self, key: u64) -> Option<&Row> {
        self.0.get(&key)
    }

    pub(crate) fn entries(&self) -> usize {
        self.0.values().map(|row| row.next.len()).sum()
    }

    pub(crate) fn is_sound(&self, codes: usize) -> bool {
        self.0.values().all(|row| {
            let (n, share) = (row.next.len(), |x: &f32| (0.0..=1.0).contains(x));
            n > 0
                && row.weights.len() == n
                && row.together.len() == n
                && row.next.iter().all(|&code| (code as usize) < codes)
                && row.next.windows(2).all(|pair| pair[0] < pair[1])
                && row.weights.iter().all(|x| x.is_finite() && *x >= 0.0)
                && row.together.iter().all(share)
                && share(&row.stays)
        })
    }
}

impl Row {
    /// Whether it knows of `code`.
    pub(crate) fn has(&self, code: u32) -> bool {
        self.next.binary_search(&code).is_ok()
    }

    /// A place of the row by weights that both factors of `tilt` multiply, in competition with an end of `odds` against what
    /// the first alone makes of them; `None` where all are 0.
    pub(crate) fn draw(
        &self,
        scratch: &mut Vec<f32>,
        odds: f64,
        mut tilt: impl FnMut(u32) -> [f32; 2],
        rng: &mut ChaCha8Rng,
    ) -> Option<Step> {
        scratch.clear();
        let (mut total, mut plain) = (0.0, 0.0);
        for (&code, &weight) in self.next.iter().zip(&self.weights) {
            let [possible, likelier] = tilt(code);
            total += weight * possible * likelier;
            plain += weight * possible;
            scratch.push(total);
        }
        if total <= 0.0 || !total.is_finite() {
            return None;
        }
        let point = rng.random::<f64>() * (f64::from(total) + odds * f64::from(plain));
        if point >= f64::from(total) && odds > 0.0 {
            return Some(Step::End);
        }
        let place = scratch.partition_point(|&end| f64::from(end) <= point).min(self.next.len() - 1);
        Some(Step::To(place))
    }
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A place of the row.
    To(usize),
    /// The sitting is over.
    End,
}

/// Shares by key, each drawn to a rougher one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chances(BTreeMap<u64, f32>);

impl Chances {
    pub(crate) fn of(shares: &Shares, rougher: impl Fn(u64) -> Option<u64>) -> Self {
        let chance = |key: u64| {
            let mut path: Vec<u64> = std::iter::successors(Some(key), |&key| rougher(key)).collect();
            path.reverse();
            let told = path.iter().filter_map(|key| shares.0.get(key));
            let first = told.clone().next().map_or(0.0, |&[n, so]| f64::from(so) / f64::from(n.max(1)));
            told.fold(first, |rough, &[n, so]| (f64::from(so) + BACKOFF * rough) / (f64::from(n) + BACKOFF))
        };
        let mut keys: Vec<u64> = shares
            .0
            .keys()
            .copied()
            .filter(|&key| rougher(key).is_none() || shares.0[&key][0] >= LEAST)
            .collect();
        keys.sort_unstable();
        Self(keys.into_iter().map(|key| (key, chance(key) as f32)).collect())
    }

    /// The chance of the finest of `keys`, which go from rough to fine, that has one.
    pub(crate) fn at(&self, keys: &[u64]) -> Option<f64> {
        keys.iter().rev().find_map(|key| self.0.get(key)).map(|&share| f64::from(share))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.0.values().all(|x| (0.0..=1.0).contains(x))
    }
}

/// Types of sittings by what came before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Types(BTreeMap<u64, (Vec<u32>, Vec<f64>)>);

impl Types {
    /// From counts by key and type.
    pub(crate) fn of(counts: &HashMap<(u64, u32), u32>) -> Self {
        let mut all: Vec<((u64, u32), u32)> = counts.iter().map(|(&key, &n)| (key, n)).collect();
        all.sort_unstable();
        let share = |key: u64, kind: u32| {
            let total: u32 = all[all.partition_point(|((other, _), _)| *other < key)..]
                .iter()
                .take_while(|((other, _), _)| *other == key)
                .map(|(_, n)| n)
                .sum();
            f64::from(counts.get(&(key, kind)).copied().unwrap_or(0)) / f64::from(total.max(1))
        };
        let mut rows = BTreeMap::new();
        for row in all.chunk_by(|a, b| a.0.0 == b.0.0) {
            let key = row[0].0.0;
            let total: u32 = row.iter().map(|(_, n)| n).sum();
            // News that do not change the type are none; keys without silence are the roughest, and always there.
            let is_kept = if key & NEWS == 0 {
                total >= 2 * LEAST || key.trailing_zeros() >= 24
            } else {
                let divergence = row.iter().map(|((_, kind), n)| {
                    let (own, rough) =
                        (f64::from(*n) / f64::from(total), share(key & !NEWS & !0xffff, *kind));
                    own * (own / rough.max(1e-9)).ln()
                });
                let divergence: f64 = divergence.sum();
                total >= 2 * LEAST && divergence > 0.05 && divergence * f64::from(total) > 20.0
            };
            if is_kept {
                let kinds = row.iter().map(|((_, kind), _)| *kind).collect();
                let sums = row.iter().scan(0.0, |sum, (_, n)| {
                    *sum += f64::from(*n);
                    Some(*sum)
                });
                rows.insert(key, (kinds, sums.collect()));
            }
        }
        Self(rows)
    }

    /// A type by the finest of `keys`, which go from rough to fine, that has a row.
    pub(crate) fn draw(&self, keys: &[u64], rng: &mut ChaCha8Rng) -> Option<u32> {
        let (kinds, running) = keys.iter().rev().find_map(|key| self.0.get(key))?;
        let point = rng.random::<f64>() * running.last()?;
        kinds.get(running.partition_point(|&end| end <= point).min(kinds.len() - 1)).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_sound(&self, is_kind: impl Fn(u32) -> bool) -> bool {
        self.0.values().all(|(kinds, running)| {
            !kinds.is_empty()
                && kinds.len() == running.len()
                && kinds.iter().all(|&kind| is_kind(kind))
                && running.windows(2).all(|pair| pair[0] <= pair[1])
                && running.iter().all(|x| x.is_finite())
        })
    }
}
