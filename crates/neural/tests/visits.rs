//! Does `visits` find what was planted, keep to its grammar, and give nobody away?

mod planted;

use planted::{BIRTHING, EARLY, FLU, LAB_A, LAB_B, LATE, Memory, RARE, lives};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use verosim_core::port::Context;
use verosim_core::{SampleError, Seeded};
use verosim_neural::visits::{Configured, FittedVisits, Visits};
use verosim_timeline::event::STATIC;
use verosim_timeline::{
    BIRTH, Builder, Cohort, Draft, Event, Events, FittedTimelines as _, Kind, LearnError, Possible, Sex,
    TimelineKind as _, Train,
};

fn settings(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn learn(shards: Vec<Events>, pairs: &[(&str, Value)]) -> Result<FittedVisits, LearnError> {
    let source = Memory::new(shards);
    let engine = Configured::new(&settings(pairs)).expect("legal settings");
    engine.learn(Train::new(Cohort::all(&source)), Seeded::new(1), Context::silent())
}

/// One model for most tests: 1,500 people.
fn model() -> &'static FittedVisits {
    static MODEL: OnceLock<FittedVisits> = OnceLock::new();
    MODEL.get_or_init(|| {
        learn(vec![lives(1_500, 1)], &[("width", json!(32)), ("tokens", json!(2))]).expect("data fit")
    })
}

fn draw(model: &FittedVisits, n: usize, seed: u64) -> Events {
    model
        .draw(&Draft { first_id: 1, people: n, ..Draft::default() }, Seeded::new(seed), Context::silent())
        .expect("drawn")
}

fn drawn() -> &'static Events {
    static DRAWN: OnceLock<Events> = OnceLock::new();
    DRAWN.get_or_init(|| draw(model(), 3_000, 5))
}

/// Lives by counts alone.
fn counts() -> &'static Events {
    static COUNTS: OnceLock<Events> = OnceLock::new();
    COUNTS.get_or_init(|| {
        let model = learn(vec![lives(1_500, 1)], &[("passes", json!(0))]).expect("data fit");
        draw(&model, 2_000, 3)
    })
}

fn flat(events: &Events) -> Vec<(i64, i64, i64, String, u32, String, String)> {
    (0..events.len())
        .map(|row| {
            (
                events.subjects()[row],
                events.times()[row],
                events.ends()[row],
                events.codes().cell(row).to_owned(),
                events.numbers()[row].to_bits(),
                events.texts().cell(row).to_owned(),
                events.visits().cell(row).to_owned(),
            )
        })
        .collect()
}

/// Panics unless every life keeps the rules.
fn check_grammar(events: &Events, n: usize) {
    assert_eq!(events.n_people(), n);
    let mut visits: HashMap<&str, i64> = HashMap::new();
    for person in events.people() {
        let death = person.death();
        let birth = person.birth();
        let mut stays: HashMap<&str, (i64, i64)> = HashMap::new();
        for row in person.timed() {
            let (time, end) = (events.times()[row], events.ends()[row]);
            assert!(end == STATIC || end >= time, "ends come behind starts");
            assert!(
                death.is_none_or(|death| time <= death && (end == STATIC || end <= death)),
                "nothing behind a death"
            );
            assert!(birth.is_none_or(|birth| time >= birth), "nothing before a birth");
            let visit = events.visits().cell(row);
            if !visit.is_empty() {
                assert_eq!(
                    *visits.entry(visit).or_insert(person.id()),
                    person.id(),
                    "visits belong to one person"
                );
                if Kind::of(person.code(row)) == Kind::Visit {
                    assert!(stays.insert(visit, (time, end)).is_none(), "one kind a visit");
                } else {
                    let (from, to) = stays[visit];
                    assert!(time >= from && (to == STATIC || time <= to), "events lie in their visits");
                }
            }
        }
        assert!(person.timed().filter(|&row| Kind::of(person.code(row)) == Kind::Birth).count() <= 1);
        assert!(person.timed().filter(|&row| Kind::of(person.code(row)) == Kind::Death).count() <= 1);
        assert!(person.statics().filter(|&row| Kind::of(person.code(row)) == Kind::Sex).count() <= 1);
    }
}

/// Women only.
struct Women;

impl Possible for Women {
    fn can(&self, code: &str, sex: Sex, age_years: Option<f64>) -> bool {
        code != BIRTHING || (sex == Sex::Female && age_years.is_none_or(|age| age < 40.0))
    }
}

