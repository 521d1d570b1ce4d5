//! How much likelier is a code in a person of that sex and age, with that past, in that month?

use super::story::{CELLS, Had, Story};
use crate::lives::vocabulary::{ANCHORS, Vocabulary};
use serde::{Deserialize, Serialize};

/// People below whom a code has no appetite of its own.
const RICH: u32 = 20;
/// What may trigger a code: an anchor at any time before, in the last sitting, earlier in this one.
pub(crate) const TRIGGERS: usize = 3 * ANCHORS;
/// Likelihood ratio statistic that a trigger must reach: one false trigger in ten million tries.
const LEAST_EVIDENCE: f64 = 30.0;
/// Weight of what is expected anyway: sittings of which so many, and no more, have the rarer of code and no code by chance.
const BACKOFF: f64 = 1.0;
/// Expected cases from which none at all means never.
const IMPOSSIBLE: f64 = 12.0;

/// Sittings with each code that has enough people, by what was known when they began.
#[derive(Clone, Debug)]
pub(crate) struct Appetites {
    /// Place of each code, or `u32::MAX`.
    place: Vec<u32>,
    /// Number of the code as an anchor, by place: no code triggers itself.
    own: Vec<Option<usize>>,
    /// All sittings: first ones by cell, later ones by cell, all by month, and by trigger those first and later.
    first: Vec<u32>,
    later: Vec<u32>,
    months: Vec<u32>,
    first_triggers: Vec<u32>,
    later_triggers: Vec<u32>,
    /// Per place: sittings in which the code came.
    came_first: Vec<u32>,
    came_new: Vec<u32>,
    /// In those who had it: in the last sitting, earlier.
    came_again: Vec<u32>,
    came_months: Vec<u32>,
    /// By trigger: in the first sitting, anew, again.
    came_triggers: Vec<u32>,
    /// By anchor, likewise: sittings in which the code came before the anchor.
    came_before: Vec<u32>,
    /// Per place: later sittings of those who had it, by cell, by when, and by trigger.
    had: Vec<u32>,
    had_when: Vec<u32>,
    had_triggers: Vec<u32>,
}

