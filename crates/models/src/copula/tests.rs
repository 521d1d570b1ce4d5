//! Does the copula find the correlations that are there, keep its margins, and survive a file?

use super::*;
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use verosim_data::encode::Exclusion;
use verosim_data::{ColumnDomain, EncodedColumn, Token};
use verosim_math::stats::spearman;

fn level(name: &str, tokens: Vec<Token>) -> ColumnDomain {
    ColumnDomain {
        name: name.into(),
        token_rank: vec![f32::NAN; tokens.len()],
        tokens,
        ordered: false,
        n_ranks: 0,
        parents: Vec::new(),
        stage: 1,
    }
}

fn levels(name: &str, n: u32) -> ColumnDomain {
    level(name, (0..n).map(Token::Level).collect())
}

/// Ranks of continuous cells; the others are tokens.
fn ranked(values: &[f64]) -> Vec<f32> {
    verosim_math::stats::mid_ranks(values).iter().map(|rank| *rank as f32 - 0.5).collect()
}

/// `x` normal; `y` with correlation 0.6, missing more often where `x` is high; `dead` by a probit of `x` with
/// correlation -0.5; `group` of three levels, the middle of `x` being the first; `code` of 40 levels, of which 20 follow `x`.
fn world(n: usize) -> Encoded {
    let mut rng = Seeded::new(11).rng();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let x: Vec<f64> = (0..n).map(|_| normal()).collect();
    let y: Vec<f64> = x.iter().map(|x| 0.6 * x + 0.8 * normal()).collect();
    let lost: Vec<bool> = x.iter().map(|x| 0.7 * x + 0.51_f64.sqrt() * normal() > 0.5).collect();
    let dead: Vec<u32> = x.iter().map(|x| u32::from(-0.5 * x + 0.75_f64.sqrt() * normal() > 1.0)).collect();
    let group: Vec<u32> = x.iter().map(|x| if x.abs() < 0.6 { 0 } else { 1 + u32::from(*x > 0.0) }).collect();
    let code: Vec<u32> =
        x.iter().enumerate().map(|(row, x)| (row * 7 % 20) as u32 + if *x > 0.0 { 20 } else { 0 }).collect();
    let present: Vec<f64> = y.iter().zip(&lost).map(|(y, lost)| if *lost { f64::NAN } else { *y }).collect();
    let n_present = lost.iter().filter(|lost| !**lost).count();
    let number = |name: &str, tokens: Vec<Token>, n_ranks| ColumnDomain {
        ordered: true,
        n_ranks,
        ..level(name, tokens)
    };
    let domain = Domain {
        columns: vec![
            number("x", vec![Token::Continuous], n),
            number("y", vec![Token::Missing(0), Token::Continuous], n_present),
            levels("dead", 2),
            levels("group", 3),
            levels("code", 40),
        ],
        exclusions: vec![Exclusion { a: (2, 1), b: (3, 2) }],
    };
    let y_ranks = ranked(&present).into_iter().map(|rank| if rank.is_nan() { 0.0 } else { rank }).collect();
    let tokens = |tokens| EncodedColumn { tokens, ranks: Vec::new() };
    let columns = vec![
        EncodedColumn { tokens: vec![0; n], ranks: ranked(&x) },
        EncodedColumn { tokens: lost.iter().map(|lost| u32::from(!lost)).collect(), ranks: y_ranks },
        tokens(dead),
        tokens(group),
        tokens(code),
    ];
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(n: usize) -> FittedCopula {
    let copula = Copula::new(&Map::new()).unwrap();
    Synthesizer::fit(&copula, &world(n), Seeded::new(1), Context::silent()).unwrap()
}

fn mean_x(table: &Encoded, keep: impl Fn(usize) -> bool) -> f64 {
    let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| keep(row)).collect();
    let sum: f64 = rows.iter().map(|&row| f64::from(table.columns()[0].ranks[row])).sum();
    sum / rows.len() as f64 / table.domain().columns[0].n_ranks as f64
}

#[test]
fn what_was_planted_is_found() {
    let train = world(8000);
    let drawn = fitted(8000).sample(40_000, Seeded::new(2), Context::silent()).unwrap();
    for table in [&train, &drawn] {
        let [x, y, ..] = table.columns() else { panic!("five columns") };
        let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| y.tokens[row] == 1).collect();
        let of =
            |column: &EncodedColumn| rows.iter().map(|&row| f64::from(column.ranks[row])).collect::<Vec<_>>();
        // scipy 1.17, spearmanr of 400,000 rows drawn likewise: weaker than overall, as x is lower where y is seen.
        let found = spearman(&of(x), &of(y)).unwrap();
        assert!((found - 0.526).abs() < 0.04, "{found}");
        let lost = mean_x(table, |row| y.tokens[row] == 0);
        // scipy 1.17, multivariate_normal.cdf: the chance that another x is lower, given that y is missing.
        assert!((lost - 0.728).abs() < 0.015, "mean rank of x where y is missing: {lost}");
    }
    // The first group is the middle of x, which one number per pair cannot say; who is low or high among the others, it
    // can: were x normal there, the means would be a quarter and three quarters.
    let group = |level: u32| mean_x(&drawn, |row| drawn.columns()[3].tokens[row] == level);
    for (level, wanted) in [(0, 0.5), (1, 0.25), (2, 0.75)] {
        assert!((group(level) - wanted).abs() < 0.06, "group {level}: {}", group(level));
    }
    // Half of the codes have only low x, half only high x: those beyond the twelfth stand in that order on their scale.
    let upper = |table: &Encoded| {
        mean_x(table, |row| table.columns()[4].tokens[row] >= 20)
            - mean_x(table, |row| table.columns()[4].tokens[row] < 20)
    };
    assert!(upper(&drawn) > 0.6 * upper(&train), "{} of {}", upper(&drawn), upper(&train));
}

