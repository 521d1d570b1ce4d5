//! What can be told of a life: which codes, numbers, texts, gaps and dates, and which tokens stand for them?

use super::scale::Scale;
use serde::{Deserialize, Serialize};

/// Something that many people have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "a code is a code")]
pub(super) struct Code {
    pub(super) code: String,
    /// People who have it.
    pub(super) people: u32,
    /// The law of its numbers.
    pub(super) numbers: Option<Scale>,
    /// Its texts, by position among all texts.
    pub(super) texts: Vec<u16>,
    /// Whether some have an end.
    pub(super) ends: bool,
    /// Whether some lack number, text, end.
    pub(super) lacks: [bool; 3],
    /// Whether it holds at no time.
    pub(super) timeless: bool,
}

/// Facts of one kind; a person has at most one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slot {
    /// The first word of its codes.
    pub(super) word: String,
    /// Codes and how many people have each.
    pub(super) facts: Vec<(String, u32)>,
}

/// To which part of the calendar births are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Births {
    /// The first of January.
    Year,
    /// A day.
    Day,
    /// A minute.
    Minute,
}

/// All that tokens stand for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Book {
    pub(super) slots: Vec<Slot>,
    /// What kinds of stays there are.
    pub(super) stays: Vec<Code>,
    /// What happens in them, common first; behind that what holds at no time and people may have several of.
    pub(super) codes: Vec<Code>,
    pub(super) deaths: Vec<(String, u32)>,
    pub(super) texts: Vec<String>,
    /// Day of the first event.
    pub(super) first: Scale,
    /// Age at the first event, in days.
    pub(super) age: Scale,
    /// Minute of the day.
    pub(super) clock: Scale,
    /// From the end of a stay to the next, and between events of one stay: minutes below a day, days above.
    pub(super) gaps: [Scale; 2],
    pub(super) steps: [Scale; 2],
    /// From the start of a stay to its end, in the same units.
    pub(super) spans: [Scale; 2],
    /// Minutes from start to end of other events.
    pub(super) length: Scale,
    /// Tokens for numbers.
    pub(super) bins: usize,
    /// First and last minute that are told of.
    pub(super) span: [i64; 2],
    pub(super) births: Births,
    /// Whether all clocks show midnight.
    pub(super) dates_only: bool,
    /// Whether clocks show seconds.
    pub(super) seconds: bool,
    /// Most tokens of a life.
    pub(super) longest: usize,
}

/// What one token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Start,
    EndStay,
    End,
    Nothing,
    NoAge,
    /// A day outside of stays.
    Moment,
    /// A stay of no kind.
    Bare,
    NoNumber,
    NoText,
    NoEnd,
    Within(u8),
    /// Time goes on to the end of the stay.
    ToEnd,
    First(u16),
    Age(u16),
    Clock(u16),
    Gap(u16),
    GapDays(u16),
    Step(u16),
    StepDays(u16),
    /// How long the stay is.
    Span(u16),
    SpanDays(u16),
    Length(u16),
    Number(u16),
    Death(u16),
    /// The slot and the fact in it; the place behind the last fact stands for none.
    Fact(u16, u16),
    Stay(u16),
    Text(u16),
    Code(u16),
}

/// The tokens before all others.
const PLAIN: [Token; 15] = [
    Token::Start,
    Token::EndStay,
    Token::End,
    Token::Nothing,
    Token::NoAge,
    Token::Moment,
    Token::Bare,
    Token::NoNumber,
    Token::NoText,
    Token::NoEnd,
    Token::Within(0),
    Token::Within(1),
    Token::Within(2),
    Token::Within(3),
    Token::ToEnd,
];
pub(super) const END_STAY: u32 = 1;
pub(super) const END: u32 = 2;
pub(super) const NOTHING: u32 = 3;
pub(super) const NO_AGE: u32 = 4;
pub(super) const MOMENT: u32 = 5;
pub(super) const BARE: u32 = 6;
pub(super) const NO_NUMBER: u32 = 7;
pub(super) const NO_TEXT: u32 = 8;
pub(super) const NO_END: u32 = 9;
pub(super) const WITHIN: u32 = 10;
pub(super) const TO_END: u32 = 14;

