//! The ten rows of three tables with known scores of SDMetrics 0.32 (values computed with it).

use super::*;
use verosim_core::Kind;
use verosim_data::frame::Column;

const NAN: f64 = f64::NAN;

fn table(a: [f64; 10], b: [f64; 10], c: &str, d: &str) -> Table {
    let column = |name: &str, missing: Vec<u8>, cells: Cells| {
        let kind = if matches!(cells, Cells::Number(_)) { Kind::Continuous } else { Kind::Nominal };
        Column { name: name.into(), kind, missing, cells }
    };
    let number = |name: &str, values: [f64; 10]| {
        let missing = values.iter().map(|value| u8::from(value.is_nan())).collect();
        column(name, missing, Cells::Number(values.to_vec()))
    };
    let level = |name: &str, letters: &str| {
        let levels: Vec<String> = ["a", "b", "c", "d", "e", "x", "y"].map(str::to_owned).to_vec();
        let codes: Vec<u32> = letters
            .chars()
            .map(|letter| {
                levels.iter().position(|level| level.starts_with(letter)).map_or(u32::MAX, |at| at as u32)
            })
            .collect();
        let missing = codes.iter().map(|&code| u8::from(code == u32::MAX)).collect();
        column(name, missing, Cells::Level { codes, levels })
    };
    Table::new(vec![number("A", a), number("B", b), level("C", c), level("D", d)]).unwrap()
}

fn three() -> [Table; 3] {
    [
        table(
            [1., 2., 2., 3., 5., 8., 13., 21., NAN, 34.],
            [10., 9., 8., 7., 6., 5., 4., 3., 2., 1.],
            "aabbbcca-d",
            "xxyyxyxyxy",
        ),
        table(
            [1., 3., 4., 4., 6., 7., 15., 20., 28., NAN],
            [10., 8., 9., 6., 7., 5., 3., 4., 1., 2.],
            "abbcadab-c",
            "xyxyxyxyyx",
        ),
        table(
            [1., 1., 2., 4., 6., 9., 12., NAN, 30., 40.],
            [9., 9., 7., 8., 5., 6., 3., 4., 1., 2.],
            "abbbcceaa-",
            "xyyyyxxxyy",
        ),
    ]
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} for {wanted}");
}

#[test]
fn single_columns_score_as_in_sdmetrics() {
    let [real, _, made] = three();
    let numbers = |table: &Table| table.columns()[0].numbers().unwrap().to_vec();
    let codes = |table: &Table| table.columns()[2].levels().unwrap().0.to_vec();
    near(shapes::ks_complement(&numbers(&real), &numbers(&made)).unwrap(), 0.888_888_888_888_888_8);
    near(shapes::tv_complement(&codes(&real), &codes(&made), 7).unwrap(), 0.888_888_901_234_566_5);
    near(shapes::boundary_adherence(&numbers(&real), &numbers(&made)).unwrap(), 0.888_888_888_888_888_8);
    near(shapes::category_adherence(&codes(&real), &codes(&made), 7).unwrap(), 0.9);
}

#[test]
fn the_quality_report_is_that_of_sdmetrics() {
    let [real, _, made] = three();
    let report = quality_above(&real, &made, pairs::Least { correlation: 0.0, association: 0.0 });
    near(report.shapes.unwrap(), 0.894_444_447_530_863_8);
    near(report.pairs.unwrap(), 0.562_037_145_213_002_2);
    near(report.overall().unwrap(), 0.728_240_796_371_933_1);
}

#[test]
fn rows_score_as_in_sdmetrics() {
    let [train, holdout, made] = three();
    let wanted = [0.007_575_757_6, 0.035_353_535_4, 0.007_575_757_6, 0.015_151_515_2, 0.015_151_515_2];
    for (found, wanted) in rows::distances(&made, &train).iter().zip(wanted) {
        assert!((f64::from(*found) - wanted).abs() < 1e-6, "{found} for {wanted}");
    }
    let wanted = [0.027_777_777_8, 0.046_296_296_3, 0.037_037_037_0, 0.009_259_259_3, 0.046_296_296_3];
    for (found, wanted) in rows::distances(&made, &holdout).iter().zip(wanted) {
        assert!((f64::from(*found) - wanted).abs() < 1e-6, "{found} for {wanted}");
    }
    near(rows::overfitting_protection(&train, &holdout, &made).unwrap(), 0.8);
    near(rows::new_rows(&train, &made).unwrap(), 1.0);
    near(rows::new_rows(&train, &train).unwrap(), 0.0);
}

#[test]
fn every_alias_leads_to_a_metric_and_letters_may_be_small() {
    for alias in ALIASES {
        assert!(crate::METRICS.iter().any(|metric| metric.info().id == alias.metric), "{alias:?}");
    }
    assert_eq!(Alias::find("SDMetrics", "kscomplement").unwrap().metric, "re.ks");
}

#[test]
fn awkward_tables_have_scores_or_none() {
    let empty = Table::default();
    assert_eq!(quality(&empty, &empty), Quality { shapes: None, pairs: None });
    let [real, ..] = three();
    let none = real.take(&[]);
    assert_eq!(quality(&real, &none).overall(), None);
    assert!(compat(&real, &none, &real, Seeded::new(1)).iter().all(|score| score.value.is_finite()));
}
