//! Which shapes are known, and which of them is a folder?

use super::{Mapping, folder};
use crate::TimelineError;
use std::path::Path;
use verosim_core::Context;
use verosim_data::io::{Parts, ReadOptions};

/// The mappings that come with the program.
const KNOWN: [(&str, &str); 3] = [
    ("synthea", include_str!("../../../shapes/synthea.toml")),
    ("mimic-iv", include_str!("../../../shapes/mimic-iv.toml")),
    ("mimic-iii", include_str!("../../../shapes/mimic-iii.toml")),
];

/// Names of the shapes that come with the program.
pub fn shapes() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

/// The mapping of a shape that comes with the program.
///
/// # Errors
/// [`TimelineError::Mapping`] when there is none of that name.
pub fn mapping(shape: &str) -> Result<Mapping, TimelineError> {
    if let Some((name, text)) = KNOWN.iter().find(|(name, _)| *name == shape) {
        return Mapping::parse(name, text);
    }
    let known: Vec<&str> = shapes().collect();
    let why = format!("no shape of that name comes with the program; there are {}", known.join(", "));
    Err(TimelineError::Mapping { name: shape.to_owned(), why })
}

/// A shape that a folder was recognised as.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// Its mapping.
    pub mapping: Mapping,
    /// Why it is this one, in words.
    pub reason: String,
}

/// Which known shape the tables of a folder have, by the columns of those that mark it. `None` when it is none of them.
///
/// # Errors
/// When the folder cannot be listed. Files that do not open are passed over: reading tells what is wrong with them.
///
/// # Cost
/// Reads 64 KiB of the files that mark a shape, whatever their size.
pub fn recognise(folder: &Path, ctx: Context<'_>) -> Result<Option<Recognised>, TimelineError> {
    let files = folder::tables(folder)?;
    for (name, text) in KNOWN {
        let mapping = Mapping::parse(name, text)?;
        let mut reasons = Vec::new();
        for mark in mapping.marks() {
            ctx.stop.check()?;
            let names = files
                .get(&mark.table)
                .and_then(|path| Parts::open(path, &ReadOptions::default(), 1).ok())
                .map(|parts| parts.names())
                .unwrap_or_default();
            let has = |column: &String| names.iter().any(|name| name.eq_ignore_ascii_case(column));
            if mark.columns.iter().all(has) {
                reasons.push(format!("`{}` has {}", mark.table, mark.columns.join(", ")));
            }
        }
        if reasons.len() == mapping.marks().len() && !reasons.is_empty() {
            return Ok(Some(Recognised { mapping, reason: reasons.join("; ") }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_mapping_makes_sense() {
        for name in shapes() {
            let mapping = mapping(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(mapping.shape(), name);
            for table in mapping.tables() {
                let named = table.time.iter().chain(&table.end).take(1);
                let roles =
                    [&table.subject, &table.key, &table.number, &table.value, &table.text, &table.visit];
                for column in roles.into_iter().flatten().chain(named).filter(|_| !table.columns.is_empty()) {
                    assert!(table.columns.contains(column), "{name}: {} lacks {column}", table.name);
                }
            }
        }
        assert!(mapping("nope").unwrap_err().to_string().contains("there are synthea, mimic-iv, mimic-iii"));
    }
}
