//! How does a rank become a value that no single person gave away?

use super::grid::Grid;
use super::tail::Tail;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// The quantile function of a column with every thinly supported stretch blurred.
///
/// Ranks `[0, n)` are cut into segments. A value that at least `k` people share is an atom and is kept as it is; values
/// between atoms are pooled until `k` people stand behind a segment and are then redrawn on the grid anywhere in it;
/// the outermost `k` people on either side become a fitted tail. No value of fewer than `k` people is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Quantiles {
    /// Rank at which each segment ends; ascending.
    ends: Vec<u32>,
    segments: Vec<Segment>,
    /// Values drawn never leave these bounds.
    bounds: (f64, f64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Segment {
    /// A value shared by enough people.
    Atom(f64),
    /// Anywhere in this interval.
    Spread(f64, f64),
    /// Beyond the last supported value.
    Tail(Tail),
}

/// A stretch of sorted values before it becomes a segment.
struct Stretch {
    first: usize,
    end: usize,
    atom: bool,
    people: usize,
}

impl Quantiles {
    /// Learns from sorted `values`; `subjects[i]` is the person behind `values[i]` (rows count when `None`).
    ///
    /// `declared` bounds hold when given; else values that are nowhere negative stay non-negative.
    pub(super) fn learn(
        values: &[f64],
        subjects: Option<&[u32]>,
        k: usize,
        grid: &Grid,
        declared: Option<(f64, f64)>,
    ) -> Self {
        let stretches = stretches(values, subjects, k);
        let floor = if values.first().is_some_and(|&least| least >= 0.0) { 0.0 } else { f64::MIN };
        let bounds = declared.unwrap_or((floor, f64::MAX));
        let mut ends = Vec::with_capacity(stretches.len());
        let mut segments = Vec::with_capacity(stretches.len());
        let last = stretches.len().saturating_sub(1);
        for (at, stretch) in stretches.iter().enumerate() {
            ends.push(stretch.end as u32);
            if stretch.atom {
                segments.push(Segment::Atom(values[stretch.first]));
                continue;
            }
            // The border to a neighbour: just beyond an atom, midway between two blurred stretches.
            let low = (at > 0).then(|| {
                let before = values[stretch.first - 1];
                if stretches[at - 1].atom {
                    before + grid.half_step()
                } else {
                    0.5 * (before + values[stretch.first])
                }
            });
            let high = (at < last).then(|| {
                let after = values[stretch.end];
                if stretches[at + 1].atom {
                    after - grid.half_step()
                } else {
                    0.5 * (after + values[stretch.end - 1])
                }
            });
            segments.push(match (low, high) {
                (Some(low), Some(high)) => Segment::Spread(low, high.max(low)),
                (Some(edge), None) => Segment::Tail(outer(values, edge, stretch.end - stretch.first, 1.0)),
                (None, Some(edge)) => Segment::Tail(outer(values, edge, stretch.end - stretch.first, -1.0)),
                (None, None) => {
                    // Too few people in all: one blurred stretch, a standard deviation wide on either side.
                    let n = values.len().max(1) as f64;
                    let mean = values.iter().sum::<f64>() / n;
                    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
                    Segment::Spread(
                        (mean - sd).max(bounds.0),
                        (mean + sd).min(bounds.1).max((mean - sd).max(bounds.0)),
                    )
                }
            });
        }
        Self { ends, segments, bounds }
    }

    /// Number of ranks.
    pub(super) fn n_ranks(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// A value for `rank`, which is reflected into `[0, n)` when outside.
    pub(super) fn draw(&self, rank: f64, grid: &Grid, rng: &mut impl Rng) -> f64 {
        let n = self.n_ranks() as f64;
        let rank = if rank < 0.0 {
            -rank
        } else if rank >= n {
            2.0 * n - rank
        } else {
            rank
        }
        .clamp(0.0, n - 1e-3);
        let at = self.ends.partition_point(|&end| f64::from(end) <= rank).min(self.segments.len() - 1);
        match &self.segments[at] {
            Segment::Atom(value) => *value,
            Segment::Spread(low, high) => grid.draw(*low, *high, rng).clamp(self.bounds.0, self.bounds.1),
            Segment::Tail(tail) => tail.draw(grid, self.bounds, rng),
        }
    }

    /// The rank at which a value stands: in the middle of an atom, by its share within a blurred stretch or a tail.
    pub(super) fn rank(&self, value: f64) -> f64 {
        let begins = |at: usize| if at == 0 { 0.0 } else { f64::from(self.ends[at - 1]) };
        // The first segment that reaches so far; the last one reaches everywhere.
        let reaches = |segment: &Segment| match segment {
            Segment::Atom(own) => *own >= value,
            Segment::Spread(_, high) => *high >= value,
            Segment::Tail(tail) => tail.reaches(value),
        };
        let at = self.segments.partition_point(|segment| !reaches(segment)).min(self.segments.len() - 1);
        let inside = match &self.segments[at] {
            Segment::Atom(own) if *own == value => 0.5,
            Segment::Atom(own) => f64::from(u8::from(*own < value)),
            Segment::Spread(low, high) if high > low => (value - low) / (high - low),
            Segment::Spread(..) => 0.5,
            Segment::Tail(tail) => tail.share(value),
        };
        let (first, end) = (begins(at), f64::from(self.ends[at]));
        (first + inside.clamp(0.0, 1.0) * (end - first)).clamp(0.0, self.n_ranks() as f64 - 1e-3)
    }

    /// The ranks of the segments that can give a number between `low` and `high`, the end not included; `None` when none can.
    /// `step` is the distance of neighbouring points of the grid, to which values are rounded.
    pub(super) fn ranks_within(&self, (low, high): (f64, f64), step: f64) -> Option<(f64, f64)> {
        if low > high || high < self.bounds.0 || low > self.bounds.1 {
            return None;
        }
        let last = self.segments.len().saturating_sub(1);
        let can = |at: usize| match &self.segments[at] {
            Segment::Atom(value) => low <= *value && *value <= high,
            Segment::Spread(least, most) => low <= most + step && least - step <= high,
            // A tail hangs on one side of all others; a narrow band around its edge belongs to both.
            Segment::Tail(tail) if at == last => high >= tail.edge() - step,
            Segment::Tail(tail) => low <= tail.edge() + step,
        };
        let first = (0..=last).find(|&at| can(at))?;
        let end = (0..=last).rfind(|&at| can(at))?;
        let begins = if first == 0 { 0.0 } else { f64::from(self.ends[first - 1]) };
        Some((begins, f64::from(self.ends[end])))
    }

    /// Whether the parts fit together.
    pub(super) fn is_sound(&self) -> bool {
        !self.segments.is_empty()
            && self.ends.len() == self.segments.len()
            && self.ends.windows(2).all(|pair| pair[0] < pair[1])
            && self.ends[0] > 0
            && self.bounds.0 <= self.bounds.1
            && self.segments.iter().all(|segment| match segment {
                Segment::Atom(value) => value.is_finite(),
                Segment::Spread(low, high) => low.is_finite() && high.is_finite() && low <= high,
                Segment::Tail(tail) => tail.is_sound(),
            })
    }
}

/// Cuts sorted values into atoms and pooled stretches, each with at least `k` people where that is possible.
fn stretches(values: &[f64], subjects: Option<&[u32]>, k: usize) -> Vec<Stretch> {
    let people = |first: usize, end: usize| match subjects {
        None => end - first,
        Some(subjects) => {
            let mut seen = subjects[first..end].to_vec();
            seen.sort_unstable();
            seen.dedup();
            seen.len()
        }
    };
    let mut found: Vec<Stretch> = Vec::new();
    let mut first = 0;
    while first < values.len() {
        let mut end = first + 1;
        while end < values.len() && values[end] == values[first] {
            end += 1;
        }
        let own = people(first, end);
        match found.last_mut() {
            _ if own >= k => found.push(Stretch { first, end, atom: true, people: own }),
            // Extend the open stretch until enough people stand behind it.
            Some(open) if !open.atom && open.people < k => {
                open.end = end;
                open.people = people(open.first, end);
            }
            _ => found.push(Stretch { first, end, atom: false, people: own }),
        }
        first = end;
    }
    // A last stretch that stayed thin joins the blurred stretch before it; between two atoms a thin stretch stays,
    // because only the grid points between the atoms, and no value of its own, are stored for it.
    if found.len() >= 2 {
        let (thin, before) = (&found[found.len() - 1], &found[found.len() - 2]);
        if !thin.atom && thin.people < k && !before.atom {
            let end = thin.end;
            found.pop();
            if let Some(joined) = found.last_mut() {
                joined.end = end;
            }
        }
    }
    found
}

/// The tail beyond `edge`, fitted to the outer 2 % of values, at least 20 and at most a third.
fn outer(values: &[f64], edge: f64, n_out: usize, sign: f64) -> Tail {
    let n = values.len();
    let used = (n / 50).max(20).min(n / 3).max(n_out).min(n);
    if sign > 0.0 {
        let threshold = values[(n - used).saturating_sub(1)];
        Tail::fit(&values[n - used..], threshold.min(edge), edge, n_out, sign)
    } else {
        let reversed: Vec<f64> = values[..used].iter().rev().copied().collect();
        let threshold = values[used.min(n - 1)];
        Tail::fit(&reversed, threshold.max(edge), edge, n_out, sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{Kind, Seeded};

    fn decimals(n: usize) -> Vec<f64> {
        // A skewed column without ties: quantiles of an exponential at two decimals.
        let mut values: Vec<f64> =
            (0..n).map(|i| (-(1.0 - (i as f64 + 0.5) / n as f64).ln() * 5000.0).round() / 100.0).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn the_law_survives_and_extremes_do_not() {
        let values = decimals(2000);
        let grid = Grid::learn(&values, 2, Kind::Continuous);
        let quantiles = Quantiles::learn(&values, None, 5, &grid, None);
        let mut rng = Seeded::new(3).rng();
        let mut drawn: Vec<f64> =
            (0..2000).map(|i| quantiles.draw(f64::from(i) + 0.5, &grid, &mut rng)).collect();
        drawn.sort_by(f64::total_cmp);
        let ks = values
            .iter()
            .enumerate()
            .map(|(i, v)| (drawn.partition_point(|d| d <= v) as f64 - (i as f64 + 1.0)).abs() / 2000.0)
            .fold(0.0, f64::max);
        assert!(ks < 0.006, "KS {ks}: segments of 5 rows move ranks by at most 5 of 2000, plus the tails");
        assert!(quantiles.segments.iter().all(|segment| match segment {
            Segment::Atom(value) => values.iter().filter(|v| *v == value).count() >= 5,
            _ => true,
        }));
        assert!(quantiles.is_sound());
    }

    #[test]
    fn ranks_of_values_are_those_that_give_them() {
        let values = decimals(2000);
        let grid = Grid::learn(&values, 2, Kind::Continuous);
        let quantiles = Quantiles::learn(&values, None, 5, &grid, None);
        for (at, &value) in values.iter().enumerate() {
            let gap = (quantiles.rank(value) - at as f64 - 0.5).abs();
            // Within a segment of 5 to 9 rows; the tails are fitted.
            assert!(gap < 10.0, "rank {at}: off by {gap}");
        }
        // The tails reach half a row's share, and no further.
        assert!(quantiles.rank(-1e9) < 1.0 && (1999.0..2000.0).contains(&quantiles.rank(1e9)));
        let atoms = Quantiles::learn(&[1.0; 8], None, 5, &Grid::learn(&[1.0; 8], 0, Kind::Count), None);
        assert_eq!([0.0, 1.0, 2.0].map(|value| atoms.rank(value)), [0.0, 4.0, 8.0 - 1e-3]);
    }

    #[test]
    fn shared_values_stay_and_repeated_people_do_not_count() {
        let values = [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0];
        let grid = Grid::learn(&values, 0, Kind::Count);
        let rows = Quantiles::learn(&values, None, 5, &grid, None);
        assert!(matches!(rows.segments[..], [Segment::Atom(_), Segment::Atom(_)]));
        let one_person = [0, 0, 0, 0, 0, 1, 2, 3, 4, 5];
        let people = Quantiles::learn(&values, Some(&one_person), 5, &grid, None);
        assert!(matches!(people.segments[0], Segment::Tail(_)), "one person's value is no atom");
    }
}
