//! Which decision separates levels best?

use super::grow::{Found, FoundRule};
use super::predictor::Predictor;

/// Scratch space for the search in one node; kept between nodes to save allocation.
///
/// The score of a set of rows with class counts `n_c` is `Σ n_c² / n`; a decision gains by how much the scores of its
/// sides exceed the score of the node (Gini impurity, `breiman1984`). Sums are whole numbers, so that the result does
/// not depend on the order of addition.
#[derive(Default)]
pub(super) struct ClassSearch {
    /// Class of each row of the node, renumbered to those present.
    classes: Vec<u16>,
    weights: Vec<u8>,
    bins: Vec<u8>,
    /// Row positions grouped by bin.
    grouped: Vec<u32>,
    histogram: Vec<u32>,
    dense: Vec<u16>,
    totals: Vec<u32>,
    left: Vec<u32>,
    order: Vec<u8>,
    share: Vec<f64>,
}

/// Imaginary rows with the class shares of the node that small bins are shrunk by before they are ordered.
const SHRINK: f64 = 2.0;

/// Where the sweep over bins stands.
struct Side {
    rows: usize,
    weight: u64,
    squares: u64,
}

impl ClassSearch {
    /// The best decision for `rows`, or `None` when no decision gains.
    #[allow(clippy::too_many_arguments, reason = "the state of one node, passed once")]
    pub(super) fn best(
        &mut self,
        predictors: &[Predictor<'_>],
        features: &[usize],
        rows: &[u32],
        labels: &[u16],
        weights: &[u8],
        n_classes: usize,
        leaf_rows: usize,
    ) -> Option<Found> {
        self.dense.clear();
        self.dense.resize(n_classes, u16::MAX);
        self.totals.clear();
        self.classes.clear();
        self.weights.clear();
        for &row in rows {
            let label = usize::from(labels[row as usize]);
            if self.dense[label] == u16::MAX {
                self.dense[label] = self.totals.len() as u16;
                self.totals.push(0);
            }
            let (class, weight) = (self.dense[label], weights[row as usize]);
            self.totals[usize::from(class)] += u32::from(weight);
            self.classes.push(class);
            self.weights.push(weight);
        }
        if self.totals.len() < 2 {
            return None; // Pure.
        }
        let total: u64 = self.totals.iter().map(|&n| u64::from(n)).sum();
        let squares: u64 = self.totals.iter().map(|&n| u64::from(n) * u64::from(n)).sum();
        let own = squares as f64 / total as f64;
        let mut best: Option<Found> = None;
        for &feature in features {
            let predictor = &predictors[feature];
            self.bins.clear();
            self.bins.extend(rows.iter().map(|&row| predictor.bins[row as usize]));
            let (low, high) =
                self.bins.iter().fold((u8::MAX, 0), |(low, high), &bin| (low.min(bin), high.max(bin)));
            if low == high {
                continue;
            }
            let counts = self.group(predictor.n_bins);
            let mut consider = |gain: f64, rule: FoundRule| {
                if gain > own * 1e-12 && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Found { gain, feature, rule });
                }
            };
            if predictor.ordered {
                let present: Vec<u8> = (0..=255_u8).filter(|&bin| counts.rows(bin) > 0).collect();
                let n_missing = present.iter().filter(|&&bin| usize::from(bin) < predictor.n_missing).count();
                let sides: &[bool] = if n_missing > 0 { &[true, false] } else { &[false] };
                for &missing_left in sides {
                    // Missing kinds first (they go left) or last (they go right).
                    self.order.clear();
                    if missing_left {
                        self.order.extend(&present);
                    } else {
                        self.order.extend(&present[n_missing..]);
                        self.order.extend(&present[..n_missing]);
                    }
                    self.sweep(&counts, total, squares, leaf_rows, |done, score, order| {
                        let inside_missing =
                            if missing_left { done < n_missing } else { done > order.len() - n_missing };
                        if !inside_missing {
                            // With missing left alone, the cut lies below every present bin.
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
                // Two orders: by the share of the commonest and of the second commonest class.
                let mut common: Vec<usize> = (0..self.totals.len()).collect();
                common.sort_by(|&a, &b| self.totals[b].cmp(&self.totals[a]).then(a.cmp(&b)));
                let keys = if common.len() == 2 { &common[..1] } else { &common[..2] };
                for &key in keys {
                    self.order_by_share(&counts, key, total);
                    self.sweep(&counts, total, squares, leaf_rows, |done, score, order| {
                        let mut set = [0_u64; 4];
                        let majority_left = {
                            let left: usize = order[..done].iter().map(|&bin| counts.rows(bin)).sum();
                            2 * left >= rows.len()
                        };
                        if score - own > own * 1e-12 {
                            // Bins that the node has not seen go with the larger side.
                            for bin in 0..=255_u8 {
                                let seen = counts.rows(bin) > 0;
                                let left = if seen { order[..done].contains(&bin) } else { majority_left };
                                set[usize::from(bin >> 6)] |= u64::from(left) << (bin & 63);
                            }
                            consider(score - own, FoundRule::Subset(set));
                        }
                    });
                }
            }
        }
        best
    }

    /// Groups row positions by bin (counting sort).
    fn group(&mut self, n_bins: usize) -> Groups {
        let mut starts = [0_u32; 257];
        for &bin in &self.bins {
            starts[usize::from(bin) + 1] += 1;
        }
        for bin in 0..n_bins.min(256) {
            starts[bin + 1] += starts[bin];
        }
        for bin in n_bins..256 {
            starts[bin + 1] = starts[bin];
        }
        let classes = self.totals.len();
        let by_histogram = self.bins.len() * 2 > n_bins * classes;
        if by_histogram {
            // Many rows: counts per bin and class are cheaper than moving rows about.
            self.histogram.clear();
            self.histogram.resize(n_bins * classes, 0);
            for ((&bin, &class), &weight) in self.bins.iter().zip(&self.classes).zip(&self.weights) {
                self.histogram[usize::from(bin) * classes + usize::from(class)] += u32::from(weight);
            }
        } else {
            let mut next = starts;
            self.grouped.clear();
            self.grouped.resize(self.bins.len(), 0);
            for (at, &bin) in self.bins.iter().enumerate() {
                let to = &mut next[usize::from(bin)];
                self.grouped[*to as usize] = u32::from(self.classes[at]) << 8 | u32::from(self.weights[at]);
                *to += 1;
            }
        }
        Groups { starts, by_histogram }
    }

    fn order_by_share(&mut self, groups: &Groups, key: usize, total: u64) {
        let prior = SHRINK * f64::from(self.totals[key]) / total as f64;
        let classes = self.totals.len();
        self.share.clear();
        self.share.resize(256, f64::NAN);
        self.order.clear();
        for bin in 0..=255_u8 {
            if groups.rows(bin) == 0 {
                continue;
            }
            let (mut own, mut all) = (0_u64, 0_u64);
            if groups.by_histogram {
                let cells = &self.histogram[usize::from(bin) * classes..][..classes];
                own = u64::from(cells[key]);
                all = cells.iter().map(|&n| u64::from(n)).sum();
            } else {
                for &packed in &self.grouped[groups.range(bin)] {
                    all += u64::from(packed & 255);
                    own += if (packed >> 8) as usize == key { u64::from(packed & 255) } else { 0 };
                }
            }
            self.share[usize::from(bin)] = (own as f64 + prior) / (all as f64 + SHRINK);
            self.order.push(bin);
        }
        let share = &self.share;
        self.order.sort_by(|&a, &b| share[usize::from(a)].total_cmp(&share[usize::from(b)]).then(a.cmp(&b)));
    }

    /// Moves the bins of `self.order` to the left one by one and calls `see(moved, score, order)` where both sides
    /// have enough rows.
    fn sweep(
        &mut self,
        groups: &Groups,
        total: u64,
        squares: u64,
        leaf_rows: usize,
        mut see: impl FnMut(usize, f64, &[u8]),
    ) {
        let classes = self.totals.len();
        let n_rows = self.bins.len();
        self.left.clear();
        self.left.resize(classes, 0);
        let mut left = Side { rows: 0, weight: 0, squares: 0 };
        let mut right_squares = squares;
        for done in 1..self.order.len() {
            let bin = self.order[done - 1];
            let mut add = |class: usize, weight: u32| {
                let (weight, before) = (u64::from(weight), u64::from(self.left[class]));
                let right = u64::from(self.totals[class]) - before;
                left.squares += weight * (2 * before + weight);
                right_squares -= weight * (2 * right - weight);
                left.weight += weight;
                self.left[class] += weight as u32;
            };
            if groups.by_histogram {
                let cells = &self.histogram[usize::from(bin) * classes..][..classes];
                cells.iter().enumerate().filter(|(_, n)| **n > 0).for_each(|(class, &n)| add(class, n));
            } else {
                self.grouped[groups.range(bin)]
                    .iter()
                    .for_each(|&packed| add((packed >> 8) as usize, packed & 255));
            }
            left.rows += groups.rows(bin);
            if left.rows >= leaf_rows && n_rows - left.rows >= leaf_rows {
                let score = left.squares as f64 / left.weight as f64
                    + right_squares as f64 / (total - left.weight) as f64;
                see(done, score, &self.order);
            }
        }
    }
}

/// Rows per bin.
struct Groups {
    starts: [u32; 257],
    by_histogram: bool,
}

impl Groups {
    fn rows(&self, bin: u8) -> usize {
        (self.starts[usize::from(bin) + 1] - self.starts[usize::from(bin)]) as usize
    }

    fn range(&self, bin: u8) -> std::ops::Range<usize> {
        self.starts[usize::from(bin)] as usize..self.starts[usize::from(bin) + 1] as usize
    }
}
