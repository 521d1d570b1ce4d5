//! How long is it silent, given what came before, and who dies meanwhile?

use super::keys::NEWS;
use super::story::BANDS;
use super::tally::Exits;
use crate::lives::clock::{self, stretches};
use crate::lives::vocabulary::ANCHORS;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Exits below which a key has no law of its own.
const LEAST: u32 = 20;
/// Exits' weight of the rougher law, per stretch.
const BACKOFF: f64 = 5.0;
/// Chi-square that the deaths of an anchor must reach.
const EVIDENCE: f64 = 15.0;

/// Hazards by stretch of silence, for keys from rough to fine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waits(BTreeMap<u64, Vec<f32>>);

impl Waits {
    /// From counted exits; `rougher` gives the key that a key falls back to.
    ///
    /// # Source
    /// Discrete hazards with censoring: Kaplan and Meier 1958 (`kaplan1958`), each drawn towards that of the rougher key.
    pub(crate) fn of(exits: &Exits, rougher: impl Fn(u64) -> Option<u64>) -> Self {
        let mut keys: Vec<u64> = exits.0.keys().copied().collect();
        // Rough keys are shorter numbers: their parents come first.
        keys.sort_unstable_by_key(|&key| (depth(key, &rougher), key));
        let mut waits = Self::default();
        for key in keys {
            let counts = &exits.0[&key];
            if rougher(key).is_some() && counts.iter().map(|[_, all]| all).sum::<u32>() < LEAST {
                continue;
            }
            let parent = waits.finest(key, &rougher).cloned();
            if key & NEWS != 0 && !parent.as_ref().is_some_and(|parent| is_other(counts, parent)) {
                continue;
            }
            let mut at_risk: f64 = counts.iter().map(|&[_, all]| f64::from(all)).sum();
            let mut hazards = Vec::with_capacity(counts.len());
            for (at, &[events, all]) in counts.iter().enumerate() {
                let (events, all) = (f64::from(events), f64::from(all));
                // Who is lost within a stretch was at risk for half of it: the life table's convention.
                let risk = at_risk - (all - events) / 2.0;
                let hazard = match &parent {
                    Some(parent) => (events + BACKOFF * f64::from(parent[at])) / (risk + BACKOFF),
                    None if risk > 0.0 => events / risk,
                    None => 0.0,
                };
                hazards.push(hazard.clamp(0.0, 1.0) as f32);
                at_risk -= all;
            }
            waits.0.insert(key, hazards);
        }
        waits
    }

    fn finest(&self, key: u64, rougher: &impl Fn(u64) -> Option<u64>) -> Option<&Vec<f32>> {
        let mut at = rougher(key);
        while let Some(key) = at {
            if let Some(hazards) = self.0.get(&key) {
                return Some(hazards);
            }
            at = rougher(key);
        }
        None
    }

    /// The law of the finest of `keys`, which go from rough to fine, that has one.
    pub(crate) fn law(&self, keys: &[u64]) -> &[f32] {
        keys.iter().rev().find_map(|key| self.0.get(key)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.0
            .values()
            .all(|hazards| hazards.len() == stretches() && hazards.iter().all(|h| (0.0..=1.0).contains(h)))
    }
}

/// Whether exits are far from what hazards expect: news that change the plan, and not a little more of the same.
fn is_other(counts: &[[u32; 2]], hazards: &[f32]) -> bool {
    let mut at_risk: f64 = counts.iter().map(|&[_, all]| f64::from(all)).sum();
    let (mut square, mut stretches, mut events) = (0.0, 0.0, 0.0);
    for (&[came, all], &hazard) in counts.iter().zip(hazards) {
        let (came, expected) = (f64::from(came), at_risk * f64::from(hazard));
        if expected > 1.0 {
            square += (came - expected).powi(2) / (expected * (1.0 - f64::from(hazard)).max(1e-3));
            stretches += 1.0;
        }
        events += came;
        at_risk -= f64::from(all);
    }
    events >= 50.0 && square > 2.0 * stretches + 40.0 && square > 0.5 * events
}

fn depth(key: u64, rougher: &impl Fn(u64) -> Option<u64>) -> usize {
    std::iter::successors(rougher(key), |&key| rougher(key)).count()
}

/// The stretch at which a share of all is reached under `hazards`, each raised by a factor; `None` when it never is.
pub(crate) fn reached(hazards: &[f32], factor: f64, share: f64) -> Option<usize> {
    let mut left = 1.0;
    for (at, &hazard) in hazards.iter().enumerate() {
        left *= (1.0 - f64::from(hazard)).powf(factor);
        if 1.0 - left > share {
            return Some(at);
        }
    }
    None
}

/// The share of all that is reached at last under `hazards`, each raised by a factor.
pub(crate) fn whole(hazards: &[f32], factor: f64) -> f64 {
    1.0 - hazards.iter().map(|&hazard| (1.0 - f64::from(hazard)).powf(factor)).product::<f64>()
}

/// The share of all that is reached in the middle of a stretch.
pub(crate) fn share(hazards: &[f32], stretch: usize) -> f64 {
    let mut left = 1.0;
    for &hazard in hazards.iter().take(stretch) {
        left *= 1.0 - f64::from(hazard);
    }
    1.0 - left * (1.0 - f64::from(hazards.get(stretch).copied().unwrap_or(0.0)) / 2.0)
}

/// How often each day of a stretch comes, where days were counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Days(pub(crate) BTreeMap<u32, Vec<u32>>);

impl Days {
    /// A silence of that stretch after a sitting of that type.
    pub(crate) fn draw(&self, kind: u32, stretch: usize, rng: &mut ChaCha8Rng) -> i64 {
        if let (Some(days), Some(counts)) = (clock::days(stretch), self.0.get(&kind)) {
            let total: u32 = days.clone().map(|day| counts[day]).sum();
            if total > 0 {
                let mut point = rng.random_range(0..total);
                for day in days {
                    if point < counts[day] {
                        return day as i64 * verosim_timeline::event::instant::DAY;
                    }
                    point -= counts[day];
                }
            }
        }
        clock::span(stretch, rng)
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.0.values().all(|days| {
            days.len() == clock::COUNTED_DAYS + 1
                && days.iter().map(|&n| u64::from(n)).sum::<u64>() < u64::from(u32::MAX)
        })
    }
}

/// The anchor that tells most of death beside age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mortal {
    pub(crate) anchor: u32,
    /// Factors of the hazard by band of age, with it and without: their mean over the days of the band is 1.
    pub(crate) factors: Vec<[f64; 2]>,
}

