//! Which columns are computed from others, and by which formula?

use crate::frame::Column;
use serde::{Deserialize, Serialize};
use verosim_core::schema::Format;
use verosim_core::{ColumnSchema, Kind};

/// A column that is recomputed and never drawn: `rounding(scale · (left op right))`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Formula {
    pub(super) left: String,
    pub(super) operation: Operation,
    pub(super) right: String,
    pub(super) scale: f64,
    /// Ten to the number of stored decimals.
    pub(super) unit: f64,
    pub(super) rounding: Rounding,
}

/// How two columns are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operation {
    Copy,
    Plus,
    Minus,
    Times,
    Over,
    /// Left over the square of right: the body mass index.
    OverSquare,
}

/// What happens to decimals that are not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rounding {
    Nearest,
    Down,
    Up,
}

impl Formula {
    /// The derived value; NaN when an operand is missing or the value is not finite.
    pub(super) fn value(&self, left: f64, right: f64) -> f64 {
        let raw = self.scale * self.operation.apply(left, right);
        // A hair is forgiven so that 28.499999999 of a binary fraction rounds as the 28.5 it stands for.
        let units = raw * self.unit;
        let whole = match self.rounding {
            Rounding::Nearest => (units + units.signum() * 1e-9).round(),
            Rounding::Down => (units + 1e-9).floor(),
            Rounding::Up => (units - 1e-9).ceil(),
        };
        let value = whole / self.unit;
        if value.is_finite() { value } else { f64::NAN }
    }

    /// In words: `bmi = 10000 · weight / height²`.
    pub(super) fn words(&self, name: &str) -> String {
        let Self { left, right, .. } = self;
        let body = match self.operation {
            Operation::Copy => left.clone(),
            Operation::Plus => format!("{left} + {right}"),
            Operation::Minus => format!("{left} - {right}"),
            Operation::Times => format!("{left} · {right}"),
            Operation::Over => format!("{left} / {right}"),
            Operation::OverSquare => format!("{left} / {right}²"),
        };
        if self.scale == 1.0 {
            format!("{name} = {body}")
        } else {
            format!("{name} = {} · ({body})", self.scale)
        }
    }
}

impl Operation {
    const ALL: [Self; 6] = [Self::Copy, Self::Plus, Self::Minus, Self::Times, Self::Over, Self::OverSquare];

    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Copy => left,
            Self::Plus => left + right,
            Self::Minus => left - right,
            Self::Times => left * right,
            Self::Over => left / right,
            Self::OverSquare => left / (right * right),
        }
    }

    fn commutes(self) -> bool {
        matches!(self, Self::Plus | Self::Times)
    }

    fn scales(self) -> &'static [f64] {
        match self {
            Self::Copy | Self::Minus => &[1.0],
            Self::Plus => &[1.0, 0.5],
            Self::Times => &[1.0, 0.01, 0.001],
            Self::Over => &[1.0, 100.0, 1000.0],
            Self::OverSquare => &[1.0, 10_000.0],
        }
    }
}

