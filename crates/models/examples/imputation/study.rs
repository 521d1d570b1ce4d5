//! How often does an interval from filled tables cover the truth, in a world where all truths are known?

use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Map, Value};
use verosim_core::{ColumnSchema, Context, Kind, Schema, Seeded};
use verosim_data::frame::NO_LEVEL;
use verosim_data::{Cells, Codec, Column, Table, Train};
use verosim_math::regress::{Law, Regression, pool};

/// What is estimated, and its true value.
///
/// `x` is normal, `z` is 1 in four of ten; `y` is 1 + 0.6 x + 0.5 z and a normal error of deviation 0.8; `s` is the
/// exponential of 0.4 x and a normal error of deviation 0.5; `b` is 1 with log-odds x - 0.5. Given z, y has variance 1 and
/// covariance 0.6 with x.
pub(crate) const TRUTHS: [(&str, f64); 6] = [
    ("mean of y", 1.2),
    ("slope of y on x", 0.6),
    ("slope of x on y", 0.6),
    ("mean of s", 1.227_525_1),
    // E[1 / (1 + exp(0.5 - x))], by quadrature.
    ("mean of b", 0.397_973),
    ("log-odds of b on x", 1.0),
];

/// The estimands of one world: (estimate, squared standard error, degrees of freedom if all were known).
type Answers = Vec<(f64, f64, f64)>;

/// One estimand over all worlds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Mean of the estimates less the truth.
    pub(crate) bias: f64,
    /// Share of 95 % intervals that cover the truth.
    pub(crate) coverage: f64,
    /// Mean length of the intervals.
    pub(crate) length: f64,
}

/// A world: half of y, s and b (each) is missing where x is high, hardly any where it is low.
fn world(n: usize, seed: Seeded) -> Table {
    let mut rng = seed.rng();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let (mut x, mut y, mut s) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        x.push(normal());
        y.push(0.8 * normal());
        s.push(0.5 * normal());
    }
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let z: Vec<u32> = (0..n).map(|_| u32::from(rng.random::<f64>() < 0.4)).collect();
    let b: Vec<u32> = x.iter().map(|x| u32::from(rng.random::<f64>() < logistic(x - 0.5))).collect();
    for row in 0..n {
        y[row] += 1.0 + 0.6 * x[row] + 0.5 * f64::from(z[row]);
        s[row] = (s[row] + 0.4 * x[row]).exp();
    }
    let mut lost =
        || -> Vec<u8> { x.iter().map(|x| u8::from(rng.random::<f64>() < logistic(1.2 * x - 0.7))).collect() };
    let (lost_y, lost_s, lost_b) = (lost(), lost(), lost());
    let known = vec![0; n];
    Table::new(vec![
        number("x", x, known.clone()),
        level("z", z, known),
        number("y", y, lost_y),
        number("s", s, lost_s),
        level("b", b, lost_b),
    ])
    .expect("columns of equal length")
}

fn number(name: &str, mut values: Vec<f64>, missing: Vec<u8>) -> Column {
    values.iter_mut().zip(&missing).filter(|(_, lost)| **lost > 0).for_each(|(value, _)| *value = f64::NAN);
    Column { name: name.into(), kind: Kind::Continuous, missing, cells: Cells::Number(values) }
}

fn level(name: &str, mut codes: Vec<u32>, missing: Vec<u8>) -> Column {
    codes.iter_mut().zip(&missing).filter(|(_, lost)| **lost > 0).for_each(|(code, _)| *code = NO_LEVEL);
    let levels = vec!["no".into(), "yes".into()];
    Column { name: name.into(), kind: Kind::Nominal, missing, cells: Cells::Level { codes, levels } }
}