fn check_possible(n: usize) {
    let draft = Draft { first_id: 1, people: n, possible: Some(Arc::new(Women)), ..Draft::default() };
    let events = model().draw(&draft, Seeded::new(6), Context::silent()).expect("drawn");
    check_grammar(&events, n);
    let mut births = 0;
    for person in events.people() {
        let sex = person.statics().map(|row| Sex::of(person.code(row))).find(|sex| *sex != Sex::Other);
        for row in person.timed().filter(|&row| person.code(row) == BIRTHING) {
            births += 1;
            let age = (events.times()[row] - person.birth().expect("everybody is born")) as f64
                / (365.25 * 86_400e6);
            assert!(sex == Some(Sex::Female) && age < 40.0 + 1e-3, "{sex:?} at {age}");
        }
    }
    assert!(births > 0);
}

#[test]
fn lives_keep_the_grammar_and_what_is_possible() {
    check_grammar(drawn(), 3_000);
    check_possible(3_000);
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_thousand_lives_keep_the_grammar() {
    check_possible(100_000);
}

/// Share of visits from the fourth on with the late code, in people with and without the early one.
fn late(events: &Events) -> [f64; 2] {
    let mut counts = [[0.0_f64; 2]; 2];
    for person in events.people() {
        let early = usize::from(person.timed().any(|row| person.code(row) == EARLY));
        let (mut visits, mut open) = (0, false);
        for row in person.timed() {
            if Kind::of(person.code(row)) == Kind::Visit {
                visits += 1;
                open = visits >= 4;
                counts[early][1] += f64::from(u8::from(open));
            } else if open && person.code(row) == LATE {
                counts[early][0] += 1.0;
            }
        }
    }
    [counts[1][0] / counts[1][1], counts[0][0] / counts[0][1]]
}

#[test]
fn what_was_seen_long_ago_is_remembered_better_than_by_counts() {
    let [with, without] = late(counts());
    let [with_network, without_network] = late(drawn());
    println!(
        "late with early {with_network:.3} and without {without_network:.3}; counts alone {with:.3} and {without:.3}"
    );
    // Planted: 0.3 and 0.03. Counts see the last codes only.
    assert!(with_network > 0.2 && without_network < 0.07, "{with_network} {without_network}");
    assert!(with_network - without_network > 2.0 * (with - without));
    let others = lives(1_900, 1).of_people(|id| id > 1_500);
    let (base, both, tokens) = model().surprise(&others).expect("fits");
    println!("held out: counts {base:.4}, with network {both:.4} nats per token of {tokens}");
    assert!(both < base - 0.01, "{both} with the network, {base} without");
}

fn numbers(events: &Events, code: &str, early: Option<bool>) -> Vec<f64> {
    let mut found = Vec::new();
    for person in events.people() {
        let has = person.timed().any(|row| person.code(row) == EARLY);
        if early.is_none_or(|early| early == has) {
            let rows = person.timed().filter(|&row| person.code(row) == code);
            found
                .extend(rows.map(|row| f64::from(events.numbers()[row])).filter(|number| number.is_finite()));
        }
    }
    found.sort_by(f64::total_cmp);
    found
}

/// The largest distance of two distribution functions.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let share = |of: &[f64], at: f64| of.partition_point(|&x| x <= at) as f64 / of.len() as f64;
    a.iter().chain(b).map(|&at| (share(a, at) - share(b, at)).abs()).fold(0.0, f64::max)
}

fn gaps(events: &Events) -> Vec<f64> {
    let mut found = Vec::new();
    for person in events.people() {
        let starts: Vec<i64> = person
            .timed()
            .filter(|&row| Kind::of(person.code(row)) == Kind::Visit)
            .map(|row| events.times()[row])
            .collect();
        found.extend(starts.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 86_400e6));
    }
    found.sort_by(f64::total_cmp);
    found
}

