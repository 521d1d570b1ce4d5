//! How is a network written as data and read back without trust?

use super::{FittedNet, Net};
use crate::cursor::{damaged, document, floats};
use crate::law::{self, Nodes};
use crate::{Array, LoadError, Saved, StoredFact, rows};
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
    nodes: Nodes,
}

pub(super) fn save(model: &FittedNet) -> Saved {
    let (nodes, chances) = law::write(&model.laws);
    let document = Document { settings: model.settings.clone(), counts: model.counts.clone(), nodes };
    Saved {
        document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
        arrays: BTreeMap::from([("chances".into(), Array::F32(chances))]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedNet, LoadError> {
    let written: Document = document(saved)?;
    if !rows::are_counts(&written.counts, &domain) || !written.settings.is_sound() {
        return Err(damaged("counts or settings do not fit the columns".into()));
    }
    let (_, views) = crate::coded::seen(&domain, &written.counts, written.settings.states);
    let laws = law::read(written.nodes, floats(saved, "chances")?, &views, &domain)?;
    let mut is_drawn = vec![false; laws.len()];
    for law in &laws {
        if !law.parents.iter().all(|parent| is_drawn[parent.column]) {
            return Err(damaged("a column stands before its parents".into()));
        }
        is_drawn[law.column] = true;
    }
    Ok(FittedNet::new(written.settings, domain, written.counts, laws))
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
