//! How is a network walked, and what is left of it when columns are eliminated?

use super::factor::{Factor, n_cells};
use crate::coded::Views;
use crate::law::Law;

/// The network as it is walked: who hangs on whom, by places in the order of its laws.
pub(super) struct Net<'a> {
    pub(super) laws: &'a [Law],
    pub(super) views: &'a [Views],
    pub(super) place_of: Vec<usize>,
    /// Places of the columns that hang on each.
    pub(super) children: Vec<Vec<usize>>,
}

impl<'a> Net<'a> {
    pub(super) fn new(laws: &'a [Law], views: &'a [Views]) -> Self {
        let mut place_of = vec![0; laws.len()];
        laws.iter().enumerate().for_each(|(place, law)| place_of[law.column] = place);
        let mut children = vec![Vec::new(); laws.len()];
        for (place, law) in laws.iter().enumerate() {
            law.parents.iter().for_each(|parent| children[place_of[parent.column]].push(place));
        }
        Self { laws, views, place_of, children }
    }

    /// What stands before each of the columns at the places `hidden` (ascending) is summed over, in that order, and what is
    /// left when all are. The tables of the columns at the places `speaking` are what is known: those of the hidden ones and of
    /// others that hang on them, of which `drawn` holds the state in `row`; columns of which nothing is known and on which
    /// nothing known hangs say nothing. `beside` are tables over hidden columns that weigh in as well. `None` when a table
    /// has more than `most` cells.
    ///
    /// # Source
    /// Variable elimination, Zhang and Poole 1994 (`zhang1994`): from the last column to the first, all that speaks of it is
    /// multiplied, kept, and summed over it; then columns are drawn from the first to the last. In a network that was grown as
    /// a k-tree that order makes no table wider than a clique.
    pub(super) fn eliminated(
        &self,
        (hidden, speaking): (&[usize], &[usize]),
        (row, drawn): (usize, &mut [Vec<u16>]),
        beside: Vec<Factor>,
        most: usize,
    ) -> Option<(Vec<Factor>, Vec<Factor>)> {
        let mut factors = speaking
            .iter()
            .map(|&place| self.factor(place, hidden, (row, drawn), most))
            .collect::<Option<Vec<_>>>()?;
        factors.extend(beside);
        let mut kept = Vec::with_capacity(hidden.len());
        for &place in hidden.iter().rev() {
            let (own, others): (Vec<Factor>, Vec<Factor>) =
                factors.into_iter().partition(|factor| factor.over.contains(&place));
            factors = others;
            let product = Factor::product(&own, most)?;
            factors.push(product.summed());
            kept.push(product);
        }
        kept.reverse();
        Some((kept, factors))
    }

    /// The table of a column, as far as columns of it are hidden.
    fn factor(
        &self,
        place: usize,
        hidden: &[usize],
        (row, drawn): (usize, &mut [Vec<u16>]),
        most: usize,
    ) -> Option<Factor> {
        let law = &self.laws[place];
        let places = law.parents.iter().map(|parent| self.place_of[parent.column]).chain([place]);
        let mut over: Vec<usize> = places.filter(|place| hidden.binary_search(place).is_ok()).collect();
        over.sort_unstable();
        let columns: Vec<usize> = over.iter().map(|&place| self.laws[place].column).collect();
        let sizes: Vec<usize> = over.iter().map(|&place| self.laws[place].size).collect();
        let n = n_cells(&sizes, most)?;
        // What stands in the row is put back when all combinations were tried.
        let before: Vec<u16> = columns.iter().map(|&column| drawn[column][row]).collect();
        let mut cells = Vec::with_capacity(n);
        for cell in 0..n {
            let mut left = cell;
            for (&size, &column) in sizes.iter().zip(&columns) {
                drawn[column][row] = (left % size) as u16;
                left /= size;
            }
            let chances = law.row(law.given_in(self.views, drawn, row));
            cells.push(f64::from(chances[usize::from(drawn[law.column][row])]));
        }
        columns.iter().zip(before).for_each(|(&column, state)| drawn[column][row] = state);
        Some(Factor { over, sizes, cells, log_scale: 0.0 })
    }

    /// The chances of a column given all others: its own table times those of the columns that hang on it.
    pub(super) fn conditional(&self, place: usize, row: usize, drawn: &mut [Vec<u16>]) -> Vec<f32> {
        let own = &self.laws[place];
        let before = drawn[own.column][row];
        let mut chances = own.row(own.given_in(self.views, drawn, row)).to_vec();
        for (state, chance) in chances.iter_mut().enumerate() {
            drawn[own.column][row] = state as u16;
            for &child in &self.children[place] {
                let law = &self.laws[child];
                let told = law.row(law.given_in(self.views, drawn, row));
                *chance *= told[usize::from(drawn[law.column][row])];
            }
        }
        drawn[own.column][row] = before;
        chances
    }
}
