//! Where do the rows of a table lie denser than those of an imitation?

use super::grow::{Bag, Found, FoundRule, GrowSettings, Target, grow};
use super::predictor::Predictor;
use super::tree::Tree;
use rand::Rng;

/// Grows a tree that tells the first `n_real` rows from all others, by Gini impurity. A leaf has none of the first, or
/// at least `settings.leaf_rows` of them from as many people: where only the imitation is, a leaf may be as pure as it
/// will.
///
/// # Cost
/// O(rows · predictors) per level of the tree.
///
/// # Source
/// The discriminator of adversarial random forests, Watson et al. 2023 (`watson2023`).
#[must_use]
pub fn grow_contrast(
    predictors: &[Predictor<'_>],
    n_real: usize,
    bag: &Bag,
    subjects: Option<&[u32]>,
    settings: &GrowSettings,
    rng: &mut impl Rng,
) -> Tree {
    let mut target = Contrast {
        predictors,
        n_real: n_real as u32,
        weights: &bag.weights,
        subjects,
        least: settings.leaf_rows,
        bins: Box::new([Bin::default(); 256]),
        order: Vec::new(),
    };
    grow(predictors, bag.rows.clone(), None, settings, rng, &mut target)
}

struct Contrast<'a> {
    predictors: &'a [Predictor<'a>],
    n_real: u32,
    weights: &'a [u8],
    subjects: Option<&'a [u32]>,
    least: usize,
    bins: Box<[Bin; 256]>,
    order: Vec<u8>,
}

/// What lies in a bin, or on a side of a cut.
#[derive(Clone, Copy, Default)]
struct Bin {
    /// Rows of the table, draws of the bag counted, and of the imitation.
    real: u64,
    other: u64,
    /// Different rows of the table, and of either.
    real_rows: u32,
    rows: u32,
}

impl Bin {
    fn add(&mut self, more: Self) {
        self.real += more.real;
        self.other += more.other;
        self.real_rows += more.real_rows;
        self.rows += more.rows;
    }

    fn without(self, part: Self) -> Self {
        Self {
            real: self.real - part.real,
            other: self.other - part.other,
            real_rows: self.real_rows - part.real_rows,
            rows: self.rows - part.rows,
        }
    }

    fn score(self) -> f64 {
        let (real, other) = (self.real as f64, self.other as f64);
        (real * real + other * other) / (real + other)
    }

    fn may_be_leaf(self, least: usize) -> bool {
        self.rows as usize >= least && (self.real_rows == 0 || self.real_rows as usize >= least)
    }
}

impl Target for Contrast<'_> {
    fn best(&mut self, rows: &[u32], features: &[usize]) -> Option<Found> {
        let mut best: Option<Found> = None;
        for &feature in features {
            let predictor = &self.predictors[feature];
            let all = self.fill(predictor, rows);
            if all.real == 0 || all.other == 0 {
                return None; // Pure.
            }
            let present: Vec<u8> = (0..=255_u8).filter(|&bin| self.bins[usize::from(bin)].rows > 0).collect();
            let mut consider = |gain: f64, rule: FoundRule| {
                if gain > all.score() * 1e-12 && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Found { gain, feature, rule });
                }
            };
            if predictor.ordered {
                let n_missing = present.iter().filter(|&&bin| usize::from(bin) < predictor.n_missing).count();
                let sides: &[bool] = if n_missing > 0 { &[true, false] } else { &[false] };
                for &missing_left in sides {
                    // Kinds of missing stay together, first (they go left) or last (they go right).
                    self.order.clear();
                    self.order.extend(&present[if missing_left { 0 } else { n_missing }..]);
                    let inside = if missing_left { n_missing } else { 0 };
                    let below = predictor.n_missing.saturating_sub(1) as u8;
                    self.sweep(all, |done, gain, order| {
                        if done >= inside {
                            // With missing left alone, the cut lies below every value.
                            let cut = if missing_left && done == n_missing { below } else { order[done - 1] };
                            consider(gain, FoundRule::Cut { cut, missing_left });
                        }
                    });
                }
            } else {
                self.order.clone_from(&present);
                let bins = &self.bins;
                let share = |bin: u8| {
                    let bin = bins[usize::from(bin)];
                    bin.real as f64 / (bin.real + bin.other) as f64
                };
                self.order.sort_by(|&a, &b| share(a).total_cmp(&share(b)).then(a.cmp(&b)));
                let bins = self.bins.clone();
                self.sweep(all, |done, gain, order| {
                    let left: u32 = order[..done].iter().map(|&bin| bins[usize::from(bin)].rows).sum();
                    // Bins that the node has not seen go with the larger side.
                    let mut set = if 2 * left >= all.rows { [u64::MAX; 4] } else { [0; 4] };
                    for (at, &bin) in order.iter().enumerate() {
                        let (word, bit) = (usize::from(bin >> 6), 1 << (bin & 63));
                        set[word] = if at < done { set[word] | bit } else { set[word] & !bit };
                    }
                    consider(gain, FoundRule::Subset(set));
                });
            }
        }
        best
    }

    fn admits(&self, rows: &[u32]) -> bool {
        let Some(subjects) = self.subjects else { return true };
        let mut seen: Vec<u32> =
            rows.iter().filter(|&&row| row < self.n_real).map(|&row| subjects[row as usize]).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.is_empty() || seen.len() >= self.least
    }

    fn seeks_on(&self) -> bool {
        true
    }

    fn leaf(&mut self, _: u32, _: &[u32]) {}
}

