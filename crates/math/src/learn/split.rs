//! Which cut of one column lowers the loss most?

use super::histogram::{Bin, Packing, minus, plus};

/// Codes that go left, one bit each; all others, unseen levels included, go right.
pub(super) type LeftSet = [u64; 4];

/// The best cut of a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    /// Column, by position in the binned table.
    pub(super) feature: u32,
    /// Which codes go left.
    pub(super) left: LeftSet,
    /// Sums of the left side.
    pub(super) left_sum: Bin,
    /// Loss saved, times two.
    pub(super) gain: f64,
    /// L2 that applies to both sides' values.
    pub(super) l2: f64,
}

/// What a cut must respect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Least rows per side.
    pub(super) min_rows: u64,
    /// Least curvature per side.
    pub(super) min_curvature: f64,
    /// L2 on leaf values.
    pub(super) l2: f64,
    /// Further L2 after a cut of many levels.
    pub(super) level_l2: f64,
    /// Prior weight when levels are sorted, and least rows for a level to move on its own.
    pub(super) level_smooth: f64,
    /// Least rows in a group of levels between two tried cuts.
    pub(super) min_rows_per_group: u64,
    /// Most levels on the listed side.
    pub(super) max_levels: usize,
    /// Up to this many levels, each is tried against the rest.
    pub(super) one_vs_rest: usize,
}

/// One column of one leaf: its histogram (missing last), and the sums of the leaf.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) feature: u32,
    pub(super) nominal: bool,
    pub(super) bins: &'a [Bin],
    pub(super) total: Bin,
    pub(super) packing: &'a Packing,
    pub(super) limits: &'a Limits,
}

/// The best cut of a column in a leaf, if any saves loss.
///
/// Numbers: every threshold, with missing on either side, and present against missing. Levels: LightGBM's
/// rules, with missing as one more level.
///
/// # Cost
/// One pass over the bins, two when cells are missing; a sort of the levels for nominal columns.
///
/// # Source
/// Gain from a second-order expansion: Chen and Guestrin 2016, doi:10.1145/2939672.2939785, eq. 7.
/// Levels sorted by gradient over curvature: Fisher 1958, doi:10.1080/01621459.1958.10501479, with the
/// guards against over-fitting of LightGBM (Ke et al. 2017) as its parameter documentation gives them.
pub(super) fn best_split(candidate: &Candidate<'_>) -> Option<Split> {
    let mut best = Best { candidate, score: f64::NEG_INFINITY, found: None };
    if candidate.nominal {
        best.try_levels();
    } else {
        best.try_thresholds();
    }
    let base = best.value(candidate.total, candidate.limits.l2);
    let (kind, left_sum, l2) = best.found?;
    let gain = best.score - base;
    // Rounding of the sums can feign a gain of this relative size.
    if gain <= 1e-10 * base.abs().max(1e-10) {
        return None;
    }
    Some(Split { feature: candidate.feature, left: kind, left_sum, gain, l2 })
}

/// The best cut so far.
struct Best<'a> {
    candidate: &'a Candidate<'a>,
    score: f64,
    found: Option<(LeftSet, Bin, f64)>,
}

impl Best<'_> {
    /// What a leaf with these sums saves, times two.
    fn value(&self, sum: Bin, l2: f64) -> f64 {
        let packing = self.candidate.packing;
        let gradient = packing.gradient(sum);
        gradient * gradient / (packing.curvature(sum) + l2).max(1e-300)
    }

    /// Whether a side is large enough.
    fn allows(&self, sum: Bin) -> bool {
        let Candidate { packing, limits, .. } = self.candidate;
        packing.count(sum) >= limits.min_rows && packing.curvature(sum) >= limits.min_curvature
    }

    /// Considers a cut; earlier cuts win ties. `left` is only called for a new best.
    fn consider(&mut self, left_sum: Bin, l2: f64, left: impl FnOnce() -> LeftSet) {
        let right_sum = minus(self.candidate.total, left_sum);
        if !self.allows(left_sum) || !self.allows(right_sum) {
            return;
        }
        let score = self.value(left_sum, l2) + self.value(right_sum, l2);
        if score > self.score {
            self.score = score;
            self.found = Some((left(), left_sum, l2));
        }
    }

    fn try_thresholds(&mut self) {
        let Candidate { bins, total, packing, limits, .. } = *self.candidate;
        let (missing, present) = (bins[bins.len() - 1], bins.len() - 1);
        let has_missing = packing.count(missing) > 0;
        let mut below = [0, 0];
        for (at, &bin) in bins[..present].iter().enumerate() {
            if packing.count(bin) == 0 {
                continue;
            }
            below = plus(below, bin);
            // Without missing rows to learn from, missing cells follow the larger side.
            let with_larger = 2 * packing.count(below) >= packing.count(total);
            self.consider(below, limits.l2, || up_to(at, (!has_missing && with_larger).then_some(present)));
            if has_missing {
                self.consider(plus(below, missing), limits.l2, || up_to(at, Some(present)));
            }
        }
    }

    fn try_levels(&mut self) {
        let Candidate { bins, packing, limits, .. } = *self.candidate;
        let levels: Vec<usize> = (0..bins.len()).filter(|&at| packing.count(bins[at]) > 0).collect();
        if levels.len() <= limits.one_vs_rest {
            for at in levels {
                self.consider(bins[at], limits.l2, || only(&[at]));
            }
            return;
        }
        let mut sorted: Vec<(f64, usize)> = levels
            .into_iter()
            .filter(|&at| packing.count(bins[at]) as f64 >= limits.level_smooth)
            .map(|at| {
                let curvature = packing.curvature(bins[at]) + limits.level_smooth;
                (packing.gradient(bins[at]) / curvature, at)
            })
            .collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let order: Vec<usize> = sorted.into_iter().map(|(_, at)| at).collect();
        self.try_prefixes(&order);
        let reversed: Vec<usize> = order.iter().rev().copied().collect();
        self.try_prefixes(&reversed);
    }

    /// Tries the first 1, 2, … levels of an order against all others.
    fn try_prefixes(&mut self, order: &[usize]) {
        let Candidate { bins, total, packing, limits, .. } = *self.candidate;
        let most = limits.max_levels.min(order.len().div_ceil(2));
        let (mut left, mut group) = ([0, 0], 0);
        for (taken, &at) in order.iter().take(most).enumerate() {
            left = plus(left, bins[at]);
            group += packing.count(bins[at]);
            if packing.count(minus(total, left)) < limits.min_rows_per_group.max(limits.min_rows) {
                return;
            }
            if group < limits.min_rows_per_group || !self.allows(left) {
                continue;
            }
            group = 0;
            self.consider(left, limits.l2 + limits.level_l2, || only(&order[..=taken]));
        }
    }
}

