//! What do enough people have, and how are their numbers, gaps and dates spread?

use super::book::{Births, Book, Code, Slot};
use super::config::Config;
use super::course::{Course, DAY, Gap, Lens, YEAR, minute};
use super::pool::Pool;
use super::scale::{Cuts, Scale, grid};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use verosim_timeline::event::Person;
use verosim_timeline::{Events, Kind};

/// Numbers that are kept per code, and per scale of time.
const SAMPLE: usize = 2_048;
const TIMES: usize = 100_000;
/// Texts that are counted per code, and that are told of in all.
const TEXTS: usize = 500;
const ALL_TEXTS: usize = 2_000;
/// One in how many people with a word must have several of its codes, for them to be no facts.
const SEVERAL: u32 = 50;
/// Most codes that are told of.
const CODES: usize = 20_000;
/// Years at which bands of age begin.
const AGES: [f64; 19] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 18.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0,
    90.0,
];
/// Minutes and days at which bins of gaps begin.
const MINUTES: [f64; 12] = [0.5, 2.5, 5.5, 10.5, 20.5, 40.5, 59.5, 60.5, 120.5, 240.5, 480.5, 720.5];
const DAYS: [f64; 20] = [
    1.5, 2.5, 3.5, 5.5, 7.5, 10.5, 14.5, 21.5, 30.5, 45.5, 60.5, 90.5, 120.5, 180.5, 270.5, 365.5, 550.5,
    730.5, 1_096.5, 1_827.5,
];
/// Minutes at which bins of lengths begin.
const LENGTHS: [f64; 22] = [
    0.5,
    5.5,
    15.5,
    30.5,
    60.5,
    120.5,
    240.5,
    480.5,
    720.5,
    1_439.5,
    2_160.5,
    2_881.0,
    4_321.0,
    5_761.0,
    7_201.0,
    10_081.0,
    14_401.0,
    20_161.0,
    43_201.0,
    129_601.0,
    525_601.0,
    2_629_800.0,
];
/// People by whom the last minute, the first and the longest life are told.
type Tops = Vec<i64>;

/// What is known of one code.
struct Seen {
    people: u32,
    last: u32,
    numbers: Pool,
    /// Events with a number, a text, an end; and all.
    had: [u64; 4],
    texts: HashMap<Box<str>, (u32, u32)>,
}

/// Codes in one of the three places that they can be in.
#[derive(Default)]
struct Census {
    of: HashMap<Box<str>, usize>,
    seen: Vec<Seen>,
    /// Position of each level of the shard at hand.
    levels: Vec<usize>,
}

/// People who have a fact of one word, and of them those who have several, or one with a number or a text.
type Words = HashMap<Box<str>, [u32; 2]>;

/// Everything that is counted in a first pass over the people.
pub(super) struct Survey {
    statics: Census,
    words: Words,
    stays: Census,
    codes: Census,
    deaths: Census,
    pools: Vec<Pool>,
    births: [u64; 3],
    clocks: [u64; 3],
    last: Tops,
    first: Tops,
    lengths: Tops,
    pub(super) people: u32,
    pub(super) events: u64,
    least: usize,
}

const FIRST: usize = 0;
const AGE: usize = 1;
const CLOCK: usize = 2;
const GAPS: usize = 3;
const STEPS: usize = 5;
const SPANS: usize = 7;
const LENGTH: usize = 9;

impl Census {
    fn shard(&mut self, events: &Events) {
        self.levels.clear();
        self.levels.resize(events.codes().levels().len(), usize::MAX);
    }

    fn see(&mut self, events: &Events, row: usize, person: u32) {
        let level = events.codes().codes()[row] as usize;
        if self.levels[level] == usize::MAX {
            let code = events.codes().cell(row);
            let next = self.seen.len();
            let at = *self.of.entry(code.into()).or_insert(next);
            if at == next {
                self.seen.push(Seen {
                    people: 0,
                    last: u32::MAX,
                    numbers: Pool::new(SAMPLE),
                    had: [0; 4],
                    texts: HashMap::new(),
                });
            }
            self.levels[level] = at;
        }
        let seen = &mut self.seen[self.levels[level]];
        if seen.last != person {
            (seen.last, seen.people) = (person, seen.people + 1);
        }
        let number = events.numbers()[row];
        seen.had[3] += 1;
        if number.is_finite() {
            seen.had[0] += 1;
            seen.numbers.push(person, number);
        }
        seen.had[2] += u64::from(minute(events.ends()[row]).is_some());
        let Some(text) = text_of(events, row) else { return };
        seen.had[1] += 1;
        if let Some(known) = seen.texts.get_mut(text) {
            if known.1 != person {
                *known = (known.0 + 1, person);
            }
        } else if seen.texts.len() < TEXTS {
            seen.texts.insert(text.into(), (1, person));
        }
    }

