//! How is the chain learned, shard by shard?

use super::chain::{Chances, Rows, Types};
use super::config::Markov;
use super::counter::Counter;
use super::keys::{rougher_end, rougher_silence};
use super::model::{FittedMarkov, Learned, Manner};
use super::statics::Statics;
use super::story::{Roles, Story};
use super::tally::{CodeTally, Silences, Tally};
use super::value::{self, Memory};
use super::wait::{self, Days, Mortal, Waits};
use super::{pace, scale};
use crate::lives::count::{counted, words};
use crate::lives::sitting::Kinds;
use crate::lives::sketch::Sketch;
use crate::lives::spread::Spread;
use crate::lives::vocabulary::{Vocabulary, Word};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use verosim_core::{Context, FitError, Seeded};
use verosim_math::stats::{normal_quantile, normal_share};
use verosim_timeline::{Events, FittedTimelines, Kind, LearnError, Person, TimelineEngine, Train};

impl TimelineEngine for Markov {
    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }

    fn fit(
        &self,
        train: Train<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn FittedTimelines>, LearnError> {
        let k = self.min_people;
        let (census, vocabulary, left) = words(train, k, "markov", ctx)?;
        if left > 0.01 {
            ctx.progress.warn(&format!(
                "{:.0} % of the events have codes of fewer than {k} people and are left out",
                100.0 * left
            ));
        }
        let roles = Roles::of(&vocabulary);
        let tally = counted(
            train,
            ctx,
            "counting lives",
            |events, kinds, people| counted_lives(self, &vocabulary, &roles, (events, kinds), people),
            |mut a, b| {
                a.merge(b);
                a
            },
        )?;
        let tally = tally.unwrap_or_else(|| Tally::new(&vocabulary, self.values));
        ctx.stop.check().map_err(FitError::from)?;
        let target = tally.sittings;
        let people = (tally.people - tally.idle).max(1) as f64;
        let target = target.map(|sum| sum as f64 / people);
        let some = scale::some(train, census.events, ctx)?;
        let mut model = FittedMarkov::new(learned(self, vocabulary, tally));
        scale::scaled(&mut model, &some);
        Ok(Box::new(pace::kept(model, target, seed)))
    }
}

