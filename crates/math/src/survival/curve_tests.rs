//! Do curves, their areas and errors agree with lifelines, statsmodels and hand?

use super::*;

/// Five people each, as times and events.
pub(in crate::survival) const REAL: ([f64; 5], [bool; 5]) =
    ([1.0, 2.0, 3.0, 4.0, 5.0], [true, false, true, true, false]);
pub(in crate::survival) const SYNTHETIC: ([f64; 5], [bool; 5]) =
    ([1.0, 2.0, 2.0, 5.0, 6.0], [true, true, false, true, true]);

fn of((times, events): &([f64; 5], [bool; 5])) -> KaplanMeier {
    KaplanMeier::of(times, events).unwrap()
}

#[test]
fn areas_agree_with_lifelines() {
    let (real, synthetic) = (of(&REAL), of(&SYNTHETIC));
    let mean = real.restricted_mean(5.0);
    // lifelines 0.30.3: restricted_mean_survival_time(KaplanMeierFitter().fit(...), t=5).
    assert!((mean.value - 3.4).abs() < 1e-12 && (synthetic.restricted_mean(5.0).value - 3.6).abs() < 1e-12);
    // By hand: areas beyond 1, 3 and 4 are 2.4, 0.8 and 4/15, with 5, 3 and 2 at risk.
    assert!((mean.error.powi(2) - (0.288 + 0.64 / 6.0 + 16.0 / 450.0)).abs() < 1e-12, "{mean:?}");
    let apart = apart(&real, &synthetic, 5.0).unwrap();
    assert!(
        (apart.area - 0.12).abs() < 1e-12 && (apart.optimism - 0.04).abs() < 1e-12,
        "closed form: {apart:?}"
    );
    assert_eq!(super::apart(&real, &synthetic, 0.0), None);
}

#[test]
fn errors_agree_with_statsmodels() {
    let times = [
        5.0, 3.0, 8.0, 1.0, 9.0, 2.0, 4.0, 4.0, 7.0, 6.0, 6.0, 2.0, 8.0, 10.0, 3.0, 5.0, 9.0, 1.0, 7.0, 4.0,
        10.0, 6.0, 2.0, 5.0,
    ];
    let events =
        [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0].map(|event| event == 1);
    let curve = KaplanMeier::of(&times, &events).unwrap();
    // statsmodels 0.15.0: SurvfuncRight(times, events), surv_prob and surv_prob_se.
    for (time, survival, error) in [
        (1.0, 0.916_666_666_666_666_6, 0.056_416_933_365_527_5),
        (4.5, 0.625, 0.098_821_176_880_261_9),
        (9.0, 0.182_629_870_129_870_1, 0.087_458_354_711_361_4),
    ] {
        assert!((curve.at(time) - survival).abs() < 1e-12, "{time}");
        assert!((curve.error_at(time) - error).abs() < 1e-12, "{time}");
    }
    // lifelines 0.30.3: restricted_mean_survival_time(fitter, t=8).
    assert!((curve.restricted_mean(8.0).value - 5.259_199_134_199_133).abs() < 1e-12);
    assert_eq!((curve.at(0.5), curve.last(), curve.events_until(2.0)), (1.0, 10.0, 5));
}

/// Without censoring Greenwood's variance of the mean is the variance of a mean: for 1 to 5 it is 10 / 25.
#[test]
fn without_censoring_the_mean_is_a_plain_mean() {
    let mean = KaplanMeier::of(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5]).unwrap().restricted_mean(5.0);
    assert!((mean.value - 3.0).abs() < 1e-12 && (mean.error.powi(2) - 0.4).abs() < 1e-12, "{mean:?}");
}

#[test]
fn empty_and_odd_samples() {
    assert_eq!(KaplanMeier::of(&[], &[]), None);
    assert_eq!(KaplanMeier::of(&[f64::NAN], &[true]), None);
    let nobody = KaplanMeier::of(&[1.0, 2.0], &[false; 2]).unwrap();
    assert_eq!((nobody.at(9.0), nobody.restricted_mean(2.0).value), (1.0, 2.0));
    let at_once = KaplanMeier::of(&[0.0, 0.0], &[true; 2]).unwrap();
    assert_eq!((at_once.at(0.0), at_once.restricted_mean(2.0)), (0.0, Mean { value: 0.0, error: 0.0 }));
}
