//! Where do points fall along a direction, and how far are they from a place?

use super::Cloud;
use std::f64::consts::FRAC_1_SQRT_2;

impl Cloud {
    /// The inner product of each point with `direction`, one weight per coordinate.
    #[must_use]
    pub fn project(&self, direction: &[f64]) -> Vec<f64> {
        (0..self.n_rows()).map(|row| self.dot(row, direction)).collect()
    }

    /// The inner product of one point with `direction`.
    #[must_use]
    pub fn dot(&self, row: usize, direction: &[f64]) -> f64 {
        let n = self.n_numbers();
        let mut sum = 0.0;
        for (at, weight) in direction.iter().enumerate().take(n) {
            sum += f64::from(self.number(row, at)) * weight;
        }
        let (mut from, mut indicators) = (n, 0.0);
        for (at, width) in self.n_levels().iter().enumerate() {
            indicators += direction[from + usize::from(self.level(row, at))];
            from += width;
        }
        sum + FRAC_1_SQRT_2 * indicators
    }

    /// The squared length of one point.
    #[must_use]
    pub fn squared_length(&self, row: usize) -> f64 {
        let numbers: f64 = (0..self.n_numbers()).map(|at| f64::from(self.number(row, at)).powi(2)).sum();
        numbers + 0.5 * self.n_levels().len() as f64
    }

    /// The mean of the points at `rows`; zeros where there are none.
    #[must_use]
    pub fn centre(&self, rows: &[usize]) -> Vec<f64> {
        let mut centre = vec![0.0; self.width()];
        for &row in rows {
            self.nonzero(row, |at, value| centre[at] += value);
        }
        centre.iter_mut().for_each(|sum| *sum /= rows.len().max(1) as f64);
        centre
    }

    /// How far the points at `rows` are from `place`.
    #[must_use]
    pub fn distances_from(&self, place: &[f64], rows: &[usize]) -> Vec<f64> {
        let own: f64 = place.iter().map(|x| x * x).sum();
        let n = self.n_numbers();
        rows.iter()
            .map(|&row| {
                // Numbers by differences, so that small distances keep their digits.
                let (mut apart, mut lengths) = (0.0, own);
                for (at, x) in place.iter().enumerate().take(n) {
                    apart += (f64::from(self.number(row, at)) - x).powi(2);
                    lengths -= x * x;
                }
                let mut from = n;
                for (at, width) in self.n_levels().iter().enumerate() {
                    let x = place[from + usize::from(self.level(row, at))];
                    lengths += (FRAC_1_SQRT_2 - x).powi(2) - x * x;
                    from += width;
                }
                (apart + lengths.max(0.0)).sqrt()
            })
            .collect()
    }

    /// Shows the coordinates of one point that may differ from zero.
    pub(super) fn nonzero(&self, row: usize, mut show: impl FnMut(usize, f64)) {
        let n = self.n_numbers();
        (0..n).for_each(|at| show(at, f64::from(self.number(row, at))));
        let mut from = n;
        for (at, width) in self.n_levels().iter().enumerate() {
            show(from + usize::from(self.level(row, at)), FRAC_1_SQRT_2);
            from += width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_indicators() {
        let cloud = Cloud::new(&[vec![1.0, 2.0]], &[(vec![0, 1], 2)]);
        let half = FRAC_1_SQRT_2;
        assert_eq!(cloud.project(&[1.0, 2.0, 4.0]), [1.0 + 2.0 * half, 2.0 + 4.0 * half], "by hand");
        assert_eq!(cloud.centre(&[0, 1]), [1.5, half / 2.0, half / 2.0], "by hand");
        let from = cloud.distances_from(&cloud.centre(&[1]), &[0, 1]);
        // One apart in the number and one in the level.
        assert!((from[0] - 2.0_f64.sqrt()).abs() < 1e-12 && from[1].abs() < 1e-7, "{from:?}");
    }
}
