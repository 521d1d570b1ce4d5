//! What is the distance from each query to its nearest references?

use rayon::prelude::*;

/// Rows as numbers in `[0, 1]` (`NaN` missing) and level codes.
///
/// The distance of two rows is the sum over columns of |difference| for numbers and 0 or 1 for levels; missing is 0
/// from missing and 1 from any value (Gower 1971, `gower1971`, unscaled by the number of columns).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    n_rows: usize,
    /// Row-major; missing is far from everything but itself.
    numbers: Vec<f32>,
    levels: Vec<u16>,
    n_numbers: usize,
    n_levels: usize,
}

/// Where missing numbers stand: a distance above 1 is cut to 1, and missing is 0 from itself.
const MISSING: f32 = 1e3;
/// Rows of references that are compared with a query before its running minimum is looked at again.
const TILE: usize = 64;

impl Points {
    /// Rows from columns of equal length.
    #[must_use]
    pub fn new(numbers: &[Vec<f32>], levels: &[Vec<u16>]) -> Self {
        let n_rows = numbers.first().map(Vec::len).or(levels.first().map(Vec::len)).unwrap_or(0);
        let mut points = Self {
            n_rows,
            numbers: Vec::with_capacity(n_rows * numbers.len()),
            levels: Vec::with_capacity(n_rows * levels.len()),
            n_numbers: numbers.len(),
            n_levels: levels.len(),
        };
        for row in 0..n_rows {
            points.numbers.extend(
                numbers.iter().map(|column| if column[row].is_nan() { MISSING } else { column[row] }),
            );
            points.levels.extend(levels.iter().map(|column| column[row]));
        }
        points
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn distance(&self, row: usize, other: &Self, at: usize) -> f32 {
        let (n, l) = (self.n_numbers, self.n_levels);
        let numbers = self.numbers[row * n..][..n]
            .iter()
            .zip(&other.numbers[at * n..][..n])
            .map(|(a, b)| (a - b).abs().min(1.0))
            .sum::<f32>();
        let unequal = self.levels[row * l..][..l]
            .iter()
            .zip(&other.levels[at * l..][..l])
            .map(|(a, b)| u16::from(a != b))
            .sum::<u16>();
        numbers + f32::from(unequal)
    }
}

/// A row of the references.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its position.
    pub row: u32,
    /// How far it is.
    pub distance: f32,
}

/// For each query the distances to its `k` nearest references, ascending; fewer when there are fewer.
///
/// # Cost
/// That of [`neighbours`].
#[must_use]
pub fn nearest(queries: &Points, references: &Points, k: usize) -> Vec<Vec<f32>> {
    neighbours(queries, references, k)
        .into_iter()
        .map(|found| found.into_iter().map(|neighbour| neighbour.distance).collect())
        .collect()
}

/// For each query its `k` nearest references, nearest first, equally near ones by position; fewer when there are fewer.
///
/// # Cost
/// O(queries · references · columns), exact, parallel over queries, equal at any thread count. The floor is one
/// subtraction per number and one comparison per level of every pair.
#[must_use]
pub fn neighbours(queries: &Points, references: &Points, k: usize) -> Vec<Vec<Neighbour>> {
    (0..queries.n_rows)
        .into_par_iter()
        .with_min_len(16)
        .map(|row| {
            let mut best: Vec<Neighbour> = Vec::with_capacity(k + 1);
            let mut buffer = [0.0_f32; TILE];
            for start in (0..references.n_rows).step_by(TILE) {
                let n = TILE.min(references.n_rows - start);
                for (at, distance) in buffer[..n].iter_mut().enumerate() {
                    *distance = queries.distance(row, references, start + at);
                }
                for (at, &distance) in buffer[..n].iter().enumerate() {
                    if best.len() < k || best.last().is_some_and(|worst| distance < worst.distance) {
                        let place = best.partition_point(|b| b.distance <= distance);
                        best.insert(place, Neighbour { row: (start + at) as u32, distance });
                        best.truncate(k);
                    }
                }
            }
            best
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_by_hand() {
        let nan = f32::NAN;
        let a = Points::new(&[vec![0.0, 0.5, nan]], &[vec![1, 2, 3]]);
        let b = Points::new(&[vec![0.25, nan]], &[vec![1, 3]]);
        let found = nearest(&a, &b, 2);
        assert_eq!(found[0], [0.25, 2.0], "a quarter apart; missing and another level");
        assert_eq!(found[1], [1.25, 2.0]);
        assert_eq!(found[2], [0.0, 2.0], "missing equals missing");
    }
}