/// What is counted of some people's lives.
fn counted_lives(
    settings: &Markov,
    vocabulary: &Vocabulary,
    roles: &Roles,
    (events, kinds): (&Events, &Kinds),
    people: &[Person<'_>],
) -> Tally {
    let mut tally = Tally::new(vocabulary, settings.values);
    let ids = vocabulary.ids(events);
    let mut counter = Counter {
        events,
        kinds,
        ids: &ids,
        vocabulary,
        roles,
        story: Story::new(vocabulary.len()),
        values: HashMap::new(),
        texts: HashMap::new(),
        first_row: 0,
    };
    people.iter().for_each(|person| counter.add(person, &mut tally));
    tally
}

/// What is counted of some events.
#[cfg(test)]
pub(super) fn tally(settings: &Markov, vocabulary: &Vocabulary, events: &Events) -> Tally {
    let people: Vec<Person<'_>> = events.people().collect();
    counted_lives(settings, vocabulary, &Roles::of(vocabulary), (events, &Kinds::of(events)), &people)
}

fn learned(settings: &Markov, vocabulary: Vocabulary, tally: Tally) -> Learned {
    let k = settings.min_people;
    let of_kind = |kind: Kind| {
        let ids = (0..vocabulary.len()).filter(|&at| Kind::of(&vocabulary.words[at].code) == kind);
        ids.max_by_key(|&at| vocabulary.words[at].people).map(|at| at as u32)
    };
    let (birth, death) = (of_kind(Kind::Birth), of_kind(Kind::Death));
    let people = tally.people.max(1) as f64;
    let days =
        |sketch: &Sketch<i64>| Spread::of(sketch.iter().map(|(person, &days)| (person, days as f64)), k);
    let mut ages: Vec<Option<Spread>> = tally.ages.iter().map(days).collect();
    let mut all = tally.ages[0].clone();
    tally.ages[1..].iter().for_each(|sketch| all.merge(sketch.clone()));
    ages.push(days(&all));
    let waits = Waits::of(&tally.silences, rougher_silence);
    let leaves = leaves(tally.leaving);
    let patience = patience(&tally.successive, &waits, are_left(leaves));
    let deaths = death.map(|_| Waits::of(&with_all(&tally), |cell| (cell != ALL).then_some(ALL)));
    let sketches: Vec<_> = tally.codes.iter().map(|code| code.values.as_ref()).collect();
    let numbers = value::fitted(&sketches, k);
    let manners = {
        let closing = closing(&tally, &vocabulary);
        let known = tally.codes.iter().zip(&vocabulary.words);
        known.map(|(code, word)| manner(code, word.events, closing(word, code.closes), k)).collect()
    };
    let mean: f64 = rates(&tally).sum::<f64>() / 12.0;
    Learned {
        version: Learned::VERSION,
        settings: settings.clone(),
        statics: Statics::of(&tally.statics, vocabulary.len(), k),
        births: if birth.is_some() { tally.births as f64 / people } else { 0.0 },
        idle: tally.idle as f64 / people,
        ages,
        entries: days(&tally.entries),
        types: Types::of(&tally.type_rows),
        waits,
        patience,
        pace: 1.0,
        leaves,
        months: rates(&tally).map(|rate| if mean > 0.0 { rate / mean } else { 1.0 }).collect(),
        days: Days(tally.days.into_iter().collect()),
        hours: tally.hours.into_iter().map(|(kind, hours)| (kind, hours.to_vec())).collect(),
        deaths: deaths.unwrap_or_default(),
        fatal: Chances::of(&tally.fatal, |key| (key & 0xff != 0).then_some(key & !0xff)),
        mortal: Mortal::of(&tally.lived),
        death,
        birth,
        next: tally
            .next
            .map(|bends| Rows::of(bends, u32::try_from(settings.bend_people).unwrap_or(u32::MAX))),
        ends: Chances::of(&tally.ends, rougher_end),
        manners,
        numbers,
        appetites: tally.appetites.fitted(),
        vocabulary,
    }
}

/// Sittings per day by month of the year.
fn rates(tally: &Tally) -> impl Iterator<Item = f64> + '_ {
    tally.months.iter().map(|&[sittings, lived]| sittings as f64 / (lived as f64).max(1.0))
}

/// The cell that stands for all in hazards of death.
pub(crate) const ALL: u64 = u64::MAX;

fn with_all(tally: &Tally) -> super::tally::Exits {
    let mut exits = tally.deaths.clone();
    let mut all = vec![[0; 2]; crate::lives::clock::stretches()];
    // Whole numbers: their sum does not hang on the order.
    for (at, sum) in all.iter_mut().enumerate() {
        *sum = [0, 1].map(|side| exits.0.values().map(|cell| cell[at][side]).sum());
    }
    exits.0.insert(ALL, all);
    exits
}

/// How much silences of one person resemble each other.
fn patience(successive: &Sketch<Silences>, waits: &Waits, are_left: bool) -> Memory {
    let score = |(key, span): (u64, i64)| {
        let mut keys: Vec<u64> = std::iter::successors(Some(key), |&key| rougher_silence(key)).collect();
        keys.reverse();
        let law = waits.law(&keys);
        // All of these came back: who leaves is another law's.
        let whole = if are_left { wait::whole(law, 1.0).max(1e-9) } else { 1.0 };
        let share = wait::share(law, crate::lives::clock::stretch(span)) / whole;
        normal_quantile(share.clamp(1e-4, 1.0 - 1e-4))
    };
    // Told as stretches of the law of all: those are what people resemble each other in, and scores of two kinds of people,
    // each near its own, resemble each other less.
    let all = waits.law(&[0]);
    let whole = if are_left { wait::whole(all, 1.0) } else { 1.0 };
    let place = |score: f64| wait::reached(all, 1.0, normal_share(score) * whole).unwrap_or(all.len()) as f64;
    let places: Vec<[f64; 3]> =
        successive.iter().map(|(_, silences)| silences.map(|silence| place(score(silence)))).collect();
    let one = value::correlation(places.iter().map(|[a, b, _]| (*a, *b)));
    let two = value::correlation(places.iter().map(|[a, _, c]| (*a, *c)));
    match (one, two) {
        (Some((one, n)), Some((two, _))) if n >= 50.0 => {
            Memory::of(of_scores(one, place), of_scores(two, place))
        }
        _ => Memory::default(),
    }
}

