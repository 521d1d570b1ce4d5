//! How do events become lives that metrics can count?
//!
//! Codes become numbers of one [`Vocabulary`]; events at one time stand in the order of their codes, because the order in
//! which a file lists them means nothing; events are gathered in visits.

use super::Vocabulary;
use std::collections::BTreeMap;
use std::ops::Range;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::{DAY, years_between};
use verosim_timeline::{Events, Kind, Person, Sex};

/// Some people's lives. Birth and static events are not among the timed events.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    pub(crate) people: Vec<Life>,
    /// Timed events of all people, person by person, by time and code.
    pub(crate) codes: Vec<u32>,
    pub(crate) times: Vec<i64>,
    pub(crate) ends: Vec<i64>,
    pub(crate) numbers: Vec<f32>,
    /// Visits of all people, person by person, in order of time.
    pub(crate) visits: Vec<Visit>,
    /// Distinct codes of all visits, ascending within each.
    pub(crate) visit_codes: Vec<u32>,
}

/// One person.
#[derive(Clone, Debug)]
pub struct Life {
    pub(crate) sex: Sex,
    pub(crate) birth: Option<i64>,
    pub(crate) death: Option<i64>,
    /// Codes without a time, ascending.
    pub(crate) statics: Vec<u32>,
    /// Positions of this person's events.
    pub(crate) events: Range<usize>,
    /// Positions of this person's visits.
    pub(crate) visits: Range<usize>,
}

/// What happened together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Positions of its codes.
    pub(crate) codes: Range<usize>,
    /// Whether a visit's own event lasts a day or longer.
    pub(crate) is_stay: bool,
}

impl Lives {
    /// The lives of `events`, whose codes must all be in `vocabulary`; others are left out.
    ///
    /// Events with the name of a visit belong to it; events of a calendar day without such a name are a visit of their own.
    /// Birth, death and spans of observation belong to none.
    ///
    /// # Cost
    /// O(events · log events of a person) time, about 40 bytes per event.
    #[must_use]
    pub fn of(events: &Events, vocabulary: &Vocabulary) -> Self {
        let numbered: Vec<Option<u32>> =
            events.codes().levels().iter().map(|text| vocabulary.position(text)).collect();
        let mut lives = Self::default();
        events.people().for_each(|person| lives.add(&person, &numbered, vocabulary));
        lives
    }

    fn add(&mut self, person: &Person<'_>, numbered: &[Option<u32>], vocabulary: &Vocabulary) {
        let events = person.events();
        let code_of = |row: usize| numbered[events.codes().codes()[row] as usize];
        let mut statics: Vec<u32> = person.statics().filter_map(code_of).collect();
        statics.sort_unstable();
        statics.dedup();
        let sex = statics
            .iter()
            .find(|&&code| vocabulary.kind(code) == Kind::Sex)
            .map_or(Sex::Other, |&code| Sex::of(vocabulary.text(code)));
        let mut rows: Vec<(i64, u32, usize)> = person
            .timed()
            .filter_map(|row| Some((within(events.times()[row]), code_of(row)?, row)))
            .filter(|&(_, code, _)| vocabulary.kind(code) != Kind::Birth)
            .collect();
        rows.sort_unstable();
        let (first_event, first_visit) = (self.codes.len(), self.visits.len());
        for &(time, code, row) in &rows {
            self.codes.push(code);
            self.times.push(time);
            self.ends.push(within(events.ends()[row]));
            self.numbers.push(events.numbers()[row]);
        }
        self.add_visits(events, &rows, vocabulary);
        self.people.push(Life {
            sex,
            birth: person.birth().map(within),
            death: person.death().map(within),
            statics,
            events: first_event..self.codes.len(),
            visits: first_visit..self.visits.len(),
        });
    }

    fn add_visits(&mut self, events: &Events, rows: &[(i64, u32, usize)], vocabulary: &Vocabulary) {
        let mut found: BTreeMap<(bool, i64), Gathered> = BTreeMap::new();
        for &(time, code, row) in rows {
            let kind = vocabulary.kind(code);
            if matches!(kind, Kind::Death | Kind::Observed) {
                continue;
            }
            let key = if events.visits().cell(row).is_empty() {
                (false, time.div_euclid(DAY))
            } else {
                (true, i64::from(events.visits().codes()[row]))
            };
            let visit = found.entry(key).or_insert(Gathered::at(time));
            visit.latest = visit.latest.max(time);
            visit.codes.push(code);
            let end = within(events.ends()[row]);
            if kind == Kind::Visit && end != STATIC && end >= time {
                visit.end = visit.end.max(end);
                visit.is_stay |= end - time >= DAY;
            }
        }
        let mut visits: Vec<Gathered> = found.into_values().collect();
        for visit in &mut visits {
            visit.codes.sort_unstable();
            visit.codes.dedup();
        }
        visits.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| a.codes.cmp(&b.codes)));
        for visit in visits {
            let from = self.visit_codes.len();
            self.visit_codes.extend(visit.codes);
            self.visits.push(Visit {
                start: visit.start,
                end: visit.end.max(visit.latest),
                codes: from..self.visit_codes.len(),
                is_stay: visit.is_stay,
            });
        }
    }

    /// How many people there are.
    #[must_use]
    pub fn n_people(&self) -> usize {
        self.people.len()
    }

    /// How many timed events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.codes.len()
    }

    /// The visits of one person.
    pub(crate) fn visits_of(&self, life: &Life) -> &[Visit] {
        &self.visits[life.visits.clone()]
    }

    /// The distinct codes of one visit.
    pub(crate) fn codes_of(&self, visit: &Visit) -> &[u32] {
        &self.visit_codes[visit.codes.clone()]
    }

    /// The codes of one person's events, in order.
    pub(crate) fn sequence(&self, life: &Life) -> &[u32] {
        &self.codes[life.events.clone()]
    }

    /// When the first and the last event of one person happened.
    pub(crate) fn span(&self, life: &Life) -> Option<(i64, i64)> {
        let times = &self.times[life.events.clone()];
        Some((*times.first()?, *times.last()?))
    }

    /// The distinct codes of one person, ascending, those without a time too.
    pub(crate) fn distinct(&self, life: &Life) -> Vec<u32> {
        let mut codes = self.sequence(life).to_vec();
        codes.extend(&life.statics);
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// How many people have each of `n_codes` codes.
    pub(crate) fn people_per_code(&self, n_codes: usize) -> Vec<u32> {
        let mut counts = vec![0; n_codes];
        for life in &self.people {
            self.distinct(life).into_iter().for_each(|code| counts[code as usize] += 1);
        }
        counts
    }
}

impl Life {
    /// Age in years.
    pub(crate) fn age_at(&self, time: i64) -> Option<f64> {
        self.birth.map(|birth| years_between(birth, time))
    }
}

/// Instants within 30,000 years of 1970, so that no difference of two overflows.
fn within(time: i64) -> i64 {
    const MOST: i64 = 1 << 60;
    if time == STATIC { time } else { time.clamp(-MOST, MOST) }
}

/// A visit while it is gathered.
struct Gathered {
    start: i64,
    latest: i64,
    end: i64,
    codes: Vec<u32>,
    is_stay: bool,
}

impl Gathered {
    fn at(time: i64) -> Self {
        Self { start: time, latest: time, end: i64::MIN, codes: Vec::new(), is_stay: false }
    }
}
