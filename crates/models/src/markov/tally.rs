//! What is counted of everybody's lives?
//!
//! Whole numbers and sketches only, so that parts counted apart can be put together in any order with the same result, and
//! memory grows with codes and with pairs of codes that follow each other, and not with people.

use super::appetite::Appetites;
use super::keys::LEVELS;
use super::story::BANDS;
use crate::lives::clock::{COUNTED_DAYS, stretches};
use crate::lives::sketch::Sketch;
use crate::lives::vocabulary::{ANCHORS, Vocabulary};
use std::collections::{BTreeMap, HashMap};
use verosim_timeline::event::STATIC;

/// Spans kept per code.
const SPANS: usize = 512;

/// What happens at one bend of a chain, and to how many people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bend {
    pub(crate) count: u32,
    pub(crate) people: u32,
    last: i64,
    /// How often without a pause.
    pub(crate) together: u32,
}

/// Bends by what was there and what comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bends(HashMap<(u64, u32), Bend>);

impl Bends {
    pub(super) fn add(&mut self, key: u64, next: u32, person: i64, together: bool) {
        let bend = self.0.entry((key, next)).or_insert(Bend { last: STATIC, ..Bend::default() });
        bend.count += 1;
        bend.together += u32::from(together);
        bend.people += u32::from(bend.last != person);
        bend.last = person;
    }

    fn merge(&mut self, other: Self) {
        for (key, bend) in other.0.into_iter().collect::<Vec<_>>() {
            let mine = self.0.entry(key).or_default();
            mine.count += bend.count;
            mine.people += bend.people;
            mine.together += bend.together;
        }
    }

    /// All of them in order.
    pub(crate) fn sorted(self) -> Vec<((u64, u32), Bend)> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by_key(|&(key, _)| key);
        all
    }
}

/// Times and times that it was so, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares(pub(crate) HashMap<u64, [u32; 2]>);

impl Shares {
    pub(super) fn add(&mut self, key: u64, is_so: bool) {
        let share = self.0.entry(key).or_default();
        share[0] += 1;
        share[1] += u32::from(is_so);
    }

    fn merge(&mut self, other: Self) {
        for (key, share) in other.0.into_iter().collect::<Vec<_>>() {
            let mine = self.0.entry(key).or_default();
            mine[0] += share[0];
            mine[1] += share[1];
        }
    }
}

/// Exits from silence by stretch: what was waited for, and all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exits(pub(crate) HashMap<u64, Vec<[u32; 2]>>);

impl Exits {
    pub(super) fn add(&mut self, key: u64, stretch: usize, is_so: bool) {
        let exits = self.0.entry(key).or_insert_with(|| vec![[0; 2]; stretches()]);
        exits[stretch][0] += u32::from(is_so);
        exits[stretch][1] += 1;
    }

    fn merge(&mut self, other: Self) {
        for (key, exits) in other.0.into_iter().collect::<Vec<_>>() {
            let mine = self.0.entry(key).or_insert_with(|| vec![[0; 2]; stretches()]);
            for (mine, more) in mine.iter_mut().zip(exits) {
                mine[0] += more[0];
                mine[1] += more[1];
            }
        }
    }
}

/// A value with what it may hang on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valued {
    pub(crate) value: f32,
    pub(crate) mask: u64,
    /// The same person's last values of this code, latest first.
    pub(crate) before: [(f32, u64); 2],
    /// The numeric event before this one in the same sitting: its code, value and mask.
    pub(crate) beside: Option<(u32, f32, u64)>,
}

/// What is counted of one code.
#[derive(Clone, Debug)]
pub(crate) struct CodeTally {
    pub(crate) numbers: u64,
    /// By text of the vocabulary, and none.
    pub(crate) texts: Vec<u64>,
    /// Pairs of texts of one person that follow each other, and those that are equal.
    pub(crate) same: [u64; 2],
    pub(crate) ended: u64,
    pub(crate) spans: Sketch<i64>,
    pub(crate) values: Option<Sketch<Valued>>,
    /// Pauses before it, by stretch; without those that are none.
    pub(crate) pauses: Vec<u32>,
    /// Times in sittings that last, and those at the very end.
    pub(crate) closes: [u64; 2],
    /// Sittings with it, and those with more than one.
    pub(crate) repeats: [u32; 2],
}

/// Silences of one person that follow each other: where each began, and how long it was.
pub(crate) type Silences = [(u64, i64); 3];

/// Everything that is counted.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) people: u64,
    /// People by their static codes.
    pub(crate) statics: BTreeMap<Vec<u32>, u32>,
    pub(crate) births: u64,
    /// People without a sitting.
    pub(crate) idle: u64,
    /// Age in days at the first sitting, by sex.
    pub(crate) ages: [Sketch<i64>; 3],
    pub(crate) entries: Sketch<i64>,
    pub(crate) type_rows: HashMap<(u64, u32), u32>,
    /// Events that wait, by [`silence_keys`].
    pub(crate) silences: Exits,
    /// Deaths between sittings, by cell.
    pub(crate) deaths: Exits,
    /// Deaths in sittings, by type and cell.
    pub(crate) fatal: Shares,
    /// Days lived and deaths, by band of age: of all, then of those with each anchor.
    pub(crate) lived: Vec<[u64; 2]>,
    pub(crate) successive: Sketch<Silences>,
    /// Sittings of people who came often, after which they could be away five times as long as ever: all, those who then
    /// did not come again, those who did.
    pub(crate) leaving: [u64; 3],
    /// Sittings, and their squares over people with any.
    pub(crate) sittings: [u64; 2],
    pub(crate) days: HashMap<u32, Vec<u32>>,
    pub(crate) hours: HashMap<u32, [u32; 24]>,
    pub(crate) months: [[u64; 2]; 12],
    pub(crate) next: [Bends; LEVELS],
    pub(crate) ends: Shares,
    pub(crate) codes: Vec<CodeTally>,
    pub(crate) appetites: Appetites,
}

