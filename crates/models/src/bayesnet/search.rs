//! Which network scores best among those of bounded treewidth?

use crate::coded::Parent;
use crate::families::Family;
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded};

/// A network: columns in an order in which parents come first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    pub(super) nodes: Vec<Node>,
    /// By how much it scores above independent columns, in nats.
    pub(super) gain: f64,
}

/// A column, its parents, and the earlier columns of its clique, parents among them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) column: usize,
    pub(super) parents: Vec<Parent>,
    pub(super) clique: Vec<usize>,
}

/// Networks that are grown from different beginnings.
const STARTS: u64 = 64;
/// Columns among which the next is drawn, best first.
const SHORTLIST: usize = 3;

/// Grows networks column by column, each on a clique of at most `treewidth` columns that are in it, so that no network is
/// wider; of all, the one with the best score. Next comes a column that loses little by having its parents there.
///
/// # Source
/// k-trees as the space of structures: Nie et al. 2014 (`nie2014`); growing by the best column that fits: k-MAX of
/// Scanagatta et al. 2018 (`scanagatta2018`).
pub(super) fn search(
    families: &[Vec<Family>],
    treewidth: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Network, Interrupted> {
    let grown: Vec<Network> = (0..STARTS)
        .into_par_iter()
        .map(|start| {
            ctx.stop.check()?;
            Ok(grow(families, treewidth, start == 0, seed.split_at(start)))
        })
        .collect::<Result<_, Interrupted>>()?;
    let best = grown.into_iter().reduce(|best, next| if next.gain > best.gain { next } else { best });
    Ok(best.unwrap_or(Network { nodes: Vec::new(), gain: 0.0 }))
}

/// The best family of a column so far whose parents stand in one clique.
#[derive(Clone, Copy)]
struct Fit {
    family: usize,
    clique: usize,
}

fn grow(families: &[Vec<Family>], treewidth: usize, is_greedy: bool, seed: Seeded) -> Network {
    let p = families.len();
    let mut rng = seed.rng();
    let alone = |column: usize| families[column].len() - 1;
    let mut fits: Vec<Fit> = (0..p).map(|column| Fit { family: alone(column), clique: 0 }).collect();
    let mut cliques: Vec<Vec<usize>> = vec![Vec::new()];
    let mut waiting: Vec<usize> = (0..p).collect();
    let mut network = Network { nodes: Vec::with_capacity(p), gain: 0.0 };
    while !waiting.is_empty() {
        // What a column would lose against its best parents of all, less what it gains: few come first.
        let loss = |&column: &usize| {
            let (best, now) = (families[column][0].gain, families[column][fits[column].family].gain);
            (best - now, -now)
        };
        let at = if network.nodes.is_empty() && !is_greedy {
            rng.random_range(0..waiting.len())
        } else {
            let mut order: Vec<usize> = (0..waiting.len()).collect();
            order.sort_by(|&a, &b| {
                let (a, b) = (loss(&waiting[a]), loss(&waiting[b]));
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
            });
            order[if is_greedy { 0 } else { rng.random_range(0..SHORTLIST.min(order.len())) }]
        };
        let column = waiting.swap_remove(at);
        waiting.sort_unstable();
        let Fit { family, clique } = fits[column];
        let Family { parents, gain } = families[column][family].clone();
        let clique = cliques[clique].clone();
        network.gain += gain;
        // Until there are as many columns as a clique holds, all of them are the one clique.
        let wider = [&clique[..], &[column]].concat();
        let first_new = cliques.len();
        if clique.len() < treewidth {
            let last = cliques.len() - 1;
            cliques[last].clone_from(&wider);
        } else {
            cliques.extend((0..clique.len()).map(|left_out| {
                let mut next = wider.clone();
                next.remove(left_out);
                next
            }));
        }
        let new = first_new.min(cliques.len() - 1)..cliques.len();
        for &other in &waiting {
            // Of cliques that fit alike a random one: which of them leads on is not known yet.
            let turn = rng.random_range(0..new.len());
            for at in new.clone().map(|at| new.start + (at - new.start + turn) % new.len()) {
                let fitting = families[other][..fits[other].family]
                    .iter()
                    .position(|family| family.is_within(&cliques[at]));
                if let Some(family) = fitting {
                    fits[other] = Fit { family, clique: at };
                }
            }
        }
        network.nodes.push(Node { column, parents, clique });
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(parents: &[usize], gain: f64) -> Family {
        Family { parents: parents.iter().map(|&column| Parent { column, level: 0 }).collect(), gain }
    }

    #[test]
    fn parents_come_first_and_stand_in_one_clique() {
        // A ring of six: each has both neighbours as its best parents, which no tree allows.
        let families: Vec<Vec<Family>> = (0..6_usize)
            .map(|at| {
                let (a, b) = ((at + 1) % 6, (at + 5) % 6);
                let both = [a.min(b), a.max(b)];
                vec![family(&both, 10.0), family(&[a], 6.0), family(&[b], 6.0), family(&[], 0.0)]
            })
            .collect();
        for treewidth in 1..=2 {
            let found = search(&families, treewidth, Seeded::new(1), Context::silent()).unwrap();
            let mut seen = Vec::new();
            for node in &found.nodes {
                assert!(node.clique.len() <= treewidth);
                assert!(node.clique.iter().all(|column| seen.contains(column)));
                assert!(node.parents.iter().all(|parent| node.clique.contains(&parent.column)));
                seen.push(node.column);
            }
            assert_eq!(seen.len(), 6);
            // A path of five edges; with cliques of three, each may hold the first column, and the last one has both
            // neighbours as parents.
            assert!((found.gain - [30.0, 34.0][treewidth - 1]).abs() < 1e-9, "{}", found.gain);
        }
    }
}
