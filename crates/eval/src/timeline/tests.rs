//! Does a judgement of lives make a card that every report can show?

use super::world::{busy_people, changed, people};
use super::{TimelineTrio, judge_timelines, some_people};
use crate::card::Outcome;
use crate::{JudgeError, JudgeSettings, render};
use verosim_core::{Context, Preset, Seeded};
use verosim_timeline::Events;

fn settings() -> JudgeSettings {
    JudgeSettings {
        title: "Planted <world>".into(),
        engine: "unknown".into(),
        guarantee: "no formal guarantee".into(),
        date: "2026-11-30".into(),
        preset: Preset::Standard,
        ..JudgeSettings::default()
    }
}

fn three(n: usize) -> [Events; 3] {
    [0, 100_000, 200_000].map(|first| people(n, first, Seeded::new(7)))
}

fn card(sets: &[Events; 3]) -> crate::Card {
    let trio = TimelineTrio::new(&sets[0], &sets[1], &sets[2]);
    judge_timelines(&trio, &settings(), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn a_card_reads_and_renders() {
    let mut sets = three(400);
    // Codes that only one set has, to see whose are drawn.
    let marked = |events: &Events, mark: &str| {
        changed(events, |columns| {
            let mut code = verosim_data::RawColumn::new("code", verosim_data::SourceType::Text);
            (0..events.len()).for_each(|row| {
                let plain = events.codes().cell(row);
                code.push(&if row % 997 == 5 { format!("{mark}//{plain}") } else { plain.to_owned() });
            });
            columns.code = code;
        })
    };
    sets = [marked(&sets[0], "TRAINED"), marked(&sets[1], "HELD"), marked(&sets[2], "M<ADE")];
    let card = card(&sets);
    let again = render::card_from_json(&render::json(&card)).unwrap();
    assert_eq!(render::json(&card), render::json(&again));
    let time = card.time.as_ref().unwrap();
    assert!(
        time.lives.len() == 4
            && time.curves.len() == 6
            && !time.survival.is_empty()
            && !time.prevalence.is_empty()
    );
    for entry in &card.entries {
        assert!(entry.reading.is_some() || entry.reason.is_some(), "{}", entry.id);
        let is_private = entry.family == "privacy";
        assert!(
            is_private || entry.reading.is_none() || entry.ceiling.is_some(),
            "{} has no ceiling",
            entry.id
        );
    }
    let page = render::html(&card);
    for part in [
        "<section id=\"time\">",
        "Some synthetic people",
        "What follows what",
        "Groups of patients",
        "lo.seqbi",
        "href=\"#time\"",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    for absent in [
        "TRAINED//",
        "HELD//",
        "M<ADE",
        "<section id=\"columns\">",
        "NaN<",
        "NaN %",
        "NaN\"",
        "http://",
        "https://",
    ] {
        assert!(!page.contains(absent), "{absent} is there");
    }
    let text = render::markdown(&card);
    assert!(text.contains("## Time") && text.contains("400 synthetic people") && !text.contains("HELD//"));
    assert!(render::junit(&card).contains("lo.c2st"));
}

#[test]
fn a_copy_of_everybody_fails_privacy_and_fresh_people_do_not() {
    let sets = three(1_000);
    let outcome = |sets: &[Events; 3]| {
        let verdicts = card(sets).verdicts;
        verdicts.into_iter().find(|verdict| verdict.question == "privacy").unwrap()
    };
    let fresh = outcome(&sets);
    assert!(matches!(fresh.outcome, Outcome::Pass | Outcome::Warn), "{fresh:?}");
    let copied = changed(&sets[0], |columns| columns.subject.iter_mut().for_each(|id| *id += 500_000));
    let leaky = outcome(&[sets[0].clone(), sets[1].clone(), copied]);
    assert_eq!(leaky.outcome, Outcome::Fail, "{leaky:?}");
}

#[test]
fn too_few_people_are_refused() {
    let sets = three(20);
    let nobody = sets[2].retain(|_| false);
    let trio = TimelineTrio::new(&sets[0], &sets[1], &nobody);
    let error = judge_timelines(&trio, &settings(), Seeded::new(1), Context::silent()).unwrap_err();
    assert!(matches!(error, JudgeError::TooFewPeople { role: "synthetic", found: 0, .. }));
    assert_eq!(error.to_string(), "there are 0 synthetic people; judging needs at least 10");
}

#[test]
fn people_are_thinned_whole() {
    let events = people(50, 0, Seeded::new(3));
    let some = some_people(&events, 10, Seeded::new(4));
    assert_eq!(some.n_people(), 10);
    for person in some.people() {
        let whole = events.people().find(|other| other.id() == person.id()).unwrap();
        assert_eq!(whole.len(), person.len());
    }
    assert_eq!(some_people(&events, 50, Seeded::new(4)).len(), events.len());
}

/// Speed, to be asked for by name: `cargo test --release -p verosim-eval ten_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute"]
fn ten_thousand_people_are_judged_in_a_minute() {
    let sets = [0, 100_000, 200_000].map(|first| busy_people(10_000, first, 26, Seeded::new(7)));
    let card = card(&sets);
    let mut slowest: Vec<(f64, &str)> =
        card.entries.iter().map(|entry| (entry.seconds, entry.id.as_str())).collect();
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let seconds: f64 = card.entries.iter().map(|entry| entry.seconds).sum();
    println!("{:?} events: {seconds:.1} s", sets.each_ref().map(Events::len));
    slowest.iter().for_each(|(seconds, id)| println!("{id}: {seconds:.2} s"));
    card.verdicts
        .iter()
        .for_each(|verdict| println!("{}: {:?} {}", verdict.question, verdict.outcome, verdict.sentence));
    for entry in &card.entries {
        let told = |reading: &Option<crate::card::Reading>| {
            reading.map_or("-".to_owned(), |r| format!("{:.4}", r.value))
        };
        println!(
            "{} {} ceiling {} floor {} {}",
            entry.id,
            told(&entry.reading),
            told(&entry.ceiling),
            told(&entry.floor),
            entry.reason.as_deref().unwrap_or_default()
        );
    }
}
