//! How is one life written, token by token?

use super::book::{self, END, END_STAY, Token};
use super::course::DAY;
use super::encode::middle;
use super::guide::Guide;
use super::life::{After, Life, Wait};
use super::model::FittedVisits;
use super::scale::Scale;
use super::survey::new_year;
use crate::{Step, Story};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use verosim_core::Seeded;
use verosim_timeline::{BIRTH, Builder, Event, Possible};

/// Tokens that a life may be longer than those of real people.
const SLACK: usize = 200;
/// Draws after which what is too late is cut off instead of drawn again.
const AGAIN: usize = 16;

/// One event as it was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Told {
    /// What: a token, or [`BORN`].
    token: u32,
    /// Minutes since 1970; `None` for what holds always.
    time: Option<i64>,
    end: Option<i64>,
    number: Option<f32>,
    text: Option<u16>,
    /// Number of the stay, from 1; 0 outside of stays.
    stay: u32,
}

/// The token of a birth.
const BORN: u32 = u32::MAX;

/// A life that is being written.
pub(super) struct Tale<'a> {
    model: &'a FittedVisits,
    possible: Option<&'a dyn Possible>,
    guide: &'a Guide,
    life: Life<'a>,
    rng: ChaCha8Rng,
    told: Vec<Told>,
    stays: u32,
    /// The number of the stay at hand; 0 outside.
    stay: u32,
    tokens: usize,
    /// What is not written but was.
    prefix: VecDeque<(u32, i64)>,
    death: Option<u32>,
    /// Which wanted codes are had.
    pub(super) met: Vec<bool>,
    /// The logarithm of how much less likely this life is than it was made.
    pub(super) log_weight: f64,
    broken: bool,
}

impl<'a> Tale<'a> {
    pub(super) fn new(
        model: &'a FittedVisits,
        possible: Option<&'a dyn Possible>,
        guide: &'a Guide,
        seed: Seeded,
        prefix: VecDeque<(u32, i64)>,
    ) -> Self {
        Self {
            model,
            possible,
            guide,
            life: Life::new(model.grammar(), super::field::NO_FOLD),
            rng: seed.rng(),
            told: Vec::new(),
            stays: 0,
            stay: 0,
            tokens: 0,
            prefix,
            death: None,
            met: vec![false; guide.wanted.len()],
            log_weight: 0.0,
            broken: false,
        }
    }

