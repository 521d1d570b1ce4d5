//! Does the judge see what was planted, and leave alone what is clean?

use super::*;
use crate::card::Outcome;
use verosim_core::Schema;
use verosim_core::schema::Treatment;
use verosim_data::Table;
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::world::clinic;

struct World {
    schema: Schema,
    train: Table,
    holdout: Table,
    fresh: Table,
}

/// Three samples of one law: 900 people learned from, 900 held out, 900 that a perfect generator would draw.
fn world() -> World {
    let raw = clinic(2700, Seeded::new(11));
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let table = parse(&raw, &schema).unwrap();
    let part = |from: usize| table.take(&(from..from + 900).collect::<Vec<_>>());
    World { train: part(0), holdout: part(900), fresh: part(1800), schema }
}

fn card(world: &World, synthetic: &Table, only: &[&str]) -> Card {
    let target = world.schema.index_of("readmitted_30d").unwrap();
    let trio = Trio {
        schema: &world.schema,
        train: &world.train,
        holdout: &world.holdout,
        synthetic,
        second: None,
        targets: &[target],
        train_subjects: None,
        holdout_subjects: None,
        whole: None,
    };
    let settings = JudgeSettings {
        title: "clinic".into(),
        engine: "unknown".into(),
        guarantee: String::new(),
        date: "2026-01-01".into(),
        only: only.iter().map(|id| (*id).to_owned()).collect(),
        row_limit: 2_000,
    };
    judge(&trio, &settings, Seeded::new(1), Context::silent()).unwrap()
}

fn outcome(card: &Card, question: &str) -> Outcome {
    card.verdicts.iter().find(|verdict| verdict.question == question).unwrap().outcome
}

const PRIVACY: [&str; 5] = ["pd.dcr", "pm.dcr", "pm.domias", "pm.clf", "pm.lev"];

#[test]
fn fresh_people_pass_and_every_metric_gives_a_number() {
    let world = world();
    let card = card(&world, &world.fresh, &[]);
    for entry in &card.entries {
        assert_eq!(entry.status, Status::Ok, "{}: {:?}", entry.id, entry.reason);
        assert!(entry.reading.is_some_and(|reading| reading.value.is_finite()), "{}", entry.id);
    }
    for question in ["realism", "privacy", "diversity"] {
        assert_ne!(outcome(&card, question), Outcome::Fail, "{question}: {:?}", card.verdicts);
    }
    assert_eq!(outcome(&card, "realism"), Outcome::Pass);
    assert_eq!(card.attacks.len(), 4);
    assert!(
        card.attacks.iter().all(|attack| attack.control_auc > Some(attack.auc.value)),
        "controls must succeed"
    );
}

#[test]
fn the_leak_dial_moves_the_privacy_verdict() {
    let world = world();
    let mut shares = Vec::new();
    for percent in [0, 1, 5, 25, 100] {
        let n = 900 * percent / 100;
        let copies = world.train.take(&(0..n).collect::<Vec<_>>());
        let rest = world.fresh.take(&(n..900).collect::<Vec<_>>());
        let leaky = copies.append(&rest).unwrap();
        let card = card(&world, &leaky, &PRIVACY);
        let found = outcome(&card, "privacy");
        if percent >= 5 {
            assert_eq!(found, Outcome::Fail, "{percent} %: {:?}", card.verdicts);
        }
        if percent == 0 {
            assert_ne!(found, Outcome::Fail, "{:?}", card.verdicts);
        }
        shares.push(card.entries[0].parts[0].1);
    }
    assert!(shares.windows(2).all(|pair| pair[0] < pair[1]), "copies found rise with the dial: {shares:?}");
}

#[test]
fn shuffled_columns_fail_realism() {
    let world = world();
    let floor = shuffle::shuffled(&world.fresh, Seeded::new(2));
    let card = card(&world, &floor, &["re.c2st", "re.acc2", "pd.dcr", "pm.dcr"]);
    assert_eq!(outcome(&card, "realism"), Outcome::Fail, "{:?}", card.verdicts);
    assert_ne!(outcome(&card, "privacy"), Outcome::Fail, "{:?}", card.verdicts);
}

#[test]
fn cards_do_not_depend_on_threads() {
    let world = world();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut card =
            pool.install(|| card(&world, &world.fresh, &["re.c2st", "ut.tstr", "re.acc3", "pm.domias"]));
        card.entries.iter_mut().for_each(|entry| entry.seconds = 0.0);
        card
    };
    assert_eq!(run(1), run(3));
}

/// Rows whose digits are copied while their values move far: the decimal point of every number shifts.
#[test]
fn copied_digits_are_seen_by_spelling() {
    use verosim_data::Cells;
    let world = world();
    let mut columns = world.train.columns().to_vec();
    for column in &mut columns {
        if let Cells::Number(values) = &mut column.cells {
            values.iter_mut().enumerate().for_each(|(row, value)| {
                if row % 2 == 0 {
                    *value = (*value * 1000.0).round() / 100.0;
                }
            });
        }
    }
    let moved = verosim_data::Table::new(columns).unwrap();
    let card = card(&world, &moved, &["pm.lev"]);
    let found = card.entries[0].reading.unwrap().value;
    assert!(found > 0.95, "{found}");
}
