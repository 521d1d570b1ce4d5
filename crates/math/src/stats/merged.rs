//! How far apart are two samples on the line, with any group of them left out?

/// Two samples in one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Value, whether it is of the second sample, and its group; ascending.
    points: Vec<(f64, bool, u8)>,
}

/// Integrals over the line of two distribution functions F and G.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gaps {
    /// ∫ |F - G|: the first Wasserstein distance.
    pub absolute: f64,
    /// ∫ (F - G)²: half the energy distance.
    pub squared: f64,
    /// ∫ F (1 - G) + G (1 - F): the mean distance of a point of one from a point of the other.
    pub between: f64,
}

impl Merged {
    /// Merges two samples with a group for each value; `NaN`s are left out.
    ///
    /// # Cost
    /// O(n log n).
    #[must_use]
    pub fn new(first: (&[f64], &[u8]), second: (&[f64], &[u8])) -> Self {
        let side = |(values, groups): (&[f64], &[u8]), is_second: bool| {
            let all = values.iter().copied().zip(groups.iter().copied());
            all.filter(|(value, _)| !value.is_nan())
                .map(|(value, group)| (value, is_second, group))
                .collect::<Vec<_>>()
        };
        let mut points = side(first, false);
        points.extend(side(second, true));
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        Self { points }
    }

    fn kept(&self, out: usize) -> impl Iterator<Item = (f64, bool)> + '_ {
        self.points.iter().filter(move |point| usize::from(point.2) != out).map(|point| (point.0, point.1))
    }

    /// Values of either sample without group `out`.
    fn counts(&self, out: usize) -> Option<(f64, f64)> {
        let (mut n, mut m) = (0_usize, 0_usize);
        self.kept(out).for_each(|(_, second)| if second { m += 1 } else { n += 1 });
        (n > 0 && m > 0).then_some((n as f64, m as f64))
    }

    /// The integrals without group `out` (none is left out when there is no such group); `None` when a side is empty.
    ///
    /// # Source
    /// `vallender1974`; `szekely2013`.
    #[must_use]
    pub fn gaps(&self, out: usize) -> Option<Gaps> {
        let (n, m) = self.counts(out)?;
        let (mut f, mut g) = (0.0, 0.0);
        let mut gaps = Gaps::default();
        let mut last = None;
        for (value, second) in self.kept(out) {
            let step = last.map_or(0.0, |last| value - last);
            if step > 0.0 {
                let (f, g) = (f / n, g / m);
                gaps.absolute += step * (f - g).abs();
                gaps.squared += step * (f - g).powi(2);
                gaps.between += step * (f * (1.0 - g) + g * (1.0 - f));
            }
            if second {
                g += 1.0;
            } else {
                f += 1.0;
            }
            last = Some(value);
        }
        Some(gaps)
    }

    /// Greatest gap between the two distribution functions without group `out`; `None` when a side is empty.
    ///
    /// # Source
    /// `smirnov1948`.
    #[must_use]
    pub fn greatest(&self, out: usize) -> Option<f64> {
        let (n, m) = self.counts(out)?;
        let (mut f, mut g, mut most) = (0.0, 0.0, 0.0_f64);
        let mut points = self.kept(out).peekable();
        while let Some((value, second)) = points.next() {
            if second {
                g += 1.0;
            } else {
                f += 1.0;
            }
            if points.peek().is_none_or(|next| next.0 != value) {
                most = most.max((f / n - g / m).abs());
            }
        }
        Some(most)
    }

    /// The two-sample statistic T of Cramér and von Mises without group `out`, ties by mid-ranks, and the sizes of both
    /// samples.
    ///
    /// # Source
    /// `anderson1962`.
    #[must_use]
    pub fn cramer_von_mises(&self, out: usize) -> Option<(f64, f64, f64)> {
        let (n, m) = self.counts(out)?;
        let points: Vec<(f64, bool)> = self.kept(out).collect();
        let (mut i, mut j, mut first) = (0.0, 0.0, 0);
        let (mut own, mut other) = (0.0, 0.0);
        while first < points.len() {
            let tied = points[first..].iter().take_while(|point| point.0 == points[first].0).count();
            let rank = 0.5 * (2 * first + tied + 1) as f64;
            for &(_, second) in &points[first..first + tied] {
                if second {
                    j += 1.0;
                    other += (rank - j).powi(2);
                } else {
                    i += 1.0;
                    own += (rank - i).powi(2);
                }
            }
            first += tied;
        }
        let u = n * own + m * other;
        Some((u / (n * m * (n + m)) - (4.0 * m * n - 1.0) / (6.0 * (m + n)), n, m))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_REAL: [f64; 9] = [1.0, 2.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0];
    const A_SYNTHETIC: [f64; 9] = [1.0, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 30.0, 40.0];

    #[test]
    fn known_values() {
        let groups: Vec<u8> = (0..9).collect();
        let merged = Merged::new((&A_REAL, &groups), (&A_SYNTHETIC, &groups));
        let gaps = merged.gaps(99).unwrap();
        assert!((gaps.absolute - 2.222_222_222_2).abs() < 1e-9, "scipy.stats.wasserstein_distance");
        let energy = (2.0 * gaps.squared).sqrt();
        assert!((energy - 0.702_728_368_926_306_4).abs() < 1e-12, "scipy.stats.energy_distance: {energy}");
        let apart: f64 = A_REAL.iter().flat_map(|a| A_SYNTHETIC.iter().map(move |b| (a - b).abs())).sum();
        assert!((gaps.between - apart / 81.0).abs() < 1e-12, "the mean over all pairs");
        let (t, ..) = merged.cramer_von_mises(99).unwrap();
        assert!((t - 0.027_777_777_777_777_68).abs() < 1e-12, "scipy.stats.cramervonmises_2samp: {t}");
        let without = Merged::new((&A_REAL[..8], &groups[..8]), (&A_SYNTHETIC[..8], &groups[..8]));
        assert_eq!(merged.gaps(8), without.gaps(99));
        assert!((merged.greatest(99).unwrap() - 1.0 / 9.0).abs() < 1e-12, "1 - sdmetrics KSComplement");
        assert!(Merged::new((&[f64::NAN], &[0]), (&[1.0], &[0])).gaps(9).is_none());
    }
}