#[test]
fn margins_are_right_and_impossible_pairs_absent() {
    let (n, train) = (40_000, world(4000));
    let drawn = fitted(4000).sample(n, Seeded::new(3), Context::silent()).unwrap();
    for (column, domain) in train.domain().columns.iter().enumerate().filter(|(at, _)| *at != 3) {
        for token in 0..domain.tokens.len() as u32 {
            let share = |table: &Encoded| {
                let tokens = &table.columns()[column].tokens;
                tokens.iter().filter(|&&own| own == token).count() as f64 / tokens.len() as f64
            };
            let (want, found) = (share(&train), share(&drawn));
            // Four standard errors of a share of 40,000 draws.
            let error = 4.0 * (want * (1.0 - want) / n as f64).sqrt() + 1e-4;
            assert!((want - found).abs() < error, "{} {token}: {want} {found}", domain.name);
        }
    }
    let [_, _, dead, group, _] = drawn.columns() else { panic!("five columns") };
    assert!(!dead.tokens.iter().zip(&group.tokens).any(|(dead, group)| *dead == 1 && *group == 2));
}

#[test]
fn chance_is_not_taken_for_a_relation() {
    let mut rng = Seeded::new(5).rng();
    let domain = Domain { columns: vec![levels("a", 2), levels("b", 2), levels("c", 9)], exclusions: vec![] };
    let columns = [2, 2, 9].map(|n| EncodedColumn {
        tokens: (0..300).map(|_| rng.random_range(0..n)).collect(),
        ranks: Vec::new(),
    });
    let noise = Encoded::new(Arc::new(domain), columns.to_vec(), 300, None).unwrap();
    let model = |shrinkage: f64| {
        let copula = Copula::new(&Map::from_iter([("shrinkage".into(), shrinkage.into())])).unwrap();
        Synthesizer::fit(&copula, &noise, Seeded::new(1), Context::silent()).unwrap()
    };
    let size = |model: &FittedCopula| model.correlations.iter().map(|r| f64::from(r.abs())).sum::<f64>();
    assert!(size(&model(1.0)) < 0.5 * size(&model(0.0)));
    assert!(size(&model(100.0)) < 1e-9);
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            fitted(1000).sample(5000, Seeded::new(4), Context::silent()).unwrap().columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(1000);
    let back = FittedCopula::from_saved(&model.save(), Arc::clone(&model.domain)).unwrap();
    assert_eq!(back.sample(5000, Seeded::new(4), Context::silent()).unwrap().columns(), one);
    assert_eq!(back.save(), model.save());
}

#[test]
fn damaged_models_are_refused() {
    let model = fitted(500);
    let saved = model.save();
    let load = |saved: &Saved| FittedCopula::from_saved(saved, Arc::clone(&model.domain));
    for name in ["counts", "correlations"] {
        let mut short = saved.clone();
        match short.arrays.get_mut(name).unwrap() {
            crate::Array::U32(values) => drop(values.pop()),
            crate::Array::F32(values) => drop(values.pop()),
            crate::Array::U8(_) => unreachable!("counts and correlations are words"),
        }
        assert!(load(&short).is_err(), "{name} cut short");
    }
    let mut impossible = saved.clone();
    let n = model.correlations.len();
    impossible.arrays.insert("correlations".into(), crate::Array::F32(vec![1.0; n]));
    assert!(load(&impossible).is_err());
    impossible.arrays.insert("correlations".into(), crate::Array::F32(vec![f32::NAN; n]));
    assert!(load(&impossible).is_err());
    let mut doubled = saved;
    doubled.document["columns"][2]["rungs"] = serde_json::json!([1, 1]);
    assert!(load(&doubled).is_err());
}

#[test]
fn one_sided_tables_are_learned() {
    let tokens = |tokens: Vec<u32>| EncodedColumn { tokens, ranks: Vec::new() };
    let all_missing = level("m", vec![Token::Missing(0)]);
    let domain =
        Arc::new(Domain { columns: vec![levels("c", 1), all_missing, levels("s", 2)], exclusions: vec![] });
    for n in [1, 2, 50] {
        let columns =
            vec![tokens(vec![0; n]), tokens(vec![0; n]), tokens((0..n as u32).map(|at| at % 2).collect())];
        let train = Encoded::new(Arc::clone(&domain), columns, n, None).unwrap();
        let copula = Copula::new(&Map::new()).unwrap();
        let model = Synthesizer::fit(&copula, &train, Seeded::new(1), Context::silent()).unwrap();
        let drawn = model.sample(9, Seeded::new(2), Context::silent()).unwrap();
        assert_eq!(drawn.columns()[0].tokens, [0; 9]);
        assert_eq!(drawn.columns()[1].tokens, [0; 9]);
    }
}

#[test]
fn settings_out_of_range_are_refused_with_their_range() {
    let refused = |name: &str, value: f64| {
        Copula::new(&Map::from_iter([(name.to_owned(), Value::from(value))])).unwrap_err().to_string()
    };
    assert_eq!(refused("levels", 0.0), "setting `levels` is 0.0, outside 1 to 100");
    assert_eq!(refused("shrink", 1.0), "engine `copula` has no setting `shrink`");
}
