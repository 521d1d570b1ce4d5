//! Which codes and texts do enough people have, and which codes tell most of people?

use super::clock::Grain;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use verosim_timeline::event::STATIC;
use verosim_timeline::{Events, Kind, Person};

/// Codes that people are told apart by.
pub(crate) const ANCHORS: usize = 48;
/// Distinct texts of a code beyond which they are notes and not levels.
const MOST_TEXTS: usize = 5_000;

/// What is counted of one code.
#[derive(Clone, Debug)]
struct Count {
    people: u32,
    events: u64,
    last: i64,
    grain: Grain,
    numbers: u64,
    /// People of each text; `None` when there are too many texts.
    texts: Option<HashMap<Box<str>, (u32, i64)>>,
}

impl Default for Count {
    fn default() -> Self {
        let texts = Some(HashMap::new());
        Self { people: 0, events: 0, last: STATIC, grain: Grain::Day, numbers: 0, texts }
    }
}

impl Count {
    fn merge(&mut self, other: Self) {
        self.people += other.people;
        self.events += other.events;
        self.numbers += other.numbers;
        self.grain = self.grain.min(other.grain);
        self.texts = match (self.texts.take(), other.texts) {
            (Some(mut mine), Some(theirs)) => {
                for (text, (people, last)) in theirs.into_iter().collect::<Vec<_>>() {
                    mine.entry(text).or_insert((0, last)).0 += people;
                }
                Some(mine).filter(|texts| texts.len() <= MOST_TEXTS)
            }
            _ => None,
        };
    }
}

/// The first look at everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    codes: BTreeMap<Box<str>, Count>,
    pub(crate) people: u64,
    pub(crate) events: u64,
    /// Last times of those people whose last times are latest.
    latest: Vec<(i64, i64)>,
}

impl Census {
    /// Counts some people, keeping the `k` latest.
    pub(crate) fn count(events: &Events, people: &[Person<'_>], k: usize) -> Self {
        let mut census = Self::default();
        let mut counts: Vec<Count> = vec![Count::default(); events.codes().levels().len()];
        for person in people {
            census.people += 1;
            census.events += person.len() as u64;
            for row in person.rows() {
                let count = &mut counts[events.codes().codes()[row] as usize];
                count.events += 1;
                count.people += u32::from(count.last != person.id());
                count.last = person.id();
                if events.times()[row] != STATIC {
                    count.grain = count.grain.min(Grain::of(events.times()[row]));
                }
                count.numbers += u64::from(events.numbers()[row].is_finite());
                let text = events.texts().cell(row);
                if let Some(texts) = count.texts.as_mut().filter(|_| !text.is_empty()) {
                    match texts.get_mut(text) {
                        Some((people, last)) => {
                            *people += u32::from(*last != person.id());
                            *last = person.id();
                        }
                        None => {
                            texts.insert(text.into(), (1, person.id()));
                        }
                    }
                    if texts.len() > MOST_TEXTS {
                        count.texts = None;
                    }
                }
            }
            if let Some(row) = person.timed().next_back() {
                census.latest.push((events.times()[row], person.id()));
            }
        }
        census.keep_latest(k);
        let named = events.codes().levels().iter().zip(counts).filter(|(_, count)| count.people > 0);
        census.codes = named.map(|(code, count)| (code.clone(), count)).collect();
        census
    }

    fn keep_latest(&mut self, k: usize) {
        self.latest.sort_unstable_by(|a, b| b.cmp(a));
        self.latest.truncate(k);
    }

    /// Puts two parts together.
    pub(crate) fn merge(mut self, other: Self, k: usize) -> Self {
        self.people += other.people;
        self.events += other.events;
        self.latest.extend(other.latest);
        self.keep_latest(k);
        for (code, count) in other.codes {
            match self.codes.get_mut(&code) {
                Some(mine) => mine.merge(count),
                None => {
                    self.codes.insert(code, count);
                }
            }
        }
        self
    }

    /// What is kept of it: codes and texts of at least `k` people; with the share of events that is left out.
    pub(crate) fn vocabulary(&self, k: usize) -> (Vocabulary, f64) {
        let least = u32::try_from(k).unwrap_or(u32::MAX);
        let kept = self.codes.iter().filter(|(_, count)| count.people >= least);
        let mut words: Vec<Word> = kept
            .map(|(code, count)| {
                let texts = count.texts.iter().flatten();
                let mut texts: Vec<String> = texts
                    .filter(|(_, (people, _))| *people >= least)
                    .map(|(text, _)| text.to_string())
                    .collect();
                texts.sort_unstable();
                Word {
                    code: code.to_string(),
                    people: count.people,
                    events: count.events,
                    grain: count.grain,
                    is_numeric: count.numbers > 0,
                    texts,
                }
            })
            .collect();
        words.sort_by(|a, b| a.code.cmp(&b.code));
        let left: u64 = words.iter().map(|word| word.events).sum();
        // Not the latest of all, but the latest that `k` people lived to see; nothing happens later.
        let window = self.latest.get(k.saturating_sub(1)).or(self.latest.last()).map(|&(time, _)| time);
        let vocabulary = Vocabulary::new(words, self.people, window);
        (vocabulary, 1.0 - left as f64 / (self.events as f64).max(1.0))
    }
}

/// One code that may be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) code: String,
    pub(crate) people: u32,
    pub(crate) events: u64,
    pub(crate) grain: Grain,
    pub(crate) is_numeric: bool,
    /// Texts that may be drawn, in order.
    pub(crate) texts: Vec<String>,
}

/// All codes that may be drawn, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vocabulary {
    pub(crate) words: Vec<Word>,
    pub(crate) people: u64,
    /// Nothing is later, microseconds since 1970.
    pub(crate) window: Option<i64>,
    /// Codes that people are told apart by.
    pub(crate) anchors: Vec<u32>,
}

impl Vocabulary {
    fn new(words: Vec<Word>, people: u64, window: Option<i64>) -> Self {
        // What half of the people have tells most; what is measured tells less than what is diagnosed.
        let worth = |word: &Word| {
            let share = f64::from(word.people) / people.max(1) as f64;
            let weight = match Kind::of(&word.code) {
                Kind::Condition | Kind::Procedure | Kind::Drug | Kind::Device => 1.0,
                Kind::Measurement | Kind::Observation | Kind::Immunization | Kind::CarePlan => 0.5,
                _ => 0.0,
            };
            weight * share * (1.0 - share)
        };
        let mut by_worth: Vec<u32> =
            (0..words.len() as u32).filter(|&at| worth(&words[at as usize]) > 0.0).collect();
        by_worth.sort_by(|&a, &b| {
            worth(&words[b as usize]).total_cmp(&worth(&words[a as usize])).then(a.cmp(&b))
        });
        by_worth.truncate(ANCHORS);
        by_worth.sort_unstable();
        Self { words, people, window, anchors: by_worth }
    }

    pub(crate) fn id(&self, code: &str) -> Option<u32> {
        self.words.binary_search_by(|word| word.code.as_str().cmp(code)).ok().map(|at| at as u32)
    }

    /// Ids of the codes of some events; `u32::MAX` for those that are not drawn.
    pub(crate) fn ids(&self, events: &Events) -> Vec<u32> {
        events.codes().levels().iter().map(|code| self.id(code).unwrap_or(u32::MAX)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }
}
