//! How is a fitted forest written as data and read back without trust?

use super::boosted::BoostedLaw;
use super::config::Trees;
use super::model::{ColumnModel, FittedTrees, TokenLaw};
use crate::cursor::{Cursor, damaged, document, floats, whole};
use crate::view::View;
use crate::{Array, LoadError, Saved, StoredFact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;
use verosim_math::forest::{
    BrokenTree, ClassTree, ClassTreeParts, Node, RankTree, RankTreeParts, Rule, Tree,
};
use verosim_math::learn::BoostedParts;

/// The small parts. Trees stand in the arrays, in the order in which this document mentions them.
#[derive(Serialize, Deserialize)]
struct Document {
    settings: Trees,
    #[serde(default)]
    given: usize,
    views: Vec<View>,
    columns: Vec<ColumnDocument>,
}

#[derive(Serialize, Deserialize)]
struct ColumnDocument {
    column: usize,
    predictors: Vec<usize>,
    tokens: TokenDocument,
    rank_trees: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TokenDocument {
    Constant(u32),
    Flat { trees: usize },
    Grouped { members: Vec<Vec<u32>>, groups: usize, within: Vec<usize> },
    Boosted { tokens: Vec<u32>, trees: usize },
}

pub(super) fn save(model: &FittedTrees) -> Saved {
    let mut writer = Writer::default();
    let columns = model
        .columns
        .iter()
        .map(|law| {
            let tokens = match &law.tokens {
                TokenLaw::Constant(token) => TokenDocument::Constant(*token),
                TokenLaw::Flat(trees) => {
                    trees.iter().for_each(|tree| writer.class(tree));
                    TokenDocument::Flat { trees: trees.len() }
                }
                TokenLaw::Grouped { members, groups, within } => {
                    groups.iter().chain(within.iter().flatten()).for_each(|tree| writer.class(tree));
                    TokenDocument::Grouped {
                        members: members.clone(),
                        groups: groups.len(),
                        within: within.iter().map(Vec::len).collect(),
                    }
                }
                TokenLaw::Boosted(law) => TokenDocument::Boosted {
                    tokens: law.tokens.clone(),
                    trees: writer.boosted(law.to_parts()),
                },
            };
            law.ranks.iter().for_each(|tree| writer.rank(tree));
            ColumnDocument {
                column: law.column,
                predictors: law.predictors.clone(),
                tokens,
                rank_trees: law.ranks.len(),
            }
        })
        .collect();
    let (settings, views) = (model.settings.clone(), model.views.clone());
    let document = Document { settings, given: model.given, views, columns };
    Saved {
        document: serde_json::to_value(document).expect("numbers, names and lists are always JSON"),
        arrays: BTreeMap::from([
            ("tree_sizes".into(), Array::U32(writer.sizes)),
            ("node_rules".into(), Array::U32(writer.rules)),
            ("node_features".into(), Array::U32(writer.features)),
            ("node_children".into(), Array::U32(writer.children)),
            ("subsets".into(), Array::U32(writer.subsets)),
            ("leaf_sizes".into(), Array::U32(writer.leaf_sizes)),
            ("classes".into(), Array::U32(writer.classes)),
            ("counts".into(), Array::U32(writer.counts)),
            ("knots".into(), Array::F32(writer.knots)),
            ("boosted_leaves".into(), Array::U32(writer.boosted.leaves_per_tree)),
            ("boosted_features".into(), Array::U32(writer.boosted.features)),
            ("boosted_subsets".into(), Array::U32(writer.boosted.left_sets)),
            ("boosted_children".into(), Array::U32(writer.boosted.children)),
            ("boosted_starts".into(), Array::F32(writer.boosted.start)),
            ("boosted_values".into(), Array::F32(writer.boosted.values)),
        ]),
    }
}

pub(super) fn load(saved: &Saved, given: usize, domain: Arc<Domain>) -> Result<FittedTrees, LoadError> {
    let written: Document = document(saved)?;
    let n = domain.columns.len();
    if written.given != given || given > n {
        return Err(damaged("other columns are known before than the model draws from".into()));
    }
    if written.views.iter().any(|view| !view.is_sound(&domain.columns)) {
        return Err(damaged("a view of a column is inconsistent".into()));
    }
    if written.settings.trees == 0 || written.settings.backoff.is_nan() || written.settings.backoff < 0.0 {
        return Err(damaged("settings are out of range".into()));
    }
    let mut reader = Reader::new(saved)?;
    let mut is_drawn = vec![false; n];
    is_drawn[..given].fill(true);
    let mut columns = Vec::with_capacity(n);
    for column in written.columns {
        let Some(own) = domain.columns.get(column.column).filter(|_| !is_drawn[column.column]) else {
            return Err(damaged("a column is unknown or drawn twice".into()));
        };
        let known = |&view: &usize| written.views.get(view).is_some_and(|view| is_drawn[view.column]);
        if !column.predictors.iter().all(known) {
            return Err(damaged(format!("column `{}` looks at a column drawn after it", own.name)));
        }
        let (seen, n_tokens) = (column.predictors.len(), own.tokens.len());
        let tokens = match column.tokens {
            TokenDocument::Constant(token) if (token as usize) < n_tokens => TokenLaw::Constant(token),
            TokenDocument::Flat { trees } if trees > 0 => {
                TokenLaw::Flat(reader.classes(trees, seen, n_tokens)?)
            }
            TokenDocument::Grouped { members, groups, within }
                if groups > 0
                    && within.len() == members.len()
                    && members.iter().flatten().all(|&token| (token as usize) < n_tokens)
                    && members
                        .iter()
                        .zip(&within)
                        .all(|(members, &trees)| trees > 0 || members.len() <= 1) =>
            {
                let group_trees = reader.classes(groups, seen, members.len())?;
                let within = members
                    .iter()
                    .zip(within)
                    .map(|(members, trees)| reader.classes(trees, seen, members.len()))
                    .collect::<Result<_, _>>()?;
                TokenLaw::Grouped { members, groups: group_trees, within }
            }
            TokenDocument::Boosted { tokens, trees }
                if tokens.iter().all(|&token| (token as usize) < n_tokens) =>
            {
                let parts = reader.boosted(if tokens.len() == 2 { 1 } else { tokens.len() }, trees)?;
                let views = column.predictors.iter().map(|&view| &written.views[view]);
                let law = BoostedLaw::from_parts(tokens, &parts, views)
                    .map_err(|error| damaged(error.to_string()))?;
                TokenLaw::Boosted(law)
            }
            _ => return Err(damaged(format!("the trees of column `{}` are inconsistent", own.name))),
        };
        if own.continuous().is_some() != (column.rank_trees > 0) {
            return Err(damaged(format!("column `{}` has no trees for its ranks", own.name)));
        }
        let ranks =
            (0..column.rank_trees).map(|_| reader.rank(seen, own.n_ranks)).collect::<Result<_, _>>()?;
        is_drawn[column.column] = true;
        columns.push(ColumnModel { column: column.column, predictors: column.predictors, tokens, ranks });
    }
    if is_drawn.contains(&false) {
        return Err(damaged("a column of the table is not in the model".into()));
    }
    reader.finish()?;
    Ok(FittedTrees { settings: written.settings, domain, given, views: written.views, columns })
}

pub(super) fn stored(model: &FittedTrees) -> Vec<StoredFact> {
    let (mut entries, mut leaves, mut knots, mut scores, mut thinnest) = (0, 0, 0, 0, usize::MAX);
    for law in &model.columns {
        let trees: Vec<&ClassTree> = match &law.tokens {
            TokenLaw::Constant(_) => Vec::new(),
            TokenLaw::Boosted(law) => {
                scores += law.to_parts().values.len();
                Vec::new()
            }
            TokenLaw::Flat(trees) => trees.iter().collect(),
            TokenLaw::Grouped { groups, within, .. } => {
                groups.iter().chain(within.iter().flatten()).collect()
            }
        };
        for tree in trees {
            let parts = tree.to_parts();
            entries += parts.counts.len();
            leaves += parts.entries_per_leaf.len();
            for (at, node) in parts.tree.nodes.iter().enumerate() {
                if node.rule == Rule::Leaf {
                    thinnest = thinnest.min(tree.weight(at as u32) as usize);
                }
            }
        }
        for tree in &law.ranks {
            let parts = tree.to_parts();
            knots += parts.knots.len();
            leaves += parts.knots_per_leaf.len();
        }
    }
    vec![
        StoredFact {
            what: "leaves of trees".into(),
            items: leaves,
            least_support: model.settings.leaf_rows.min(thinnest),
        },
        StoredFact { what: "level counts in leaves".into(), items: entries, least_support: 1 },
        StoredFact {
            what: "scores in leaves of boosted trees".into(),
            items: scores,
            least_support: model.settings.leaf_rows,
        },
        StoredFact { what: "quantile knots of ranks in leaves".into(), items: knots, least_support: 2 },
    ]
}

#[derive(Default)]
struct Writer {
    sizes: Vec<u32>,
    rules: Vec<u32>,
    features: Vec<u32>,
    children: Vec<u32>,
    subsets: Vec<u32>,
    leaf_sizes: Vec<u32>,
    classes: Vec<u32>,
    counts: Vec<u32>,
    knots: Vec<f32>,
    boosted: BoostedParts,
}

impl Writer {
    /// Appends boosted trees and says how many they are.
    fn boosted(&mut self, parts: BoostedParts) -> usize {
        let trees = parts.leaves_per_tree.len();
        let all = &mut self.boosted;
        all.start.extend(parts.start);
        all.leaves_per_tree.extend(parts.leaves_per_tree);
        all.features.extend(parts.features);
        all.left_sets.extend(parts.left_sets);
        all.children.extend(parts.children);
        all.values.extend(parts.values);
        trees
    }

    fn tree(&mut self, tree: &Tree) {
        self.sizes.extend([tree.nodes.len() as u32, tree.subsets.len() as u32]);
        for node in &tree.nodes {
            self.rules.push(match node.rule {
                Rule::Leaf => 0,
                Rule::Cut { cut, n_missing, missing_left } => {
                    1 | u32::from(cut) << 8 | u32::from(n_missing) << 16 | u32::from(missing_left) << 24
                }
                Rule::Subset { at } => 2 | at << 8,
            });
            self.features.push(u32::from(node.feature));
            self.children.push(node.left);
        }
        for set in &tree.subsets {
            self.subsets.extend(set.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]));
        }
    }

    fn class(&mut self, tree: &ClassTree) {
        let parts = tree.to_parts();
        self.tree(&parts.tree);
        self.leaf_sizes.extend(parts.entries_per_leaf);
        self.classes.extend(parts.classes.iter().map(|&class| u32::from(class)));
        self.counts.extend(parts.counts);
    }

    fn rank(&mut self, tree: &RankTree) {
        let parts = tree.to_parts();
        self.tree(&parts.tree);
        self.leaf_sizes.extend(parts.knots_per_leaf);
        self.knots.extend(parts.knots);
    }
}

