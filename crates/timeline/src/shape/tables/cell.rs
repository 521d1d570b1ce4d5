//! How is a cell written, and what is kept of one that would be written otherwise?

use crate::event::{STATIC, instant};
use instant::Style;
use verosim_data::RawColumn;

/// Begins the name of the extra column that keeps cells as they came.
pub(super) const RAW: &str = "raw.";

/// The extra column that keeps patients' ids that are no numbers.
pub(super) const SUBJECT: &str = "subject";

/// The extra column that carries `column`.
pub(super) fn extra_name(column: &str) -> String {
    if column == SUBJECT || column.starts_with(RAW) { format!("column.{column}") } else { column.to_owned() }
}

/// The extra column that keeps cells of `column` as they came.
pub(super) fn raw_name(column: &str) -> String {
    format!("{RAW}{column}")
}

/// A cell as an extra column keeps it: there, the empty text is absence, so an empty cell is a pair of quotes.
pub(super) fn keep(cell: &str) -> String {
    let quotes = cell.len() != 1 && cell.bytes().all(|byte| byte == b'"');
    if quotes { format!("{cell}\"\"") } else { cell.to_owned() }
}

/// The cell that [`keep`] kept.
pub(super) fn kept(text: &str) -> &str {
    let quotes = text.len() >= 2 && text.bytes().all(|byte| byte == b'"');
    if quotes { &text[2..] } else { text }
}

/// The number that a cell is.
pub(super) fn number(cell: &str) -> Option<f32> {
    let first = *cell.as_bytes().first()?;
    if !matches!(first, b'0'..=b'9' | b'-' | b'+' | b'.') {
        return None;
    }
    cell.parse().ok().filter(|value: &f32| value.is_finite())
}

/// A number as it is written; empty for none.
pub(super) fn number_text(number: f32) -> String {
    if number.is_nan() { String::new() } else { format!("{number}") }
}

/// An instant as it is written; empty for none.
pub(super) fn time_text(micros: i64, style: Style) -> String {
    if micros == STATIC { String::new() } else { instant::write(micros, style).unwrap_or_default() }
}

/// What the distinct texts of a column are as instants.
pub(super) struct Instants {
    /// [`STATIC`] for none.
    pub(super) micros: Vec<i64>,
    /// Whether it would be written as it came.
    pub(super) exact: Vec<bool>,
    pub(super) offset: Vec<Option<i32>>,
}

impl Instants {
    pub(super) fn of(column: &RawColumn, style: Style) -> Self {
        let mut all = Self { micros: Vec::new(), exact: Vec::new(), offset: Vec::new() };
        for level in column.levels() {
            let reading = instant::read(level);
            let micros = reading.map_or(STATIC, |reading| reading.micros);
            all.micros.push(micros);
            all.exact.push(time_text(micros, style) == **level);
            all.offset.push(reading.and_then(|reading| reading.offset));
        }
        all
    }
}

/// The style that writes most cells of a column as they came; `None` when none of them is an instant.
pub(super) fn style_of<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Style> {
    const STYLES: [Style; 5] = [Style::Datetime, Style::Date, Style::Zulu, Style::Iso, Style::Year];
    let mut exact = [0_u32; STYLES.len()];
    for cell in cells.filter(|cell| !cell.is_empty()).take(200) {
        let Some(reading) = instant::read(cell) else { continue };
        for (style, exact) in STYLES.into_iter().zip(&mut exact) {
            *exact += u32::from(time_text(reading.micros, style) == cell);
        }
    }
    let most = exact.into_iter().max().filter(|&most| most > 0)?;
    STYLES.into_iter().zip(exact).find(|(_, exact)| *exact == most).map(|(style, _)| style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_can_be_kept() {
        for cell in ["", "\"", "\"\"", "\"\"\"", "a", "7.0"] {
            assert_eq!(kept(&keep(cell)), cell);
            assert!(!keep(cell).is_empty());
        }
    }

    #[test]
    fn numbers_are_written_as_short_as_they_can() {
        for (cell, same) in [("7.2", true), ("19", true), ("-0.5", true), ("1.0", false), ("16777217", false)]
        {
            assert_eq!(number_text(number(cell).unwrap()) == cell, same, "{cell}");
        }
        assert!(["", "nan", "inf", "1,5", "x", "-"].into_iter().all(|cell| number(cell).is_none()));
    }

    #[test]
    fn the_style_is_that_of_most_cells() {
        let style = |cells: &[&str]| style_of(cells.iter().copied());
        assert_eq!(style(&["", "2024-03-20", "2024-03-20 09:30:00", "2024-03-21"]), Some(Style::Date));
        assert_eq!(style(&["2024-03-20T09:30:00Z", "x"]), Some(Style::Zulu));
        assert_eq!(style(&["x", ""]), None);
    }
}
