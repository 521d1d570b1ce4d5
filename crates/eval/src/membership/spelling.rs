//! How many letters must be changed to make a synthetic row of a person's?

use crate::trio::some_rows;
use rayon::prelude::*;
use std::fmt::Write as _;
use verosim_core::Seeded;
use verosim_data::{Cells, Table};
use verosim_math::text::Pattern;

/// Steps of 64 letters by one that may be taken: about five seconds of one core.
const MOST_STEPS: usize = 1_000_000_000;
/// Fewest synthetic rows that are searched, however long rows are.
const LEAST_SYNTHETIC: usize = 500;

/// Scores of attacked rows against as many synthetic rows as a fixed amount of work allows.
pub(super) fn scores(attacked: &Table, made: &Table, seed: Seeded) -> Vec<f64> {
    let people = texts(attacked);
    let length = people.iter().map(String::len).sum::<usize>() / people.len().max(1) + 1;
    let steps = people.len() * length * length.div_ceil(64);
    let limit = (MOST_STEPS / steps.max(1)).max(LEAST_SYNTHETIC);
    let made = texts(&made.take(&some_rows(made.n_rows(), limit, seed)));
    people.par_iter().map(|person| -(nearest(person, &made) as f64)).collect()
}

/// Letters that must be changed to make the nearest of `made` of `person`.
fn nearest(person: &str, made: &[String]) -> usize {
    let pattern = Pattern::new(person.as_bytes());
    let mut best = person.len();
    for row in made {
        // Only a nearer one is worth finishing.
        match pattern.distance(row.as_bytes(), best.saturating_sub(1)) {
            Some(distance) if distance < best => best = distance,
            _ => {}
        }
    }
    best
}

/// Rows as text, every table written alike: cells parted by commas, numbers in shortest form, missing cells empty.
fn texts(table: &Table) -> Vec<String> {
    let mut rows = vec![String::new(); table.n_rows()];
    for column in table.columns() {
        match &column.cells {
            Cells::Number(values) => {
                for (row, value) in rows.iter_mut().zip(values) {
                    let _ = if value.is_finite() { write!(row, "{value},") } else { write!(row, ",") };
                }
            }
            Cells::Level { codes, levels } => {
                for (row, &code) in rows.iter_mut().zip(codes) {
                    row.push_str(levels.get(code as usize).map_or("", String::as_str));
                    row.push(',');
                }
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_is_found_and_a_copy_is_at_zero() {
        let made = ["63,F,120.5,", "40,M,99,", "63,F,121.5,"].map(str::to_owned);
        assert_eq!(nearest("63,F,122.5,", &made), 1, "one digit");
        assert_eq!(nearest("40,M,99,", &made), 0);
        assert_eq!(nearest("", &made), 0, "nothing to change");
    }
}