impl Mortal {
    /// From days and deaths by band, of all and of those with each anchor.
    ///
    /// # Source
    /// Rate ratios over bands of age: Mantel and Haenszel 1959 (`mantel1959`).
    pub(crate) fn of(lived: &[[u64; 2]]) -> Option<Self> {
        let all = &lived[..BANDS];
        let mut best: Option<(f64, usize, f64)> = None;
        for anchor in 0..ANCHORS {
            let with = &lived[(anchor + 1) * BANDS..][..BANDS];
            let (mut top, mut bottom, mut seen, mut expected, mut variance) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for ([days, deaths], [days_with, deaths_with]) in all.iter().zip(with) {
                let (t, d) = (*days as f64, *deaths as f64);
                let (t1, d1) = (*days_with as f64, *deaths_with as f64);
                if t <= 0.0 {
                    continue;
                }
                top += d1 * (t - t1) / t;
                bottom += (d - d1) * t1 / t;
                seen += d1;
                expected += d * t1 / t;
                variance += d * t1 * (t - t1) / (t * t);
            }
            if variance <= 0.0 || bottom <= 0.0 || top <= 0.0 {
                continue;
            }
            let evidence = f64::powi(seen - expected, 2) / variance;
            if evidence > EVIDENCE && best.is_none_or(|(most, ..)| evidence > most) {
                best = Some((evidence, anchor, top / bottom));
            }
        }
        let (_, anchor, ratio) = best?;
        let with = &lived[(anchor + 1) * BANDS..][..BANDS];
        let factors = all.iter().zip(with).map(|([days, _], [days_with, _])| {
            let share = *days_with as f64 / (*days).max(1) as f64;
            let without = 1.0 / (1.0 + share * (ratio - 1.0));
            [ratio * without, without]
        });
        Some(Self { anchor: anchor as u32, factors: factors.collect() })
    }

    pub(crate) fn is_sound(&self) -> bool {
        (self.anchor as usize) < ANCHORS
            && self.factors.len() == BANDS
            && self.factors.iter().flatten().all(|x| x.is_finite() && *x >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn hazards_allow_for_those_lost_and_never_is_an_answer() {
        // Of a hundred, forty come in stretch 3; twenty are lost in stretch 5; forty never come.
        let mut exits = vec![[0; 2]; stretches()];
        exits[3] = [40, 40];
        exits[5] = [0, 20];
        exits[60] = [0, 40];
        let waits = Waits::of(&Exits(HashMap::from([(0, exits)])), |_| None);
        let law = waits.law(&[0, 77]);
        assert!((f64::from(law[3]) - 0.4).abs() < 1e-6);
        assert_eq!(
            (reached(law, 1.0, 0.39), reached(law, 1.0, 0.41), reached(law, 2.0, 0.41)),
            (Some(3), None, Some(3))
        );
        assert!((share(law, 3) - 0.2).abs() < 1e-6 && (share(law, 9) - 0.4).abs() < 1e-6);
    }

    #[test]
    fn the_deadly_anchor_is_found_and_its_factors_average_to_one() {
        let mut lived = vec![[0, 0]; BANDS * (ANCHORS + 1)];
        for band in 3..9 {
            lived[band] = [1_000_000, 100 * band as u64];
            // Half as many days, two thirds of the deaths: a ratio of two where a third of the days is theirs.
            lived[5 * BANDS + band] = [333_333, 50 * band as u64];
            lived[6 * BANDS + band] = [333_333, 33 * band as u64];
        }
        let mortal = Mortal::of(&lived).unwrap();
        assert_eq!(mortal.anchor, 4);
        let [with, without] = mortal.factors[5];
        assert!((with / without - 2.0).abs() < 0.01 && (with / 3.0 + without * 2.0 / 3.0 - 1.0).abs() < 0.01);
        assert!(mortal.is_sound());
    }
}
