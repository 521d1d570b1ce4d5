//! How are histograms written as data and read back without trust?

use super::{FittedGibbs, Gibbs};
use crate::cursor::{damaged, document, floats};
use crate::law::{self, Nodes};
use crate::{Array, LoadError, Saved, StoredFact, rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;

#[derive(Serialize, Deserialize)]
struct Document {
    settings: Gibbs,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    /// Columns, and those that their buckets are made by.
    nodes: Nodes,
}

pub(super) fn save(model: &FittedGibbs) -> Saved {
    let (nodes, chances) = law::write(&model.laws);
    let document = Document { settings: model.settings.clone(), counts: model.counts.clone(), nodes };
    Saved {
        document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
        arrays: BTreeMap::from([("chances".into(), Array::F32(chances))]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedGibbs, LoadError> {
    let written: Document = document(saved)?;
    if !rows::are_counts(&written.counts, &domain) || !written.settings.is_sound() {
        return Err(damaged("counts or settings do not fit the columns".into()));
    }
    let (_, views) = crate::coded::seen(&domain, &written.counts, written.settings.states);
    let laws = law::read(written.nodes, floats(saved, "chances")?, &views, &domain)?;
    Ok(FittedGibbs::new(written.settings, domain, written.counts, laws))
}

pub(super) fn stored(model: &FittedGibbs) -> Vec<StoredFact> {
    vec![
        StoredFact {
            what: "counts of tokens".into(),
            items: model.counts.iter().map(Vec::len).sum(),
            least_support: 1,
        },
        StoredFact {
            what: "chances of states in buckets".into(),
            items: model.laws.iter().map(|law| law.chances.len()).sum(),
            least_support: model.settings.leaf_rows,
        },
    ]
}
