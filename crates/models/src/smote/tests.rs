//! Do rows lie between patients, of one class where one is named?

use super::*;
use verosim_data::{ColumnDomain, Token};
use verosim_math::stats::mid_ranks;

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

/// Two clusters: `x` low with level 0 and high with level 1; `y` follows `x`, and is missing in the upper cluster; a class
/// of three rows.
fn world(n: usize) -> Encoded {
    let side = |row: usize| (row % 2) as u32;
    let x: Vec<f64> =
        (0..n).map(|row| (row / 2) as f64 + if side(row) == 1 { 10.0 * n as f64 } else { 0.0 }).collect();
    let lower: Vec<f64> = x.iter().map(|x| if *x < n as f64 { *x } else { f64::NAN }).collect();
    let ranks = |values: &[f64]| -> Vec<f32> {
        mid_ranks(values).iter().map(|rank| if rank.is_nan() { 0.0 } else { *rank as f32 - 0.5 }).collect()
    };
    let levels = || vec![Token::Level(0), Token::Level(1)];
    let domain = Domain {
        columns: vec![
            column("x", vec![Token::Continuous], true, n),
            column("y", vec![Token::Missing(0), Token::Continuous], true, n.div_ceil(2)),
            column("level", levels(), false, 0),
            column("class", levels(), false, 0),
        ],
        exclusions: vec![],
    };
    let tokens = |tokens| EncodedColumn { tokens, ranks: Vec::new() };
    let columns = vec![
        EncodedColumn { tokens: vec![0; n], ranks: ranks(&x) },
        EncodedColumn { tokens: (0..n).map(|row| 1 - side(row)).collect(), ranks: ranks(&lower) },
        tokens((0..n).map(side).collect()),
        tokens((0..n).map(|row| u32::from(row % 50 == 0 && row < 150)).collect()),
    ];
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(n: usize, class: &str) -> FittedSmote {
    let settings = Map::from_iter([("class".to_owned(), Value::from(class))]);
    Synthesizer::fit(&Smote::new(&settings).unwrap(), &world(n), Seeded::new(1), Context::silent()).unwrap()
}

#[test]
fn rows_lie_between_patients_and_not_between_clusters() {
    let n = 400;
    let drawn = fitted(n, "").sample(3000, Seeded::new(2), Context::silent()).unwrap();
    let [x, y, level, _] = drawn.columns() else { panic!("four columns") };
    let mut between = 0;
    for row in 0..3000 {
        let is_upper = x.ranks[row] >= 200.0;
        assert_eq!(is_upper, level.tokens[row] == 1);
        assert_eq!(is_upper, y.tokens[row] == 0, "y is missing in the upper cluster");
        if !is_upper {
            // y has the ranks of the lower cluster, and x the same ones: the share of the way is one for both.
            assert!((x.ranks[row] - y.ranks[row]).abs() < 0.05, "{} {}", x.ranks[row], y.ranks[row]);
            between += usize::from((x.ranks[row].fract() - 0.5).abs() > 0.05);
        }
    }
    assert!(between > 500, "{between} rows are no patient's");
}

#[test]
fn neighbours_are_of_the_class_that_is_named() {
    let model = fitted(200, "class");
    let class = &model.train.columns()[3].tokens;
    let strangers = |model: &FittedSmote| {
        (0..200).any(|row| model.near[row].iter().any(|&other| class[other as usize] != class[row]))
    };
    assert!(!strangers(&model) && strangers(&fitted(200, "")));
    assert_eq!(model.near[0], [50, 100], "the other two of its class");
    let settings = Map::from_iter([("class".to_owned(), Value::from("klass"))]);
    let refused =
        Synthesizer::fit(&Smote::new(&settings).unwrap(), &world(20), Seeded::new(1), Context::silent());
    assert_eq!(refused.unwrap_err().to_string(), "there is no column `klass`");
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            fitted(300, "").sample(9000, Seeded::new(4), Context::silent()).unwrap().columns().to_vec()
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(300, "");
    let back = SmoteEngine.load(&model.save(), Arc::clone(model.train.domain())).unwrap();
    assert_eq!(back.sample(9000, Seeded::new(4), Context::silent()).unwrap().columns(), one);
}

#[test]
fn damaged_models_and_single_rows_are_refused() {
    let model = fitted(50, "");
    let saved = model.save();
    let refused = |saved: &Saved| SmoteEngine.load(saved, Arc::clone(model.train.domain())).is_err();
    for name in ["neighbours", "n_neighbours", "tokens"] {
        let mut damaged = saved.clone();
        if let Some(crate::Array::U32(values)) = damaged.arrays.get_mut(name) {
            values[0] = 1_000_000;
        }
        assert!(refused(&damaged), "{name}");
    }
    assert!(refused(&Saved { document: Value::from(0), ..saved }));
    let one =
        Synthesizer::fit(&Smote::new(&Map::new()).unwrap(), &world(1), Seeded::new(1), Context::silent());
    assert_eq!(one.unwrap_err().to_string(), "1 training rows, but `smote` needs at least 2");
}