    /// Codes of enough people, of most people first.
    fn common(self, least: usize) -> (Vec<(Box<str>, Seen)>, usize) {
        let all = self.of.len();
        let mut names: Vec<(Box<str>, usize)> = self.of.into_iter().collect();
        names.sort_unstable_by_key(|name| name.1);
        let mut common: Vec<(Box<str>, Seen)> = names
            .into_iter()
            .zip(self.seen)
            .map(|((name, _), seen)| (name, seen))
            .filter(|(_, seen)| seen.people as usize >= least)
            .collect();
        common.sort_by(|a, b| b.1.people.cmp(&a.1.people).then_with(|| a.0.cmp(&b.0)));
        common.truncate(CODES);
        let rare = all - common.len();
        (common, rare)
    }
}

/// The text of an event, unless it only repeats the number.
pub(super) fn text_of(events: &Events, row: usize) -> Option<&str> {
    let text = events.texts().cell(row);
    let repeats = events.numbers()[row].is_finite() && text.trim().parse::<f32>().is_ok();
    (!text.is_empty() && !repeats).then_some(text)
}

/// Keeps the `n` largest.
fn keep(tops: &mut Tops, value: i64, n: usize) {
    let at = tops.partition_point(|&top| top > value);
    if at < n {
        tops.insert(at, value);
        tops.truncate(n);
    }
}

impl Survey {
    pub(super) fn new(least: usize) -> Self {
        Self {
            statics: Census::default(),
            words: Words::new(),
            stays: Census::default(),
            codes: Census::default(),
            deaths: Census::default(),
            pools: (0..10).map(|_| Pool::new(TIMES)).collect(),
            births: [0; 3],
            clocks: [0; 3],
            last: Vec::new(),
            first: Vec::new(),
            lengths: Vec::new(),
            people: 0,
            events: 0,
            least,
        }
    }

    pub(super) fn shard(&mut self, events: &Events) {
        let lens = Lens::new(events);
        for census in [&mut self.statics, &mut self.stays, &mut self.codes, &mut self.deaths] {
            census.shard(events);
        }
        for person in events.people() {
            self.person(&person, &lens);
        }
    }

    fn person(&mut self, person: &Person<'_>, lens: &Lens) {
        let (events, who) = (person.events(), self.people);
        self.people += 1;
        self.events += person.len() as u64;
        let course = Course::new(person, lens);
        let mut words: BTreeMap<&str, bool> = BTreeMap::new();
        for row in course.statics.clone() {
            self.statics.see(events, row, who);
            let rich = events.numbers()[row].is_finite() || text_of(events, row).is_some();
            words.entry(word(person.code(row))).and_modify(|several| *several = true).or_insert(rich);
        }
        for (word, several) in words {
            let known = self.words.entry(word.into()).or_default();
            *known = [known[0] + 1, known[1] + u32::from(several)];
        }
        if let Some((_, row)) = course.death {
            self.deaths.see(events, row, who);
        }
        if let Some(birth) = course.birth {
            let day = birth.rem_euclid(DAY) == 0;
            let year = day && is_new_year(birth);
            self.births[if year { 0 } else { 1 + usize::from(!day) }] += 1;
        }
        let Some(start) = course.stays.first().map(|stay| stay.start) else { return };
        self.pools[FIRST].push(who, start.div_euclid(DAY) as f32);
        if let Some(birth) = course.birth {
            self.pools[AGE].push(who, (start - birth).max(0) as f32 / DAY as f32);
        }
        self.clock(who, start);
        let mut before: Option<(i64, i64)> = None;
        let mut tokens = 8;
        for stay in &course.stays {
            if let Some((from, to)) = before {
                self.gap(GAPS, who, from, to, stay.start);
            }
            if let Some(row) = stay.of {
                self.stays.see(events, row, who);
            }
            if let Some(end) = stay.end {
                self.gap(SPANS, who, stay.start, stay.start, end);
            }
            let mut at = stay.start;
            let mut rows: Vec<(i64, usize)> = stay.rows.clone();
            rows.sort_by_key(|row| row.0);
            for (time, row) in rows {
                self.codes.see(events, row, who);
                self.seconds(events.times()[row]);
                // Who goes to the end of a stay needs no step.
                if time > at && stay.end != Some(time) {
                    self.gap(STEPS, who, at, at, time);
                }
                at = time;
                self.length(who, time, minute(events.ends()[row]));
                tokens += 3;
            }
            tokens += 6;
            before = Some((stay.start, stay.close()));
        }
        let mut end = before.map_or(start, |before| before.1);
        if let (Some((death, _)), Some((_, to))) = (course.death, before) {
            self.gap(GAPS, who, to, to, death);
            end = end.max(death);
        }
        keep(&mut self.last, end, self.least);
        keep(&mut self.first, -start, self.least);
        keep(&mut self.lengths, tokens, self.least);
    }

