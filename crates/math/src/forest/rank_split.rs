//! Which decision separates low from high values best?

use super::grow::{Found, FoundRule};
use super::predictor::Predictor;

/// Scratch space for the search in one node.
///
/// A set of rows with rank sum `s` and weight `n` scores `s² / n`; the gain of a decision is the reduction of the
/// squared error (`breiman1984`). Ranks are doubled to whole numbers, so that sums are exact in any order.
pub(super) struct RankSearch {
    sums: [u64; 256],
    weights: [u32; 256],
    rows: [u32; 256],
    order: Vec<u8>,
}

impl Default for RankSearch {
    fn default() -> Self {
        Self { sums: [0; 256], weights: [0; 256], rows: [0; 256], order: Vec::with_capacity(256) }
    }
}

impl RankSearch {
    /// The best decision for `rows`, or `None` when no decision gains `least_gain` variances of the node: the square of
    /// the t statistic of the difference between both sides.
    #[allow(clippy::too_many_arguments, reason = "the state of one node, passed once")]
    pub(super) fn best(
        &mut self,
        predictors: &[Predictor<'_>],
        features: &[usize],
        rows: &[u32],
        doubled: &[u32],
        weights: &[u8],
        leaf_rows: usize,
        least_gain: f64,
    ) -> Option<Found> {
        let (mut sum, mut weight, mut squares) = (0_u64, 0_u64, 0_u128);
        for &row in rows {
            let w = u64::from(weights[row as usize]);
            sum += w * u64::from(doubled[row as usize]);
            weight += w;
            squares += u128::from(w) * u128::from(doubled[row as usize]).pow(2);
        }
        let own = (sum as f64).powi(2) / weight as f64;
        // A bag counts rows twice and more; a cut is as certain as its different rows make it.
        let twice = weight as f64 / rows.len() as f64;
        let least = twice * least_gain * (squares as f64 - own) / weight as f64;
        let mut best: Option<Found> = None;
        for &feature in features {
            let predictor = &predictors[feature];
            let n = predictor.n_bins;
            self.sums[..n].fill(0);
            self.weights[..n].fill(0);
            self.rows[..n].fill(0);
            for &row in rows {
                let (bin, w) = (usize::from(predictor.bins[row as usize]), u32::from(weights[row as usize]));
                self.sums[bin] += u64::from(w) * u64::from(doubled[row as usize]);
                self.weights[bin] += w;
                self.rows[bin] += 1;
            }
            let mut consider = |gain: f64, rule: FoundRule| {
                if gain > least.max(own * 1e-12) && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Found { gain, feature, rule });
                }
            };
            let present = (0..n).filter(|&bin| self.rows[bin] > 0).map(|bin| bin as u8);
            self.order.clear();
            self.order.extend(present);
            if self.order.len() < 2 {
                continue;
            }
            if predictor.ordered {
                let n_missing =
                    self.order.iter().filter(|&&bin| usize::from(bin) < predictor.n_missing).count();
                for missing_left in [true, false] {
                    if missing_left && n_missing == 0 {
                        continue;
                    }
                    if !missing_left {
                        self.order.rotate_left(n_missing);
                    }
                    self.sweep(sum, weight, rows.len(), leaf_rows, |done, score, order| {
                        let inside =
                            if missing_left { done < n_missing } else { done > order.len() - n_missing };
                        if !inside {
                            let cut = if missing_left && done == n_missing {
                                predictor.n_missing.saturating_sub(1) as u8
                            } else {
                                order[done - 1]
                            };
                            consider(score - own, FoundRule::Cut { cut, missing_left });
                        }
                    });
                }
            } else {
                let (sums, counts) = (&self.sums, &self.weights);
                let mean = |bin: u8| sums[usize::from(bin)] as f64 / f64::from(counts[usize::from(bin)]);
                self.order.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(a.cmp(&b)));
                let mut winner = None;
                self.sweep(sum, weight, rows.len(), leaf_rows, |done, score, _| {
                    if winner.is_none_or(|(best, _)| score > best) {
                        winner = Some((score, done));
                    }
                });
                if let Some((score, done)) = winner {
                    let left_rows: u32 =
                        self.order[..done].iter().map(|&bin| self.rows[usize::from(bin)]).sum();
                    let majority_left = 2 * left_rows as usize >= rows.len();
                    let mut set = [if majority_left { u64::MAX } else { 0 }; 4];
                    for (at, &bin) in self.order.iter().enumerate() {
                        let bit = 1_u64 << (bin & 63);
                        if at < done {
                            set[usize::from(bin >> 6)] |= bit;
                        } else {
                            set[usize::from(bin >> 6)] &= !bit;
                        }
                    }
                    consider(score - own, FoundRule::Subset(set));
                }
            }
        }
        best
    }

    fn sweep(
        &self,
        sum: u64,
        weight: u64,
        n_rows: usize,
        leaf_rows: usize,
        mut see: impl FnMut(usize, f64, &[u8]),
    ) {
        let (mut left_sum, mut left_weight, mut left_rows) = (0_u64, 0_u64, 0_usize);
        for done in 1..self.order.len() {
            let bin = usize::from(self.order[done - 1]);
            left_sum += self.sums[bin];
            left_weight += u64::from(self.weights[bin]);
            left_rows += self.rows[bin] as usize;
            if left_rows >= leaf_rows && n_rows - left_rows >= leaf_rows {
                let score = (left_sum as f64).powi(2) / left_weight as f64
                    + ((sum - left_sum) as f64).powi(2) / (weight - left_weight) as f64;
                see(done, score, &self.order);
            }
        }
    }
}
