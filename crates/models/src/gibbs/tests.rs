//! Do sweeps bring relations back, and do models survive a file?

use super::*;
use crate::planted::{share, world};

fn fitted(n: usize, settings: &[(&str, f64)]) -> FittedGibbs {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Synthesizer::fit(&Gibbs::new(&settings).unwrap(), &world(n), Seeded::new(1), Context::silent()).unwrap()
}

type Row = fn(&[u32]) -> bool;

#[test]
fn sweeps_bring_back_what_was_planted() {
    let (train, model) = (world(6000), fitted(6000, &[]));
    let drawn = model.sample(40_000, Seeded::new(2), Context::silent()).unwrap();
    let told: [(&str, Row); 5] = [
        ("a is b", |row| row[0] == row[1]),
        ("b is c", |row| row[1] == row[2]),
        ("a is c", |row| row[0] == row[2]),
        ("e tells whether a and d differ", |row| row[4] == row[0] ^ row[3]),
        ("e is 2", |row| row[4] == 2),
    ];
    for (what, is_so) in told {
        let (wanted, found) = (share(&train, is_so), share(&drawn, is_so));
        assert!((wanted - found).abs() < 0.03, "{what}: {wanted} {found}");
    }
    assert_eq!(share(&drawn, |row| row[1] == 1 && row[4] == 2), 0.0, "an impossible pair");
    // c hangs on b alone once b is known.
    let of_c = model.laws.iter().find(|law| law.column == 2).unwrap();
    assert_eq!(of_c.parents.iter().map(|parent| parent.column).collect::<Vec<_>>(), [1]);
}

#[test]
fn the_perturbation_flattens_and_epsilon_is_another_word_for_it() {
    let agree = |settings: &[(&str, f64)]| {
        let drawn = fitted(3000, settings).sample(9000, Seeded::new(3), Context::silent()).unwrap();
        share(&drawn, |row| row[0] == row[1])
    };
    assert!(agree(&[("alpha", 1000.0)]) < 0.65, "nearly a coin");
    let by_epsilon = fitted(800, &[("epsilon", 2.0_f64.ln())]);
    assert!((by_epsilon.settings.weight() - 1.0).abs() < 1e-12);
    let by_alpha = fitted(800, &[("alpha", 1.0), ("leaf_rows", 2.0)]);
    assert!(by_epsilon.laws.iter().zip(&by_alpha.laws).all(|(a, b)| a.parents == b.parents));
    assert_eq!(by_epsilon.laws[1].chances, by_alpha.laws[1].chances, "every bucket of b has people");
}

#[test]
fn one_row_changes_a_chance_by_no_more_than_promised() {
    // All states of the world of 400 rows stay when one row goes, so that buckets are the same.
    let gibbs = Gibbs::new(&Map::from_iter([("epsilon".to_owned(), Value::from(0.5))])).unwrap();
    let table = world(400);
    let counts = rows::counts(&table);
    let (states, views) = coded::seen(table.domain(), &counts, gibbs.states);
    let all: Vec<Vec<u16>> =
        states.iter().zip(table.columns()).map(|(states, cells)| states.of(cells)).collect();
    let mut worst: f32 = 1.0;
    for gone in 0..40 {
        let without: Vec<Vec<u16>> = all
            .iter()
            .map(|column| (0..400).filter(|&row| row != gone).map(|row| column[row]).collect())
            .collect();
        for column in 0..all.len() {
            let law = |rows: &[Vec<u16>]| {
                blocks::learn(&gibbs, &Coded { states: rows, views: &views }, None, column)
            };
            let (with, without) = (law(&all), law(&without));
            if with.parents == without.parents {
                for (a, b) in with.chances.iter().zip(&without.chances) {
                    worst = worst.max(a / b).max(b / a);
                }
            }
        }
    }
    assert!(worst > 1.05 && worst <= 0.5_f32.exp() * 1.0001, "{worst}");
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            fitted(900, &[]).sample(9000, Seeded::new(4), Context::silent()).unwrap().columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(900, &[]);
    let back = save::load(&model.save(), Arc::clone(&model.domain)).unwrap();
    assert_eq!(back.sample(9000, Seeded::new(4), Context::silent()).unwrap().columns(), one);
    assert_eq!(back.save(), model.save());
}

#[test]
fn damaged_models_are_refused() {
    let model = fitted(500, &[]);
    let saved = model.save();
    let refused = |change: &dyn Fn(&mut Saved)| {
        let mut damaged = saved.clone();
        change(&mut damaged);
        save::load(&damaged, Arc::clone(&model.domain)).is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|saved| drop(saved.arrays.remove("chances"))));
    assert!(refused(&|saved| saved.document["nodes"][5] = saved.document["nodes"][0].clone()));
    assert!(refused(
        &|saved| saved.document["nodes"][0] = serde_json::json!([0, [{"column": 9, "level": 0}]])
    ));
    assert!(refused(&|saved| saved.document["settings"]["sweeps"] = serde_json::json!(0)));
    assert!(refused(&|saved| *saved = Saved::default()));
}
