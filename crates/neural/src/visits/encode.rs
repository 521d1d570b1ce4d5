//! How does a real life become tokens?

use super::book::{self, Book};
use super::course::{Course, DAY, Gap, minute};
use super::life::Grammar;
use super::scale::Scale;
use super::survey::text_of;
use hashbrown::HashMap;
use verosim_timeline::Events;
use verosim_timeline::event::Person;

/// Where codes and texts stand in the book.
pub(super) struct Finder<'a> {
    grammar: Grammar<'a>,
    facts: HashMap<&'a str, (usize, usize)>,
    stays: HashMap<&'a str, usize>,
    codes: HashMap<&'a str, usize>,
    always: HashMap<&'a str, usize>,
    deaths: HashMap<&'a str, usize>,
    texts: HashMap<&'a str, u16>,
}

/// The same for the codes of one shard, by level.
pub(super) struct Places {
    stays: Vec<Option<usize>>,
    codes: Vec<Option<usize>>,
}

/// Tokens, and what minute each stands for.
pub(super) type Tokens = Vec<(u16, i32)>;

fn places<'a>(codes: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    codes.zip(0..).collect()
}

impl<'a> Finder<'a> {
    pub(super) fn new(grammar: Grammar<'a>) -> Self {
        let book: &'a Book = grammar.book;
        let (timed, always) = book.codes.split_at(book.timed());
        let mut facts = HashMap::new();
        for (slot, of) in book.slots.iter().enumerate() {
            facts.extend(of.facts.iter().enumerate().map(|(at, fact)| (fact.0.as_str(), (slot, at))));
        }
        Self {
            grammar,
            facts,
            stays: places(book.stays.iter().map(|stay| stay.code.as_str())),
            codes: places(timed.iter().map(|code| code.code.as_str())),
            always: always.iter().map(|code| code.code.as_str()).zip(timed.len()..).collect(),
            deaths: places(book.deaths.iter().map(|death| death.0.as_str())),
            texts: book.texts.iter().map(String::as_str).zip(0..).collect(),
        }
    }

    pub(super) fn places(&self, events: &Events) -> Places {
        let find = |of: &HashMap<&str, usize>| {
            events.codes().levels().iter().map(|level| of.get(&**level).copied()).collect()
        };
        Places { stays: find(&self.stays), codes: find(&self.codes) }
    }

