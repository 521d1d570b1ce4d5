//! What is the distance from each query to its nearest references?

use super::tiles::{LANES, Tiles};
use rayon::prelude::*;

/// Rows as numbers in `[0, 1]` (`NaN` missing) and level codes.
///
/// The distance of two rows is the sum over columns of |difference| for numbers and 0 or 1 for levels; missing is 0
/// from missing and 1 from any value (Gower 1971, `gower1971`, unscaled by the number of columns).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub(super) n_rows: usize,
    /// Row-major; missing is far from everything but itself.
    pub(super) numbers: Vec<f32>,
    pub(super) levels: Vec<u16>,
    pub(super) n_numbers: usize,
    pub(super) n_levels: usize,
}

/// Where missing numbers stand: a distance above 1 is cut to 1, and missing is 0 from itself.
const MISSING: f32 = 1e3;
/// Queries that are compared with one tile before the next tile is fetched.
const BLOCK: usize = 16;

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
/// O(queries · references · columns), exact, parallel over queries, equal at any thread count and on any processor. The
/// floor is one subtraction per number and one comparison per level of every pair; a tile of references none of which can
/// be nearer than those found is left half way.
#[must_use]
pub fn neighbours(queries: &Points, references: &Points, k: usize) -> Vec<Vec<Neighbour>> {
    let tiles = Tiles::new(references);
    let blocks = queries.n_rows.div_ceil(BLOCK);
    let found: Vec<Vec<Vec<Neighbour>>> = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let rows = block * BLOCK..((block + 1) * BLOCK).min(queries.n_rows);
            pulp::Arch::new().dispatch(|| search(queries, rows, &tiles, k))
        })
        .collect();
    found.into_iter().flatten().collect()
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "compiled once for each set of vector instructions")]
fn search(queries: &Points, rows: std::ops::Range<usize>, tiles: &Tiles, k: usize) -> Vec<Vec<Neighbour>> {
    let (n, l) = (queries.n_numbers, queries.n_levels);
    let mut found: Vec<Vec<Neighbour>> = rows.clone().map(|_| Vec::with_capacity(k + 1)).collect();
    let mut sums = [0.0_f32; LANES];
    for tile in 0..tiles.len() {
        for (best, row) in found.iter_mut().zip(rows.clone()) {
            let bound =
                if best.len() < k { f32::INFINITY } else { best.last().map_or(0.0, |last| last.distance) };
            let (numbers, levels) = (&queries.numbers[row * n..][..n], &queries.levels[row * l..][..l]);
            if !tiles.distances(tile, numbers, levels, bound, &mut sums) {
                continue;
            }
            for (lane, &distance) in sums[..tiles.rows(tile)].iter().enumerate() {
                if best.len() < k || best.last().is_some_and(|worst| distance < worst.distance) {
                    let place = best.partition_point(|b| b.distance <= distance);
                    best.insert(place, Neighbour { row: (tile * LANES + lane) as u32, distance });
                    best.truncate(k);
                }
            }
        }
    }
    found
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

    #[test]
    fn tiles_find_what_comparing_row_by_row_finds() {
        use rand::{RngExt as _, SeedableRng as _};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let mut table = |rows: usize| {
            let mut number = |holes: bool| -> Vec<f32> {
                (0..rows)
                    .map(|_| if holes && rng.random_bool(0.2) { f32::NAN } else { rng.random() })
                    .collect()
            };
            let numbers: Vec<Vec<f32>> = (0..5).map(|at| number(at % 2 == 0)).collect();
            let mut level =
                |most: u16| -> Vec<u16> { (0..rows).map(|_| rng.random_range(0..most)).collect() };
            let levels: Vec<Vec<u16>> = (0..300).map(|at| level([2, 7, 900][at % 3])).collect();
            Points::new(&numbers, &levels)
        };
        let (queries, references) = (table(37), table(700));
        let slow = |a: usize, b: usize| -> f32 {
            let (n, l) = (5, 300);
            let number =
                |at: usize| (queries.numbers[a * n + at] - references.numbers[b * n + at]).abs().min(1.0);
            let unequal = (0..l).filter(|at| queries.levels[a * l + at] != references.levels[b * l + at]);
            unequal.count() as f32 + (0..n).map(number).sum::<f32>()
        };
        for (row, found) in neighbours(&queries, &references, 3).iter().enumerate() {
            let mut all: Vec<(f32, usize)> = (0..700).map(|at| (slow(row, at), at)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (neighbour, (distance, _)) in found.iter().zip(&all) {
                assert!((neighbour.distance - distance).abs() < 1e-3, "{neighbour:?} {distance}");
                assert!((slow(row, neighbour.row as usize) - neighbour.distance).abs() < 1e-3);
            }
            assert_eq!(found.len(), 3);
        }
    }
}
