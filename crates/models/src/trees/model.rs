//! What does a fitted forest hold?

use super::boosted::BoostedLaw;
use super::config::Trees;
use crate::view::View;
use std::sync::Arc;
use verosim_data::Domain;
use verosim_math::forest::{ClassTree, RankTree};

/// A fitted forest: for each column, in the order in which columns are drawn, trees on the columns before it.
#[derive(Clone, Debug)]
pub struct FittedTrees {
    pub(super) settings: Trees,
    pub(super) domain: Arc<Domain>,
    /// How many of the first columns of the domain are not drawn but known before.
    pub(super) given: usize,
    pub(super) views: Vec<View>,
    /// One per other column of the domain, in drawing order.
    pub(super) columns: Vec<ColumnModel>,
}

/// The law of one column given those before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ColumnModel {
    /// Which column of the domain.
    pub(super) column: usize,
    /// Views that the trees look at, all of earlier columns.
    pub(super) predictors: Vec<usize>,
    pub(super) tokens: TokenLaw,
    /// Ranks of continuous values; one tree per bag, or none.
    pub(super) ranks: Vec<RankTree>,
}

/// The law of a column's tokens.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenLaw {
    /// One token only.
    Constant(u32),
    /// One tree per bag over all tokens.
    Flat(Vec<ClassTree>),
    /// One tree per bag over groups, then trees within each group: long vocabularies.
    Grouped {
        /// Tokens of each group.
        members: Vec<Vec<u32>>,
        groups: Vec<ClassTree>,
        /// Trees over the members of each group; none for groups of one.
        within: Vec<Vec<ClassTree>>,
    },
    /// Boosted trees over a short vocabulary.
    Boosted(BoostedLaw),
}
