//! How do shards of events become files of FHIR?

use super::form::FORMS;
use super::life::{self, Life};
use super::{Package, WriteOptions, decimal, validate};
use crate::event::Person;
use crate::{CodeBook, Events, Sink, TimelineError, Written};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use verosim_core::Context;
use verosim_data::io::{WriteError, write_bytes_atomically};

/// People who are made at once.
const BLOCK: usize = 256;
/// What says which files there are.
const MANIFEST: &str = "manifest.json";

/// Writes FHIR R4 into a folder.
#[derive(Debug)]
pub struct FhirSink {
    folder: PathBuf,
    options: WriteOptions,
    files: BTreeMap<&'static str, Output>,
    counts: BTreeMap<&'static str, u64>,
    medications: HashSet<String>,
    written: Written,
    faults: BTreeSet<validate::Breach>,
}

/// A file on its way: it has its name only in the end.
#[derive(Debug)]
struct Output(BufWriter<NamedTempFile>);

impl FhirSink {
    /// A sink into `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`TimelineError`] when the folder holds JSON and may not be written over, or cannot be written.
    pub fn create(folder: &Path, options: WriteOptions) -> Result<Self, TimelineError> {
        fs::create_dir_all(folder).map_err(|source| TimelineError::writing(folder, source))?;
        if !options.overwrite && !old_files(folder)?.is_empty() {
            return Err(WriteError::Exists { path: folder.display().to_string() }.into());
        }
        Ok(Self {
            folder: folder.to_owned(),
            options,
            files: BTreeMap::new(),
            counts: BTreeMap::new(),
            medications: HashSet::new(),
            written: Written::default(),
            faults: BTreeSet::new(),
        })
    }

    fn put(&mut self, mut life: Life) -> Result<(), TimelineError> {
        self.written.people += 1;
        self.written.loss.extend(&life.loss);
        self.faults.append(&mut life.faults);
        if self.options.package == Package::Ndjson {
            // Many refer to one Medication.
            life.resources.retain(|(name, resource)| {
                *name != "Medication"
                    || self.medications.insert(resource["id"].as_str().unwrap_or_default().to_owned())
            });
        }
        for (name, _) in &life.resources {
            *self.counts.entry(name).or_default() += 1;
        }
        match self.options.package {
            Package::Ndjson => {
                for (name, lines) in life::by_type(life.resources) {
                    let file = match self.files.entry(name) {
                        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                        std::collections::btree_map::Entry::Vacant(entry) => {
                            entry.insert(begin(&self.folder)?)
                        }
                    };
                    for line in lines {
                        writeln!(file.0, "{line}")
                            .map_err(|source| TimelineError::writing(&self.folder, source))?;
                    }
                }
                Ok(())
            }
            Package::Bundles => {
                let id = life.resources.first().and_then(|(_, patient)| patient["id"].as_str());
                let fits = |id: &&str| {
                    !id.starts_with('.')
                        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
                };
                let name = match id.filter(fits) {
                    Some(id) => format!("{id}.json"),
                    None => format!("patient-{}.json", self.written.people),
                };
                let bundle = life::bundle(&life.resources, self.options.base_url.trim_end_matches('/'));
                let path = self.folder.join(name);
                Ok(write_bytes_atomically(&path, decimal::print(&bundle).as_bytes(), self.options.overwrite)?)
            }
        }
    }

    /// The manifest of a bulk export (HL7 FHIR Bulk Data Access 2.0, section "Response - Output Manifest").
    fn manifest(&self) -> Value {
        let base = self.options.base_url.trim_end_matches('/');
        let output: Vec<Value> = self
            .counts
            .iter()
            .map(|(name, count)| json!({ "type": name, "url": format!("{base}/{name}.ndjson"), "count": count }))
            .collect();
        json!({
            "transactionTime": self.options.transaction_time,
            "request": format!("{base}/Patient/$export"),
            "requiresAccessToken": false,
            "output": output,
            "error": [],
        })
    }
}

impl Sink for FhirSink {
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        self.written.events += events.len() as u64;
        let people: Vec<Person<'_>> = events.people().collect();
        for block in people.chunks(BLOCK) {
            ctx.stop.check()?;
            let options = &self.options;
            let lives: Vec<Life> = block.par_iter().map(|person| life::of(person, options)).collect();
            lives.into_iter().try_for_each(|life| self.put(life))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &CodeBook, ctx: Context<'_>) -> Result<Written, TimelineError> {
        ctx.stop.check()?;
        if !self.faults.is_empty() {
            let told = self.faults.iter().take(5).map(|breach| format!("{} {}", breach.path, breach.what));
            return Err(TimelineError::Invalid { shape: "FHIR", why: told.collect::<Vec<_>>().join("; ") });
        }
        if self.options.package == Package::Ndjson {
            let files = std::mem::take(&mut self.files);
            let old = old_files(&self.folder)?;
            let names: Vec<PathBuf> =
                files.keys().map(|name| self.folder.join(format!("{name}.ndjson"))).collect();
            for ((_, file), path) in files.into_iter().zip(&names) {
                end(file, path, self.options.overwrite)?;
            }
            // What is left of an older export would be read with this one.
            for path in old.iter().filter(|path| !names.contains(path) && is_ours(path)) {
                fs::remove_file(path).map_err(|source| TimelineError::writing(path, source))?;
            }
            let text = format!("{:#}\n", self.manifest());
            write_bytes_atomically(&self.folder.join(MANIFEST), text.as_bytes(), self.options.overwrite)?;
        }
        self.written.tables = self.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Ok(std::mem::take(&mut self.written))
    }
}

/// Files of JSON in a folder.
fn old_files(folder: &Path) -> Result<Vec<PathBuf>, TimelineError> {
    let io = |source| TimelineError::reading(folder, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|end| end == "ndjson" || end == "json") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Whether a file has a name that we give to files.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let known = |name: &str| name == stem;
    path.extension().is_some_and(|end| end == "ndjson")
        && (["Patient", "Medication"].into_iter().any(known) || FORMS.iter().any(|form| known(form.resource)))
}

/// A file without a name.
fn begin(folder: &Path) -> Result<Output, TimelineError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fhir-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let file = builder.tempfile_in(folder).map_err(|source| TimelineError::writing(folder, source))?;
    Ok(Output(BufWriter::with_capacity(1 << 18, file)))
}

/// Gives a file its name.
fn end(file: Output, path: &Path, overwrite: bool) -> Result<(), TimelineError> {
    let io = |source| TimelineError::writing(path, source);
    let file = file.0.into_inner().map_err(|error| io(error.into_error()))?;
    file.as_file().sync_all().map_err(io)?;
    let kept = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|error| io(error.error))
}