#[test]
fn numbers_gaps_and_seasons_follow_their_laws() {
    let (real, made) = (lives(1_500, 1), drawn());
    for (code, early, most) in [(LAB_A, Some(true), 0.2), (LAB_A, Some(false), 0.1), (LAB_B, None, 0.05)] {
        let d = distance(&numbers(&real, code, early), &numbers(made, code, early));
        let of_counts = distance(&numbers(&real, code, early), &numbers(counts(), code, early));
        println!("{code} {early:?}: KS {d:.3}, by counts alone {of_counts:.3}");
        // Within a bin, a number knows nothing of the person: the fourth of all bins that those few share with others.
        assert!(d < most, "{code} {early:?}: {d}");
        assert!(early.is_none() || d < 0.7 * of_counts, "{code}: {d}, by counts alone {of_counts}");
    }
    assert!(numbers(made, LAB_A, None).iter().all(|x| x.fract() == 0.0), "whole numbers stay whole");
    assert!(numbers(made, LAB_B, None).iter().all(|x| (x * 100.0 - (x * 100.0).round()).abs() < 1e-3));
    let d = distance(&gaps(&real), &gaps(made));
    println!("gaps: KS {d:.3}");
    assert!(d < 0.05, "{d}");
    let flu = |events: &Events| {
        let mut counts = [[0.0_f64; 2]; 4];
        for person in events.people() {
            let mut place = 0;
            for row in person.timed() {
                if Kind::of(person.code(row)) == Kind::Visit {
                    let day = (events.times()[row] as f64 / 86_400e6 - 30.0 + 45.66).rem_euclid(365.25);
                    place = (day / 91.32) as usize % 4;
                    counts[place][1] += 1.0;
                }
                if person.code(row) == FLU {
                    counts[place][0] += 1.0;
                }
            }
        }
        counts.map(|[hit, all]| hit / all)
    };
    let (real, made) = (flu(&real), flu(made));
    println!("influenza by quarter: real {real:.3?}, made {made:.3?}");
    assert!(made[0] > 2.0 * made[2], "{made:?}");
}

#[test]
fn nothing_of_few_people_is_drawn() {
    let real = lives(1_500, 1);
    let made = drawn();
    let mut people: BTreeMap<(String, String), BTreeSet<i64>> = BTreeMap::new();
    for row in 0..real.len() {
        let key = (real.codes().cell(row).to_owned(), real.texts().cell(row).to_owned());
        people.entry(key).or_default().insert(real.subjects()[row]);
    }
    for row in 0..made.len() {
        let key = (made.codes().cell(row).to_owned(), made.texts().cell(row).to_owned());
        // A text of too few people is withheld, and its event has none.
        let withheld = |(other, who): (&(String, String), &BTreeSet<i64>)| other.0 == key.0 && who.len() < 5;
        let is_known = people.get(&key).is_some_and(|people| people.len() >= 5);
        let is_without = key.1.is_empty() && people.iter().any(withheld);
        assert!(key.0 == BIRTH || is_known || is_without, "{key:?}");
    }
    for code in [LAB_A, LAB_B] {
        let mut of: Vec<(f64, i64)> = (0..real.len())
            .filter(|&row| real.codes().cell(row) == code)
            .map(|row| (f64::from(real.numbers()[row]), real.subjects()[row]))
            .collect();
        of.sort_by(|a, b| a.0.total_cmp(&b.0));
        let fifth = |numbers: Vec<(f64, i64)>| {
            let mut seen = BTreeSet::new();
            let fifth = numbers.into_iter().find(|number| seen.insert(number.1) && seen.len() >= 5);
            fifth.expect("many people").0
        };
        let (low, high) = (fifth(of.clone()), fifth(of.into_iter().rev().collect()));
        let made = numbers(made, code, None);
        assert!(made[0] >= low - 0.01 && made[made.len() - 1] <= high + 0.01, "{code}");
    }
    let saved = model().save();
    let text = saved.state.to_string();
    assert!(!text.contains(RARE) && !text.contains("secret") && !text.contains("RACE//rare"));
    assert!(model().codes().iter().all(|code| code != RARE));
    assert!(model().stored().iter().any(|fact| fact.what.contains("left out") && fact.items >= 2));
}

