//! Which stays and moments is a person's life made of?

use hashbrown::HashMap;
use verosim_timeline::event::{Person, STATIC};
use verosim_timeline::{Events, Kind};

/// Minutes of a day.
pub(super) const DAY: i64 = 1_440;
/// Days of a year.
pub(super) const YEAR: f64 = 365.25;

/// What kind each code of a shard is, looked up once.
pub(super) struct Lens(Vec<Kind>);

impl Lens {
    pub(super) fn new(events: &Events) -> Self {
        Self(events.codes().levels().iter().map(|code| Kind::of(code)).collect())
    }

    fn kind(&self, events: &Events, row: usize) -> Kind {
        self.0[events.codes().codes()[row] as usize]
    }
}

/// A stay with what happened in it, or what happened on one day outside of stays.
#[derive(Clone, Debug, Default)]
pub(super) struct Stay {
    /// Minutes since 1970.
    pub(super) start: i64,
    pub(super) end: Option<i64>,
    /// The event that says what kind of stay it is.
    pub(super) of: Option<usize>,
    /// Whether the source gave it an id.
    pub(super) named: bool,
    /// Events with their minutes, not before the start nor behind the end.
    pub(super) rows: Vec<(i64, usize)>,
}

impl Stay {
    /// When it is over: gaps are counted from here.
    pub(super) fn close(&self) -> i64 {
        self.end.unwrap_or_else(|| self.rows.iter().map(|row| row.0).max().unwrap_or(self.start))
    }
}

/// A life in stays, in order of their starts.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) statics: std::ops::Range<usize>,
    pub(super) birth: Option<i64>,
    pub(super) stays: Vec<Stay>,
    /// Its minute and its event.
    pub(super) death: Option<(i64, usize)>,
    /// Events that were recorded behind the death.
    pub(super) dropped: usize,
}

/// Microseconds to minutes, `None` for no time.
pub(super) fn minute(micros: i64) -> Option<i64> {
    (micros != STATIC).then(|| micros.div_euclid(60_000_000))
}

impl Course {
    pub(super) fn new(person: &Person<'_>, lens: &Lens) -> Self {
        let events = person.events();
        let times = events.times();
        let mut course = Self { statics: person.statics(), ..Self::default() };
        let mut rows = Vec::with_capacity(person.len());
        for row in person.timed() {
            let Some(at) = minute(times[row]) else { continue };
            match lens.kind(events, row) {
                Kind::Birth => course.birth = course.birth.or(Some(at)),
                Kind::Death if course.death.is_none() => course.death = Some((at, row)),
                Kind::Death => {}
                kind => rows.push((at, row, kind)),
            }
        }
        if let Some((death, _)) = &mut course.death {
            // A date without a clock stands for some time of that day.
            if death.rem_euclid(DAY) == 0 {
                let day = *death..*death + DAY;
                *death = rows.iter().map(|row| row.0).filter(|at| day.contains(at)).max().unwrap_or(*death);
            }
            let n = rows.len();
            rows.retain(|row| row.0 <= *death);
            course.dropped = n - rows.len();
        }
        let mut of_id: HashMap<u32, usize> = HashMap::new();
        let mut of_day: HashMap<i64, usize> = HashMap::new();
        for (at, row, kind) in rows {
            let named = !events.visits().cell(row).is_empty();
            let is_stay = kind == Kind::Visit;
            let place = if named {
                *of_id.entry(events.visits().codes()[row]).or_insert(course.stays.len())
            } else if is_stay {
                course.stays.len()
            } else {
                *of_day.entry(at.div_euclid(DAY)).or_insert(course.stays.len())
            };
            if place == course.stays.len() {
                course.stays.push(Stay { start: at, named, ..Stay::default() });
            }
            let stay = &mut course.stays[place];
            if is_stay && stay.of.is_none() {
                stay.of = Some(row);
                stay.start = at;
                stay.end = minute(events.ends()[row]).map(|end| end.max(at));
            } else {
                stay.rows.push((at, row));
            }
        }
        let death = course.death.map(|death| death.0);
        for stay in &mut course.stays {
            stay.end = stay.end.map(|end| end.min(death.unwrap_or(end)).max(stay.start));
            for row in &mut stay.rows {
                row.0 = row.0.max(stay.start).min(stay.end.unwrap_or(i64::MAX));
            }
        }
        course.stays.sort_by_key(|stay| (stay.start, stay.of.is_none()));
        course
    }
}

/// How far something is behind what was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Before that was over: in which quarter of it.
    Within(u8),
    /// Less than a day later.
    Minutes(i64),
    /// Days of the calendar.
    Days(i64),
}

impl Gap {
    pub(super) fn new(from: i64, to: i64, time: i64) -> Self {
        if time < to {
            let quarter = 4 * (time - from).max(0) / (to - from).max(1);
            return Self::Within(quarter.min(3) as u8);
        }
        match time - to {
            minutes if minutes < DAY => Self::Minutes(minutes),
            _ => Self::Days(time.div_euclid(DAY) - to.div_euclid(DAY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_timeline::{Builder, Event};

    #[test]
    fn lives_become_stays_and_moments() {
        let mut to = Builder::default();
        let minute = 60_000_000;
        let mut add = |code: &str, at: i64, end: i64, visit: &str| {
            let end = if end == 0 { STATIC } else { end * minute };
            to.push(&Event { subject: 1, time: at * minute, end, code, visit, ..Event::default() });
        };
        add("MEDS_BIRTH", -9_000_000, 0, "");
        add("LAB//A", 90, 0, "v");
        add("VISIT//IN", 100, 400, "v");
        add("LAB//B", 120, 0, "");
        add("LAB//C", 500, 0, "v");
        add("LAB//D", 2_000, 0, "");
        add("MEDS_DEATH", 1_440, 0, "");
        add("LAB//E", 3_000, 0, "");
        let events = to.finish();
        let person = events.people().next().unwrap();
        let course = Course::new(&person, &Lens::new(&events));
        let told: Vec<(i64, Option<i64>, usize)> =
            course.stays.iter().map(|stay| (stay.start, stay.end, stay.rows.len())).collect();
        assert_eq!(told, [(100, Some(400), 2), (120, None, 1), (2_000, None, 1)]);
        assert_eq!(course.stays[0].rows.iter().map(|row| row.0).collect::<Vec<_>>(), [100, 400]);
        assert_eq!((course.death.map(|death| death.0), course.dropped), (Some(2_000), 1));
    }

    #[test]
    fn gaps_are_told_in_what_people_count_in() {
        assert_eq!(Gap::new(0, 400, 399), Gap::Within(3));
        assert_eq!(Gap::new(0, 400, 1_839), Gap::Minutes(1_439));
        assert_eq!(Gap::new(0, 400, 1_840), Gap::Days(1));
    }
}