impl Appetites {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        let mut n = 0;
        let place = vocabulary.words.iter().map(|word| {
            if word.people < RICH {
                return u32::MAX;
            }
            n += 1;
            n - 1
        });
        let place: Vec<u32> = place.collect();
        let n = n as usize;
        let mut own = vec![None; n];
        for (number, &code) in vocabulary.anchors.iter().enumerate() {
            if place[code as usize] != u32::MAX {
                own[place[code as usize] as usize] = Some(number);
            }
        }
        Self {
            place,
            own,
            first: vec![0; CELLS],
            later: vec![0; CELLS],
            months: vec![0; 12],
            first_triggers: vec![0; TRIGGERS],
            later_triggers: vec![0; TRIGGERS],
            came_first: vec![0; n * CELLS],
            came_new: vec![0; n * CELLS],
            came_again: vec![0; n * 2],
            came_months: vec![0; n * 12],
            came_triggers: vec![0; n * 3 * TRIGGERS],
            came_before: vec![0; n * 3 * ANCHORS],
            had: vec![0; n * CELLS],
            had_when: vec![0; n * 2],
            had_triggers: vec![0; n * TRIGGERS],
        }
    }

    fn place(&self, code: u32) -> Option<usize> {
        Some(self.place[code as usize]).filter(|&place| place != u32::MAX).map(|place| place as usize)
    }

    /// A sitting begins.
    pub(crate) fn open(&mut self, story: &Story, cell: usize, month: usize) {
        let sittings = if story.sittings == 0 { &mut self.first } else { &mut self.later };
        sittings[cell] += 1;
        self.months[month] += 1;
    }

    /// A code comes for the first time in a sitting, and is not yet told.
    pub(crate) fn come(&mut self, code: u32, story: &Story, cell: usize, month: usize) {
        let Some(place) = self.place(code) else { return };
        self.came_months[place * 12 + month] += 1;
        let state = match story.had(code) {
            _ if story.sittings == 0 => {
                self.came_first[place * CELLS + cell] += 1;
                0
            }
            Had::Never => {
                self.came_new[place * CELLS + cell] += 1;
                1
            }
            when => {
                self.came_again[place * 2 + usize::from(when == Had::Earlier)] += 1;
                2
            }
        };
        let counts = &mut self.came_triggers[(place * 3 + state) * TRIGGERS..][..TRIGGERS];
        each_trigger(story.ever, story.last, story.now, |trigger| counts[trigger] += 1);
    }

    /// An anchor comes for the first time in a sitting, in which `codes` came before it.
    pub(crate) fn precede(&mut self, codes: &[u32], anchor: usize, story: &Story) {
        for &code in codes {
            if let Some(place) = self.place(code) {
                self.came_before[(place * 3 + state(code, story)) * ANCHORS + anchor] += 1;
            }
        }
    }

    /// A sitting has ended, and is not yet closed in the story.
    pub(crate) fn close(&mut self, story: &Story, cell: usize) {
        let is_first = story.sittings == 0;
        let all = if is_first { &mut self.first_triggers } else { &mut self.later_triggers };
        each_trigger(story.ever, story.last, story.now, |trigger| all[trigger] += 1);
        if is_first {
            return;
        }
        for &code in story.codes() {
            let (Some(place), when) = (self.place(code), story.had(code)) else { continue };
            if when != Had::Never {
                self.had[place * CELLS + cell] += 1;
                self.had_when[place * 2 + usize::from(when == Had::Earlier)] += 1;
                let counts = &mut self.had_triggers[place * TRIGGERS..][..TRIGGERS];
                each_trigger(story.ever, story.last, story.now, |trigger| counts[trigger] += 1);
            }
        }
    }

    /// Puts two parts together.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, more) in [
            (&mut self.first, &other.first),
            (&mut self.later, &other.later),
            (&mut self.months, &other.months),
            (&mut self.first_triggers, &other.first_triggers),
            (&mut self.later_triggers, &other.later_triggers),
            (&mut self.came_first, &other.came_first),
            (&mut self.came_new, &other.came_new),
            (&mut self.came_again, &other.came_again),
            (&mut self.came_months, &other.came_months),
            (&mut self.came_triggers, &other.came_triggers),
            (&mut self.came_before, &other.came_before),
            (&mut self.had, &other.had),
            (&mut self.had_when, &other.had_when),
            (&mut self.had_triggers, &other.had_triggers),
        ] {
            mine.iter_mut().zip(more).for_each(|(mine, more)| *mine += more);
        }
    }

    /// Bytes in memory, about.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> u64 {
        (2 * self.had_when.len() * (3 * CELLS + 4 + 12 + 4 * TRIGGERS)) as u64
    }

    /// What they say of each code.
    pub(crate) fn fitted(&self) -> Vec<Option<Appetite>> {
        (0..self.place.len() as u32).map(|code| self.place(code).map(|place| self.appetite(place))).collect()
    }

    fn appetite(&self, place: usize) -> Appetite {
        let part = |of: &[u32], width: usize| of[place * width..][..width].to_vec();
        let (came_first, came_new) = (part(&self.came_first, CELLS), part(&self.came_new, CELLS));
        let (had, had_when) = (part(&self.had, CELLS), part(&self.had_when, 2));
        let again = part(&self.came_again, 2);
        let first = Rate::new(sum(&came_first), sum(&self.first));
        let later = Rate::new(sum(&came_new) + sum(&again), sum(&self.later));
        let fresh: Vec<u32> =
            self.later.iter().zip(&had).map(|(&all, &had)| all.saturating_sub(had)).collect();
        let new = Rate::new(sum(&came_new), sum(&fresh));
        let new_tilt = new.share().odds() / later.share().odds();
        let cells = |came: &[u32], all: &[u32], base: Rate| -> Vec<f32> {
            came.iter()
                .zip(all)
                .map(|(&came, &all)| base.tilt(Rate::new(f64::from(came), f64::from(all))) as f32)
                .collect()
        };
        let tilts = |count: u32, all: u32| later.tilt(Rate::new(f64::from(count), f64::from(all))) as f32;
        let came_months = part(&self.came_months, 12);
        let year = Rate::new(sum(&came_months), sum(&self.months));
        let new_cells = cells(&came_new, &fresh, new).into_iter().map(|tilt| tilt * new_tilt as f32);
        let triggers = |state: usize| -> Option<Trigger> {
            let came = &self.came_triggers[(place * 3 + state) * TRIGGERS..][..TRIGGERS];
            let before = &self.came_before[(place * 3 + state) * ANCHORS..][..ANCHORS];
            let held = &self.had_triggers[place * TRIGGERS..][..TRIGGERS];
            let (base, all): (Rate, Vec<u32>) = match state {
                0 => (first, self.first_triggers.clone()),
                1 => {
                    let fresh =
                        self.later_triggers.iter().zip(held).map(|(&all, &had)| all.saturating_sub(had));
                    (new, fresh.collect())
                }
                _ => (Rate::new(sum(&again), sum(&had_when)), held.to_vec()),
            };
            // What came before an anchor could no longer come after it.
            let mut all = all;
            for (all, before) in all[2 * ANCHORS..].iter_mut().zip(before) {
                *all = all.saturating_sub(*before);
            }
            strongest(came, &all, base, self.own[place])
        };
        Appetite {
            first: cells(&came_first, &self.first, first),
            new: new_cells.collect(),
            again: [tilts(again[0], had_when[0]), tilts(again[1], had_when[1])],
            months: cells(&came_months, &self.months, year),
            triggers: [triggers(0), triggers(1), triggers(2)],
            scales: vec![1.0; CASES],
        }
    }
}

