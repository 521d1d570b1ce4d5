//! What do the real rows say that a prior can be weighed against?

use super::grid::Grid;
use crate::accept::{Cell, Record};
use serde::{Deserialize, Serialize};
use verosim_math::stats::mid_ranks;

/// Counts of real rows. Nothing else of them is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// Rows.
    pub(super) rows: usize,
    /// Rows by level of the outcome; one number without an outcome.
    pub(super) outcome: Vec<f64>,
    /// Rows by column, level of the outcome, and cell.
    pub(super) counts: Vec<Vec<Vec<f64>>>,
    /// Rows with a missing value, by column.
    pub(super) missing: Vec<f64>,
    /// Rank correlations, within levels of the outcome, of pairs of numbers (first < second) over rows that have both,
    /// with the number of these.
    pub(super) pairs: Vec<(usize, usize, f64, usize)>,
    /// Pairs of numbers of which the first was above the second in some row.
    pub(super) above: Vec<(usize, usize)>,
    /// Of counts with noise, by column: how many patients counted plainly would say as much as one of these, in `(0, 1]`.
    /// Empty when there is no noise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) worth: Vec<f64>,
}

impl Evidence {
    /// Counts `records`; `outcome` is the column of the outcome and its number of levels.
    pub(super) fn count(records: &[Record], grids: &[Grid], outcome: Option<(usize, usize)>) -> Self {
        let levels = outcome.map_or(1, |(_, levels)| levels);
        let level = |record: &Record| match outcome.map(|(at, _)| &record.0[at]) {
            None => Some(0),
            Some(Cell::Level(level)) => Some(*level as usize),
            Some(_) => None,
        };
        let mut evidence = Self {
            rows: records.len(),
            outcome: vec![0.0; levels],
            counts: grids.iter().map(|grid| vec![vec![0.0; grid.len()]; levels]).collect(),
            missing: vec![0.0; grids.len()],
            ..Self::default()
        };
        for record in records {
            let of = level(record);
            if let Some(of) = of {
                evidence.outcome[of] += 1.0;
            }
            for (at, cell) in record.0.iter().enumerate() {
                if *cell == Cell::Missing {
                    evidence.missing[at] += 1.0;
                }
                if let (Some(of), Some(place)) = (of, grids[at].place(cell)) {
                    evidence.counts[at][of][place] += 1.0;
                }
            }
        }
        let of: Vec<usize> = records.iter().map(|record| level(record).unwrap_or(levels)).collect();
        evidence.compare(records, &of, grids);
        evidence
    }

    /// Whether the counts hold noise; correlations and orders are then not known.
    pub(super) fn is_noised(&self) -> bool {
        !self.worth.is_empty()
    }

    /// Rows behind the counts of a column, noise considered.
    pub(super) fn rows_of(&self, at: usize) -> f64 {
        self.rows as f64 * self.worth.get(at).copied().unwrap_or(1.0)
    }

    /// The same evidence, with noisy counts for no more rows than they tell of; `outcome` is the column of the outcome.
    pub(super) fn discounted(&self, outcome: Option<usize>) -> Self {
        let mut fewer = self.clone();
        for (at, worth) in self.worth.iter().enumerate() {
            fewer.counts[at].iter_mut().flatten().for_each(|count| *count *= worth);
            fewer.missing[at] *= worth;
            if outcome == Some(at) {
                fewer.outcome.iter_mut().for_each(|count| *count *= worth);
            }
        }
        fewer
    }

    fn compare(&mut self, records: &[Record], level: &[usize], grids: &[Grid]) {
        let numbers: Vec<usize> =
            (0..grids.len()).filter(|&at| matches!(grids[at], Grid::Edges(_))).collect();
        for (index, &a) in numbers.iter().enumerate() {
            for &b in &numbers[index + 1..] {
                let both = records.iter().zip(level).filter_map(|(record, &level)| {
                    match (&record.0[a], &record.0[b]) {
                        (Cell::Number(a), Cell::Number(b)) => Some((level, *a, *b)),
                        _ => None,
                    }
                });
                let both: Vec<(usize, f64, f64)> = both.collect();
                let level: Vec<usize> = both.iter().map(|(level, ..)| *level).collect();
                let ranks = |value: fn(&(usize, f64, f64)) -> f64| {
                    within(&level, mid_ranks(&both.iter().map(value).collect::<Vec<f64>>()))
                };
                if let Some(correlation) = correlation(&ranks(|both| both.1), &ranks(|both| both.2)) {
                    self.pairs.push((a, b, correlation, both.len()));
                }
                if both.iter().any(|(_, a, b)| a > b) {
                    self.above.push((a, b));
                }
                if both.iter().any(|(_, a, b)| a < b) {
                    self.above.push((b, a));
                }
            }
        }
    }
}

/// Ranks less the mean of their level: what is left once the outcome is known.
fn within(level: &[usize], mut ranks: Vec<f64>) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); level.iter().max().map_or(0, |most| most + 1)];
    for (&level, rank) in level.iter().zip(&ranks) {
        sums[level].0 += rank;
        sums[level].1 += 1.0;
    }
    for (&level, rank) in level.iter().zip(&mut ranks) {
        *rank -= sums[level].0 / sums[level].1;
    }
    ranks
}

/// Correlation of centred numbers; `None` with fewer than three or without spread.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let spread = product(a, a) * product(b, b);
    (a.len() > 2 && spread > 1e-12).then(|| (product(a, b) / spread.sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: within each level the second number falls as the first rises, although both are greater in the second level.
    #[test]
    fn correlations_are_those_within_levels_and_order_is_noted() {
        let rows = [
            (0, 1.0, 12.0),
            (0, 2.0, 11.0),
            (0, 3.0, 10.0),
            (1, 11.0, 22.0),
            (1, 12.0, 21.0),
            (1, 13.0, 20.0),
        ];
        let records: Vec<Record> = rows
            .iter()
            .map(|&(level, a, b)| {
                Record(vec![Cell::Level(level), Cell::Number(a), Cell::Number(b), Cell::Missing])
            })
            .collect();
        let edges = || Grid::Edges(vec![0.0, 10.0, 20.0, 30.0]);
        let evidence = Evidence::count(&records, &[Grid::Levels(2), edges(), edges(), edges()], Some((0, 2)));
        assert_eq!(evidence.outcome, [3.0, 3.0]);
        assert_eq!(evidence.counts[1], [[3.0, 0.0, 0.0], [0.0, 3.0, 0.0]]);
        assert_eq!(evidence.missing, [0.0, 0.0, 0.0, 6.0]);
        assert_eq!(evidence.pairs.len(), 1);
        assert!((evidence.pairs[0].2 + 1.0).abs() < 1e-12, "{:?}", evidence.pairs);
        assert_eq!(evidence.above, [(2, 1)], "the first is never above the second");
    }
}
