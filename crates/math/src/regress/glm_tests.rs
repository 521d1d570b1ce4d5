//! Do coefficients and standard errors agree with statsmodels?

use super::*;

/// 24 rows that `x1 = (7 i mod 24) / 4` and `x2 = [i divisible by 3]` explain.
pub(in crate::regress) fn columns() -> [Vec<f64>; 2] {
    [
        (0..24).map(|i| f64::from(i * 7 % 24) / 4.0).collect(),
        (0..24).map(|i| f64::from(u8::from(i % 3 == 0))).collect(),
    ]
}

const YES: [u8; 24] = [0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1];
const COUNTS: [u8; 24] = [0, 1, 2, 0, 3, 1, 2, 5, 0, 1, 1, 0, 4, 2, 0, 3, 1, 6, 2, 0, 2, 1, 0, 3];
const NUMBERS: [f64; 24] = [
    2.1, 3.4, 1.9, 4.4, 5.0, 2.2, 3.3, 6.1, 2.0, 2.9, 3.8, 1.5, 4.9, 5.2, 2.4, 3.1, 2.8, 6.6, 3.9, 2.3, 4.1,
    3.0, 1.8, 5.5,
];

#[test]
fn coefficients_and_errors_agree_with_statsmodels() {
    let counts: Vec<f64> = COUNTS.map(f64::from).to_vec();
    // statsmodels 0.15.0: GLM(y, add_constant(X), family).fit(tol=1e-14), params, bse and scale.
    for (law, outcome, values, errors, dispersion) in [
        (
            Law::Binomial,
            YES.map(f64::from).to_vec(),
            [-0.903_878_295_532_968_8, 0.214_688_689_416_804_52, 0.868_051_224_722_586_2],
            [0.920_212_966_221_894_6, 0.248_294_070_855_076_54, 0.914_131_372_760_574_5],
            1.0,
        ),
        (
            Law::Poisson,
            counts.clone(),
            [0.198_760_323_870_13, 0.102_936_562_346_345_8, 0.000_943_661_361_882_342],
            [0.361_783_207_341_009_5, 0.092_730_698_593_547_85, 0.339_381_408_368_453],
            1.0,
        ),
        (
            Law::Overdispersed,
            counts,
            [0.198_760_323_870_13, 0.102_936_562_346_345_8, 0.000_943_661_361_882_342],
            [0.486_290_384_340_638_26, 0.124_643_836_795_981_98, 0.456_179_037_936_889_7],
            1.806_735_402_887_002_2,
        ),
        (
            Law::Normal,
            NUMBERS.to_vec(),
            [2.727_658_172_231_986_4, 0.269_947_275_922_671_5, 0.013_730_228_471_002_692],
            [0.621_971_008_449_310_5, 0.169_622_980_989_691_09, 0.622_693_390_816_716_6],
            2.046_405_347_727_834_5,
        ),
    ] {
        let fit = Regression { law, columns: &columns(), outcome: &outcome, offset: None }.fit().unwrap();
        assert_eq!(fit.remedy, Remedy::None);
        assert!((fit.dispersion - dispersion).abs() < 1e-8, "{law:?}: {}", fit.dispersion);
        for (got, (value, error)) in fit.estimates.iter().zip(values.into_iter().zip(errors)) {
            let got = got.unwrap();
            // Fits end at steps of 1e-9.
            assert!((got.value - value).abs() < 1e-7 && (got.error - error).abs() < 1e-7, "{law:?}: {got:?}");
        }
    }
}

#[test]
fn an_offset_is_known_beforehand() {
    let offset: Vec<f64> = columns()[0].iter().map(|x| 0.3 * x).collect();
    let outcome = YES.map(f64::from);
    let fit = Regression { law: Law::Binomial, columns: &[], outcome: &outcome, offset: Some(&offset) }
        .fit()
        .unwrap();
    let found = fit.estimates[0].unwrap();
    // statsmodels 0.15.0: GLM(y, ones, Binomial, offset=0.3 x1).
    assert!(
        (found.value + 0.862_5).abs() < 1e-7 && (found.error - 0.421_604_715_390_446_4).abs() < 1e-7,
        "{found:?}"
    );
}

/// By hand: with one indicator Firth's penalty adds half a row to each of the four cells, and errors are those of the
/// information there: 1 / (n p (1 - p)) for each group.
#[test]
fn separated_groups_get_firths_estimates_and_it_is_said() {
    let group: Vec<f64> = (0..10).map(|row| f64::from(u8::from(row >= 5))).collect();
    let outcome = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    let fit =
        Regression { law: Law::Binomial, columns: &[group], outcome: &outcome, offset: None }.fit().unwrap();
    assert_eq!(fit.remedy, Remedy::Firth);
    let (a, b): (f64, f64) = (0.5 / 6.0, 3.5 / 6.0);
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let variance = |p: f64| 1.0 / (5.0 * p * (1.0 - p));
    let [intercept, slope] = [fit.estimates[0].unwrap(), fit.estimates[1].unwrap()];
    assert!((intercept.value - logit(a)).abs() < 1e-6, "{intercept:?}");
    assert!((slope.value - logit(b) + logit(a)).abs() < 1e-6, "{slope:?}");
    assert!((slope.error - (variance(a) + variance(b)).sqrt()).abs() < 1e-6, "{slope:?}");
}

#[test]
fn columns_that_tell_nothing_new_have_no_estimate() {
    let [x, z] = columns();
    let double: Vec<f64> = x.iter().map(|x| 2.0 * x - 1.0).collect();
    let design = [vec![3.0; 24], x, double, z];
    let fit =
        Regression { law: Law::Normal, columns: &design, outcome: &NUMBERS, offset: None }.fit().unwrap();
    let there: Vec<bool> = fit.estimates.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, false, true, false, true]);
    assert!((fit.estimates[2].unwrap().value - 0.269_947_275_922_671_5).abs() < 1e-9, "as without the copy");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let fit =
        |law, columns: &Design, outcome: &[f64]| Regression { law, columns, outcome, offset: None }.fit();
    assert_eq!(fit(Law::Binomial, &[], &[1.0, 1.0, 1.0]).unwrap_err(), RegressionError::NoVariation);
    assert_eq!(fit(Law::Binomial, &[], &[1.0, 2.0, 1.0]).unwrap_err(), RegressionError::Illegal);
    assert_eq!(fit(Law::Poisson, &[], &[1.0, -2.0]).unwrap_err(), RegressionError::Illegal);
    assert_eq!(fit(Law::Normal, &[vec![f64::NAN, 1.0]], &[1.0, 2.0]).unwrap_err(), RegressionError::Illegal);
    assert_eq!(fit(Law::Normal, &[vec![1.0]], &[1.0, 2.0]).unwrap_err(), RegressionError::Illegal);
    assert_eq!(
        fit(Law::Normal, &[vec![1.0, 2.0]], &[1.0, 2.0]).unwrap_err(),
        RegressionError::TooFew { n: 2, k: 2 }
    );
    assert_eq!(fit(Law::Normal, &[], &[]).unwrap_err(), RegressionError::NoVariation);
    assert_eq!(RegressionError::TooFew { n: 2, k: 3 }.to_string(), "2 rows for 3 coefficients");
}
