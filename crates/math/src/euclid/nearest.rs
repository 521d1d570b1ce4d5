//! Which references are nearest to each query?

use super::Cloud;
use super::tile::{each_tile, slack};

/// A reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its position.
    pub row: u32,
    /// How far it is.
    pub distance: f64,
}

/// For each query its `k` nearest references, nearest first, equally near ones by position; fewer when there are fewer.
///
/// # Cost
/// O(queries · references · columns), exact: single precision sorts out, double precision decides. Parallel over
/// queries, equal at any thread count.
///
/// # Example
/// ```
/// use verosim_math::euclid::{Cloud, nearest};
/// let (a, b) = (Cloud::new(&[vec![0.0]], &[]), Cloud::new(&[vec![3.0, -1.0]], &[]));
/// assert_eq!(nearest(&a, &b, 1)[0][0].row, 1);
/// ```
#[must_use]
pub fn nearest(queries: &Cloud, references: &Cloud, k: usize) -> Vec<Vec<Near>> {
    found(queries, references, k, false)
}

/// For each point its `k` nearest others of the same cloud.
#[must_use]
pub fn nearest_others(cloud: &Cloud, k: usize) -> Vec<Vec<Near>> {
    found(cloud, cloud, k, true)
}

/// References of a run that are looked at together.
const RUN: usize = 16;

struct Best {
    near: Vec<Near>,
    /// Squared distance below which a reference may still count.
    bound: f32,
}

fn found(queries: &Cloud, references: &Cloud, k: usize, others: bool) -> Vec<Vec<Near>> {
    if k == 0 {
        return vec![Vec::new(); queries.n_rows()];
    }
    let slack = slack(references);
    let start = |_| Best { near: Vec::with_capacity(k + 1), bound: f32::INFINITY };
    let visit = |best: &mut Best, query: usize, first: usize, distances: &[f32]| {
        for (run, distances) in distances.chunks(RUN).enumerate() {
            let bound = best.bound;
            // A sum, unlike a search, compares many at once.
            if distances.iter().map(|&distance| u32::from(distance <= bound)).sum::<u32>() == 0 {
                continue;
            }
            for (at, &distance) in distances.iter().enumerate() {
                let row = first + run * RUN + at;
                if distance > best.bound || (others && row == query) {
                    continue;
                }
                // Squared until the end.
                let distance = queries.squared(query, references, row);
                let place = best.near.partition_point(|near| near.distance <= distance);
                if place < k {
                    best.near.insert(place, Near { row: row as u32, distance });
                    best.near.truncate(k);
                    if best.near.len() == k {
                        best.bound = best.near[k - 1].distance as f32 * slack;
                    }
                }
            }
        }
    };
    each_tile(queries, references, start, visit)
        .into_iter()
        .map(|best| {
            best.near.into_iter().map(|near| Near { distance: near.distance.sqrt(), ..near }).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(n: usize, seed: u32) -> Cloud {
        // A congruential stream is random enough to place points.
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        let numbers: Vec<Vec<f32>> =
            (0..7).map(|_| (0..n).map(|_| (next() % 1000) as f32 / 1000.0).collect()).collect();
        let levels: Vec<(Vec<u8>, usize)> =
            (0..3).map(|_| ((0..n).map(|_| (next() % 4) as u8).collect(), 4)).collect();
        Cloud::new(&numbers, &levels)
    }

    #[test]
    fn the_nearest_are_those_of_a_plain_search() {
        let (a, b) = (cloud(70, 1), cloud(600, 2));
        for (row, near) in nearest(&a, &b, 6).iter().enumerate() {
            let mut all: Vec<(f64, usize)> = (0..600).map(|at| (a.squared(row, &b, at), at)).collect();
            all.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            let want: Vec<usize> = all[..6].iter().map(|&(_, at)| at).collect();
            assert_eq!(near.iter().map(|near| near.row as usize).collect::<Vec<_>>(), want);
        }
        let own = nearest_others(&b, 1);
        assert!(own.iter().enumerate().all(|(row, near)| near[0].row as usize != row));
    }

    #[test]
    fn odd_shapes_do_not_panic() {
        let empty = Cloud::new(&[], &[]);
        assert!(nearest(&empty, &cloud(3, 1), 2).is_empty());
        assert_eq!(nearest(&cloud(2, 1), &cloud(1, 2), 5)[1].len(), 1);
        assert!(nearest_others(&cloud(1, 1), 5)[0].is_empty());
        let flat = Cloud::new(&[vec![1.0; 5]], &[]);
        assert_eq!(nearest_others(&flat, 2)[4].iter().map(|near| near.row).collect::<Vec<_>>(), [0, 1]);
    }
}
