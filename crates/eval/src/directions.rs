//! Along which lines are clouds of points compared?

use crate::embedding::Clouds;
use crate::jackknife::Groups;
use rand::RngExt as _;
use verosim_core::Seeded;
use verosim_math::euclid::Cloud;
use verosim_math::stats::Merged;

/// Directions drawn.
pub(crate) const DIRECTIONS: usize = 200;

/// Independent standard normal numbers.
pub(crate) fn normals(n: usize, seed: Seeded) -> Vec<f64> {
    let mut rng = seed.rng();
    // Box and Muller's pairs.
    (0..n.div_ceil(2))
        .flat_map(|_| {
            let (u, v) =
                (rng.random_range(f64::MIN_POSITIVE..1.0), rng.random_range(0.0..std::f64::consts::TAU));
            let length = (-2.0 * u.ln()).sqrt();
            [length * v.cos(), length * v.sin()]
        })
        .take(n)
        .collect()
}

/// Both clouds along 200 directions that are uniform on the sphere.
pub(crate) fn slices(both: &Clouds, groups: &Groups, seed: Seeded) -> Vec<Merged> {
    use rayon::prelude::*;
    (0..DIRECTIONS as u64)
        .into_par_iter()
        .map(|at| {
            let mut direction = normals(both.real.width(), seed.split_at(at));
            let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            direction.iter_mut().for_each(|x| *x /= length);
            let along = |cloud: &Cloud| cloud.project(&direction);
            Merged::new((&along(&both.real), &groups.real), (&along(&both.synthetic), &groups.synthetic))
        })
        .collect()
}
