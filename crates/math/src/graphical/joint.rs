//! What is the joint law over a junction tree, and how does it change when its tables are reweighted?

use super::{JunctionTree, places};
use std::sync::Arc;

/// A joint law: for each clique the chances of its cells given those of its separator, and overall.
///
/// Kept as chances given the separator, a law can be reweighted thousands of times without a logarithm: messages are sums,
/// and no product runs over more than one table.
#[derive(Clone, Debug)]
pub struct Joint {
    tree: Arc<JunctionTree>,
    /// Per clique: chances of cells given their cell of the separator.
    given: Vec<Vec<f64>>,
    /// Per clique: chances of cells.
    shares: Vec<Vec<f64>>,
}

/// Chances are kept above this: what is impossible can come back, and no arithmetic slows down on subnormal numbers.
const LEAST: f64 = 1e-100;

impl Joint {
    /// The law in which all combinations are equally likely.
    #[must_use]
    pub fn even(tree: Arc<JunctionTree>) -> Self {
        let given = tree.cliques().iter().map(|clique| vec![1.0; clique.cells]).collect();
        Self::weighed(tree, given).0
    }

    /// The law proportional to the product over cliques of `exp(logs)`. Stable at any size of `logs`.
    ///
    /// # Cost
    /// O(cells).
    #[must_use]
    pub fn from_logs(tree: Arc<JunctionTree>, mut logs: Vec<Vec<f64>>) -> Self {
        for at in (0..tree.cliques().len()).rev() {
            let clique = &tree.cliques()[at];
            let mut most = vec![f64::NEG_INFINITY; clique.separator_cells];
            for (&log, &sep) in logs[at].iter().zip(&clique.own) {
                most[sep as usize] = most[sep as usize].max(log);
            }
            let mut sums = vec![0.0; clique.separator_cells];
            for (log, &sep) in logs[at].iter_mut().zip(&clique.own) {
                *log = (*log - most[sep as usize]).exp();
                sums[sep as usize] += *log;
            }
            let message: Vec<f64> =
                most.iter().zip(&sums).map(|(most, sum): (&f64, &f64)| most + sum.ln()).collect();
            logs[at].iter_mut().zip(&clique.own).for_each(|(log, &sep)| *log /= sums[sep as usize]);
            if let Some(parent) = clique.parent {
                logs[parent]
                    .iter_mut()
                    .zip(&clique.above)
                    .for_each(|(log, &sep)| *log += message[sep as usize]);
            }
        }
        Self::weighed(tree, logs).0
    }

    /// The law from its tables of chances given separators, as [`given`](Self::given) tells them; `None` when they do not fit
    /// the tree or are no chances.
    #[must_use]
    pub fn from_given(tree: Arc<JunctionTree>, given: Vec<Vec<f64>>) -> Option<Self> {
        let fits = given.len() == tree.cliques().len()
            && given.iter().zip(tree.cliques()).all(|(given, clique)| {
                given.len() == clique.cells && given.iter().all(|chance| (0.0..=1.0).contains(chance))
            });
        fits.then(|| Self::weighed(tree, given).0)
    }

    /// The law given evidence, and how likely that is: `weights` has for some axes how much each state counts, 0 to 1.
    ///
    /// # Cost
    /// O(cells).
    #[must_use]
    pub fn given_evidence(&self, weights: &[(usize, Vec<f64>)]) -> (Self, f64) {
        let mut tables = self.given.clone();
        for (axis, weights) in weights {
            let cliques = self.tree.cliques().iter().zip(&mut tables);
            if let Some((clique, table)) = cliques.into_iter().find(|(clique, _)| clique.axes.contains(axis))
            {
                let states = places(self.tree.sizes(), &clique.axes, &[*axis]);
                table.iter_mut().zip(states).for_each(|(cell, state)| *cell *= weights[state as usize]);
            }
        }
        let (law, log_total) = Self::weighed(Arc::clone(&self.tree), tables);
        (law, log_total.exp().min(1.0))
    }

    /// The law proportional to the product of `given` over cliques, and the logarithm of the sum of that product: sums run up
    /// the tree, chances down.
    pub(super) fn weighed(tree: Arc<JunctionTree>, mut given: Vec<Vec<f64>>) -> (Self, f64) {
        let mut log_total = 0.0;
        for at in (0..tree.cliques().len()).rev() {
            let clique = &tree.cliques()[at];
            let (above, own) = given.split_at_mut(at);
            let own = &mut own[0];
            let mut sums = vec![0.0; clique.separator_cells];
            own.iter_mut().zip(&clique.own).for_each(|(weight, &sep)| {
                *weight = weight.max(LEAST);
                sums[sep as usize] += *weight;
            });
            let most = sums.iter().copied().fold(0.0, f64::max);
            let inverse: Vec<f64> = sums.iter().map(|sum| 1.0 / sum).collect();
            own.iter_mut().zip(&clique.own).for_each(|(weight, &sep)| *weight *= inverse[sep as usize]);
            log_total += most.ln();
            if let Some(parent) = clique.parent {
                sums.iter_mut().for_each(|sum| *sum /= most);
                above[parent]
                    .iter_mut()
                    .zip(&clique.above)
                    .for_each(|(weight, &sep)| *weight *= sums[sep as usize]);
            }
        }
        let mut shares: Vec<Vec<f64>> = Vec::with_capacity(given.len());
        for (clique, given) in tree.cliques().iter().zip(&given) {
            let mut sums = vec![0.0; clique.separator_cells];
            match clique.parent {
                Some(parent) => {
                    shares[parent]
                        .iter()
                        .zip(&clique.above)
                        .for_each(|(share, &sep)| sums[sep as usize] += share);
                }
                None => sums[0] = 1.0,
            }
            shares.push(
                given.iter().zip(&clique.own).map(|(given, &sep)| given * sums[sep as usize]).collect(),
            );
        }
        (Self { tree, given, shares }, log_total)
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &Arc<JunctionTree> {
        &self.tree
    }

    /// For each clique the chances of its cells given their cell of the separator.
    #[must_use]
    pub fn given(&self) -> &[Vec<f64>] {
        &self.given
    }

    /// For each clique the chances of its cells.
    #[must_use]
    pub fn shares(&self) -> &[Vec<f64>] {
        &self.shares
    }

    /// The table of chances over `axes`, ascending, the last counting fastest; `None` when no clique holds them all.
    ///
    /// # Cost
    /// O(cells of the clique).
    #[must_use]
    pub fn table(&self, axes: &[usize]) -> Option<Vec<f64>> {
        let at = self.tree.holding(axes)?;
        let cells = axes.iter().map(|&axis| self.tree.sizes()[axis]).product();
        let mut table = vec![0.0; cells];
        let to = places(self.tree.sizes(), &self.tree.cliques()[at].axes, axes);
        self.shares[at].iter().zip(to).for_each(|(share, to)| table[to as usize] += share);
        Some(table)
    }
}
