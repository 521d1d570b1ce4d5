//! Where in a life are we, what may come next, and what is known by now?
//!
//! The grammar, as a machine that takes tokens:
//!
//! ```text
//! life   = fact* [always] first-day age clock stay* (END | DEATH gap)      or, without any event, fact* [always] NOTHING age
//! always = (code [number] [text])* END-OF-STAY
//! stay   = [gap [clock]] kind [length [clock]] (step [clock] | TO-END | code [number] [text] [length])* END-OF-STAY
//! ```
//!
//! The same machine reads real lives and writes new ones.

use super::book::{Book, Index, Part, Token};
use super::course::{DAY, YEAR};
use super::past::Past;
use super::when::When;
use verosim_timeline::Sex;

/// Numbers that the network is told at each step.
pub(super) const FEATURES: usize = 22;
/// Steps of time that tell the pace of a stay.
const PACED: usize = 4;

/// What tokens are read with.
#[derive(Clone, Copy)]
pub(super) struct Grammar<'a> {
    pub(super) book: &'a Book,
    pub(super) index: &'a Index,
    /// Sex that each fact stands for, by token.
    pub(super) sexes: &'a [Sex],
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Fact(u16),
    /// What holds at no time.
    Always,
    First,
    Age,
    Clock(After),
    Stay,
    /// The length of the stay.
    StayEnd,
    Inside,
    Number,
    Text,
    /// The length of the event.
    End,
    Next,
    Death,
    Over,
}

/// What comes behind a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Stay,
    /// That of the end of the stay.
    StayEnd,
    Inside,
    Over,
}

/// A life so far.
#[derive(Clone)]
pub(super) struct Life<'a> {
    pub(super) grammar: Grammar<'a>,
    pub(super) wait: Wait,
    token: u32,
    /// The time at hand, in minutes since 1970.
    pub(super) now: i64,
    pub(super) birth: Option<i64>,
    pub(super) sex: Sex,
    /// Whether there are no events.
    nothing: bool,
    first: i64,
    /// Start, end and close of the stay at hand or the last one.
    pub(super) start: i64,
    pub(super) end: Option<i64>,
    pub(super) close: i64,
    since: f32,
    pub(super) stays: u32,
    /// How many of them are moments outside of stays.
    moments: u32,
    /// Kind of the stay at hand or the last one, from 1.
    kind: u16,
    /// Which kind that is, when it is one of those in the book.
    stay: Option<usize>,
    /// The last code, step or kind of stay, and the one before.
    last: [u32; 2],
    /// The code at hand.
    pub(super) code: usize,
    /// Events of this stay so far.
    inside: u32,
    /// How often the last code came without another in between.
    run: u32,
    /// Minutes of the last steps of this stay, the latest first.
    steps: [i64; PACED],
    number: Option<u16>,
    fold: u64,
    /// Per code: bin of its last number, from 1; whether it was in this stay and the last one.
    bins: Vec<u8>,
    here: Vec<u8>,
    here_list: [Vec<u32>; 2],
    ever: Vec<u64>,
    past: Past,
    bag: Vec<(u32, f32)>,
    features: [f32; FEATURES],
}

/// Bits of [`Life::here`].
const THIS: u8 = 1;
const LAST: u8 = 2;

impl<'a> Life<'a> {
    pub(super) fn new(grammar: Grammar<'a>, fold: u64) -> Self {
        let codes = grammar.book.codes.len();
        let mut life = Self {
            grammar,
            wait: if grammar.index.facts.is_empty() { behind_facts(grammar) } else { Wait::Fact(0) },
            token: 0,
            now: 0,
            birth: None,
            sex: Sex::Other,
            nothing: false,
            first: 0,
            start: 0,
            end: None,
            close: 0,
            since: 0.0,
            stays: 0,
            moments: 0,
            kind: 0,
            stay: None,
            last: [0; 2],
            code: 0,
            inside: 0,
            run: 0,
            steps: [0; PACED],
            number: None,
            fold,
            bins: vec![0; codes],
            here: vec![0; codes],
            here_list: [Vec::new(), Vec::new()],
            ever: vec![0; grammar.index.tokens.len().div_ceil(64)],
            past: Past::new(grammar.book.timed()),
            bag: Vec::new(),
            features: [0.0; FEATURES],
        };
        life.tell();
        life
    }

