//! What do all columns of some rows tell, side by side?

use super::shape::Shape;
use verosim_data::EncodedColumn;

/// An intercept, then the numbers that each column tells.
#[derive(Clone, Debug)]
pub(super) struct Design {
    pub(super) columns: Vec<Vec<f32>>,
}

/// Where the numbers of each column begin; one more than there are columns.
pub(super) fn places(shapes: &[Shape]) -> Vec<usize> {
    let mut next = 1;
    let begins = shapes.iter().map(|shape| {
        let first = next;
        next += shape.n_features();
        first
    });
    let mut places: Vec<usize> = begins.collect();
    places.push(next);
    places
}

impl Design {
    /// Of `n` rows without a word of any column.
    pub(super) fn new(places: &[usize], n: usize) -> Self {
        let k = places.last().copied().unwrap_or(1);
        let mut columns = vec![vec![0.0; n]; k];
        columns[0].fill(1.0);
        Self { columns }
    }

    /// Of rows with all cells.
    pub(super) fn of(shapes: &[Shape], places: &[usize], cells: &[EncodedColumn], n: usize) -> Self {
        let mut design = Self::new(places, n);
        for (at, shape) in shapes.iter().enumerate() {
            design.set(shape, places[at], &cells[at], 0..n as u32);
        }
        design
    }

    /// Tells the cells of a column in `rows` anew.
    pub(super) fn set(
        &mut self,
        shape: &Shape,
        first: usize,
        cells: &EncodedColumn,
        rows: impl IntoIterator<Item = u32>,
    ) {
        for row in rows.into_iter().map(|row| row as usize) {
            let rank = cells.ranks.get(row).copied().unwrap_or(0.0);
            shape.tell(cells.tokens[row], rank, |at, x| self.columns[first + at][row] = x);
        }
    }
}
