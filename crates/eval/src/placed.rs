//! How near are real people to synthetic rows, on the scale that an attacker has?

use verosim_data::Table;
use verosim_data::frame::{Cells, Column};
use verosim_math::neighbours::Points;

/// The rows of `tables` as points over `columns`: numbers by their place among those of `made`, in `[0, 1]`, levels by
/// code. An attacker has the synthetic rows alone to take a scale from, and equal cells are at distance 0.
pub(crate) fn placed<const K: usize>(tables: [&Table; K], made: &Table, columns: &[usize]) -> [Points; K] {
    let scales: Vec<Option<Vec<f64>>> = columns.iter().map(|&at| scale(&made.columns()[at])).collect();
    tables.map(|table| {
        let mut numbers = Vec::new();
        let mut levels = Vec::new();
        for (&at, scale) in columns.iter().zip(&scales) {
            match (&table.columns()[at].cells, scale) {
                (Cells::Number(values), Some(sorted)) => {
                    numbers.push(values.iter().map(|&value| place(sorted, value)).collect());
                }
                (Cells::Level { codes, .. }, None) => {
                    levels.push(codes.iter().map(|&code| code.min(65_535) as u16).collect());
                }
                _ => {}
            }
        }
        Points::new(&numbers, &levels)
    })
}

/// Present numbers, ascending.
fn scale(column: &Column) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = column.numbers()?.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

/// The middle of the ranks of `value`, as a share; a value that is not there lies between its neighbours.
fn place(sorted: &[f64], value: f64) -> f32 {
    if value.is_nan() {
        return f32::NAN;
    }
    let below = sorted.partition_point(|other| *other < value);
    let upto = sorted.partition_point(|other| *other <= value);
    ((below + upto) as f64 / (2 * sorted.len().max(1)) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;
    use verosim_math::neighbours::nearest;

    #[test]
    fn equal_rows_are_at_distance_zero_and_places_are_shares() {
        assert_eq!(place(&[1.0, 2.0, 2.0, 5.0], 2.0), 0.5);
        assert_eq!(place(&[1.0, 2.0, 2.0, 5.0], 9.0), 1.0);
        assert!(place(&[], 1.0).abs() < f32::EPSILON && place(&[1.0], f64::NAN).is_nan());
        let rows: Vec<[String; 2]> = [("1", "a"), ("5", "b"), ("", "a")]
            .map(|(number, level)| [number.to_owned(), level.to_owned()])
            .to_vec();
        let three = Three::new(&["value", "group"], [&rows, &rows[..1], &rows]);
        let [train, made] = placed([&three.train, &three.synthetic], &three.synthetic, &[0, 1]);
        assert_eq!(nearest(&train, &made, 1), [[0.0], [0.0], [0.0]]);
    }
}
