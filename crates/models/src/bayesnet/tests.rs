//! Does the network find who hangs on whom, keep margins, and survive a file?

use super::*;
use crate::planted::{share, world};

fn fitted(n: usize, settings: &[(&str, i64)]) -> FittedNet {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Synthesizer::fit(&Net::new(&settings).unwrap(), &world(n), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn planted_relations_and_independences_are_found() {
    let model = fitted(6000, &[]);
    let edges = |one: usize, other: usize| {
        let of = |a: usize, b: usize| {
            model
                .laws
                .iter()
                .any(|law| law.column == a && law.parents.iter().any(|parent| parent.column == b))
        };
        of(one, other) || of(other, one)
    };
    assert!(edges(0, 1) && edges(1, 2) && edges(3, 5));
    assert!(!edges(0, 2) && !edges(2, 3) && !edges(2, 5) && !edges(0, 5), "nothing more than was planted");
    let (train, drawn) = (world(6000), model.sample(40_000, Seeded::new(2), Context::silent()).unwrap());
    for (what, is_so) in [
        ("a is b", (|row| row[0] == row[1]) as fn(&[u32]) -> bool),
        ("b is c", |row| row[1] == row[2]),
        ("a is c", |row| row[0] == row[2]),
        ("e tells whether a and d differ", |row| row[4] == row[0] ^ row[3]),
        ("e is 2", |row| row[4] == 2),
    ] {
        let (wanted, found) = (share(&train, is_so), share(&drawn, is_so));
        // Three standard errors of either.
        assert!((wanted - found).abs() < 0.025, "{what}: {wanted} {found}");
    }
    assert_eq!(share(&drawn, |row| row[1] == 1 && row[4] == 2), 0.0, "an impossible pair");
    let x = &drawn.columns()[5].ranks;
    let high = |d: u32| {
        let rows: Vec<usize> = (0..40_000).filter(|&row| drawn.columns()[3].tokens[row] == d).collect();
        rows.iter().filter(|&&row| x[row] > 3000.0).count() as f64 / rows.len() as f64
    };
    assert!(high(0) < 0.1 && high(1) > 0.9, "{} {}", high(0), high(1));
}

#[test]
fn without_parents_columns_are_independent_and_with_one_a_tree() {
    assert!(fitted(800, &[("parents", 0)]).laws.iter().all(|law| law.parents.is_empty()));
    let tree = fitted(800, &[("parents", 1), ("treewidth", 1)]);
    assert!(tree.laws.iter().all(|law| law.parents.len() <= 1));
    assert!(tree.laws.iter().filter(|law| law.parents.len() == 1).count() >= 3);
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
    let chances = |saved: &mut Saved, with: &dyn Fn(&mut Vec<f32>)| {
        if let Some(crate::Array::F32(values)) = saved.arrays.get_mut("chances") {
            with(values);
        }
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|saved| chances(saved, &|values| {
        values.pop();
    })));
    assert!(refused(&|saved| chances(saved, &|values| values.push(0.5))));
    assert!(refused(&|saved| chances(saved, &|values| values[0] = f32::NAN)));
    assert!(refused(&|saved| saved.document["nodes"][5] = saved.document["nodes"][0].clone()));
    assert!(refused(
        &|saved| saved.document["nodes"][0] = serde_json::json!([0, [{"column": 1, "level": 0}]])
    ));
    assert!(refused(&|saved| saved.document["counts"][0] = serde_json::json!([1])));
    assert!(refused(&|saved| *saved = Saved::default()));
}