#[test]
fn what_is_asked_is_had_and_the_rest_follows() {
    let all = drawn();
    let draft = Draft {
        first_id: 100,
        people: 400,
        is: vec![vec!["SEX//F".into()]],
        has: vec![vec![LATE.into()], vec![FLU.into(), "no such code".into()]],
        ..Draft::default()
    };
    let made = model().draw(&draft, Seeded::new(9), Context::silent()).expect("can be had");
    check_grammar(&made, 400);
    let has = |events: &Events, code: &str| -> BTreeSet<i64> {
        (0..events.len())
            .filter(|&row| events.codes().cell(row) == code)
            .map(|row| events.subjects()[row])
            .collect()
    };
    for code in ["SEX//F", LATE, FLU] {
        assert_eq!(has(&made, code).len(), 400, "{code}");
    }
    // Among unguided people who happen to have it all, so many have the early code and have a stay.
    let meant: BTreeSet<i64> = &(&has(all, "SEX//F") & &has(all, LATE)) & &has(all, FLU);
    let share = |events: &Events, of: &BTreeSet<i64>, code: &str| {
        (&has(events, code) & of).len() as f64 / of.len() as f64
    };
    let everybody: BTreeSet<i64> = made.subjects().iter().copied().collect();
    for code in [EARLY, "RACE//a", planted::STAY] {
        let (want, got) = (share(all, &meant, code), share(&made, &everybody, code));
        let deviation = (0.25 / 400.0 + 0.25 / meant.len() as f64).sqrt();
        println!("{code}: {got:.3} guided, {want:.3} of {} by chance", meant.len());
        assert!((got - want).abs() < 4.0 * deviation + 0.03, "{code}: {got} and {want}");
    }
    // Ages are drawn towards: few people have these, and nearly all who are drawn do.
    let age = |person: &verosim_timeline::event::Person<'_>| {
        let first = person.timed().find(|&row| person.code(row) != BIRTH)?;
        Some(
            (verosim_timeline::event::instant::years_between(
                person.birth()?,
                person.events().times()[first],
            ))
            .floor(),
        )
    };
    let within = |events: &Events, [low, high]: [f64; 2]| {
        let met = events.people().filter(|one| age(one).is_some_and(|age| (low..=high).contains(&age)));
        met.count() as f64 / events.n_people() as f64
    };
    let ages = [60.0, 64.0];
    let old = Draft { people: 200, ages: Some(ages), ..Draft::default() };
    let old = model().draw(&old, Seeded::new(3), Context::silent()).expect("can be had");
    println!("{:.3} of those asked for, {:.3} of all are of the age", within(&old, ages), within(all, ages));
    assert!(old.n_people() == 200 && within(&old, ages) > 0.5 && within(all, ages) < 0.2);
    let never = Draft { people: 5, ages: Some([300.0, 310.0]), ..Draft::default() };
    let refused = model().draw(&never, Seeded::new(1), Context::silent());
    assert!(matches!(refused, Err(SampleError::Shortfall { asked: 5, accepted: 0, .. })));
    let none = Draft { people: 5, has: vec![vec![RARE.into()]], ..Draft::default() };
    let refused = model().draw(&none, Seeded::new(1), Context::silent());
    assert!(matches!(refused, Err(SampleError::Shortfall { asked: 5, accepted: 0, .. })));
    let men = Draft { is: vec![vec!["SEX//F".into()], vec!["SEX//M".into()]], people: 5, ..Draft::default() };
    assert!(matches!(
        model().draw(&men, Seeded::new(1), Context::silent()),
        Err(SampleError::Shortfall { .. })
    ));
}

fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

#[test]
fn threads_and_shards_change_nothing_and_saved_models_draw_the_same() {
    let small = [("width", json!(16)), ("tokens", json!(1)), ("passes", json!(3))];
    let all = lives(200, 4);
    let parts = vec![all.of_people(|id| id <= 70), all.of_people(|id| id > 70)];
    let of = |threads: usize, shards: Vec<Events>| {
        in_threads(threads, || {
            let model = learn(shards, &small).expect("data fit");
            (model.save(), flat(&draw(&model, 150, 8)))
        })
    };
    let (saved, one) = of(1, vec![all.clone()]);
    let (again, other) = of(3, parts);
    assert!(saved.state == again.state && saved.weights == again.weights);
    assert_eq!(one, other);
    let back = Visits.load(saved.clone()).expect("our own model");
    let draft = Draft { first_id: 1, people: 150, ..Draft::default() };
    assert_eq!(flat(&back.draw(&draft, Seeded::new(8), Context::silent()).expect("drawn")), one);
    assert_eq!(back.save().state, saved.state);
    // Spoilt files are refused, or at least do no harm.
    let mut spoilt = saved.clone();
    spoilt.weights.truncate(saved.weights.len() / 2);
    assert!(Visits.load(spoilt).is_err());
    let edits: [(&str, Value); 7] = [
        ("/format", json!(1)),
        ("/book/codes", json!([])),
        ("/book/first/ends", json!([5_000])),
        ("/book/span", json!([9, 1])),
        ("/counts/singles", json!([[1]])),
        ("/config/least_people", json!(0)),
        ("/book/bins", json!(60_000)),
    ];
    for (place, value) in edits {
        let mut spoilt = saved.clone();
        *spoilt.state.pointer_mut(place).expect("a place") = value;
        assert!(Visits.load(spoilt).is_err(), "{place}");
    }
}

