//! Does the network find what was planted, keep its promise, and survive a file?

use super::PRIVBAYES;
use crate::marginal::audit;
use crate::marginal::tests::{check_damage, domain, learned, learned_from, share, world};
use crate::{DynFitted, Engine as _};
use verosim_core::{Context, Guarantee, Seeded};

fn drawn(model: &dyn DynFitted) -> verosim_data::Encoded {
    model.sample(40_000, Seeded::new(3), Context::silent()).unwrap()
}

#[test]
fn what_three_columns_show_comes_out_again() {
    let rows = drawn(&*learned(&PRIVBAYES, 6000, 10.0, 1));
    for (what, wanted, is_so) in [
        ("a is b", 0.8, (|row| row[0] == row[1]) as fn(&[u32]) -> bool),
        ("c is missing", 0.1, |row| row[2] == 0),
        ("b is c", 0.9 * 0.8, |row| row[1] + 1 == row[2]),
        ("x is low where d is 0", 0.5, |row| row[3] == 0 && row[5] >= 1 && row[5] <= 20),
        ("x is missing", 0.0, |row| row[5] == 0),
    ] {
        let found = share(&rows, is_so);
        assert!((wanted - found).abs() < 0.03, "{what}: {wanted} {found}");
    }
}

#[test]
fn the_promise_is_kept_in_writing_and_comes_back() {
    let model = learned(&PRIVBAYES, 1000, 1.0, 1);
    let Guarantee::Formal(formal) = model.guarantee() else { panic!("a formal promise") };
    assert_eq!((formal.epsilon, formal.units, formal.public.len()), (1.0, 1000, 1));
    assert_eq!(formal.releases[0], "counts of patients in 6 columns");
    assert!(
        formal.releases[1].starts_with("the choice of a column and its parents"),
        "{:?}",
        formal.releases
    );
    let budget = verosim_privacy::accountant::rho(1.0, formal.delta).unwrap();
    assert!(formal.rho <= budget && formal.rho > 0.999 * budget, "{} of {budget}", formal.rho);
    let back = PRIVBAYES.load(&model.save(), domain()).unwrap();
    assert_eq!(back.guarantee(), model.guarantee());
    assert_eq!(drawn(&*back).columns(), drawn(&*model).columns());
    assert_eq!(back.save(), model.save());
    check_damage(&PRIVBAYES);
}

/// Rows in another order are other rows with the same counts: the model is the same to the byte, at any thread count.
#[test]
fn nothing_but_counts_reaches_the_model() {
    let turned = world(800)
        .into_iter()
        .map(|(codes, size)| {
            let n = codes.len();
            ((0..n).map(|row| codes[(row * 7 + 3) % n]).collect(), size)
        })
        .collect::<Vec<_>>();
    let fit = |threads: usize, codes: Vec<(Vec<u16>, usize)>| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| learned_from(&PRIVBAYES, codes, 1.0, 4).unwrap().save())
    };
    assert_eq!(fit(1, world(800)), fit(5, turned));
    assert_ne!(fit(2, world(800)), learned(&PRIVBAYES, 800, 1.0, 5).save(), "other noise, another model");
}

#[test]
fn where_no_table_is_useful_columns_are_counted_twice() {
    for epsilon in [1e-3, 1e-6] {
        let model = learned(&PRIVBAYES, 50, epsilon, 1);
        assert_eq!(drawn(&*model).n_rows(), 40_000, "{epsilon}: all noise, and rows all the same");
        let Guarantee::Formal(formal) = model.guarantee() else { panic!("a formal promise") };
        assert_eq!(
            formal.releases,
            ["counts of patients in 6 columns", "counts of patients in columns again"]
        );
    }
}

#[test]
fn an_audit_proves_no_more_than_was_promised() {
    audit::check(&PRIVBAYES, &[], audit::RUNS);
}

#[test]
#[ignore = "takes a minute"]
fn an_audit_of_many_models_proves_no_more_than_was_promised() {
    audit::check(&PRIVBAYES, &[], audit::MANY_RUNS);
}
