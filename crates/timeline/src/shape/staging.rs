//! How does a folder of files appear whole or not at all?

use crate::TimelineError;
use std::fs;
use std::path::{Path, PathBuf};
use verosim_data::io::WriteError;

/// File that says what an attempt was to write; it is gone when the folder is in its place.
const WORDS: &str = ".attempt";

/// What files of patient records end in.
const ENDINGS: [&str; 8] = ["csv", "tsv", "gz", "parquet", "arrow", "ndjson", "json", "toml"];

/// A folder that is filled under a temporary name beside its place, and renamed when all of it is there.
#[derive(Debug)]
pub struct Staging {
    place: PathBuf,
    folder: PathBuf,
    keep: bool,
}

impl Staging {
    /// Begins to fill `place`; what an earlier attempt left is removed first.
    ///
    /// # Errors
    /// [`WriteError::Exists`] when `place` is there and `overwrite` is not said, [`TimelineError::Foreign`] when it is no
    /// folder of nothing but records; what the operating system says.
    pub fn begin(place: &Path, overwrite: bool) -> Result<Self, TimelineError> {
        let staging = Self::named(place, overwrite)?;
        if staging.folder.exists() {
            fs::remove_dir_all(&staging.folder)
                .map_err(|source| TimelineError::writing(&staging.folder, source))?;
        }
        fs::create_dir_all(&staging.folder)
            .map_err(|source| TimelineError::writing(&staging.folder, source))?;
        Ok(staging)
    }

    /// Begins an attempt of these `words`, of which what is finished stays when it fails, for one of the same words to go on
    /// with; `resume` goes on with what such a one left.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn attempt(place: &Path, overwrite: bool, words: &str, resume: bool) -> Result<Self, TimelineError> {
        let mut staging = Self::named(place, overwrite)?;
        staging.keep = true;
        let said = staging.folder.join(WORDS);
        if !(resume && fs::read_to_string(&said).is_ok_and(|said| said == words)) {
            staging = Self::begin(place, overwrite)?;
            staging.keep = true;
        }
        fs::write(&said, words).map_err(|source| TimelineError::writing(&said, source))?;
        Ok(staging)
    }

    fn named(place: &Path, overwrite: bool) -> Result<Self, TimelineError> {
        let path = || place.display().to_string();
        match (place.exists(), overwrite) {
            (true, false) => return Err(WriteError::Exists { path: path() }.into()),
            (true, true) if !is_records(place) => return Err(TimelineError::Foreign { path: path() }),
            _ => {}
        }
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = place.with_file_name(format!(".{name}.part"));
        Ok(Self { place: place.to_owned(), folder, keep: false })
    }

    /// The folder that is filled.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path inside, whose folders are made.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn path(&self, name: &str) -> Result<PathBuf, TimelineError> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| TimelineError::writing(parent, source))?;
        }
        Ok(path)
    }

    /// Puts the folder in its place; what was there is replaced only now.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn commit(mut self) -> Result<(), TimelineError> {
        let io = |source| TimelineError::writing(&self.place, source);
        let said = self.folder.join(WORDS);
        if said.exists() {
            fs::remove_file(&said).map_err(io)?;
        }
        if self.place.exists() {
            let name =
                self.place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let old = self.place.with_file_name(format!(".{name}.old"));
            fs::rename(&self.place, &old).map_err(io)?;
            fs::rename(&self.folder, &self.place).map_err(io)?;
            let removed = if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) };
            removed.map_err(io)?;
        } else {
            fs::rename(&self.folder, &self.place).map_err(io)?;
        }
        self.keep = true;
        Ok(())
    }
}

/// Whether a folder holds nothing but files of patient records, so that replacing it loses nothing else. A model is none.
fn is_records(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    !folder.join("model.json").exists()
        && entries.flatten().map(|entry| entry.path()).all(|path| {
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            if path.is_dir() {
                is_records(&path)
            } else {
                ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
            }
        })
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keep {
            // Best effort: the first error is the one to tell.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out");
        let staging = Staging::begin(&place, false).unwrap();
        fs::write(staging.path("data/0.csv").unwrap(), "x").unwrap();
        drop(staging);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        for text in ["one", "two"] {
            let staging = Staging::begin(&place, text == "two").unwrap();
            fs::write(staging.path("data/0.csv").unwrap(), text).unwrap();
            staging.commit().unwrap();
        }
        assert_eq!(fs::read_to_string(place.join("data/0.csv")).unwrap(), "two");
        assert!(matches!(
            Staging::begin(&place, false),
            Err(TimelineError::Write(WriteError::Exists { .. }))
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// Regression: `--overwrite` replaced whatever folder was named.
    #[test]
    fn somebodys_folder_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["thesis.docx", "notes", "model.json"] {
            let place = folder.path().join(name.replace('.', "-"));
            fs::create_dir(&place).unwrap();
            fs::write(place.join("person.csv"), "x").unwrap();
            assert!(Staging::begin(&place, true).is_ok(), "records alone may be replaced");
            fs::write(place.join(name), "x").unwrap();
            assert!(matches!(Staging::begin(&place, true), Err(TimelineError::Foreign { .. })), "{name}");
            assert!(place.join(name).exists());
        }
    }

    #[test]
    fn an_attempt_goes_on_where_one_of_the_same_words_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out");
        let attempts = [
            ("ten people", false, false),
            ("ten people", true, true),
            ("ten people", false, false),
            ("twenty people", true, false),
        ];
        for (words, resume, left) in attempts {
            let staging = Staging::attempt(&place, false, words, resume).unwrap();
            let path = staging.path("0.txt").unwrap();
            assert_eq!(path.exists(), left, "{words}");
            fs::write(path, words).unwrap();
        }
        Staging::attempt(&place, false, "twenty people", true).unwrap().commit().unwrap();
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "nothing but what was written");
    }
}
