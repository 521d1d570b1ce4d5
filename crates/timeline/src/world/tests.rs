//! Is what was planted there, and nothing that cannot be?

use super::codes::{
    AMBULATORY, BIOPSY, BIRTHING, DELIVERY, DIABETES, FEMALE, GLUCOSE, HBA1C, HYPERTENSION, INFLUENZA,
    INPATIENT, KIDNEY, MALE, METFORMIN, PREGNANCY, PROSTATE,
};
use super::{Clinic, TRUTH, clinic};
use crate::event::STATIC;
use crate::event::instant::{DAY, day, years_between};

use crate::{BIRTH, DEATH, EventRules, Events, Kind, Person, Possible as _, Sex, Source};
use std::f64::consts::TAU;
use std::sync::LazyLock;
use verosim_core::{Context, Seeded};
use verosim_data::constrain::Severity;
use verosim_math::regress::{Estimate, Law, Regression, cox};

/// Standard errors that an estimate may be off: false alarm 1e-6 per figure.
const ERRORS: f64 = 4.9;

static CLINIC: LazyLock<Events> = LazyLock::new(|| clinic(40_000, Seeded::new(11)));

/// What an analyst sees of one person.
struct Seen {
    age: f64,
    years: f64,
    died: bool,
    diabetes: f64,
    hypertension: f64,
    /// Years to kidney disease; 0 for at registration.
    kidney: Option<f64>,
}

fn seen(person: &Person<'_>) -> Seen {
    let events = person.events();
    let time = |row: usize| events.times()[row];
    let of = |code: &str| person.timed().find(|&row| person.code(row) == code).map(time);
    let visit = person.timed().find(|&row| Kind::of(person.code(row)) == Kind::Visit);
    let entry = time(visit.unwrap());
    let last = person.death().unwrap_or_else(|| day(2025, 1, 1).unwrap());
    // What is written in the first visit was there at registration.
    let first = |code: &str| of(code).is_some_and(|at| at < entry + DAY / 24) as u8 as f64;
    Seen {
        age: years_between(person.birth().unwrap(), entry),
        years: years_between(entry, last),
        died: person.death().is_some(),
        diabetes: first(DIABETES),
        hypertension: first(HYPERTENSION),
        kidney: of(KIDNEY).map(|at| if at < entry + DAY / 24 { 0.0 } else { years_between(entry, at) }),
    }
}

fn near(what: &str, found: Estimate, planted: f64) {
    println!("{what}: planted {planted:.4}, found {:.4} ± {:.4}", found.value, found.error);
    assert!((found.value - planted).abs() < ERRORS * found.error, "{what}: {} not {planted}", found.value);
}

/// A share and its error under what was planted.
fn share(hits: usize, n: usize, planted: f64) -> Estimate {
    Estimate { value: hits as f64 / n as f64, error: (planted * (1.0 - planted) / n as f64).sqrt() }
}

#[test]
fn hazards_and_odds_are_found_again() {
    let people: Vec<Seen> = CLINIC.people().map(|person| seen(&person)).collect();
    let column = |of: &dyn Fn(&Seen) -> f64| people.iter().map(of).collect::<Vec<f64>>();
    let decades = column(&|one| (one.age - 60.0) / 10.0);
    let (diabetes, hypertension) = (column(&|one| one.diabetes), column(&|one| one.hypertension));
    let died: Vec<bool> = people.iter().map(|one| one.died).collect();
    let fit = cox(&[diabetes.clone(), decades.clone()], &column(&|one| one.years), &died).unwrap();
    near("log hazard ratio of diabetes", fit.estimates[0].unwrap(), TRUTH.diabetes_death_hr.ln());
    near("log hazard ratio of ten years", fit.estimates[1].unwrap(), TRUTH.age_death_hr.ln());

    let logit = |outcome: &[f64], columns: &[Vec<f64>]| {
        let fit = Regression { law: Law::Binomial, columns, outcome, offset: None }.fit().unwrap();
        fit.estimates.into_iter().map(Option::unwrap).collect::<Vec<Estimate>>()
    };
    let fit = logit(&hypertension, std::slice::from_ref(&decades));
    near("log-odds of hypertension", fit[0], TRUTH.hypertension_logit);
    near("hypertension by ten years", fit[1], TRUTH.hypertension_per_decade);
    let fit = logit(&diabetes, &[decades.clone(), hypertension.clone()]);
    near("log-odds of diabetes", fit[0], TRUTH.diabetes_logit);
    near("diabetes by ten years", fit[1], TRUTH.diabetes_per_decade);
    near("log odds ratio of diabetes and hypertension", fit[2], TRUTH.hypertension_diabetes_or.ln());
    let kidney = column(&|one| f64::from(one.kidney == Some(0.0)));
    let fit = logit(&kidney, &[decades, diabetes, hypertension]);
    near("kidney disease by ten years", fit[1], TRUTH.kidney_per_decade);
    near("log odds ratio of kidney disease and diabetes", fit[2], TRUTH.diabetes_kidney_or.ln());
    near("log odds ratio of kidney disease and hypertension", fit[3], TRUTH.hypertension_kidney_or.ln());
}

