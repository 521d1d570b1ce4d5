//! cl.codes, cl.times: does anything happen that cannot?

use crate::jackknife::GROUPS;
use crate::timeline::counts::{Counts, enough_people, groups, scored};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::{MetricError, NotApplicable};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Kind, Sex};

/// Excess of people to whom something impossible happens.
pub(super) struct Impossible {
    info: &'static MetricInfo,
    /// Ways of being impossible, in words.
    ways: &'static [&'static str],
    /// Which of them happen to a person.
    happens: fn(&LifeTrio<'_>, &Lives, &Life) -> Vec<bool>,
    /// Whether somebody must say what is possible.
    asks: bool,
}

/// Codes that a sex or an age rules out.
pub(super) static CODES: Impossible = Impossible {
    info: &MetricInfo {
        id: "cl.codes",
        name: "Codes of the wrong sex or age",
        question: "Do synthetic patients get diagnoses that their sex or age rules out?",
        page: "People with at least one code that cannot happen to their recorded sex, or at their age, per 1,000, synthetic minus \
               holdout; real records hold such codes too, and only the excess is the generator's. What is possible is asked \
               of the dictionary of codes that the caller brings. An unknown sex or age rules nothing out. Parts: the rate \
               of either side, by sex and by age (a code that another age would allow counts under age).",
        family: Family::Clinical,
        direction: Direction::Lower,
        range: Range { low: -1000.0, high: 1000.0 },
        unit: "people per 1,000",
        sources: &[Citation("yan2022")],
        maturity: Maturity::Draft,
    },
    ways: &["wrong sex", "wrong age"],
    happens: wrong_codes,
    asks: true,
};

/// Times that cannot be.
pub(super) static TIMES: Impossible = Impossible {
    info: &MetricInfo {
        id: "cl.times",
        name: "Impossible times",
        question: "Does anything happen before birth, after death, or end before it begins?",
        page: "People with at least one impossible time, per 1,000, synthetic minus holdout; only the excess is the generator's. \
               Parts: the rates of either side for each kind: events more than a day after death, events more than a day \
               before birth, ends before their beginning, and visits of a day or longer that lie within another visit of \
               the same person. A day is let pass because many sources know days only, and results come after death.",
        family: Family::Clinical,
        direction: Direction::Lower,
        range: Range { low: -1000.0, high: 1000.0 },
        unit: "people per 1,000",
        sources: &[Citation("yan2022"), Citation("kahn2016")],
        maturity: Maturity::Draft,
    },
    ways: &["after death", "before birth", "end before begin", "visit within a visit"],
    happens: wrong_times,
    asks: false,
};

impl TimelineMetric for Impossible {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, data: &LifeTrio<'_>) -> Result<(), NotApplicable> {
        if self.asks && data.possible.is_none() {
            return Err(NotApplicable { reason: "no dictionary says which codes can happen to whom".into() });
        }
        Ok(())
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        self.applies_to(data)?;
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], 2)?;
        let groups = groups(real, made, seed);
        let any = self.ways.len();
        let count = |lives: &Lives, groups: &[u8]| {
            let mut counts = Counts::new(any + 1);
            for (life, &group) in lives.people.iter().zip(groups) {
                counts.add_units(group, 1);
                let happens = (self.happens)(data, lives, life);
                let ways = happens.iter().enumerate().filter(|(_, happens)| **happens);
                ways.for_each(|(way, _)| counts.add(way, group));
                if happens.contains(&true) {
                    counts.add(any, group);
                }
            }
            counts
        };
        let (real, made) = (count(real, &groups.real), count(made, &groups.synthetic));
        let rate = |side: &Counts, way: usize, out: usize| 1000.0 * side.share(way, out);
        let score = scored(&groups, |out| Some(rate(&made, any, out) - rate(&real, any, out)))?;
        // One to ten holdout people are not told.
        let told = |way: usize| {
            let n = real.count(way, GROUPS);
            if n == 0.0 || n > 10.0 { rate(&real, way, GROUPS) } else { f64::NAN }
        };
        let parts = self.ways.iter().enumerate().flat_map(|(way, name)| {
            [
                (format!("{name}: synthetic"), rate(&made, way, GROUPS)),
                (format!("{name}: holdout"), told(way)),
            ]
        });
        Ok(score.with_parts(parts))
    }
}

