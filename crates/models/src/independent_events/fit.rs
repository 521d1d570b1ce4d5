//! How is everything counted by itself?

use super::{Alone, FittedIndependentEvents, IndependentEvents};
use crate::lives::count::{counted, words};
use crate::lives::sitting::Kinds;
use crate::lives::sketch::Sketch;
use crate::lives::spread::Spread;
use crate::lives::vocabulary::Vocabulary;
use serde_json::{Map, Value};
use verosim_core::{Context, Seeded};
use verosim_timeline::event::STATIC;
use verosim_timeline::{Events, FittedTimelines, Kind, LearnError, Person, TimelineEngine, Train};

/// Numbers kept of each kind.
const KEPT: usize = 2_048;

/// What is counted of one code.
struct Count {
    timed: u64,
    fixed: u64,
    numbers: Sketch<f32>,
    texts: Vec<u64>,
    spans: Sketch<i64>,
}

/// What is counted of all.
struct Tally {
    people: u64,
    sizes: Sketch<u64>,
    times: Sketch<i64>,
    births: Sketch<i64>,
    deaths: Sketch<i64>,
    codes: Vec<Count>,
}

impl Tally {
    fn new(vocabulary: &Vocabulary) -> Self {
        let count = |texts: usize| Count {
            timed: 0,
            fixed: 0,
            numbers: Sketch::new(KEPT),
            texts: vec![0; texts + 1],
            spans: Sketch::new(KEPT / 4),
        };
        Self {
            people: 0,
            sizes: Sketch::new(KEPT),
            times: Sketch::new(4 * KEPT),
            births: Sketch::new(KEPT),
            deaths: Sketch::new(KEPT),
            codes: vocabulary.words.iter().map(|word| count(word.texts.len())).collect(),
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.people += other.people;
        self.sizes.merge(other.sizes);
        self.times.merge(other.times);
        self.births.merge(other.births);
        self.deaths.merge(other.deaths);
        for (mine, more) in self.codes.iter_mut().zip(other.codes) {
            mine.timed += more.timed;
            mine.fixed += more.fixed;
            mine.numbers.merge(more.numbers);
            mine.spans.merge(more.spans);
            mine.texts.iter_mut().zip(more.texts).for_each(|(mine, more)| *mine += more);
        }
        self
    }

    fn add(&mut self, person: &Person<'_>, kinds: &Kinds, ids: &[u32], vocabulary: &Vocabulary) {
        let events = person.events();
        let (who, first) = (person.id(), person.rows().start);
        self.people += 1;
        let mut size = 0;
        for row in person.rows() {
            let (time, nth) = (events.times()[row], (row - first) as u32);
            match kinds.at(events, row) {
                Kind::Birth if time != STATIC => self.births.offer(who, nth, || time),
                Kind::Death if time != STATIC => self.deaths.offer(who, nth, || time),
                _ => {}
            }
            let id = ids[events.codes().codes()[row] as usize];
            if id == u32::MAX {
                continue;
            }
            let count = &mut self.codes[id as usize];
            if time == STATIC {
                count.fixed += 1;
            } else {
                count.timed += 1;
                if !matches!(kinds.at(events, row), Kind::Birth | Kind::Death) {
                    size += 1;
                    self.times.offer(who, nth, || time);
                }
                let end = events.ends()[row];
                if end != STATIC {
                    count.spans.offer(who, nth, || (end - time).max(0));
                }
            }
            let number = events.numbers()[row];
            if number.is_finite() {
                count.numbers.offer(who, nth, || number);
            }
            let text = events.texts().cell(row);
            let texts = &vocabulary.words[id as usize].texts;
            if let Ok(at) = texts.binary_search_by(|known| known.as_str().cmp(text)) {
                count.texts[at] += 1;
            }
        }
        self.sizes.offer(who, 0, || size);
    }
}

impl TimelineEngine for IndependentEvents {
    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }

    fn fit(
        &self,
        train: Train<'_>,
        _: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn FittedTimelines>, LearnError> {
        let k = self.min_people;
        let (_, vocabulary, _) = words(train, k, "independent-events", ctx)?;
        let count = |events: &Events, kinds: &Kinds, people: &[Person<'_>]| {
            let mut tally = Tally::new(&vocabulary);
            let ids = vocabulary.ids(events);
            people.iter().for_each(|person| tally.add(person, kinds, &ids, &vocabulary));
            tally
        };
        let tally = counted(train, ctx, "counting events", count, Tally::merge)?;
        let tally = tally.unwrap_or_else(|| Tally::new(&vocabulary));
        Ok(Box::new(self.learned(vocabulary, &tally)))
    }
}

impl IndependentEvents {
    fn learned(&self, vocabulary: Vocabulary, tally: &Tally) -> FittedIndependentEvents {
        let k = self.min_people;
        let spread =
            |sketch: &Sketch<i64>| Spread::of(sketch.iter().map(|(person, &x)| (person, x as f64)), k);
        let share = |part: u64, all: u64| if all == 0 { 0.0 } else { (part as f64 / all as f64).min(1.0) };
        let alone = |count: &Count| {
            let all = count.timed + count.fixed;
            let texts = &count.texts[..count.texts.len() - 1];
            let running = texts.iter().scan(0, |sum, n| {
                *sum += n;
                Some(share(*sum, all))
            });
            Alone {
                timed: count.timed,
                fixed: count.fixed,
                numeric: share(count.numbers.offered, all),
                numbers: Spread::of(count.numbers.iter().map(|(person, &x)| (person, f64::from(x))), k),
                texts: running.collect(),
                ended: share(count.spans.offered, count.timed),
                spans: spread(&count.spans),
            }
        };
        FittedIndependentEvents {
            settings: self.clone(),
            sizes: Spread::of(tally.sizes.iter().map(|(person, &n)| (person, n as f64)), k),
            times: spread(&tally.times),
            births: spread(&tally.births),
            deaths: spread(&tally.deaths),
            born: share(tally.births.offered, tally.people),
            died: share(tally.deaths.offered, tally.people),
            codes: tally.codes.iter().map(alone).collect(),
            vocabulary,
        }
    }
}