#[test]
fn kidney_disease_follows_diabetes_at_the_planted_rate() {
    for (ill, planted) in [(0.0, TRUTH.kidney_rate), (1.0, TRUTH.kidney_rate * TRUTH.diabetes_kidney_rr)] {
        let (mut found, mut years) = (0, 0.0);
        let free = CLINIC.people().map(|person| seen(&person));
        for one in free.filter(|one| one.diabetes == ill && one.kidney != Some(0.0)) {
            found += usize::from(one.kidney.is_some());
            years += one.kidney.unwrap_or(one.years);
        }
        let error = planted.sqrt() / f64::sqrt(years);
        near("new kidney disease a year", Estimate { value: found as f64 / years, error }, planted);
    }
}

#[test]
fn influenza_has_its_season() {
    // Fewer people are seen early in a year than late, as they register all year round: rates, not counts, have the season.
    const PARTS: usize = 73;
    let (mut found, mut lived) = ([0.0; PARTS], [0.0; PARTS]);
    let first = day(2017, 1, 1).unwrap();
    let part = |time: i64| ((years_between(first, time).fract() * PARTS as f64) as usize).min(PARTS - 1);
    for person in CLINIC.people() {
        let last = person.death().unwrap_or_else(|| day(2025, 1, 1).unwrap());
        let entry = person.timed().find(|&row| Kind::of(person.code(row)) == Kind::Visit).unwrap();
        let mut at = CLINIC.times()[entry];
        while at < last {
            lived[part(at)] += 1.0;
            at += 5 * DAY;
        }
        for row in person.timed().filter(|&row| person.code(row) == INFLUENZA) {
            found[part(CLINIC.times()[row])] += 1.0;
        }
    }
    // Of a rate 1 + A cos(x − p), the mean of 2 e^{ix} over the year is A e^{ip}.
    let (mut cosine, mut sine, mut all) = (0.0, 0.0, 0.0);
    for at in 0..PARTS {
        let (rate, phase) = (found[at] / lived[at], TAU * (at as f64 + 0.5) / PARTS as f64);
        (cosine, sine, all) =
            (cosine + 2.0 * rate * phase.cos(), sine + 2.0 * rate * phase.sin(), all + rate);
    }
    let (cosine, sine, n) = (cosine / all, sine / all, found.iter().sum::<f64>());
    let error = (2.0 / n).sqrt();
    near("amplitude of influenza", Estimate { value: cosine.hypot(sine), error }, TRUTH.influenza_amplitude);
    let peak = sine.atan2(cosine) / TAU * 365.25;
    let error = error / TRUTH.influenza_amplitude / TAU * 365.25;
    near("peak of influenza", Estimate { value: peak, error }, TRUTH.influenza_peak);
}