    /// Where it stands.
    pub(super) fn life(&self) -> &Life<'a> {
        &self.life
    }

    /// Whether anything was told and all that was asked is had.
    pub(super) fn is_whole(&self) -> bool {
        !self.told.is_empty() && !self.broken && self.met.iter().all(|&met| met)
    }

    /// Sets the logits of what cannot come now to minus infinity.
    pub(super) fn forbid(&self, tokens: &[u32], logits: &mut [f32]) {
        let (book, index) = (&self.model.book, &self.model.index);
        let life = &self.life;
        let over = self.tokens > book.longest + SLACK;
        let until = if life.wait == Wait::Inside { life.end } else { Some(book.span[1]) };
        let only = match life.wait {
            Wait::Next if over => Some(END),
            Wait::Inside | Wait::Always if over => Some(END_STAY),
            _ => None,
        };
        if !matches!(life.wait, Wait::Next | Wait::Death | Wait::Inside | Wait::Always) {
            return;
        }
        let is_open = life.end.is_some_and(|end| end > life.now);
        let day = |from: i64| from.div_euclid(DAY) * DAY;
        for (&token, logit) in tokens.iter().zip(logits) {
            if only.is_some_and(|only| token != only) {
                *logit = f32::NEG_INFINITY;
                continue;
            }
            let earliest = match index.tokens[token as usize] {
                Token::Gap(bin) => life.close + book.gaps[0].low(usize::from(bin)) as i64,
                Token::GapDays(bin) => day(life.close) + book.gaps[1].low(usize::from(bin)) as i64 * DAY,
                Token::Step(bin) => life.now + book.steps[0].low(usize::from(bin)) as i64,
                Token::StepDays(bin) => day(life.now) + book.steps[1].low(usize::from(bin)) as i64 * DAY,
                Token::ToEnd if !is_open => i64::MAX,
                _ => continue,
            };
            if earliest > until.unwrap_or(i64::MAX - 1) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }

    /// Whether a token can happen to this person now.
    fn can(&self, token: u32) -> bool {
        let Some(possible) = self.possible else { return true };
        let code = match self.model.index.tokens[token as usize] {
            Token::Code(code) => &self.model.book.codes[usize::from(code)].code,
            Token::Stay(stay) => &self.model.book.stays[usize::from(stay)].code,
            _ => return true,
        };
        possible.can(code, self.life.sex, self.life.age_at(self.life.now))
    }

    /// Draws one of the tokens; what cannot happen is passed over and drawn again, which is the law given that it does
    /// not.
    fn choose(&mut self, tokens: &[u32], logits: &mut [f32]) -> Option<u32> {
        self.forbid(tokens, logits);
        if !self.guide.is_empty() {
            let told = matches!(self.life.wait, Wait::Fact(_) | Wait::Age);
            let can: Vec<bool> = self.guide.all.iter().map(|&token| self.can(token)).collect();
            self.log_weight += self.guide.force(tokens, logits, told)?;
            let before = self.guide.raise(tokens, logits, &self.met, &can);
            let token = self.draw(tokens, logits)?;
            self.log_weight += before - self.guide.raised(token, &self.met);
            return Some(token);
        }
        self.draw(tokens, logits)
    }

    fn draw(&mut self, tokens: &[u32], logits: &mut [f32]) -> Option<u32> {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if most == f32::NEG_INFINITY {
            return None;
        }
        let mut total = 0.0_f64;
        for logit in logits.iter_mut() {
            *logit = (*logit - most).exp();
            total += f64::from(*logit);
        }
        loop {
            let mut left = self.rng.random::<f64>() * total;
            let mut at = None;
            for (place, &chance) in logits.iter().enumerate() {
                if chance > 0.0 {
                    at = Some(place);
                    left -= f64::from(chance);
                    if left < 0.0 {
                        break;
                    }
                }
            }
            let place = at?;
            if self.can(tokens[place]) {
                return Some(tokens[place]);
            }
            total -= f64::from(logits[place]);
            logits[place] = 0.0;
            // Rounding must not leave a rest where nothing is.
            total = total.max(0.0);
        }
    }

    /// A number of a bin such that the time that follows from it is not behind `until`, if one is soon found.
    fn until(&mut self, scale: &Scale, bin: u16, until: i64, time: impl Fn(i64) -> i64) -> i64 {
        for _ in 0..AGAIN {
            let at = time(scale.draw(usize::from(bin), &mut self.rng) as i64);
            if at <= until {
                return at;
            }
        }
        until
    }

    /// What minute a token stands for.
    fn says(&mut self, token: u32) -> i64 {
        let book = &self.model.book;
        let (now, close) = (self.life.now, self.life.close);
        let day = |from: i64| from.div_euclid(DAY) * DAY;
        let last = book.span[1].max(close).max(now);
        let inside = self.life.end.unwrap_or(i64::MAX);
        match self.model.index.tokens[token as usize] {
            Token::First(bin) => book.first.draw(usize::from(bin), &mut self.rng) as i64 * DAY,
            Token::Nothing => middle(book),
            Token::Age(bin) => {
                let minutes = book.age.draw(usize::from(bin), &mut self.rng).max(0.0) * DAY as f64;
                let born = now - minutes as i64;
                match book.births {
                    book::Births::Year => {
                        let year = new_year(born);
                        if year > now { day(born) } else { year }
                    }
                    book::Births::Day => day(born),
                    book::Births::Minute => born,
                }
            }
            Token::Clock(bin) => {
                let (start, most) = match self.life.wait {
                    Wait::Clock(After::Inside) => (day(now), inside),
                    // The day that was told.
                    Wait::Clock(After::StayEnd) => (day(inside), last),
                    _ => (day(now), last),
                };
                let at = self.until(&book.clock, bin, most.max(start), |minute| start + minute);
                if matches!(self.life.wait, Wait::Clock(After::StayEnd)) { at.max(now) } else { at }
            }
            Token::Within(quarter) => {
                let from = if self.life.wait == Wait::Death { now } else { self.life.start };
                let share = (f64::from(quarter) + self.rng.random::<f64>()) / 4.0;
                let at = from + (share * (close - from).max(0) as f64) as i64;
                if book.dates_only { day(at).max(from) } else { at }
            }
            Token::Gap(bin) => self.until(&book.gaps[0], bin, last, |minutes| close + minutes.max(0)),
            Token::GapDays(bin) => {
                self.until(&book.gaps[1], bin, last, |days| day(close) + days.max(1) * DAY).max(day(close))
            }
            Token::Step(bin) => self.until(&book.steps[0], bin, inside, |minutes| now + minutes.max(0)),
            Token::StepDays(bin) => {
                self.until(&book.steps[1], bin, inside, |days| day(now) + days.max(1) * DAY).max(now)
            }
            Token::ToEnd => self.life.end.unwrap_or(now),
            Token::Span(bin) => self.until(&book.spans[0], bin, last, |minutes| now + minutes.max(0)),
            Token::SpanDays(bin) => {
                self.until(&book.spans[1], bin, last, |days| day(now) + days.max(1) * DAY).max(day(now))
            }
            Token::Length(bin) => self.until(&book.length, bin, last, |minutes| now + minutes.max(0)),
            _ => now,
        }
    }

    fn note(&mut self, token: u32, says: i64) {
        let index = &self.model.index;
        let event =
            |time: Option<i64>, stay: u32| Told { token, time, end: None, number: None, text: None, stay };
        match index.tokens[token as usize] {
            Token::Fact(slot, fact)
                if usize::from(fact) < self.model.book.slots[usize::from(slot)].facts.len() =>
            {
                self.told.push(event(None, 0));
            }
            Token::Age(_) => self.told.push(Told { token: BORN, ..event(Some(says), 0) }),
            Token::Stay(_) => {
                self.stays += 1;
                self.stay = self.stays;
                self.told.push(event(Some(self.life.now), self.stay));
            }
            Token::Bare => {
                self.stays += 1;
                self.stay = self.stays;
            }
            Token::Moment => self.stay = 0,
            Token::Code(code) => {
                let timeless = self.model.book.codes[usize::from(code)].timeless;
                self.told.push(event((!timeless).then_some(self.life.now), self.stay));
            }
            Token::Number(bin) => {
                let numbers = self.model.book.codes[self.life.code].numbers.as_ref();
                let drawn = numbers.map(|scale| scale.draw(usize::from(bin), &mut self.rng) as f32);
                if let Some(last) = self.told.last_mut() {
                    last.number = drawn;
                }
            }
            Token::Text(text) => {
                if let Some(last) = self.told.last_mut() {
                    last.text = Some(text);
                }
            }
            Token::Length(_) | Token::Span(_) | Token::SpanDays(_) => {
                if let Some(last) = self.told.last_mut() {
                    last.end = Some(says);
                }
            }
            Token::Clock(_) if self.life.wait == Wait::Clock(After::StayEnd) => {
                if let Some(last) = self.told.last_mut() {
                    last.end = Some(says);
                }
            }
            Token::Death(_) => self.death = Some(token),
            _ => {}
        }
    }

    /// Adds the events of this life to a table, for the person `id`.
    pub(super) fn write(mut self, id: i64, to: &mut Builder) {
        let (book, index) = (&self.model.book, &self.model.index);
        let death = self.death.map(|_| self.life.now);
        if let Some(token) = self.death {
            let told = Told { token, time: death, end: None, number: None, text: None, stay: 0 };
            self.told.push(told);
        }
        let second = if book.seconds { self.rng.random_range(0..60_i64) } else { 0 };
        let micros = |minute: i64| (minute * 60 + second) * 1_000_000;
        let mut visit = (0, String::new());
        for told in &self.told {
            if told.time.zip(death).is_some_and(|(time, death)| time > death) {
                continue;
            }
            let code = if told.token == BORN { BIRTH } else { self.code(index.tokens[told.token as usize]) };
            if visit.0 != told.stay {
                // Digits, since some shapes want whole numbers.
                visit =
                    (told.stay, if told.stay > 0 { format!("{id}{:05}", told.stay) } else { String::new() });
            }
            let end = told.end.map(|end| death.map_or(end, |death| end.min(death)));
            let time =
                told.time.map(|time| if told.token == BORN { time * 60_000_000 } else { micros(time) });
            to.push(&Event {
                subject: id,
                time: time.unwrap_or(verosim_timeline::event::STATIC),
                end: end.map_or(verosim_timeline::event::STATIC, micros),
                code,
                number: told.number,
                text: told.text.map_or("", |text| &book.texts[usize::from(text)]),
                visit: &visit.1,
                ..Event::default()
            });
        }
    }

    fn code(&self, token: Token) -> &'a str {
        let book = &self.model.book;
        match token {
            Token::Fact(slot, fact) => &book.slots[usize::from(slot)].facts[usize::from(fact)].0,
            Token::Stay(stay) => &book.stays[usize::from(stay)].code,
            Token::Death(death) => &book.deaths[usize::from(death)].0,
            Token::Code(code) => &book.codes[usize::from(code)].code,
            _ => "",
        }
    }
}

impl Story for Tale<'_> {
    fn ask(&self) -> Option<Step<'_>> {
        (self.life.wait != Wait::Over && !self.broken).then(|| self.life.step(None))
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        if let Some((token, says)) = self.prefix.pop_front() {
            if matches!(self.model.index.tokens[token as usize], Token::Stay(_) | Token::Bare) {
                self.stays += 1;
            }
            self.life.enter(token, says);
            return;
        }
        self.tokens += 1;
        // A grammar that leaves nothing, as only a spoilt file can, or facts that exclude each other.
        let Some(token) = self.choose(tokens, logits) else {
            self.broken = true;
            return;
        };
        self.guide.meet(token, &mut self.met);
        let says = self.says(token);
        self.note(token, says);
        self.life.enter(token, says);
    }
}
