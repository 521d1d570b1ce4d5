//! How are gradients summed per bin, exactly and in any order?
//!
//! Gradients are rounded once to fixed point, so that sums are integers: any thread count and any order
//! give the same bits, and the histogram of a sibling is an exact difference.

/// Gradient sum, then curvature and row count packed in one word: two additions per row and column.
pub(super) type Bin = [i64; 2];

/// How one round's gradients are written as integers.
///
/// The gradient takes up to 40 binary places, less where rows are many. The second word holds the count in
/// its lowest `count_bits` bits and the curvature above; both never overflow for the rows declared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    gradient_scale: f64,
    curvature_scale: f64,
    /// Inverses of the scales; exact, because scales are powers of two.
    gradient_unit: f64,
    curvature_unit: f64,
    count_bits: u32,
}

impl Packing {
    /// Scales for gradients of magnitude up to `gradient` and curvatures up to `curvature`, summed over
    /// `count` rows. With 81,000 rows a curvature keeps 28 binary places, with 10 million 15.
    pub(super) fn new(gradient: f64, curvature: f64, count: u64) -> Self {
        let count_bits = 64 - count.leading_zeros();
        let total = count as f64;
        // More places than a double holds would only be noise.
        let gradient_scale = power_of_two_below(2_f64.powi(61) / (gradient * total).max(1e-300))
            .min(power_of_two_below(2_f64.powi(40) / gradient.max(1e-300)));
        let curvature_scale =
            power_of_two_below(2_f64.powi(61 - count_bits as i32) / (curvature * total).max(1e-300));
        Self {
            gradient_scale,
            curvature_scale,
            gradient_unit: 1.0 / gradient_scale,
            curvature_unit: 1.0 / curvature_scale,
            count_bits,
        }
    }

    /// One row of frequency weight `weight`.
    pub(super) fn pack(&self, gradient: f64, curvature: f64, weight: u32) -> Bin {
        let weight = i64::from(weight);
        let gradient = (gradient * self.gradient_scale).round() as i64;
        let curvature = (curvature * self.curvature_scale).round() as i64;
        [gradient * weight, ((curvature * weight) << self.count_bits) + weight]
    }

    /// Sum of gradients.
    #[inline]
    pub(super) fn gradient(&self, bin: Bin) -> f64 {
        bin[0] as f64 * self.gradient_unit
    }

    /// Sum of curvatures.
    #[inline]
    pub(super) fn curvature(&self, bin: Bin) -> f64 {
        (bin[1] >> self.count_bits) as f64 * self.curvature_unit
    }

    /// Rows, by frequency weight.
    #[inline]
    pub(super) fn count(&self, bin: Bin) -> u64 {
        (bin[1] & ((1 << self.count_bits) - 1)) as u64
    }
}

/// The sum of two bins.
#[inline]
pub(super) fn plus(a: Bin, b: Bin) -> Bin {
    [a[0] + b[0], a[1] + b[1]]
}

/// The difference of two bins.
#[inline]
pub(super) fn minus(a: Bin, b: Bin) -> Bin {
    [a[0] - b[0], a[1] - b[1]]
}

/// Writes the sums of `rows` of one column to `histogram`; `gradients[i]` belongs to `rows[i]`.
///
/// In a column with few levels, consecutive rows fall into the same bin and a single accumulator would
/// wait for its own last store; two take turns there.
pub(super) fn count(codes: &[u8], rows: &[u32], gradients: &[Bin], histogram: &mut [Bin]) {
    if histogram.len() < FEW {
        let mut sums = [[[0; 2]; FEW]; 2];
        for (at, (&row, &gradient)) in rows.iter().zip(gradients).enumerate() {
            // The mask changes no legal code and spares the bounds check.
            let bin = &mut sums[at & 1][usize::from(codes[row as usize]) & (FEW - 1)];
            *bin = plus(*bin, gradient);
        }
        for (at, bin) in histogram.iter_mut().enumerate() {
            *bin = plus(sums[0][at], sums[1][at]);
        }
        return;
    }
    // 256 entries need no bounds check for a one-byte code.
    let mut sums = [[0; 2]; 256];
    for (&row, &gradient) in rows.iter().zip(gradients) {
        let bin: &mut Bin = &mut sums[usize::from(codes[row as usize])];
        *bin = plus(*bin, gradient);
    }
    histogram.copy_from_slice(&sums[..histogram.len()]);
}

/// Columns with fewer codes than this are counted by two accumulators in turn.
const FEW: usize = 32;

/// Greatest power of two not above `x`; 1 for what has none.
fn power_of_two_below(x: f64) -> f64 {
    if x.is_finite() && x > 0.0 { x.log2().floor().clamp(-1000.0, 1000.0).exp2() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_back_within_the_rounding_of_each_row() {
        let n = 81_413_u64;
        let packing = Packing::new(1.0, 0.25, n);
        let (mut total, mut gradient, mut curvature) = ([0, 0], 0.0, 0.0);
        for i in 0..n {
            let p = (i as f64 + 0.5) / n as f64;
            total = plus(total, packing.pack(p - f64::from(u8::from(i % 3 == 0)), p * (1.0 - p), 1));
            gradient += p - f64::from(u8::from(i % 3 == 0));
            curvature += p * (1.0 - p);
        }
        // Half a unit in the last place per row: 2^-41 and about 2^-27.
        assert!((packing.gradient(total) - gradient).abs() < n as f64 * 2_f64.powi(-40));
        assert!((packing.curvature(total) - curvature).abs() < n as f64 * 2_f64.powi(-26));
        assert_eq!(packing.count(total), n);
    }

    #[test]
    fn negative_sums_do_not_disturb_counts_and_extremes_do_not_overflow() {
        for (gradient, curvature, count) in [(1e12, 1.0, 5_u64), (1e-12, 1e-9, 1 << 24), (0.0, 0.0, 1)] {
            let packing = Packing::new(gradient, curvature, count);
            let all = packing.pack(-gradient, curvature, u32::try_from(count).unwrap());
            assert_eq!(packing.count(all), count);
            assert!(
                (packing.gradient(all) + gradient * count as f64).abs() <= 1e-6 * gradient * count as f64
            );
        }
    }

    #[test]
    fn counting_matches_a_plain_loop() {
        let codes = [0_u8, 3, 3, 1, 255, 0, 3];
        let rows = [0_u32, 1, 2, 4, 6];
        let gradients: Vec<Bin> = (1..=5).map(|i| [i, 10 * i]).collect();
        let mut histogram = vec![[0; 2]; 256];
        count(&codes, &rows, &gradients, &mut histogram);
        assert_eq!((histogram[0], histogram[3], histogram[255]), ([1, 10], [10, 100], [4, 40]));
    }
}
