//! Does each metric see what was planted?

use super::TIMELINE_METRICS;
use crate::MetricError;
use crate::metric::Pass;
use crate::timeline::world::{changed, people, shuffled};
use crate::timeline::{Declared, LifeTrio, Lives, TimelineContext, TimelineFindings, Vocabulary, floor};
use verosim_core::{Context, Score, Seeded};
use verosim_timeline::Events;

/// People of each set.
const N: usize = 1_000;

/// Train, holdout and a synthetic set.
struct Three {
    vocabulary: Vocabulary,
    lives: [Lives; 3],
}

impl Three {
    fn of(train: &Events, holdout: &Events, synthetic: &Events) -> Self {
        let sets = [train, holdout, synthetic];
        let vocabulary = Vocabulary::of(&sets);
        let lives = sets.map(|events| Lives::of(events, &vocabulary));
        Self { vocabulary, lives }
    }

    fn measure(&self, id: &str) -> Result<Score, MetricError> {
        let declared = Declared::default();
        let data = LifeTrio {
            vocabulary: &self.vocabulary,
            train: &self.lives[0],
            holdout: &self.lives[1],
            synthetic: &self.lives[2],
            possible: None,
            declared: &declared,
        };
        let findings = TimelineFindings::default();
        let ctx = TimelineContext { ctx: Context::silent(), pass: Pass::Synthetic, findings: &findings };
        let metric = TIMELINE_METRICS.iter().find(|metric| metric.info().id == id).unwrap();
        metric.compute(&data, Seeded::new(9).split(id), &ctx)
    }
}

fn train() -> Events {
    people(N, 0, Seeded::new(7))
}

fn holdout() -> Events {
    people(N, 100_000, Seeded::new(7))
}

fn fresh() -> Events {
    people(N, 200_000, Seeded::new(7))
}

/// Fresh people of the same world must be preferred to what was spoilt, by a margin beyond both intervals.
fn sees(ids: &[&str], what: &str, spoil: impl Fn(&Events) -> Events) {
    let (train, holdout, fresh) = (train(), holdout(), fresh());
    let good = Three::of(&train, &holdout, &fresh);
    let bad = Three::of(&train, &holdout, &spoil(&fresh));
    for id in ids {
        let metric = TIMELINE_METRICS.iter().find(|metric| metric.info().id == *id).unwrap();
        let (a, b) = (good.measure(id).unwrap(), bad.measure(id).unwrap());
        let (x, y) = (a.interval().unwrap(), b.interval().unwrap());
        let direction = metric.info().direction;
        assert!(direction.prefers(a.value(), b.value()), "{id} is blind to {what}: {a:?} {b:?}");
        assert!(x.high < y.low || y.high < x.low, "{id} is not sure of {what}: {x:?} {y:?}");
    }
}

#[test]
fn independent_codes_are_seen() {
    sees(
        &["lo.bi", "lo.seqbi", "lo.trans", "lo.ng", "lo.graph", "lo.meas", "lo.c2st", "lo.next"],
        "codes dealt out anew",
        |events| floor::dealt(events, Seeded::new(3)),
    );
}

#[test]
fn shuffled_times_are_seen() {
    // Every event at the time of another event of the same person.
    sees(&["lo.order", "lo.seqbi", "lo.trans", "lo.ttn"], "times shuffled within people", |events| {
        changed(events, |columns| {
            let mut from: Vec<usize> = (0..columns.time.len()).collect();
            for person in events.people() {
                let rows = person.timed();
                let rows: Vec<usize> = rows.filter(|&row| !person.code(row).starts_with("MEDS_")).collect();
                let order = shuffled(rows.len(), Seeded::new(5).split_at(person.id() as u64));
                rows.iter().zip(order).for_each(|(&row, at)| from[row] = rows[at]);
            }
            columns.time = from.iter().map(|&row| events.times()[row]).collect();
            columns.visit = events.visits().take(&from);
        })
    });
}

#[test]
fn shuffled_people_are_seen() {
    // Every visit handed to another person: visits stay whole, lives do not.
    sees(
        &["lo.seqbi", "lo.var", "lo.acf", "lo.graph", "lo.next"],
        "visits handed to other people",
        |events| {
            changed(events, |columns| {
                let ids: Vec<i64> = events.people().map(|person| person.id()).collect();
                let timed: Vec<usize> =
                    (0..events.len()).filter(|&row| !events.visits().cell(row).is_empty()).collect();
                let mut names: Vec<u32> = timed.iter().map(|&row| events.visits().codes()[row]).collect();
                names.sort_unstable();
                names.dedup();
                let owners: Vec<i64> = names
                    .iter()
                    .map(|&name| {
                        timed
                            .iter()
                            .find(|&&row| events.visits().codes()[row] == name)
                            .map_or(0, |&row| events.subjects()[row])
                    })
                    .collect();
                let order = shuffled(names.len(), Seeded::new(6));
                for &row in &timed {
                    let at = names.binary_search(&events.visits().codes()[row]).unwrap();
                    columns.subject[row] = owners[order[at]];
                }
                assert!(columns.subject.iter().all(|id| ids.contains(id)));
            })
        },
    );
}