/// In what state a code is in the present sitting: the first one, never had, had.
fn state(code: u32, story: &Story) -> usize {
    match story.had(code) {
        _ if story.sittings == 0 => 0,
        Had::Never => 1,
        _ => 2,
    }
}

fn sum(counts: &[u32]) -> f64 {
    counts.iter().map(|&n| f64::from(n)).sum()
}

/// Calls `act` with the number of every trigger that is there.
fn each_trigger(ever: u64, last: u64, now: u64, mut act: impl FnMut(usize)) {
    for (at, mut bits) in [ever, last, now].into_iter().enumerate() {
        while bits != 0 {
            act(at * ANCHORS + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

/// The trigger with most evidence, if there is enough.
fn strongest(came: &[u32], all: &[u32], base: Rate, own: Option<usize>) -> Option<Trigger> {
    let mut best: Option<(f64, Trigger)> = None;
    for (trigger, (&came, &all)) in came.iter().zip(all).enumerate() {
        if own == Some(trigger % ANCHORS) {
            continue;
        }
        let on = Rate::new(f64::from(came), f64::from(all));
        let off = Rate::new((base.came - on.came).max(0.0), (base.all - on.all).max(0.0));
        // That something never comes after what comes late in a sitting is the chain's to know.
        if trigger >= 2 * ANCHORS && on.share().0 <= base.share().0 {
            continue;
        }
        let evidence = 2.0 * (on.height() + off.height() - base.height());
        if evidence > LEAST_EVIDENCE && best.as_ref().is_none_or(|(most, _)| evidence > *most) {
            let (on, off) = (base.tilt(on) as f32, base.tilt(off) as f32);
            best = Some((evidence, Trigger { of: trigger as u16, on, off }));
        }
    }
    best.map(|(_, trigger)| trigger)
}

/// Sittings with a code, of all.
#[derive(Clone, Copy, Debug)]
struct Rate {
    came: f64,
    all: f64,
}

impl Rate {
    fn new(came: f64, all: f64) -> Self {
        Self { came: came.min(all), all }
    }

    fn share(self) -> Share {
        Share(((self.came + 0.5) / (self.all + 1.0)).clamp(1e-9, 1.0 - 1e-9))
    }

    /// Greatest log-likelihood.
    fn height(self) -> f64 {
        let term = |n: f64| if n > 0.0 { n * (n / self.all).ln() } else { 0.0 };
        term(self.came) + term(self.all - self.came)
    }

    /// Ratio of the odds of a part to those of the whole, drawn to 1; 0 where it is never although it should be.
    fn tilt(self, part: Self) -> f64 {
        let share = self.share();
        if part.came == 0.0 && part.all * share.0 > IMPOSSIBLE {
            return 0.0;
        }
        // All of them is no more than all but half a one, as in the whole, and no less than what is expected anyway.
        let came = part.came.min((part.all - 0.5).max(part.all * share.0)).max(0.0);
        let weight = BACKOFF / (share.0 * (1.0 - share.0));
        let drawn = Share(((came + weight * share.0) / (part.all + weight)).clamp(1e-9, 1.0 - 1e-9));
        (drawn.odds() / share.odds()).clamp(1e-3, 1e3)
    }
}

#[derive(Clone, Copy, Debug)]
struct Share(f64);

impl Share {
    fn odds(self) -> f64 {
        self.0 / (1.0 - self.0)
    }
}

/// What multiplies the odds of a code, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trigger {
    of: u16,
    on: f32,
    off: f32,
}

impl Trigger {
    /// `before` is the anchor just before, if it is one: the step from it knows already what it triggers.
    fn tilt(self, story: &Story, before: Option<usize>) -> f32 {
        if self.is_just(before) {
            return 1.0;
        }
        if self.is_on(story) { self.on } else { self.off }
    }

    /// Whether it is what came just before, in the same sitting.
    fn is_just(self, before: Option<usize>) -> bool {
        let (when, anchor) = (self.of as usize / ANCHORS, self.of as usize % ANCHORS);
        when == 2 && before == Some(anchor)
    }

    fn is_on(self, story: &Story) -> bool {
        let (when, anchor) = (self.of as usize / ANCHORS, self.of as usize % ANCHORS);
        [story.ever, story.last, story.now][when.min(2)] >> anchor & 1 == 1
    }
}

/// How the odds of a code change with who and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Appetite {
    /// In the first sitting, by cell.
    first: Vec<f32>,
    /// Later, in those who never had it, by cell.
    new: Vec<f32>,
    /// In those who had it in the last sitting, and earlier.
    again: [f32; 2],
    months: Vec<f32>,
    /// In the first sitting, anew, again.
    triggers: [Option<Trigger>; 3],
    /// What the chain makes of all that, by [`Appetite::case`]: brings back how often the code really came.
    scales: Vec<f32>,
}

/// Cases of an appetite.
pub(crate) const CASES: usize = 8;

impl Appetite {
    /// Which case a code is in: first sitting, never had, had last time, had earlier; each with its trigger or without. None
    /// right after its trigger: that step is the chain's.
    pub(crate) fn case(&self, code: u32, story: &Story, before: Option<usize>) -> Option<usize> {
        let when = match story.had(code) {
            _ if story.sittings == 0 => 0,
            Had::Never => 1,
            Had::LastTime => 2,
            Had::Earlier => 3,
        };
        let trigger = self.triggers[when.min(2)];
        if trigger.is_some_and(|trigger| trigger.is_just(before)) {
            return None;
        }
        Some(2 * when + usize::from(trigger.is_some_and(|trigger| trigger.is_on(story))))
    }

    /// Multiplies the odds of a case.
    pub(crate) fn scale(&mut self, case: usize, by: f32) {
        self.scales[case] = (self.scales[case] * by).clamp(1e-3, 1e3);
    }

    /// What multiplies the odds of `code`, whose appetite this is, in the present sitting: `when` is cell and month, `before`
    /// the anchor just before.
    pub(crate) fn tilt(&self, code: u32, story: &Story, when: (usize, usize), before: Option<usize>) -> f32 {
        let (cell, month) = when;
        let (state, base) = match story.had(code) {
            _ if story.sittings == 0 => (0, self.first[cell]),
            Had::Never => (1, self.new[cell]),
            Had::LastTime => (2, self.again[0]),
            Had::Earlier => (2, self.again[1]),
        };
        let trigger = self.triggers[state].map_or(1.0, |trigger| trigger.tilt(story, before));
        base * self.months[month]
            * trigger
            * self.case(code, story, before).map_or(1.0, |case| self.scales[case])
    }

    /// Whether it can be read without surprise.
    pub(crate) fn is_sound(&self) -> bool {
        let lengths = self.scales.len() == CASES
            && self.first.len() == CELLS
            && self.new.len() == CELLS
            && self.months.len() == 12;
        let triggers = self.triggers.iter().flatten();
        let all =
            self.first.iter().chain(&self.new).chain(&self.months).chain(&self.again).chain(&self.scales);
        let mut numbers = all.copied().chain(triggers.clone().flat_map(|trigger| [trigger.on, trigger.off]));
        lengths
            && numbers.all(|x| x.is_finite() && x >= 0.0)
            && triggers.clone().all(|trigger| (trigger.of as usize) < TRIGGERS)
    }
}
