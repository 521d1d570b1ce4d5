//! `age is 63, sex is F`, one line per row: the codec of GReaT, with quotes where its own was ambiguous.

use super::{Parsed, Raw, RowCodec};
use crate::accept::Reason;
use verosim_core::RowContract;

/// One sentence per line. A missing cell is the bare word `missing`; names and values that could be read as something
/// else are JSON strings.
pub(super) struct Sentences;

/// The bare word for a missing cell.
pub(crate) const MISSING: &str = "missing";

impl RowCodec for Sentences {
    fn encode(&self, contract: &RowContract, rows: &[Vec<Option<String>>]) -> String {
        let mut text = String::new();
        for row in rows {
            text.push_str(&sentence(contract, row.iter().map(Option::as_deref).enumerate()));
            text.push('\n');
        }
        text
    }

    fn decode(&self, contract: &RowContract, reply: &str, whole: bool) -> Vec<Result<Parsed, Reason>> {
        let names: Vec<String> = contract.columns.iter().map(|column| name(&column.name)).collect();
        let mut lines = reply.lines().peekable();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with("```") {
                continue;
            }
            let cut = lines.peek().is_none() && !whole && !reply.ends_with('\n');
            let record = read(line, &names);
            // A line without a single known column is prose.
            match record {
                None => {}
                Some(_) if cut => found.push(Err(Reason::Truncated)),
                Some(record) => found.push(record),
            }
        }
        found
    }
}

/// `name is value` for the given columns, in that order; `None` is missing.
pub(crate) fn sentence<'a>(
    contract: &RowContract,
    cells: impl Iterator<Item = (usize, Option<&'a str>)>,
) -> String {
    let parts: Vec<String> =
        cells.map(|(at, cell)| format!("{} is {}", name(&contract.columns[at].name), value(cell))).collect();
    parts.join(", ")
}

/// A column's name as sentences write it.
pub(crate) fn name(name: &str) -> String {
    let plain = !name.contains([',', '"', '\n', '\r']) && !name.contains(" is ") && name.trim() == name;
    if plain && !name.is_empty() { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}

/// A cell as sentences write it.
pub(crate) fn value(cell: Option<&str>) -> String {
    let Some(cell) = cell else { return MISSING.to_owned() };
    let hostile = cell.is_empty()
        || cell == MISSING
        || cell.contains([',', '"', '\n', '\r'])
        || cell.trim() != cell
        // At the end of a line its full stop would be taken for the sentence's.
        || without_full_stop(cell) != cell;
    if hostile { serde_json::Value::from(cell).to_string() } else { cell.to_owned() }
}

/// One line; `None` when it names no column.
fn read(line: &str, names: &[String]) -> Option<Result<Parsed, Reason>> {
    let mut parsed = Parsed { cells: vec![None; names.len()], extra: false };
    let mut rest = line;
    let mut any = false;
    let mut twice = false;
    while !rest.is_empty() {
        let Some((at, after)) = starts_with_name(rest, names) else {
            // A column that was not asked for, or prose: passed over up to the next known name.
            parsed.extra = true;
            match next_part(rest, names) {
                Some(next) => rest = &rest[next..],
                None => break,
            }
            continue;
        };
        any = true;
        let (cell, after) = if let Some((text, after)) = quoted(after) {
            (Raw::Text(text), after)
        } else {
            let end = next_part(after, names).map_or(after.len(), |next| next - 2);
            let bare = after[..end].trim();
            let bare = if end < after.len() { bare } else { without_full_stop(bare) };
            let cell = if bare == MISSING { Raw::Null } else { Raw::Text(bare.to_owned()) };
            (cell, &after[end..])
        };
        twice |= parsed.cells[at].is_some();
        parsed.cells[at] = Some(cell);
        rest = after.trim_start().strip_prefix(',').unwrap_or(after).trim_start();
    }
    any.then_some(if twice { Err(Reason::DuplicateKey) } else { Ok(parsed) })
}

/// The full stop at the end of a line is no part of a number or of the word for missing, but may be part of a text.
fn without_full_stop(text: &str) -> &str {
    let stripped = text.trim_end_matches('.');
    if stripped.parse::<f64>().is_ok() || stripped == MISSING { stripped } else { text }
}

/// The column whose name and verb begin `text`, and what follows; the longest name wins.
fn starts_with_name<'a>(text: &'a str, names: &[String]) -> Option<(usize, &'a str)> {
    names
        .iter()
        .enumerate()
        .filter_map(|(at, name)| Some((at, name, text.strip_prefix(name.as_str())?.strip_prefix(" is ")?)))
        .max_by_key(|(_, name, _)| name.len())
        .map(|(at, _, after)| (at, after))
}

/// Where the next `name is` begins after a comma.
fn next_part(text: &str, names: &[String]) -> Option<usize> {
    text.match_indices(", ").map(|(at, _)| at + 2).find(|&at| starts_with_name(&text[at..], names).is_some())
}

/// The JSON string that begins `text`, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let end = at + 2;
                return Some((serde_json::from_str(&text[..end]).ok()?, &text[end..]));
            }
            _ => {}
        }
    }
    None
}
