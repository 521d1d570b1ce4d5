//! Who may write into a run folder, and what in it is finished?

use super::STAGES;
use crate::cost::{Meter, peak_bytes};
use crate::error::EngineError;
use crate::host::Host;
use crate::lock::{LOCK, is_leftover, lock};
use crate::manifest::{MANIFEST_VERSION, Manifest, Sent};
use crate::recipe::Recipe;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use verosim_core::Seeded;
use verosim_data::io::WriteError;
use verosim_eval::card::{CARD_VERSION, Cost};

/// Folders of a run, and the names in each that are ours to replace.
const PARTS: [(&str, &[&str]); 7] = [
    ("", &["manifest.json", "recipe.toml", "metadata.json", "profile.json"]),
    ("split", &["train.ids", "holdout.ids"]),
    ("model", &["model.json", "arrays.safetensors", "weights.safetensors"]),
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
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
    _lock: Option<File>,
}

/// Where a run writes, and what becomes of what stands there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Run folder.
    pub out: &'a Path,
    /// Go on with what is there.
    pub resume: bool,
    /// Start anew over what is there.
    pub overwrite: bool,
}

/// What a run is made by: a run of another beginning does not go on.
pub(crate) struct Beginning<'a> {
    pub(crate) recipe: &'a Recipe,
    /// Input files by role, with their SHA-256.
    pub(crate) inputs: BTreeMap<String, String>,
    /// Format of the model in the folder.
    pub(crate) model: (&'static str, u32),
    /// Names of random streams.
    pub(crate) streams: &'static [&'static str],
}

/// What stands in a folder before a run.
enum State {
    Free,
    Run,
    Foreign,
}

/// Refuses a folder that the options do not allow to be written, before any work is done.
pub(crate) fn admit(place: Place<'_>) -> Result<(), EngineError> {
    let path = place.out.display().to_string();
    match (state(place.out), place.resume, place.overwrite) {
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
    pub(crate) fn open(
        place: Place<'_>,
        beginning: Beginning<'_>,
        host: &Host<'_>,
    ) -> Result<Self, EngineError> {
        let path = place.out.to_path_buf();
        let name = path.display().to_string();
        let Beginning { recipe, inputs, model: (model, version), streams } = beginning;
        let refuse = |why: &str| EngineError::CannotResume { path: name.clone(), why: why.into() };
        admit(place)?;
        fs::create_dir_all(&path).map_err(|source| WriteError::io(&path, source))?;
        let lock = lock(&path)?;
        if place.resume
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
        // One that does not read tells of nothing to remove.
        clear(&path, Manifest::read(&path).ok().flatten().as_ref())?;
        for (part, _) in PARTS {
            fs::create_dir_all(path.join(part)).map_err(|source| WriteError::io(&path, source))?;
        }
        let seed = Seeded::new(recipe.seed);
        let stream = |name: &&str| ((*name).to_owned(), format!("{:016x}", seed.split(name).key()));
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            made_by: made_by(host),
            formats: [("card", CARD_VERSION), (model, version), ("recipe", 1)]
                .map(|(format, version)| (format.to_owned(), version))
                .into(),
            date: host.today.clone(),
            machine: host.machine.clone(),
            recipe: recipe.clone(),
            streams: streams.iter().map(stream).collect(),
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
    pub(crate) fn is_finished(&self, name: &str) -> bool {
        self.manifest.finished(&self.path, name).is_some()
    }

    /// Runs a stage unless it is finished, then records its files.
    pub(crate) fn stage(
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
    pub(crate) fn record(
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

/// Removes the files of a run by name, its manifest first, and nothing else. Synthetic records have names of their own, which
/// its manifest tells.
fn clear(path: &Path, before: Option<&Manifest>) -> Result<(), EngineError> {
    let is_inside = |name: &&String| {
        let name = Path::new(name);
        name.starts_with("synthetic") && name.components().all(|part| matches!(part, Component::Normal(_)))
    };
    let recorded =
        before.into_iter().flat_map(|manifest| &manifest.stages).flat_map(|stage| stage.outputs.keys());
    let recorded: Vec<PathBuf> = recorded.filter(is_inside).map(|name| path.join(name)).collect();
    for (part, names) in PARTS.iter().chain(&PROBE) {
        for name in *names {
            remove(&path.join(part).join(name))?;
        }
    }
    recorded.iter().try_for_each(|file| remove(file))
}

/// Removes a file that may be there.
fn remove(file: &Path) -> Result<(), EngineError> {
    match fs::remove_file(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(WriteError::io(file, source).into())
        }
        _ => Ok(()),
    }
}
