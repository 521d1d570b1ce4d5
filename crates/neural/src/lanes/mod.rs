//! Which loops run on vectors of numbers, so that every machine gives the same bits?
//!
//! All of them use fused multiply-add, elementary operations and sums in an order that does not depend on the width of
//! a vector. A result is therefore the same with 4, 8 or 16 lanes, and a row of a product depends on that row alone.

#![allow(clippy::inline_always, reason = "loops are compiled once for each set of vector instructions")]

mod gate;
mod product;
mod softmax;

pub(crate) use gate::{Gates, gates};
pub(crate) use product::{Columns, Packed, multiply};
pub(crate) use softmax::softmax;

use pulp::Simd;

/// Lanes of the running sums of [`sum`].
const SUMS: usize = 16;

/// The sum of a row, in 16 interleaved partial sums that are added in order.
#[inline]
pub(crate) fn sum(row: &[f32]) -> f32 {
    let mut sums = [0.0_f32; SUMS];
    let chunks = row.chunks_exact(SUMS);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += x;
    }
    sums.iter().sum()
}

/// The inner product of two rows, summed as [`sum`] does.
#[inline]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; SUMS];
    for (a, b) in a.chunks(SUMS).zip(b.chunks(SUMS)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// `into += scale * row`.
#[inline]
pub(crate) fn add_scaled(into: &mut [f32], scale: f32, row: &[f32]) {
    for (into, x) in into.iter_mut().zip(row) {
        *into += scale * x;
    }
}

/// `into += row`.
#[inline]
pub(crate) fn add(into: &mut [f32], row: &[f32]) {
    for (into, x) in into.iter_mut().zip(row) {
        *into += x;
    }
}

/// e to the power of `x`, within 2 units in the last place; 0 below -87 (also for minus infinity), e^88 above 88.
///
/// # Source
/// The polynomial of Cephes' `expf` (Moshier): after removal of n ln 2, degree 5 on half of ln 2 either side of 0.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let splat = |x: f32| simd.splat_f32s(x);
    let vanishes = simd.less_than_f32s(x, splat(-87.0));
    let x = simd.min_f32s(simd.max_f32s(x, splat(-87.0)), splat(88.0));
    let shifted = simd.mul_add_f32s(x, splat(std::f32::consts::LOG2_E), splat(ROUND));
    let n = simd.sub_f32s(shifted, splat(ROUND));
    let r = simd.mul_add_f32s(n, splat(-0.693_359_4), x);
    let r = simd.mul_add_f32s(n, splat(2.121_944_4e-4), r);
    let mut p = splat(1.987_569_1e-4);
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = simd.mul_add_f32s(p, r, splat(c));
    }
    let y = simd.add_f32s(simd.mul_add_f32s(p, simd.mul_f32s(r, r), r), splat(1.0));
    let bits = simd.transmute_u32s_f32s(shifted);
    let bits = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
    let scale = simd.transmute_f32s_u32s(simd.add_u32s(bits, simd.splat_u32s(127 << 23)));
    simd.select_f32s(vanishes, splat(0.0), simd.mul_f32s(y, scale))
}
