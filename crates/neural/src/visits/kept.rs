//! What is saved of the law of counts, and how is it read again?

use super::base::{ClassLaw, Counted, Mix};
use super::book::Index;
use super::field::FOLDS;
use super::rates::RATED;
use super::table::{OTHERS, Table};
use super::tally::{LEVELS, Pair, Parts, class_of};
use super::tilt::{Tilts, WHATS, What};
use super::when::When;
use crate::Masks;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// What is saved of the law: numbers of events, none of fewer people than the setting says. Under the last place of all stand
/// tokens that are of fewer people each, and not together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plain {
    singles: Vec<Vec<u32>>,
    /// Per class; -1 for a level that does not help.
    weights: Vec<Vec<f32>>,
    /// Per level: contexts, tokens by position in their class, and counts.
    contexts: Vec<Vec<u64>>,
    places: Vec<Vec<u16>>,
    counts: Vec<Vec<u32>>,
    /// Per turn that has them, and place among what comes in a stay.
    rates: Vec<Vec<f32>>,
    /// Per turn and step of how often something followed.
    mixes: Vec<Vec<Mix>>,
    heed: f32,
    tilts: Vec<Tilt>,
    shares: Vec<f32>,
}

/// Factors of a circumstance that are not 1, by place.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tilt {
    what: u8,
    when: u8,
    places: Vec<u16>,
    factors: Vec<f32>,
}

impl Counted {
    pub(super) fn save(&self) -> Plain {
        let mut plain = Plain {
            singles: self.classes.iter().map(|law| law.rows.iter().map(|pair| pair.all).collect()).collect(),
            weights: self
                .classes
                .iter()
                .map(|law| law.weights.iter().map(|w| if w.is_finite() { *w } else { -1.0 }).collect())
                .collect(),
            contexts: Vec::new(),
            places: Vec::new(),
            counts: Vec::new(),
            rates: RATED.map(|turn| self.classes[self.parts.class_at(turn)].shares[0].clone()).to_vec(),
            mixes: self.mixes.iter().map(|mixes| mixes.to_vec()).collect(),
            heed: self.heed,
            tilts: self.tilts.save(),
            shares: self.shares.clone(),
        };
        for table in &self.tables {
            let mut cells: Vec<_> = table.of.iter().collect();
            cells.sort_unstable_by_key(|cell| cell.0);
            let (mut contexts, mut places, mut counts) = (Vec::new(), Vec::new(), Vec::new());
            for (&key, cell) in cells {
                let others = (cell.others.all > 0).then_some((OTHERS, cell.others));
                for &(place, pair) in table.pairs[cell.from..cell.to].iter().chain(&others) {
                    contexts.push(key);
                    places.push(place);
                    counts.push(pair.all);
                }
            }
            plain.contexts.push(contexts);
            plain.places.push(places);
            plain.counts.push(counts);
        }
        plain
    }

    /// Reads the law for the classes of `index`.
    pub(super) fn load(plain: Plain, masks: &Masks, index: &Index) -> Result<Self, String> {
        let wrong = |what: &str| format!("the counts do not fit the tokens: {what}");
        let parts = Parts::new(index);
        let n = parts.len();
        if plain.singles.len() != n || plain.weights.len() != n || parts.inside >= masks.classes() {
            return Err(wrong("classes"));
        }
        let mut classes = Vec::new();
        for (class, (rows, weights)) in plain.singles.iter().zip(plain.weights).enumerate() {
            if rows.len() != parts.choices(class, masks) {
                return Err(wrong("tokens of a class"));
            }
            if weights.len() > LEVELS || weights.iter().any(|w| !w.is_finite() || (*w <= 0.0 && *w != -1.0)) {
                return Err(wrong("weights"));
            }
            let weights = weights.into_iter().map(|w| if w < 0.0 { f32::INFINITY } else { w }).collect();
            let rows = rows.iter().map(|&all| Pair::of(all.min(1 << 30))).collect();
            classes.push(ClassLaw { rows, weights, shares: Vec::new() });
        }
        let mut tables = Vec::new();
        for ((contexts, places), counts) in plain.contexts.iter().zip(&plain.places).zip(&plain.counts) {
            if contexts.len() != places.len() || contexts.len() != counts.len() {
                return Err(wrong("lengths of lists"));
            }
            let mut sorted = Vec::with_capacity(contexts.len());
            for ((&context, &place), &count) in contexts.iter().zip(places).zip(counts) {
                let class = class_of(context);
                let is_known = place == OTHERS || usize::from(place) < parts.choices(class, masks);
                if class >= n || !is_known || count == 0 {
                    return Err(wrong("a pair"));
                }
                sorted.push(((context, place), Pair::of(count.min(1 << 30))));
            }
            if sorted.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                return Err(wrong("order of pairs"));
            }
            tables.push(Table::from_sorted(&sorted));
        }
        if tables.len() > LEVELS {
            return Err(wrong("levels"));
        }
        let mut law = Self::new(classes, tables, parts, masks);
        law.take_shares();
        let choices = masks.allowed(law.parts.inside as u16).len();
        let within = |x: &f32| (0.0..=1e6).contains(x);
        if plain.rates.len() != RATED.len()
            || plain.rates.iter().any(|rates| rates.len() != choices || !rates.iter().all(within))
        {
            return Err(wrong("rates"));
        }
        for (turn, rates) in RATED.iter().zip(plain.rates) {
            let class = law.parts.class_at(*turn);
            law.classes[class].shares = vec![rates; FOLDS + 1];
        }
        let places = |what: What| what.places(masks.allowed(index.class(what.part())).len());
        law.tilts = Tilts::load(&plain.tilts, places).ok_or_else(|| wrong("factors"))?;
        if plain.shares.iter().any(|share| !(0.0..=1.0).contains(share)) {
            return Err(wrong("shares of the network"));
        }
        law.shares = plain.shares;
        law.heed = plain.heed.clamp(0.0, 1.0);
        if plain.mixes.len() != law.mixes.len() || !plain.heed.is_finite() {
            return Err(wrong("shares"));
        }
        for (mixes, saved) in law.mixes.iter_mut().zip(plain.mixes) {
            if saved.len() != mixes.len() || saved.iter().flatten().any(|x| !(0.0..=1.0).contains(x)) {
                return Err(wrong("shares"));
            }
            mixes.copy_from_slice(&saved);
        }
        Ok(law)
    }
}

impl Tilts {
    fn save(&self) -> Vec<Tilt> {
        let mut kept: Vec<Tilt> = self
            .factors
            .iter()
            .map(|(&(what, when), folds)| {
                let factors = folds[0].iter().zip(0..).filter(|factor| *factor.0 != 1.0);
                let (factors, places) = factors.unzip();
                Tilt { what: what as u8, when: when.number(), places, factors }
            })
            .collect();
        kept.sort_by_key(|kept| (kept.what, kept.when));
        kept
    }

    /// Reads factors; `None` where they do not fit what they are of.
    fn load(kept: &[Tilt], places: impl Fn(What) -> usize) -> Option<Self> {
        let mut read = HashMap::new();
        for kept in kept {
            let what = *WHATS.get(usize::from(kept.what))?;
            let mut all = vec![1.0; places(what)];
            if kept.places.len() != kept.factors.len() {
                return None;
            }
            for (&place, &factor) in kept.places.iter().zip(&kept.factors) {
                *all.get_mut(usize::from(place)).filter(|_| (0.0..=1e6).contains(&factor))? = factor;
            }
            read.insert((what, When::of_number(kept.when)?), vec![all]);
        }
        Some(Self { factors: read })
    }
}
