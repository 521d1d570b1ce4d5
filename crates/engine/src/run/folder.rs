//! Who may write into a run folder, and what in it is finished?

use super::{RunOptions, STAGES};
use crate::artefact::FORMAT_VERSION;
use crate::cost::{Meter, peak_bytes};
use crate::error::EngineError;
use crate::host::Host;
use crate::lock::{LOCK, is_leftover, lock};
use crate::manifest::{MANIFEST_VERSION, Manifest, Sent};
use crate::recipe::{Holdout, Recipe};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use verosim_core::Seeded;
use verosim_data::io::{WriteError, sha256_bytes, sha256_file};
use verosim_eval::card::{CARD_VERSION, Cost};

/// Folders of a run, and the names in each that are ours to replace.
const PARTS: [(&str, &[&str]); 7] = [
    ("", &["manifest.json", "recipe.toml", "metadata.json"]),
    ("split", &["train.ids", "holdout.ids"]),
    ("model", &["model.json", "arrays.safetensors"]),
    ("exchange", &["transcript.jsonl", "account.json"]),
    (
        "synthetic",
        &[
            "data.csv",
            "data.tsv",
            "data.parquet",
            "data.arrow",
            "data.ndjson",
            "partial.csv",
            "partial.tsv",
            "partial.parquet",
            "partial.arrow",
            "partial.ndjson",
            "curation.json",
            "rules.json",
            "canaries.json",
        ],
    ),
    ("report", &["report.html", "report.md", "metrics.json"]),
    ("logs", &["events.jsonl"]),
];
/// What a probe of the run's model left: it goes with the run, and stands only where there was a probe.
const PROBE: [(&str, &[&str]); 2] =
    [("probe", &["probe.html", "probe.md", "probe.json"]), ("probe/exchange", &["transcript.jsonl"])];
/// Where the demo keeps its table; anything else makes a folder somebody's.
const INPUT: &str = "input";

/// A run folder that this process writes.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    _lock: Option<File>,
}

/// What stands in a folder before a run.
enum State {
    Free,
    Run,
    Foreign,
}

/// Refuses a folder that the options do not allow to be written, before any work is done.
pub(crate) fn admit(options: &RunOptions<'_>) -> Result<(), EngineError> {
    let path = options.out.display().to_string();
    match (state(options.out), options.resume, options.overwrite) {
        (State::Free, ..) | (State::Run, true, _) | (State::Run, _, true) => Ok(()),
        (State::Foreign, true, _) => {
            Err(EngineError::CannotResume { path, why: "there is no manifest in it".into() })
        }
        (State::Foreign, _, true) => Err(EngineError::ForeignFolder { path }),
        (State::Run | State::Foreign, ..) => Err(EngineError::RunExists { path }),
    }
}

