//! How are boosted trees for all columns written as data and read back without trust?

use super::law::Law;
use super::masked::Looks;
use super::{Boosted, FittedBoosted};
use crate::cursor::{Cursor, damaged, document, floats, whole};
use crate::view::View;
use crate::{Array, LoadError, Saved, StoredFact, rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;
use verosim_math::learn::BoostedParts;

/// States and questions follow from the counts and need not be written.
#[derive(Serialize, Deserialize)]
struct Document {
    settings: Boosted,
    views: Vec<View>,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    /// Trees of each question of each column; `None` where nothing was learned.
    trees: Vec<Vec<Option<usize>>>,
}

pub(super) fn save(model: &FittedBoosted) -> Saved {
    let mut all = BoostedParts::default();
    let mut write = |parts: BoostedParts| {
        let trees = parts.leaves_per_tree.len();
        all.start.extend(parts.start);
        all.leaves_per_tree.extend(parts.leaves_per_tree);
        all.features.extend(parts.features);
        all.left_sets.extend(parts.left_sets);
        all.children.extend(parts.children);
        all.values.extend(parts.values);
        trees
    };
    let trees = model
        .laws
        .iter()
        .map(|law| {
            law.answers.iter().map(|answer| answer.as_ref().map(|trees| write(trees.to_parts()))).collect()
        })
        .collect();
    let document = Document {
        settings: model.settings.clone(),
        views: model.looks.views.clone(),
        counts: model.counts.clone(),
        trees,
    };
    Saved {
        document: serde_json::to_value(document).expect("numbers, names and lists are always JSON"),
        arrays: BTreeMap::from([
            ("leaves".into(), Array::U32(all.leaves_per_tree)),
            ("features".into(), Array::U32(all.features)),
            ("subsets".into(), Array::U32(all.left_sets)),
            ("children".into(), Array::U32(all.children)),
            ("starts".into(), Array::F32(all.start)),
            ("values".into(), Array::F32(all.values)),
        ]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedBoosted, LoadError> {
    let written: Document = document(saved)?;
    if !rows::are_counts(&written.counts, &domain) || !written.settings.is_sound() {
        return Err(damaged("counts or settings do not fit the columns".into()));
    }
    if written.views.iter().any(|view| !view.is_sound(&domain.columns)) {
        return Err(damaged("a view of a column is inconsistent".into()));
    }
    if written.trees.len() != domain.columns.len() {
        return Err(damaged("a column is missing".into()));
    }
    let looks = Looks::new(written.views);
    let mut reader = Reader::new(saved)?;
    let mut laws = Vec::with_capacity(domain.columns.len());
    for ((column, counts), trees) in domain.columns.iter().zip(&written.counts).zip(written.trees) {
        let mut law = Law::new(&written.settings, column, counts);
        if trees.len() != law.partition.questions.len() {
            return Err(damaged(format!("column `{}` has other questions", column.name)));
        }
        law.answers = law
            .partition
            .questions
            .iter()
            .zip(trees)
            .map(|(question, trees)| {
                let Some(trees) = trees else { return Ok(None) };
                let target = Law::target(question, &[], &[]);
                let width = if question.answers.len() == 2 { 1 } else { question.answers.len() };
                let parts = reader.parts(width, trees)?;
                let model = verosim_math::learn::Boosted::from_parts(&parts, &looks.binning, &target);
                model.map(Some).map_err(|error| damaged(error.to_string()))
            })
            .collect::<Result<_, LoadError>>()?;
        laws.push(law);
    }
    reader.finish()?;
    Ok(FittedBoosted { settings: written.settings, domain, counts: written.counts, looks, laws })
}

pub(super) fn stored(model: &FittedBoosted) -> Vec<StoredFact> {
    let leaves = |trees: &verosim_math::learn::Boosted| trees.to_parts().values.len();
    vec![
        StoredFact {
            what: "counts of tokens".into(),
            items: model.counts.iter().map(Vec::len).sum(),
            least_support: 1,
        },
        StoredFact {
            what: "values of leaves of boosted trees".into(),
            items: model.laws.iter().flat_map(|law| law.answers.iter().flatten()).map(leaves).sum(),
            least_support: model.settings.leaf_rows,
        },
    ]
}

struct Reader<'a> {
    leaves: Cursor<'a, u32>,
    features: Cursor<'a, u32>,
    subsets: Cursor<'a, u32>,
    children: Cursor<'a, u32>,
    starts: Cursor<'a, f32>,
    values: Cursor<'a, f32>,
}

impl<'a> Reader<'a> {
    fn new(saved: &'a Saved) -> Result<Self, LoadError> {
        Ok(Self {
            leaves: whole(saved, "leaves")?,
            features: whole(saved, "features")?,
            subsets: whole(saved, "subsets")?,
            children: whole(saved, "children")?,
            starts: floats(saved, "starts")?,
            values: floats(saved, "values")?,
        })
    }

    /// The next `trees` trees, of a model with `width` scores.
    fn parts(&mut self, width: usize, trees: usize) -> Result<BoostedParts, LoadError> {
        let leaves_per_tree = self.leaves.take(trees)?.to_vec();
        let leaves: usize = leaves_per_tree.iter().map(|&leaves| leaves as usize).sum();
        let nodes = leaves.saturating_sub(trees);
        Ok(BoostedParts {
            start: self.starts.take(width)?.to_vec(),
            leaves_per_tree,
            features: self.features.take(nodes)?.to_vec(),
            left_sets: self.subsets.take(nodes.saturating_mul(8))?.to_vec(),
            children: self.children.take(nodes.saturating_mul(2))?.to_vec(),
            values: self.values.take(leaves)?.to_vec(),
        })
    }

    fn finish(&self) -> Result<(), LoadError> {
        [&self.leaves, &self.features, &self.subsets, &self.children]
            .into_iter()
            .try_for_each(Cursor::finish)?;
        [&self.starts, &self.values].into_iter().try_for_each(Cursor::finish)
    }
}
