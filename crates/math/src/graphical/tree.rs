//! Which cliques hold all sets of axes that belong together, and how do they hang on each other?

use super::places;

/// Cliques in an order in which parents come first. Axes that a clique shares with any earlier one it shares with its parent
/// (running intersection), so that a law is a product of tables, each given the one before.
///
/// # Source
/// Elimination and junction trees: `lauritzen1988`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JunctionTree {
    sizes: Vec<usize>,
    cliques: Vec<Clique>,
}

/// A set of axes with a table of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clique {
    /// Its axes, ascending.
    pub axes: Vec<usize>,
    /// The earlier clique that it hangs on; none for the first.
    pub parent: Option<usize>,
    /// Axes that it shares with its parent.
    pub separator: Vec<usize>,
    /// Cells of its table, and of that of its separator.
    pub(super) cells: usize,
    pub(super) separator_cells: usize,
    /// For each of its cells, and of its parent's: the cell of the separator.
    pub(super) own: Vec<u32>,
    pub(super) above: Vec<u32>,
}

impl JunctionTree {
    /// A tree in which each of `sets` stands within a clique, over axes with `sizes` states. Axes are eliminated
    /// greedily, the one with the smallest table first.
    ///
    /// # Cost
    /// O(axes² · neighbours) and the cells of all cliques: see [`cells_of`] before.
    #[must_use]
    pub fn new(sizes: &[usize], sets: &[Vec<usize>]) -> Self {
        let cliques = eliminated(sizes, sets);
        // A spanning tree of greatest separators has running intersection.
        let mut order: Vec<(Vec<usize>, Option<usize>)> = Vec::new();
        let mut waiting: Vec<(Bits, usize, usize)> = Vec::new();
        for (at, clique) in cliques.into_iter().enumerate() {
            if at == 0 {
                order.push((clique.members(), None));
                continue;
            }
            waiting.push((clique, 0, 0));
        }
        let mut last = order.first().map(|(axes, _)| Bits::of(sizes.len(), axes));
        while let (false, Some(new)) = (waiting.is_empty(), &last) {
            let at = order.len() - 1;
            for (clique, parent, shared) in &mut waiting {
                let with_new = clique.shared(new);
                if at == 0 || with_new > *shared {
                    (*parent, *shared) = (at, with_new);
                }
            }
            let widest = waiting.iter().map(|(_, _, shared)| *shared).max().unwrap_or(0);
            let next = waiting.iter().position(|(_, _, shared)| *shared == widest).unwrap_or(0);
            let (clique, parent, _) = waiting.remove(next);
            order.push((clique.members(), Some(parent)));
            last = Some(clique);
        }
        Self::assembled(sizes.to_vec(), order)
    }

    /// A tree from its parts, as [`cliques`](Self::cliques) tells them; `None` when they are none, or their tables have more
    /// than `most` cells.
    #[must_use]
    pub fn from_parts(
        sizes: Vec<usize>,
        cliques: Vec<(Vec<usize>, Option<usize>)>,
        most: usize,
    ) -> Option<Self> {
        let mut seen = vec![false; sizes.len()];
        let mut cells = 0_usize;
        for (at, (axes, parent)) in cliques.iter().enumerate() {
            let ascends = axes.windows(2).all(|pair| pair[0] < pair[1]);
            let above: &[usize] = match parent {
                Some(parent) if *parent < at => &cliques[*parent].0,
                None if at == 0 => &[],
                _ => return None,
            };
            if !ascends || axes.last().is_none_or(|&last| last >= sizes.len()) {
                return None;
            }
            if axes.iter().any(|axis| seen[*axis] != above.contains(axis) && seen[*axis]) {
                return None;
            }
            axes.iter().for_each(|&axis| seen[axis] = true);
            cells = cells.saturating_add(product(&sizes, axes));
        }
        let sound = seen.into_iter().all(|seen| seen) && sizes.iter().all(|&size| size > 0) && cells <= most;
        sound.then(|| Self::assembled(sizes, cliques))
    }

    /// States of each axis.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The cliques, parents first.
    #[must_use]
    pub fn cliques(&self) -> &[Clique] {
        &self.cliques
    }