    /// The last token, and what the network is told.
    pub(super) fn step(&self, target: Option<u32>) -> crate::Step<'_> {
        crate::Step {
            token: self.token,
            features: &self.features,
            bag: &self.bag,
            mask: self.class(),
            context: self.context(),
            memory: self.memory(),
            target,
        }
    }

    /// Things that can be in the bag: what ever was; codes of this stay, of the last one; last numbers.
    pub(super) fn bag_size(grammar: Grammar<'_>) -> usize {
        grammar.index.tokens.len() + 3 * grammar.book.codes.len()
    }

    /// Puts everything that is known into the bag, for a reader who has not seen what was before.
    pub(super) fn remember(&mut self) {
        let (tokens, codes) = (self.grammar.index.tokens.len() as u32, self.grammar.book.codes.len() as u32);
        self.bag.clear();
        for token in 0..tokens {
            if self.ever[token as usize / 64] >> (token % 64) & 1 == 1 {
                self.bag.push((token, 1.0));
            }
        }
        for code in 0..codes {
            let here = self.here[code as usize];
            if here & THIS != 0 {
                self.bag.push((tokens + code, 1.0));
            }
            if here & LAST != 0 {
                self.bag.push((tokens + codes + code, 1.0));
            }
            if self.bins[code as usize] > 0 {
                let rank = self.rank(code as usize, u16::from(self.bins[code as usize]) - 1);
                self.bag.push((tokens + 2 * codes + code, rank));
            }
        }
    }

    /// Takes the next token; `says` is the minute that it stands for: the day, the birth, the time, the end.
    pub(super) fn enter(&mut self, token: u32, says: i64) {
        let index = self.grammar.index;
        let told = index.tokens[token as usize];
        self.token = token;
        self.bag.clear();
        if matches!(told, Token::Fact(..) | Token::Stay(_) | Token::Text(_) | Token::Code(_)) {
            let place = &mut self.ever[token as usize / 64];
            if *place >> (token % 64) & 1 == 0 {
                *place |= 1 << (token % 64);
                self.bag.push((token, 1.0));
            }
        }
        match told {
            Token::Fact(slot, _) => {
                let sex = self.grammar.sexes[token as usize];
                if sex != Sex::Other {
                    self.sex = sex;
                }
                let last = usize::from(slot) + 1 == index.facts.len();
                self.wait = if last { behind_facts(self.grammar) } else { Wait::Fact(slot + 1) };
                self.push_last(token);
            }
            Token::First(_) => {
                self.now = says;
                self.wait = Wait::Age;
                self.push_last(token);
            }
            Token::Nothing => {
                self.nothing = true;
                self.now = says;
                self.wait = Wait::Age;
            }
            Token::Age(_) | Token::NoAge => {
                self.birth = (told != Token::NoAge).then_some(says);
                self.wait = if self.nothing { Wait::Over } else { Wait::Clock(After::Stay) };
            }
            Token::Clock(_) if self.wait == Wait::Clock(After::StayEnd) => {
                self.end = Some(says);
                self.wait = Wait::Inside;
            }
            Token::Clock(_) => {
                self.now = says;
                self.wait = match self.wait {
                    Wait::Clock(After::Inside) => Wait::Inside,
                    Wait::Clock(After::Over) => Wait::Over,
                    _ => Wait::Stay,
                };
            }
            Token::Within(_) | Token::Gap(_) | Token::GapDays(_) => {
                let days = matches!(told, Token::GapDays(_));
                self.since = log_days(says - self.close);
                self.now = says;
                self.push_last(token);
                self.wait = match (self.wait == Wait::Death, days) {
                    (false, false) => Wait::Stay,
                    (false, true) => Wait::Clock(After::Stay),
                    (true, false) => Wait::Over,
                    (true, true) => Wait::Clock(After::Over),
                };
            }
            Token::Stay(_) | Token::Moment | Token::Bare => self.begin(token, told),
            Token::Span(_) | Token::SpanDays(_) => {
                self.end = Some(says);
                let days = matches!(told, Token::SpanDays(_));
                self.wait = if days { Wait::Clock(After::StayEnd) } else { Wait::Inside };
            }
            Token::Length(_) | Token::NoEnd => self.wait = Wait::Inside,
            Token::Step(_) | Token::StepDays(_) | Token::ToEnd => {
                self.steps.rotate_right(1);
                self.steps[0] = (says - self.now).max(1);
                self.now = says;
                self.past.enter(self.last[0], token, None);
                self.push_last(token);
                let days = matches!(told, Token::StepDays(_));
                self.wait = if days { Wait::Clock(After::Inside) } else { Wait::Inside };
            }
            Token::Code(code) => self.code(token, usize::from(code)),
            Token::Number(bin) => {
                self.set_number(bin);
                self.wait = self.behind_number();
            }
            Token::NoNumber => self.wait = self.behind_number(),
            Token::Text(_) | Token::NoText => self.wait = self.behind_text(),
            Token::EndStay if self.wait == Wait::Always => {
                self.forget_stay();
                self.last = [token, 0];
                self.wait = Wait::First;
            }
            Token::EndStay => {
                self.forget_stay();
                self.past.close();
                self.close = self.end.unwrap_or(self.now);
                self.wait = Wait::Next;
            }
            Token::Death(_) => {
                self.push_last(token);
                self.wait = Wait::Death;
            }
            Token::End | Token::Start => self.wait = Wait::Over,
        }
        self.tell();
    }

    fn begin(&mut self, token: u32, told: Token) {
        if self.stays == 0 {
            self.first = self.now;
        }
        self.stays += 1;
        self.start = self.now;
        self.end = None;
        self.close = self.now;
        self.inside = 0;
        self.steps = [0; PACED];
        self.past.begin();
        self.push_last(token);
        self.wait = Wait::Inside;
        self.stay = None;
        self.moments += u32::from(told == Token::Moment);
        self.kind = match told {
            Token::Stay(kind) => {
                self.stay = Some(usize::from(kind));
                if self.grammar.book.stays[usize::from(kind)].ends {
                    self.wait = Wait::StayEnd;
                }
                kind.saturating_add(3).min(127)
            }
            Token::Bare => 2,
            _ => 1,
        };
    }

    fn code(&mut self, token: u32, code: usize) {
        if !self.grammar.book.codes[code].timeless {
            self.past.enter(self.last[0], token, Some(code));
        }
        self.run = if self.last[0] == token { self.run + 1 } else { 1 };
        self.code = code;
        self.number = None;
        self.inside += 1;
        self.push_last(token);
        if self.here[code] & THIS == 0 {
            self.here[code] |= THIS;
            self.here_list[0].push(code as u32);
            self.bag.push((self.grammar.index.tokens.len() as u32 + code as u32, 1.0));
        }
        self.wait = if self.grammar.index.numbers[code] == 0 { self.behind_number() } else { Wait::Number };
    }

    fn set_number(&mut self, bin: u16) {
        let place = self.grammar.index.tokens.len() + 2 * self.grammar.book.codes.len() + self.code;
        let before = match self.bins[self.code] {
            0 => 0.0,
            bin => self.rank(self.code, u16::from(bin) - 1),
        };
        self.bins[self.code] = bin as u8 + 1;
        self.number = Some(bin);
        self.bag.push((place as u32, self.rank(self.code, bin) - before));
    }

    fn behind_number(&self) -> Wait {
        if self.grammar.index.texts[self.code] == 0 { self.behind_text() } else { Wait::Text }
    }

    fn behind_text(&self) -> Wait {
        let code = &self.grammar.book.codes[self.code];
        match (code.ends, code.timeless) {
            (true, _) => Wait::End,
            (false, true) => Wait::Always,
            (false, false) => Wait::Inside,
        }
    }

    /// What was in this stay becomes what was in the last one.
    fn forget_stay(&mut self) {
        let (tokens, codes) = (self.grammar.index.tokens.len() as u32, self.grammar.book.codes.len() as u32);
        let [this, last] = &mut self.here_list;
        for code in last.drain(..) {
            self.here[code as usize] &= !LAST;
            self.bag.push((tokens + codes + code, -1.0));
        }
        for &code in this.iter() {
            self.here[code as usize] = LAST;
            self.bag.push((tokens + code, -1.0));
            self.bag.push((tokens + codes + code, 1.0));
        }
        self.here_list.swap(0, 1);
    }

    fn push_last(&mut self, token: u32) {
        self.last = [token, self.last[0]];
    }

    /// A bin as a number of about unit width.
    fn rank(&self, code: usize, bin: u16) -> f32 {
        let bins = self.grammar.book.codes[code].numbers.as_ref().map_or(1, super::scale::Scale::bins);
        ((f32::from(bin) + 0.5) / bins as f32 - 0.5) * 3.0
    }

    /// The class of tokens that may come.
    pub(super) fn class(&self) -> u16 {
        let index = self.grammar.index;
        match self.wait {
            Wait::Fact(slot) => slot,
            Wait::First => index.class(Part::First),
            Wait::Age => index.class(Part::Age),
            Wait::Clock(After::Stay) => index.class(Part::Open),
            Wait::Clock(After::StayEnd) => index.class(Part::Close),
            Wait::Clock(_) => index.class(Part::Clock),
            Wait::Stay => index.class(Part::Stay),
            Wait::StayEnd => {
                let lacks = self.stay.is_none_or(|stay| self.grammar.book.stays[stay].lacks[2]);
                index.lengths(Part::Stretch, lacks)
            }
            Wait::Inside => index.class(Part::Inside),
            Wait::Always => index.class(Part::Always),
            Wait::Number => index.numbers[self.code],
            Wait::Text => index.texts[self.code],
            Wait::End => index.lengths(Part::Length, self.grammar.book.codes[self.code].lacks[2]),
            Wait::Next | Wait::Over => index.class(Part::Next),
            Wait::Death => index.class(Part::Death),
        }
    }

    /// What the base is told of what this life held.
    pub(super) fn memory(&self) -> &[u32] {
        match self.wait {
            Wait::Inside | Wait::Stay | Wait::Next | Wait::Clock(After::Stay | After::StayEnd) => {
                self.past.memory()
            }
            _ => &[],
        }
    }

    /// What the base is told; its parts are those of [`Field`](super::field::Field).
    pub(super) fn context(&self) -> u64 {
        let bin = match self.wait {
            Wait::Number => u64::from(self.bins[self.code]),
            Wait::Text => self.number.map_or(0, |bin| u64::from(bin) + 1),
            Wait::Next | Wait::Death => self.left(),
            Wait::Inside => self.rest(),
            Wait::Always => u64::from(steps(self.run)),
            Wait::Stay | Wait::Clock(_) => u64::from(self.stays.min(15)),
            _ => 0,
        };
        let group = self.age_band() * 3
            + match self.sex {
                Sex::Other => 0,
                Sex::Female => 1,
                Sex::Male => 2,
            };
        let before = match self.wait {
            Wait::Next | Wait::Stay => self.course(),
            _ => u64::from(self.last[1]),
        };
        u64::from(self.class()) & 0xfff
            | u64::from(self.last[0]) << 12
            | before << 28
            | u64::from(self.kind) << 44
            | group << 51
            | bin << 57
            | self.fold << 61
    }

    /// How much of the stay is left: in parts of it where its end is known, else how much has happened.
    fn rest(&self) -> u64 {
        const PARTS: [f64; 5] = [0.005, 0.02, 0.08, 0.25, 0.5];
        match self.end {
            Some(end) if end <= self.now => 0,
            Some(end) => {
                let left = (end - self.now) as f64 / (end - self.start).max(1) as f64;
                1 + PARTS.iter().filter(|&&part| left > part).count() as u64
            }
            None => 8 + u64::from(self.inside.checked_ilog2().map_or(0, |log| log + 1).min(7)),
        }
    }

    /// What the life was made of so far: stays and moments outside of stays, in 8 steps each.
    fn course(&self) -> u64 {
        let few = |n: u32| u64::from(n.checked_ilog2().map_or(0, |log| log + 1).min(7));
        few(self.stays - self.moments) << 3 | few(self.moments)
    }

    /// How long until the data end, in 15 steps; 0 for the first stay.
    fn left(&self) -> u64 {
        const STEPS: [i64; 13] = [7, 30, 60, 90, 120, 180, 270, 365, 548, 730, 1_096, 1_461, 2_192];
        let days = (self.grammar.book.span[1] - self.close) / DAY;
        let near = STEPS.iter().filter(|&&step| step <= days).count() as u64;
        1 + near.min(14)
    }

    /// Minutes of the mean of the last steps of this stay; 0 before the first.
    fn pace(&self) -> i64 {
        let n = self.steps.iter().filter(|&&step| step > 0).count() as i64;
        if n == 0 { 0 } else { self.steps.iter().sum::<i64>() / n }
    }

    fn age_years(&self) -> Option<f64> {
        self.birth.map(|birth| (self.now - birth) as f64 / (YEAR * DAY as f64))
    }

    /// The exact age at a time.
    pub(super) fn age_at(&self, minute: i64) -> Option<f64> {
        self.birth.map(|birth| (minute - birth) as f64 / (YEAR * DAY as f64))
    }

    fn age_band(&self) -> u64 {
        const BANDS: [f64; 8] = [1.0, 18.0, 30.0, 45.0, 55.0, 65.0, 75.0, 85.0];
        self.age_years().map_or(0, |age| 1 + BANDS.iter().filter(|&&band| age >= band).count() as u64)
    }

    fn tell(&mut self) {
        let age = self.age_years();
        let year = self.now as f64 / (YEAR * DAY as f64);
        let whens = [When::group(age, self.sex), When::month(year)];
        match self.wait {
            Wait::Inside => {
                let pace = 64 - (self.pace() as u64).leading_zeros();
                self.past.tell(self.last[0], self.grammar.index.code, pace.min(15), whens);
            }
            Wait::Stay | Wait::Next | Wait::Clock(After::Stay | After::StayEnd) => {
                self.past.tell_whens(whens);
            }
            _ => {}
        }
        let year = year * std::f64::consts::TAU;
        let hour = self.now.rem_euclid(DAY) as f64 / DAY as f64 * std::f64::consts::TAU;
        let [from, to] = self.grammar.book.span;
        let along = (self.now - from) as f64 / (to - from).max(1) as f64;
        let flag = f32::from;
        let before = self.bins.get(self.code).copied().unwrap_or(0);
        let asked = self.wait == Wait::Number && before > 0;
        self.features = [
            age.map_or(0.0, |age| ((age - 50.0) / 25.0).clamp(-3.0, 3.0) as f32),
            flag(age.is_some()),
            age.map_or(0.0, |age| (-age.max(0.0) / 4.0).exp() as f32),
            flag(self.sex == Sex::Female) - flag(self.sex == Sex::Male),
            self.since,
            log_days(self.now - self.first) * flag(self.stays > 0),
            (f64::from(self.stays)).ln_1p() as f32 / 2.0,
            year.sin() as f32,
            year.cos() as f32,
            hour.sin() as f32,
            hour.cos() as f32,
            f64::from(self.inside).ln_1p() as f32 / 2.0,
            log_minutes(self.now - self.start) * flag(self.stays > 0),
            self.end.map_or(0.0, |end| log_minutes(end - self.now)),
            flag(self.end.is_some()),
            self.number.map_or(0.0, |bin| self.rank(self.code, bin)),
            if asked { self.rank(self.code, u16::from(before) - 1) } else { 0.0 },
            flag(asked),
            (along.clamp(-0.5, 1.5) * 2.0 - 1.0) as f32,
            log_days(to - self.now.max(from)),
            log_minutes(self.pace()),
            log_minutes(self.steps[0]),
        ];
    }
}

/// What comes behind the last fact.
fn behind_facts(grammar: Grammar<'_>) -> Wait {
    if grammar.book.timed() < grammar.book.codes.len() { Wait::Always } else { Wait::First }
}

/// A count in 16 steps.
fn steps(n: u32) -> u8 {
    const STEPS: [u32; 15] = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 45, 70, 120];
    STEPS.partition_point(|&step| step <= n) as u8
}

fn log_days(minutes: i64) -> f32 {
    (minutes.max(0) as f64 / DAY as f64).ln_1p() as f32 / 4.0
}

fn log_minutes(minutes: i64) -> f32 {
    (minutes.max(0) as f64).ln_1p() as f32 / 5.0
}
