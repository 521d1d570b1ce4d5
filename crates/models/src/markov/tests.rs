//! Is what was planted found again, and nothing drawn that must not be?

use super::*;
use crate::lives::planted::{Held, event};
use rand::RngExt as _;
use rand_distr::{Distribution as _, LogNormal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use verosim_core::{Context, SampleError, Seeded};
use verosim_math::regress::cox;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::{DAY, day, years_between};
use verosim_timeline::world::{Clinic, TRUTH, clinic, codes};
use verosim_timeline::{
    BIRTH, Cohort, Draft, Event, EventRules, Events, Kind, LearnError, Possible, Sex, Source, Train,
};

fn fit(source: &dyn Source) -> Result<Box<dyn FittedTimelines>, LearnError> {
    let engine = MARKOV.configure(&Map::new()).unwrap();
    engine.fit(Train::new(Cohort::all(source)), Seeded::new(1), Context::silent())
}

fn draw(model: &dyn FittedTimelines, draft: &Draft, seed: u64) -> Result<Events, SampleError> {
    model.draw(draft, Seeded::new(seed), Context::silent())
}

fn people(n: usize) -> Draft {
    Draft { first_id: 1, people: n, ..Draft::default() }
}

const CLINIC: usize = 20_000;

/// A chain of twenty thousand people of the clinic.
static MODEL: LazyLock<Box<dyn FittedTimelines>> =
    LazyLock::new(|| fit(&Clinic::new(CLINIC as u64, 5_000, Seeded::new(7))).unwrap());

/// Everything of some events, for comparisons.
fn told(events: &Events) -> Vec<String> {
    let one = |row: usize| {
        let number = events.numbers()[row].to_bits();
        let (time, end) = (events.times()[row], events.ends()[row]);
        let texts = [events.codes(), events.texts(), events.visits()].map(|column| column.cell(row));
        format!("{} {time} {end} {number} {texts:?}", events.subjects()[row])
    };
    (0..events.len()).map(one).collect()
}

/// Share of people with each code, and means of a few things per person.
fn profile(events: &Events) -> BTreeMap<String, f64> {
    let n = events.n_people() as f64;
    let mut profile: BTreeMap<String, f64> = BTreeMap::new();
    for person in events.people() {
        let codes: BTreeSet<&str> = person.rows().map(|row| person.code(row)).collect();
        for code in codes {
            *profile.entry(code.to_owned()).or_default() += 1.0 / n;
        }
        let visits = person.timed().filter(|&row| Kind::of(person.code(row)) == Kind::Visit).count();
        for (what, value) in [
            ("events", person.len() as f64),
            ("visits", visits as f64),
            ("visits²", (visits * visits) as f64),
        ] {
            *profile.entry(what.into()).or_default() += value / n;
        }
    }
    profile
}

/// Log hazard ratios of diabetes at the first visit and of ten years of age.
fn hazards(events: &Events) -> [f64; 2] {
    let (mut ill, mut decades, mut years, mut died) = (vec![], vec![], vec![], vec![]);
    for person in events.people() {
        let Some(first) = person.timed().find(|&row| Kind::of(person.code(row)) == Kind::Visit) else {
            continue;
        };
        let entry = events.times()[first];
        let end = person.death().unwrap_or_else(|| day(2025, 1, 1).unwrap());
        let diabetes = person.timed().any(|row| {
            person.code(row) == codes::DIABETES
                && events.visits().codes()[row] == events.visits().codes()[first]
        });
        ill.push(f64::from(u8::from(diabetes)));
        decades.push(years_between(person.birth().unwrap(), entry) / 10.0);
        years.push(years_between(entry, end));
        died.push(person.death().is_some());
    }
    let fit = cox(&[ill, decades], &years, &died).unwrap();
    [0, 1].map(|at| fit.estimates[at].unwrap().value)
}

/// Influenza from December to February and from June to August per person; kidney disease found after the first visit in those
/// with diabetes and without.
fn courses(events: &Events) -> [f64; 4] {
    let (mut courses, mut n) = ([0.0; 4], [0.0; 2]);
    for person in events.people() {
        let of = |code: &'static str| person.timed().filter(move |&row| events.codes().cell(row) == code);
        for row in of(codes::INFLUENZA) {
            match crate::lives::clock::month(events.times()[row]) {
                11 | 0 | 1 => courses[0] += 1.0 / events.n_people() as f64,
                5..=7 => courses[1] += 1.0 / events.n_people() as f64,
                _ => {}
            }
        }
        let without = usize::from(of(codes::DIABETES).next().is_none());
        n[without] += 1.0;
        let first = person.timed().find(|&row| Kind::of(person.code(row)) == Kind::Visit).unwrap();
        let visit = |row: usize| events.visits().codes()[row];
        courses[2 + without] +=
            f64::from(u8::from(of(codes::KIDNEY).next().is_some_and(|row| visit(row) != visit(first))));
    }
    [courses[0], courses[1], courses[2] / n[0], courses[3] / n[1]]
}

#[test]
fn the_clinic_comes_out_like_itself() {
    let drawn = draw(MODEL.as_ref(), &people(CLINIC), 3).unwrap();
    let fresh = clinic(CLINIC, Seeded::new(8));
    let (have, want) = (profile(&drawn), profile(&fresh));
    for (what, want) in &want {
        println!("{what}: clinic {want:.4}, chain {:.4}", have.get(what).copied().unwrap_or(0.0));
    }
    println!("log hazard ratios: clinic {:?}, chain {:?}", hazards(&fresh), hazards(&drawn));
    for (what, want) in want.iter().filter(|(_, want)| **want > 0.005) {
        let ratio = have.get(what).copied().unwrap_or(0.0) / want;
        let slack = if *want > 0.02 { 1.3 } else { 1.7 };
        assert!((1.0 / slack..slack).contains(&ratio), "{what}: {ratio} times as much");
    }
    let (have, want) = (courses(&drawn), courses(&fresh));
    println!(
        "influenza in winter and summer, kidney disease with diabetes and without: clinic {want:?}, chain {have:?}"
    );
    assert!(have[0] > 1.6 * have[1] && have[2] > 2.0 * have[3]);
    let [diabetes, decade] = hazards(&drawn);
    assert!((diabetes - TRUTH.diabetes_death_hr.ln()).abs() < 0.3, "{diabetes}");
    assert!((decade - TRUTH.age_death_hr.ln()).abs() < 0.2, "{decade}");
}

#[test]
fn values_hang_together_as_in_the_clinic() {
    let drawn = draw(MODEL.as_ref(), &people(CLINIC), 4).unwrap();
    // Of those with diabetes in the first visit and those without: HbA1c, its correlation in a person, and that with glucose.
    let facts = |events: &Events| {
        let (mut values, mut own, mut beside) = ([vec![], vec![]], vec![], vec![]);
        for person in events.people() {
            let number = |row: usize| f64::from(events.numbers()[row]);
            let of = |code: &'static str| person.timed().filter(move |&row| events.codes().cell(row) == code);
            let ill = usize::from(of(codes::DIABETES).next().is_some());
            let mine: Vec<f64> = of(codes::HBA1C).map(number).collect();
            values[ill].extend(mine.iter().copied());
            if let (1, [a, b, ..]) = (ill, &mine[..]) {
                own.push((*a, *b));
            }
            for row in of(codes::HBA1C) {
                let name = events.visits().codes()[row];
                beside.extend(
                    of(codes::GLUCOSE)
                        .find(|&other| events.visits().codes()[other] == name)
                        .map(|other| (number(row), number(other))),
                );
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let r = |pairs: Vec<(f64, f64)>| value::correlation(pairs.into_iter()).unwrap().0;
        [mean(&values[0]), mean(&values[1]), r(own), r(beside)]
    };
    let (have, want) = (facts(&drawn), facts(&clinic(CLINIC, Seeded::new(9))));
    println!("HbA1c without and with diabetes, in a person, with glucose: clinic {want:?}, chain {have:?}");
    for (at, slack) in [0.1, 0.1, 0.15, 0.1].into_iter().enumerate() {
        assert!((have[at] - want[at]).abs() < slack, "{at}: {} not {}", have[at], want[at]);
    }
}

#[test]
fn a_planted_chain_is_found_again() {
    // Chances of the next of five codes, and of the end, after each; a visit begins with the first.
    const NEXT: [[f64; 6]; 5] = [
        [0.1, 0.4, 0.2, 0.1, 0.1, 0.1],
        [0.2, 0.1, 0.3, 0.1, 0.1, 0.2],
        [0.0, 0.3, 0.1, 0.4, 0.1, 0.1],
        [0.3, 0.0, 0.2, 0.1, 0.2, 0.2],
        [0.1, 0.1, 0.1, 0.1, 0.3, 0.3],
    ];
    const CODES: [&str; 5] = ["DRUG//A", "DRUG//B", "DRUG//C", "DRUG//D", "DRUG//E"];
    let source = Held::made(|to| {
        for person in 0..6_000 {
            let mut rng = Seeded::new(2).split_at(person).rng();
            let (mut at, mut time) = (0, 0);
            while at < 5 {
                to.push(&event(person as i64, time, CODES[at], "v"));
                let mut point = rng.random::<f64>();
                at = NEXT[at]
                    .iter()
                    .position(|share| {
                        point -= share;
                        point < 0.0
                    })
                    .unwrap_or(5);
                time += 3_600_000_000;
            }
        }
    });
    let drawn = draw(fit(&source).unwrap().as_ref(), &people(20_000), 5).unwrap();
    let mut counts = [[0.0_f64; 6]; 5];
    for person in drawn.people() {
        let path: Vec<usize> = person
            .rows()
            .map(|row| CODES.iter().position(|code| *code == person.code(row)).unwrap())
            .collect();
        path.windows(2).for_each(|pair| counts[pair[0]][pair[1]] += 1.0);
        counts[*path.last().unwrap()][5] += 1.0;
    }
    for row in &counts {
        let n: f64 = row.iter().sum();
        println!("{:?}", row.map(|count| (count / n * 1000.0).round() / 1000.0));
    }
    for (row, planted) in counts.iter().zip(NEXT) {
        let n: f64 = row.iter().sum();
        for (count, planted) in row.iter().zip(planted) {
            // Five standard errors of learning and drawing, and the discount; ends go by size as well.
            let slack = 5.0 * (planted * (1.0 - planted) / (0.25 * n)).sqrt() + 0.015;
            assert!((count / n - planted).abs() < slack, "{} not {planted}", count / n);
        }
    }
}

#[test]
fn silences_keep_their_law() {
    // Ten visits each, two kinds of people: silences of about 20 days and of about 200.
    let law = |person: u64| LogNormal::new(if person.is_multiple_of(2) { 3.0 } else { 5.3 }, 0.6).unwrap();
    let start = day(2000, 1, 1).unwrap();
    let source = Held::made(|to| {
        for person in 0..4_000 {
            let mut rng = Seeded::new(3).split_at(person).rng();
            let mut time = start + rng.random_range(0..2_000) * DAY;
            for visit in 0..10 {
                to.push(&Event {
                    end: time + 3_600_000_000,
                    ..event(person as i64, time, "VISIT//A", &visit.to_string())
                });
                time += (law(person).sample(&mut rng) * DAY as f64) as i64;
            }
        }
    });
    let drawn = draw(fit(&source).unwrap().as_ref(), &people(4_000), 6).unwrap();
    let silences = |events: &Events| {
        let mut all = Vec::new();
        let mut means = Vec::new();
        for person in events.people() {
            let times: Vec<i64> = person.rows().map(|row| events.times()[row]).collect();
            let own: Vec<f64> =
                times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / DAY as f64).collect();
            if own.len() >= 4 {
                let logs: Vec<f64> = own[..4].iter().map(|days| days.max(0.1).ln()).collect();
                means.push((logs[0], logs[1]));
            }
            all.extend(own);
        }
        all.sort_by(f64::total_cmp);
        (all, value::correlation(means.into_iter()).unwrap().0)
    };
    let ((have, theirs), (want, ours)) = (silences(&drawn), silences(&source.shards[0]));
    let distance = (1..200).map(|at| {
        let at = f64::from(at) * 3.0;
        let share = |of: &[f64]| of.partition_point(|days| *days <= at) as f64 / of.len() as f64;
        (share(&have) - share(&want)).abs()
    });
    let distance = distance.fold(0.0, f64::max);
    println!(
        "distance of silences {distance:.4}; correlation in a person {ours:.3}, drawn {theirs:.3}; {} of {}",
        have.len(),
        want.len()
    );
    assert!(distance < 0.05, "Kolmogorov's distance of silences: {distance}");
    assert!((ours - theirs).abs() < 0.15, "people who come often come often: {theirs} not {ours}");
    assert!((have.len() as f64 / want.len() as f64 - 1.0).abs() < 0.15);
}

#[test]
fn long_stays_of_few_people_keep_their_size() {
    // A hundred people with stays of days, five signs every hour or two, and drugs that hardly anybody shares.
    const SIGNS: [&str; 5] = ["LAB//HR", "LAB//BP", "LAB//RR", "LAB//T", "LAB//SO"];
    let source = Held::made(|to| {
        for person in 0..100_i64 {
            let mut rng = Seeded::new(8).split_at(person as u64).rng();
            let mut start = day(2100, 1, 1).unwrap() + rng.random_range(0..10_000) * DAY;
            for stay in 0..rng.random_range(1..4) {
                let name = format!("{person}/{stay}");
                let hours = (LogNormal::new(4.2_f64, 0.6).unwrap().sample(&mut rng)) as i64 + 2;
                let hour = DAY / 24;
                to.push(&Event {
                    end: start + hours * hour,
                    ..event(person, start, "HOSPITAL_ADMISSION//EW", &name)
                });
                let mut at = start + hour;
                while at < start + hours * hour {
                    for code in SIGNS {
                        to.push(&Event {
                            number: Some(rng.random_range(50..150) as f32),
                            ..event(person, at, code, &name)
                        });
                    }
                    if rng.random_bool(0.1) {
                        let drug = format!("DRUG//{}", rng.random_range(0..40));
                        to.push(&event(person, at, &drug, &name));
                    }
                    at += hour * rng.random_range(1..3);
                }
                to.push(&event(person, start + hours * hour, "HOSPITAL_DISCHARGE//HOME", &name));
                start += (hours + rng.random_range(200..5_000)) * hour;
            }
        }
    });
    let model = fit(&source).unwrap();
    let drawn = draw(model.as_ref(), &people(400), 1).unwrap();
    let facts = |events: &Events| {
        let n = events.codes().levels().iter().zip(events.codes().counts());
        let of = |prefix: &str| {
            n.clone().filter(|(code, _)| code.starts_with(prefix)).map(|(_, n)| n).sum::<usize>() as f64
        };
        let stays = of("HOSPITAL_ADMISSION");
        let spans: i64 = (0..events.len())
            .filter(|&row| events.codes().cell(row).starts_with("HOSPITAL_ADMISSION"))
            .map(|row| (events.ends()[row] - events.times()[row]) / DAY)
            .sum();
        [
            stays / events.n_people() as f64,
            of("LAB") / stays,
            of("DRUG") / stays,
            of("HOSPITAL_DISCHARGE") / stays,
            spans as f64 / stays,
        ]
    };
    let (have, want) = (facts(&drawn), facts(&source.shards[0]));
    println!("stays, signs, drugs, discharges and days of a stay: planted {want:.2?}, drawn {have:.2?}");
    for (have, want) in have.iter().zip(want) {
        assert!((have / want - 1.0).abs() < 0.4, "{have} not {want}");
    }
    legal(&drawn, &EventRules::default());
}

#[test]
fn conditions_are_met_by_everybody() {
    let draft = Draft {
        is: vec![vec![codes::FEMALE.into()]],
        has: vec![vec![codes::PREGNANCY.into(), "nothing of the kind".into()], vec![codes::INFLUENZA.into()]],
        ..people(200)
    };
    let drawn = draw(MODEL.as_ref(), &draft, 7).unwrap();
    assert_eq!(drawn.n_people(), 200);
    for person in drawn.people() {
        let has = |code: &str| person.rows().any(|row| person.code(row) == code);
        assert!(has(codes::FEMALE) && has(codes::PREGNANCY) && has(codes::INFLUENZA) && !has(codes::MALE));
    }
    let none = Draft { has: vec![vec!["nothing of the kind".into()]], ..people(10) };
    assert!(matches!(
        draw(MODEL.as_ref(), &none, 7),
        Err(SampleError::Shortfall { asked: 10, accepted: 0, .. })
    ));
    let none = Draft { is: vec![vec![codes::MALE.into()], vec![codes::FEMALE.into()]], ..people(10) };
    assert!(matches!(draw(MODEL.as_ref(), &none, 7), Err(SampleError::Shortfall { accepted: 0, .. })));
}

#[test]
fn draws_hang_on_ids_and_seeds_only() {
    let all = told(&draw(MODEL.as_ref(), &people(1_500), 9).unwrap());
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let [one, four] =
        [1, 4].map(|n| pool(n).install(|| told(&draw(MODEL.as_ref(), &people(1_500), 9).unwrap())));
    assert!(one == all && four == all, "threads");
    let blocks = [(1, 700), (701, 1), (702, 799)].map(|(first_id, people)| {
        told(&draw(MODEL.as_ref(), &Draft { first_id, people, ..Draft::default() }, 9).unwrap())
    });
    assert!(blocks.concat() == all, "blocks");
    let loaded = MARKOV.load(MODEL.save()).unwrap();
    assert!(told(&draw(loaded.as_ref(), &people(1_500), 9).unwrap()) == all, "saved and read back");
    let source = Clinic::new(2_000, 2_000, Seeded::new(7));
    let cut = Clinic::new(2_000, 300, Seeded::new(7));
    let [whole, cut] =
        [1, 3].map(|n| pool(n).install(|| fit(if n == 1 { &source } else { &cut }).unwrap().save().state));
    assert!(whole == cut, "learned by other threads from other shards");
}

#[test]
fn damaged_models_are_refused() {
    assert!(MARKOV.load(Saved::default()).is_err());
    let state = MODEL.save().state;
    for (key, value) in [
        ("version", Value::from(99)),
        ("months", Value::from(vec![1.0; 3])),
        ("death", Value::from(1_000_000)),
        ("manners", Value::Array(Vec::new())),
    ] {
        let mut broken = state.clone();
        broken[key] = value;
        assert!(MARKOV.load(Saved { state: broken, ..Saved::default() }).is_err(), "{key}");
    }
}

#[test]
fn what_few_have_is_never_drawn() {
    let source = Held::made(|to| {
        for person in 0..400_i64 {
            to.push(&Event {
                subject: person,
                code: if person < 4 { "RACE//few" } else { "RACE//many" },
                ..Event::default()
            });
            for visit in 0..3 {
                let (name, time) = (visit.to_string(), visit * 40 * DAY);
                let number = if person < 4 { 98765.0 } else { (person % 50) as f32 };
                let text = if person < 4 { "secret" } else { "usual" };
                to.push(&Event { number: Some(number), text, ..event(person, time, "LAB//A", &name) });
                to.push(&event(person, time, if person < 4 { "DRUG//few" } else { "DRUG//many" }, &name));
            }
        }
    });
    let model = fit(&source).unwrap();
    let drawn = draw(model.as_ref(), &people(20_000), 2).unwrap();
    assert!(drawn.codes().levels().iter().all(|code| !code.ends_with("few")), "codes");
    assert!(drawn.texts().levels().iter().all(|text| &**text != "secret"), "texts");
    assert!(drawn.numbers().iter().all(|number| number.is_nan() || *number <= 49.0), "values");
    assert!(
        !model.save().state.to_string().contains("secret")
            && !model.save().state.to_string().contains("98765")
    );
}

/// Checks of one life: nothing after death, ends after starts, visits apart.
fn legal(events: &Events, rules: &dyn Possible) {
    for person in events.people() {
        let sex = person.statics().map(|row| Sex::of(person.code(row))).find(|sex| *sex != Sex::Other);
        let (birth, death) = (person.birth(), person.death());
        let mut open = i64::MIN;
        for row in person.timed() {
            let (code, time, end) = (person.code(row), events.times()[row], events.ends()[row]);
            let age = birth.map(|birth| years_between(birth, time));
            assert!(birth.is_none_or(|birth| birth <= time), "{code} before birth");
            assert!(
                death.is_none_or(|death| time <= death && (end == STATIC || end <= death)),
                "{code} after death"
            );
            assert!(end == STATIC || time <= end, "{code} ends before it begins");
            assert!(rules.can(code, sex.unwrap_or_default(), age), "{code} at {age:?}");
            if Kind::of(code) == Kind::Visit {
                assert!(open <= time, "visits are apart");
                open = end.max(time);
            }
        }
    }
}

#[test]
fn nobody_gets_what_cannot_be() {
    let book = codes::book();
    let rules = EventRules::new(
        book.iter().map(|(code, _)| code),
        verosim_data::constrain::Severity::Impossible,
        &[],
    );
    let draft = Draft { possible: Some(Arc::new(rules.clone())), ..people(100_000) };
    let start = std::time::Instant::now();
    let drawn = draw(MODEL.as_ref(), &draft, 11).unwrap();
    println!("{} events of 100000 people in {:?}", drawn.len(), start.elapsed());
    assert_eq!(drawn.n_people(), 100_000);
    legal(&drawn, &rules);
}

#[test]
fn odd_sets_are_learned_or_refused() {
    let lone = Held::made(|to| to.push(&event(1, 0, "LAB//A", "")));
    let Err(LearnError::Fit(error)) = fit(&lone) else { panic!("one person") };
    assert_eq!(error.to_string(), "1 training rows, but `markov` needs at least 5");
    assert!(fit(&Held::new(vec![])).is_err());
    let fixed = Held::made(|to| {
        (0..50).for_each(|person| to.push(&Event { subject: person, code: "SEX//F", ..Event::default() }));
    });
    let drawn = draw(fit(&fixed).unwrap().as_ref(), &people(30), 1).unwrap();
    assert_eq!((drawn.n_people(), drawn.len()), (30, 30));
    let born = Held::made(|to| {
        for person in 0..50 {
            to.push(&event(person, person * 400 * DAY, BIRTH, ""));
            to.push(&event(person, (person + 9) * 400 * DAY, "LAB//A", ""));
        }
    });
    let drawn = draw(fit(&born).unwrap().as_ref(), &people(30), 1).unwrap();
    assert_eq!(drawn.n_people(), 30);
    assert!(drawn.visits().levels().iter().all(|name| name.is_empty()), "no visits");
    legal(&drawn, &EventRules::default());
}

#[test]
fn memory_does_not_grow_with_people() {
    let bytes = |n: u64| {
        let source = Clinic::new(n, 1_000, Seeded::new(1));
        let (mut census, mut tally) = (None, None::<tally::Tally>);
        let markov = Markov::new(&Map::new()).unwrap();
        for shard in 0..source.shards() {
            let events = source.read(shard, Context::silent()).unwrap();
            let people: Vec<_> = events.people().collect();
            let more = crate::lives::vocabulary::Census::count(&events, &people, 5);
            census = Some(match census.take() {
                None => more,
                Some(census) => crate::lives::vocabulary::Census::merge(census, more, 5),
            });
        }
        let vocabulary = census.unwrap().vocabulary(5).0;
        for shard in 0..source.shards() {
            let events = source.read(shard, Context::silent()).unwrap();
            let more = fit::tally(&markov, &vocabulary, &events);
            match &mut tally {
                None => tally = Some(more),
                Some(tally) => tally.merge(more),
            }
        }
        tally.unwrap().bytes()
    };
    let (few, many) = (bytes(4_000), bytes(16_000));
    println!("{few} bytes for 4,000 people, {many} for 16,000");
    assert!(many < few * 2, "{few} {many}");
}
