//! Does the forest find where columns hang together, keep its leaves wide, and survive a file?

use super::*;
use rand_distr::{Distribution as _, StandardNormal};
use verosim_data::encode::Exclusion;
use verosim_data::{ColumnDomain, EncodedColumn, Token};
use verosim_math::stats::{mid_ranks, spearman};

fn column(name: &str, tokens: Vec<Token>, ordered: bool, n_ranks: usize) -> ColumnDomain {
    ColumnDomain {
        name: name.into(),
        token_rank: vec![f32::NAN; tokens.len()],
        tokens,
        ordered,
        n_ranks,
        parents: Vec::new(),
        stage: 1,
    }
}

fn levels(n: u32) -> Vec<Token> {
    (0..n).map(Token::Level).collect()
}

/// `x` normal; `y` its square with noise, missing where `x` is among the highest tenth; `a` and `b` fair; `c` 1 in nine of
/// ten rows where exactly one of them is, else 0, and never 2 where `a` is 1; `d` is always 2.
fn world(n: usize) -> Encoded {
    let mut rng = Seeded::new(21).rng();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let x: Vec<f64> = (0..n).map(|_| normal()).collect();
    let y: Vec<f64> = x.iter().map(|x| x * x + 0.5 * normal()).collect();
    let lost: Vec<bool> = x.iter().map(|x| *x > 1.2816).collect();
    let coin = |at: usize, row: usize| (row / [1, 2][at] % 2) as u32;
    let c: Vec<u32> = (0..n)
        .map(|row| match (coin(0, row) ^ coin(1, row), row / 4 % 10) {
            (either, 0) => 1 - either,
            (0, 1) if coin(0, row) == 0 => 2,
            (either, _) => either,
        })
        .collect();
    let rank = |values: &[f64]| mid_ranks(values).iter().map(|rank| *rank as f32 - 0.5).collect::<Vec<_>>();
    let present: Vec<f64> = y.iter().zip(&lost).map(|(y, lost)| if *lost { f64::NAN } else { *y }).collect();
    let n_present = lost.iter().filter(|lost| !**lost).count();
    let domain = Domain {
        columns: vec![
            column("x", vec![Token::Continuous], true, n),
            column("y", vec![Token::Missing(0), Token::Continuous], true, n_present),
            column("a", levels(2), false, 0),
            column("b", levels(2), false, 0),
            column("c", levels(3), false, 0),
            column("d", levels(3), false, 0),
        ],
        exclusions: vec![Exclusion { a: (2, 1), b: (4, 2) }],
    };
    let tokens = |tokens: Vec<u32>| EncodedColumn { tokens, ranks: Vec::new() };
    let columns = vec![
        EncodedColumn { tokens: vec![0; n], ranks: rank(&x) },
        EncodedColumn {
            tokens: lost.iter().map(|lost| u32::from(!lost)).collect(),
            ranks: rank(&present).iter().map(|rank| if rank.is_nan() { 0.0 } else { *rank }).collect(),
        },
        tokens((0..n).map(|row| coin(0, row)).collect()),
        tokens((0..n).map(|row| coin(1, row)).collect()),
        tokens(c),
        tokens(vec![2; n]),
    ];
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(n: usize, settings: &[(&str, f64)]) -> FittedArf {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    let arf = Arf::new(&settings).unwrap();
    Synthesizer::fit(&arf, &world(n), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn what_was_planted_is_found() {
    let n = 6000;
    let drawn = fitted(4000, &[]).sample(n, Seeded::new(2), Context::silent()).unwrap();
    let [x, y, a, b, c, d] = drawn.columns() else { panic!("six columns") };
    assert_eq!(d.tokens, vec![2; n], "what is forbidden in c is none of the business of d");
    let share = |count: usize| count as f64 / n as f64;
    let agree = share((0..n).filter(|&row| c.tokens[row] == a.tokens[row] ^ b.tokens[row]).count());
    // 0.9 less the twos, of which a fortieth of all rows has one, by construction. No single column tells c.
    assert!(agree > 0.75, "{agree}");
    assert!(!(0..n).any(|row| a.tokens[row] == 1 && c.tokens[row] == 2), "an impossible pair");
    let missing: Vec<f64> =
        (0..n).filter(|&row| y.tokens[row] == 0).map(|row| f64::from(x.ranks[row])).collect();
    assert!((share(missing.len()) - 0.1).abs() < 0.02, "a tenth is missing by construction");
    let high = missing.iter().filter(|&&rank| rank >= 3500.0).count() as f64 / missing.len() as f64;
    assert!(high > 0.8, "y is missing for the highest tenth of x, {high}");
    // y falls with x below its middle and rises above.
    let of = |side: bool| {
        let rows: Vec<usize> =
            (0..n).filter(|&row| y.tokens[row] == 1 && (x.ranks[row] < 2000.0) == side).collect();
        let ranks =
            |column: &EncodedColumn| rows.iter().map(|&row| f64::from(column.ranks[row])).collect::<Vec<_>>();
        spearman(&ranks(x), &ranks(y)).unwrap()
    };
    assert!(of(true) < -0.5 && of(false) > 0.3, "{} {}", of(true), of(false));
}

#[test]
fn leaves_hold_enough_people_of_the_whole_table() {
    for least in [5.0, 30.0] {
        let model = fitted(2000, &[("leaf_rows", least)]);
        assert!(model.rows.iter().all(|&rows| f64::from(rows) >= least));
        let trees = model.settings.trees as u64;
        assert_eq!(
            model.rows.iter().map(|&rows| u64::from(rows)).sum::<u64>(),
            trees * 2000,
            "nobody is left out"
        );
    }
    // Everybody has twenty rows: leaves count people.
    let rows = world(2000);
    let people = (0..2000).map(|row| row / 20).collect();
    let train = Encoded::new(Arc::clone(rows.domain()), rows.columns().to_vec(), 2000, Some(people)).unwrap();
    let arf = Arf::new(&Map::new()).unwrap();
    let forest = play::play(&arf, &train, Seeded::new(1), Context::silent()).unwrap();
    for leaf in forest.trees.iter().flatten() {
        let people: std::collections::BTreeSet<u32> = leaf.iter().map(|row| row / 20).collect();
        assert!(people.len() >= 10, "{} people", people.len());
    }
}

#[test]
fn imitations_become_harder_to_tell() {
    let model = fitted(2000, &[]);
    // Independent columns are told nearly always here: c alone gives away 40 % of them.
    assert!(model.accuracy < 0.6, "{}", model.accuracy);
}

#[test]
fn smoothing_makes_nothing_impossible_but_what_is() {
    let drawn = fitted(2000, &[("smoothing", 50.0)]).sample(9000, Seeded::new(3), Context::silent()).unwrap();
    let [_, _, a, b, c, _] = drawn.columns() else { panic!("six columns") };
    let crossed = (0..9000).filter(|&row| c.tokens[row] == 2 && b.tokens[row] != a.tokens[row]).count();
    assert!(crossed > 20, "{crossed}");
    assert!(!(0..9000).any(|row| a.tokens[row] == 1 && c.tokens[row] == 2));
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            fitted(900, &[]).sample(5000, Seeded::new(4), Context::silent()).unwrap().columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(900, &[]);
    let back = save::load(&model.save(), Arc::clone(&model.domain)).unwrap();
    assert_eq!(back.sample(5000, Seeded::new(4), Context::silent()).unwrap().columns(), one);
    assert_eq!(back.save(), model.save());
}

#[test]
fn damaged_models_are_refused() {
    let model = fitted(500, &[]);
    let saved = model.save();
    let refused = |saved: &Saved| save::load(saved, Arc::clone(&model.domain)).is_err();
    for name in saved.arrays.keys() {
        let mut damaged = saved.clone();
        match damaged.arrays.get_mut(name).unwrap() {
            crate::Array::U32(values) => drop(values.pop()),
            crate::Array::F32(values) => drop(values.pop()),
            crate::Array::U8(_) => unreachable!("no bytes are saved"),
        }
        assert!(refused(&damaged), "{name} cut short");
        if let Some(crate::Array::U32(values)) = damaged.arrays.get_mut(name) {
            values.push(u32::MAX);
            assert!(refused(&damaged) || name == "leaf_rows" || name == "counts", "{name} out of range");
        }
    }
    let mut far = saved.clone();
    if let Some(crate::Array::F32(knots)) = far.arrays.get_mut("knots") {
        knots[0] = f32::NAN;
    }
    assert!(refused(&far));
    assert!(refused(&Saved::default()));
}

#[test]
fn few_rows_are_refused_and_dull_ones_learned() {
    let arf = Arf::new(&Map::new()).unwrap();
    let dull = |n: usize| {
        let domain = Domain {
            columns: vec![column("c", levels(1), false, 0), column("m", vec![Token::Missing(0)], true, 0)],
            exclusions: vec![],
        };
        let cells = EncodedColumn { tokens: vec![0; n], ranks: Vec::new() };
        Encoded::new(Arc::new(domain), vec![cells.clone(), cells], n, None).unwrap()
    };
    let fit = |n: usize| Synthesizer::fit(&arf, &dull(n), Seeded::new(1), Context::silent());
    assert_eq!(fit(9).unwrap_err().to_string(), "9 training rows, but `arf` needs at least 10");
    let drawn = fit(10).unwrap().sample(7, Seeded::new(2), Context::silent()).unwrap();
    assert_eq!(drawn.columns()[0].tokens, [0; 7]);
}
