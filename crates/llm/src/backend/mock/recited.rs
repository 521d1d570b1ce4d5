//! What does a stand-in say that knows a file by heart, when it is shown a stretch of it?

use crate::codec::{field, fields};
use verosim_data::{RawColumn, RawTable};

/// Lines that it goes on for.
const LINES: usize = 6;

/// The lines of `table` that follow the last one of `prompt`, or the rest of that one; where it has `[MASK]` in
/// the place of a cell, that cell. The columns are those of the first line that names some. `None` where nothing is known.
pub(super) fn recited(table: &RawTable, prompt: &str) -> Option<String> {
    let mut lines = prompt.lines().filter(|line| !line.trim().is_empty());
    let columns = lines.find_map(|line| columns(table, line))?;
    let shown: Vec<&str> = lines.collect();
    let (last, before) = shown.split_last()?;
    let line = |row: usize| -> String {
        columns.iter().map(|column| field(column.cell(row))).collect::<Vec<_>>().join(",")
    };
    if let Some(cells) = fields(last).filter(|cells| cells.len() == columns.len())
        && let Some(hole) = cells.iter().position(|cell| cell == "[MASK]")
    {
        let fits = |row: &usize| {
            (0..cells.len()).all(|at| at == hole || columns[at].cell(*row) == cells[at].as_str())
        };
        return (0..table.n_rows()).find(fits).map(|row| columns[hole].cell(row).to_owned());
    }
    let is_here = |row: &usize| {
        line(*row).starts_with(last)
            && before.last().is_none_or(|before| *row > 0 && line(*row - 1) == *before)
    };
    let row = (0..table.n_rows()).find(is_here)?;
    let rest = line(row)[last.len()..].to_owned();
    let next = (row + 1..(row + LINES).min(table.n_rows())).map(line);
    let said: Vec<String> = std::iter::once(rest).filter(|rest| !rest.is_empty()).chain(next).collect();
    Some(said.join("\n"))
}

/// The columns that a line names, two or more and nothing else.
fn columns<'a>(table: &'a RawTable, line: &str) -> Option<Vec<&'a RawColumn>> {
    let names = fields(line).filter(|names| names.len() > 1)?;
    names.iter().map(|name| table.columns().iter().find(|column| column.name == *name)).collect()
}
