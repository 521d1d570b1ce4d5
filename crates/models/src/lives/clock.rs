//! How are spans of time cut into stretches, and how fine are the times of a code?

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use verosim_timeline::event::instant::{DAY, SECOND};

/// Upper ends of stretches, in microseconds; the first holds only nothing.
static EDGES: LazyLock<Vec<i64>> = LazyLock::new(|| {
    let minute = 60 * SECOND;
    let mut edges = vec![0];
    edges.extend([1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720].map(|n| n * minute));
    // Days grow by a quarter: a hazard that is even within a stretch is nearly a smooth one.
    let mut days = 1.0_f64;
    while days < 45_000.0 {
        edges.push(days.round() as i64 * DAY);
        days = (days * 1.2).max(days + 1.0);
    }
    edges
});

/// Number of stretches; the last has no end.
pub(crate) fn stretches() -> usize {
    EDGES.len() + 1
}

/// The stretch that holds a span; negative spans count as none.
pub(crate) fn stretch(span: i64) -> usize {
    EDGES.partition_point(|&edge| edge < span)
}

/// A span of that stretch: even in logarithms.
pub(crate) fn span(stretch: usize, rng: &mut ChaCha8Rng) -> i64 {
    if stretch == 0 {
        return 0;
    }
    let last = EDGES[EDGES.len() - 1];
    let low = EDGES[(stretch - 1).min(EDGES.len() - 1)].max(SECOND) as f64;
    let high = EDGES.get(stretch).copied().unwrap_or(2 * last) as f64;
    (low * (high / low).powf(rng.random::<f64>())) as i64
}

/// Last day whose spans are counted day by day: treatments come every seventh or twenty-eighth.
pub(crate) const COUNTED_DAYS: usize = 400;

/// The whole days that end in a stretch, if it is one of days that are counted.
pub(crate) fn days(stretch: usize) -> Option<std::ops::RangeInclusive<usize>> {
    let (low, high) = (EDGES.get(stretch.checked_sub(1)?)?, EDGES.get(stretch)?);
    let (low, high) = ((low / DAY) as usize + 1, (high / DAY) as usize);
    (*EDGES.get(stretch - 1)? >= DAY && high <= COUNTED_DAYS).then_some(low..=high)
}

/// The silence between an end and a start: exact within a day or two, whole days of the calendar beyond, so that a visit
/// every Monday is one every seven days at whatever hour.
pub(crate) fn silence(end: i64, start: i64) -> i64 {
    let days = start.div_euclid(DAY) - end.div_euclid(DAY);
    if days >= 2 { days * DAY } else { (start - end).max(0) }
}

/// Whole numbers of what all times of a code are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grain {
    Micro,
    Second,
    Minute,
    Hour,
    Day,
}

impl Grain {
    /// The coarsest that a time is whole in.
    pub(crate) fn of(time: i64) -> Self {
        [Self::Day, Self::Hour, Self::Minute, Self::Second]
            .into_iter()
            .find(|grain| time.rem_euclid(grain.micros()) == 0)
            .unwrap_or(Self::Micro)
    }

    pub(crate) fn micros(self) -> i64 {
        match self {
            Self::Micro => 1,
            Self::Second => SECOND,
            Self::Minute => 60 * SECOND,
            Self::Hour => 3_600 * SECOND,
            Self::Day => DAY,
        }
    }

    /// The last such time up to `time`.
    pub(crate) fn floor(self, time: i64) -> i64 {
        time.div_euclid(self.micros()).saturating_mul(self.micros())
    }
}

/// Month of the year, 0 to 11, by twelfths of years of 365.2425 days: the calendar's to a day or two.
pub(crate) fn month(time: i64) -> usize {
    let year = time as f64 / DAY as f64 / 365.2425;
    ((year.rem_euclid(1.0) * 12.0) as usize).min(11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;
    use verosim_timeline::event::instant::day;

    #[test]
    fn spans_stay_in_their_stretch() {
        let mut rng = Seeded::new(1).rng();
        for at in 1..stretches() {
            for _ in 0..20 {
                let drawn = span(at, &mut rng);
                assert!(stretch(drawn).abs_diff(at) <= usize::from(drawn <= EDGES[at - 1]), "{at}: {drawn}");
            }
        }
        assert_eq!((stretch(-5), stretch(0), stretch(1)), (0, 0, 1));
        assert_eq!((days(0), days(1)), (None, None));
        let all: Vec<usize> = (0..stretches()).filter_map(days).flatten().collect();
        assert!(
            all[0] == 2 && all.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "each day is in one stretch"
        );
    }

    #[test]
    fn grains_and_months_are_those_of_the_calendar() {
        assert_eq!(
            [0, DAY, DAY / 24, 60 * SECOND, 61 * SECOND, 7].map(Grain::of),
            [Grain::Day, Grain::Day, Grain::Hour, Grain::Minute, Grain::Second, Grain::Micro]
        );
        assert_eq!(Grain::Day.floor(-1), -DAY);
        for (at, want) in [((2021, 1, 15), 0), ((2000, 7, 20), 6), ((1950, 12, 20), 11)] {
            assert_eq!(month(day(at.0, at.1, at.2).unwrap()), want);
        }
    }
}