#[test]
fn sets_with_little_in_them_are_learned_or_refused() {
    let few = learn(vec![lives(3, 1)], &[]);
    assert!(matches!(few, Err(LearnError::Fit(_))));
    // Fewer people than are watched: the counts alone.
    let model = learn(vec![lives(12, 1)], &[]).expect("counts");
    assert_eq!(model.learned().steps, 0);
    check_grammar(&draw(&model, 50, 1), 50);
    let mut to = Builder::default();
    for id in 0..40 {
        to.push(&Event {
            subject: id,
            code: if id % 2 == 0 { "SEX//F" } else { "SEX//M" },
            ..Event::default()
        });
    }
    let statics = learn(vec![to.finish()], &[]).expect("facts alone");
    let made = draw(&statics, 100, 1);
    assert_eq!((made.n_people(), made.len()), (100, 100));
    let mut to = Builder::default();
    for id in 0..40_i64 {
        for day in 0..5 {
            let time = (18_000 + day * 9 + id) * 86_400_000_000;
            to.push(&Event {
                subject: id,
                time,
                code: ["A//x", "B//y"][(day % 2) as usize],
                ..Event::default()
            });
        }
    }
    let moments = learn(vec![to.finish()], &[]).expect("no visits, no numbers, no facts");
    let made = draw(&moments, 100, 1);
    assert_eq!(made.n_people(), 100);
    assert!(made.times().iter().all(|time| time % 86_400_000_000 == 0), "dates stay dates");
    assert!((0..made.len()).all(|row| made.visits().cell(row).is_empty()));
}

#[test]
fn of_what_holds_always_people_have_several() {
    // Each allergy by a chance of its own, the second as often as the first was; texts of one of them.
    let mut to = Builder::default();
    for id in 0..400_i64 {
        let code = if id % 2 == 0 { "SEX//F" } else { "SEX//M" };
        to.push(&Event { subject: id, code, ..Event::default() });
        for (code, often) in
            [("ALLERGY//a", id % 4 + 1), ("ALLERGY//b", (id / 4) % 3), ("ALLERGY//c", id % 5 / 4)]
        {
            for _ in 0..often {
                let text = if code == "ALLERGY//b" { ["mild", "grave"][(id % 2) as usize] } else { "" };
                to.push(&Event { subject: id, code, text, ..Event::default() });
            }
        }
        let time = (18_000 + id) * 86_400_000_000;
        to.push(&Event { subject: id, time, code: "A//x", ..Event::default() });
    }
    let real = to.finish();
    let model = learn(vec![real.clone()], &[("passes", json!(0))]).expect("data fit");
    let made = draw(&model, 2_000, 1);
    for code in ["ALLERGY//a", "ALLERGY//b", "ALLERGY//c"] {
        let of = |events: &Events| {
            let rows = (0..events.len()).filter(|&row| events.codes().cell(row) == code);
            let people: BTreeSet<i64> = rows.clone().map(|row| events.subjects()[row]).collect();
            let n = events.n_people() as f64;
            (people.len() as f64 / n, rows.count() as f64 / n)
        };
        let ((have, often), (want, expected)) = (of(&made), of(&real));
        println!("{code}: {have:.3} of people for {want:.3}, {often:.3} times for {expected:.3}");
        // Five standard errors of 400 and 2,000 people, and smoothing.
        let slack = 5.0 * (want * (1.0 - want) * (1.0 / 400.0 + 1.0 / 2_000.0)).sqrt() + 0.02;
        assert!((have - want).abs() < slack && (often / expected - 1.0).abs() < 0.2, "{code}");
    }
    assert!(made.times().iter().zip(0..).all(|(&time, row)| {
        (time == STATIC) != (made.codes().cell(row) == "A//x" || made.codes().cell(row) == BIRTH)
    }));
    assert!(made.texts().levels().iter().any(|text| &**text == "grave"));
    let asked = Draft { people: 50, is: vec![vec!["ALLERGY//c".into()]], ..Draft::default() };
    let made = model.draw(&asked, Seeded::new(2), Context::silent()).expect("can be had");
    assert!(made.people().all(|person| person.statics().any(|row| person.code(row) == "ALLERGY//c")));
}

