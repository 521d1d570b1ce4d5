//! Which grid do the numbers of a column lie on, and which of its points do people prefer?

use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};
use verosim_core::Kind;

/// The stored precision of a column: multiples of `step / scale`, with the preference for each last digit.
///
/// Values are rebuilt as an integer over a power of ten, which is the double that parsing the decimal text gives;
/// so a redrawn value is written with the digits of the source and no others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Grid {
    /// Whole number of last-place units between neighbouring points; 0 when there is no grid.
    step: f64,
    /// Ten to the number of decimals.
    scale: f64,
    /// Preference of each residue of the point number (last digit, weekday, minute of the day); sums to 1.
    residues: Vec<f32>,
}

/// More decimals than this are measurement noise of a float, not a grid.
const MOST_DECIMALS: u8 = 9;
/// Preferences are smoothed by this many imaginary values per residue.
const SMOOTHING: f64 = 1.0;

impl Grid {
    /// Finds the grid of `values`, which were written with at most `decimals` decimals.
    pub(super) fn learn(values: &[f64], decimals: u8, kind: Kind) -> Self {
        let free = Self { step: 0.0, scale: 1.0, residues: Vec::new() };
        if decimals > MOST_DECIMALS || values.is_empty() {
            return free;
        }
        let scale = 10_f64.powi(i32::from(decimals));
        let mut step = 0_u64;
        for &value in values {
            let units = value * scale;
            let whole = units.round();
            if (units - whole).abs() > 1e-6 * units.abs().max(1.0) || whole.abs() > 9e15 {
                return free;
            }
            step = greatest_common_divisor(step, whole.abs() as u64);
        }
        let mut grid = Self { step: step.max(1) as f64, scale, residues: Vec::new() };
        let period = match kind {
            Kind::Date => 7,
            Kind::Datetime => ((86_400 / step.max(1)) as usize).clamp(1, 1_440),
            _ => 10,
        };
        let mut counts = vec![SMOOTHING; period];
        for &value in values {
            counts[Self::residue(grid.index(value), period)] += 1.0;
        }
        let total: f64 = counts.iter().sum();
        grid.residues = counts.iter().map(|count| (count / total) as f32).collect();
        grid
    }

    /// Half the distance between neighbouring points; 0 without a grid.
    pub(super) fn half_step(&self) -> f64 {
        0.5 * self.step / self.scale
    }

    /// The nearest point of the grid.
    pub(super) fn snap(&self, value: f64) -> f64 {
        if self.step > 0.0 { self.value(self.index(value)) } else { value }
    }

    /// A point in `[low, high]`, by preference; the nearest point to the middle when there is none inside.
    pub(super) fn draw(&self, low: f64, high: f64, rng: &mut impl Rng) -> f64 {
        if self.step <= 0.0 {
            return low + (high - low) * rng.random::<f64>();
        }
        let unit = self.scale / self.step;
        // A millionth of a step is forgiven: bounds are sums of doubles.
        let (first, last) = ((low * unit - 1e-6).ceil(), (high * unit + 1e-6).floor());
        if first > last || !first.is_finite() || !last.is_finite() {
            return self.snap(0.5 * (low + high));
        }
        let (first, n) = (first as i64, (last - first) as u64 + 1);
        let most = self.residues.iter().copied().fold(0.0_f32, f32::max);
        let mut point = first;
        // Rejection by preference: at most 24 tries keep the cost bounded; the last try then stands.
        for _ in 0..24 {
            point = first + rng.random_range(0..n) as i64;
            let preference = self.residues[Self::residue(point, self.residues.len())];
            if n == 1 || rng.random::<f32>() * most <= preference {
                break;
            }
        }
        self.value(point)
    }

    /// Whether the parts fit together.
    pub(super) fn is_sound(&self) -> bool {
        self.step >= 0.0
            && self.step.is_finite()
            && self.scale >= 1.0
            && self.scale.is_finite()
            && (self.step == 0.0 || !self.residues.is_empty())
            && self.residues.iter().all(|share| *share >= 0.0)
    }

    fn index(&self, value: f64) -> i64 {
        (value * self.scale / self.step).round() as i64
    }

    fn value(&self, index: i64) -> f64 {
        index as f64 * self.step / self.scale
    }

    fn residue(index: i64, period: usize) -> usize {
        index.rem_euclid(period as i64) as usize
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn draws_are_the_doubles_that_parsing_gives() {
        let grid = Grid::learn(&[36.6, 37.1, 39.9], 1, Kind::Continuous);
        let mut rng = Seeded::new(1).rng();
        for _ in 0..200 {
            let value = grid.draw(36.0, 41.0, &mut rng);
            assert_eq!(format!("{value:.1}").parse::<f64>().unwrap(), value);
            assert!((36.0..=41.0).contains(&value));
        }
    }

    #[test]
    fn digit_preference_survives() {
        // Nine of ten readings end in 0: the share of round draws must follow.
        let readings: Vec<f64> =
            (0..1000).map(|i| if i % 10 == 0 { f64::from(100 + i % 77) } else { 120.0 }).collect();
        let grid = Grid::learn(&readings, 0, Kind::Count);
        let mut rng = Seeded::new(2).rng();
        let round = (0..2000).filter(|_| grid.draw(100.0, 199.0, &mut rng) % 10.0 == 0.0).count();
        assert!((1700..=1980).contains(&round), "{round} of 2000 round; about 1820 expected");
    }

    #[test]
    fn a_common_step_is_found() {
        let grid = Grid::learn(&[0.5, 2.0, 7.5], 1, Kind::Continuous);
        assert_eq!(grid.half_step(), 0.25, "by hand: halves");
        assert_eq!(grid.snap(1.3), 1.5, "by hand");
    }
}