/// The estimates of a table, each from the rows that have what it needs.
fn answers(table: &Table) -> Answers {
    let values = |name: &str| -> Vec<f64> {
        let column = table.column(name).expect("a column of the world");
        match &column.cells {
            Cells::Number(values) => values.clone(),
            Cells::Level { codes, levels } => codes
                .iter()
                .map(|&code| {
                    levels.get(code as usize).map_or(f64::NAN, |level| f64::from(u8::from(level == "yes")))
                })
                .collect(),
        }
    };
    let [x, z, y, s, b] = ["x", "z", "y", "s", "b"].map(values);
    let mean = |values: &[f64]| {
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let n = known.len() as f64;
        let mean = known.iter().sum::<f64>() / n;
        let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n, n - 1.0)
    };
    let slope = |law: Law, outcome: &[f64], columns: &[&[f64]]| {
        let is_known =
            |row: &usize| !outcome[*row].is_nan() && columns.iter().all(|column| !column[*row].is_nan());
        let rows: Vec<usize> = (0..outcome.len()).filter(is_known).collect();
        let take = |column: &[f64]| rows.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> = columns.iter().map(|column| take(column)).collect();
        let fit = Regression { law, columns: &columns, outcome: &take(outcome), offset: None }.fit();
        let slope = fit.expect("a regular table").estimates[1].expect("a column that varies");
        (slope.value, slope.error.powi(2), (rows.len() - columns.len() - 1) as f64)
    };
    vec![
        mean(&y),
        slope(Law::Normal, &y, &[&x, &z]),
        slope(Law::Normal, &x, &[&y, &z]),
        mean(&s),
        mean(&b),
        slope(Law::Binomial, &b, &[&x]),
    ]
}

/// Fills `worlds` worlds of `n` rows `draws` times each by an engine, and pools; beside it, the same from complete rows.
pub(crate) fn study(
    engine: &str,
    settings: &Map<String, Value>,
    n: usize,
    worlds: u64,
    draws: usize,
) -> [Vec<Outcome>; 2] {
    let engine = verosim_models::engine(engine).expect("an engine's id");
    let configured = engine.configure(settings).expect("legal settings");
    let (mut filled, mut complete) = (vec![Outcome::default(); 6], vec![Outcome::default(); 6]);
    for at in 0..worlds {
        let seed = Seeded::new(at);
        let table = world(n, seed.split("world"));
        let columns =
            table.columns().iter().map(|column| ColumnSchema::declared(&column.name, column.kind)).collect();
        let schema = Schema { columns, ..Schema::default() };
        let train = Train::new(table.clone(), None);
        let (codec, encoded) = Codec::fit(&train, &schema, &configured.codec(), seed.split("codec"));
        let fitted = configured.fit(&encoded, seed.split("fit"), Context::silent()).expect("it learns");
        let filler = fitted.filler().expect("an engine that fills");
        let holed = codec.encode(&table);
        let sets: Vec<Answers> = (0..draws)
            .map(|draw| {
                let rows =
                    filler.fill(&holed, draw, seed.split("fill"), Context::silent()).expect("it fills");
                answers(&codec.decode_beside(&rows, &table, seed.split("cells").split_at(draw as u64)))
            })
            .collect();
        for (at, (value, variance, degrees)) in answers(&table).into_iter().enumerate() {
            let reach = verosim_math::stats::student_reach(0.95, degrees as usize, 1) * variance.sqrt();
            complete[at].add(value, (value - reach, value + reach), TRUTHS[at].1);
            let of =
                |pick: fn(&(f64, f64, f64)) -> f64| sets.iter().map(|set| pick(&set[at])).collect::<Vec<_>>();
            let pooled = pool(&of(|a| a.0), &of(|a| a.1), sets[0][at].2).expect("two tables or more");
            filled[at].add(pooled.value, pooled.interval(0.95), TRUTHS[at].1);
        }
    }
    for outcome in filled.iter_mut().chain(&mut complete) {
        outcome.bias /= worlds as f64;
        outcome.coverage /= worlds as f64;
        outcome.length /= worlds as f64;
    }
    [filled, complete]
}

impl Outcome {
    fn add(&mut self, value: f64, interval: (f64, f64), truth: f64) {
        self.bias += value - truth;
        self.coverage += f64::from(u8::from((interval.0..=interval.1).contains(&truth)));
        self.length += interval.1 - interval.0;
    }
}
