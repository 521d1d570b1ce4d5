//! How does one tree grow, best leaf first, and where does a row land in it?

use super::Binned;
use super::histogram::{Bin, Packing, count, minus, plus};
use super::split::{Candidate, LeftSet, Limits, Split, best_split};
use std::ops::Range;

/// Rows times columns below which splitting work over threads costs more than it saves.
const PARALLEL_WORK: usize = 1 << 16;

/// A grown tree. Children at or above 0 are nodes, below 0 leaves (`!leaf`).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) left: LeftSet,
    pub(super) feature: u32,
    pub(super) children: [i32; 2],
}

impl Tree {
    /// Value of the leaf that `row` lands in.
    pub(super) fn value(&self, data: &Binned, row: usize) -> f64 {
        if self.nodes.is_empty() {
            return self.leaves[0];
        }
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            let code = data.codes(node.feature as usize)[row];
            let goes_left = node.left[usize::from(code >> 6)] >> (code & 63) & 1;
            match node.children[1 - goes_left as usize] {
                child if child >= 0 => at = child as usize,
                leaf => return self.leaves[!leaf as usize],
            }
        }
    }

    /// Whether any node asks for `feature`.
    pub(super) fn uses(&self, feature: usize) -> bool {
        self.nodes.iter().any(|node| node.feature as usize == feature)
    }
}

/// The columns that may split, and where each one's histogram lies.
pub(super) struct Layout {
    features: Vec<u32>,
    offsets: Vec<usize>,
}

impl Layout {
    /// All columns of `data` with at least two codes among `rows`.
    pub(super) fn new(data: &Binned, rows: &[u32]) -> Self {
        let varies = |column: usize| {
            let codes = data.codes(column);
            rows.first()
                .is_some_and(|&first| rows.iter().any(|&row| codes[row as usize] != codes[first as usize]))
        };
        // Present bins and missing; unseen codes cannot occur among the rows bins were chosen from
        // and are dropped from histograms otherwise.
        let columns = (0..data.n_columns()).filter(|&at| varies(at));
        Self::of(columns.map(|at| (at as u32, data.n_bins(at) + 1)))
    }

    /// The columns with the least `chance`: this share of them, at least one if there is any.
    pub(super) fn draw(&self, share: f64, chance: impl Fn(u32) -> f64) -> Self {
        let mut drawn: Vec<usize> = (0..self.features.len()).collect();
        drawn.sort_by(|&a, &b| chance(self.features[a]).total_cmp(&chance(self.features[b])).then(a.cmp(&b)));
        drawn.truncate(((share * drawn.len() as f64).ceil() as usize).max(1));
        drawn.sort_unstable();
        Self::of(drawn.into_iter().map(|at| (self.features[at], self.offsets[at + 1] - self.offsets[at])))
    }

    /// Columns with the bins of each.
    fn of(columns: impl Iterator<Item = (u32, usize)>) -> Self {
        let (mut features, mut offsets) = (Vec::new(), vec![0]);
        for (feature, n_bins) in columns {
            features.push(feature);
            offsets.push(offsets[offsets.len() - 1] + n_bins);
        }
        Self { features, offsets }
    }

    fn len(&self) -> usize {
        self.offsets[self.features.len()]
    }
}

/// What growing one tree needs.
pub(super) struct Growth<'a> {
    pub(super) data: &'a Binned,
    pub(super) layout: &'a Layout,
    pub(super) packing: &'a Packing,
    pub(super) limits: &'a Limits,
    pub(super) max_leaves: usize,
    pub(super) learning_rate: f64,
}

/// A leaf that may still split.
struct Open {
    rows: Range<usize>,
    sum: Bin,
    l2: f64,
    histogram: Vec<Bin>,
    best: Option<Split>,
    /// Node and side that point here; `None` for the root.
    parent: Option<(usize, usize)>,
}