    fn seconds(&mut self, micros: i64) {
        let second = micros.div_euclid(1_000_000).rem_euclid(60);
        self.clocks[0] += u64::from(second != 0);
        self.clocks[1] += u64::from(micros.div_euclid(60_000_000).rem_euclid(DAY) != 0);
        self.clocks[2] += 1;
    }

    fn clock(&mut self, who: u32, time: i64) {
        self.pools[CLOCK].push(who, time.rem_euclid(DAY) as f32);
    }

    fn gap(&mut self, pools: usize, who: u32, from: i64, to: i64, time: i64) {
        match Gap::new(from, to, time) {
            Gap::Within(_) => {}
            Gap::Minutes(minutes) => self.pools[pools].push(who, minutes as f32),
            Gap::Days(days) => {
                self.pools[pools + 1].push(who, days as f32);
                self.clock(who, time);
            }
        }
    }

    fn length(&mut self, who: u32, start: i64, end: Option<i64>) {
        if let Some(end) = end {
            self.pools[LENGTH].push(who, (end - start).max(0) as f32);
        }
    }

    /// What tokens can stand for, and how many codes too few people had.
    pub(super) fn book(mut self, config: &Config) -> (Book, usize) {
        let least = self.least;
        let pools: Vec<Vec<(f64, u32)>> =
            std::mem::take(&mut self.pools).into_iter().map(Pool::sorted).collect();
        let at =
            |pool: usize, cuts: &[f64]| Scale::new(&pools[pool], grid(&pools[pool]), Cuts::At(cuts), least);
        let hours: Vec<f64> =
            std::iter::once(0.5).chain((1..24).map(|hour| f64::from(hour) * 60.0 - 0.5)).collect();
        let ages = AGES.map(|years| years * YEAR);
        let length = at(LENGTH, &LENGTHS);
        let spans = [at(SPANS, &MINUTES), at(SPANS + 1, &DAYS)];
        let ends = [spans.iter().any(|span| span.bins() > 0), length.bins() > 0];
        let mut rare = 0;
        let mut texts: BTreeMap<Box<str>, u32> = BTreeMap::new();
        let mut take = |census: Census| {
            let (common, left) = census.common(least);
            rare += left;
            for (_, seen) in &common {
                for (text, &(people, _)) in seen.texts.iter().filter(|text| text.1.0 as usize >= least) {
                    let known = texts.entry(text.clone()).or_default();
                    *known = (*known).max(people);
                }
            }
            common
        };
        let (statics, stays, codes, deaths) =
            (take(self.statics), take(self.stays), take(self.codes), take(self.deaths));
        let mut common: Vec<(u32, Box<str>)> =
            texts.into_iter().map(|(text, people)| (people, text)).collect();
        common.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        common.truncate(ALL_TEXTS);
        let texts: Vec<String> = common.into_iter().map(|text| text.1.into()).collect();
        let place: HashMap<&str, u16> = texts.iter().map(String::as_str).zip(0..).collect();
        let codes_of = |common: Vec<(Box<str>, Seen)>, ends: bool| -> Vec<Code> {
            common.into_iter().map(|(code, seen)| seen.code(code.into(), config, &place, ends)).collect()
        };
        // What people have several of is no fact of which each has one.
        let (always, statics): (Vec<_>, Vec<_>) = statics.into_iter().partition(|(code, _)| {
            let [people, several] = self.words.get(word(code)).copied().unwrap_or_default();
            Kind::of(code) != Kind::Sex && several as usize >= least && several * SEVERAL >= people
        });
        let (stays, mut codes) = (codes_of(stays, ends[0]), codes_of(codes, ends[1]));
        codes.extend(codes_of(always, false).into_iter().map(|code| Code {
            timeless: true,
            ends: false,
            ..code
        }));
        drop(place);
        let mut slots: BTreeMap<(Kind, String), Vec<(String, u32)>> = BTreeMap::new();
        for (code, seen) in statics {
            let word = word(&code).to_owned();
            slots.entry((Kind::of(&code), word)).or_default().push((code.into(), seen.people));
        }
        let slots = slots.into_iter().map(|((_, word), facts)| Slot { word, facts }).take(64).collect();
        let dates_only = self.clocks[1] == 0;
        let mut clock = at(CLOCK, &hours);
        let first = Scale::new(&pools[FIRST], 1.0, Cuts::Equal(32), least);
        if clock.bins() == 0 {
            // Too few people for a law of hours: midnight.
            clock = Scale::new(&[(0.0, 0), (0.0, 1)], 1.0, Cuts::At(&[]), 1);
        }
        let births = match self.births {
            [years, days, minutes] if years * 10 >= 9 * (years + days + minutes) => Births::Year,
            [years, days, minutes] if minutes * 10 <= years + days => Births::Day,
            _ => Births::Minute,
        };
        let span = [-self.first.last().copied().unwrap_or(0), self.last.last().copied().unwrap_or(0)];
        let book = Book {
            slots,
            stays,
            codes,
            deaths: deaths.into_iter().map(|(code, seen)| (code.into(), seen.people)).collect(),
            texts,
            first,
            age: at(AGE, &ages),
            clock,
            gaps: [at(GAPS, &MINUTES), at(GAPS + 1, &DAYS)],
            steps: [at(STEPS, &MINUTES), at(STEPS + 1, &DAYS)],
            spans,
            length,
            bins: config.bins,
            span: [span[0].min(span[1]), span[1]],
            births,
            dates_only,
            seconds: self.clocks[0] * 2 > self.clocks[1],
            longest: self.lengths.last().copied().unwrap_or(0) as usize,
        };
        (book, rare)
    }
}

