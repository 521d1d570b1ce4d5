//! Does it find what no pair shows, keep its promise, and survive a file?

use super::{AIM, rounds};
use crate::marginal::audit;
use crate::marginal::tests::{check_damage, domain, learned, learned_from, share, world};
use crate::{DynFitted, Engine as _};
use verosim_core::{Context, Guarantee, Seeded};

fn drawn(model: &dyn DynFitted) -> verosim_data::Encoded {
    model.sample(40_000, Seeded::new(3), Context::silent()).unwrap()
}

#[test]
fn what_only_three_columns_show_comes_out_again() {
    let rows = drawn(&*learned(&AIM, 6000, 10.0, 1));
    for (what, wanted, is_so) in [
        ("e tells whether a and d differ", 0.9, (|row| row[4] == row[0] ^ row[3]) as fn(&[u32]) -> bool),
        ("a is e", 0.5, |row| row[0] == row[4]),
        ("a is b", 0.8, |row| row[0] == row[1]),
        ("b is c", 0.9 * 0.8, |row| row[1] + 1 == row[2]),
        ("x is low where d is 0", 0.5, |row| row[3] == 0 && row[5] >= 1 && row[5] <= 20),
    ] {
        let found = share(&rows, is_so);
        assert!((wanted - found).abs() < 0.03, "{what}: {wanted} {found}");
    }
}

#[test]
fn the_promise_is_kept_in_writing_and_comes_back() {
    let model = learned(&AIM, 1000, 1.0, 1);
    let Guarantee::Formal(formal) = model.guarantee() else { panic!("a formal promise") };
    assert_eq!(formal.releases[0], "counts of patients in 6 columns");
    assert!(formal.releases[1].starts_with("the choice of a set of columns"), "{:?}", formal.releases);
    let budget = verosim_privacy::accountant::rho(1.0, formal.delta).unwrap();
    assert!(formal.rho <= budget && formal.rho > 0.999 * budget, "{} of {budget}", formal.rho);
    let back = AIM.load(&model.save(), domain()).unwrap();
    assert_eq!(back.guarantee(), model.guarantee());
    assert_eq!(drawn(&*back).columns(), drawn(&*model).columns());
    check_damage(&AIM);
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
        pool.install(|| learned_from(&AIM, codes, 1.0, 4).unwrap().save())
    };
    assert_eq!(fit(1, world(800)), fit(5, turned));
}

#[test]
fn sets_are_bounded() {
    assert_eq!(rounds::n_candidates(6, 3), 6 + 15 + 20);
    assert_eq!(rounds::n_candidates(6, 2), 6 + 15);
    assert_eq!(rounds::n_candidates(22, 3), 22 + 231 + 1540);
    assert_eq!(rounds::n_candidates(23, 3), 23 + 253, "too many of three");
}

#[test]
fn an_audit_proves_no_more_than_was_promised() {
    audit::check(&AIM, &[], audit::RUNS / 4);
}

#[test]
#[ignore = "takes minutes"]
fn an_audit_of_many_models_proves_no_more_than_was_promised() {
    audit::check(&AIM, &[], audit::MANY_RUNS);
}
