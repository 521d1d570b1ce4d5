//! How is one life counted?

use super::keys::{
    ANY, Progress, bend_keys, end_key_of, end_keys, fatal_keys, kind, last_keys, scene, silence_keys,
    type_keys,
};
use super::story::{BANDS, Roles, Story, band, cell};
use super::tally::{Tally, Valued};
use crate::lives::clock::{COUNTED_DAYS, month, silence, stretch};
use crate::lives::sitting::{Kinds, Sitting, dies_in, sittings};
use crate::lives::vocabulary::{ANCHORS, Vocabulary};
use std::collections::HashMap;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Events, Kind, Person, Sex};

/// Counts the people of one shard.
pub(crate) struct Counter<'a> {
    pub(crate) events: &'a Events,
    pub(crate) kinds: &'a Kinds,
    /// Per distinct code of `events`: its number in the vocabulary.
    pub(crate) ids: &'a [u32],
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) roles: &'a Roles,
    pub(crate) story: Story,
    /// Last values of the present person by code, latest first, and last texts.
    pub(crate) values: HashMap<u32, [(f32, u64); 2]>,
    pub(crate) texts: HashMap<u32, usize>,
    /// First row of the present person.
    pub(crate) first_row: usize,
}

impl Counter<'_> {
    fn id(&self, row: usize) -> Option<u32> {
        Some(self.ids[self.events.codes().codes()[row] as usize]).filter(|&id| id != u32::MAX)
    }

    /// Adds one person.
    pub(crate) fn add(&mut self, person: &Person<'_>, to: &mut Tally) {
        let events = self.events;
        let sex = person
            .statics()
            .chain(person.timed())
            .find(|&row| self.kinds.at(events, row) == Kind::Sex)
            .map_or(Sex::Other, |row| Sex::of(person.code(row)));
        let (birth, death) = (person.birth(), person.death());
        self.story.begin(sex, birth);
        self.values.clear();
        self.texts.clear();
        self.first_row = person.rows().start;
        to.people += 1;
        to.births += u64::from(birth.is_some());
        let mut statics: Vec<u32> = person.statics().filter_map(|row| self.id(row)).collect();
        statics.sort_unstable();
        *to.statics.entry(statics).or_default() += 1;
        for row in person.statics() {
            if let Some(id) = self.id(row) {
                self.worth(person.id(), row, id, None, to);
            }
        }
        let sittings = sittings(person, self.kinds);
        let Some(first) = sittings.first() else {
            to.idle += 1;
            return;
        };
        to.entries.offer(person.id(), 0, || first.start);
        to.sittings[0] += sittings.len() as u64;
        to.sittings[1] += (sittings.len() as u64).pow(2);
        if let Some(birth) = birth {
            to.ages[sex as usize].offer(person.id(), 0, || (first.start - birth).max(0) / DAY);
        }
        let end = death.or(self.vocabulary.window).unwrap_or(first.start).max(first.start);
        let mut at = first.start;
        while at < end {
            to.months[month(at)][1] += 1;
            at += 30 * DAY;
        }
        let mut before: Option<(u32, i64)> = None;
        let mut successive: Vec<(u64, i64)> = Vec::new();
        let mut longest = 0;
        for (nth, sitting) in sittings.iter().enumerate() {
            let kind = self.kind(sitting);
            let pause = before.map_or(0, |(_, end)| silence(end, sitting.start));
            let cell = cell(sex, self.story.age(sitting.start));
            let is_last = nth + 1 == sittings.len();
            let fatal = is_last && death.is_some_and(|death| dies_in(sitting, death));
            let news = self.roles.news(self.story.last);
            let keys = type_keys(before.map(|(kind, _)| kind), pause, self.story.burden(), cell, news);
            for &key in distinct(&keys) {
                *to.type_rows.entry((key, kind)).or_default() += 1;
            }
            for key in fatal_keys(kind, cell) {
                to.fatal.add(key, fatal);
            }
            to.months[month(sitting.start)][0] += 1;
            let hour = sitting.start.rem_euclid(DAY) * 24 / DAY;
            to.hours.entry(kind).or_default()[hour as usize] += 1;
            let known = self.story.ever;
            self.sit(person.id(), sitting, kind, fatal, to);
            // What comes next: another sitting, death, or nothing that is seen.
            let end = sitting.end.max(before.map_or(STATIC, |(_, end)| end));
            let news = self.roles.news(self.story.last);
            let keys = silence_keys(kind, self.story.burden(), self.cell(end), news);
            let cell = self.cell(end);
            let (span, comes, dies) = if let Some(next) = sittings.get(nth + 1) {
                (silence(end, next.start), true, false)
            } else if fatal {
                before = Some((kind, end));
                // What the last hours told is not what they were known by.
                self.live(known, sitting.start, end, true, to);
                continue;
            } else if let Some(death) = death {
                (silence(end, death), false, true)
            } else {
                (silence(end, self.vocabulary.window.unwrap_or(end)), false, false)
            };
            for &key in distinct(&keys) {
                to.silences.add(key, stretch(span), comes);
            }
            // Who came at least four times and is away five times as long as ever has left, or comes back against it.
            let horizon = self.vocabulary.window.unwrap_or(end) - end;
            if successive.len() >= 3 && death.is_none() && horizon > 5 * longest {
                to.leaving[0] += 1;
                if span > 5 * longest {
                    to.leaving[if comes { 2 } else { 1 }] += 1;
                }
            }
            longest = longest.max(span);
            to.deaths.add(cell as u64, stretch(span), dies);
            self.live(self.story.ever, sitting.start, end.saturating_add(span), dies, to);
            if comes {
                if span / DAY >= 2 && (span / DAY) as usize <= COUNTED_DAYS {
                    let days = to.days.entry(kind).or_insert_with(|| vec![0; COUNTED_DAYS + 1]);
                    days[(span / DAY) as usize] += 1;
                }
                successive.push((keys[3], span));
                if let [.., a, b, c] = successive[..] {
                    to.successive.offer(person.id(), nth as u32, || [c, b, a]);
                }
            }
            before = Some((kind, end));
        }
    }

    fn cell(&self, time: i64) -> usize {
        cell(self.story.sex, self.story.age(time))
    }

    /// Days from one sitting to the next, by age and anchors.
    fn live(&self, ever: u64, from: i64, to: i64, dies: bool, tally: &mut Tally) {
        let band = band(self.story.age(from));
        let days = ((to - from) / DAY).max(0) as u64;
        let mut add = |at: usize| {
            tally.lived[at][0] += days;
            tally.lived[at][1] += u64::from(dies);
        };
        add(band);
        for anchor in 0..ANCHORS {
            if ever >> anchor & 1 == 1 {
                add((anchor + 1) * BANDS + band);
            }
        }
    }

    fn kind(&self, sitting: &Sitting) -> u32 {
        kind(sitting, sitting.opener.and_then(|row| self.id(row)))
    }

    /// Counts one sitting and tells it.
    fn sit(&mut self, person: i64, sitting: &Sitting, kind: u32, fatal: bool, to: &mut Tally) {
        let is_first = self.story.sittings == 0;
        let scene = scene(kind, is_first, fatal);
        let length = sitting.lasts;
        if let Some(row) = sitting.opener
            && let Some(id) = self.id(row)
        {
            self.worth(person, row, id, None, to);
            self.story.tell(id, self.roles);
        }
        let cell = self.cell(sitting.start);
        to.appetites.open(&self.story, cell, month(sitting.start));
        let start = self.vocabulary.len() as u32;
        let (mut code, mut at, mut size) = (start, sitting.start, 0);
        let mut beside = None;
        let mut often: HashMap<u32, u32> = HashMap::new();
        let mut came: Vec<u32> = Vec::new();
        for &row in &sitting.items {
            let Some(id) = self.id(row) else { continue };
            let time = self.events.times()[row];
            let pause = (time - at).max(0);
            let together = stretch(pause) == 0;
            for (rows, key) in to.next.iter_mut().zip(bend_keys(scene, code)) {
                rows.add(key, id, person, together);
            }
            let progress = Progress { length, since: at - sitting.start, size };
            // Going over to what comes at the very end is an end too.
            let then = Progress { since: time - sitting.start, ..progress };
            count_end(scene, progress, code, then.is_over() && !progress.is_over(), to);
            let tally = &mut to.codes[id as usize];
            if !together {
                tally.pauses[stretch(pause)] += 1;
            }
            if length > 0 {
                tally.closes[0] += 1;
                let then = Progress { length, since: time - sitting.start, size };
                tally.closes[1] += u64::from(then.is_over());
            }
            let times = often.entry(id).or_default();
            *times += 1;
            if *times == 1 {
                tally.repeats[0] += 1;
                to.appetites.come(id, &self.story, cell, month(sitting.start));
                if let Some(anchor) = self.roles.anchor(id) {
                    to.appetites.precede(&came, anchor, &self.story);
                }
                came.push(id);
            } else if *times == 2 {
                tally.repeats[1] += 1;
            }
            let valued = self.worth(person, row, id, beside, to);
            beside = valued.or(beside);
            self.story.tell(id, self.roles);
            (code, at, size) = (id, at.max(time), size + 1);
        }
        let progress = Progress { length, since: at - sitting.start, size };
        count_end(scene, progress, code, true, to);
        if length > 0 {
            for key in last_keys(scene) {
                to.ends.add(key, size > 0 && progress.is_over());
            }
        }
        to.appetites.close(&self.story, cell);
        self.story.close();
    }

    /// Counts what one event holds; gives its number, if it has one.
    fn worth(
        &mut self,
        person: i64,
        row: usize,
        id: u32,
        beside: Option<(u32, f32, u64)>,
        to: &mut Tally,
    ) -> Option<(u32, f32, u64)> {
        let nth = (row - self.first_row) as u32;
        let tally = &mut to.codes[id as usize];
        let (time, end) = (self.events.times()[row], self.events.ends()[row]);
        if end != STATIC && time != STATIC {
            tally.ended += 1;
            tally.spans.offer(person, nth, || (end - time).max(0));
        }
        let text = self.events.texts().cell(row);
        let words = &self.vocabulary.words[id as usize].texts;
        if text.is_empty() {
            *tally.texts.last_mut()? += 1;
        } else if let Ok(at) = words.binary_search_by(|known| known.as_str().cmp(text)) {
            tally.texts[at] += 1;
            if let Some(last) = self.texts.insert(id, at) {
                tally.same[0] += 1;
                tally.same[1] += u64::from(last == at);
            }
        }
        let value = self.events.numbers()[row];
        if !value.is_finite() {
            return None;
        }
        tally.numbers += 1;
        let mask = self.story.mask(if time == STATIC { 0 } else { time });
        let values = tally.values.as_mut()?;
        let before = self.values.entry(id).or_insert([(f32::NAN, 0); 2]);
        values.offer(person, nth, || Valued { value, mask, before: *before, beside });
        *before = [(value, mask), before[0]];
        Some((id, value, mask))
    }
}

/// Keys without the last where it repeats the one before.
fn distinct(keys: &[u64]) -> &[u64] {
    match keys {
        [before @ .., last] if before.last() == Some(last) => before,
        keys => keys,
    }
}

/// Counts whether a sitting ended where it could have.
fn count_end(scene: u64, progress: Progress, code: u32, is_so: bool, to: &mut Tally) {
    for key in end_keys(scene, progress) {
        to.ends.add(key, is_so);
    }
    for code in [ANY, code] {
        to.ends.add(end_key_of(scene, progress, code), is_so);
    }
}
