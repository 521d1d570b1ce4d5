//! Where among its training values does a value lie, given the predictors?

use super::class_tree::leaves_in_order;
use super::grow::{Bag, Found, GrowSettings, Target, grow};
use super::predictor::Predictor;
use super::rank_split::RankSearch;
use super::tree::{BrokenTree, Rule, Tree};

/// A tree whose leaves keep quantile knots of ranks: at most 33, and no more than half as many as rows, so
/// that no knot need be a row.
#[derive(Clone, Debug, PartialEq)]
pub struct RankTree {
    tree: Tree,
    knots: Vec<f32>,
    /// First and past-last knot of each leaf (empty for other nodes).
    ranges: Vec<(u32, u32)>,
}

/// A rank tree as plain arrays, for files.
#[derive(Clone, Debug, PartialEq)]
pub struct RankTreeParts {
    /// Decisions.
    pub tree: Tree,
    /// Number of knots of each leaf, in depth-first order of leaves.
    pub knots_per_leaf: Vec<u32>,
    /// Ranks at equally spaced probabilities, ascending within a leaf.
    pub knots: Vec<f32>,
}

/// Most knots in a leaf.
const MOST_KNOTS: usize = 33;

impl RankTree {
    /// Grows a tree for `ranks` on the rows of `bag` for which `is_member` holds.
    ///
    /// # Shapes and units
    /// `ranks: [n_rows]` in whole or half ranks, at least 0.
    #[must_use]
    pub fn grow(
        predictors: &[Predictor<'_>],
        ranks: &[f32],
        is_member: impl Fn(usize) -> bool,
        bag: &Bag,
        subjects: Option<&[u32]>,
        settings: &GrowSettings,
        rng: &mut impl rand::Rng,
    ) -> Self {
        let doubled: Vec<u32> = ranks.iter().map(|rank| (2.0 * rank).round() as u32).collect();
        let rows: Vec<u32> = bag.rows.iter().copied().filter(|&row| is_member(row as usize)).collect();
        let mut target = RankTarget {
            predictors,
            doubled: &doubled,
            weights: &bag.weights,
            leaf_rows: settings.leaf_rows,
            least_gain: settings.least_gain,
            search: RankSearch::default(),
            knots: Vec::new(),
            knots_per_leaf: Vec::new(),
        };
        let tree = grow(predictors, rows, subjects, settings, rng, &mut target);
        Self::assemble(RankTreeParts { tree, knots_per_leaf: target.knots_per_leaf, knots: target.knots })
    }

    /// Rebuilds a tree from its arrays.
    ///
    /// # Errors
    /// [`BrokenTree`] when they do not fit together or a knot is outside `[0, n_ranks]`.
    pub fn from_parts(parts: RankTreeParts, n_predictors: usize, n_ranks: usize) -> Result<Self, BrokenTree> {
        parts.tree.check(n_predictors)?;
        let leaves = parts.tree.nodes.iter().filter(|node| node.rule == Rule::Leaf).count();
        let total: u64 = parts.knots_per_leaf.iter().map(|&n| u64::from(n)).sum();
        let sound = parts.knots_per_leaf.len() == leaves
            && parts.knots_per_leaf.iter().all(|&n| n > 0)
            && total == parts.knots.len() as u64
            && parts.knots.iter().all(|knot| (0.0..=n_ranks as f32).contains(knot));
        if sound { Ok(Self::assemble(parts)) } else { Err(BrokenTree) }
    }

    /// The arrays of the tree.
    #[must_use]
    pub fn to_parts(&self) -> RankTreeParts {
        let knots_per_leaf = leaves_in_order(&self.tree)
            .into_iter()
            .map(|leaf| self.ranges[leaf as usize].1 - self.ranges[leaf as usize].0)
            .collect();
        RankTreeParts { tree: self.tree.clone(), knots_per_leaf, knots: self.knots.clone() }
    }

    /// The decisions.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The rank at quantile `u` in `[0, 1)` of leaf `leaf`, between its knots.
    #[must_use]
    pub fn quantile(&self, leaf: u32, u: f64) -> f32 {
        let (first, end) = self.ranges[leaf as usize];
        let knots = &self.knots[first as usize..end as usize];
        let place = u * (knots.len() - 1) as f64;
        let at = (place as usize).min(knots.len().saturating_sub(2));
        let next = knots[(at + 1).min(knots.len() - 1)];
        knots[at] + (place - at as f64) as f32 * (next - knots[at])
    }

    /// Share of leaf `leaf` at ranks up to `rank`: the inverse of [`quantile`](Self::quantile).
    #[must_use]
    pub fn share_below(&self, leaf: u32, rank: f32) -> f64 {
        let (first, end) = self.ranges[leaf as usize];
        let knots = &self.knots[first as usize..end as usize];
        let after = knots.partition_point(|&knot| knot <= rank);
        if after == 0 {
            return 0.0;
        }
        if after == knots.len() {
            return 1.0;
        }
        let (low, high) = (knots[after - 1], knots[after]);
        (after as f64 - 1.0 + f64::from((rank - low) / (high - low))) / (knots.len() - 1) as f64
    }

    fn assemble(parts: RankTreeParts) -> Self {
        let mut ranges = vec![(0, 0); parts.tree.nodes.len()];
        let mut first = 0;
        for (leaf, &knots) in leaves_in_order(&parts.tree).into_iter().zip(&parts.knots_per_leaf) {
            ranges[leaf as usize] = (first, first + knots);
            first += knots;
        }
        Self { tree: parts.tree, knots: parts.knots, ranges }
    }
}

struct RankTarget<'a> {
    predictors: &'a [Predictor<'a>],
    doubled: &'a [u32],
    weights: &'a [u8],
    leaf_rows: usize,
    least_gain: f64,
    search: RankSearch,
    knots: Vec<f32>,
    knots_per_leaf: Vec<u32>,
}

