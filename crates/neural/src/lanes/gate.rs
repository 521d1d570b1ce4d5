//! What does a gated recurrent unit make of its sums, for one row?

use super::exp;
use pulp::{Arch, Simd, WithSimd};

/// One row of a gated recurrent unit; all slices are as wide as the state unless said otherwise.
pub(crate) struct Gates<'a> {
    /// In: the input's part of reset, update and candidate, three widths. Out: the three gates.
    pub(crate) row: &'a mut [f32],
    /// The state's part of the three, without biases.
    pub(crate) recurrent: &'a [f32],
    /// Bias of the state's part of the candidate.
    pub(crate) bias: &'a [f32],
    /// Out: the state's part of the candidate with its bias.
    pub(crate) candidate: &'a mut [f32],
    /// The state before.
    pub(crate) past: &'a [f32],
    /// Out: the state after.
    pub(crate) state: &'a mut [f32],
}

/// r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(x_n + r (h_n + b)), h' = n + z (h - n).
///
/// The width must be a multiple of 16.
///
/// # Source
/// Cho et al. 2014, arXiv 1406.1078, with the reset after the product, as cuDNN and `torch.nn.GRU` have it.
pub(crate) fn gates(row: Gates<'_>) {
    Arch::new().dispatch(row);
}

impl WithSimd for Gates<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.past.len();
        let one = simd.splat_f32s(1.0);
        let sigmoid = |x: S::f32s| simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))));
        let (reset, rest) = self.row.split_at_mut(width);
        let (update, new) = rest.split_at_mut(width);
        let (reset, update, new) =
            (S::as_mut_simd_f32s(reset).0, S::as_mut_simd_f32s(update).0, S::as_mut_simd_f32s(new).0);
        let part = |at: usize| S::as_simd_f32s(&self.recurrent[at * width..][..width]).0;
        let (h_reset, h_update, h_new) = (part(0), part(1), part(2));
        let (bias, past) = (S::as_simd_f32s(self.bias).0, S::as_simd_f32s(self.past).0);
        let candidate = S::as_mut_simd_f32s(self.candidate).0;
        let state = S::as_mut_simd_f32s(self.state).0;
        for i in 0..past.len() {
            let r = sigmoid(simd.add_f32s(reset[i], h_reset[i]));
            let z = sigmoid(simd.add_f32s(update[i], h_update[i]));
            let c = simd.add_f32s(h_new[i], bias[i]);
            let x = simd.mul_add_f32s(r, c, new[i]);
            // tanh x = 1 - 2 / (1 + e^2x): within 2e-7, which is what a state of size 1 can hold.
            let e = exp(simd, simd.add_f32s(x, x));
            let n = simd.sub_f32s(one, simd.div_f32s(simd.splat_f32s(2.0), simd.add_f32s(one, e)));
            (reset[i], update[i], new[i], candidate[i]) = (r, z, n, c);
            state[i] = simd.mul_add_f32s(z, simd.sub_f32s(past[i], n), n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_those_of_double_precision() {
        let number = |i: usize, of: usize| ((i * 37 + of * 11) % 97) as f32 / 8.0 - 6.0;
        let row = |of: usize, n: usize| (0..n).map(|i| number(i, of)).collect::<Vec<f32>>();
        let (x, h, bias, past) = (row(1, 96), row(2, 96), row(3, 32), row(4, 32));
        let (mut got, mut candidate, mut state) = (x.clone(), vec![0.0; 32], vec![0.0; 32]);
        gates(Gates {
            row: &mut got,
            recurrent: &h,
            bias: &bias,
            candidate: &mut candidate,
            past: &past,
            state: &mut state,
        });
        let (mut scalar, mut again, mut other) = (x.clone(), vec![0.0; 32], vec![0.0; 32]);
        Gates {
            row: &mut scalar,
            recurrent: &h,
            bias: &bias,
            candidate: &mut again,
            past: &past,
            state: &mut other,
        }
        .with_simd(pulp::Scalar);
        assert_eq!((&scalar, &other), (&got, &state), "one number at a time gives the same bits");
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        for i in 0..32 {
            let of = |of: &[f32], at: usize| f64::from(of[at]);
            let r = sigmoid(of(&x, i) + of(&h, i));
            let z = sigmoid(of(&x, 32 + i) + of(&h, 32 + i));
            let n = (of(&x, 64 + i) + r * (of(&h, 64 + i) + of(&bias, i))).tanh();
            let want = (1.0 - z) * n + z * of(&past, i);
            // Sums up to 12 and states up to 6 in 24 bits, and tanh within 2e-7.
            assert!((f64::from(state[i]) - want).abs() < 3e-6, "{i}");
            assert!((f64::from(got[i]) - r).abs() < 1e-6);
        }
    }
}
