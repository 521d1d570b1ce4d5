//! What is the chance of each level, given the predictors?

use super::class_split::ClassSearch;
use super::grow::{Bag, Found, GrowSettings, Target, grow};
use super::predictor::Predictor;
use super::tree::{BrokenTree, Rule, Tree};
use rand::{Rng, RngExt as _};

/// A tree whose leaves keep how many rows of the bag had each class.
///
/// The chance of class `c` in a leaf with `n` rows is `(n_c + m π_c) / (n + m)`, where `π` is the same estimate in the
/// node above and `m` is the back-off: the fewer rows, the more the wider neighbourhood speaks.
///
/// # Source
/// Classification trees: `breiman1984`; drawing synthetic values from their leaves: `reiter2005`; shrinking towards
/// the ancestors: m-estimates, `cestnik1990`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassTree {
    tree: Tree,
    /// Class of each entry; the entries of a leaf stand together and ascend, leaves stand in depth-first order.
    classes: Vec<u16>,
    /// Rows up to and with each entry.
    running: Vec<u32>,
    /// First and past-last entry of each node.
    ranges: Vec<(u32, u32)>,
    parents: Vec<u32>,
}

/// A class tree as plain arrays, for files.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassTreeParts {
    /// Decisions.
    pub tree: Tree,
    /// Number of entries of each leaf, in depth-first order of leaves.
    pub entries_per_leaf: Vec<u32>,
    /// Class of each entry.
    pub classes: Vec<u16>,
    /// Rows of each entry, at least 1.
    pub counts: Vec<u32>,
}

