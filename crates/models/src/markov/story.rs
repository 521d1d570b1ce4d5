//! What has happened to a person so far, as far as it bears on what comes next?

use crate::lives::vocabulary::Vocabulary;
use verosim_timeline::event::instant::years_between;
use verosim_timeline::{Kind, Sex};

/// Upper ends of bands of age, in years.
const AGES: [f64; 9] = [1.0, 12.0, 18.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0];
/// Bands of age, and one for unknown ages.
pub(crate) const BANDS: usize = AGES.len() + 2;
/// Sexes times bands of age.
pub(crate) const CELLS: usize = 3 * BANDS;
/// Bands of how much a person has had.
pub(crate) const BURDENS: usize = 5;
/// Ages that values may turn at, in years.
const TURNS: [f64; 7] = [2.0, 12.0, 18.0, 30.0, 45.0, 60.0, 75.0];
/// Bits of a [`Story::mask`]: anchors, female, turns of age.
pub(crate) const BITS: u32 = crate::lives::vocabulary::ANCHORS as u32 + 1 + TURNS.len() as u32;

/// The band of an age.
pub(crate) fn band(age: Option<f64>) -> usize {
    age.map_or(BANDS - 1, |age| AGES.partition_point(|&end| end <= age))
}

/// The cell of a sex and an age.
pub(crate) fn cell(sex: Sex, age: Option<f64>) -> usize {
    sex as usize * BANDS + band(age)
}

/// What every code is to stories.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    /// Number of an anchor, or 255.
    anchor: Vec<u8>,
    /// People of each anchor.
    people: Vec<u32>,
    is_condition: Vec<bool>,
}

impl Roles {
    pub(crate) fn of(vocabulary: &Vocabulary) -> Self {
        let mut anchor = vec![u8::MAX; vocabulary.len()];
        for (number, &code) in vocabulary.anchors.iter().enumerate() {
            anchor[code as usize] = number as u8;
        }
        let is_condition =
            vocabulary.words.iter().map(|word| Kind::of(&word.code) == Kind::Condition).collect();
        let people = vocabulary.anchors.iter().map(|&code| vocabulary.words[code as usize].people).collect();
        Self { anchor, people, is_condition }
    }

    /// The number of an anchor.
    pub(crate) fn anchor(&self, code: u32) -> Option<usize> {
        self.anchor.get(code as usize).filter(|&&number| number != u8::MAX).map(|&number| number as usize)
    }

    /// The anchor among `bits` that fewest people have: what there is to tell of a sitting.
    pub(crate) fn news(&self, bits: u64) -> Option<usize> {
        let there = (0..self.people.len()).filter(|&number| bits >> number & 1 == 1);
        there.min_by_key(|&number| (self.people[number], number))
    }

    /// The bit of an anchor; 0 for other codes.
    fn bit(&self, code: u32) -> u64 {
        self.anchor(code).map_or(0, |number| 1 << number)
    }
}

/// When a person had a code last, before the present sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Had {
    Never,
    Earlier,
    LastTime,
}

/// A life so far. Codes are told sitting by sitting.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) sex: Sex,
    pub(crate) birth: Option<i64>,
    /// Sittings so far, without the present one.
    pub(crate) sittings: u32,
    /// Anchors of all sittings before the present one.
    pub(crate) ever: u64,
    /// Anchors of the last sitting.
    pub(crate) last: u64,
    /// Anchors of the present sitting.
    pub(crate) now: u64,
    conditions: u32,
    /// Per code: numbers, from 1, of the last sitting that it came in, and of the one before.
    seen: Vec<[u32; 2]>,
    /// Codes that came at all.
    touched: Vec<u32>,
}

impl Story {
    pub(crate) fn new(codes: usize) -> Self {
        Self {
            sex: Sex::Other,
            birth: None,
            sittings: 0,
            ever: 0,
            last: 0,
            now: 0,
            conditions: 0,
            seen: vec![[0; 2]; codes],
            touched: Vec::new(),
        }
    }

    /// Begins another person's.
    pub(crate) fn begin(&mut self, sex: Sex, birth: Option<i64>) {
        for code in self.touched.drain(..) {
            self.seen[code as usize] = [0; 2];
        }
        (self.sex, self.birth, self.sittings, self.conditions) = (sex, birth, 0, 0);
        (self.ever, self.last, self.now) = (0, 0, 0);
    }

    /// Age in years.
    pub(crate) fn age(&self, time: i64) -> Option<f64> {
        self.birth.map(|birth| years_between(birth, time).max(0.0))
    }

    pub(crate) fn had(&self, code: u32) -> Had {
        let [last, before] = self.seen[code as usize];
        match if last == self.sittings + 1 { before } else { last } {
            0 => Had::Never,
            at if at == self.sittings => Had::LastTime,
            _ => Had::Earlier,
        }
    }

    /// Whether a code came in the present sitting.
    pub(crate) fn has(&self, code: u32) -> bool {
        self.seen[code as usize][0] == self.sittings + 1
    }

    /// A code comes in the present sitting.
    pub(crate) fn tell(&mut self, code: u32, roles: &Roles) {
        let [last, before] = &mut self.seen[code as usize];
        if *last == self.sittings + 1 {
            return;
        }
        if *last == 0 {
            self.touched.push(code);
            self.conditions += u32::from(roles.is_condition[code as usize]);
        }
        (*before, *last) = (*last, self.sittings + 1);
        self.now |= roles.bit(code);
    }

    /// The present sitting is over.
    pub(crate) fn close(&mut self) {
        self.ever |= self.now;
        self.last = self.now;
        self.now = 0;
        self.sittings += 1;
    }

    /// All codes that came so far.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.touched
    }

    /// How much the person has had: distinct conditions in bands of 0, 1, 2 and 3, 4 to 7, more.
    pub(crate) fn burden(&self) -> usize {
        match self.conditions {
            0 => 0,
            1 => 1,
            2 | 3 => 2,
            4..=7 => 3,
            _ => BURDENS - 1,
        }
    }

    /// Bits that values may hang on, see [`BITS`].
    pub(crate) fn mask(&self, time: i64) -> u64 {
        let shift = crate::lives::vocabulary::ANCHORS;
        let mut mask = self.ever | self.now;
        mask |= u64::from(self.sex == Sex::Female) << shift;
        if let Some(age) = self.age(time) {
            for (at, turn) in TURNS.iter().enumerate() {
                mask |= u64::from(age >= *turn) << (shift + 1 + at);
            }
        }
        mask
    }
}

/// Bands of how many events a sitting has so far: 0, 1, 2, then by powers of two.
pub(crate) fn size_band(n: usize) -> u64 {
    if n < 3 { n as u64 } else { (2 + (n - 1).ilog2()) as u64 }
}

/// Bands of how long a sitting lasts: up to a day, three, a week, two, more.
pub(crate) fn length_band(span: i64) -> u64 {
    let days = span as f64 / verosim_timeline::event::instant::DAY as f64;
    [0.0, 1.0, 3.0, 7.0, 14.0].partition_point(|&end| end < days) as u64
}

/// Bands of silence before a sitting: a day, a month, half a year, more.
pub(crate) fn silence_band(span: i64) -> u64 {
    let days = span as f64 / verosim_timeline::event::instant::DAY as f64;
    [1.0, 31.0, 183.0].partition_point(|&end| end < days) as u64
}