/// Forty people, each of whom has three signs of twelve measured all the time in each of two stays, and ends with diagnoses
/// of which each comes once.
fn charted() -> Events {
    let mut to = Builder::default();
    let hour = 3_600_000_000_i64;
    for id in 0..40_i64 {
        to.push(&Event { subject: id, code: "SEX//F", ..Event::default() });
        for stay in 0..2_i64 {
            let start = (18_000 + 400 * stay + 7 * id) * 24 * hour;
            let (hours, visit) = (20 + 7 * (id % 9), format!("{id}-{stay}"));
            let mut add = |time: i64, end: i64, code: &str| {
                to.push(&Event { subject: id, time, end, code, visit: &visit, ..Event::default() });
            };
            add(start, start + hours * hour, "VISIT//ward");
            for at in 1..hours {
                for sign in 0..3 {
                    add(start + at * hour, STATIC, &format!("MEASUREMENT//{}", (id + 4 * sign) % 12));
                }
            }
            for ill in 0..4 {
                add(start + hours * hour, STATIC, &format!("CONDITION//{}", (3 * id + 5 * ill) % 20));
            }
        }
    }
    to.finish()
}

#[test]
fn what_one_life_did_comes_again_and_not_what_all_did() {
    let real = charted();
    let model = learn(vec![real.clone()], &[("passes", json!(0))]).expect("data fit");
    let made = draw(&model, 400, 1);
    let mut repeats = 0.0;
    let mut facts = |events: &Events| {
        let codes = |person: &verosim_timeline::Person<'_>, kind: Kind| -> Vec<(String, String)> {
            let rows = person.timed().filter(|&row| Kind::of(person.code(row)) == kind);
            rows.map(|row| (person.code(row).to_owned(), events.visits().cell(row).to_owned())).collect()
        };
        let mut sums = [0.0_f64; 4];
        for person in events.people() {
            let (signs, ills) = (codes(&person, Kind::Measurement), codes(&person, Kind::Condition));
            let stays: BTreeSet<&str> = signs.iter().chain(&ills).map(|(_, visit)| visit.as_str()).collect();
            let different: BTreeSet<&str> = signs.iter().map(|(code, _)| code.as_str()).collect();
            sums[0] += different.len() as f64 / events.n_people() as f64;
            sums[1] += signs.len() as f64;
            sums[2] += ills.iter().collect::<BTreeSet<_>>().len() as f64;
            sums[3] += stays.len() as f64;
            repeats += ills.len() as f64;
        }
        [sums[0], sums[1] / sums[3], sums[2] / sums[3], std::mem::take(&mut repeats) / sums[2]]
    };
    let (have, want) = (facts(&made), facts(&real));
    println!("signs of a person, in a stay, diagnoses in a stay, times of each: {have:.2?} for {want:.2?}");
    // A chain that follows counts of events gives everybody most of twelve signs.
    assert!(have[0] < 2.0 * want[0], "{have:?} for {want:?}");
    assert!((have[1] / want[1] - 1.0).abs() < 0.5, "{have:?} for {want:?}");
    // Stays whose length is no whole number of hours mostly end before their last minute, and diagnoses come in that one.
    assert!(have[2] > 0.25 * want[2], "{have:?} for {want:?}");
    assert!(have[3] < 1.05, "diagnoses come once in a stay: {have:?}");
}

#[test]
fn a_life_goes_on_behind_what_was() {
    let real = lives(10, 77);
    for person in real.people().filter(|person| person.death().is_none()) {
        let cut = real.times()[person.timed().start + person.timed().len() / 3];
        let prefix = real.of_people(|id| id == person.id());
        let prefix = prefix.retain(|row| prefix.times()[row] <= cut);
        let Some(before) = prefix.people().next() else { continue };
        let after = model()
            .go_on(&before, None, Seeded::new(1), Context::silent())
            .expect("can go on")
            .expect("goes on");
        assert!(after.times().iter().all(|&time| time >= cut - 86_400_000_000));
        assert!(after.subjects().iter().all(|&id| id == person.id()));
    }
}