impl Growth<'_> {
    /// Grows a tree on `rows` and leaves them grouped by leaf; `gradients` is indexed by row, `gain` by column.
    ///
    /// Returns the tree and the range of `rows` in each leaf.
    ///
    /// # Cost
    /// One pass over rows by columns for the root, then over the smaller side of each cut: about
    /// `rows × columns × log2(leaves) / 2` additions of 16 bytes. Memory: 16 bytes per bin of every
    /// column and open leaf, at most 4 KiB × columns × leaves.
    pub(super) fn grow(
        &self,
        rows: &mut [u32],
        gradients: &[Bin],
        spare: &mut Spare,
        gain: &mut [f64],
    ) -> (Tree, Vec<Range<usize>>) {
        let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new() };
        let mut open = vec![self.root(rows, gradients, spare)];
        while open.len() < self.max_leaves {
            // First among equals: leaves stand in the order they were made.
            let Some(at) = (0..open.len())
                .filter(|&at| open[at].best.is_some())
                .reduce(|a, b| if gain_of(&open[b]) > gain_of(&open[a]) { b } else { a })
            else {
                break;
            };
            let Some(split) = open[at].best else { break };
            gain[split.feature as usize] += split.gain;
            let node = tree.nodes.len();
            tree.nodes.push(Node { left: split.left, feature: split.feature, children: [0; 2] });
            if let Some((parent, side)) = open[at].parent {
                tree.nodes[parent].children[side] = node as i32;
            }
            let is_last = open.len() + 1 == self.max_leaves;
            let right = self.divide(&mut open[at], &split, node, rows, gradients, spare, is_last);
            open.push(right);
        }
        for (at, leaf) in open.iter().enumerate() {
            if let Some((parent, side)) = leaf.parent {
                tree.nodes[parent].children[side] = !(at as i32);
            }
            let curvature = (self.packing.curvature(leaf.sum) + leaf.l2).max(1e-300);
            tree.leaves.push(-self.learning_rate * self.packing.gradient(leaf.sum) / curvature);
        }
        let ranges = open.iter().map(|leaf| leaf.rows.clone()).collect();
        spare.histograms.extend(open.into_iter().map(|leaf| leaf.histogram));
        (tree, ranges)
    }

    fn root(&self, rows: &[u32], gradients: &[Bin], spare: &mut Spare) -> Open {
        let sum = rows.iter().fold([0, 0], |sum, &row| plus(sum, gradients[row as usize]));
        let mut histogram = spare.histogram(self.layout.len());
        spare.ordered.clear();
        spare.ordered.extend(rows.iter().map(|&row| gradients[row as usize]));
        let work = Work { growth: self, rows, gradients: &spare.ordered, sums: [sum, [0, 0]], root: true };
        let [best, _] = work.scan(0..self.layout.features.len(), &mut histogram, &mut []);
        Open { rows: 0..rows.len(), sum, l2: self.limits.l2, histogram, best, parent: None }
    }

    /// Splits `leaf` into itself (left) and the returned one (right).
    #[expect(clippy::too_many_arguments, reason = "one place calls it; a struct would only rename locals")]
    fn divide(
        &self,
        leaf: &mut Open,
        split: &Split,
        node: usize,
        rows: &mut [u32],
        gradients: &[Bin],
        spare: &mut Spare,
        is_last: bool,
    ) -> Open {
        let Range { start, end } = leaf.rows;
        let middle = start + self.partition(&mut rows[start..end], split, &mut spare.rows);
        let right_sum = minus(leaf.sum, split.left_sum);
        let mut right = Open {
            rows: middle..end,
            sum: right_sum,
            l2: split.l2,
            histogram: Vec::new(),
            best: None,
            parent: Some((node, 1)),
        };
        leaf.rows = start..middle;
        leaf.sum = split.left_sum;
        leaf.l2 = split.l2;
        leaf.best = None;
        leaf.parent = Some((node, 0));
        if is_last {
            return right;
        }
        // The parent's histogram becomes the larger side's by subtraction; the smaller side is counted.
        let counted = spare.histogram(self.layout.len());
        let (small, large) = if leaf.rows.len() <= right.rows.len() {
            right.histogram = std::mem::replace(&mut leaf.histogram, counted);
            (&mut *leaf, &mut right)
        } else {
            right.histogram = counted;
            (&mut right, &mut *leaf)
        };
        let small_rows = &rows[small.rows.clone()];
        spare.ordered.clear();
        spare.ordered.extend(small_rows.iter().map(|&row| gradients[row as usize]));
        let work = Work {
            growth: self,
            rows: small_rows,
            gradients: &spare.ordered,
            sums: [small.sum, large.sum],
            root: false,
        };
        [small.best, large.best] =
            work.scan(0..self.layout.features.len(), &mut small.histogram, &mut large.histogram);
        right
    }

    /// Moves rows that go left to the front, keeping order on both sides; returns how many.
    fn partition(&self, rows: &mut [u32], split: &Split, aside: &mut Vec<u32>) -> usize {
        let codes = self.data.codes(split.feature as usize);
        aside.clear();
        let mut kept = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            let code = codes[row as usize];
            if split.left[usize::from(code >> 6)] >> (code & 63) & 1 == 1 {
                rows[kept] = row;
                kept += 1;
            } else {
                aside.push(row);
            }
        }
        rows[kept..].copy_from_slice(aside);
        kept
    }
}

