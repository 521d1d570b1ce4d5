//! Which numbers are left out of this step?

use verosim_core::Seeded;

/// Sets numbers to 0 by chance and scales the others up, the same ones whenever it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropout {
    key: u64,
    /// Of 65,536.
    threshold: u16,
    scale: f32,
}

impl Dropout {
    /// Leaves out the given share, rounded to a multiple of 2^-16; `None` when nothing is left out.
    pub(crate) fn new(share: f64, seed: Seeded) -> Option<Self> {
        let threshold = (share.clamp(0.0, 0.99) * 65_536.0) as u16;
        let scale = (65_536.0 / (65_536.0 - f64::from(threshold))) as f32;
        (threshold > 0).then_some(Self { key: seed.key(), threshold, scale })
    }

    /// Applies it to row number `at`.
    pub(crate) fn apply(&self, at: usize, row: &mut [f32]) {
        let mut state = self.key ^ (at as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
        for four in row.chunks_mut(4) {
            // SplitMix64 (Steele, Lea and Flood 2014): 64 bits, 16 for each number.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            for (place, x) in four.iter_mut().enumerate() {
                let kept = (z >> (16 * place)) as u16 >= self.threshold;
                *x *= if kept { self.scale } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_left_out_and_the_mean_stays() {
        let dropout = Dropout::new(0.25, Seeded::new(3)).unwrap();
        let mut rows = vec![1.0_f32; 100_000];
        for (at, row) in rows.chunks_mut(100).enumerate() {
            dropout.apply(at, row);
        }
        let gone = rows.iter().filter(|&&x| x == 0.0).count();
        // 25,000 expected with a standard deviation of 137; five of them are passed once in 1.7 million seeds.
        assert!(gone.abs_diff(25_000) < 685, "{gone}");
        assert!(rows.iter().all(|&x| x == 0.0 || x == 4.0 / 3.0));
        assert!(Dropout::new(0.0, Seeded::new(3)).is_none());
    }
}