/// What is being told: decides which tokens may come and what their chances rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Fact,
    First,
    Age,
    Clock,
    /// The clocks of the start of a stay and of its end.
    Open,
    Close,
    Stay,
    Next,
    Death,
    Inside,
    /// What holds at no time, told before all stays.
    Always,
    /// How long a stay is, and how long an event.
    Stretch,
    Length,
    Number,
    Text,
    /// Whether a life goes on, is told to its end, or ends with death: no class of the grammar, but counts of its own, like those below.
    Leaving,
    /// Whether a stay ends here, or time goes on to its end.
    Ending,
    /// Whether time goes on, or what comes in a stay is new, was before, or is here.
    Turn,
    New,
    Again,
    Here,
}

/// Tokens by number, and what may come when.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) tokens: Vec<Token>,
    /// Which tokens each class allows, as far as the grammar knows.
    pub(super) classes: Vec<Vec<u32>>,
    pub(super) parts: Vec<Part>,
    /// The class of the numbers and of the texts of each code.
    pub(super) numbers: Vec<u16>,
    pub(super) texts: Vec<u16>,
    /// First token of each range.
    pub(super) first: u32,
    pub(super) age: u32,
    pub(super) clock: u32,
    pub(super) gaps: [u32; 2],
    pub(super) steps: [u32; 2],
    pub(super) spans: [u32; 2],
    pub(super) length: u32,
    pub(super) number: u32,
    pub(super) death: u32,
    pub(super) facts: Vec<u32>,
    pub(super) stay: u32,
    pub(super) text: u32,
    pub(super) code: u32,
}

/// Classes behind those of the slots.
pub(super) const CLASSES: [Part; 14] = [
    Part::First,
    Part::Age,
    Part::Clock,
    Part::Open,
    Part::Close,
    Part::Stay,
    Part::Next,
    Part::Death,
    Part::Inside,
    Part::Length,
    Part::Length,
    Part::Always,
    Part::Stretch,
    Part::Stretch,
];

impl Index {
    pub(super) fn new(book: &Book) -> Self {
        let mut tokens = PLAIN.to_vec();
        let mut range = |n: usize, of: &dyn Fn(u16) -> Token| {
            let from = tokens.len() as u32;
            tokens.extend((0..n as u16).map(of));
            from
        };
        let first = range(book.first.bins(), &Token::First);
        let age = range(book.age.bins(), &Token::Age);
        let clock = range(book.clock.bins(), &Token::Clock);
        let gaps = [range(book.gaps[0].bins(), &Token::Gap), range(book.gaps[1].bins(), &Token::GapDays)];
        let steps =
            [range(book.steps[0].bins(), &Token::Step), range(book.steps[1].bins(), &Token::StepDays)];
        let spans =
            [range(book.spans[0].bins(), &Token::Span), range(book.spans[1].bins(), &Token::SpanDays)];
        let length = range(book.length.bins(), &Token::Length);
        let number = range(book.bins, &Token::Number);
        let death = range(book.deaths.len(), &Token::Death);
        let facts: Vec<u32> = book
            .slots
            .iter()
            .zip(0..)
            .map(|(slot, at)| range(slot.facts.len() + 1, &|fact| Token::Fact(at, fact)))
            .collect();
        let stay = range(book.stays.len(), &Token::Stay);
        let text = range(book.texts.len(), &Token::Text);
        let code = range(book.codes.len(), &Token::Code);
        let mut index = Self {
            tokens,
            classes: Vec::new(),
            parts: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            first,
            age,
            clock,
            gaps,
            steps,
            spans,
            length,
            number,
            death,
            facts,
            stay,
            text,
            code,
        };
        index.fill_classes(book);
        index
    }

