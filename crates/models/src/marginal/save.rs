//! How is a law with its promise written down and read back?

use super::{FittedMarginals, States};
use crate::cursor::{damaged, document, floats};
use crate::{Array, LoadError, Saved};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::guarantee::Formal;
use verosim_data::Domain;
use verosim_math::graphical::JunctionTree;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    formal: Formal,
    /// Per column of the domain.
    states: Vec<States>,
    /// Columns of each clique, and the earlier clique that it hangs on.
    cliques: Vec<(Vec<usize>, Option<usize>)>,
}

/// Most cells of all tables of a model that is read.
const MOST_CELLS: usize = 1 << 26;

pub(super) fn save(model: &FittedMarginals) -> Saved {
    let tree = model.joint.tree();
    let document = Document {
        formal: model.formal.clone(),
        states: model.states.clone(),
        cliques: tree.cliques().iter().map(|clique| (clique.axes.clone(), clique.parent)).collect(),
    };
    let chances = model.chances.iter().flatten().copied().collect();
    Saved {
        document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
        arrays: BTreeMap::from([("chances".into(), Array::F32(chances))]),
    }
}

pub(crate) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedMarginals, LoadError> {
    let Document { formal, states, cliques } = document(saved)?;
    let sizes: Vec<usize> = states.iter().map(States::len).collect();
    let tree = JunctionTree::from_parts(sizes, cliques, MOST_CELLS)
        .ok_or_else(|| damaged("its columns do not hang together".into()))?;
    let mut written = floats(saved, "chances")?;
    let mut chances = Vec::new();
    for clique in tree.cliques() {
        let cells = clique.axes.iter().map(|&axis| tree.sizes()[axis]).product();
        chances.push(written.take(cells)?.to_vec());
    }
    written.finish()?;
    FittedMarginals::new(domain, states, Arc::new(tree), chances, formal)
        .ok_or_else(|| damaged("states or chances do not fit the columns".into()))
}
