//! How are all pairs of two clouds visited tile by tile?

use super::Cloud;
use super::cloud::TILE;
use rayon::prelude::*;

/// Queries that meet a tile while it is in the cache.
const BLOCK: usize = 16;

/// Shows each query, tile by tile, the squared distances to all references, and returns what each query has gathered.
///
/// `visit` is given the query, the first reference of the tile and the distances in single precision: relative error
/// below [`slack`] minus one.
///
/// # Cost
/// Floor: one subtraction, product and sum per number and one comparison per level of every pair.
pub(super) fn each_tile<S: Send>(
    queries: &Cloud,
    references: &Cloud,
    start: impl Fn(usize) -> S + Sync,
    visit: impl Fn(&mut S, usize, usize, &[f32]) + Sync,
) -> Vec<S> {
    let n = queries.n_rows();
    let blocks: Vec<Vec<S>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let rows = block * BLOCK..((block + 1) * BLOCK).min(n);
            let mut states: Vec<S> = rows.clone().map(&start).collect();
            let points: Vec<(Vec<f32>, Vec<u8>)> = rows
                .clone()
                .map(|row| {
                    let numbers = (0..queries.n_numbers()).map(|at| queries.number(row, at)).collect();
                    (numbers, (0..queries.n_levels().len()).map(|at| queries.level(row, at)).collect())
                })
                .collect();
            let mut distances = [0.0_f32; TILE];
            for tile in 0..references.n_rows().div_ceil(TILE) {
                let first = tile * TILE;
                let n = TILE.min(references.n_rows() - first);
                for (at, (numbers, levels)) in points.iter().enumerate() {
                    scan(numbers, levels, references, tile, &mut distances);
                    visit(&mut states[at], rows.start + at, first, &distances[..n]);
                }
            }
            states
        })
        .collect();
    blocks.into_iter().flatten().collect()
}

/// A factor above one that no squared distance in single precision is off by more than.
pub(super) fn slack(cloud: &Cloud) -> f32 {
    1.0 + (cloud.n_numbers() + 8) as f32 * f32::EPSILON
}

/// Squared distances of one point to a tile. Four columns at a time, so that sums stay in registers.
fn scan(numbers: &[f32], levels: &[u8], references: &Cloud, tile: usize, out: &mut [f32; TILE]) {
    out.fill(0.0);
    let columns: Vec<&[f32]> = references.tile_numbers(tile).collect();
    let (fours, points) = (columns.chunks_exact(4), numbers.chunks_exact(4));
    for (&column, &point) in fours.remainder().iter().zip(points.remainder()) {
        for (sum, value) in out.iter_mut().zip(column) {
            let apart = point - value;
            *sum += apart * apart;
        }
    }
    for (four, point) in fours.zip(points) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| &four[at][..TILE]);
        for at in 0..TILE {
            let (a, b, c, d) = (point[0] - a[at], point[1] - b[at], point[2] - c[at], point[3] - d[at]);
            out[at] += (a * a + b * b) + (c * c + d * d);
        }
    }
    let columns: Vec<&[u8]> = references.tile_levels(tile).collect();
    // A counter of one byte holds 255 columns.
    for (columns, levels) in columns.chunks(255).zip(levels.chunks(255)) {
        let mut unequal = [0_u8; TILE];
        for (column, &level) in columns.iter().zip(levels) {
            unequal.iter_mut().zip(*column).for_each(|(count, &other)| *count += u8::from(other != level));
        }
        out.iter_mut().zip(&unequal).for_each(|(sum, &count)| *sum += f32::from(count));
    }
}
