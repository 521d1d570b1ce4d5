//! Does the forest learn what is there, obey what it must, and survive a file?

use super::*;
use rand::RngExt as _;
use std::collections::BTreeMap;
use verosim_data::encode::Exclusion;
use verosim_data::{ColumnDomain, EncodedColumn, Token};

/// A world with a known law: `a` fair, `b` equals `a` in nine of ten rows, `x` is a rank that is high when `a` is 1,
/// and `c` is a long vocabulary whose group follows `a`.
pub(super) fn world(n: usize) -> Encoded {
    let level = |name: &str, n: u32| ColumnDomain {
        name: name.into(),
        tokens: (0..n).map(Token::Level).collect(),
        ordered: false,
        n_ranks: 0,
        token_rank: vec![f32::NAN; n as usize],
        parents: Vec::new(),
        stage: 1,
    };
    let mut code = level("c", 60);
    code.parents = (0..60).map(|token| token / 30).collect();
    let rank = ColumnDomain { tokens: vec![Token::Continuous], n_ranks: n, ordered: true, ..level("x", 1) };
    let a: Vec<u32> = (0..n as u32).map(|row| row % 2).collect();
    let b = a.iter().enumerate().map(|(row, &a)| if row / 2 % 10 == 0 { 1 - a } else { a }).collect();
    let half = n / 2;
    let x = (0..n)
        .map(|row| ((row / 2 * 7919) % half + if row % 2 == 1 { half } else { 0 }) as f32 + 0.5)
        .collect();
    let c = a.iter().enumerate().map(|(row, &a)| a * 30 + (row as u32 / 2 * 7) % 30).collect();
    let domain = Domain {
        columns: vec![level("a", 2), level("b", 2), rank, code],
        exclusions: vec![Exclusion { a: (0, 0), b: (3, 30) }],
    };
    let tokens = |tokens: Vec<u32>| EncodedColumn { tokens, ranks: Vec::new() };
    let columns = vec![tokens(a), tokens(b), EncodedColumn { tokens: vec![0; n], ranks: x }, tokens(c)];
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(settings: &[(&str, Value)]) -> FittedTrees {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let trees = Trees::new(&settings).unwrap();
    Synthesizer::fit(&trees, &world(4000), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn the_law_of_a_known_world_is_learned() {
    let n = 8000;
    let drawn = fitted(&[]).sample(n, Seeded::new(2), Context::silent()).unwrap();
    let [a, b, x, c] = drawn.columns() else { panic!("four columns") };
    let share = |count: usize| count as f64 / n as f64;
    let agree = share((0..n).filter(|&row| a.tokens[row] == b.tokens[row]).count());
    assert!((agree - 0.9).abs() < 0.02, "b equals a in 0.9 of rows by construction, drawn {agree}");
    let high = share((0..n).filter(|&row| (x.ranks[row] >= 2000.0) == (a.tokens[row] == 1)).count());
    assert!(high > 0.98, "x follows a always by construction, drawn {high}");
    let group = share((0..n).filter(|&row| c.tokens[row] / 30 == a.tokens[row]).count());
    assert!(group > 0.98, "the group of c follows a always by construction, drawn {group}");
}

/// An outcome whose log-odds are a sum over ten weak causes: a leaf of twenty rows cannot see it.
fn weak_causes(n: usize) -> Encoded {
    let column = |name: String| ColumnDomain {
        name,
        tokens: (0..2).map(Token::Level).collect(),
        ordered: false,
        n_ranks: 0,
        token_rank: vec![f32::NAN; 2],
        parents: Vec::new(),
        stage: 1,
    };
    let mut rng = Seeded::new(77).rng();
    let mut columns: Vec<EncodedColumn> = (0..10)
        .map(|_| EncodedColumn {
            tokens: (0..n).map(|_| rng.random_range(0..2)).collect(),
            ranks: Vec::new(),
        })
        .collect();
    let odds = |row: usize| columns.iter().map(|c| f64::from(c.tokens[row]) - 0.5).sum::<f64>();
    let outcome =
        (0..n).map(|row| u32::from(rng.random::<f64>() < 1.0 / (1.0 + (-odds(row)).exp()))).collect();
    columns.push(EncodedColumn { tokens: outcome, ranks: Vec::new() });
    let names = (0..10).map(|at| format!("cause{at}")).chain(["outcome".into()]);
    let domain = Domain { columns: names.map(column).collect(), exclusions: Vec::new() };
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

#[test]
fn many_weak_causes_are_learned_by_boosting() {
    let correlation = |boosting: &str| {
        let settings =
            [("order", "source"), ("boosting", boosting)].map(|(k, v)| (k.to_owned(), Value::from(v)));
        let trees = Trees::new(&Map::from_iter(settings)).unwrap();
        let model = Synthesizer::fit(&trees, &weak_causes(6000), Seeded::new(1), Context::silent()).unwrap();
        let drawn = model.sample(20_000, Seeded::new(2), Context::silent()).unwrap();
        // Mean over causes of P(outcome | cause) - P(outcome | no cause).
        let columns = drawn.columns();
        let outcome = &columns[10].tokens;
        let effect = |cause: &[u32]| {
            let rate = |level: u32| {
                let rows: Vec<usize> = (0..cause.len()).filter(|&row| cause[row] == level).collect();
                rows.iter().map(|&row| f64::from(outcome[row])).sum::<f64>() / rows.len() as f64
            };
            rate(1) - rate(0)
        };
        let effects: Vec<f64> = columns[..10].iter().map(|c| effect(&c.tokens)).collect();
        let boosted = matches!(model.columns[10].tokens, model::TokenLaw::Boosted(_));
        (effects.iter().sum::<f64>() / 10.0, boosted)
    };
    // Sum over the other nine causes of the logistic function, by enumeration of their 512 states.
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let binomial = |k: u32| (0..k).fold(1.0, |c, i| c * f64::from(9 - i) / f64::from(i + 1)) / 512.0;
    let truth: f64 =
        (0..=9).map(|k| binomial(k) * (logistic(f64::from(k) - 4.0) - logistic(f64::from(k) - 5.0))).sum();
    let (auto, was_boosted) = correlation("auto");
    assert!(was_boosted, "boosted trees are likelier here");
    assert!((auto - truth).abs() < 0.1 * truth, "{auto} by boosting, {truth} by the law");
    assert!(!correlation("off").1);
}

#[test]
fn impossible_pairs_are_never_drawn() {
    let model = fitted(&[("backoff", json(100.0)), ("boosting", Value::from("off"))]);
    let drawn = model.sample(20_000, Seeded::new(3), Context::silent()).unwrap();
    let [a, .., c] = drawn.columns() else { panic!("four columns") };
    // With a back-off of 100 rows many codes cross over, but not the masked one.
    let crossed = (0..20_000).filter(|&row| a.tokens[row] == 0 && c.tokens[row] >= 30).count();
    let masked = (0..20_000).filter(|&row| a.tokens[row] == 0 && c.tokens[row] == 30).count();
    assert!(crossed > 100 && masked == 0, "{crossed} crossed, {masked} masked");
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let drawn = fitted(&[]).sample(20_000, Seeded::new(4), Context::silent()).unwrap();
            drawn.columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(16));
}

#[test]
fn a_saved_model_draws_the_same_rows() {
    let model = fitted(&[("boosting", Value::from("on"))]);
    let back = save::load(&save::save(&model), 0, Arc::clone(&model.domain)).unwrap();
    let rows = |model: &FittedTrees| {
        model.sample(500, Seeded::new(5), Context::silent()).unwrap().columns().to_vec()
    };
    assert_eq!(rows(&model), rows(&back));
    assert_eq!(save::save(&back), save::save(&model));
}

#[test]
fn damaged_models_are_refused() {
    let model = fitted(&[("boosting", Value::from("on"))]);
    let saved = save::save(&model);
    for name in saved.arrays.keys() {
        let mut arrays = saved.arrays.clone();
        match arrays.get_mut(name) {
            Some(crate::Array::U32(values)) if !values.is_empty() => {
                values.pop();
            }
            Some(crate::Array::F32(values)) if !values.is_empty() => {
                values.pop();
            }
            _ => continue, // Nothing to take away.
        }
        let damaged = Saved { document: saved.document.clone(), arrays };
        assert!(save::load(&damaged, 0, Arc::clone(&model.domain)).is_err(), "{name} cut short");
    }
    let empty = Saved { document: Value::Null, arrays: BTreeMap::new() };
    assert!(save::load(&empty, 0, Arc::clone(&model.domain)).is_err());
}

#[test]
fn settings_out_of_range_are_refused_with_their_range() {
    let refused = |name: &str, value: Value| {
        Trees::new(&Map::from_iter([(name.to_owned(), value)])).unwrap_err().to_string()
    };
    assert_eq!(refused("leaf_rows", json(3.0)), "setting `leaf_rows` is 3.0, outside 11 to 100000");
    assert_eq!(refused("leaf_row", json(30.0)), "engine `trees` has no setting `leaf_row`");
    assert_eq!(
        refused("order", Value::from("alphabetical")),
        "setting `order` is \"alphabetical\", outside auto, staged, source"
    );
}

fn json(value: f64) -> Value {
    Value::from(value)
}
