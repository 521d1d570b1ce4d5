//! What do the measures say of two tables so small that other packages' values can be looked up? Used by
//! `bench/oracles_fixtures.py`.
//!
//! Prints one JSON object: value by name. Ten rows of numbers and levels, eight points of the plane, five follow-ups.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::collections::BTreeMap;
use verosim_core::schema::Format;
use verosim_core::{ColumnSchema, Kind, Schema, Seeded};
use verosim_data::frame::parse;
use verosim_data::{RawColumn, RawTable, SourceType, Table};
use verosim_eval::compat::compat;
use verosim_math::euclid::{Cloud, Moments, balls, moments, pair_sums};
use verosim_math::learn::clopper_pearson;
use verosim_math::regress::interval_overlap;
use verosim_math::stats::{
    Merged, Success, eigenvalues, hellinger, isolation, jensen_shannon, ks_distance, normal_hellinger,
    one_run_epsilon_at, spearman, table_gap, total_variation, two_sided_rate_epsilon,
};
use verosim_math::survival::{KaplanMeier, apart, log_rank};

type Named = BTreeMap<&'static str, Option<f64>>;

fn main() -> Result<(), serde_json::Error> {
    let mut found = Named::new();
    columns(&mut found);
    shares(&mut found);
    points(&mut found);
    followed(&mut found);
    attacks(&mut found);
    rows(&mut found);
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

const REAL_A: [f64; 10] = [1., 2., 2., 3., 5., 8., 13., 21., f64::NAN, 34.];
const REAL_B: [f64; 10] = [10., 9., 8., 7., 6., 5., 4., 3., 2., 1.];
const MADE_A: [f64; 10] = [1., 1., 2., 4., 6., 9., 12., f64::NAN, 30., 40.];
const MADE_B: [f64; 10] = [9., 9., 7., 8., 5., 6., 3., 4., 1., 2.];

fn columns(found: &mut Named) {
    found.insert("ks", ks_distance(&REAL_A, &MADE_A).map(|distance| 1.0 - distance));
    let merged = Merged::new((&REAL_A, &[0; 10]), (&MADE_A, &[0; 10]));
    found.insert("w1", merged.gaps(1).map(|gaps| gaps.absolute));
    found.insert("energy of a column", merged.gaps(1).map(|gaps| (2.0 * gaps.squared).sqrt()));
    found.insert("Cramér and von Mises", merged.cramer_von_mises(1).map(|(t, _, _)| t));
    let gap = spearman(&REAL_A, &REAL_B).zip(spearman(&MADE_A, &MADE_B)).map(|(r, s)| (r - s).abs());
    found.insert("Spearman similarity", gap.map(|gap| 1.0 - 0.5 * gap));
    // Column C without its missing cell: a, b, c, d, e.
    found.insert("tv", total_variation(&[3, 3, 2, 1, 0], &[3, 3, 2, 0, 1]).map(|distance| 1.0 - distance));
}

fn shares(found: &mut Named) {
    let (p, q) = ([0.5, 0.3, 0.2, 0.0], [0.4, 0.3, 0.1, 0.2]);
    found.insert("Jensen and Shannon", jensen_shannon(&p, &q));
    found.insert("Hellinger", hellinger(&p, &q));
    let gap = table_gap(&[40.0, 30.0, 20.0, 10.0], &[35.0, 30.0, 25.0, 10.0]);
    found.insert("table statistic", gap.map(|gap| gap.statistic));
    found.insert("table ratio", gap.map(|gap| gap.statistic / (gap.cells - 1) as f64));
    found.insert("interval overlap", interval_overlap((1.0, 3.0), (2.0, 5.0)));
    found.insert("normal Hellinger", normal_hellinger((&[0.0], &[1.0]), (&[0.0], &[4.0])));
}

fn points(found: &mut Named) {
    let x = [vec![0.0, 1.0, 0.0, 2.0, 3.0, 1.0, 4.0, 0.5], vec![0.0, 0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 0.5]];
    let y = [vec![0.0, 1.1, 2.0, 3.0, 0.4, 5.0, 1.0, 0.0], vec![0.1, 0.0, 2.2, 3.0, 0.6, 5.0, 2.5, 0.0]];
    let (x, y) = (Cloud::new(&x, &[]), Cloud::new(&y, &[]));
    let groups: (&[u8], &[u8]) = (&[0; 8], &[0; 8]);
    // One group, so that the last value is that of all rows.
    let (of_real, of_made) = (balls(&x, &y, 2, groups, 1), balls(&y, &x, 2, groups, 1));
    for (name, values) in [
        ("precision", &of_real.inside),
        ("recall", &of_made.inside),
        ("density", &of_real.density),
        ("coverage", &of_real.hit),
    ] {
        found.insert(name, values.last().copied());
    }
    let mean = |a: &Cloud, b: &Cloud, of: fn(f64) -> f64| pair_sums(a, b, groups, 1, of).without(1).0 / 64.0;
    let kernel = |squared: f64| (-0.5 * squared).exp();
    let (xx, yy, xy) = (mean(&x, &x, kernel), mean(&y, &y, kernel), mean(&x, &y, kernel));
    found.insert("mmd, biased", Some(xx + yy - 2.0 * xy));
    let others = |mean: f64| (64.0 * mean - 8.0) / 56.0;
    found.insert("mmd, unbiased", Some(others(xx) + others(yy) - 2.0 * xy));
    let (xx, yy, xy) = (mean(&x, &x, f64::sqrt), mean(&y, &y, f64::sqrt), mean(&x, &y, f64::sqrt));
    found.insert("energy", Some(2.0 * xy - xx - yy));
    // The origin has no direction and is left out.
    let spread = Moments::without(&moments(&x, groups.0, 1, true), 1);
    let weights: Vec<f64> = spread.product.iter().map(|sum| sum / spread.n).collect();
    let entropy = eigenvalues(&weights, 2).into_iter().filter(|&w| w > 0.0).map(|w| -w * w.ln()).sum::<f64>();
    found.insert("vendi", Some(entropy.exp()));
}

fn followed(found: &mut Named) {
    let real: (&[f64], &[bool]) = (&[1., 2., 3., 4., 5.], &[true, false, true, true, false]);
    let made: (&[f64], &[bool]) = (&[1., 2., 2., 5., 6.], &[true, true, false, true, true]);
    let (first, second) = (KaplanMeier::of(real.0, real.1), KaplanMeier::of(made.0, made.1));
    found.insert("restricted mean, real", first.as_ref().map(|curve| curve.restricted_mean(5.0).value));
    found.insert("restricted mean, synthetic", second.as_ref().map(|curve| curve.restricted_mean(5.0).value));
    let gap = first.zip(second).and_then(|(first, second)| apart(&first, &second, 5.0));
    found.insert("curves apart", gap.map(|gap| gap.area));
    found.insert("optimism", gap.map(|gap| gap.optimism));
    found.insert("log-rank statistic", log_rank(real, made).map(|z| z * z));
}

fn attacks(found: &mut Named) {
    let (own, control) = (Success::of(100.0, 500.0, 0.95), Success::of(80.0, 500.0, 0.95));
    found.insert("success rate", own.map(|own| own.rate));
    found.insert("success error", own.map(|own| own.half));
    let beyond = own.zip(control).map(|(own, control)| own.beyond(control));
    found.insert("residual risk", beyond.map(|beyond| beyond.rate));
    found.insert("residual error", beyond.map(|beyond| beyond.half));
    found.insert("isolation", Some(isolation(1000.0, 0.0, 1e-3)));
    found.insert("exact lower end", Some(clopper_pearson(60, 500, 0.95).0));
    found.insert("epsilon of two rates", Some(two_sided_rate_epsilon((60, 500), (5, 500), 0.0, 0.05)));
    found.insert("epsilon of one run", Some(one_run_epsilon_at(1000, 200, 180, 1e-5, 0.05)));
}

/// Scores of whole tables as SDMetrics computes them: real, held out and synthetic rows of four columns.
fn rows(found: &mut Named) {
    let real =
        ["1 2 2 3 5 8 13 21 - 34", "10 9 8 7 6 5 4 3 2 1", "a a b b b c c a - d", "x x y y x y x y x y"];
    let held =
        ["1 3 4 4 6 7 15 20 28 -", "10 8 9 6 7 5 3 4 1 2", "a b b c a d a b - c", "x y x y x y x y y x"];
    let made =
        ["1 1 2 4 6 9 12 - 30 40", "9 9 7 8 5 6 3 4 1 2", "a b b b c c e a a -", "x y y y y x x x y y"];
    let Some(tables) = [real, held, made].into_iter().map(table).collect::<Option<Vec<_>>>() else { return };
    let scores = compat(&tables[0], &tables[1], &tables[2], Seeded::new(1));
    for name in [
        "QualityReport",
        "Column Shapes",
        "Column Pair Trends",
        "DiagnosticReport",
        "NewRowSynthesis",
        "DCROverfittingProtection",
    ] {
        found.insert(name, scores.iter().find(|score| score.score == name).map(|score| score.value));
    }
}

fn table(columns: [&str; 4]) -> Option<Table> {
    let (mut schema, mut raws) = (Schema::default(), Vec::new());
    for (at, (cells, name)) in columns.into_iter().zip(["A", "B", "C", "D"]).enumerate() {
        let mut column = ColumnSchema::declared(name, if at < 2 { Kind::Continuous } else { Kind::Nominal });
        if at < 2 {
            column.format = Format::Number { min_decimals: 0, max_decimals: 0, point: '.' };
        }
        schema.columns.push(column);
        let mut raw = RawColumn::new(name, SourceType::Text);
        cells.split(' ').for_each(|cell| raw.push(if cell == "-" { "" } else { cell }));
        raws.push(raw);
    }
    parse(&RawTable::new(raws)?, &schema).ok()
}