struct Reader<'a> {
    sizes: Cursor<'a, u32>,
    rules: Cursor<'a, u32>,
    features: Cursor<'a, u32>,
    children: Cursor<'a, u32>,
    subsets: Cursor<'a, u32>,
    leaf_sizes: Cursor<'a, u32>,
    classes: Cursor<'a, u32>,
    counts: Cursor<'a, u32>,
    knots: Cursor<'a, f32>,
    boosted_leaves: Cursor<'a, u32>,
    boosted_features: Cursor<'a, u32>,
    boosted_subsets: Cursor<'a, u32>,
    boosted_children: Cursor<'a, u32>,
    boosted_starts: Cursor<'a, f32>,
    boosted_values: Cursor<'a, f32>,
}

impl<'a> Reader<'a> {
    fn new(saved: &'a Saved) -> Result<Self, LoadError> {
        Ok(Self {
            sizes: whole(saved, "tree_sizes")?,
            rules: whole(saved, "node_rules")?,
            features: whole(saved, "node_features")?,
            children: whole(saved, "node_children")?,
            subsets: whole(saved, "subsets")?,
            leaf_sizes: whole(saved, "leaf_sizes")?,
            classes: whole(saved, "classes")?,
            counts: whole(saved, "counts")?,
            knots: floats(saved, "knots")?,
            boosted_leaves: whole(saved, "boosted_leaves")?,
            boosted_features: whole(saved, "boosted_features")?,
            boosted_subsets: whole(saved, "boosted_subsets")?,
            boosted_children: whole(saved, "boosted_children")?,
            boosted_starts: floats(saved, "boosted_starts")?,
            boosted_values: floats(saved, "boosted_values")?,
        })
    }

