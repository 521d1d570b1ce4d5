//! How are boosted trees written as plain arrays and read back without trust?

use super::boost::Boosted;
use super::tree::{Node, Tree};
use super::{Binning, Target};
use std::sync::Arc;

/// Boosted trees as plain arrays, for files. Trees stand round by round, one per score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoostedParts {
    /// Scores before any tree: one per class, one alone for yes/no and numbers.
    pub start: Vec<f32>,
    /// Leaves of each tree; a tree has one node less.
    pub leaves_per_tree: Vec<u32>,
    /// Column that each node asks for.
    pub features: Vec<u32>,
    /// Codes that go left, a bit each: eight words per node, lowest first.
    pub left_sets: Vec<u32>,
    /// Children of each node, left then right: node numbers within the tree, or `u32::MAX - leaf`.
    pub children: Vec<u32>,
    /// Values of leaves.
    pub values: Vec<f32>,
}

/// Arrays that do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the arrays of the boosted trees do not fit together")]
pub struct BrokenParts;

impl Boosted {
    /// The arrays of the model; scores are rounded to 32 bits.
    #[must_use]
    pub fn to_parts(&self) -> BoostedParts {
        let mut parts = BoostedParts {
            start: self.start.iter().map(|&score| score as f32).collect(),
            ..BoostedParts::default()
        };
        for tree in &self.trees {
            parts.leaves_per_tree.push(tree.leaves.len() as u32);
            parts.values.extend(tree.leaves.iter().map(|&value| value as f32));
            for node in &tree.nodes {
                parts.features.push(node.feature);
                parts.left_sets.extend(node.left.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]));
                // `!leaf` of a 32-bit leaf number is `u32::MAX - leaf`.
                parts.children.extend(node.children.map(|child| child as u32));
            }
        }
        parts
    }

    /// Rebuilds a model of `target`'s kind on columns coded by `binning`.
    ///
    /// # Errors
    /// [`BrokenParts`] when the arrays do not fit together, the columns or the number of classes, or when a walk could
    /// run in a circle.
    pub fn from_parts(
        parts: &BoostedParts,
        binning: &Arc<Binning>,
        target: &Target<'_>,
    ) -> Result<Self, BrokenParts> {
        let link = target.link();
        let width = match target {
            Target::Classes { n_classes, .. } => *n_classes,
            Target::Binary(_) | Target::Number(_) => 1,
        };
        let BoostedParts { start, leaves_per_tree, features, left_sets, children, values } = parts;
        let leaves: u64 = leaves_per_tree.iter().map(|&leaves| u64::from(leaves)).sum();
        let nodes = leaves.saturating_sub(leaves_per_tree.len() as u64);
        let fits = start.len() == width
            && width > 0
            && leaves_per_tree.len().is_multiple_of(width)
            && leaves_per_tree.iter().all(|&leaves| leaves > 0)
            && values.len() as u64 == leaves
            && features.len() as u64 == nodes
            && left_sets.len() == 8 * features.len()
            && children.len() == 2 * features.len()
            && features.iter().all(|&feature| (feature as usize) < binning.n_columns())
            && start.iter().chain(values).all(|score| score.is_finite());
        if !fits {
            return Err(BrokenParts);
        }
        let (mut node, mut leaf) = (0, 0);
        let trees = leaves_per_tree
            .iter()
            .map(|&n_leaves| {
                let (first, n_nodes) = (node, n_leaves as usize - 1);
                node += n_nodes;
                let own = leaf..leaf + n_leaves as usize;
                leaf = own.end;
                let nodes = (first..node)
                    .map(|at| {
                        let children = [children[2 * at] as i32, children[2 * at + 1] as i32];
                        let legal = |child: i32| match child {
                            // A child stands after its parent, so that every walk ends.
                            0.. => (child as usize) > at - first && (child as usize) < n_nodes,
                            _ => (!child as usize) < n_leaves as usize,
                        };
                        let words = &left_sets[8 * at..8 * at + 8];
                        let left = std::array::from_fn(|word| {
                            u64::from(words[2 * word]) | u64::from(words[2 * word + 1]) << 32
                        });
                        let node = Node { left, feature: features[at], children };
                        if children.into_iter().all(legal) { Ok(node) } else { Err(BrokenParts) }
                    })
                    .collect::<Result<_, _>>()?;
                Ok(Tree { nodes, leaves: values[own].iter().map(|&value| f64::from(value)).collect() })
            })
            .collect::<Result<_, _>>()?;
        let start = start.iter().map(|&score| f64::from(score)).collect();
        let gain = vec![0.0; binning.n_columns()];
        Ok(Self { binning: Arc::clone(binning), link, start, trees, gain })
    }

    /// The same model as it reads back from its arrays, without what importance it measured.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let round = |score: &mut f64| *score = f64::from(*score as f32);
        self.start.iter_mut().for_each(round);
        self.trees.iter_mut().flat_map(|tree| &mut tree.leaves).for_each(round);
        self.gain.fill(0.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Binned, Boosting, Feature, Sample};
    use super::*;

    fn fitted(target: Target<'_>) -> (Binned, Boosted) {
        let x: Vec<f64> = (0..300).map(f64::from).collect();
        let levels: Vec<u32> = (0..300).map(|row| row % 5).collect();
        let data = Binned::new(&[Feature::Number(&x), Feature::Level { codes: &levels, n_levels: 5 }]);
        let model = Boosting { rounds: 12, ..Boosting::default() }.fit(&Sample::all(&data, target)).unwrap();
        (data, model)
    }

    #[test]
    fn parts_read_back_as_the_same_model() {
        let codes: Vec<u32> = (0..300).map(|row| (row / 70 + row % 2) % 3).collect();
        let yes: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
        for target in [Target::Classes { codes: &codes, n_classes: 3 }, Target::Binary(&yes)] {
            let (data, model) = fitted(target);
            let back = Boosted::from_parts(&model.to_parts(), data.binning(), &target).unwrap();
            let rows: Vec<u32> = (0..300).collect();
            let model = model.rounded();
            assert_eq!(back, model);
            assert_eq!(back.predict(&data, &rows), model.predict(&data, &rows));
        }
    }

    #[test]
    fn damaged_parts_are_refused() {
        let yes: Vec<bool> = (0..300).map(|row| row > 100).collect();
        let target = Target::Binary(&yes);
        let (data, model) = fitted(target);
        let whole = model.to_parts();
        let damages: [fn(&mut BoostedParts); 7] = [
            |parts| parts.children[0] = 0,
            |parts| parts.children[1] = u32::MAX - 40,
            |parts| parts.features[0] = 2,
            |parts| _ = parts.values.pop(),
            |parts| _ = parts.left_sets.pop(),
            |parts| parts.start.push(0.0),
            |parts| parts.values[0] = f32::NAN,
        ];
        for damage in damages {
            let mut parts = whole.clone();
            damage(&mut parts);
            assert_eq!(Boosted::from_parts(&parts, data.binning(), &target), Err(BrokenParts));
        }
    }
}
