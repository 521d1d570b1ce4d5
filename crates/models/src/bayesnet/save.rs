//! How is a network written as data and read back without trust?

use super::families::{Parent, RESOLUTIONS};
use super::law::Law;
use super::{FittedNet, Net};
use crate::cursor::{damaged, document, floats};
use crate::{Array, LoadError, Saved, StoredFact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;

#[derive(Serialize, Deserialize)]
struct Document {
    settings: Net,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    /// Columns and their parents, parents first.
    nodes: Vec<(usize, Vec<Parent>)>,
}

pub(super) fn save(model: &FittedNet) -> Saved {
    let document = Document {
        settings: model.settings.clone(),
        counts: model.counts.clone(),
        nodes: model.laws.iter().map(|law| (law.column, law.parents.clone())).collect(),
    };
    let chances = model.laws.iter().flat_map(|law| law.chances.iter().copied()).collect();
    Saved {
        document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
        arrays: BTreeMap::from([("chances".into(), Array::F32(chances))]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedNet, LoadError> {
    let written: Document = document(saved)?;
    let fits = written.counts.len() == domain.columns.len()
        && written.counts.iter().zip(&domain.columns).all(|(counts, column)| {
            counts.len() == column.tokens.len()
                && (1..=1 << 40).contains(&counts.iter().fold(0_u64, |sum, &n| sum.saturating_add(n)))
        });
    if !fits || !written.settings.is_sound() {
        return Err(damaged("counts or settings do not fit the columns".into()));
    }
    let (states, views) = written.settings.seen(&domain, &written.counts);
    let mut seen = vec![false; domain.columns.len()];
    let mut chances = floats(saved, "chances")?;
    let mut laws = Vec::with_capacity(written.nodes.len());
    for (column, parents) in written.nodes {
        let is_known = |column: usize| seen.get(column).copied().unwrap_or(false);
        let is_right = |parent: &Parent| is_known(parent.column) && parent.level < RESOLUTIONS;
        if column >= seen.len() || is_known(column) || !parents.iter().all(is_right) {
            return Err(damaged("a column stands twice, or before its parents".into()));
        }
        seen[column] = true;
        let size = states[column].n();
        let parent_sizes: Vec<usize> =
            parents.iter().map(|parent| views[parent.column].size(parent.level)).collect();
        let cells = parent_sizes.iter().fold(size, |cells, &size| cells.saturating_mul(size));
        let law = Law { column, parents, size, parent_sizes, chances: chances.take(cells)?.to_vec() };
        if !law.is_sound() {
            return Err(damaged(format!(
                "chances of column `{}` are out of range",
                domain.columns[column].name
            )));
        }
        laws.push(law);
    }
    chances.finish()?;
    if !seen.iter().all(|&seen| seen) {
        return Err(damaged("a column is missing".into()));
    }
    Ok(FittedNet::new(written.settings, domain, written.counts, states, views, laws))
}

pub(super) fn stored(model: &FittedNet) -> Vec<StoredFact> {
    let cells = |has_parents: bool| {
        let laws = model.laws.iter().filter(|law| law.parents.is_empty() != has_parents);
        laws.map(|law| law.chances.len()).sum()
    };
    vec![
        StoredFact {
            what: "counts of tokens".into(),
            items: model.counts.iter().map(Vec::len).sum(),
            least_support: 1,
        },
        StoredFact {
            what: "chances of states of columns alone".into(),
            items: cells(false),
            least_support: 1,
        },
        StoredFact {
            what: "chances of states given those of parents".into(),
            items: cells(true),
            least_support: model.settings.leaf_rows,
        },
    ]
}
