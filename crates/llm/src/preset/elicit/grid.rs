//! Into which cells is a column cut, so that patients can be counted against a prior?

use crate::accept::Cell;
use serde::{Deserialize, Serialize};
use verosim_data::constrain::{Allowance, Allowed};

/// Cells of numbers between their bounds.
const CELLS: usize = 10;
/// Most levels that a model is asked about one by one.
pub(super) const MOST_LEVELS: usize = 40;

/// The cells of a column, without the one for missing values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Grid {
    /// Numbers from each edge to the next.
    Edges(Vec<f64>),
    /// One cell per level.
    Levels(usize),
    /// Nothing to count: bounds or levels are unknown, or too many.
    Nothing,
}

impl Grid {
    /// The cells of a column. They follow from bounds and levels alone, not from where patients lie. Numbers that are
    /// never negative have finer cells at their lower end, where most of them lie.
    pub(super) fn new(column: &Allowance) -> Self {
        match &column.values {
            Allowed::Number { range: Some(range), decimals } if range.high > range.low => {
                let width = range.high - range.low;
                if *decimals == 0 && width < CELLS as f64 {
                    let edges = (0..=width as usize + 1).map(|at| range.low + at as f64 - 0.5);
                    return Self::Edges(edges.collect());
                }
                let bend = if range.low >= 0.0 && range.low < range.high / 4.0 { 2.0 } else { 1.0 };
                let edge = |at: usize| range.low + width * (at as f64 / CELLS as f64).powf(bend);
                Self::Edges((0..=CELLS).map(edge).collect())
            }
            Allowed::Levels { texts, .. } if (2..=MOST_LEVELS).contains(&texts.len()) => {
                Self::Levels(texts.len())
            }
            _ => Self::Nothing,
        }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Edges(edges) => edges.len().saturating_sub(1),
            Self::Levels(levels) => *levels,
            Self::Nothing => 0,
        }
    }

    /// The cell that a value lies in; `None` for missing values and those outside.
    pub(super) fn place(&self, cell: &Cell) -> Option<usize> {
        match (self, cell) {
            (Self::Edges(edges), Cell::Number(value)) => {
                let inside = *value >= edges[0] && *value <= *edges.last()?;
                inside.then(|| edges[1..self.len()].partition_point(|edge| edge <= value))
            }
            (Self::Levels(levels), Cell::Level(level)) => {
                Some(*level as usize).filter(|level| level < levels)
            }
            _ => None,
        }
    }
}