/// Finds columns that a formula over two others gives in at least 98 % of the rows where all three are present, and
/// that are never present without their operands (2 % forgiven).
///
/// Searches `columns` pairwise with an early exit after a few rows, so most candidates cost a handful of operations. A
/// derived column is never an operand, so formulas can be computed in any order. Returns positions and formulas.
pub(super) fn derived(columns: &[(&Column, &ColumnSchema)]) -> Vec<(usize, Formula)> {
    let numbers: Vec<(usize, &[f64], &ColumnSchema)> = columns
        .iter()
        .enumerate()
        .filter_map(|(at, (column, schema))| {
            let values = column.numbers().filter(|values| is_rich(values))?;
            matches!(schema.kind, Kind::Continuous | Kind::Count | Kind::Date)
                .then_some((at, values, *schema))
        })
        .collect();
    let mut found: Vec<(usize, Formula)> = Vec::new();
    let (mut is_derived, mut is_operand) = (vec![false; columns.len()], vec![false; columns.len()]);
    // Later columns are tried first: extracts write what they compute after what they measured.
    for &(target, values, schema) in numbers.iter().rev() {
        if is_operand[target] || schema.kind == Kind::Date {
            continue;
        }
        let probe = probe_rows(values);
        let operands: Vec<_> = numbers.iter().filter(|(at, ..)| *at != target && !is_derived[*at]).collect();
        let mut best = None;
        'search: for (first, left) in operands.iter().enumerate() {
            for (second, right) in operands.iter().enumerate() {
                for operation in Operation::ALL {
                    let dates = [left.2.kind, right.2.kind].map(|kind| kind == Kind::Date);
                    let sensible = match operation {
                        Operation::Copy => first == second && !dates[0],
                        Operation::Minus => first != second && dates[0] == dates[1],
                        _ => {
                            first != second
                                && dates == [false, false]
                                && (!operation.commutes() || first < second)
                        }
                    };
                    if !sensible {
                        continue;
                    }
                    for &scale in operation.scales() {
                        for rounding in [Rounding::Nearest, Rounding::Down, Rounding::Up] {
                            let formula = Formula {
                                left: left.2.name.clone(),
                                operation,
                                right: right.2.name.clone(),
                                scale,
                                unit: unit_of(schema),
                                rounding,
                            };
                            if holds(&formula, values, left.1, right.1, &probe) {
                                best = Some((left.0, right.0, formula));
                                break 'search;
                            }
                        }
                    }
                }
            }
        }
        if let Some((left, right, formula)) = best {
            is_derived[target] = true;
            is_operand[left] = true;
            is_operand[right] = true;
            found.push((target, formula));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
}

/// Least share of rows that a formula must give.
const AGREEMENT: f64 = 0.98;
/// Rows looked at before a candidate is worth a full pass, and mismatches forgiven among them.
const PROBES: usize = 40;
const PROBE_MISSES: usize = 3;
/// Distinct values of a rich column.
const LEAST_DISTINCT: usize = 8;

/// Rows with distinct values, spread over the column: agreement on them cannot come from zeros.
fn probe_rows(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    order.dedup_by(|a, b| values[*a] == values[*b]);
    let stride = (order.len() / PROBES).max(1);
    order.into_iter().step_by(stride).take(PROBES).collect()
}

/// Whether a column has enough distinct values for a relation to mean anything.
pub(super) fn is_rich(values: &[f64]) -> bool {
    let mut seen = Vec::with_capacity(LEAST_DISTINCT);
    for &value in values.iter().filter(|value| !value.is_nan()) {
        if !seen.contains(&value) {
            seen.push(value);
            if seen.len() == LEAST_DISTINCT {
                return true;
            }
        }
    }
    false
}

fn unit_of(schema: &ColumnSchema) -> f64 {
    match schema.format {
        Format::Number { max_decimals, .. } => 10_f64.powi(i32::from(max_decimals.min(9))),
        Format::Text | Format::Time { .. } => 1.0,
    }
}

fn holds(formula: &Formula, target: &[f64], left: &[f64], right: &[f64], probe: &[usize]) -> bool {
    let tolerance = 1e-6 / formula.unit;
    let mut compared = 0;
    let mut misses = 0;
    for &row in probe {
        let value = formula.value(left[row], right[row]);
        if left[row].is_nan() || right[row].is_nan() {
            continue;
        }
        compared += 1;
        // NaN is a miss.
        misses += 1 - usize::from((value - target[row]).abs() <= tolerance);
        if misses > PROBE_MISSES {
            return false;
        }
    }
    if compared < LEAST_DISTINCT || misses * 10 > compared {
        return false;
    }
    let (mut present, mut agree) = (0_usize, 0_usize);
    for row in 0..target.len() {
        if !target[row].is_nan() {
            present += 1;
            agree += usize::from((formula.value(left[row], right[row]) - target[row]).abs() <= tolerance);
        }
    }
    agree as f64 >= AGREEMENT * present as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Cells;

    fn column(name: &str, values: Vec<f64>, decimals: u8) -> (Column, ColumnSchema) {
        let mut schema = ColumnSchema::declared(name, Kind::Continuous);
        schema.format = Format::Number { min_decimals: 0, max_decimals: decimals, point: '.' };
        let missing = values.iter().map(|value| u8::from(value.is_nan())).collect();
        (Column { name: name.into(), kind: Kind::Continuous, missing, cells: Cells::Number(values) }, schema)
    }

    #[test]
    fn the_body_mass_index_is_found_at_its_stored_precision() {
        let weight: Vec<f64> = (0..200).map(|i| 50.0 + f64::from(i * 37 % 613) / 10.0).collect();
        let height: Vec<f64> = (0..200).map(|i| f64::from(150 + i * 29 % 50)).collect();
        let index = weight
            .iter()
            .zip(&height)
            .map(|(w, h)| (w / (h / 100.0).powi(2) * 10.0).round() / 10.0)
            .collect();
        let columns = [column("weight", weight, 1), column("height", height, 0), column("bmi", index, 1)];
        let found = derived(&columns.iter().map(|(c, s)| (c, s)).collect::<Vec<_>>());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.words("bmi"), "bmi = 10000 · (weight / height²)");
    }

    #[test]
    fn unrelated_columns_give_no_formula() {
        let walk =
            |seed: u32| (0..300_u32).map(|i| f64::from((i * seed + seed * seed) % 97)).collect::<Vec<_>>();
        let columns = [column("a", walk(31), 0), column("b", walk(17), 0), column("c", walk(53), 0)];
        assert!(derived(&columns.iter().map(|(c, s)| (c, s)).collect::<Vec<_>>()).is_empty());
    }
}
