//! How does a table or a folder of patient records get another format?

use crate::error::EngineError;
use std::path::Path;
use verosim_core::Context;
use verosim_data::io::{FileFormat, ReadOptions, SourceInfo, read, write};
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
    apart(path, target.place)?;
    let sink = begin(target.place, &writing)?;
    Ok(convert(source.as_ref(), sink, ctx)?)
}

/// Refuses to write over, around or into what is read: replacing a folder would take the input with it.
pub(super) fn apart(input: &Path, place: &Path) -> Result<(), EngineError> {
    let there = |path: &Path| path.canonicalize().ok();
    let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let target = there(place).or_else(|| Some(there(parent)?.join(place.file_name()?)));
    match (there(input), target) {
        (Some(input), Some(target)) if input.starts_with(&target) || target.starts_with(&input) => {
            Err(EngineError::NotApart { path: place.display().to_string() })
        }
        _ => Ok(()),
    }
}