    /// The tokens of a life, up to the end of its last stay; returns how many events have none, and when the last stay had
    /// its last event and was over, if there was one.
    pub(super) fn life(
        &self,
        person: &Person<'_>,
        course: &Course,
        places: &Places,
        to: &mut Tokens,
    ) -> (usize, Option<(i64, i64)>) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        let mut dropped = self.facts(person, course, to);
        let mut before: Option<(i64, i64)> = None;
        let mut last = None;
        // Too few people for a law of dates: nothing is told of stays.
        let stays = if book.first.bins() == 0 { &[] } else { course.stays.as_slice() };
        for stay in stays {
            let events = person.events();
            let level = |row: usize| events.codes().codes()[row] as usize;
            let mut rows: Vec<(i64, usize, usize)> = stay
                .rows
                .iter()
                .filter_map(|&(at, row)| Some((at, places.codes[level(row)]?, row)))
                .collect();
            dropped += stay.rows.len() - rows.len();
            let kind = stay.of.and_then(|row| places.stays[level(row)]);
            dropped += usize::from(stay.of.is_some() && kind.is_none());
            if rows.is_empty() && kind.is_none() {
                continue;
            }
            match before {
                None => self.start(course.birth, stay.start, to),
                Some((from, until)) => {
                    let gap = Gap::new(from, until, stay.start);
                    gap_token(gap, &book.gaps, index.gaps, true, stay.start, to);
                    self.clock(stay.start, to);
                }
            }
            let named = stay.named || stay.of.is_some();
            put(
                to,
                kind.map_or(if named { book::BARE } else { book::MOMENT }, |kind| index.stay + kind as u32),
                stay.start,
            );
            if kind.is_some_and(|kind| book.stays[kind].ends) {
                self.span(stay.start, stay.end, to);
            }
            rows.sort_unstable();
            // As the machine sees it: events without a token did not happen, and some stays have no end.
            let end = stay.end.filter(|_| kind.is_some_and(|kind| book.stays[kind].ends));
            let mut at = stay.start;
            for (time, code, row) in rows {
                if time > at && end == Some(time) {
                    put(to, book::TO_END, time);
                    at = time;
                } else if time > at {
                    gap_token(Gap::new(at, at, time), &book.steps, index.steps, false, time, to);
                    self.clock(time, to);
                    at = time;
                }
                self.event(events, code, row, time, to);
            }
            put(to, book::END_STAY, stay.start);
            before = Some((stay.start, end.unwrap_or(at)));
            last = before.map(|(_, close)| (at, close));
        }
        if before.is_none() {
            put(to, book::NOTHING, middle(book));
            self.age(course.birth, middle(book), to);
        }
        (dropped, last)
    }

    /// How the life ends: in a death, or where the record does.
    pub(super) fn end(&self, person: &Person<'_>, course: &Course, last: (i64, i64), to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        let death = course.death.and_then(|(at, row)| Some((at, *self.deaths.get(person.code(row))?)));
        let Some((at, death)) = death else {
            put(to, book::END, 0);
            return;
        };
        put(to, index.death + death as u32, at);
        let (now, close) = last;
        gap_token(Gap::new(now, close, at.max(now)), &book.gaps, index.gaps, true, at.max(now), to);
        self.clock(at, to);
    }

    fn facts(&self, person: &Person<'_>, course: &Course, to: &mut Tokens) -> usize {
        let index = self.grammar.index;
        let mut known: Vec<Option<usize>> = vec![None; index.facts.len()];
        let mut dropped = 0;
        let mut always = Vec::new();
        for row in course.statics.clone() {
            match self.facts.get(person.code(row)) {
                Some(&(slot, fact)) if known[slot].is_none() => known[slot] = Some(fact),
                None if self.always.contains_key(person.code(row)) => {
                    always.push((self.always[person.code(row)], row));
                }
                _ => dropped += 1,
            }
        }
        for ((&from, slot), fact) in index.facts.iter().zip(&self.grammar.book.slots).zip(known) {
            put(to, from + fact.unwrap_or(slot.facts.len()) as u32, 0);
        }
        if !self.always.is_empty() {
            always.sort_unstable();
            always.into_iter().for_each(|(code, row)| self.event(person.events(), code, row, 0, to));
            put(to, book::END_STAY, 0);
        }
        dropped
    }

    fn start(&self, birth: Option<i64>, start: i64, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        let day = start.div_euclid(DAY);
        put(to, index.first + book.first.bin(day as f64) as u32, day * DAY);
        self.age(birth, start, to);
        put(to, index.clock + book.clock.bin(start.rem_euclid(DAY) as f64) as u32, start);
    }

    fn age(&self, birth: Option<i64>, start: i64, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        match birth {
            Some(birth) if book.age.bins() > 0 => {
                let days = (start - birth).max(0) as f64 / DAY as f64;
                put(to, index.age + book.age.bin(days) as u32, birth);
            }
            _ => put(to, book::NO_AGE, 0),
        }
    }

    /// The clock behind a token that only told the day.
    fn clock(&self, time: i64, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        let Some(&(last, _)) = to.last() else { return };
        let days = |from: u32, scale: &Scale| (from..from + scale.bins() as u32).contains(&u32::from(last));
        let of = [(index.gaps, &book.gaps), (index.steps, &book.steps), (index.spans, &book.spans)];
        if of.iter().any(|(from, scales)| days(from[1], &scales[1])) {
            put(to, index.clock + book.clock.bin(time.rem_euclid(DAY) as f64) as u32, time);
        }
    }

    /// How long a stay is.
    fn span(&self, start: i64, end: Option<i64>, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        match end {
            Some(end) if end >= start => {
                gap_token(Gap::new(start, start, end), &book.spans, index.spans, false, end, to);
                self.clock(end, to);
            }
            _ => put(to, book::NO_END, 0),
        }
    }

    fn length(&self, start: i64, end: Option<i64>, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        match end {
            Some(end) if end >= start => {
                put(to, index.length + book.length.bin((end - start) as f64) as u32, end);
            }
            _ => put(to, book::NO_END, 0),
        }
    }

    fn event(&self, events: &Events, code: usize, row: usize, time: i64, to: &mut Tokens) {
        let (book, index) = (self.grammar.book, self.grammar.index);
        let of = &book.codes[code];
        put(to, index.code + code as u32, time);
        if index.numbers[code] != 0 {
            let number = events.numbers()[row];
            match &of.numbers {
                Some(scale) if number.is_finite() => {
                    put(to, index.number + scale.bin(f64::from(number)) as u32, 0);
                }
                _ => put(to, book::NO_NUMBER, 0),
            }
        }
        if index.texts[code] != 0 {
            let text = text_of(events, row).and_then(|text| self.texts.get(text).copied());
            match text.filter(|text| of.texts.contains(text)) {
                Some(text) => put(to, index.text + u32::from(text), 0),
                None => put(to, book::NO_TEXT, 0),
            }
        }
        if of.ends {
            self.length(time, minute(events.ends()[row]).map(|end| end.max(time)), to);
        }
    }
}

/// The minute that stands for the dates of who has none.
pub(super) fn middle(book: &Book) -> i64 {
    i64::midpoint(book.span[0], book.span[1])
}

fn put(to: &mut Tokens, token: u32, says: i64) {
    to.push((token as u16, says.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32));
}

/// The token of a gap; that of another unit where too few people have one of this, and none where none has.
fn gap_token(gap: Gap, scales: &[Scale; 2], from: [u32; 2], within: bool, time: i64, to: &mut Tokens) {
    let (minutes, days) = (scales[0].bins() > 0, scales[1].bins() > 0);
    let midnight = time.div_euclid(DAY) * DAY;
    match gap {
        Gap::Within(quarter) => put(to, book::WITHIN + u32::from(quarter), time),
        Gap::Minutes(gap) if minutes => put(to, from[0] + scales[0].bin(gap as f64) as u32, time),
        Gap::Days(gap) if days => put(to, from[1] + scales[1].bin(gap as f64) as u32, midnight),
        Gap::Minutes(_) if days => put(to, from[1], midnight),
        Gap::Days(_) if minutes => put(to, from[0] + scales[0].bins() as u32 - 1, time),
        _ if within => put(to, book::WITHIN + 3, time),
        _ => {}
    }
}
