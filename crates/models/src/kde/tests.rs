//! Are kernels as wide as they should be, and does a model survive a file?

use super::*;
use rand_distr::{Distribution as _, StandardNormal};
use verosim_data::encode::Exclusion;
use verosim_data::{ColumnDomain, Token};
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

/// `x` and `y` with correlation 0.9; `a` says whether `x` is high; `noise` says nothing and is missing by chance.
fn world(n: usize) -> Encoded {
    let mut rng = Seeded::new(31).rng();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let x: Vec<f64> = (0..n).map(|_| normal()).collect();
    let y: Vec<f64> = x.iter().map(|x| 0.9 * x + 0.19_f64.sqrt() * normal()).collect();
    let noise: Vec<f64> = (0..n).map(|row| if row % 5 == 0 { f64::NAN } else { normal() }).collect();
    let ranks = |values: &[f64]| -> Vec<f32> {
        mid_ranks(values).iter().map(|rank| if rank.is_nan() { 0.0 } else { *rank as f32 - 0.5 }).collect()
    };
    let levels = vec![Token::Level(0), Token::Level(1)];
    let domain = Domain {
        columns: vec![
            column("x", vec![Token::Continuous], true, n),
            column("y", vec![Token::Continuous], true, n),
            column("a", levels.clone(), false, 0),
            column("noise", vec![Token::Missing(0), Token::Continuous], true, n - n.div_ceil(5)),
            column("b", levels, false, 0),
        ],
        exclusions: vec![Exclusion { a: (2, 0), b: (4, 1) }],
    };
    let high: Vec<u32> = x.iter().map(|x| u32::from(*x > 0.0)).collect();
    let tokens = |tokens| EncodedColumn { tokens, ranks: Vec::new() };
    let columns = vec![
        EncodedColumn { tokens: vec![0; n], ranks: ranks(&x) },
        EncodedColumn { tokens: vec![0; n], ranks: ranks(&y) },
        tokens(high.clone()),
        EncodedColumn {
            tokens: noise.iter().map(|x| u32::from(!x.is_nan())).collect(),
            ranks: ranks(&noise),
        },
        tokens(high.iter().enumerate().map(|(row, high)| high * u32::from(row % 3 == 0)).collect()),
    ];
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(n: usize, bandwidth: f64) -> FittedKde {
    let kde = Kde::new(&Map::from_iter([("bandwidth".into(), Value::from(bandwidth))])).unwrap();
    Synthesizer::fit(&kde, &world(n), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn related_columns_have_narrow_kernels_and_noise_is_smoothed_away() {
    let model = fitted(1500, 1.0);
    let [x, y, a, noise, _] = model.kernels[..] else { panic!("five columns") };
    assert!(x.keep > 0.8 && y.keep > 0.8, "{x:?} {y:?}");
    assert!(a.anew < 0.2, "{a:?}");
    assert!(noise.keep <= 0.6 || noise.anew >= 0.5, "{noise:?}");
    let drawn = model.sample(5000, Seeded::new(2), Context::silent()).unwrap();
    let rank = |at: usize| drawn.columns()[at].ranks.iter().map(|&rank| f64::from(rank)).collect::<Vec<_>>();
    let found = spearman(&rank(0), &rank(1)).unwrap();
    // By construction 0.89 before; kernels that keep 0.9 of each score keep at least 0.8 of it.
    assert!(found > 0.7, "{found}");
    let missing = drawn.columns()[3].tokens.iter().filter(|&&token| token == 0).count();
    assert!((missing as f64 / 5000.0 - 0.2).abs() < 0.03, "a fifth is missing: {missing}");
    let [_, _, a, _, b] = drawn.columns() else { panic!("five columns") };
    assert!(!a.tokens.iter().zip(&b.tokens).any(|(a, b)| *a == 0 && *b == 1), "an impossible pair");
    // Scores keep their law, so that ranks stay even.
    let low = rank(0).iter().filter(|&&rank| rank < 150.0).count();
    assert!((low as f64 / 5000.0 - 0.1).abs() < 0.03, "{low} of 5000 below the first tenth");
}

#[test]
fn wider_kernels_forget() {
    let relation = |bandwidth: f64| {
        let drawn = fitted(800, bandwidth).sample(4000, Seeded::new(2), Context::silent()).unwrap();
        let rank =
            |at: usize| drawn.columns()[at].ranks.iter().map(|&rank| f64::from(rank)).collect::<Vec<_>>();
        spearman(&rank(0), &rank(1)).unwrap()
    };
    assert!(relation(10.0) < 0.1 && relation(0.1) > 0.85);
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            fitted(400, 1.0).sample(9000, Seeded::new(4), Context::silent()).unwrap().columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(400, 1.0);
    let back = KdeEngine.load(&model.save(), Arc::clone(model.train.domain())).unwrap();
    assert_eq!(back.sample(9000, Seeded::new(4), Context::silent()).unwrap().columns(), one);
}

#[test]
fn damaged_models_are_refused() {
    let model = fitted(100, 1.0);
    let saved = model.save();
    let refused = |saved: &Saved| KdeEngine.load(saved, Arc::clone(model.train.domain())).is_err();
    for (path, value) in [("rows", 101.into()), ("rows", 0.into()), ("kernels", Value::Array(vec![]))] {
        let mut damaged = saved.clone();
        damaged.document[path] = value;
        assert!(refused(&damaged), "{path}");
    }
    let mut wild = saved.clone();
    wild.document["kernels"][0]["keep"] = Value::from(7.5);
    assert!(refused(&wild));
    let mut far = saved;
    if let Some(crate::Array::F32(ranks)) = far.arrays.get_mut("ranks") {
        ranks[0] = f32::NAN;
    }
    assert!(refused(&far));
}

#[test]
fn too_much_and_too_little_are_refused_in_words() {
    let wide = |columns: usize, n: usize| {
        let domain =
            (0..columns).map(|at| column(&at.to_string(), vec![Token::Level(0)], false, 0)).collect();
        let cells = vec![EncodedColumn { tokens: vec![0; n], ranks: Vec::new() }; columns];
        let domain = Domain { columns: domain, exclusions: Vec::new() };
        let train = Encoded::new(Arc::new(domain), cells, n, None).unwrap();
        let kde = Kde::new(&Map::new()).unwrap();
        Synthesizer::fit(&kde, &train, Seeded::new(1), Context::silent())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        wide(20, 100_001).unwrap_err(),
        "100001 rows of 20 columns, but `kde` copes with at most 2000000 cells"
    );
    assert_eq!(wide(1, 1).unwrap_err(), "1 training rows, but `kde` needs at least 2");
    assert_eq!(wide(3, 2), Ok(()));
}