impl Folder {
    /// Makes the folder, or goes on with what is finished in it.
    pub(super) fn open(
        input: &Path,
        recipe: &Recipe,
        options: &RunOptions<'_>,
        host: &Host<'_>,
    ) -> Result<Self, EngineError> {
        let path = options.out.to_path_buf();
        let name = path.display().to_string();
        let mut inputs = BTreeMap::from([("train".to_owned(), sha256_file(input)?)]);
        if let Holdout::File(file) = &recipe.holdout {
            inputs.insert("holdout".into(), sha256_file(Path::new(file))?);
        }
        if let Some(metadata) = options.metadata {
            inputs.insert("metadata".into(), sha256_bytes(metadata.as_bytes()));
        }
        let refuse = |why: &str| EngineError::CannotResume { path: name.clone(), why: why.into() };
        admit(options)?;
        fs::create_dir_all(&path).map_err(|source| WriteError::io(&path, source))?;
        let lock = lock(&path)?;
        if options.resume
            && let Some(manifest) = Manifest::read(&path)?
        {
            if manifest.recipe != *recipe {
                return Err(refuse("it was made by other settings"));
            }
            if manifest.inputs != inputs {
                return Err(refuse("the input files have changed"));
            }
            if manifest.made_by != made_by(host) {
                return Err(refuse("it was made by another release"));
            }
            let folder = Self { path, manifest, _lock: lock };
            folder.sweep();
            folder.log("resume", 0.0);
            return Ok(folder);
        }
        clear(&path)?;
        for (part, _) in PARTS {
            fs::create_dir_all(path.join(part)).map_err(|source| WriteError::io(&path, source))?;
        }
        let seed = Seeded::new(recipe.seed);
        let stream = |name: &str| (name.to_owned(), format!("{:016x}", seed.split(name).key()));
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            made_by: made_by(host),
            formats: [("card", CARD_VERSION), ("model", FORMAT_VERSION), ("recipe", 1)]
                .map(|(format, version)| (format.to_owned(), version))
                .into(),
            date: host.today.clone(),
            machine: host.machine.clone(),
            recipe: recipe.clone(),
            streams: ["ids", "split", "fit", "sample", "second draw", "judge", "canaries"].map(stream).into(),
            inputs,
            stages: Vec::new(),
        };
        let folder = Self { path, manifest, _lock: lock };
        folder.sweep();
        folder.manifest.write(&folder.path)?;
        folder.log("start", 0.0);
        Ok(folder)
    }

    /// A run that was made before, to make one stage of it again.
    pub(super) fn reopen(path: &Path) -> Result<Option<Self>, EngineError> {
        let Some(manifest) = Manifest::read(path)? else { return Ok(None) };
        let lock = lock(path)?;
        Ok(Some(Self { path: path.to_path_buf(), manifest, _lock: lock }))
    }

    /// Whether a stage is recorded and its files are as they were made.
    pub(super) fn is_finished(&self, name: &str) -> bool {
        self.manifest.finished(&self.path, name).is_some()
    }

    /// Runs a stage unless it is finished, then records its files.
    pub(super) fn stage(
        &mut self,
        name: &str,
        files: &[&str],
        meter: Meter<'_>,
        make: impl FnOnce(&Path) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        if self.is_finished(name) {
            return Ok(());
        }
        self.forget_from(name);
        make(&self.path)?;
        self.record(name, files, None, None, meter.stop(name))
    }

    /// Records a stage whose files stand in the folder.
    pub(super) fn record(
        &mut self,
        name: &str,
        files: &[&str],
        statement: Option<String>,
        sent: Option<Sent>,
        cost: Cost,
    ) -> Result<(), EngineError> {
        self.forget_from(name);
        self.log(name, cost.wall_s);
        let path = self.path.clone();
        self.manifest.finish(&path, name, files, statement, sent, cost)
    }

    /// A stage that is made again takes everything after it with it.
    fn forget_from(&mut self, name: &str) {
        let place = |name: &str| STAGES.iter().position(|stage| *stage == name);
        self.manifest.stages.retain(|stage| place(&stage.name) < place(name));
    }

    /// Removes what a killed process left half-written: files appear under their own name only when they are whole.
    fn sweep(&self) {
        for (part, _) in PARTS {
            for entry in fs::read_dir(self.path.join(part)).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if is_leftover(&name) {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }

    /// One line per stage; a log that cannot be written stops nothing.
    fn log(&self, stage: &str, seconds: f64) {
        let line = json!({ "stage": stage, "seconds": seconds, "peak_bytes": peak_bytes() });
        let file = fs::OpenOptions::new().create(true).append(true).open(self.path.join("logs/events.jsonl"));
        if let Ok(mut file) = file {
            let _ = writeln!(file, "{line}");
        }
    }
}

fn made_by(host: &Host<'_>) -> String {
    format!("verosim {}", host.version)
}

/// A folder is free when all that stands in it is the demo's table, folders of ours without a file, and leftovers.
fn state(path: &Path) -> State {
    if path.join("manifest.json").exists() {
        return State::Run;
    }
    if path.exists() && !path.is_dir() {
        return State::Foreign;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = PARTS.iter().find(|(part, _)| *part == name).map(|(part, _)| *part);
        let free = match ours {
            Some(part) => fs::read_dir(path.join(part))
                .into_iter()
                .flatten()
                .flatten()
                .all(|entry| is_leftover(&entry.file_name().to_string_lossy())),
            None => name == INPUT || name == LOCK || is_leftover(&name),
        };
        if !free {
            return State::Foreign;
        }
    }
    State::Free
}

/// Removes the files of a run by name, its manifest first, and nothing else.
fn clear(path: &Path) -> Result<(), EngineError> {
    for (part, names) in PARTS.iter().chain(&PROBE) {
        for name in *names {
            let file = path.join(part).join(name);
            match fs::remove_file(&file) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(WriteError::io(&file, source).into());
                }
                _ => {}
            }
        }
    }
    Ok(())
}
