//! How many points of one cloud lie in the balls that another cloud spans by its own neighbours?

use super::Cloud;
use super::nearest::nearest_others;
use super::tile::{each_tile, slack};
use std::sync::atomic::{AtomicU32, Ordering};

/// What the balls around one cloud hold of another. Each list has one value without each group, and a last one of all
/// rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Balls {
    /// Share of points in at least one ball.
    pub inside: Vec<f64>,
    /// Mean number of balls that a point lies in, over `k`.
    pub density: Vec<f64>,
    /// Share of balls with at least one point.
    pub hit: Vec<f64>,
}

/// Balls around each row of `centres` that reach to its `k`th neighbour among the other centres, and the rows of `points`
/// strictly inside them.
///
/// With real centres and synthetic points `inside` is precision, `density` density and `hit` coverage; with the roles
/// exchanged `inside` is recall.
///
/// # Shapes
/// Groups are below `n_groups`, at most 31, one per row.
///
/// # Cost
/// Two passes over pairs. Radii without a group come from a longer list of neighbours.
///
/// # Source
/// `kynkaanniemi2019` (precision, recall), `naeem2020` (density, coverage).
#[must_use]
pub fn balls(centres: &Cloud, points: &Cloud, k: usize, groups: (&[u8], &[u8]), n_groups: usize) -> Balls {
    let radii = radii(centres, k, groups.0, n_groups);
    let slack = slack(centres);
    let greatest: Vec<f32> = radii
        .iter()
        .map(|radii| {
            let most = radii.iter().copied().fold(0.0, f64::max);
            (most * most) as f32 * slack
        })
        .collect();
    // Bit g: the ball holds a point when group g is left out; bit n_groups: of all rows.
    let hit: Vec<AtomicU32> = radii.iter().map(|_| AtomicU32::new(0)).collect();
    let count = each_tile(
        points,
        centres,
        |_| vec![0_u32; n_groups + 1],
        |counts, query, first, distances| {
            for (at, &distance) in distances.iter().enumerate() {
                let centre = first + at;
                if distance > greatest[centre] {
                    continue;
                }
                let distance = points.distance(query, centres, centre);
                let mut bits = 0;
                for out in 0..=n_groups {
                    let kept = usize::from(groups.0[centre]) != out && usize::from(groups.1[query]) != out;
                    if kept && distance < radii[centre][out] {
                        counts[out] += 1;
                        bits |= 1 << out;
                    }
                }
                hit[centre].fetch_or(bits, Ordering::Relaxed);
            }
        },
    );
    let left = |groups: &[u8], out: usize| {
        (0..groups.len()).filter(|&row| usize::from(groups[row]) != out).count().max(1) as f64
    };
    let all = 0..=n_groups;
    Balls {
        inside: all
            .clone()
            .map(|out| count.iter().filter(|counts| counts[out] > 0).count() as f64 / left(groups.1, out))
            .collect(),
        density: all
            .clone()
            .map(|out| {
                let sum: f64 = count.iter().map(|counts| f64::from(counts[out])).sum();
                sum / (k.max(1) as f64 * left(groups.1, out))
            })
            .collect(),
        hit: all
            .map(|out| {
                let hit = hit.iter().filter(|bits| bits.load(Ordering::Relaxed) >> out & 1 == 1).count();
                hit as f64 / left(groups.0, out)
            })
            .collect(),
    }
}

/// For each centre the distance to its `k`th neighbour without each group and of all rows; the last neighbour where there
/// are fewer.
fn radii(centres: &Cloud, k: usize, groups: &[u8], n_groups: usize) -> Vec<Vec<f64>> {
    nearest_others(centres, 3 * k + 10)
        .into_iter()
        .map(|near| {
            (0..=n_groups)
                .map(|out| {
                    let kept = || near.iter().filter(|near| usize::from(groups[near.row as usize]) != out);
                    kept()
                        .nth(k.saturating_sub(1))
                        .or_else(|| kept().next_back())
                        .map_or(0.0, |near| near.distance)
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sums::tests::fixture;
    use super::*;

    #[test]
    fn values_are_those_of_prdc() {
        // Fixture G8: compute_prdc(real_features=X, fake_features=Y, nearest_k=2) of prdc 0.2.
        let (x, y) = fixture();
        let alone = ([0; 8], [0; 8]);
        let (real, made) =
            (balls(&x, &y, 2, (&alone.0, &alone.1), 1), balls(&y, &x, 2, (&alone.1, &alone.0), 1));
        assert_eq!((real.inside[1], made.inside[1], real.density[1], real.hit[1]), (1.0, 1.0, 1.25, 1.0));
        assert_eq!(real.inside[0], 0.0, "without the only group nothing is left");
    }

    #[test]
    fn leaving_a_group_out_equals_a_cloud_without_it() {
        let column = |n: usize, step: usize| (0..n).map(|at| (at * step % 101) as f32).collect::<Vec<_>>();
        let (a, b) = ([column(40, 37), column(40, 11)], [column(40, 53), column(40, 29)]);
        let groups: Vec<u8> = (0..40).map(|at| (at % 4) as u8).collect();
        let whole = balls(&Cloud::new(&a, &[]), &Cloud::new(&b, &[]), 3, (&groups, &groups), 4);
        for out in 0..4 {
            let keep = |columns: &[Vec<f32>; 2]| {
                let rows = |column: &Vec<f32>| {
                    (0..40).filter(|at| at % 4 != out).map(|at| column[at]).collect::<Vec<f32>>()
                };
                Cloud::new(&[rows(&columns[0]), rows(&columns[1])], &[])
            };
            let none = [0; 30];
            let part = balls(&keep(&a), &keep(&b), 3, (&none, &none), 1);
            assert_eq!(
                (part.inside[1], part.density[1], part.hit[1]),
                (whole.inside[out], whole.density[out], whole.hit[out])
            );
        }
    }
}
