//! Do hazard ratios agree with lifelines and statsmodels?

use super::super::glm::tests::columns;
use super::*;

const TIMES: [f64; 24] = [
    5.0, 3.0, 8.0, 1.0, 9.0, 2.0, 4.0, 4.0, 7.0, 6.0, 6.0, 2.0, 8.0, 10.0, 3.0, 5.0, 9.0, 1.0, 7.0, 4.0,
    10.0, 6.0, 2.0, 5.0,
];
const EVENTS: [u8; 24] = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0];

#[test]
fn ratios_and_errors_agree_with_lifelines() {
    let fit = cox(&columns(), &TIMES, &EVENTS.map(|event| event == 1)).unwrap();
    assert_eq!((fit.remedy, fit.n_events), (Remedy::None, 18));
    // lifelines 0.30.3: CoxPHFitter().fit, precision 1e-12; statsmodels 0.15.0 PHReg(ties="efron") gives the same to 1e-7.
    for (got, (value, error)) in fit.estimates.iter().zip([
        (-0.232_101_297_414_915_9, 0.154_599_508_086_150_72),
        (0.121_314_124_847_283_45, 0.517_044_197_514_194_5),
    ]) {
        let got = got.unwrap();
        // lifelines stops at a loss of precision of its own.
        assert!((got.value - value).abs() < 3e-7 && (got.error - error).abs() < 3e-7, "{got:?}");
    }
}

#[test]
fn what_orders_all_events_gets_a_ridge_and_it_is_said() {
    let times: Vec<f64> = (1..=12).map(f64::from).collect();
    let first = [(0..12).map(|at| f64::from(u8::from(at < 6))).collect()];
    let fit = cox(&first, &times, &[true; 12]).unwrap();
    let found = fit.estimates[0].unwrap();
    assert_eq!(fit.remedy, Remedy::Ridge);
    assert!(found.value > 1.0 && found.value < 20.0 && found.error > 0.1, "{found:?}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    assert_eq!(cox(&[], &[1.0, 2.0], &[false; 2]).unwrap_err(), RegressionError::NoVariation);
    assert_eq!(cox(&[vec![1.0]], &[1.0, 2.0], &[true; 2]).unwrap_err(), RegressionError::Illegal);
    let short = cox(&[vec![1.0, 2.0]], &[1.0, 2.0], &[true, false]).unwrap_err();
    assert_eq!(short, RegressionError::TooFew { n: 1, k: 1 });
    assert_eq!(cox(&[vec![1.0, 1.0]], &[1.0, 2.0], &[true; 2]).unwrap().estimates, [None], "constant");
}
