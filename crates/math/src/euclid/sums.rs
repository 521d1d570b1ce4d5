//! What is the sum of a function of distance over all pairs, by groups of rows?

use super::Cloud;
use super::tile::each_tile;

/// Sums over pairs, from which any group can be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct PairSums {
    /// Row-major: group of the query, group of the reference.
    sums: Vec<f64>,
    rows: (Vec<usize>, Vec<usize>),
    n_groups: usize,
}

impl PairSums {
    /// The sum over pairs without group `out` (none is left out when there is no such group), and the numbers of queries
    /// and references that are left.
    #[must_use]
    pub fn without(&self, out: usize) -> (f64, usize, usize) {
        let kept = || (0..self.n_groups).filter(move |&group| group != out);
        let sum = kept().flat_map(|a| kept().map(move |b| self.sums[a * self.n_groups + b])).sum();
        (sum, kept().map(|at| self.rows.0[at]).sum(), kept().map(|at| self.rows.1[at]).sum())
    }
}

/// Sums `of` the squared distance over all pairs of a query and a reference, a point and itself included.
///
/// # Cost
/// O(queries · references · columns); distances in single precision, sums in double.
pub fn pair_sums(
    queries: &Cloud,
    references: &Cloud,
    groups: (&[u8], &[u8]),
    n_groups: usize,
    of: impl Fn(f64) -> f64 + Sync,
) -> PairSums {
    let by_query = each_tile(
        queries,
        references,
        |_| vec![0.0_f64; n_groups],
        |sums, _, first, distances| {
            for (&distance, &group) in distances.iter().zip(&groups.1[first..]) {
                sums[usize::from(group)] += of(f64::from(distance));
            }
        },
    );
    let mut sums = vec![0.0; n_groups * n_groups];
    for (own, &group) in by_query.iter().zip(groups.0) {
        sums[usize::from(group) * n_groups..][..n_groups]
            .iter_mut()
            .zip(own)
            .for_each(|(sum, own)| *sum += own);
    }
    let count = |groups: &[u8]| {
        let mut rows = vec![0; n_groups];
        groups.iter().for_each(|&group| rows[usize::from(group)] += 1);
        rows
    };
    PairSums { sums, rows: (count(groups.0), count(groups.1)), n_groups }
}

#[cfg(test)]
pub(in crate::euclid) mod tests {
    use super::*;

    /// Fixture G8: eight points on either side.
    pub(in crate::euclid) fn fixture() -> (Cloud, Cloud) {
        let x = [vec![0.0, 1.0, 0.0, 2.0, 3.0, 1.0, 4.0, 0.5], vec![0.0, 0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 0.5]];
        let y = [vec![0.0, 1.1, 2.0, 3.0, 0.4, 5.0, 1.0, 0.0], vec![0.1, 0.0, 2.2, 3.0, 0.6, 5.0, 2.5, 0.0]];
        (Cloud::new(&x, &[]), Cloud::new(&y, &[]))
    }

    #[test]
    fn energy_and_kernel_sums_are_those_by_hand() {
        let (x, y) = fixture();
        let none = [0; 8];
        let mean = |a, b, of: fn(f64) -> f64| pair_sums(a, b, (&none, &none), 1, of).without(9).0 / 64.0;
        // numpy on the same points: V-statistic of Székely and Rizzo, biased MMD² with exp(-d²/2). Points in single
        // precision move the last digits.
        let energy = 2.0 * mean(&x, &y, f64::sqrt) - mean(&x, &x, f64::sqrt) - mean(&y, &y, f64::sqrt);
        assert!((energy - 0.136_013_850_371_646_15).abs() < 1e-6, "{energy}");
        let kernel = |d: f64| (-0.5 * d).exp();
        let mmd = mean(&x, &x, kernel) + mean(&y, &y, kernel) - 2.0 * mean(&x, &y, kernel);
        assert!((mmd - 0.047_831_956_787_832_475).abs() < 1e-6, "{mmd}");
    }
}
