//! CSV lines in groups of one class each: the codec of EPIC.

use super::{Parsed, Raw, RowCodec};
use crate::accept::Reason;
use std::borrow::Cow;
use verosim_core::RowContract;

/// A header, then for each group a marker line (`A.`, `B.`, …) and lines of bare CSV; a missing cell is empty.
pub(super) struct GroupedCsv;

/// Most lines that one record may span (quoted cells may hold line ends).
const MOST_LINES: usize = 64;

impl RowCodec for GroupedCsv {
    /// Without groups, a header and all rows. With groups, rows must hold one of the groups in their first column.
    fn encode(&self, contract: &RowContract, rows: &[Vec<Option<String>>]) -> String {
        let mut text = header(contract);
        if contract.groups.is_empty() {
            rows.iter().for_each(|row| push_line(&mut text, row.iter().map(Option::as_deref)));
        }
        for (at, group) in contract.groups.iter().enumerate() {
            text.push_str(&marker(at));
            text.push('\n');
            let of_group = rows.iter().filter(|row| row.first().is_some_and(|c| c.as_ref() == Some(group)));
            of_group.for_each(|row| push_line(&mut text, row.iter().map(Option::as_deref)));
        }
        text
    }

    fn decode(&self, contract: &RowContract, reply: &str, whole: bool) -> Vec<Result<Parsed, Reason>> {
        let header = header(contract);
        let width = contract.columns.len();
        let mut lines = reply.lines().peekable();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            let mut record = line.to_owned();
            let mut spanned = 1;
            while record.matches('"').count() % 2 == 1 && spanned < MOST_LINES && lines.peek().is_some() {
                record.push('\n');
                record.push_str(lines.next().unwrap_or_default());
                spanned += 1;
            }
            if is_passed_over(&record, header.trim_end()) {
                continue;
            }
            let is_last = lines.peek().is_none();
            let cells = fields(&record);
            let cut = is_last && !whole && !reply.ends_with('\n');
            found.push(match cells {
                // The last cell of a cut reply may be half a value.
                _ if cut => Err(Reason::Truncated),
                Some(cells) if cells.len() == width => Ok(Parsed {
                    cells: cells
                        .into_iter()
                        .map(|text| Some(if text.is_empty() { Raw::Null } else { Raw::Text(text) }))
                        .collect(),
                    extra: false,
                }),
                // Prose has no commas, or few.
                Some(cells) if cells.len() == 1 && width > 1 => continue,
                Some(cells) if cells.len() < width => Err(Reason::MissingColumn),
                Some(_) => Err(Reason::ExtraColumn),
                None => Err(Reason::Unparseable),
            });
        }
        found
    }
}

/// The header line with its line end.
pub(crate) fn header(contract: &RowContract) -> String {
    let mut text = String::new();
    push_line(&mut text, contract.columns.iter().map(|column| Some(column.name.as_str())));
    text
}

/// `A.`, `B.`, … `Z.`, `AA.`: the line that begins a group.
pub(crate) fn marker(group: usize) -> String {
    let mut letters = String::new();
    let mut left = group + 1;
    while left > 0 {
        letters.insert(0, char::from(b'A' + ((left - 1) % 26) as u8));
        left = (left - 1) / 26;
    }
    letters + "."
}

fn is_passed_over(record: &str, header: &str) -> bool {
    let line = record.trim();
    let letters = line.strip_suffix('.').unwrap_or_default();
    line.is_empty()
        || line == header
        || line.starts_with("```")
        || (1..=3).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase())
}

/// Writes a line of CSV; cells that could be read as something else are quoted.
fn push_line<'a>(text: &mut String, cells: impl Iterator<Item = Option<&'a str>>) {
    let start = text.len();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&field(cell.unwrap_or_default()));
    }
    // An empty line would be no row.
    if text.len() == start {
        text.push_str("\"\"");
    }
    text.push('\n');
}

/// A cell as lines of CSV hold it.
pub(crate) fn field(cell: &str) -> Cow<'_, str> {
    let hostile = cell.contains([',', '"', '\n', '\r'])
        || cell.trim() != cell
        || cell.ends_with('.')
        || cell.starts_with("```");
    if hostile { format!("\"{}\"", cell.replace('"', "\"\"")).into() } else { cell.into() }
}

/// The cells of one record (RFC 4180); `None` when quotes do not match.
pub(crate) fn fields(record: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = record.trim_end_matches(['\r', '\n']);
    loop {
        let lead = rest.trim_start_matches(' ');
        if let Some(quoted) = lead.strip_prefix('"') {
            let mut cell = String::new();
            let mut left = quoted;
            loop {
                let end = left.find('"')?;
                cell.push_str(&left[..end]);
                left = &left[end + 1..];
                match left.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        left = more;
                    }
                    None => break,
                }
            }
            cells.push(cell);
            let left = left.trim_start_matches(' ');
            match left.strip_prefix(',') {
                Some(more) => rest = more,
                None if left.is_empty() => return Some(cells),
                None => return None,
            }
        } else {
            let end = rest.find(',');
            cells.push(rest[..end.unwrap_or(rest.len())].trim().to_owned());
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => return Some(cells),
            }
        }
    }
}
