//! Where does a probe stand, and what may it write over?

use super::ProbeOptions;
use crate::error::EngineError;
use std::fs;
use std::path::{Path, PathBuf};
use verosim_core::{Disclosure, LanguageModel};
use verosim_data::io::{WriteError, write_bytes_atomically};
use verosim_eval::card::{PROBE_VERSION, Probe};
use verosim_eval::render::{CardError, probe_html, probe_markdown};
use verosim_llm::backend::goes_on;

/// The pages and then what they show: a probe with a `probe.json` is finished.
const FILES: [&str; 3] = ["probe.html", "probe.md", "probe.json"];
const TRANSCRIPT: &str = "exchange/transcript.jsonl";

/// Refuses a folder that must not be written, before any work is done.
pub(super) fn admit(options: &ProbeOptions<'_>) -> Result<(), EngineError> {
    let out = options.out;
    let is_other = ["manifest.json", "metrics.json"].iter().any(|file| out.join(file).exists());
    if is_other || out.exists() && !out.is_dir() {
        return Err(EngineError::NoProbeFolder { path: out.display().to_string() });
    }
    match FILES.iter().map(|name| out.join(name)).find(|file| file.exists()) {
        Some(file) if !options.overwrite => Err(exists(&file)),
        _ => Ok(()),
    }
}

/// Makes the folder; the path of its transcript, which is gone on with unless it is that of a finished probe.
pub(super) fn open(
    options: &ProbeOptions<'_>,
    model: &dyn LanguageModel,
    disclosure: Disclosure,
) -> Result<PathBuf, EngineError> {
    let transcript = options.out.join(TRANSCRIPT);
    if options.out.join(FILES[2]).exists() {
        // What is finished first, so that a stop in between leaves no result without its transcript.
        for file in FILES.iter().rev().chain(&[TRANSCRIPT]).map(|name| options.out.join(name)) {
            match fs::remove_file(&file) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(WriteError::io(&file, source).into());
                }
                _ => {}
            }
        }
    }
    if !options.overwrite && goes_on(model, disclosure, &transcript) == Some(false) {
        return Err(exists(&transcript));
    }
    let folder = options.out.join("exchange");
    fs::create_dir_all(&folder).map_err(|source| WriteError::io(&folder, source))?;
    Ok(transcript)
}

/// Writes the pages and the result; the path of the page.
pub(super) fn write(out: &Path, probe: &Probe) -> Result<PathBuf, EngineError> {
    let mut json = serde_json::to_vec_pretty(probe).expect("finite numbers and text are always JSON");
    json.push(b'\n');
    write_bytes_atomically(&out.join(FILES[0]), probe_html(probe).as_bytes(), true)?;
    write_bytes_atomically(&out.join(FILES[1]), probe_markdown(probe).as_bytes(), true)?;
    write_bytes_atomically(&out.join(FILES[2]), &json, true)?;
    Ok(out.join(FILES[0]))
}

/// What a probe in the folder of a run found; `None` where there was none.
///
/// # Errors
/// [`EngineError::Card`] when it does not read.
pub(crate) fn of_run(run: &Path) -> Result<Option<Probe>, EngineError> {
    let file = run.join("probe").join(FILES[2]);
    let Ok(text) = fs::read_to_string(&file) else { return Ok(None) };
    let refuse = |source| EngineError::Card { path: file.display().to_string(), source };
    let probe: Probe =
        serde_json::from_str(&text).map_err(|error| refuse(CardError::Damaged { why: error.to_string() }))?;
    if probe.version != PROBE_VERSION {
        return Err(refuse(CardError::Version { found: u64::from(probe.version) }));
    }
    Ok(Some(probe))
}

fn exists(file: &Path) -> EngineError {
    WriteError::Exists { path: file.display().to_string() }.into()
}