impl Target for RankTarget<'_> {
    fn best(&mut self, rows: &[u32], features: &[usize]) -> Option<Found> {
        self.search.best(
            self.predictors,
            features,
            rows,
            self.doubled,
            self.weights,
            self.leaf_rows,
            self.least_gain,
        )
    }

    fn leaf(&mut self, _: u32, rows: &[u32]) {
        let mut sorted: Vec<f32> = rows
            .iter()
            .flat_map(|&row| {
                let rank = self.doubled[row as usize] as f32 * 0.5;
                std::iter::repeat_n(rank, usize::from(self.weights[row as usize]))
            })
            .collect();
        sorted.sort_by(f32::total_cmp);
        if sorted.is_empty() {
            sorted.push(0.0);
        }
        let knots = (1 + rows.len() / 2).clamp(1, MOST_KNOTS);
        self.knots_per_leaf.push(knots as u32);
        for at in 0..knots {
            // The quantile at at / (knots - 1), between neighbours.
            let place =
                if knots == 1 { 0.5 } else { at as f64 / (knots - 1) as f64 } * (sorted.len() - 1) as f64;
            let below = place as usize;
            let above = (below + 1).min(sorted.len() - 1);
            self.knots.push(sorted[below] + (place - below as f64) as f32 * (sorted[above] - sorted[below]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    const SETTINGS: GrowSettings =
        GrowSettings { leaf_rows: 20, leaf_subjects: 1, depth: 20, predictor_share: 1.0, least_gain: 0.0 };

    #[test]
    fn leaves_hold_the_quantiles_of_their_rows() {
        // The predictor halves the ranks: 0..500 on the left, 500..1000 on the right.
        let ranks: Vec<f32> = (0..1000).map(|row| row as f32 + 0.5).collect();
        let half: Vec<u8> = (0..1000).map(|row| u8::from(row >= 500)).collect();
        let predictors = [Predictor { bins: &half, n_bins: 2, n_missing: 0, ordered: true }];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let tree = RankTree::grow(&predictors, &ranks, |_| true, &Bag::all(1000), None, &SETTINGS, &mut rng);
        let leaf = tree.tree().leaf(&[&half], 0);
        for (u, want) in [(0.0, 0.5), (0.5, 250.0), (0.999_999, 499.5)] {
            assert!((tree.quantile(leaf, u) - want).abs() < 1.0, "quantile {u}, by hand {want}");
            assert!((tree.share_below(leaf, want) - u).abs() < 0.01);
        }
        assert_eq!(tree.knots.len(), 2 * MOST_KNOTS, "500 rows become 33 knots");
        let parts = tree.to_parts();
        assert_eq!(RankTree::from_parts(parts.clone(), 1, 1000).unwrap(), tree);
        assert!(RankTree::from_parts(RankTreeParts { knots: vec![2000.0; 66], ..parts }, 1, 1000).is_err());
    }
}
