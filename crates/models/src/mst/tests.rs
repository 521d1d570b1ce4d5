//! Does the tree find what was planted, keep its promise, and survive a file?

use super::MST;
use crate::marginal::audit;
use crate::marginal::tests::{check_damage, domain, learned, learned_from, share, world};
use crate::{DynFitted, Engine as _};
use verosim_core::{Context, Guarantee, Seeded};

fn drawn(model: &dyn DynFitted) -> verosim_data::Encoded {
    model.sample(40_000, Seeded::new(3), Context::silent()).unwrap()
}

#[test]
fn planted_relations_come_out_again() {
    let rows = drawn(&*learned(&MST, 6000, 10.0, 1));
    for (what, wanted, is_so) in [
        ("a is b", 0.8, (|row| row[0] == row[1]) as fn(&[u32]) -> bool),
        ("c is missing", 0.1, |row| row[2] == 0),
        ("b is c", 0.9 * 0.8, |row| row[1] + 1 == row[2]),
        ("a is c", 0.9 * 0.68, |row| row[0] + 1 == row[2]),
        ("x is low where d is 0", 0.5, |row| row[3] == 0 && row[5] >= 1 && row[5] <= 20),
        ("x is missing", 0.0, |row| row[5] == 0),
    ] {
        let found = share(&rows, is_so);
        // Six thousand people, noise of a few; states of x are wider than its cells.
        assert!((wanted - found).abs() < 0.03, "{what}: {wanted} {found}");
    }
}

#[test]
fn with_less_budget_rows_are_less_like_the_people() {
    let apart = |epsilon: f64| {
        let of = |seed: u64| {
            let rows = drawn(&*learned(&MST, 1000, epsilon, seed));
            (share(&rows, |row| row[0] == row[1]) - 0.8).abs()
        };
        (0..6).map(of).sum::<f64>() / 6.0
    };
    let (far, near) = (apart(0.05), apart(5.0));
    assert!(near < 0.03 && near < far, "{near} {far}");
}

#[test]
fn the_promise_is_kept_in_writing_and_comes_back() {
    let model = learned(&MST, 1000, 1.0, 1);
    let Guarantee::Formal(formal) = model.guarantee() else { panic!("a formal promise") };
    assert_eq!((formal.epsilon, formal.units, formal.public.len()), (1.0, 1000, 1));
    assert_eq!(
        formal.releases,
        [
            "counts of patients in 6 columns",
            "the choice of a pair of columns (5 times)",
            "counts of patients in 5 pairs of columns"
        ]
    );
    let budget = verosim_privacy::accountant::rho(1.0, formal.delta).unwrap();
    assert!(formal.rho <= budget && formal.rho > 0.999 * budget, "{} of {budget}", formal.rho);
    let back = MST.load(&model.save(), domain()).unwrap();
    assert_eq!(back.guarantee(), model.guarantee());
    assert_eq!(drawn(&*back).columns(), drawn(&*model).columns());
    assert_eq!(back.save(), model.save());
    check_damage(&MST);
}

/// Rows in another order are other rows with the same counts: the model is the same to the byte.
#[test]
fn nothing_but_counts_reaches_the_model() {
    let turned = world(800)
        .into_iter()
        .map(|(codes, size)| {
            let n = codes.len();
            ((0..n).map(|row| codes[(row * 7 + 3) % n]).collect(), size)
        })
        .collect::<Vec<_>>();
    assert_ne!(turned, world(800));
    let (one, other) = (learned(&MST, 800, 1.0, 4), learned_from(&MST, turned, 1.0, 4).unwrap());
    assert_eq!(one.save(), other.save());
    assert_ne!(one.save(), learned(&MST, 800, 1.0, 5).save(), "other noise, another model");
}

#[test]
fn hardly_any_budget_and_one_column_are_borne() {
    for epsilon in [1e-3, 1e-6] {
        let rows = drawn(&*learned(&MST, 50, epsilon, 1));
        assert_eq!(rows.n_rows(), 40_000, "{epsilon}: all noise, and rows all the same");
    }
}

#[test]
fn an_audit_proves_no_more_than_was_promised() {
    audit::check(&MST, &[], audit::RUNS);
}

#[test]
#[ignore = "takes a minute"]
fn an_audit_of_many_models_proves_no_more_than_was_promised() {
    audit::check(&MST, &[], audit::MANY_RUNS);
}