    /// The next `trees` boosted trees, of a model with `width` scores.
    fn boosted(&mut self, width: usize, trees: usize) -> Result<BoostedParts, LoadError> {
        let leaves_per_tree = self.boosted_leaves.take(trees)?.to_vec();
        let leaves: usize = leaves_per_tree.iter().map(|&leaves| leaves as usize).sum();
        let nodes = leaves.saturating_sub(trees);
        Ok(BoostedParts {
            start: self.boosted_starts.take(width)?.to_vec(),
            leaves_per_tree,
            features: self.boosted_features.take(nodes)?.to_vec(),
            left_sets: self.boosted_subsets.take(nodes.saturating_mul(8))?.to_vec(),
            children: self.boosted_children.take(nodes.saturating_mul(2))?.to_vec(),
            values: self.boosted_values.take(leaves)?.to_vec(),
        })
    }

    fn tree(&mut self) -> Result<Tree, LoadError> {
        let (n_nodes, n_subsets) = (self.sizes.next()? as usize, self.sizes.next()? as usize);
        let (rules, features) = (self.rules.take(n_nodes)?, self.features.take(n_nodes)?);
        let children = self.children.take(n_nodes)?;
        let nodes = (0..n_nodes)
            .map(|at| {
                let rule = match rules[at] & 255 {
                    0 => Rule::Leaf,
                    1 => Rule::Cut {
                        cut: (rules[at] >> 8) as u8,
                        n_missing: (rules[at] >> 16) as u8,
                        missing_left: rules[at] >> 24 & 1 == 1,
                    },
                    2 => Rule::Subset { at: rules[at] >> 8 },
                    _ => return Err(damaged("a node has an unknown rule".into())),
                };
                let feature = u16::try_from(features[at])
                    .map_err(|_| damaged("a node has an unknown predictor".into()))?;
                Ok(Node { rule, feature, left: children[at] })
            })
            .collect::<Result<_, _>>()?;
        let words = self.subsets.take(n_subsets.saturating_mul(8))?;
        let subsets = words
            .chunks_exact(8)
            .map(|words| {
                std::array::from_fn(|at| u64::from(words[2 * at]) | u64::from(words[2 * at + 1]) << 32)
            })
            .collect();
        Ok(Tree { nodes, subsets })
    }