fn wrong_codes(data: &LifeTrio<'_>, lives: &Lives, life: &Life) -> Vec<bool> {
    let mut found = vec![false; 2];
    let Some(possible) = data.possible else { return found };
    for at in life.events.clone() {
        let (code, age) = (data.vocabulary.text(lives.codes[at]), life.age_at(lives.times[at]));
        found[0] |= !possible.can(code, life.sex, None);
        found[1] |= !possible.can(code, Sex::Other, age);
    }
    found
}

fn wrong_times(data: &LifeTrio<'_>, lives: &Lives, life: &Life) -> Vec<bool> {
    let mut found = vec![false; 4];
    let mut stays: Vec<(i64, i64)> = Vec::new();
    for at in life.events.clone() {
        let (time, end) = (lives.times[at], lives.ends[at]);
        let kind = data.vocabulary.kind(lives.codes[at]);
        // What is billed and filed after death is nobody's doing.
        let is_paper = matches!(kind, Kind::Billing | Kind::Observed | Kind::Death);
        found[0] |= !is_paper && life.death.is_some_and(|death| time - death > DAY);
        found[1] |= life.birth.is_some_and(|birth| birth - time > DAY);
        found[2] |= end != STATIC && end < time;
        if kind == Kind::Visit && end != STATIC && end - time >= DAY {
            stays.push((time, end));
        }
    }
    // Ascending begins; of equal begins the longest first.
    stays.sort_by_key(|&(begin, end)| (begin, std::cmp::Reverse(end)));
    stays.dedup();
    found[3] = stays.windows(2).any(|pair| pair[1].1 <= pair[0].1);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Declared, Vocabulary};
    use verosim_timeline::event::Builder;
    use verosim_timeline::{Event, Events, Possible};

    struct Dictionary;

    impl Possible for Dictionary {
        fn can(&self, code: &str, sex: Sex, age_years: Option<f64>) -> bool {
            !(code == "CONDITION//prostate" && sex == Sex::Female
                || code == "CONDITION//menopause" && age_years.is_some_and(|age| age < 30.0))
        }
    }

    fn person(events: &[(i64, i64, &str)]) -> Events {
        let mut builder = Builder::default();
        for &(day, end, code) in events {
            let at = |day: i64| if day == i64::MIN { STATIC } else { day * DAY };
            builder.push(&Event { subject: 1, time: at(day), end: at(end), code, ..Event::default() });
        }
        builder.finish()
    }

    fn found(events: &[(i64, i64, &str)]) -> (Vec<bool>, Vec<bool>) {
        let events = person(events);
        let vocabulary = Vocabulary::of(&[&events]);
        let lives = Lives::of(&events, &vocabulary);
        let declared = Declared::default();
        let data = LifeTrio {
            vocabulary: &vocabulary,
            train: &lives,
            holdout: &lives,
            synthetic: &lives,
            possible: Some(&Dictionary),
            declared: &declared,
        };
        (wrong_codes(&data, &lives, &lives.people[0]), wrong_times(&data, &lives, &lives.people[0]))
    }

    #[test]
    fn what_cannot_be_is_found() {
        const NO: i64 = i64::MIN;
        let woman = (NO, NO, "SEX//F");
        let (codes, times) = found(&[
            woman,
            (0, NO, "MEDS_BIRTH"),
            (9_000, NO, "CONDITION//prostate"),
            (9_001, 9_000, "DRUG//x"),
        ]);
        assert_eq!((codes, times), (vec![true, false], vec![false, false, true, false]));
        let (codes, times) = found(&[
            (0, NO, "MEDS_BIRTH"),
            (9_000, NO, "CONDITION//menopause"),
            (9_005, NO, "MEDS_DEATH"),
            (9_008, NO, "LAB//x"),
        ]);
        assert_eq!((codes, times), (vec![false, true], vec![true, false, false, false]));
        let (_, times) = found(&[
            (100, NO, "MEDS_BIRTH"),
            (5, NO, "LAB//x"),
            (200, 220, "VISIT//a"),
            (205, 210, "VISIT//b"),
        ]);
        assert_eq!(times, vec![false, true, false, true]);
        let (_, times) = found(&[(200, 220, "VISIT//a"), (220, 225, "VISIT//b"), (221, 221, "LAB//x")]);
        assert_eq!(times, vec![false; 4], "one after the other is no nesting");
    }
}
