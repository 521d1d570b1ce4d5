//! What of a study is carried out, whatever became of the process?

use super::StudyOptions;
use crate::error::EngineError;
use crate::lock::{LOCK, is_leftover, lock};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use verosim_data::io::WriteError;
use verosim_eval::study::Arm;

/// The plan in the first line, then an arm a line.
const JOURNAL: &str = "arms.ndjson";
/// The page; `study.md` and `study.json` stand beside it.
pub(super) const PAGE: &str = "study.html";
/// What a study leaves in its folder.
const FILES: [&str; 4] = [JOURNAL, PAGE, "study.md", "study.json"];

/// The arms of a study, on disk before they are told of.
pub(super) struct Journal {
    arms: Vec<Arm>,
    file: File,
    path: std::path::PathBuf,
    _lock: Option<File>,
}

impl Journal {
    /// Opens the journal of a study that is carried out by `plan`. With `resume`, goes on with the one that is there, if it
    /// has the same plan; a line that was not finished is taken away.
    ///
    /// # Errors
    /// [`EngineError::RunExists`], [`EngineError::ForeignFolder`], [`EngineError::CannotResume`], [`EngineError::Busy`].
    pub(super) fn open(options: &StudyOptions<'_>, plan: &Value) -> Result<Self, EngineError> {
        let out = options.out;
        admit(options)?;
        fs::create_dir_all(out).map_err(|source| WriteError::io(out, source))?;
        let lock = lock(out)?;
        let path = out.join(JOURNAL);
        let mut arms = Vec::new();
        let known = fs::read_to_string(&path).ok().filter(|text| options.resume && text.contains('\n'));
        let text = match known {
            Some(text) => {
                let whole = &text[..=text.rfind('\n').unwrap_or(0)];
                let mut lines = whole.lines();
                let refuse = |why: &str| EngineError::CannotResume {
                    path: out.display().to_string(),
                    why: why.into(),
                };
                let first: Option<Value> = lines.next().and_then(|line| serde_json::from_str(line).ok());
                if first.as_ref() != Some(plan) {
                    return Err(refuse("it is another study, or its files or the program have changed"));
                }
                for line in lines {
                    arms.push(
                        serde_json::from_str(line).map_err(|_| refuse("a line of its journal is damaged"))?,
                    );
                }
                whole.to_owned()
            }
            None => format!("{plan}\n"),
        };
        for name in FILES {
            match fs::remove_file(out.join(name)) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound && name != JOURNAL => {
                    return Err(WriteError::io(&out.join(name), source).into());
                }
                _ => {}
            }
        }
        verosim_data::io::write_bytes_atomically(&path, text.as_bytes(), true)?;
        let file =
            OpenOptions::new().append(true).open(&path).map_err(|source| WriteError::io(&path, source))?;
        Ok(Self { arms, file, path, _lock: lock })
    }

    pub(super) fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Writes an arm down; it is on disk when this returns.
    pub(super) fn add(&mut self, arm: Arm) -> Result<(), EngineError> {
        let mut line = serde_json::to_vec(&arm).expect("finite numbers and text are always JSON");
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|source| WriteError::io(&self.path, source))?;
        self.arms.push(arm);
        Ok(())
    }
}

/// Refuses a folder that must not be written.
fn admit(options: &StudyOptions<'_>) -> Result<(), EngineError> {
    let path = || options.out.display().to_string();
    let Ok(entries) = fs::read_dir(options.out) else {
        return if options.out.exists() { Err(EngineError::ForeignFolder { path: path() }) } else { Ok(()) };
    };
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let is_ours = |name: &String| FILES.contains(&name.as_str()) || name == LOCK || is_leftover(name);
    if !names.iter().all(is_ours) {
        return Err(EngineError::ForeignFolder { path: path() });
    }
    let is_there = Path::new(options.out).join(JOURNAL).exists();
    if is_there && !options.resume && !options.overwrite {
        return Err(EngineError::RunExists { path: path() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::LanguageOptions;
    use serde_json::json;
    use verosim_eval::study::Outcome;

    fn arm(repeat: usize) -> Arm {
        let outcome = Outcome::Failed { why: "too few".into() };
        Arm { dataset: "clinic".into(), engine: "trees".into(), size: Some(20), repeat, outcome }
    }

    #[test]
    fn a_half_written_line_is_made_again_and_another_plan_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("study");
        let language = LanguageOptions::default();
        let options = StudyOptions {
            engines: &[],
            repeats: 2,
            metadata: None,
            out: &out,
            resume: false,
            overwrite: false,
            memory_limit: None,
            fit_limit: None,
            language: &language,
        };
        let plan = json!({ "study": "test" });
        let mut journal = Journal::open(&options, &plan).unwrap();
        (0..2).for_each(|repeat| journal.add(arm(repeat)).unwrap());
        drop(journal);
        let path = out.join(JOURNAL);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 7]).unwrap();
        assert!(matches!(Journal::open(&options, &plan), Err(EngineError::RunExists { .. })));
        let resumed = StudyOptions { resume: true, ..options };
        let journal = Journal::open(&resumed, &plan).unwrap();
        assert_eq!(journal.arms(), [arm(0)]);
        assert!(matches!(Journal::open(&resumed, &plan), Err(EngineError::Busy { .. })));
        drop(journal);
        let other = Journal::open(&resumed, &json!({ "study": "other" }));
        assert!(matches!(other, Err(EngineError::CannotResume { .. })));
        let anew = StudyOptions { overwrite: true, ..options };
        assert!(Journal::open(&anew, &plan).unwrap().arms().is_empty());
        fs::write(out.join("thesis.txt"), "mine").unwrap();
        assert!(matches!(Journal::open(&anew, &plan), Err(EngineError::ForeignFolder { .. })));
    }
}
