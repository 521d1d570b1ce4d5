//! Which probabilities do logits stand for?

use super::exp;
use pulp::{Arch, Simd, WithSimd};

/// Turns logits into probabilities in place and returns the logarithm of what they were divided by.
///
/// Minus infinity gets 0. The row must hold at least one finite number.
pub(crate) fn softmax(row: &mut [f32]) -> f64 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Arch::new().dispatch(Exp { row, less: most });
    let total = super::sum(row);
    let share = 1.0 / total;
    for x in row {
        *x *= share;
    }
    f64::from(most) + f64::from(total).ln()
}

/// Replaces x by e^(x - less).
struct Exp<'a> {
    row: &'a mut [f32],
    less: f32,
}

impl WithSimd for Exp<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let less = simd.splat_f32s(self.less);
        let (body, tail) = S::as_mut_simd_f32s(self.row);
        for x in body {
            *x = exp(simd, simd.sub_f32s(*x, less));
        }
        if !tail.is_empty() {
            let x = simd.partial_load_f32s(tail);
            simd.partial_store_f32s(tail, exp(simd, simd.sub_f32s(x, less)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_double_precision() {
        for n in [1, 2, 15, 16, 17, 100] {
            let logits: Vec<f32> = (0..n).map(|i| ((i * 31) % 23) as f32 / 2.0 - 400.0).collect();
            let mut got = logits.clone();
            let log = softmax(&mut got);
            let total: f64 = logits.iter().map(|&x| f64::from(x + 400.0).exp()).sum();
            assert!((log - (total.ln() - 400.0)).abs() < 1e-5, "rounding of sums of 32 bits");
            for (p, x) in got.iter().zip(&logits) {
                let want = f64::from(x + 400.0).exp() / total;
                assert!((f64::from(*p) - want).abs() < 1e-6 * want + 1e-9, "{n}");
            }
        }
    }

    #[test]
    fn every_width_of_vectors_gives_the_same_bits() {
        let row: Vec<f32> = (0..101).map(|i| (i as f32).sin() * 50.0).collect();
        let (mut here, mut scalar, mut wide) = (row.clone(), row.clone(), row);
        Arch::new().dispatch(Exp { row: &mut here, less: 3.0 });
        Exp { row: &mut scalar, less: 3.0 }.with_simd(pulp::Scalar);
        Exp { row: &mut wide, less: 3.0 }.with_simd(pulp::Scalar512b);
        assert_eq!((&scalar, &wide), (&here, &here));
    }

    #[test]
    fn what_is_impossible_gets_nothing() {
        let mut row = [1.0, f32::NEG_INFINITY, 1.0];
        softmax(&mut row);
        assert_eq!(row, [0.5, 0.0, 0.5]);
    }
}