    fn fill_classes(&mut self, book: &Book) {
        let run = |from: u32, n: usize| from..from + n as u32;
        for (&from, slot) in self.facts.iter().zip(&book.slots) {
            self.classes.push(run(from, slot.facts.len() + 1).collect());
            self.parts.push(Part::Fact);
        }
        let gaps: Vec<u32> = (WITHIN..WITHIN + 4)
            .chain(run(self.gaps[0], book.gaps[0].bins()))
            .chain(run(self.gaps[1], book.gaps[1].bins()))
            .collect();
        let spans = run(self.spans[0], book.spans[0].bins()).chain(run(self.spans[1], book.spans[1].bins()));
        let lengths = run(self.length, book.length.bins());
        let timed = book.timed();
        self.classes.extend([
            run(self.first, book.first.bins()).chain([NOTHING]).collect(),
            run(self.age, book.age.bins()).chain([NO_AGE]).collect(),
            run(self.clock, book.clock.bins()).collect::<Vec<u32>>(),
            run(self.clock, book.clock.bins()).collect(),
            run(self.clock, book.clock.bins()).collect(),
            run(self.stay, book.stays.len()).chain([MOMENT, BARE]).collect(),
            gaps.iter().copied().chain([END]).chain(run(self.death, book.deaths.len())).collect(),
            gaps,
            run(self.code, timed)
                .chain([END_STAY, TO_END])
                .chain(run(self.steps[0], book.steps[0].bins()))
                .chain(run(self.steps[1], book.steps[1].bins()))
                .collect(),
            lengths.clone().collect(),
            lengths.chain([NO_END]).collect(),
            run(self.code + timed as u32, book.codes.len() - timed).chain([END_STAY]).collect(),
            spans.clone().collect(),
            spans.chain([NO_END]).collect(),
        ]);
        self.parts.extend(CLASSES);
        // A class that cannot be needed still must allow something.
        self.classes.iter_mut().filter(|class| class.is_empty()).for_each(|class| class.push(NO_END));
        let mut known: Vec<(Part, Vec<u32>, u16)> = Vec::new();
        for code in &book.codes {
            let mut class_of = |part: Part, mut class: Vec<u32>, none: Option<u32>| -> u16 {
                // Class 0 is never one of these; contexts have room for 4,096 classes.
                if class.is_empty() || self.classes.len() >= 4_000 {
                    return 0;
                }
                class.extend(none);
                if let Some(known) = known.iter().find(|known| known.0 == part && known.1 == class) {
                    return known.2;
                }
                let number = self.classes.len() as u16;
                known.push((part, class.clone(), number));
                self.classes.push(class);
                self.parts.push(part);
                number
            };
            let bins = code.numbers.as_ref().map_or(0, Scale::bins);
            let none = (bins > 0 && code.lacks[0]).then_some(NO_NUMBER);
            let numbers = class_of(Part::Number, run(self.number, bins).collect(), none);
            let none = (!code.texts.is_empty() && code.lacks[1]).then_some(NO_TEXT);
            let texts = code.texts.iter().map(|&text| self.text + u32::from(text)).collect();
            let texts = class_of(Part::Text, texts, none);
            self.numbers.push(numbers);
            self.texts.push(texts);
        }
    }

    /// The class of a part that is no slot and needs no code.
    pub(super) fn class(&self, part: Part) -> u16 {
        let at = CLASSES.iter().position(|&class| class == part).unwrap_or(0);
        (self.facts.len() + at) as u16
    }

    /// The class of lengths of stays or of events, with or without that of what has no end.
    pub(super) fn lengths(&self, part: Part, lacks: bool) -> u16 {
        self.class(part) + u16::from(lacks)
    }
}

impl Book {
    /// How many codes happen at a time; those behind them hold at none.
    pub(super) fn timed(&self) -> usize {
        self.codes.partition_point(|code| !code.timeless)
    }

    /// Whether it can be trusted: written by anybody.
    pub(super) fn is_sound(&self) -> bool {
        let scales = [&self.first, &self.age, &self.clock, &self.length];
        let scales = scales.into_iter().chain(&self.gaps).chain(&self.steps).chain(&self.spans);
        let all = self.stays.iter().chain(&self.codes);
        let tokens = self.codes.len() + self.stays.len() + self.texts.len() + self.deaths.len();
        let facts: usize = self.slots.iter().map(|slot| slot.facts.len() + 1).sum();
        scales.into_iter().all(|scale| scale.is_sound() && scale.bins() <= 200)
            && (self.first.bins() == 0 || self.clock.bins() > 0)
            && self.bins <= 10
            && self.codes.is_sorted_by_key(|code| code.timeless)
            && self.codes.iter().all(|code| !(code.timeless && code.ends))
            && tokens + facts < 60_000
            && self.slots.len() <= 64
            && self.longest <= 10_000_000
            && self.span[0] <= self.span[1]
            && self.span.iter().all(|minute| minute.abs() < i64::from(i32::MAX))
            && all.clone().all(|code| {
                code.numbers
                    .as_ref()
                    .is_none_or(|scale| scale.is_sound() && scale.bins() > 0 && scale.bins() <= self.bins)
                    && code.texts.iter().all(|&text| usize::from(text) < self.texts.len())
            })
            && self.codes.iter().all(|code| !code.ends || self.length.bins() > 0)
            && self.stays.iter().all(|stay| !stay.ends || self.spans.iter().any(|span| span.bins() > 0))
    }
}
