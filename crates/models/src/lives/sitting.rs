//! How does a life fall into sittings: visits with what happens in them?

use std::collections::HashMap;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Events, Kind, Person};

/// Longest silence within a sitting that no visit holds together: half a day.
const SILENCE: i64 = DAY / 2;

/// The kinds of the codes of some events, looked up once.
pub(crate) struct Kinds(Vec<Kind>);

impl Kinds {
    pub(crate) fn of(events: &Events) -> Self {
        Self(events.codes().levels().iter().map(|code| Kind::of(code)).collect())
    }

    pub(crate) fn at(&self, events: &Events, row: usize) -> Kind {
        self.0[events.codes().codes()[row] as usize]
    }
}

/// What happens together: a visit with its events, or events close in time that belong to no visit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sitting {
    /// Row of the event that tells of the visit itself.
    pub(crate) opener: Option<usize>,
    /// Whether the events name a visit.
    pub(crate) is_named: bool,
    pub(crate) start: i64,
    /// The latest of the end of the visit and all events.
    pub(crate) end: i64,
    /// How long the visit lasts by its own account; 0 where it has none.
    pub(crate) lasts: i64,
    /// Rows of all other events, in time order.
    pub(crate) items: Vec<usize>,
}

/// The sittings of a life in order of their starts. Births and deaths belong to none; what begins on a day after the day of
/// death is left out.
pub(crate) fn sittings(person: &Person<'_>, kinds: &Kinds) -> Vec<Sitting> {
    let events = person.events();
    let last = person.death().map_or(i64::MAX, |death| death.saturating_add(DAY));
    let mut found: Vec<Sitting> = Vec::new();
    let mut by_name: HashMap<u32, usize> = HashMap::new();
    let mut loose: Option<(usize, i64)> = None;
    for row in person.timed() {
        let (kind, time) = (kinds.at(events, row), events.times()[row]);
        if matches!(kind, Kind::Birth | Kind::Death) || time >= last {
            continue;
        }
        let name = events.visits().codes()[row];
        let is_named = !events.visits().levels()[name as usize].is_empty();
        let known = if is_named {
            by_name.get(&name).copied()
        } else if kind == Kind::Visit {
            None
        } else {
            loose.filter(|&(_, at)| time - at <= SILENCE).map(|(known, _)| known)
        };
        let at = known.unwrap_or_else(|| {
            let fresh =
                Sitting { opener: None, is_named, start: time, end: time, lasts: 0, items: Vec::new() };
            found.push(fresh);
            found.len() - 1
        });
        if is_named {
            by_name.insert(name, at);
        } else {
            loose = Some((at, time));
        }
        let sitting = &mut found[at];
        sitting.end = sitting.end.max(time);
        if kind == Kind::Visit && sitting.opener.is_none() {
            sitting.opener = Some(row);
            let end = events.ends()[row];
            if end != STATIC {
                sitting.end = sitting.end.max(end);
                sitting.lasts = (end - time).max(0);
            }
        } else {
            sitting.items.push(row);
        }
    }
    found.sort_by_key(|sitting| sitting.start);
    found
}

/// Whether a death belongs to a sitting: it comes before its end, or on that day when only the day is known.
pub(crate) fn dies_in(sitting: &Sitting, death: i64) -> bool {
    let reach = if death.rem_euclid(DAY) == 0 { DAY } else { 1 };
    death <= sitting.end
        || (death < sitting.end + reach
            && death.div_euclid(DAY) == sitting.end.div_euclid(DAY)
            && reach == DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_timeline::event::Builder;
    use verosim_timeline::{BIRTH, DEATH, Event};

    #[test]
    fn lives_fall_into_visits_and_loose_groups() {
        let mut builder = Builder::default();
        let hour = DAY / 24;
        for (time, code, visit, end) in [
            (0, BIRTH, "", STATIC),
            (10 * DAY, "VISIT//A", "v", 12 * DAY),
            (11 * DAY, "LAB//X", "v", STATIC),
            (11 * DAY + hour, "LAB//Y", "", STATIC),
            (11 * DAY + 2 * hour, "LAB//Z", "", STATIC),
            (13 * DAY, "LAB//Z", "", STATIC),
            (20 * DAY, "LAB//X", "w", STATIC),
            (20 * DAY, DEATH, "", STATIC),
            (22 * DAY, "LAB//X", "", STATIC),
        ] {
            builder.push(&Event { subject: 1, time, code, visit, end, ..Event::default() });
        }
        let events = builder.finish();
        let found = sittings(&events.people().next().unwrap(), &Kinds::of(&events));
        let told: Vec<(Option<usize>, bool, i64, usize)> =
            found.iter().map(|one| (one.opener, one.is_named, one.end / DAY, one.items.len())).collect();
        assert_eq!(
            told,
            [(Some(1), true, 12, 1), (None, false, 11, 2), (None, false, 13, 1), (None, true, 20, 1)],
            "what comes after death is left out"
        );
        assert!(dies_in(&found[3], 20 * DAY) && !dies_in(&found[3], 21 * DAY));
    }
}