    fn leaf_sizes(&mut self, tree: &Tree) -> Result<Vec<u32>, LoadError> {
        let leaves = tree.nodes.iter().filter(|node| node.rule == Rule::Leaf).count();
        Ok(self.leaf_sizes.take(leaves)?.to_vec())
    }

    fn classes(&mut self, trees: usize, seen: usize, n_classes: usize) -> Result<Vec<ClassTree>, LoadError> {
        (0..trees)
            .map(|_| {
                let tree = self.tree()?;
                let entries_per_leaf = self.leaf_sizes(&tree)?;
                let entries = entries_per_leaf.iter().map(|&n| n as usize).sum();
                let classes = self
                    .classes
                    .take(entries)?
                    .iter()
                    .map(|&class| {
                        u16::try_from(class).map_err(|_| damaged("a leaf has an unknown class".into()))
                    })
                    .collect::<Result<_, _>>()?;
                let counts = self.counts.take(entries)?.to_vec();
                let parts = ClassTreeParts { tree, entries_per_leaf, classes, counts };
                ClassTree::from_parts(parts, seen, n_classes).map_err(broken)
            })
            .collect()
    }

    fn rank(&mut self, seen: usize, n_ranks: usize) -> Result<RankTree, LoadError> {
        let tree = self.tree()?;
        let knots_per_leaf = self.leaf_sizes(&tree)?;
        let knots = self.knots.take(knots_per_leaf.iter().map(|&n| n as usize).sum())?.to_vec();
        RankTree::from_parts(RankTreeParts { tree, knots_per_leaf, knots }, seen, n_ranks).map_err(broken)
    }

    fn finish(&self) -> Result<(), LoadError> {
        [&self.sizes, &self.rules, &self.classes, &self.counts, &self.leaf_sizes, &self.boosted_leaves]
            .into_iter()
            .chain([&self.boosted_features, &self.boosted_subsets, &self.boosted_children])
            .try_for_each(Cursor::finish)?;
        [&self.knots, &self.boosted_starts, &self.boosted_values].into_iter().try_for_each(Cursor::finish)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: BrokenTree) -> LoadError {
    damaged(error.to_string())
}
