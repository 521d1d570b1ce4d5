//! Do conversions agree with other people's accountants?

use super::*;
use crate::PrivacyError;

/// `bench/privacy_reference.py`: dp-accounting 0.6.0, `rdp_privacy_accountant.compute_epsilon` over orders refined around the best.
const EPSILONS: [(f64, f64, f64); 12] = [
    (0.001, 1e-3, 0.090_362_051),
    (0.001, 1e-6, 0.182_895_377),
    (0.001, 1e-10, 0.262_790_475),
    (0.01, 1e-3, 0.354_318_487),
    (0.01, 1e-6, 0.621_692_655),
    (0.1, 1e-6, 2.141_938_928),
    (0.1, 1e-10, 2.881_828_009),
    (0.5, 1e-6, 5.221_534_445),
    (1.0, 1e-3, 5.419_919_168),
    (1.0, 1e-10, 10.034_343_582),
    (4.0, 1e-3, 13.288_946_166),
    (4.0, 1e-10, 22.328_882_464),
];

/// The same, `compute_delta`.
const DELTAS: [(f64, f64, f64); 6] = [
    (0.001, 0.1, 5.831_789_196e-4),
    (0.01, 0.5, 3.505_878_060e-5),
    (0.1, 1.0, 8.933_245_772e-3),
    (0.1, 3.0, 1.794_435_208e-11),
    (1.0, 5.0, 2.612_034_507e-3),
    (4.0, 20.0, 1.650_486_384e-8),
];

#[test]
fn conversions_agree_with_dp_accounting() {
    for (spent, at, want) in EPSILONS {
        let got = epsilon(spent, at).unwrap();
        assert!((got - want).abs() < 1e-6, "rho {spent}, delta {at}: {got} is not {want}");
        let back = rho(got, at).unwrap();
        assert!((back / spent - 1.0).abs() < 1e-9, "the inverse gives {back}");
        assert!(back <= spent * (1.0 + 1e-12), "never more than was asked");
    }
    for (spent, at, want) in DELTAS {
        let got = delta(spent, at).unwrap();
        assert!((got / want - 1.0).abs() < 1e-6, "rho {spent}, epsilon {at}: {got} is not {want}");
    }
}

/// `bench/privacy_reference.py`: opendp 0.16.0, `make_zCDP_to_approxDP` over `make_gaussian`.
#[test]
fn conversions_agree_with_opendp() {
    let cases = [
        (0.001, 1e-6, 0.182_895_377_190_076),
        (0.1, 1e-6, 2.141_938_928_385_474),
        (1.0, 1e-6, 7.766_216_625_311_722),
        (4.0, 1e-10, 22.328_882_464_156_83),
    ];
    for (spent, at, want) in cases {
        let got = epsilon(spent, at).unwrap();
        assert!((got - want).abs() < 1e-9, "rho {spent}, delta {at}: {got} is not {want}");
    }
}

#[test]
fn nothing_costs_nothing_and_nonsense_is_refused() {
    assert_eq!((delta(0.0, 1.0), epsilon(0.0, 1e-6)), (Ok(0.0), Ok(0.0)));
    assert_eq!(delta(50.0, 0.0), Ok(1.0));
    for (e, d) in [(0.0, 1e-6), (-1.0, 1e-6), (f64::NAN, 1e-6), (1.0, 0.0), (1.0, 1.0), (1.0, f64::NAN)] {
        assert!(matches!(rho(e, d), Err(PrivacyError::Parameter { .. })), "{e} {d}");
    }
    assert!(
        epsilon(-0.1, 1e-6).is_err() && epsilon(f64::INFINITY, 1e-6).is_err() && delta(1.0, -1.0).is_err()
    );
    let extreme = rho(1e-3, 1e-300).unwrap();
    // A logarithm of 690 is rounded in its thirteenth decimal.
    assert!(extreme > 0.0 && delta(extreme, 1e-3).unwrap() <= 1e-300 * (1.0 + 1e-10));
}

#[test]
fn disjoint_groups_cost_the_dearest_or_the_two_dearest() {
    let rhos = [0.1, 0.4, 0.2, 0.4];
    assert_eq!(parallel(&rhos, Neighbours::AddRemove), 0.4);
    assert!((parallel(&rhos, Neighbours::ReplaceOne) - 0.8).abs() < 1e-12);
    assert_eq!(parallel(&[], Neighbours::AddRemove), 0.0);
}
