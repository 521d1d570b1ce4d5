//! Do people find their rows, is the promise kept, and does a model survive a file?

use super::TAB_PE;
use crate::marginal::audit;
use crate::marginal::tests::{domain, learned, learned_from, share, world};
use crate::{Array, DynFitted, Engine as _, LoadError, Saved};
use verosim_core::{Context, Guarantee, Seeded};

fn drawn(model: &dyn DynFitted) -> verosim_data::Encoded {
    model.sample(20_000, Seeded::new(3), Context::silent()).unwrap()
}

#[test]
fn what_only_three_columns_show_comes_out_again() {
    let rows = drawn(&*learned(&TAB_PE, 4000, 10.0, 1));
    for (what, least, is_so) in [
        // Of what is planted a part is lost to variation: a tenth of the cells of each row is drawn afresh.
        (
            "e tells whether a and d differ, in 0.9",
            0.7,
            (|row| row[4] == row[0] ^ row[3]) as fn(&[u32]) -> bool,
        ),
        ("a is b, in 0.8", 0.68, |row| row[0] == row[1]),
        ("x is high where d is 1, in 0.95", 0.72, |row| (row[5] > 20) == (row[3] == 1)),
        ("c is not missing, in 0.9", 0.8, |row| row[2] > 0),
    ] {
        let found = share(&rows, is_so);
        assert!(found > least, "{what}: {found}");
    }
}

#[test]
fn the_promise_is_kept_in_writing_and_comes_back() {
    let model = learned(&TAB_PE, 1000, 1.0, 1);
    let Guarantee::Formal(formal) = model.guarantee() else { panic!("a formal promise") };
    assert_eq!((formal.epsilon, formal.units, formal.public.len()), (1.0, 1000, 1));
    assert_eq!(
        formal.releases,
        ["counts of patients in 6 columns", "votes of patients for their nearest synthetic row (15 times)"]
    );
    let budget = verosim_privacy::accountant::rho(1.0, formal.delta).unwrap();
    assert!(formal.rho <= budget && formal.rho > 0.999 * budget, "{} of {budget}", formal.rho);
    let back = TAB_PE.load(&model.save(), domain()).unwrap();
    assert_eq!(back.guarantee(), model.guarantee());
    assert_eq!(drawn(&*back).columns(), drawn(&*model).columns());
    assert_eq!(back.save(), model.save());
}

/// Rows in another order are other rows with the same votes: the model is the same to the byte, at any thread count.
#[test]
fn nothing_but_votes_reaches_the_model() {
    let turned = world(800)
        .into_iter()
        .map(|(codes, size)| {
            let n = codes.len();
            ((0..n).map(|row| codes[(row * 7 + 3) % n]).collect(), size)
        })
        .collect::<Vec<_>>();
    let fit = |threads: usize, codes: Vec<(Vec<u16>, usize)>| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| learned_from(&TAB_PE, codes, 1.0, 4).unwrap().save())
    };
    assert_eq!(fit(1, world(800)), fit(5, turned));
    assert_ne!(fit(2, world(800)), learned(&TAB_PE, 800, 1.0, 5).save(), "other noise, another model");
}

#[test]
fn hardly_any_budget_is_borne_and_settings_are_kept() {
    let rows = drawn(&*learned(&TAB_PE, 50, 1e-6, 1));
    assert_eq!(rows.n_rows(), 20_000, "all noise, and rows all the same");
    let settings = serde_json::json!({"alone": 0, "rounds": 1, "change_to": 0.3});
    let configured = TAB_PE.configure(settings.as_object().unwrap()).unwrap();
    assert_eq!(configured.settings()["change_to"], 0.3);
    assert_eq!(TAB_PE.configure(&configured.settings()).unwrap().settings(), configured.settings());
    assert!(TAB_PE.configure(serde_json::json!({"change": 1.5}).as_object().unwrap()).is_err());
}

#[test]
fn damaged_models_are_refused_in_words() {
    let saved = learned(&TAB_PE, 500, 5.0, 1).save();
    let refused = |change: &dyn Fn(&mut Saved)| {
        let mut damaged = saved.clone();
        change(&mut damaged);
        matches!(TAB_PE.load(&damaged, domain()), Err(LoadError::Damaged { .. }))
    };
    let floats = |saved: &mut Saved, name: &str, with: &dyn Fn(&mut Vec<f32>)| {
        if let Some(Array::F32(values)) = saved.arrays.get_mut(name) {
            with(values);
        }
    };
    let rows = |saved: &mut Saved, with: &dyn Fn(&mut Vec<u32>)| {
        if let Some(Array::U32(values)) = saved.arrays.get_mut("rows") {
            with(values);
        }
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|saved| rows(saved, &|values| values[0] = 2)), "a code that nobody declared");
    assert!(refused(&|saved| rows(saved, &|values| values[0] = 1 << 17)));
    assert!(refused(&|saved| rows(saved, &|values| values.push(0))));
    assert!(refused(&|saved| floats(saved, "votes", &|values| values.push(1.0))));
    assert!(refused(&|saved| floats(saved, "votes", &|values| values.fill(0.0))));
    assert!(refused(&|saved| floats(saved, "votes", &|values| values[0] = f32::NAN)));
    assert!(refused(&|saved| floats(saved, "chances", &|values| values[0] = -1.0)));
    assert!(refused(&|saved| {
        floats(saved, "chances", &|values| {
            values.pop();
        });
    }));
    assert!(refused(&|saved| saved.document["spread"] = 2.into()));
    assert!(refused(&|saved| saved.document["formal"]["delta"] = 2.0.into()));
    assert!(refused(&|saved| *saved = Saved::default()));
}

/// Few rounds: the more there are, the less of the budget is in what the attacker looks at.
#[test]
fn an_audit_proves_no_more_than_was_promised() {
    audit::check(&TAB_PE, &[("rounds", 2.0), ("alone", 0.5)], audit::RUNS);
}

#[test]
#[ignore = "takes a minute"]
fn an_audit_of_many_models_proves_no_more_than_was_promised() {
    audit::check(&TAB_PE, &[("rounds", 2.0), ("alone", 0.5)], audit::MANY_RUNS);
}