    /// Cells of all tables.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.cliques.iter().map(|clique| clique.cells).sum()
    }

    /// The smallest clique that holds all of `axes`.
    #[must_use]
    pub fn holding(&self, axes: &[usize]) -> Option<usize> {
        let holds = |clique: &Clique| axes.iter().all(|axis| clique.axes.contains(axis));
        let found = self.cliques.iter().enumerate().filter(|(_, clique)| holds(clique));
        found.min_by_key(|(_, clique)| clique.cells).map(|(at, _)| at)
    }

    fn assembled(sizes: Vec<usize>, order: Vec<(Vec<usize>, Option<usize>)>) -> Self {
        let mut cliques: Vec<Clique> = Vec::with_capacity(order.len());
        for (axes, parent) in order {
            let above: &[usize] = parent.map_or(&[], |parent| &cliques[parent].axes);
            let separator: Vec<usize> = axes.iter().copied().filter(|axis| above.contains(axis)).collect();
            cliques.push(Clique {
                cells: product(&sizes, &axes),
                separator_cells: product(&sizes, &separator),
                own: places(&sizes, &axes, &separator),
                above: places(&sizes, above, &separator),
                axes,
                parent,
                separator,
            });
        }
        Self { sizes, cliques }
    }
}

/// Cells of all tables of the tree that [`JunctionTree::new`] makes, without making it; `usize::MAX` when there are more than can be
/// counted.
///
/// # Cost
/// O(axes² · neighbours).
#[must_use]
pub fn cells_of(sizes: &[usize], sets: &[Vec<usize>]) -> usize {
    let cells = |clique: &Bits| product(sizes, &clique.members());
    eliminated(sizes, sets).iter().fold(0, |sum: usize, clique| sum.saturating_add(cells(clique)))
}

fn product(sizes: &[usize], axes: &[usize]) -> usize {
    axes.iter().fold(1, |cells: usize, &axis| cells.saturating_mul(sizes[axis]))
}

/// The maximal cliques that are left when axes are eliminated one by one.
fn eliminated(sizes: &[usize], sets: &[Vec<usize>]) -> Vec<Bits> {
    let n = sizes.len();
    // Each axis with its neighbours, itself among them.
    let mut near: Vec<Bits> = (0..n).map(|axis| Bits::of(n, &[axis])).collect();
    for set in sets {
        let set = Bits::of(n, set);
        set.members().into_iter().for_each(|axis| near[axis].join(&set));
    }
    let logs: Vec<f64> = sizes.iter().map(|&size| (size.max(1) as f64).ln()).collect();
    let weight = |near: &Bits| near.members().into_iter().map(|axis| logs[axis]).sum::<f64>();
    let mut weights: Vec<f64> = near.iter().map(weight).collect();
    let mut waiting: Vec<usize> = (0..n).collect();
    let mut cliques: Vec<Bits> = Vec::new();
    while let Some(at) =
        (0..waiting.len()).min_by(|&a, &b| weights[waiting[a]].total_cmp(&weights[waiting[b]]))
    {
        let axis = waiting.remove(at);
        let clique = near[axis].clone();
        let mut rest = clique.clone();
        rest.remove(axis);
        for other in rest.members() {
            near[other].join(&rest);
            near[other].remove(axis);
            weights[other] = weight(&near[other]);
        }
        if !cliques.iter().any(|earlier| clique.is_within(earlier)) {
            cliques.push(clique);
        }
    }
    cliques
}

/// A set of axes.
#[derive(Clone, Debug, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(n: usize, members: &[usize]) -> Self {
        let mut words = vec![0; n.div_ceil(64)];
        members.iter().for_each(|&axis| words[axis / 64] |= 1 << (axis % 64));
        Self(words)
    }

    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    fn remove(&mut self, axis: usize) {
        self.0[axis / 64] &= !(1 << (axis % 64));
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own & !other == 0)
    }

    fn shared(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(own, other)| (own & other).count_ones() as usize).sum()
    }

    fn members(&self) -> Vec<usize> {
        let mut members = Vec::new();
        for (at, &word) in self.0.iter().enumerate() {
            let mut left = word;
            while left != 0 {
                members.push(at * 64 + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
        members
    }
}
