//! What chance does the law of a column give to a cell?

use super::model::{ColumnModel, TokenLaw};
use crate::view::View;
use verosim_data::ColumnDomain;
use verosim_math::forest::ClassTree;

/// The chances of the cells of a column, in rows of which the columns before it are seen.
pub(super) struct Chances<'a> {
    model: &'a ColumnModel,
    domain: &'a ColumnDomain,
    /// Bins of the predictors.
    seen: &'a [&'a [u8]],
    backoff: f64,
    /// Of boosted trees, row by row.
    boosted: Vec<f64>,
}

impl<'a> Chances<'a> {
    pub(super) fn new(
        model: &'a ColumnModel,
        domain: &'a ColumnDomain,
        views: &[View],
        seen: &'a [&'a [u8]],
        backoff: f64,
    ) -> Self {
        let boosted = match &model.tokens {
            TokenLaw::Boosted(law) => {
                let views = model.predictors.iter().map(|&view| &views[view]);
                law.chances(views.zip(seen.iter().copied()))
            }
            _ => Vec::new(),
        };
        Self { model, domain, seen, backoff, boosted }
    }

    /// The chance of a token in a row.
    pub(super) fn token(&self, row: usize, token: u32) -> f64 {
        match &self.model.tokens {
            TokenLaw::Boosted(law) => {
                law.place(token).map_or(0.0, |at| self.boosted[row * law.tokens.len() + at])
            }
            forest => chance(forest, self.domain, self.seen, row, token, self.backoff),
        }
    }

    /// The chance that a continuous value lies within `reach` ranks of `rank`, averaged over trees.
    pub(super) fn near(&self, row: usize, rank: f32, reach: f32) -> f64 {
        let trees = &self.model.ranks;
        let share = |tree: &verosim_math::forest::RankTree| {
            let leaf = tree.tree().leaf(self.seen, row);
            tree.share_below(leaf, rank + reach) - tree.share_below(leaf, rank - reach)
        };
        trees.iter().map(share).sum::<f64>() / trees.len().max(1) as f64
    }
}

/// Chance of `token` in `row`, averaged over the trees of a forest; 0 for laws that are no forest.
fn chance(
    law: &TokenLaw,
    domain: &ColumnDomain,
    seen: &[&[u8]],
    row: usize,
    token: u32,
    backoff: f64,
) -> f64 {
    let mean = |trees: &[ClassTree], class: usize| {
        let sum: f64 =
            trees.iter().map(|tree| tree.chance(tree.tree().leaf(seen, row), class as u16, backoff)).sum();
        sum / trees.len() as f64
    };
    match law {
        TokenLaw::Constant(only) => f64::from(u8::from(*only == token)),
        TokenLaw::Flat(trees) => mean(trees, token as usize),
        TokenLaw::Grouped { members, groups, within } => {
            let group = domain.parents[token as usize] as usize;
            match members[group].iter().position(|&member| member == token) {
                None => 0.0,
                Some(_) if within[group].is_empty() => mean(groups, group),
                Some(at) => mean(groups, group) * mean(&within[group], at),
            }
        }
        TokenLaw::Boosted(_) => 0.0,
    }
}
