//! What chance does a forest give to a token?

use super::model::TokenLaw;
use verosim_data::ColumnDomain;
use verosim_math::forest::ClassTree;

/// Chance of `token` in `row`, averaged over the trees of a forest; 0 for laws that are no forest.
pub(super) fn chance(
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
