//! What is a tree, and which leaf does a row fall into?

use serde::{Deserialize, Serialize};

/// How a node decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// No decision: a leaf.
    Leaf,
    /// Bins up to `cut` go left; missing bins (below `n_missing`) go left too when `missing_left`.
    Cut {
        /// Last bin that goes left.
        cut: u8,
        /// Number of missing bins.
        n_missing: u8,
        /// Side of the missing bins.
        missing_left: bool,
    },
    /// Bins in the subset with this number go left.
    Subset {
        /// Position in [`Tree::subsets`].
        at: u32,
    },
}

/// One node. The children of node `i` are `left` and `left + 1`; both stand after `i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Decision.
    pub rule: Rule,
    /// Predictor looked at.
    pub feature: u16,
    /// First child; 0 for a leaf.
    pub left: u32,
}

/// A binary tree over binned predictors.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// Nodes, parents before children; the root is node 0.
    pub nodes: Vec<Node>,
    /// Sets of bins, as 256 bits each.
    pub subsets: Vec<[u64; 4]>,
}

/// The nodes of a tree do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tree of the model is inconsistent")]
pub struct BrokenTree;

impl Tree {
    /// The leaf of row `row` of `bins`, which holds one slice per predictor.
    #[must_use]
    pub fn leaf(&self, bins: &[&[u8]], row: usize) -> u32 {
        let mut at = 0;
        loop {
            let node = &self.nodes[at as usize];
            if node.rule == Rule::Leaf {
                return at;
            }
            let goes_left = self.goes_left(node.rule, bins[node.feature as usize][row]);
            at = node.left + u32::from(!goes_left);
        }
    }

    /// The parent of each node; the root is its own.
    #[must_use]
    pub fn parents(&self) -> Vec<u32> {
        let mut parents = vec![0; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            if node.rule != Rule::Leaf {
                parents[node.left as usize] = at as u32;
                parents[node.left as usize + 1] = at as u32;
            }
        }
        parents
    }

    /// Checks that every walk ends in a leaf and looks at one of `n_predictors` only.
    ///
    /// # Errors
    /// [`BrokenTree`].
    pub fn check(&self, n_predictors: usize) -> Result<(), BrokenTree> {
        let n = self.nodes.len();
        let sound = n > 0
            && self.nodes.iter().enumerate().all(|(at, node)| match node.rule {
                Rule::Leaf => true,
                Rule::Cut { .. } | Rule::Subset { .. } => {
                    (node.left as usize) > at
                        && (node.left as usize) + 1 < n
                        && (node.feature as usize) < n_predictors
                }
            })
            && self.nodes.iter().all(|node| match node.rule {
                Rule::Subset { at } => (at as usize) < self.subsets.len(),
                _ => true,
            });
        // Every node but the root is the child of exactly one node, so every walk from the root is over quickly.
        let mut children = vec![0_u8; n];
        for node in self.nodes.iter().filter(|node| sound && node.rule != Rule::Leaf) {
            for child in [node.left as usize, node.left as usize + 1] {
                children[child] = children[child].saturating_add(1);
            }
        }
        let single = children.iter().skip(1).all(|&parents| parents == 1) && children.first() == Some(&0);
        if sound && single { Ok(()) } else { Err(BrokenTree) }
    }

    pub(super) fn goes_left(&self, rule: Rule, bin: u8) -> bool {
        match rule {
            Rule::Leaf => true,
            Rule::Cut { cut, n_missing, missing_left } => {
                if bin < n_missing {
                    missing_left
                } else {
                    bin <= cut
                }
            }
            Rule::Subset { at } => contains(&self.subsets[at as usize], bin),
        }
    }
}

/// Whether `bin` is in the set.
pub(super) fn contains(set: &[u64; 4], bin: u8) -> bool {
    set[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
}