impl ClassTree {
    /// Grows a tree for `labels` (one per row, below `n_classes`) on the rows of `bag`.
    ///
    /// # Cost
    /// O(rows · predictors) per level of the tree.
    #[must_use]
    pub fn grow(
        predictors: &[Predictor<'_>],
        labels: &[u16],
        n_classes: usize,
        bag: &Bag,
        subjects: Option<&[u32]>,
        settings: &GrowSettings,
        rng: &mut impl Rng,
    ) -> Self {
        let mut target = ClassTarget {
            predictors,
            labels,
            weights: &bag.weights,
            n_classes,
            leaf_rows: settings.leaf_rows,
            search: ClassSearch::default(),
            counts: vec![0; n_classes],
            parts: ClassTreeParts {
                tree: Tree::default(),
                entries_per_leaf: Vec::new(),
                classes: Vec::new(),
                counts: Vec::new(),
            },
        };
        let tree = grow(predictors, bag.rows.clone(), subjects, settings, rng, &mut target);
        let parts = ClassTreeParts { tree, ..target.parts };
        Self::assemble(parts)
    }

    /// Rebuilds a tree from its arrays.
    ///
    /// # Errors
    /// [`BrokenTree`] when they do not fit together, `n_predictors` or `n_classes`.
    pub fn from_parts(
        parts: ClassTreeParts,
        n_predictors: usize,
        n_classes: usize,
    ) -> Result<Self, BrokenTree> {
        parts.tree.check(n_predictors)?;
        let leaves = parts.tree.nodes.iter().filter(|node| node.rule == Rule::Leaf).count();
        let entries: u64 = parts.entries_per_leaf.iter().map(|&n| u64::from(n)).sum();
        let total: u64 = parts.counts.iter().map(|&n| u64::from(n)).sum();
        let sound = parts.entries_per_leaf.len() == leaves
            && parts.entries_per_leaf.iter().all(|&n| n > 0)
            && entries == parts.classes.len() as u64
            && parts.counts.len() == parts.classes.len()
            && parts.counts.iter().all(|&n| n > 0)
            && u32::try_from(total).is_ok()
            && parts.classes.iter().all(|&class| usize::from(class) < n_classes);
        if sound { Ok(Self::assemble(parts)) } else { Err(BrokenTree) }
    }

    /// The arrays of the tree.
    #[must_use]
    pub fn to_parts(&self) -> ClassTreeParts {
        let mut before = 0;
        let counts = self
            .running
            .iter()
            .map(|&running| {
                let count = running - before;
                before = running;
                count
            })
            .collect();
        let entries_per_leaf = leaves_in_order(&self.tree)
            .into_iter()
            .map(|leaf| self.ranges[leaf as usize].1 - self.ranges[leaf as usize].0)
            .collect();
        ClassTreeParts { tree: self.tree.clone(), entries_per_leaf, classes: self.classes.clone(), counts }
    }

    /// The decisions.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Draws a class from leaf `leaf` at quantile `u` in `[0, 1)`; `is_forbidden` classes are given no chance and the
    /// others are scaled up. Widens to the ancestors when a leaf has no allowed class; `None` when the whole tree has
    /// none.
    pub fn draw(
        &self,
        leaf: u32,
        u: f64,
        backoff: f64,
        is_forbidden: impl Fn(u16) -> bool,
        rng: &mut impl Rng,
    ) -> Option<u16> {
        let mut u = u;
        // Drawing again after a forbidden class is renormalising; most tries succeed at once.
        for _ in 0..MOST_TRIES {
            let class = self.draw_any(leaf, u, backoff);
            if !is_forbidden(class) {
                return Some(class);
            }
            u = rng.random();
        }
        let mut node = leaf;
        loop {
            let (first, end) = self.ranges[node as usize];
            let allowed = |at: u32| {
                let before = if at == 0 { 0 } else { self.running[at as usize - 1] };
                if is_forbidden(self.classes[at as usize]) {
                    0
                } else {
                    u64::from(self.running[at as usize] - before)
                }
            };
            let total: u64 = (first..end).map(allowed).sum();
            if total > 0 {
                let mut left = rng.random_range(0..total);
                for at in first..end {
                    let rows = allowed(at);
                    if left < rows {
                        return Some(self.classes[at as usize]);
                    }
                    left -= rows;
                }
            }
            if node == 0 {
                return None;
            }
            node = self.parents[node as usize];
        }
    }

    /// The chance of `class` in leaf `leaf`, with back-off up to the root.
    #[must_use]
    pub fn chance(&self, leaf: u32, class: u16, backoff: f64) -> f64 {
        let (first, end) = self.ranges[leaf as usize];
        let rows: u64 = (first..end)
            .filter(|&at| self.classes[at as usize] == class)
            .map(|at| {
                u64::from(self.running[at as usize] - if at == 0 { 0 } else { self.running[at as usize - 1] })
            })
            .sum();
        let total = self.weight(leaf);
        if leaf == 0 {
            return rows as f64 / total;
        }
        let above = self.chance(self.parents[leaf as usize], class, backoff);
        (rows as f64 + backoff * above) / (total + backoff)
    }

    /// Rows of the bag behind a node, draws counted.
    #[must_use]
    pub fn weight(&self, node: u32) -> f64 {
        let (first, end) = self.ranges[node as usize];
        let before = if first == 0 { 0 } else { self.running[first as usize - 1] };
        f64::from(self.running[end as usize - 1] - before)
    }

    fn draw_any(&self, leaf: u32, u: f64, backoff: f64) -> u16 {
        let (mut node, mut u) = (leaf, u);
        loop {
            let weight = self.weight(node);
            let above = if node == 0 { 0.0 } else { backoff / (weight + backoff) };
            if u >= above {
                let (first, end) = self.ranges[node as usize];
                let before = if first == 0 { 0 } else { self.running[first as usize - 1] };
                let point = f64::from(before) + weight * (u - above) / (1.0 - above);
                let entries = &self.running[first as usize..end as usize];
                let at =
                    entries.partition_point(|&running| f64::from(running) <= point).min(entries.len() - 1);
                return self.classes[first as usize + at];
            }
            u /= above;
            node = self.parents[node as usize];
        }
    }

    fn assemble(parts: ClassTreeParts) -> Self {
        let ClassTreeParts { tree, entries_per_leaf, classes, counts } = parts;
        let mut total = 0;
        let running = counts
            .iter()
            .map(|&count| {
                total += count;
                total
            })
            .collect();
        let mut ranges = vec![(0, 0); tree.nodes.len()];
        let mut first = 0;
        for (leaf, &entries) in leaves_in_order(&tree).into_iter().zip(&entries_per_leaf) {
            ranges[leaf as usize] = (first, first + entries);
            first += entries;
        }
        for at in (0..tree.nodes.len()).rev() {
            let node = &tree.nodes[at];
            if node.rule != Rule::Leaf {
                ranges[at] = (ranges[node.left as usize].0, ranges[node.left as usize + 1].1);
            }
        }
        let parents = tree.parents();
        Self { tree, classes, running, ranges, parents }
    }
}

/// Rejected draws before the allowed classes of a leaf are added up.
const MOST_TRIES: usize = 12;

/// Leaves from left to right.
pub(super) fn leaves_in_order(tree: &Tree) -> Vec<u32> {
    let mut open = vec![0_u32];
    let mut leaves = Vec::new();
    while let Some(at) = open.pop() {
        let node = &tree.nodes[at as usize];
        if node.rule == Rule::Leaf {
            leaves.push(at);
        } else {
            open.extend([node.left + 1, node.left]);
        }
    }
    leaves
}

struct ClassTarget<'a> {
    predictors: &'a [Predictor<'a>],
    labels: &'a [u16],
    weights: &'a [u8],
    n_classes: usize,
    leaf_rows: usize,
    search: ClassSearch,
    counts: Vec<u32>,
    parts: ClassTreeParts,
}