impl Seen {
    fn code(self, code: String, config: &Config, place: &HashMap<&str, u16>, ends: bool) -> Code {
        let least = config.least_people;
        let sorted = self.numbers.sorted();
        let numbers = Scale::new(&sorted, grid(&sorted), Cuts::Equal(config.bins), least);
        let numbers = (numbers.bins() > 0).then_some(numbers);
        let mut texts: Vec<(u32, u16)> = self
            .texts
            .iter()
            .filter(|text| text.1.0 as usize >= least)
            .filter_map(|(text, &(people, _))| Some((people, *place.get(&**text)?)))
            .collect();
        texts.sort_unstable_by_key(|&(people, text)| (std::cmp::Reverse(people), text));
        texts.truncate(64);
        let mut texts: Vec<u16> = texts.into_iter().map(|text| text.1).collect();
        texts.sort_unstable();
        let [number, text, end, all] = self.had;
        let others = self.texts.len() > texts.len();
        let lacks = [number < all, text < all || others, end < all];
        let ends = ends && end >= least as u64;
        Code { code, people: self.people, numbers, texts, ends, lacks, timeless: false }
    }
}

/// The first word of a code.
pub(super) fn word(code: &str) -> &str {
    code.split_once("//").map_or(code, |(word, _)| word)
}

/// Whether a minute at midnight is that of a first of January.
fn is_new_year(minute: i64) -> bool {
    new_year(minute) == minute
}

/// The first minute of the nearest year.
pub(super) fn new_year(minute: i64) -> i64 {
    use verosim_timeline::event::instant::{self, Style};
    let near = |at: i64| -> Option<i64> {
        let year: i32 = instant::write(at * 60_000_000, Style::Year)?.parse().ok()?;
        instant::day(year, 1, 1).map(|micros| micros / 60_000_000)
    };
    // Half a year on, so that cutting off rounds.
    near(minute + 182 * DAY).unwrap_or(minute)
}