/// The codes `0..=last`, and one more.
fn up_to(last: usize, also: Option<usize>) -> LeftSet {
    let mut set = [0; 4];
    for (word, bits) in set.iter_mut().enumerate() {
        let from = word * 64;
        if last >= from + 63 {
            *bits = u64::MAX;
        } else if last >= from {
            *bits = (1 << (last - from + 1)) - 1;
        }
    }
    if let Some(code) = also {
        set[code / 64] |= 1 << (code % 64);
    }
    set
}

/// Just these codes.
fn only(codes: &[usize]) -> LeftSet {
    let mut set = [0_u64; 4];
    for &code in codes {
        set[code / 64] |= 1 << (code % 64);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        min_rows: 1,
        min_curvature: 0.0,
        l2: 0.0,
        level_l2: 0.0,
        level_smooth: 0.0,
        min_rows_per_group: 1,
        max_levels: 32,
        one_vs_rest: 4,
    };

    /// Bins of (gradient, rows) with curvature 1 per row; missing last.
    fn split(cells: &[(f64, u32)], nominal: bool, limits: &Limits) -> Option<(Vec<usize>, f64)> {
        let packing = Packing::new(100.0, 1.0, 10_000);
        let bins: Vec<Bin> = cells
            .iter()
            .map(|&(gradient, rows)| packing.pack(gradient / f64::from(rows.max(1)), 1.0, rows))
            .collect();
        let total = bins.iter().copied().fold([0, 0], plus);
        let candidate = Candidate { feature: 0, nominal, bins: &bins, total, packing: &packing, limits };
        best_split(&candidate).map(|found| {
            ((0..256).filter(|code| found.left[code / 64] >> (code % 64) & 1 == 1).collect(), found.gain)
        })
    }

    #[test]
    fn thresholds_by_hand() {
        // Gain = GL^2/HL + GR^2/HR - G^2/H with unit curvatures.
        let (left, gain) = split(&[(4.0, 2), (4.0, 2), (-8.0, 4), (0.0, 0)], false, &LIMITS).unwrap();
        assert_eq!(left, [0, 1, 3], "missing cells follow the larger side: here a tie, so left");
        assert!((gain - 32.0).abs() < 1e-6, "64/4 + 64/4 - 0");
        let (left, _) = split(&[(4.0, 2), (-8.0, 4), (4.0, 2)], false, &LIMITS).unwrap();
        assert_eq!(left, [0, 2], "missing behaves like bin 0");
        let (left, _) = split(&[(4.0, 2), (4.0, 2), (-8.0, 4)], false, &LIMITS).unwrap();
        assert_eq!(left, [0, 1], "present against missing");
        assert!(split(&[(4.0, 8), (0.0, 0)], false, &LIMITS).is_none(), "one value has no cut");
        assert!(split(&[(1.0, 1), (1.0, 1), (0.0, 0)], false, &LIMITS).is_none(), "equal sides save nothing");
    }

    #[test]
    fn limits_hold() {
        let cells = [(9.0, 3), (-1.0, 20), (-8.0, 20), (0.0, 0)];
        let limits = Limits { min_rows: 10, ..LIMITS };
        assert_eq!(split(&cells, false, &limits).unwrap().0, [0, 1, 3], "3 rows may not stand alone");
        let limits = Limits { min_rows: 30, ..LIMITS };
        assert!(split(&cells, false, &limits).is_none());
    }

    #[test]
    fn many_levels_are_sorted_and_grouped() {
        // Six levels, gradients without order in the codes: the best group is {1, 3, 5}.
        let cells = [(-5.0, 50), (5.0, 50), (-6.0, 50), (6.0, 50), (-5.5, 50), (5.5, 50), (0.0, 0)];
        let (left, _) = split(&cells, true, &LIMITS).unwrap();
        assert!(left == [0, 2, 4] || left == [1, 3, 5], "{left:?}");
        // A level under the smoothing count stays on the other side, whatever its gradient.
        let mut rare = cells.to_vec();
        rare[1] = (90.0, 3);
        let limits = Limits { level_smooth: 10.0, ..LIMITS };
        let (left, _) = split(&rare, true, &limits).unwrap();
        assert!(!left.contains(&1), "{left:?}");
        let limits = Limits { min_rows_per_group: 400, ..LIMITS };
        assert!(split(&cells, true, &limits).is_none(), "no group is heavy enough");
    }

    #[test]
    fn few_levels_stand_against_the_rest() {
        let (left, gain) = split(&[(4.0, 4), (-8.0, 4), (4.0, 4), (0.0, 0)], true, &LIMITS).unwrap();
        assert_eq!(left, [1]);
        assert!((gain - (16.0 + 8.0)).abs() < 1e-6, "64/4 + 64/8 - 0, by hand");
    }
}
