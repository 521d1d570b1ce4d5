//! Are candidates as frequent as the formula says, and is no choice made that is not charged?

use super::{DENOMINATOR, Exponential};
use crate::{Ledger, Noise, PrivacyError};
use statrs::distribution::{ChiSquared, ContinuousCDF as _};
use verosim_core::Seeded;

/// `exp(epsilon u / (2 s))` over its sum, written down from the definition in `mcsherry2007`.
#[test]
fn choices_follow_the_formula() {
    let cases: &[(&[i128], u64, f64)] = &[
        (&[0, 0, 0], 1, 1.0),
        (&[5, 3, 4, 5], 2, 2.0),
        (&[-40, -37, -30, 0], 7, 1.5),
        (&[1 << 70, (1 << 70) - (1 << 50)], 1 << 50, 0.7),
    ];
    for (at, &(scores, sensitivity, epsilon)) in cases.iter().enumerate() {
        let law = Exponential { numerator: (epsilon * DENOMINATOR as f64) as u64 };
        let best = scores.iter().max().unwrap();
        let weight =
            |score: i128| (-law.epsilon() * (best - score) as f64 / (2.0 * sensitivity as f64)).exp();
        let total: f64 = scores.iter().map(|&score| weight(score)).sum();
        let (mut ledger, n) = (Ledger::new(1e9).unwrap(), 30_000);
        let mut noise = Noise::insecure(Seeded::new(at as u64));
        let mut seen = vec![0.0_f64; scores.len()];
        for _ in 0..n {
            seen[law.choose("one", scores, sensitivity, &mut ledger, &mut noise).unwrap()] += 1.0;
        }
        let expected = scores.iter().map(|&score| f64::from(n) * weight(score) / total);
        let chi: f64 = seen.iter().zip(expected).map(|(seen, want)| (seen - want).powi(2) / want).sum();
        let p = 1.0 - ChiSquared::new(scores.len() as f64 - 1.0).unwrap().cdf(chi);
        assert!(p > 1e-6, "case {at}: p {p:.1e}; false alarm once in a million");
    }
}

#[test]
fn epsilon_is_the_root_of_eight_rho_and_never_above() {
    for rho in [1e-9, 0.0067, 0.125, 0.5, 3.3, 200.0] {
        let law = Exponential::within(rho).unwrap();
        assert!(law.rho() <= rho, "{rho}");
        let exact = (8.0 * rho).sqrt();
        assert!(law.epsilon() <= exact && law.epsilon() > exact - 2.0 / DENOMINATOR as f64, "{rho}");
    }
    for rho in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30] {
        assert!(matches!(Exponential::within(rho), Err(PrivacyError::Parameter { .. })), "{rho}");
    }
}

#[test]
fn a_choice_is_charged_or_refused() {
    let law = Exponential::within(0.5).unwrap();
    let mut ledger = Ledger::new(0.7).unwrap();
    let mut noise = Noise::insecure(Seeded::new(1));
    assert_eq!(law.choose("a pair", &[0, 10_000], 1, &mut ledger, &mut noise), Ok(1));
    assert!((ledger.spent() - 0.5).abs() < 1e-6 && ledger.spent() <= 0.5);
    let error = law.choose("another pair", &[0, 1], 1, &mut ledger, &mut noise).unwrap_err();
    assert!(matches!(error, PrivacyError::BudgetSpent { .. }));
    assert!(law.choose("nothing", &[], 1, &mut ledger, &mut noise).is_err());
    assert!(law.choose("no bound", &[1], 0, &mut ledger, &mut noise).is_err());
    assert_eq!(ledger.entries().len(), 1, "what was refused is not in the ledger");
}

/// Two neighbouring tables whose scores differ by the sensitivity, in the directions that separate them most: what a
/// likelihood ratio shows is never above `epsilon`.
#[test]
fn the_worst_ratio_is_epsilon() {
    let law = Exponential::within(0.5).unwrap();
    let chance = |scores: [f64; 2]| {
        let weights = scores.map(|score| (law.epsilon() * score / 2.0).exp());
        weights[0] / (weights[0] + weights[1])
    };
    let (a, b) = (chance([1.0, 0.0]), chance([0.0, 1.0]));
    // By hand: logit 1 against logit -1, ratio e² / 1 at most; here (1 + e) / (1 + 1 / e) = e.
    assert!(((a / b).ln() - 1.0).abs() < 1e-6 && (a / b).ln() <= law.epsilon());
}
