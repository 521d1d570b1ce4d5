//! Do draws follow the closed form?

use super::DiscreteLaplace;
use crate::Noise;
use crate::mechanism::gaussian::tests::chi_square;
use verosim_core::Seeded;

/// P(y) = (1 - a) / (1 + a) · a^|y| with a = exp(-1 / scale): Inusah and Kozubowski 2006.
#[test]
fn draws_follow_the_closed_form() {
    for (t, s) in [(1, 1), (7, 2), (1, 3), (20, 1)] {
        let law = DiscreteLaplace::with_scale(t, s).unwrap();
        let a = (-(s as f64) / t as f64).exp();
        let mass = |y: i64| (1.0 - a) / (1.0 + a) * a.powi(y.unsigned_abs() as i32);
        let mut noise = Noise::insecure(Seeded::new(t * 100 + s));
        let draws: Vec<i64> = (0..40_000).map(|_| law.sample(&mut noise).unwrap()).collect();
        let p = chi_square(&draws, mass);
        assert!(p > 1e-6, "scale {t}/{s}: p {p:.1e}; false alarm once in a million");
    }
}

#[test]
fn no_scale_no_promise() {
    let error = DiscreteLaplace::with_scale(0, 3).unwrap_err();
    assert_eq!(error.to_string(), "scale is 0; it must be above 0");
    assert!(DiscreteLaplace::with_scale(3, 0).is_err());
}
