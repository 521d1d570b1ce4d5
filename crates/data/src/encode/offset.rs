//! Which dates are drawn as a distance from another date, and how far apart are the two?

use super::bound::{present, stands_beside};
use crate::frame::Column;
use verosim_core::{ColumnSchema, Kind};

/// Of the columns `among`, the dates that stand beside a more complete date. Pairs of column and anchor;
/// an anchor never hangs itself.
pub(super) fn offset_dates(
    columns: &[(&Column, &ColumnSchema)],
    among: &[usize],
    notes: &mut Vec<String>,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for kind in [Kind::Date, Kind::Datetime] {
        let times: Vec<usize> = among.iter().copied().filter(|&at| columns[at].1.kind == kind).collect();
        // The most complete column anchors the others; the first one of equals.
        let Some(&anchor) = times.iter().max_by_key(|&&at| (present(columns[at].0), usize::MAX - at)) else {
            continue;
        };
        for &column in times.iter().filter(|&&at| at != anchor) {
            if stands_beside(columns[column].0, columns[anchor].0) {
                found.push((column, anchor));
            } else {
                notes.push(format!(
                    "`{}` is drawn on its own: it stands where `{}` is missing",
                    columns[column].1.name, columns[anchor].1.name
                ));
            }
        }
    }
    found
}

/// Distances from the anchor; the few rows without one get the median distance.
pub(super) fn offsets(values: &[f64], from: &[f64]) -> Vec<f64> {
    let mut offsets: Vec<f64> = values.iter().zip(from).map(|(value, from)| value - from).collect();
    let mut known: Vec<f64> = offsets.iter().copied().filter(|offset| !offset.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let median = known.get(known.len() / 2).copied().unwrap_or(0.0);
    for (offset, value) in offsets.iter_mut().zip(values) {
        if offset.is_nan() && !value.is_nan() {
            *offset = median;
        }
    }
    offsets
}
