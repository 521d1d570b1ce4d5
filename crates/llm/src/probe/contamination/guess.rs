//! How often is somebody right who has seen nothing but the ten lines before?
//!
//! What a plain rule gets right proves no memory: lines of few distinct values, columns in order of a number, columns
//! that repeat another one.

use super::Published;
use std::collections::BTreeMap;

/// Share of lines that the commonest line, or a copy of the line before, gets right.
pub(super) fn of_lines(table: &Published) -> f64 {
    let lines: Vec<String> = (0..table.n_rows()).map(|row| table.line(row)).collect();
    commonest(lines.iter().map(String::as_str)).max(repeated(&lines))
}

/// Share of first cells that the commonest, the one before, or an equal step from the one before gets right.
pub(super) fn of_first_cells(table: &Published) -> f64 {
    let cells: Vec<&str> = table.rows.iter().filter_map(|row| row.first().map(String::as_str)).collect();
    let numbers: Vec<Option<f64>> = cells.iter().map(|cell| cell.trim().parse().ok()).collect();
    let steps = numbers.windows(3).filter(|three| match three {
        [Some(a), Some(b), Some(c)] => ((b - a) - (c - b)).abs() <= 1e-9 * c.abs().max(1.0),
        _ => false,
    });
    let steps = steps.count() as f64 / cells.len().saturating_sub(2).max(1) as f64;
    commonest(cells.iter().copied()).max(repeated(&cells)).max(steps)
}

/// Share of the cells at `column` that its commonest value, or the value of one other column, gets right.
pub(super) fn of_cells(table: &Published, column: usize) -> f64 {
    let n = table.n_rows().max(1) as f64;
    let others = (0..table.columns.len()).filter(|&other| other != column);
    let same = others.map(|other| table.rows.iter().filter(|row| row[other] == row[column]).count());
    let same = same.max().unwrap_or(0) as f64 / n;
    commonest(table.rows.iter().map(|row| row[column].as_str())).max(same)
}

/// Share of the `hidden` names that go on counting where the `shown` ones count: `x3` after `x1` and `x2`.
pub(super) fn of_names(shown: &[String], hidden: &[String]) -> f64 {
    let stem = |name: &str| {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        (stem.len() < name.len()).then(|| stem.to_lowercase())
    };
    let stems: Vec<String> = shown.iter().filter_map(|name| stem(name)).collect();
    let counted = hidden.iter().filter(|name| stem(name).is_some_and(|stem| stems.contains(&stem)));
    counted.count() as f64 / hidden.len().max(1) as f64
}

fn commonest<'a>(texts: impl Iterator<Item = &'a str>) -> f64 {
    let (mut counts, mut n) = (BTreeMap::new(), 0);
    for text in texts {
        *counts.entry(text).or_insert(0_usize) += 1;
        n += 1;
    }
    counts.into_values().max().unwrap_or(0) as f64 / f64::from(n.max(1))
}

fn repeated<T: PartialEq>(texts: &[T]) -> f64 {
    let same = texts.windows(2).filter(|pair| pair[0] == pair[1]).count();
    same as f64 / texts.len().saturating_sub(1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 3]]) -> Published {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Published { columns: owned(&["a", "b", "c"]), rows: rows.iter().map(|row| owned(row)).collect() }
    }

    /// By hand.
    #[test]
    fn plain_rules_are_right_as_often_as_one_counts() {
        let numbered = table(&[["1", "x", "x"], ["2", "y", "x"], ["3", "x", "x"], ["4", "z", "z"]]);
        assert_eq!(of_first_cells(&numbered), 1.0, "both steps go on by one");
        assert_eq!(of_lines(&numbered), 0.25, "each line is as common as any other");
        assert_eq!(of_cells(&numbered, 2), 0.75, "`x` is right three times, and so is column b");
        assert_eq!(of_cells(&numbered, 0), 0.25);
        let coarse = table(&[["0", "1", "0"], ["0", "1", "0"], ["0", "1", "0"], ["1", "1", "0"]]);
        assert_eq!(of_lines(&coarse), 0.75);
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(of_names(&owned(&["x1", "x2", "age"]), &owned(&["x3", "X4", "sex", "y1"])), 0.5);
    }
}