fn gain_of(leaf: &Open) -> f64 {
    leaf.best.map_or(f64::NEG_INFINITY, |best| best.gain)
}

/// Buffers that trees hand on to each other.
#[derive(Default)]
pub(super) struct Spare {
    histograms: Vec<Vec<Bin>>,
    ordered: Vec<Bin>,
    rows: Vec<u32>,
}

impl Spare {
    /// A histogram of `len` bins; its content is whatever was there.
    fn histogram(&mut self, len: usize) -> Vec<Bin> {
        let mut histogram = self.histograms.pop().unwrap_or_default();
        histogram.resize(len, [0, 0]);
        histogram
    }
}

/// Counting the smaller side of a cut, subtracting it from the parent, and finding both best cuts.
struct Work<'a> {
    growth: &'a Growth<'a>,
    rows: &'a [u32],
    gradients: &'a [Bin],
    sums: [Bin; 2],
    root: bool,
}

impl Work<'_> {
    /// Best cuts of (small, large) over the columns `range`; the slices hold those columns only. Halves
    /// run on two threads while there is enough work; the lower column wins ties at every merge.
    fn scan(&self, range: Range<usize>, small: &mut [Bin], large: &mut [Bin]) -> [Option<Split>; 2] {
        let columns = range.len();
        if columns >= 2 && (self.rows.len() + 1024) * columns > PARALLEL_WORK {
            let middle = range.start + columns / 2;
            let cut = self.growth.layout.offsets[middle] - self.growth.layout.offsets[range.start];
            let (small_low, small_high) = small.split_at_mut(cut);
            let (large_low, large_high) = large.split_at_mut(if self.root { 0 } else { cut });
            let (low, high) = rayon::join(
                || self.scan(range.start..middle, small_low, large_low),
                || self.scan(middle..range.end, small_high, large_high),
            );
            return [better(low[0], high[0]), better(low[1], high[1])];
        }
        let base = self.growth.layout.offsets[range.start];
        let mut best = [None, None];
        for at in range {
            let slot = self.growth.layout.offsets[at] - base..self.growth.layout.offsets[at + 1] - base;
            let feature = self.growth.layout.features[at];
            let small = &mut small[slot.clone()];
            count(self.growth.data.codes(feature as usize), self.rows, self.gradients, small);
            best[0] = better(best[0], self.best(feature, small, self.sums[0]));
            if !self.root {
                let large = &mut large[slot];
                for (large, small) in large.iter_mut().zip(&*small) {
                    *large = minus(*large, *small);
                }
                best[1] = better(best[1], self.best(feature, large, self.sums[1]));
            }
        }
        best
    }

    fn best(&self, feature: u32, bins: &[Bin], total: Bin) -> Option<Split> {
        let Growth { data, packing, limits, .. } = self.growth;
        if packing.count(total) < 2 * limits.min_rows {
            return None;
        }
        let nominal = data.binning().columns[feature as usize].is_nominal();
        best_split(&Candidate { feature, nominal, bins, total, packing, limits })
    }
}

/// The cut with more gain; the first when equal.
fn better(a: Option<Split>, b: Option<Split>) -> Option<Split> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.gain > a.gain { b } else { a }),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_keeps_the_least_columns_in_order_and_never_none() {
        let layout = Layout::of([(0, 3), (2, 5), (5, 2), (7, 4)].into_iter());
        let drawn = layout.draw(0.5, |column| if column >= 5 { 0.1 } else { 0.9 });
        assert_eq!((drawn.features, drawn.offsets), (vec![5, 7], vec![0, 2, 6]));
        assert_eq!(layout.draw(1.0, f64::from).offsets, layout.offsets, "a share of one draws all");
        assert_eq!(layout.draw(0.01, f64::from).features, [0], "at least one");
        assert!(Layout::of(std::iter::empty()).draw(0.5, f64::from).features.is_empty());
    }
}