impl Tally {
    pub(crate) fn new(vocabulary: &Vocabulary, values: usize) -> Self {
        let codes = vocabulary.words.iter().map(|word| CodeTally {
            numbers: 0,
            texts: vec![0; word.texts.len() + 1],
            same: [0; 2],
            ended: 0,
            spans: Sketch::new(SPANS),
            values: word.is_numeric.then(|| Sketch::new(values)),
            pauses: vec![0; stretches()],
            closes: [0; 2],
            repeats: [0; 2],
        });
        Self {
            people: 0,
            statics: BTreeMap::new(),
            births: 0,
            idle: 0,
            ages: [Sketch::new(4_096), Sketch::new(4_096), Sketch::new(4_096)],
            entries: Sketch::new(4_096),
            type_rows: HashMap::new(),
            silences: Exits::default(),
            deaths: Exits::default(),
            fatal: Shares::default(),
            lived: vec![[0; 2]; BANDS * (ANCHORS + 1)],
            successive: Sketch::new(8_192),
            leaving: [0; 3],
            sittings: [0; 2],
            days: HashMap::new(),
            hours: HashMap::new(),
            months: [[0; 2]; 12],
            next: Default::default(),
            ends: Shares::default(),
            codes: codes.collect(),
            appetites: Appetites::new(vocabulary),
        }
    }

    /// Puts two parts together.
    pub(crate) fn merge(&mut self, other: Self) {
        self.people += other.people;
        self.births += other.births;
        self.idle += other.idle;
        for (statics, n) in other.statics {
            *self.statics.entry(statics).or_default() += n;
        }
        self.ages.iter_mut().zip(other.ages).for_each(|(mine, more)| mine.merge(more));
        self.entries.merge(other.entries);
        for (key, n) in other.type_rows.into_iter().collect::<Vec<_>>() {
            *self.type_rows.entry(key).or_default() += n;
        }
        self.silences.merge(other.silences);
        self.deaths.merge(other.deaths);
        self.fatal.merge(other.fatal);
        for (mine, more) in self.lived.iter_mut().zip(other.lived) {
            mine[0] += more[0];
            mine[1] += more[1];
        }
        self.successive.merge(other.successive);
        self.leaving.iter_mut().zip(other.leaving).for_each(|(mine, more)| *mine += more);
        self.sittings.iter_mut().zip(other.sittings).for_each(|(mine, more)| *mine += more);
        for (key, days) in other.days.into_iter().collect::<Vec<_>>() {
            let mine = self.days.entry(key).or_insert_with(|| vec![0; COUNTED_DAYS + 1]);
            mine.iter_mut().zip(days).for_each(|(mine, more)| *mine += more);
        }
        for (key, hours) in other.hours.into_iter().collect::<Vec<_>>() {
            let mine = self.hours.entry(key).or_default();
            mine.iter_mut().zip(hours).for_each(|(mine, more)| *mine += more);
        }
        for (mine, more) in self.months.iter_mut().zip(other.months) {
            mine[0] += more[0];
            mine[1] += more[1];
        }
        self.next.iter_mut().zip(other.next).for_each(|(mine, more)| mine.merge(more));
        self.ends.merge(other.ends);
        for (mine, more) in self.codes.iter_mut().zip(other.codes) {
            mine.merge(more);
        }
        self.appetites.merge(&other.appetites);
    }

    /// Bytes in memory, about.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> u64 {
        let bends: usize = self.next.iter().map(|bends| bends.0.len()).sum();
        let values: usize = self
            .codes
            .iter()
            .map(|code| code.values.as_ref().map_or(0, Sketch::len) * 96 + code.spans.len() * 32)
            .sum();
        let exits = (self.silences.0.len() + self.deaths.0.len()) * stretches() * 8;
        let rows = self.type_rows.len() * 24 + (self.ends.0.len() + self.fatal.0.len()) * 24;
        (bends * 48 + values + exits + rows) as u64 + self.appetites.bytes()
    }
}

impl CodeTally {
    fn merge(&mut self, more: Self) {
        self.numbers += more.numbers;
        self.texts.iter_mut().zip(more.texts).for_each(|(mine, more)| *mine += more);
        self.ended += more.ended;
        self.spans.merge(more.spans);
        if let (Some(mine), Some(more)) = (self.values.as_mut(), more.values) {
            mine.merge(more);
        }
        self.pauses.iter_mut().zip(more.pauses).for_each(|(mine, more)| *mine += more);
        for at in 0..2 {
            self.same[at] += more.same[at];
            self.closes[at] += more.closes[at];
            self.repeats[at] += more.repeats[at];
        }
    }
}