impl Contrast<'_> {
    /// Counts the bins of a node; their sum.
    fn fill(&mut self, predictor: &Predictor<'_>, rows: &[u32]) -> Bin {
        self.bins.fill(Bin::default());
        for &row in rows {
            let bin = &mut self.bins[usize::from(predictor.bins[row as usize])];
            let weight = u64::from(self.weights[row as usize]);
            bin.rows += 1;
            if row < self.n_real {
                bin.real += weight;
                bin.real_rows += 1;
            } else {
                bin.other += weight;
            }
        }
        let mut all = Bin::default();
        self.bins.iter().for_each(|&bin| all.add(bin));
        all
    }

    /// Moves the bins of `order` to the left one by one and calls `see(moved, gain, order)` where both sides may be
    /// leaves. Bins that are not in `order` are on the right.
    fn sweep(&self, all: Bin, mut see: impl FnMut(usize, f64, &[u8])) {
        let mut left = Bin::default();
        for done in 1..=self.order.len() {
            left.add(self.bins[usize::from(self.order[done - 1])]);
            let right = all.without(left);
            if left.may_be_leaf(self.least) && right.may_be_leaf(self.least) {
                see(done, left.score() + right.score() - all.score(), &self.order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::Rule;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    const SETTINGS: GrowSettings =
        GrowSettings { leaf_rows: 10, leaf_subjects: 1, depth: 20, predictor_share: 1.0, least_gain: 0.0 };

    /// Real rows have equal bins in both variables, the imitation any.
    fn rows(n: usize) -> (Vec<u8>, Vec<u8>) {
        let at = |row: usize| (row * 7 % 40) as u8;
        let a = (0..2 * n).map(at).collect();
        let b = (0..2 * n).map(|row| if row < n { at(row) } else { (row * 11 % 37) as u8 }).collect();
        (a, b)
    }

    #[test]
    fn a_diagonal_is_cut_out_and_no_leaf_holds_few_real_rows() {
        let n = 2000;
        let (a, b) = rows(n);
        let predictor = |bins| Predictor { bins, n_bins: 40, n_missing: 0, ordered: true };
        for ordered in [true, false] {
            let predictors = [Predictor { ordered, ..predictor(&a) }, predictor(&b)];
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let tree = grow_contrast(&predictors, n, &Bag::all(2 * n), None, &SETTINGS, &mut rng);
            let mut leaves = std::collections::BTreeMap::<u32, (usize, usize)>::new();
            for row in 0..2 * n {
                let entry = leaves.entry(tree.leaf(&[&a, &b], row)).or_default();
                if row < n { entry.0 += 1 } else { entry.1 += 1 }
            }
            assert!(leaves.values().all(|&(real, _)| real == 0 || real >= 10), "{leaves:?}");
            let pure: usize = leaves.values().filter(|(real, _)| *real == 0).map(|(_, other)| other).sum();
            assert!(pure > n / 2, "{pure} of {n} imitated rows lie where no real row is");
            assert_eq!(leaves.len(), tree.nodes.iter().filter(|node| node.rule == Rule::Leaf).count());
        }
    }

    #[test]
    fn leaves_count_people_and_missing_bins_stay_together() {
        let n = 400;
        let (a, _) = rows(n);
        // Real rows are missing (bins 0 and 1) in half of the cases, the imitation never.
        let b: Vec<u8> = (0..2 * n).map(|row| if row < n { (row % 4).min(2) as u8 } else { 2 }).collect();
        let predictors = [
            Predictor { bins: &b, n_bins: 3, n_missing: 2, ordered: true },
            Predictor { bins: &a, n_bins: 40, n_missing: 0, ordered: true },
        ];
        let grown = |subjects: Option<&[u32]>| {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            grow_contrast(&predictors, n, &Bag::all(2 * n), subjects, &SETTINGS, &mut rng)
        };
        let Rule::Cut { cut: 1, n_missing: 2, missing_left: true } = grown(None).nodes[0].rule else {
            panic!("missing against present: {:?}", grown(None).nodes[0])
        };
        // All real rows are one person: no cut leaves ten people on a side.
        assert!(grown(Some(&vec![0; n])).nodes.len() <= 3, "only cuts with no real row on a side");
    }
}
