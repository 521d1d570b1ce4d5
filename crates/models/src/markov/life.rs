//! How is one life drawn?

use super::chain::{Row, Step};
use super::fit::{ALL, are_left};
use super::keys::{
    ANYWHERE, LEVELS, LOOSE, Part, Progress, UNOPENED, WHATEVER, bend_keys, fatal_keys, scene, silence_keys,
    type_keys,
};
use super::model::{FittedMarkov, Learned, Manner};
use super::story::{Story, band, cell};
use super::wait::{reached, whole};
use crate::lives::clock::{Grain, month, span};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use verosim_math::stats::normal_share;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::{DAY, SECOND};
use verosim_timeline::{Kind, Possible, Sex};

/// No code: only what comes in such sittings at all tells what is next.
const LAST: u32 = u32::MAX;
/// Events of a sitting, and sittings of a life, at most: nobody has more, and every draw ends.
const MOST: usize = 50_000;
/// Silences drawn at most until one ends in a month that has its share.
const SEASONS: usize = 4;

/// One event of a drawn life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) time: i64,
    pub(super) end: i64,
    pub(super) code: u32,
    pub(super) number: f32,
    /// Place among the texts of the code.
    pub(super) text: Option<u32>,
    /// Number of the sitting, from 1; 0 for none that has a name.
    pub(super) visit: u32,
}

/// How many sittings a drawn life has.
pub(super) fn sittings(pen: &mut Pen<'_>, rng: &mut ChaCha8Rng) -> u32 {
    pen.live(&[], rng);
    pen.story.sittings
}

/// Draws lives one after another with the same tools.
pub(super) struct Pen<'a> {
    model: &'a FittedMarkov,
    possible: Option<&'a dyn Possible>,
    story: Story,
    pub(super) events: Vec<Drawn>,
    /// Per code: state of the memory of its numbers, and the last text; with the codes that have any.
    traces: Vec<Option<(f64, f64)>>,
    texts: Vec<Option<u32>>,
    touched: Vec<u32>,
    scores: Vec<(u32, f64)>,
    scratch: Vec<f32>,
    /// Tilts of the present sitting, by code, and the number of events that they were reckoned at.
    tilts: Vec<(u32, f32)>,
    stamp: u32,
}

impl<'a> Pen<'a> {
    pub(super) fn new(model: &'a FittedMarkov, possible: Option<&'a dyn Possible>) -> Self {
        let codes = model.learned.vocabulary.len();
        Self {
            model,
            possible,
            story: Story::new(codes),
            events: Vec::new(),
            traces: vec![None; codes],
            texts: vec![None; codes],
            touched: Vec::new(),
            scores: Vec::new(),
            scratch: Vec::new(),
            tilts: vec![(0, 1.0); codes],
            stamp: 0,
        }
    }

