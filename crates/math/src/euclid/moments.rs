//! What are the mean and the second moments of a cloud, by groups of rows?

use super::Cloud;
use rayon::prelude::*;

/// Sums of coordinates and of their products.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Rows summed.
    pub n: f64,
    /// Sum of each coordinate.
    pub sum: Vec<f64>,
    /// Sum of products of coordinates, row-major and symmetric.
    pub product: Vec<f64>,
}

impl Moments {
    /// Moments of the rows outside group `out`; of all rows when there is no such group.
    #[must_use]
    pub fn without(groups: &[Self], out: usize) -> Self {
        let width = groups.first().map_or(0, |group| group.sum.len());
        let mut all = Self { n: 0.0, sum: vec![0.0; width], product: vec![0.0; width * width] };
        for group in groups.iter().enumerate().filter(|&(at, _)| at != out).map(|(_, group)| group) {
            all.n += group.n;
            all.sum.iter_mut().zip(&group.sum).for_each(|(sum, own)| *sum += own);
            all.product.iter_mut().zip(&group.product).for_each(|(sum, own)| *sum += own);
        }
        all
    }

    /// The covariance matrix (divisor n), row-major; `None` without rows.
    #[must_use]
    pub fn covariance(&self) -> Option<Vec<f64>> {
        let width = self.sum.len();
        (self.n > 0.0).then(|| {
            let mean: Vec<f64> = self.sum.iter().map(|sum| sum / self.n).collect();
            (0..width * width)
                .map(|at| self.product[at] / self.n - mean[at / width] * mean[at % width])
                .collect()
        })
    }
}

/// Moments of each group of rows; of points scaled to length one where `unit` is set, the origin left out.
///
/// # Cost
/// O(rows · columns²): only coordinates that are not zero are multiplied.
#[must_use]
pub fn moments(cloud: &Cloud, groups: &[u8], n_groups: usize, unit: bool) -> Vec<Moments> {
    let width = cloud.width();
    (0..n_groups)
        .into_par_iter()
        .map(|group| {
            let mut of = Moments { n: 0.0, sum: vec![0.0; width], product: vec![0.0; width * width] };
            let mut point: Vec<(usize, f64)> = Vec::new();
            for row in (0..cloud.n_rows()).filter(|&row| usize::from(groups[row]) == group) {
                let length = if unit { cloud.squared_length(row).sqrt() } else { 1.0 };
                if length <= 0.0 {
                    continue;
                }
                point.clear();
                cloud.nonzero(row, |at, value| point.push((at, value / length)));
                of.n += 1.0;
                for (first, &(a, x)) in point.iter().enumerate() {
                    of.sum[a] += x;
                    let line = &mut of.product[a * width..][..width];
                    point[first..].iter().for_each(|&(b, y)| line[b] += x * y);
                }
            }
            for a in 0..width {
                for b in 0..a {
                    of.product[a * width + b] = of.product[b * width + a];
                }
            }
            of
        })
        .collect()
}