#[test]
fn stretched_time_is_seen() {
    sees(&["lo.gap", "lo.len", "lo.ttn"], "time running half as fast", |events| {
        changed(events, |columns| {
            for person in events.people() {
                let timed = person.timed();
                let first = timed.clone().find(|&row| !person.code(row).starts_with("MEDS_BIRTH"));
                let Some(first) = first.map(|row| events.times()[row]) else { continue };
                for row in timed.filter(|&row| events.times()[row] > first) {
                    columns.time[row] = first + 2 * (events.times()[row] - first);
                }
            }
        })
    });
}

#[test]
fn missing_events_are_seen() {
    sees(&["lo.uni", "lo.c2st"], "a third of all diagnoses gone", |events| {
        let mut n = 0;
        events.retain(|row| {
            let is = events.codes().cell(row).starts_with("CONDITION");
            n += usize::from(is);
            !is || n % 3 != 0
        })
    });
}

#[test]
fn moved_values_are_seen() {
    sees(&["lo.val"], "values half a deviation higher", |events| {
        changed(events, |columns| columns.number.iter_mut().for_each(|number| *number += 10.0))
    });
}

#[test]
fn other_patients_of_a_study_are_seen() {
    sees(&["lo.cohort"], "everybody born thirty years later", |events| {
        changed(events, |columns| {
            for person in events.people() {
                for row in person.timed().filter(|&row| person.code(row) == verosim_timeline::BIRTH) {
                    columns.time[row] += 30 * 365 * verosim_timeline::event::instant::DAY;
                }
            }
        })
    });
}

#[test]
fn the_holdout_itself_is_the_best_that_can_be() {
    let (train, holdout) = (train(), holdout());
    let same = Three::of(&train, &holdout, &holdout);
    let ceiling = Three::of(&train, &holdout, &train);
    for metric in TIMELINE_METRICS {
        let info = metric.info();
        if info.family == verosim_core::Family::Privacy {
            continue;
        }
        let (Ok(a), Ok(b)) = (same.measure(info.id), ceiling.measure(info.id)) else { continue };
        assert!(
            !info.direction.prefers(b.value(), a.value())
                || info.id == "lo.c2st"
                || info.family == verosim_core::Family::Utility,
            "{}: {a:?} {b:?}",
            info.id
        );
    }
}

#[test]
fn degenerate_lives_give_reasons() {
    let (train, holdout, fresh) =
        (people(60, 0, Seeded::new(1)), people(60, 1_000, Seeded::new(1)), people(60, 2_000, Seeded::new(1)));
    let nobody = fresh.retain(|_| false);
    let one = fresh.of_people(|id| id == 2_000);
    let statics = fresh.retain(|row| fresh.times()[row] == verosim_timeline::event::STATIC);
    let no_deaths = fresh.retain(|row| !fresh.codes().cell(row).starts_with("MEDS_"));
    let one_code = changed(&fresh, |columns| {
        let mut code = verosim_data::RawColumn::new("code", verosim_data::SourceType::Text);
        (0..columns.subject.len()).for_each(|_| code.push("X"));
        columns.code = code;
    });
    let no_names = changed(&fresh, |columns| {
        let mut visit = verosim_data::RawColumn::new("visit", verosim_data::SourceType::Text);
        (0..columns.subject.len()).for_each(|_| visit.push(""));
        columns.visit = visit;
    });
    let odd = [nobody, one, statics, no_deaths, one_code, no_names];
    for set in &odd {
        for (train, holdout, synthetic) in
            [(&train, &holdout, set), (&train, set, &fresh), (set, &holdout, &fresh), (set, set, set)]
        {
            let three = Three::of(train, holdout, synthetic);
            for metric in TIMELINE_METRICS {
                match three.measure(metric.info().id) {
                    Ok(score) => assert!(score.value().is_finite()),
                    Err(error) => assert!(error.to_string().len() > 10, "{error}"),
                }
            }
        }
    }
}