    fn learned(&self) -> &'a Learned {
        &self.model.learned
    }

    fn word(&self, code: u32) -> &'a str {
        &self.learned().vocabulary.words[code as usize].code
    }

    fn can(&self, code: u32, sex: Sex, age: Option<f64>) -> bool {
        self.possible.is_none_or(|possible| possible.can(self.word(code), sex, age))
    }

    /// Draws a life into `events`; `false` when static codes as asked were not found.
    pub(super) fn live(&mut self, is: &[Vec<u32>], rng: &mut ChaCha8Rng) -> bool {
        let learned = self.learned();
        self.events.clear();
        for code in self.touched.drain(..) {
            self.traces[code as usize] = None;
            self.texts[code as usize] = None;
        }
        let sex_of = |codes: &[u32]| {
            let sexes = codes.iter().map(|&code| self.word(code)).filter(|code| Kind::of(code) == Kind::Sex);
            sexes.map(Sex::of).next().unwrap_or_default()
        };
        let Some(statics) = learned.statics.draw(is, |code| self.can(code, Sex::Other, None), rng) else {
            return false;
        };
        let sex = sex_of(&statics);
        self.story.begin(sex, None);
        for &code in &statics {
            if self.can(code, sex, None) {
                self.put(code, STATIC, i64::MAX, 0, rng);
            }
        }
        let Some(entries) = learned.entries.as_ref() else { return true };
        let entry = entries.draw(rng) as i64;
        let ages = learned.ages[sex as usize].as_ref().or(learned.ages[3].as_ref());
        let is_born = rng.random::<f64>() < learned.births;
        if let (true, Some(code), Some(ages)) = (is_born, learned.birth, ages) {
            let born = entry - ages.draw(rng) as i64 * DAY;
            let born = self.grain(code).floor(born);
            self.story.begin(sex, Some(born));
            self.put(code, born, i64::MAX, 0, rng);
        }
        if rng.random::<f64>() >= learned.idle {
            self.sittings(entry, rng);
        }
        true
    }

    fn grain(&self, code: u32) -> Grain {
        self.learned().vocabulary.words[code as usize].grain
    }

    fn cell(&self, time: i64) -> usize {
        cell(self.story.sex, self.story.age(time))
    }

    /// Factor of the hazard of death by the anchor that tells of it.
    fn mortality(&self, time: i64) -> f64 {
        self.learned().mortal.as_ref().map_or(1.0, |mortal| {
            let [with, without] = mortal.factors[band(self.story.age(time))];
            if (self.story.ever | self.story.now) >> mortal.anchor & 1 == 1 { with } else { without }
        })
    }

    fn sittings(&mut self, entry: i64, rng: &mut ChaCha8Rng) {
        let learned = self.learned();
        let window = learned.vocabulary.window.unwrap_or(i64::MAX);
        let mut patience = None;
        let mut before: Option<(u32, i64)> = None;
        let mut start = entry.min(window);
        let mut pause = 0;
        for _ in 0..MOST {
            let cell = self.cell(start);
            let news = self.model.roles.news(self.story.last);
            let keys = type_keys(before.map(|(kind, _)| kind), pause, self.story.burden(), cell, news);
            let Some(kind) = self.kind(&keys, start, rng) else { return };
            start = self.at_hour(kind, start, pause, before, rng);
            let fatal = learned.death.is_some() && self.is_fatal(kind, cell, start, rng);
            let end = self.sit(kind, fatal, start, window, rng);
            if fatal {
                self.die(end, rng);
                return;
            }
            let (next, dies) = self.wait(kind, end, &mut patience, window, rng);
            if let Some(death) = dies {
                self.die(death, rng);
                return;
            }
            let Some(next) = next else { return };
            pause = next - end;
            before = Some((kind, end));
            start = next;
        }
    }

    fn kind(&self, keys: &[u64], start: i64, rng: &mut ChaCha8Rng) -> Option<u32> {
        let learned = self.learned();
        for _ in 0..100 {
            let kind = learned.types.draw(keys, rng).or_else(|| learned.types.draw(&[0], rng))?;
            if kind >= UNOPENED || self.can(kind, self.story.sex, self.story.age(start)) {
                return Some(kind);
            }
        }
        None
    }

    /// The hour at which such sittings begin, on the day on which this one does.
    fn at_hour(
        &self,
        kind: u32,
        start: i64,
        pause: i64,
        before: Option<(u32, i64)>,
        rng: &mut ChaCha8Rng,
    ) -> i64 {
        let grain = if kind < UNOPENED { self.grain(kind) } else { Grain::Second };
        let floor = before.map_or(i64::MIN, |(_, end)| end);
        let drawn = if before.is_some() && pause < 2 * DAY { None } else { self.learned().hours.get(&kind) };
        let drawn = drawn.map(|hours| {
            let total: u32 = hours.iter().sum();
            let mut point = rng.random_range(0..total.max(1));
            let hour = hours.iter().position(|&n| {
                let is_here = point < n;
                point = point.saturating_sub(n);
                is_here
            });
            let within = rng.random_range(0..3_600) * SECOND;
            let within = if total == hours[0] && grain == Grain::Day { 0 } else { within };
            start.div_euclid(DAY) * DAY + hour.unwrap_or(0) as i64 * 3_600 * SECOND + within
        });
        let start = grain.floor(drawn.unwrap_or(start));
        // A time cut to its grain may fall before what was there.
        let birth = self.story.birth.unwrap_or(i64::MIN);
        start.max(floor).max(birth)
    }

    fn is_fatal(&self, kind: u32, cell: usize, start: i64, rng: &mut ChaCha8Rng) -> bool {
        let chance = self.learned().fatal.at(&fatal_keys(kind, cell)).unwrap_or(0.0);
        let odds = chance / (1.0 - chance).max(1e-9) * self.mortality(start);
        rng.random::<f64>() < odds / (1.0 + odds)
    }

    /// When the next sitting begins, if there is one, or when the person dies before.
    fn wait(
        &self,
        kind: u32,
        end: i64,
        patience: &mut Option<(f64, f64)>,
        window: i64,
        rng: &mut ChaCha8Rng,
    ) -> (Option<i64>, Option<i64>) {
        let learned = self.learned();
        let cell = self.cell(end);
        let news = self.model.roles.news(self.story.last);
        let law = learned.waits.law(&silence_keys(kind, self.story.burden(), cell, news));
        let most = learned.months.iter().copied().fold(1.0, f64::max);
        let mut next = None;
        let leaves = rng.random::<f64>() < learned.leaves;
        // Who has not left comes back.
        let whole = if are_left(learned.leaves) { whole(law, learned.pace) } else { 1.0 - learned.leaves };
        for _ in 0..SEASONS {
            if leaves {
                break;
            }
            let mut trace = *patience;
            let share = normal_share(learned.patience.next(&mut trace, rng)) * whole;
            next = reached(law, learned.pace, share)
                .map(|stretch| (stretch, end + learned.days.draw(kind, stretch, rng)));
            let share = next.map_or(1.0, |(_, start)| learned.months[month(start)] / most);
            if rng.random::<f64>() < share {
                *patience = trace;
                break;
            }
        }
        let deaths = learned.deaths.law(&[ALL, cell as u64]);
        let death = reached(deaths, self.mortality(end), rng.random())
            .map(|stretch| (stretch, end + span(stretch, rng)))
            .filter(|&(_, at)| at <= window);
        let next = next.filter(|&(_, at)| at <= window);
        match (next, death) {
            (Some((comes, start)), Some((dies, at))) if dies < comes || (dies == comes && at < start) => {
                (None, Some(at))
            }
            (None, Some((_, at))) => (None, Some(at)),
            (next, _) => (next.map(|(_, start)| start), None),
        }
    }

    fn die(&mut self, at: i64, rng: &mut ChaCha8Rng) {
        let Some(code) = self.learned().death else { return };
        // Not before anything that happened, and nothing ends later.
        let last = self.events.iter().map(|event| event.time).max().unwrap_or(STATIC);
        let floored = self.grain(code).floor(at);
        let at = if floored >= last { floored } else { at.max(last) };
        for event in &mut self.events {
            event.end = event.end.min(at);
        }
        let visit = self.events.last().map_or(0, |event| event.visit);
        let in_visit =
            self.events.iter().any(|event| event.visit == visit && event.end != STATIC && event.end >= at);
        self.put(code, at, at, if in_visit { visit } else { 0 }, rng);
    }

    /// Draws one sitting and gives its end.
    fn sit(&mut self, kind: u32, fatal: bool, start: i64, window: i64, rng: &mut ChaCha8Rng) -> i64 {
        let learned = self.learned();
        let visit = if kind == LOOSE { 0 } else { self.story.sittings + 1 };
        self.scores.clear();
        self.stamp = self.stamp.wrapping_add(1);
        let mut end = start;
        let mut closes = i64::MAX;
        if kind < UNOPENED {
            let event = self.put(kind, start, window.max(start), visit, rng);
            self.story.tell(kind, &self.model.roles);
            if event.end != STATIC {
                (end, closes) = (event.end, event.end);
            }
        }
        let (length, scene) = (end - start, scene(kind, self.story.sittings == 0, fatal));
        let (cell, month) = (self.cell(start), month(start));
        let none = learned.vocabulary.len() as u32;
        let (mut code, mut at, mut size) = (none, start, 0);
        while size < MOST {
            let progress = Progress { length, since: at - start, size };
            let odds = learned.end_odds(scene, progress, code);
            let has_end = length > 0 && !progress.is_over();
            if odds.is_none() && !has_end {
                break;
            }
            let now = Now { when: (cell, month), time: at, part: Part::of(progress) };
            let next = odds.and_then(|odds| self.next((scene, code, odds), now, rng));
            // Codes that follow each other in a ring do not do so for ever at one time.
            let must_pause = learned.is_crowded(scene, progress);
            let mut found = next.map(|(next, together)| {
                let paused = !progress.is_over() && (must_pause || rng.random::<f32>() >= together);
                (next, if paused { pause(&learned.manners[next as usize], rng) } else { 0 })
            });
            found = found.filter(|&(_, pause)| pause > 0 || !must_pause);
            if has_end {
                found = found.filter(|&(_, pause)| at.saturating_add(pause) < closes).or_else(|| {
                    // The end comes first, and with it what comes at ends, if anything does.
                    let now = Now { when: (cell, month), time: closes, part: Part::End };
                    let comes = rng.random::<f64>() < learned.last(scene);
                    let last = self.next((scene, LAST, 0.0), now, rng).filter(|_| comes)?;
                    Some((last.0, closes - at))
                });
            }
            let Some((next, pause)) = found else { break };
            at += pause;
            let time = self.grain(next).floor(at).max(self.story.birth.unwrap_or(i64::MIN));
            let limit = if Kind::of(self.word(next)) == Kind::VisitDetail { closes } else { i64::MAX };
            self.put(next, time, limit, visit, rng);
            self.story.tell(next, &self.model.roles);
            self.stamp = self.stamp.wrapping_add(1);
            (code, size) = (next, size + 1);
        }
        self.story.close();
        end.max(at)
    }

    /// The next code, and the chance that it comes without a pause; `None` at the end.
    fn next(
        &mut self,
        (scene, code, odds): (u64, u32, f64),
        now: Now,
        rng: &mut ChaCha8Rng,
    ) -> Option<(u32, f32)> {
        let learned = self.learned();
        let keys = bend_keys(scene, code);
        let kind = learned.next[LEVELS - 1].get(keys[LEVELS - 1]);
        // Finer rows that it is not one of: what they know does not come by rougher ones (back-off: Katz 1987, `katz1987`).
        let mut passed: Vec<&Row> = Vec::new();
        for (level, key) in keys.into_iter().enumerate() {
            // What comes after a code anywhere says nothing of beginnings.
            let is_silent = (code == LAST && level < WHATEVER)
                || (code as usize == learned.manners.len() && level == ANYWHERE);
            let Some(row) = learned.next[level].get(key).filter(|_| !is_silent) else { continue };
            if level >= WHATEVER || rng.random::<f32>() < row.stays {
                let is_open = |code: u32| {
                    let comes_here = || level != ANYWHERE || kind.is_none_or(|kind| kind.has(code));
                    !passed.iter().any(|row| row.has(code)) && comes_here()
                };
                if let Some(picked) = self.pick(row, (code, odds), now, is_open, rng) {
                    return picked.code();
                }
            }
            passed.push(row);
        }
        self.pick(passed.first()?, (code, odds), now, |_| true, rng)?.code()
    }

    /// What is next by `row`, of the codes that are open; `None` where nothing can be.
    fn pick(
        &mut self,
        row: &Row,
        (code, odds): (u32, f64),
        now: Now,
        is_open: impl Fn(u32) -> bool,
        rng: &mut ChaCha8Rng,
    ) -> Option<Picked> {
        let learned = self.learned();
        let (age, when) = (self.story.age(now.time), now.when);
        let before = self.model.roles.anchor(code);
        let mut banned: Vec<u32> = Vec::new();
        loop {
            let (story, tilts, stamp) = (&self.story, &mut self.tilts, self.stamp);
            let tilt = |code: u32| {
                let manner = &learned.manners[code as usize];
                let possible = if is_open(code) { manner.comes(now.part) } else { 0.0 };
                if banned.contains(&code) || (!manner.repeats && story.has(code)) {
                    return [possible, 0.0];
                }
                let known = &mut tilts[code as usize];
                if known.0 != stamp {
                    let appetite = learned.appetites[code as usize].as_ref();
                    let tilt = appetite.map_or(1.0, |appetite| appetite.tilt(code, story, when, before));
                    *known = (stamp, tilt);
                }
                [possible, known.1]
            };
            let Step::To(place) = row.draw(&mut self.scratch, odds, tilt, rng)? else {
                return Some(Picked::End);
            };
            let next = row.next[place];
            if self.can(next, self.story.sex, age) {
                return Some(Picked::Code(next, row.together[place]));
            }
            banned.push(next);
        }
    }

    /// Adds an event with all that it holds; its end is not after `limit`.
    fn put(&mut self, code: u32, time: i64, limit: i64, visit: u32, rng: &mut ChaCha8Rng) -> Drawn {
        let learned = self.learned();
        let manner: &Manner = &learned.manners[code as usize];
        let mut event = Drawn { time, end: STATIC, code, number: f32::NAN, text: None, visit };
        if let Some(law) = &learned.numbers[code as usize]
            && (manner.numeric >= 1.0 || rng.random::<f64>() < manner.numeric)
        {
            let mask = self.story.mask(if time == STATIC { 0 } else { time });
            let trace = &mut self.traces[code as usize];
            if trace.is_none() {
                self.touched.push(code);
            }
            event.number = law.draw(code, mask, trace, &mut self.scores, rng);
        }
        if !manner.texts.is_empty() {
            let last = self.texts[code as usize];
            event.text = if last.is_some() && rng.random::<f64>() < manner.stays {
                last
            } else {
                let point = rng.random::<f64>();
                let place = manner.texts.partition_point(|&end| end <= point);
                (place < manner.texts.len()).then_some(place as u32)
            };
            if event.text.is_some() {
                self.texts[code as usize] = event.text;
                self.touched.push(code);
            }
        }
        if time != STATIC
            && let Some(spans) = &manner.span
            && (manner.ended >= 1.0 || rng.random::<f64>() < manner.ended)
        {
            let end = self.grain(code).floor(time.saturating_add(spans.draw(rng).max(0.0) as i64));
            event.end = end.max(time).min(limit.max(time));
        }
        self.events.push(event);
        event
    }
}

/// What is next in a sitting.
enum Picked {
    /// A code, and the chance that it comes without a pause.
    Code(u32, f32),
    End,
}

impl Picked {
    fn code(self) -> Option<(u32, f32)> {
        match self {
            Self::Code(code, together) => Some((code, together)),
            Self::End => None,
        }
    }
}

/// When the next event is to be.
#[derive(Clone, Copy)]
struct Now {
    /// Cell of the person and month.
    when: (usize, usize),
    time: i64,
    part: Part,
}

/// A pause before an event of that manner.
fn pause(manner: &Manner, rng: &mut ChaCha8Rng) -> i64 {
    let point = rng.random::<f64>();
    let stretch = manner.pauses.partition_point(|&end| end <= point);
    if stretch < manner.pauses.len() { span(stretch, rng) } else { 0 }
}