#[test]
fn the_ill_are_measured_more_and_values_hang_together() {
    let (mut visits, mut measured) = ([0; 2], [0; 2]);
    let (mut residuals, mut pairs) = (Vec::new(), Vec::new());
    let (mut metformin, mut diabetics) = (0, 0);
    for person in CLINIC.people() {
        let one = seen(&person);
        let ill = one.diabetes as usize;
        let of = |code: &'static str| person.timed().filter(move |&row| CLINIC.codes().cell(row) == code);
        visits[ill] += of(AMBULATORY).count();
        let number = |row: usize| f64::from(CLINIC.numbers()[row]);
        let visit = |row: usize| CLINIC.visits().codes()[row];
        for row in of(HBA1C) {
            let mine = of(AMBULATORY).any(|other| visit(other) == visit(row));
            measured[ill] += usize::from(mine);
            residuals.extend(
                of(GLUCOSE)
                    .filter(|&other| visit(other) == visit(row))
                    .map(|other| number(other) - 28.7 * number(row) + 46.7),
            );
        }
        let own: Vec<f64> = of(HBA1C)
            .map(|row| number(row) - TRUTH.hba1c_mean - TRUTH.hba1c_shift * one.diabetes)
            .take(2)
            .collect();
        if let [a, b] = own[..] {
            pairs.push((a, b));
        }
        // Whoever takes it is seen to after some visits: nobody else does.
        let takes = of(METFORMIN).next().is_some();
        assert!(ill == 1 || !takes, "metformin without diabetes");
        let often = ill == 1 && of(DIABETES).count() >= 5;
        diabetics += usize::from(often);
        metformin += usize::from(often && takes);
    }
    for (ill, planted) in [TRUTH.hba1c_others, TRUTH.hba1c_diabetes].into_iter().enumerate() {
        near("HbA1c at a visit by day", share(measured[ill], visits[ill], planted), planted);
    }
    near("metformin in diabetes", share(metformin, diabetics, TRUTH.metformin_share), TRUTH.metformin_share);
    let n = residuals.len() as f64;
    let sd = (residuals.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
    // HbA1c is rounded to 0.1, which adds 28.7² / 1200 to the variance.
    let planted = (TRUTH.glucose_noise.powi(2) + 28.7 * 28.7 / 1200.0).sqrt();
    near("scatter of glucose", Estimate { value: sd, error: planted / (2.0 * n).sqrt() + 0.02 }, planted);
    let n = pairs.len() as f64;
    let covariance = pairs.iter().map(|(a, b)| a * b).sum::<f64>() / n;
    let variance = pairs.iter().map(|(a, b)| f64::midpoint(a * a, b * b)).sum::<f64>() / n;
    let icc = Estimate { value: covariance / variance, error: (1.0 - TRUTH.hba1c_icc().powi(2)) / n.sqrt() };
    near("correlation of HbA1c in a person", icc, TRUTH.hba1c_icc());
}

#[test]
fn stays_last_as_planted() {
    let logs: Vec<f64> = CLINIC
        .people()
        .filter(|person| person.death().is_none())
        .flat_map(|person| person.timed().filter(|&row| CLINIC.codes().cell(row) == INPATIENT))
        .map(|row| ((CLINIC.ends()[row] - CLINIC.times()[row]) as f64 / DAY as f64).ln())
        .collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    // Stays that the end of the study cuts short are few: a thousandth of a day's log each.
    let error = TRUTH.stay_log_sd / (logs.len() as f64).sqrt() + 0.002;
    near("mean log of days in hospital", Estimate { value: mean, error }, TRUTH.stay_log_mean);
}

#[test]
fn nothing_impossible_happens_to_anybody() {
    let events = clinic(100_000, Seeded::new(12));
    let end = day(2025, 1, 1).unwrap();
    let codes = super::codes::book();
    let rules = EventRules::new(codes.iter().map(|(code, _)| code), Severity::Impossible, &[]);
    let (mut died, mut visits) = (0, 0);
    for person in events.people() {
        let codes: Vec<&str> = person.statics().map(|row| person.code(row)).collect();
        let woman = codes.contains(&FEMALE);
        assert!(woman != codes.contains(&MALE) && codes.len() == 2);
        let (birth, death) = (person.birth().unwrap(), person.death());
        died += usize::from(death.is_some());
        let mut open: Option<(u32, i64, i64)> = None;
        for row in person.timed() {
            let (code, time, end_of) = (person.code(row), events.times()[row], events.ends()[row]);
            let age = years_between(birth, time);
            assert!((0.0..100.0).contains(&age) && time <= death.unwrap_or(end), "{code}");
            assert!(end_of == STATIC || (time <= end_of && end_of <= death.unwrap_or(end)), "{code}");
            let sex = if woman { Sex::Female } else { Sex::Male };
            assert!(rules.can(code, sex, Some(age)), "{code} at {age}");
            match code {
                PREGNANCY | DELIVERY | BIRTHING => {
                    assert!(woman && (15.0..50.0).contains(&age), "{code} {age}");
                }
                PROSTATE | BIOPSY => assert!(!woman && age >= 39.9, "{code} {age}"),
                BIRTH | DEATH => {}
                _ if Kind::of(code) == Kind::Visit => {
                    visits += 1;
                    assert!(open.is_none_or(|(.., end)| end <= time), "visits are apart");
                    open = Some((events.visits().codes()[row], time, end_of));
                }
                _ => {}
            }
            if !matches!(code, BIRTH | DEATH) {
                let (name, from, to) = open.unwrap();
                assert!(
                    name == events.visits().codes()[row] && from <= time && time <= to,
                    "{code} in its visit"
                );
            }
        }
    }
    println!("{} events, {visits} visits, {died} deaths", events.len());
    assert!(died > 2_000 && visits > 300_000 && events.len() > 1_500_000);
}

/// Everything of some people.
fn told(events: &Events, people: i64) -> Vec<String> {
    (0..events.len())
        .take_while(|&row| events.subjects()[row] <= people)
        .map(|row| {
            format!(
                "{} {} {} {} {} {} {}",
                events.subjects()[row],
                events.times()[row],
                events.ends()[row],
                events.codes().cell(row),
                events.numbers()[row],
                events.texts().cell(row),
                events.visits().cell(row)
            )
        })
        .collect()
}

#[test]
fn a_life_depends_on_seed_and_number_only() {
    let seed = Seeded::new(3);
    let long = clinic(3_000, seed);
    assert!(told(&long, 2_000) == told(&clinic(2_000, seed), 2_000), "first people");
    assert!(told(&clinic(50, Seeded::new(4)), 50) != told(&long, 50), "another seed");
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let [one, four] = [1, 4].map(|n| pool(n).install(|| told(&clinic(3_000, seed), 3_000)));
    assert!(one == four, "threads");
    let source = Clinic::new(3_000, 700, seed);
    let shards =
        (0..source.shards()).flat_map(|shard| told(&source.read(shard, Context::silent()).unwrap(), 3_000));
    assert!(shards.collect::<Vec<_>>() == one, "shards");
    for row in 0..long.len() {
        assert!(source.codes().get(long.codes().cell(row)).is_some(), "every code has words");
    }
}