impl Target for ClassTarget<'_> {
    fn best(&mut self, rows: &[u32], features: &[usize]) -> Option<Found> {
        self.search.best(
            self.predictors,
            features,
            rows,
            self.labels,
            self.weights,
            self.n_classes,
            self.leaf_rows,
        )
    }

    fn leaf(&mut self, _: u32, rows: &[u32]) {
        let mut present = Vec::new();
        for &row in rows {
            let class = self.labels[row as usize];
            let count = &mut self.counts[usize::from(class)];
            if *count == 0 {
                present.push(class);
            }
            *count += u32::from(self.weights[row as usize]);
        }
        present.sort_unstable();
        self.parts.entries_per_leaf.push(present.len() as u32);
        for class in present {
            self.parts.classes.push(class);
            self.parts.counts.push(std::mem::take(&mut self.counts[usize::from(class)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    const SETTINGS: GrowSettings =
        GrowSettings { leaf_rows: 5, leaf_subjects: 1, depth: 20, predictor_share: 1.0, least_gain: 0.0 };

    /// Two predictors: `x` decides the class with a missing bin of its own, `z` is noise.
    fn example() -> (Vec<u8>, Vec<u8>, Vec<u16>) {
        let n = 400;
        let x: Vec<u8> = (0..n).map(|row| (row % 10) as u8).collect();
        let z: Vec<u8> = (0..n).map(|row| (row * 7 % 11) as u8).collect();
        let labels = x.iter().map(|&bin| if bin == 0 { 2 } else { u16::from(bin > 5) }).collect();
        (x, z, labels)
    }

    fn grown(ordered: bool) -> (ClassTree, Vec<u8>, Vec<u8>, Vec<u16>) {
        let (x, z, labels) = example();
        let predictors = [
            Predictor { bins: &z, n_bins: 11, n_missing: 0, ordered: true },
            Predictor { bins: &x, n_bins: 10, n_missing: usize::from(ordered), ordered },
        ];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let tree = ClassTree::grow(&predictors, &labels, 3, &Bag::all(400), None, &SETTINGS, &mut rng);
        (tree, x, z, labels)
    }

    #[test]
    fn a_rule_is_learned_exactly() {
        for ordered in [true, false] {
            let (tree, x, z, labels) = grown(ordered);
            for (row, &label) in labels.iter().enumerate() {
                let leaf = tree.tree().leaf(&[&z, &x], row);
                assert_eq!(tree.chance(leaf, label, 0.0), 1.0, "row {row}, ordered {ordered}");
            }
        }
    }

    #[test]
    fn draws_follow_the_chances_and_obey_masks() {
        let (tree, x, z, _) = grown(true);
        let leaf = tree.tree().leaf(&[&z, &x], 1);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let n = 20_000;
        let mut hits = [0_usize; 3];
        for i in 0..n {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            hits[usize::from(tree.draw(leaf, u, 2.0, |_| false, &mut rng).unwrap())] += 1;
        }
        for class in 0..3 {
            let want = tree.chance(leaf, class, 2.0) * f64::from(n);
            let got = hits[usize::from(class)] as f64;
            assert!((got - want).abs() <= 8.0, "class {class}: {got} draws, {want:.1} expected (stratified)");
        }
        assert_eq!(
            tree.draw(leaf, 0.5, 0.0, |class| class != 1, &mut rng),
            Some(1),
            "only class 1 is allowed"
        );
        assert_eq!(tree.draw(leaf, 0.5, 0.0, |_| true, &mut rng), None);
    }

    #[test]
    fn arrays_rebuild_the_tree_and_damage_is_refused() {
        let (tree, ..) = grown(false);
        let parts = tree.to_parts();
        assert_eq!(ClassTree::from_parts(parts.clone(), 2, 3).unwrap(), tree);
        let damaged: [fn(&mut ClassTreeParts); 4] = [
            |parts| parts.classes[0] = 3,
            |parts| parts.counts[0] = 0,
            |parts| parts.tree.nodes[0].left = 0,
            |parts| parts.entries_per_leaf[0] += 1,
        ];
        for damage in damaged {
            let mut parts = parts.clone();
            damage(&mut parts);
            assert_eq!(ClassTree::from_parts(parts, 2, 3), Err(BrokenTree));
        }
    }

    #[test]
    fn leaves_are_never_thinner_than_asked() {
        let (x, z, labels) = example();
        let predictors = [
            Predictor { bins: &z, n_bins: 11, n_missing: 0, ordered: true },
            Predictor { bins: &x, n_bins: 10, n_missing: 1, ordered: true },
        ];
        let subjects: Vec<u32> = (0..400).map(|row| row / 4).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let bag = Bag::bootstrap(400, Some(&subjects), &mut rng);
        let settings = GrowSettings { leaf_rows: 20, leaf_subjects: 11, ..SETTINGS };
        let tree = ClassTree::grow(&predictors, &labels, 3, &bag, Some(&subjects), &settings, &mut rng);
        let mut people = std::collections::BTreeMap::<u32, std::collections::BTreeSet<u32>>::new();
        for &row in &bag.rows {
            people
                .entry(tree.tree().leaf(&[&z, &x], row as usize))
                .or_default()
                .insert(subjects[row as usize]);
        }
        assert!(people.values().all(|people| people.len() >= 11));
    }
}
