//! How is what was learned of tables written as data and read back without trust?

use super::config::Relational;
use super::context::Neighbour;
use super::model::{About, CLOCK, FittedRelational, NodeModel, Plan};
use super::role::Role;
use super::sheet::Field;
use crate::arrays::{pack, unpack};
use crate::registry::DynFitted as _;
use crate::trees::FittedTrees;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::StoredFact;
use verosim_timeline::Saved;

const VERSION: u32 = 1;

/// Everything but weights.
#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    settings: Relational,
    about: About,
    nodes: Vec<NodeDocument>,
}

#[derive(Serialize, Deserialize)]
struct NodeDocument {
    plan: Plan,
    forest: Value,
}

pub(super) fn save(model: &FittedRelational) -> Saved {
    let mut arrays = BTreeMap::new();
    let mut nodes = Vec::new();
    for (at, node) in model.nodes.iter().enumerate() {
        let saved = node.forest.save();
        arrays.extend(saved.arrays.into_iter().map(|(name, array)| (format!("{at}.{name}"), array)));
        nodes.push(NodeDocument { plan: node.plan.clone(), forest: saved.document });
    }
    let (settings, about) = (model.settings.clone(), model.about.clone());
    let document = Document { version: VERSION, settings, about, nodes };
    Saved { state: serde_json::to_value(&document).unwrap_or_default(), weights: pack(&arrays) }
}

pub(super) fn load(saved: Saved) -> Result<FittedRelational, String> {
    let written: Document = serde_json::from_value(saved.state).map_err(|error| error.to_string())?;
    if written.version != VERSION {
        return Err(format!("version {} is not known; this program reads {VERSION}", written.version));
    }
    let arrays = unpack(&saved.weights)?;
    let mut nodes: Vec<NodeModel> = Vec::new();
    for (at, NodeDocument { plan, forest }) in written.nodes.into_iter().enumerate() {
        let prefix = format!("{at}.");
        let own_arrays = arrays.iter().filter_map(|(name, array)| {
            name.strip_prefix(&prefix).map(|name| (name.to_owned(), array.clone()))
        });
        let forest = crate::Saved { document: forest, arrays: own_arrays.collect() };
        nodes.push(node(plan, &forest, &nodes)?);
    }
    let model = FittedRelational { settings: written.settings, about: written.about, nodes };
    check(&model)?;
    Ok(model)
}

fn node(plan: Plan, forest: &crate::Saved, before: &[NodeModel]) -> Result<NodeModel, String> {
    let known: Vec<Neighbour<'_>> =
        before.iter().map(|node| Neighbour { parent: node.plan.parent, domains: &node.own }).collect();
    if plan.clock.domain().columns.len() != CLOCK {
        return Err("a table has no clock".into());
    }
    if plan.parent >= before.len().max(1) || before.is_empty() && !plan.givens.is_empty() {
        return Err("a table hangs on one that is not there".into());
    }
    let own = plan.own();
    let domain = plan.domain(&known, &own).ok_or("a table looks at columns that are not there")?;
    let domain = Arc::new(domain);
    let forest = FittedTrees::load_given(forest, plan.givens.len(), Arc::clone(&domain))
        .map_err(|error| error.to_string())?;
    let codes = plan.codes();
    Ok(NodeModel { plan, domain, own, forest, codes })
}

/// Whether nothing in it can surprise a draw.
fn check(model: &FittedRelational) -> Result<(), String> {
    if model.nodes.is_empty() {
        return Err("it has no persons".into());
    }
    for (at, node) in model.nodes.iter().enumerate() {
        let depth = model.above(at).len();
        for (_, role) in &node.plan.roles {
            let is_sound = match role {
                Role::Same { up, .. } => *up <= depth,
                Role::Pick { nodes, lag, .. } => {
                    // Rows are drawn in the order of nodes: those of later ones are not there yet.
                    *lag > 0 && nodes.iter().all(|&other| other <= at)
                }
                Role::BirthYearPlus(_) => at == 0,
                _ => true,
            };
            if !is_sound {
                return Err("a column names a row that is not there".into());
            }
        }
        let knows =
            |name: &String| node.plan.cells.schema().columns.iter().any(|column| column.name == *name);
        if !node.plan.children.iter().all(|(child, name)| {
            model.nodes.get(*child).is_some_and(|child| child.plan.parent == at) && *child > at && knows(name)
        }) {
            return Err("a table counts rows that are not there".into());
        }
    }
    Ok(())
}

impl FittedRelational {
    /// All codes that it may draw, in order.
    pub(super) fn all_codes(&self) -> Vec<String> {
        let mut codes: Vec<String> = self.nodes.iter().flat_map(|node| node.codes.iter().cloned()).collect();
        codes.extend(self.about.told.iter().flat_map(|told| told.codes.values().cloned()));
        codes
            .extend([&self.about.birth, &self.about.death].into_iter().flatten().map(|one| one.code.clone()));
        let facts = self.nodes[0].plan.roles.iter().filter(|(field, _)| matches!(field, Field::Fact(_)));
        for (_, role) in facts {
            if let Role::Plain(column) = role {
                codes.extend(super::model::levels(&self.nodes[0].plan.cells, column));
            }
        }
        codes.retain(|code| !code.is_empty());
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// What it tells of patients.
    pub(super) fn facts(&self) -> Vec<StoredFact> {
        let k = self.settings.min_people;
        let mut facts: Vec<StoredFact> = Vec::new();
        let mut add = |fact: StoredFact| match facts.iter_mut().find(|known| known.what == fact.what) {
            Some(known) => {
                known.items += fact.items;
                known.least_support = known.least_support.min(fact.least_support);
            }
            None => facts.push(fact),
        };
        add(StoredFact { what: "codes".into(), items: self.all_codes().len(), least_support: k });
        for node in &self.nodes {
            node.forest.stored().into_iter().for_each(&mut add);
            let words = node.plan.roles.iter().map(|(_, role)| match role {
                Role::Look { words, .. } => words.len(),
                _ => 0,
            });
            add(StoredFact { what: "texts beside codes".into(), items: words.sum(), least_support: k });
        }
        facts
    }
}
