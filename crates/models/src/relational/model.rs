//! What does a fitted engine of tables hold?

use super::config::Relational;
use super::context::{Given, Neighbour};
use super::role::Role;
use super::sheet::{Field, Milestone, Told};
use super::store::Grains;
use crate::trees::FittedTrees;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use verosim_core::Seeded;
use verosim_data::encode::Exclusion;
use verosim_data::{Codec, ColumnDomain, Domain, Encoded, EncodedColumn, Token};

/// Everything learned.
#[derive(Clone, Debug)]
pub struct FittedRelational {
    pub(super) settings: Relational,
    pub(super) about: About,
    /// Persons first; parents before children.
    pub(super) nodes: Vec<NodeModel>,
}

/// What is known of all tables together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    /// People learned from.
    pub(super) people: usize,
    /// Whether persons have a row of their own.
    pub(super) has_persons: bool,
    pub(super) told: Vec<Told>,
    pub(super) birth: Option<Milestone>,
    pub(super) death: Option<Milestone>,
    /// When time begins for people whose birth is not known, and when it ends for all.
    pub(super) epoch: i64,
    pub(super) window: i64,
}

/// The rows of a table that hang on those of another.
#[derive(Clone, Debug)]
pub(super) struct NodeModel {
    pub(super) plan: Plan,
    /// The columns that rows are given, then their own.
    pub(super) domain: Arc<Domain>,
    /// The own columns alone, as neighbours see them.
    pub(super) own: Vec<ColumnDomain>,
    pub(super) forest: FittedTrees,
    /// The text of each token of the column `code`.
    pub(super) codes: Vec<String>,
}

/// Everything about a node but its trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// As events name the table; empty for none.
    pub(super) source: String,
    pub(super) parent: usize,
    pub(super) grains: Grains,
    /// Whether rows lie between the beginning and the end of their parent.
    pub(super) is_inside: bool,
    /// Whether the rows tell of death.
    pub(super) is_death: bool,
    /// Whether no two rows of a parent have the same code.
    pub(super) is_set: bool,
    pub(super) roles: Vec<(Field, Role)>,
    pub(super) givens: Vec<Given>,
    /// Gaps and spans, and all other learned columns.
    pub(super) clock: Codec,
    pub(super) cells: Codec,
    /// Nodes whose rows hang on these, each with the column of how many.
    pub(super) children: Vec<(usize, String)>,
}

/// Columns of the clock.
pub(super) const CLOCK: usize = 2;

impl Plan {
    /// The own columns: those of the clock, then the others. Columns that equal others name these within.
    pub(super) fn own(&self) -> Vec<ColumnDomain> {
        let clock = self.clock.domain().columns.iter().cloned();
        let cells = self.cells.domain().columns.iter().map(|domain| shifted(domain, CLOCK));
        clock.chain(cells).collect()
    }

    /// All columns, given ones first; `None` where those given are not there.
    pub(super) fn domain(&self, nodes: &[Neighbour<'_>], own: &[ColumnDomain]) -> Option<Domain> {
        let n = self.givens.len();
        let given: Option<Vec<ColumnDomain>> =
            self.givens.iter().map(|given| given.domain(nodes, self.parent, own)).collect();
        let mut columns = given?;
        columns.extend(own.iter().map(|domain| shifted(domain, n)));
        let moved = |codec: &Codec, by: usize| -> Vec<Exclusion> {
            let at = |(column, token): (u32, u32)| (column + by as u32, token);
            codec.domain().exclusions.iter().map(|pair| Exclusion { a: at(pair.a), b: at(pair.b) }).collect()
        };
        let exclusions = [moved(&self.clock, n), moved(&self.cells, n + CLOCK)].concat();
        Some(Domain { columns, exclusions })
    }

    /// The text of each token of the column `code`; empty where there is none.
    pub(super) fn codes(&self) -> Vec<String> {
        levels(&self.cells, "code")
    }
}

/// The text of each token of a column of levels; empty where there is none.
pub(super) fn levels(codec: &Codec, column: &str) -> Vec<String> {
    let domain = codec.domain();
    let Some(at) = domain.columns.iter().position(|domain| domain.name == column) else { return Vec::new() };
    let n = domain.columns[at].tokens.len();
    let tokens = |place: usize, domain: &ColumnDomain| EncodedColumn {
        tokens: (0..n as u32).map(|token| if place == at { token } else { 0 }).collect(),
        ranks: if domain.continuous().is_some() { vec![0.0; n] } else { Vec::new() },
    };
    let columns = domain.columns.iter().enumerate().map(|(place, domain)| tokens(place, domain)).collect();
    let Some(all) = Encoded::new(Arc::clone(domain), columns, n, None) else { return Vec::new() };
    let table = codec.decode(&all, Seeded::new(0));
    let Some(texts) = table.column(column) else { return Vec::new() };
    (0..n).map(|row| super::spell::text_of(texts, row).to_owned()).collect()
}

/// A column whose place among others is `by` further on.
fn shifted(domain: &ColumnDomain, by: usize) -> ColumnDomain {
    let mut domain = domain.clone();
    for token in &mut domain.tokens {
        if let Token::Equal(column) = token {
            *column += by as u32;
        }
    }
    domain
}

impl FittedRelational {
    /// The nodes from a node upwards: its parent first, persons last.
    pub(super) fn above(&self, node: usize) -> Vec<usize> {
        super::context::above(&|at| self.nodes[at].plan.parent, node)
    }
}
