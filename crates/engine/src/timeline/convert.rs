//! How does a table or a folder of patient records get another format?

use crate::error::EngineError;
use std::path::Path;
use verosim_core::Context;
use verosim_data::io::{FileFormat, ReadError, ReadOptions, SourceInfo, read, write};
use verosim_timeline::shape::{Reading, Writing, begin, open};
use verosim_timeline::{Conversion, convert};

/// Where a conversion goes.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// File or folder.
    pub place: &'a Path,
    /// Whether to replace what is there.
    pub overwrite: bool,
}

/// Converts a flat table into the format that the name of the target asks for; returns its rows and columns.
///
/// # Errors
/// [`EngineError`]; the target is then as it was before.
pub fn convert_file(
    path: &Path,
    options: &ReadOptions,
    target: &Target<'_>,
    ctx: Context<'_>,
) -> Result<(usize, usize), EngineError> {
    let (table, info) = read(path, options, ctx)?;
    let how = match FileFormat::from_extension(target.place) {
        Some((format, gzip)) => SourceInfo { gzip, ..SourceInfo::of(format) },
        None => SourceInfo { notes: Vec::new(), ..info },
    };
    write(&table, target.place, &how, target.overwrite)?;
    Ok((table.n_rows(), table.columns().len()))
}

/// Converts patient records into another shape.
///
/// # Errors
/// [`EngineError`]; the target is then as it was before.
pub fn convert_folder(
    path: &Path,
    reading: &Reading,
    writing: &Writing,
    target: &Target<'_>,
    ctx: Context<'_>,
) -> Result<Conversion, EngineError> {
    let source = open(path, reading, ctx)?;
    let about = source.about();
    let writing = Writing {
        splits: about.splits.clone(),
        codes: source.codes().clone(),
        mapping: reading.mapping.clone(),
        found: source.mapping(),
        name: if writing.name.is_empty() { about.name.clone() } else { writing.name.clone() },
        overwrite: target.overwrite,
        ..writing.clone()
    };
    if same_place(path, target.place) {
        return Err(ReadError::Io {
            path: path.display().to_string(),
            source: std::io::Error::other("it cannot be converted into itself"),
        }
        .into());
    }
    let sink = begin(target.place, &writing)?;
    Ok(convert(source.as_ref(), sink, ctx)?)
}

fn same_place(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
