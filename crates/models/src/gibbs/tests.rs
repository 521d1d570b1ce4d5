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
    let by_alpha = fitted(800, &[("alpha", 1.0)]);
    assert!(by_epsilon.laws.iter().zip(&by_alpha.laws).all(|(a, b)| a.parents == b.parents));
    let far = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-6;
    assert!(
        !by_epsilon.laws.iter().zip(&by_alpha.laws).any(|(a, b)| a.chances.iter().zip(&b.chances).any(far))
    );
    // What the page promises of one draw: no chance of any state is less than alpha in a bucket's rows.
    let rows = 800.0 + 12.0;
    assert!(
        by_alpha
            .laws
            .iter()
            .all(|law| law.chances.iter().all(|chance| f64::from(*chance) > 1.0 / rows / 2.0))
    );
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