/// Quantiles of either side by which a correlation is reckoned, and halvings until it is found.
const SIDE: usize = 40;
const HALVINGS: usize = 12;

/// The correlation of normal scores whose places are correlated by `wanted`.
fn of_scores(wanted: f64, place: impl Fn(f64) -> f64) -> f64 {
    let scores: Vec<f64> = (0..SIDE).map(|at| normal_quantile((at as f64 + 0.5) / SIDE as f64)).collect();
    let reached = |r: f64| {
        let rest = (1.0 - r * r).sqrt();
        let pairs = scores.iter().flat_map(|&a| scores.iter().map(move |&b| (a, r * a + rest * b)));
        value::correlation(pairs.map(|(a, b)| (place(a), place(b)))).map_or(0.0, |(found, _)| found)
    };
    let (mut low, mut high) = (0.0, 0.98);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if reached(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Whether it is that people leave for good, and not that they wait long, which says how often they come.
pub(crate) fn are_left(leaves: f64) -> bool {
    leaves > 0.02
}

/// The chance after each sitting that a person has left for good: of those who came often and are away five times as long
/// as ever, the more who never come again than who do.
fn leaves([all, never, again]: [u64; 3]) -> f64 {
    if all < 50 { 0.0 } else { never.saturating_sub(again) as f64 / all as f64 }
}

/// Events' weight of what all codes of one first word do at ends.
const ALIKE: f64 = 2.0;

/// The chance that a code comes at the very end of a sitting: codes of few events do as those of the same first word.
fn closing(tally: &Tally, vocabulary: &Vocabulary) -> impl Fn(&Word, [u64; 2]) -> f64 {
    fn first(word: &Word) -> &str {
        word.code.split("//").next().unwrap_or_default()
    }
    let mut sums: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (code, word) in tally.codes.iter().zip(&vocabulary.words) {
        let sum = sums.entry(first(word)).or_default();
        *sum = [sum[0] + code.closes[0], sum[1] + code.closes[1]];
    }
    move |word, [all, last]| {
        let [all_alike, last_alike] = sums.get(first(word)).copied().unwrap_or_default();
        let alike = last_alike as f64 / all_alike.max(1) as f64;
        (last as f64 + ALIKE * alike) / (all as f64 + ALIKE)
    }
}

fn manner(code: &CodeTally, events: u64, closes: f64, k: usize) -> Manner {
    let share = |part: u64, all: u64| if all == 0 { 0.0 } else { (part as f64 / all as f64).min(1.0) };
    let running = |counts: &mut dyn Iterator<Item = u64>, all: u64| -> Vec<f64> {
        let sums = counts.scan(0, |sum, n| {
            *sum += n;
            Some(share(*sum, all))
        });
        sums.collect()
    };
    let told: u64 = code.texts.iter().sum();
    let texts = &code.texts[..code.texts.len() - 1];
    let chance: f64 = texts.iter().map(|&n| share(n, texts.iter().sum()).powi(2)).sum();
    let same = share(code.same[1], code.same[0]);
    let pauses: u64 = code.pauses.iter().map(|&n| u64::from(n)).sum();
    Manner {
        numeric: share(code.numbers, events),
        texts: running(&mut texts.iter().copied(), told),
        stays: if chance < 1.0 && code.same[0] >= 20 {
            ((same - chance) / (1.0 - chance)).clamp(0.0, 1.0)
        } else {
            0.0
        },
        ended: share(code.ended, events),
        span: Spread::of(code.spans.iter().map(|(person, &span)| (person, span as f64)), k),
        pauses: running(&mut code.pauses.iter().map(|&n| u64::from(n)), pauses),
        closes,
        repeats: f64::from(code.repeats[1]) >= 0.01 * f64::from(code.repeats[0]) && code.repeats[1] > 0,
    }
}