#[test]
fn equal_seeds_give_equal_figures_at_any_number_of_threads() {
    let (train, holdout, fresh) = (
        people(150, 0, Seeded::new(2)),
        people(150, 1_000, Seeded::new(2)),
        people(150, 2_000, Seeded::new(2)),
    );
    let three = Three::of(&train, &holdout, &fresh);
    let all = || TIMELINE_METRICS.iter().map(|metric| three.measure(metric.info().id)).collect::<Vec<_>>();
    let with =
        |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(all);
    assert_eq!(with(1), with(3));
}

/// Training people with some of the fresh ones replaced by training people under new ids.
fn with_copies(train: &Events, fresh: &Events, share: usize) -> Events {
    let copied = train.of_people(|id| id % 100 < share as i64);
    let copied = changed(&copied, |columns| columns.subject.iter_mut().for_each(|id| *id += 300_000));
    let kept = fresh.of_people(|id| id % 100 >= share as i64);
    let mut builder = verosim_timeline::Builder::default();
    builder.append(&kept);
    builder.append(&copied);
    builder.finish()
}

#[test]
fn copies_are_called_leaky_and_fresh_people_are_not() {
    let (train, holdout, fresh) = (train(), holdout(), fresh());
    let copies = Three::of(&train, &holdout, &with_copies(&train, &fresh, 100));
    let some = Three::of(&train, &holdout, &with_copies(&train, &fresh, 5));
    let clean = Three::of(&train, &holdout, &fresh);
    for id in ["pm.life", "pm.ngram", "pd.life", "pd.run"] {
        let low = copies.measure(id).unwrap().interval().unwrap().low;
        // Three successive codes of a world of two dozen hold little of anybody.
        let least = if id == "pm.ngram" { 0.5 } else { 0.6 };
        assert!(low > least, "{id} does not see a copy of everybody: {low}");
        let found = clean.measure(id).unwrap().interval().unwrap();
        // 99.9 % of fresh sets: intervals of 95 % around 0.5, widened to 3.3 standard errors.
        let (middle, half) =
            (f64::midpoint(found.low, found.high), (found.high - found.low) / 2.0 * 3.3 / 1.96);
        assert!((middle - 0.5).abs() < half, "{id} calls fresh people leaky: {found:?}");
    }
    let part = |three: &Three, name: &str| {
        let score = three.measure("pd.run").unwrap();
        score.parts().iter().find(|(part, _)| part == name).unwrap().1
    };
    assert!(part(&copies, super::COPIES) > 900.0);
    assert!(part(&some, super::COPIES) >= 40.0 && part(&some, super::EXCESS) > 0.0, "one in twenty");
    assert!(part(&clean, super::COPIES) < 3.0 && part(&clean, super::EXCESS) <= 0.0, "nobody");
    let planted = some.measure("pm.life").unwrap().interval().unwrap();
    assert!(planted.high > 0.5, "{planted:?}");
}

#[test]
fn impossible_times_are_seen() {
    sees(&["cl.times"], "events after death", |events| {
        changed(events, |columns| {
            for person in events.people() {
                if let (Some(death), 0) = (person.death(), person.id() % 2) {
                    let row = person.timed().find(|&row| person.code(row).starts_with("VISIT"));
                    row.into_iter().for_each(|row| {
                        columns.time[row] = death + 10 * verosim_timeline::event::instant::DAY;
                    });
                }
            }
        })
    });
}

#[test]
fn hurried_deaths_are_seen() {
    sees(&["lo.km", "lo.rmst", "lo.logrank"], "every second life cut by a death", |events| {
        let mut builder = verosim_timeline::Builder::default();
        for person in events.people() {
            let cut = person.timed().nth(person.timed().len() / 2).map_or(0, |row| events.times()[row]);
            let dies = person.id() % 2 == 0;
            let one = events.of_people(|id| id == person.id());
            let kept = one.retain(|row| !dies || one.times()[row] <= cut);
            builder.append(&kept);
            if dies && person.death().is_none_or(|death| death > cut) {
                let (subject, code) = (person.id(), verosim_timeline::DEATH);
                builder.push(&verosim_timeline::Event {
                    subject,
                    time: cut,
                    code,
                    ..verosim_timeline::Event::default()
                });
            }
        }
        builder.finish()
    });
}

#[test]
fn every_metric_has_a_page_and_an_id_of_its_own() {
    let mut ids: Vec<&str> = TIMELINE_METRICS
        .iter()
        .map(|metric| metric.info().id)
        .chain(crate::METRICS.iter().map(|metric| metric.info().id))
        .collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n, "an id is used twice");
    for metric in TIMELINE_METRICS {
        let info = metric.info();
        assert!(
            info.question.ends_with('?') && info.page.len() > 150 && !info.sources.is_empty(),
            "{}",
            info.id
        );
    }
}
