//! How does a tree grow: which rows, which predictors, when does it stop?

use super::predictor::Predictor;
use super::tree::{Node, Rule, Tree, contains};
use rand::{Rng, RngExt as _};

/// When growing stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GrowSettings {
    /// Least number of different rows in a leaf.
    pub leaf_rows: usize,
    /// Least number of different subjects in a leaf.
    pub leaf_subjects: usize,
    /// Most decisions between root and leaf.
    pub depth: usize,
    /// Share of predictors looked at in each node, in `(0, 1]`.
    pub predictor_share: f64,
    /// Least squared t statistic of a cut between low and high ranks; 0 or more.
    pub least_gain: f64,
}

/// The rows that one tree learns from.
#[derive(Clone, Debug)]
pub struct Bag {
    /// Different rows, ascending.
    pub rows: Vec<u32>,
    /// How often each row of the table was drawn; 0 outside the bag.
    pub weights: Vec<u8>,
}

impl Bag {
    /// Draws as many subjects as there are, with replacement; every row of a drawn subject comes along.
    ///
    /// `subjects[row]` numbers the person of each row; every row is a person of its own when `None`.
    #[must_use]
    pub fn bootstrap(n_rows: usize, subjects: Option<&[u32]>, rng: &mut impl Rng) -> Self {
        let n_subjects = subjects.map_or(n_rows, |s| s.iter().max().map_or(0, |&most| most as usize + 1));
        let mut drawn = vec![0_u8; n_subjects];
        for _ in 0..n_subjects {
            let at = rng.random_range(0..n_subjects);
            drawn[at] = drawn[at].saturating_add(1);
        }
        let weights: Vec<u8> = match subjects {
            None => drawn,
            Some(subjects) => subjects.iter().map(|&subject| drawn[subject as usize]).collect(),
        };
        Self { rows: (0..n_rows as u32).filter(|&row| weights[row as usize] > 0).collect(), weights }
    }

    /// Every row once.
    #[must_use]
    pub fn all(n_rows: usize) -> Self {
        Self { rows: (0..n_rows as u32).collect(), weights: vec![1; n_rows] }
    }
}

/// A decision that was found, and how good it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) gain: f64,
    pub(super) feature: usize,
    pub(super) rule: FoundRule,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum FoundRule {
    Cut { cut: u8, missing_left: bool },
    Subset([u64; 4]),
}

/// Finds the best decision for a set of rows, and takes leaves as they are finished.
pub(super) trait Target {
    /// The best decision among `features`, or `None` when nothing gains.
    fn best(&mut self, rows: &[u32], features: &[usize]) -> Option<Found>;
    /// Whether `rows` may be a side of a decision.
    fn admits(&self, _rows: &[u32]) -> bool {
        true
    }
    /// Whether further predictors are looked at, one by one, when none of those drawn gains.
    fn seeks_on(&self) -> bool {
        false
    }
    /// Stores a leaf. Called in depth-first order, left before right.
    fn leaf(&mut self, node: u32, rows: &[u32]);
}

/// Grows a tree over `rows` depth first, calling `target` for decisions and leaves.
pub(super) fn grow(
    predictors: &[Predictor<'_>],
    mut rows: Vec<u32>,
    subjects: Option<&[u32]>,
    settings: &GrowSettings,
    rng: &mut impl Rng,
    target: &mut impl Target,
) -> Tree {
    let mut tree = Tree { nodes: vec![Node { rule: Rule::Leaf, feature: 0, left: 0 }], subsets: Vec::new() };
    let mut features: Vec<usize> = (0..predictors.len()).collect();
    let tried =
        ((settings.predictor_share * features.len() as f64).ceil() as usize).clamp(1, features.len().max(1));
    let mut open = vec![(0_u32, 0_usize, rows.len(), 0_usize)];
    let mut right_rows = Vec::new();
    while let Some((at, start, end, depth)) = open.pop() {
        let slice = &mut rows[start..end];
        let found = if slice.len() < 2 * settings.leaf_rows || depth >= settings.depth || features.is_empty()
        {
            None
        } else {
            for i in 0..tried {
                let other = rng.random_range(i..features.len());
                features.swap(i, other);
            }
            let mut found = target.best(slice, &features[..tried]);
            for i in tried..features.len() {
                if found.is_some() || !target.seeks_on() {
                    break;
                }
                let other = rng.random_range(i..features.len());
                features.swap(i, other);
                found = target.best(slice, &features[i..=i]);
            }
            found
        };
        let split =
            found.and_then(|found| {
                let predictor = &predictors[found.feature];
                let left =
                    |row: u32| {
                        let bin = predictor.bins[row as usize];
                        match found.rule {
                            FoundRule::Cut { cut, missing_left } => {
                                if usize::from(bin) < predictor.n_missing { missing_left } else { bin <= cut }
                            }
                            FoundRule::Subset(set) => contains(&set, bin),
                        }
                    };
                // Stable partition: rows stay ascending, so memory is read forwards.
                right_rows.clear();
                let mut kept = 0;
                for i in 0..slice.len() {
                    let row = slice[i];
                    if left(row) {
                        slice[kept] = row;
                        kept += 1;
                    } else {
                        right_rows.push(row);
                    }
                }
                slice[kept..].copy_from_slice(&right_rows);
                let enough =
                    |rows: &[u32]| subjects.is_none_or(|s| distinct(rows, s) >= settings.leaf_subjects);
                (kept >= settings.leaf_rows
                    && slice.len() - kept >= settings.leaf_rows
                    && enough(&slice[..kept])
                    && enough(&slice[kept..])
                    && target.admits(&slice[..kept])
                    && target.admits(&slice[kept..]))
                .then_some((found, kept))
            });
        match split {
            None => target.leaf(at, &rows[start..end]),
            Some((found, kept)) => {
                let rule = match found.rule {
                    FoundRule::Cut { cut, missing_left } => {
                        Rule::Cut { cut, n_missing: predictors[found.feature].n_missing as u8, missing_left }
                    }
                    FoundRule::Subset(set) => {
                        tree.subsets.push(set);
                        Rule::Subset { at: tree.subsets.len() as u32 - 1 }
                    }
                };
                let left = tree.nodes.len() as u32;
                tree.nodes[at as usize] = Node { rule, feature: found.feature as u16, left };
                tree.nodes.extend([Node { rule: Rule::Leaf, feature: 0, left: 0 }; 2]);
                open.push((left + 1, start + kept, end, depth + 1));
                open.push((left, start, start + kept, depth + 1));
            }
        }
    }
    tree
}

fn distinct(rows: &[u32], subjects: &[u32]) -> usize {
    let mut seen: Vec<u32> = rows.iter().map(|&row| subjects[row as usize]).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}
