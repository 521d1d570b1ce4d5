//! Which files make up a MEDS data set?

use crate::TimelineError;
use std::fs;
use std::path::{Path, PathBuf};

/// All Parquet files of `data/`, in order of their names, the numbers in them as numbers.
pub(super) fn data(folder: &Path) -> Result<Vec<PathBuf>, TimelineError> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.join("data")];
    while let Some(folder) = waiting.pop() {
        let io = |source| TimelineError::reading(&folder, source);
        for entry in fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() {
                waiting.push(path);
            } else if !hidden && path.extension().is_some_and(|extension| extension == "parquet") {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| natural(&path.display().to_string()));
    Ok(found)
}

/// Text in pieces that sort as people count: `2` before `10`.
fn natural(text: &str) -> Vec<(String, u64)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let words = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(words);
        let digits = tail.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(digits);
        pieces.push((word.to_owned(), number.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_sort_as_numbers() {
        let mut names = ["data/10.parquet", "data/2.parquet", "data/train/0.parquet"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["data/2.parquet", "data/10.parquet", "data/train/0.parquet"]);
    }
}
