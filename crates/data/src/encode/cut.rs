//! Into which cells do declared bounds cut a number, and which number is drawn in a cell?

use super::{ColumnDomain, Token};
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};
use verosim_core::ColumnSchema;

/// Numbers between declared bounds as points of their declared grid, cut into cells. No row decides where a cell ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CutCodec {
    /// Number of the lowest point: the lower bound in grid units.
    low: i64,
    /// Points per unit.
    scale: f64,
    /// The first point of each cell, from the lowest, then the number of points.
    starts: Vec<u64>,
}

/// Beyond this a double does not tell neighbouring whole numbers apart.
const FARTHEST: f64 = 9e15;

impl CutCodec {
    /// At most `cells` cells between the bounds of a column; a cell per point where there are no more points than that. Cells
    /// are equally wide, but numbers that are never negative have finer ones at their lower end, where most of them lie.
    pub(super) fn new(schema: &ColumnSchema, cells: usize) -> Self {
        let (low, high) = schema.bounds.unwrap_or((0.0, 1.0));
        let mut scale = 10_f64.powi(i32::from(schema.decimals()));
        while scale > 1.0 && low.abs().max(high.abs()) * scale > FARTHEST {
            scale /= 10.0;
        }
        // A millionth of a point is forgiven: bounds are doubles.
        let first = (low * scale - 1e-6).ceil().clamp(-FARTHEST, FARTHEST) as i64;
        let last = (high * scale + 1e-6).floor().clamp(-FARTHEST, FARTHEST) as i64;
        let points = last.saturating_sub(first).max(0) as u64 + 1;
        let cells = cells.max(1);
        let mut starts: Vec<u64> = if points <= cells as u64 {
            (0..=points).collect()
        } else {
            let bend = if low >= 0.0 && low < high / 4.0 { 2.0 } else { 1.0 };
            let edge = |at: usize| (points as f64 * (at as f64 / cells as f64).powf(bend)).round() as u64;
            (0..=cells).map(edge).collect()
        };
        starts.dedup();
        Self { low: first, scale, starts }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The cell that a value lies in; `None` outside the bounds.
    pub(super) fn place(&self, value: f64) -> Option<usize> {
        let point = (value * self.scale).round() - self.low as f64;
        let inside = point >= 0.0 && point < *self.starts.last()? as f64;
        inside.then(|| self.starts.partition_point(|&start| start as f64 <= point) - 1)
    }

    /// The cells that hold points between these numbers, the end not included; `None` when there are none.
    pub(super) fn ranks_within(&self, (low, high): (f64, f64)) -> Option<(f32, f32)> {
        let points = self.starts.last().map_or(0.0, |&points| points as f64);
        // A millionth of a point is forgiven: bounds are doubles.
        let first = ((low * self.scale - 1e-6).ceil() - self.low as f64).max(0.0);
        let last = ((high * self.scale + 1e-6).floor() - self.low as f64).min(points - 1.0);
        let cell = |point: f64| self.starts.partition_point(|&start| start as f64 <= point) - 1;
        (first <= last).then(|| (cell(first) as f32, cell(last) as f32 + 1.0))
    }

    /// Any point of a cell, each as likely.
    pub(super) fn draw(&self, cell: usize, rng: &mut impl Rng) -> f64 {
        let cell = cell.min(self.len().saturating_sub(1));
        let point = rng.random_range(self.starts[cell]..self.starts[cell + 1]);
        self.low.saturating_add_unsigned(point) as f64 / self.scale
    }

    /// Whether the parts fit together and fit `domain`.
    pub(super) fn is_sound(&self, domain: &ColumnDomain) -> bool {
        self.scale >= 1.0
            && self.scale.is_finite()
            && self.starts.len() >= 2
            && self.starts.windows(2).all(|pair| pair[0] < pair[1])
            && self.starts.last().is_some_and(|&points| points < 1 << 60)
            && domain.n_ranks == self.len()
            && domain.tokens.iter().all(|token| matches!(token, Token::Missing(_) | Token::Continuous))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::schema::Format;
    use verosim_core::{Kind, Seeded};

    fn cut(kind: Kind, bounds: (f64, f64), decimals: u8, cells: usize) -> CutCodec {
        let format = Format::Number { min_decimals: 0, max_decimals: decimals, point: '.' };
        let bounds = Some(bounds);
        CutCodec::new(&ColumnSchema { bounds, format, ..ColumnSchema::declared("x", kind) }, cells)
    }

    #[test]
    fn few_points_are_cells_of_their_own_and_many_are_shared_out() {
        let few = cut(Kind::Count, (3.0, 7.0), 0, 32);
        assert_eq!((few.len(), few.place(3.0), few.place(7.0)), (5, Some(0), Some(4)));
        assert_eq!((few.place(2.0), few.place(8.0), few.place(f64::NAN)), (None, None, None));
        let even = cut(Kind::Continuous, (80.0, 90.0), 1, 4);
        // 101 points in four cells, by hand: from 0, 25, 51 (50.5 goes up), 76.
        assert_eq!(even.starts, [0, 25, 51, 76, 101]);
        assert_eq!((even.place(82.4), even.place(82.5), even.place(90.0)), (Some(0), Some(1), Some(3)));
        let bent = cut(Kind::Count, (0.0, 99.0), 0, 4);
        assert_eq!(bent.starts, [0, 6, 25, 56, 100], "a sixteenth, a quarter, nine sixteenths");
        assert_eq!(cut(Kind::Count, (5.0, 5.0), 0, 4).len(), 1);
    }

    #[test]
    fn an_interval_is_found_in_the_cells_that_it_touches() {
        let even = cut(Kind::Continuous, (80.0, 90.0), 1, 4);
        // Cells begin at 80.0, 82.5, 85.1, 87.6, by hand.
        assert_eq!(even.ranks_within((82.5, 85.0)), Some((1.0, 2.0)));
        assert_eq!(
            even.ranks_within((82.45, 85.1)),
            Some((1.0, 3.0)),
            "no point lies between 82.45 and 82.5"
        );
        assert_eq!(even.ranks_within((f64::NEG_INFINITY, f64::INFINITY)), Some((0.0, 4.0)));
        assert_eq!(even.ranks_within((82.41, 82.49)), None);
        assert_eq!(even.ranks_within((91.0, f64::INFINITY)), None);
    }

    #[test]
    fn draws_stay_in_their_cell_and_are_the_doubles_that_parsing_gives() {
        let cut = cut(Kind::Continuous, (36.0, 41.5), 1, 7);
        let mut rng = Seeded::new(1).rng();
        for cell in 0..cut.len() {
            for _ in 0..50 {
                let value = cut.draw(cell, &mut rng);
                assert_eq!(cut.place(value), Some(cell));
                assert_eq!(format!("{value:.1}").parse::<f64>().unwrap(), value);
            }
        }
    }
}
