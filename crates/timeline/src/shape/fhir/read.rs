//! How do the resources of FHIR become shards of events?

use super::files::{self, Input, Layout};
use super::lines::{self, Line};
use super::reading::{self, Around, Made, Zone};
use super::registry::Registry;
use super::{EXTRA, ReadOptions, decimal};
use crate::event::{Event, STATIC};
use crate::store::{Shards, Sorter};
use crate::{About, CodeBook, Events, Fate, Findings, Kind, Source, TimelineError, code};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use verosim_core::Context;
use verosim_data::SourceType;

/// Bytes of lines that are read before they are parsed at once.
const BATCH: usize = 8 << 20;

/// Timelines that were FHIR.
#[derive(Debug)]
pub struct FhirSource {
    about: About,
    shards: Shards,
    codes: CodeBook,
    findings: Findings,
}

impl FhirSource {
    /// Whether a folder or a file holds resources of FHIR, by the first line of each file.
    #[must_use]
    pub fn recognises(path: &Path) -> bool {
        files::find(path, ReadOptions::default().longest)
            .is_ok_and(|(inputs, _)| inputs.iter().any(|input| input.sure))
    }

    /// Reads a folder of NDJSON or of Bundles, or one such file, into shards of whole people.
    ///
    /// # Errors
    /// [`TimelineError`] when nothing there is FHIR, nobody is in it, or the operating system refuses. What is wrong with
    /// single resources is told by [`findings`](Source::findings).
    ///
    /// # Cost
    /// Two passes over the files, the first of which parses Patients and Medications only where there is one resource on
    /// each line. Memory is about the limit and one batch of lines; Patients' ids and Medications stay in memory.
    pub fn open(path: &Path, options: &ReadOptions, ctx: Context<'_>) -> Result<Self, TimelineError> {
        let (inputs, looked) = files::find(path, options.longest)?;
        if inputs.is_empty() {
            let why = format!("{looked} files were looked at, and none holds resources of FHIR");
            return Err(TimelineError::Unknown { path: path.display().to_string(), why });
        }
        let mut state = State::new(options);
        for (at, input) in inputs.iter().enumerate() {
            ctx.progress.step(at, 2 * inputs.len(), "looking for patients");
            state.scan(input, ctx)?;
        }
        for (at, input) in inputs.iter().enumerate() {
            ctx.progress.step(inputs.len() + at, 2 * inputs.len(), "reading resources");
            state.file = at as u64 + 1;
            state.take(input, ctx)?;
        }
        let name = path.display().to_string();
        state.finish(name)
    }
}

impl Source for FhirSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, shard: usize, _: Context<'_>) -> Result<Events, TimelineError> {
        self.shards.read(shard)
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        self.findings.clone()
    }
}

struct State<'a> {
    options: &'a ReadOptions,
    registry: Registry,
    sorter: Sorter,
    extra: usize,
    book: CodeBook,
    findings: Findings,
    tables: BTreeMap<&'static str, u64>,
    /// What each id said, as long as they fit.
    seen: HashMap<u64, u64>,
    defined: HashSet<u64>,
    used: HashMap<u64, u64>,
    /// The zone of each place's first time.
    zones: BTreeMap<String, Zone>,
    /// Patients that were referred to and never met.
    missing: BTreeMap<String, i64>,
    /// The number of the file that is read.
    file: u64,
}

impl<'a> State<'a> {
    fn new(options: &'a ReadOptions) -> Self {
        let mut sorter = Sorter::new(options.memory);
        let extra = sorter.extra(EXTRA, SourceType::Text);
        Self {
            options,
            registry: Registry::default(),
            sorter,
            extra,
            book: CodeBook::default(),
            findings: Findings::default(),
            tables: BTreeMap::new(),
            seen: HashMap::new(),
            defined: HashSet::new(),
            used: HashMap::new(),
            zones: BTreeMap::new(),
            missing: BTreeMap::new(),
            file: 0,
        }
    }

    /// Notes the Patients and the Medications of a file. What is wrong with it is told when it is read.
    fn scan(&mut self, input: &Input, ctx: Context<'_>) -> Result<(), TimelineError> {
        let mut note = |text: &[u8]| {
            let Some(mut value) = std::str::from_utf8(text).ok().and_then(|text| decimal::parse(text).ok())
            else {
                return;
            };
            if value["resourceType"] == "Bundle" {
                reading::entries(&mut value).0.iter().for_each(|resource| self.registry.note(resource));
            } else {
                self.registry.note(&value);
            }
        };
        let Ok(mut stream) = lines::open(&input.path) else { return Ok(()) };
        let mut line = Vec::new();
        match input.layout {
            Layout::Whole => {
                if let Ok(Some(text)) = lines::everything(&mut *stream, self.options.longest) {
                    note(&text);
                }
            }
            Layout::Lines => {
                while let Ok(read @ (Line::Whole | Line::TooLong)) =
                    lines::next(&mut *stream, &mut line, self.options.longest)
                {
                    if read == Line::Whole && concerns_many(&line) {
                        note(&line);
                        ctx.stop.check()?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the events of a file.
    fn take(&mut self, input: &Input, ctx: Context<'_>) -> Result<(), TimelineError> {
        let mut stream =
            lines::open(&input.path).map_err(|source| TimelineError::reading(&input.path, source))?;
        let longest = self.options.longest;
        let at_file = if input.place == "bundles" { self.file } else { 0 };
        if input.layout == Layout::Whole {
            match lines::everything(&mut *stream, longest) {
                Ok(Some(text)) => self.documents(&input.place, &[(self.file, text)])?,
                Ok(None) => {
                    self.findings.note(
                        &input.place,
                        "documents longer than can be read",
                        Fate::SetAside,
                        self.file,
                    );
                }
                Err(_) => {
                    self.findings.note(&input.place, "files that end too early", Fate::SetAside, self.file);
                }
            }
            return Ok(ctx.stop.check()?);
        }
        let (mut batch, mut bytes, mut number) = (Vec::new(), 0, 0_u64);
        loop {
            let mut line = Vec::new();
            number += 1;
            let at = if at_file > 0 { at_file } else { number };
            match lines::next(&mut *stream, &mut line, longest) {
                Ok(Line::End) => break,
                Ok(Line::TooLong) => {
                    self.findings.note(&input.place, "lines longer than can be read", Fate::SetAside, at);
                }
                Ok(Line::Whole) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Line::Whole) => {
                    bytes += line.len();
                    batch.push((at, line));
                }
                Err(_) => {
                    self.findings.note(&input.place, "files that end too early", Fate::KeptInPart, at);
                    break;
                }
            }
            if bytes > BATCH {
                self.documents(&input.place, &batch)?;
                ctx.stop.check()?;
                (bytes, batch) = (0, Vec::new());
            }
        }
        self.documents(&input.place, &batch)
    }

    /// Reads documents, each with its number.
    fn documents(&mut self, place: &str, batch: &[(u64, Vec<u8>)]) -> Result<(), TimelineError> {
        let registry = &self.registry;
        let parts: Vec<(Vec<(u64, Made)>, CodeBook)> = batch
            .par_chunks(64)
            .map(|chunk| {
                let mut book = CodeBook::default();
                let read = |(at, text): &(u64, Vec<u8>)| {
                    document(text, registry, &mut book)
                        .into_iter()
                        .map(|made| (*at, made))
                        .collect::<Vec<_>>()
                };
                (chunk.iter().flat_map(read).collect(), book)
            })
            .collect();
        for (all, book) in parts {
            self.book.extend(&book);
            for (at, made) in all {
                self.keep(place, at, &made)?;
            }
        }
        Ok(())
    }

    /// Puts the events of one resource in their place.
    fn keep(&mut self, place: &str, at: u64, made: &Made) -> Result<(), TimelineError> {
        for (what, fate) in &made.notes {
            self.findings.note(place, what, *fate, at);
        }
        if !made.resource.is_empty() {
            *self.tables.entry(made.resource).or_default() += 1;
        }
        if made.events.is_empty() || self.repeats(place, at, made) {
            return Ok(());
        }
        let subject = if self.registry.knows(&made.whose) {
            self.registry.enrol(&made.whose)
        } else {
            self.missing_patient(place, at, &made.whose)
        };
        self.defined.extend(made.defines);
        if let Some(used) = made.uses {
            *self.used.entry(used).or_default() += 1;
        }
        if let Some(zone) = made.zone {
            let first = *self.zones.entry(place.to_owned()).or_insert(zone);
            if first != zone {
                let what = "times in another zone than the first: the clock of the place is kept";
                self.findings.note(place, what, Fate::Kept, at);
            }
        }
        for own in &made.events {
            let fields = &own.fields;
            self.sorter.push(&Event {
                subject,
                time: fields.time,
                end: fields.end,
                code: &fields.code,
                number: fields.number,
                text: &fields.text,
                visit: &fields.visit,
                source: own.source,
                extras: &[(self.extra, &own.residue)],
            })?;
            self.book.note(&fields.code, "");
        }
        Ok(())
    }

    /// The subject of a Patient that no resource is.
    fn missing_patient(&mut self, place: &str, at: u64, id: &str) -> i64 {
        self.findings.note(place, "resources that refer to a Patient that no resource is", Fate::Kept, at);
        if let Some(subject) = self.missing.get(id) {
            return *subject;
        }
        // Known from now on by number only: each of its resources is told.
        let subject = Registry::default().enrol(id);
        self.missing.insert(id.to_owned(), subject);
        subject
    }

    /// Whether a resource was read before, word for word.
    fn repeats(&mut self, place: &str, at: u64, made: &Made) -> bool {
        let Some((identity, content)) = made.identity else { return false };
        match self.seen.get(&identity) {
            Some(before) if *before == content => {
                self.findings.note(place, "resources that repeat one of the same id", Fate::SetAside, at);
                true
            }
            Some(_) if made.resource == "Patient" => {
                self.findings.note(
                    place,
                    "Patient resources whose id another Patient has",
                    Fate::SetAside,
                    at,
                );
                true
            }
            Some(_) => {
                self.findings.note(place, "resources whose id another one of the type has", Fate::Kept, at);
                false
            }
            None => {
                // Sixteen bytes and the table's own for each: a quarter of the memory is for them.
                if (self.seen.len() as u64) < self.options.memory / 4 / 32 {
                    self.seen.insert(identity, content);
                }
                false
            }
        }
    }

    fn finish(mut self, path: String) -> Result<FhirSource, TimelineError> {
        let people = self.registry.people() + self.missing.len() as u64;
        for (id, subject) in &self.missing {
            let residue = decimal::print(&serde_json::json!({ "id": id }));
            let person = code(Kind::Person, &[]);
            self.sorter.push(&Event {
                subject: *subject,
                time: STATIC,
                code: &person,
                source: "Patient",
                extras: &[(self.extra, &residue)],
                ..Event::default()
            })?;
            self.book.note(&person, "");
        }
        if people == 0 {
            return Err(TimelineError::Nobody { path });
        }
        // Order does not matter for a sum.
        let mut dangling: Vec<u64> =
            self.used.into_iter().filter(|(id, _)| !self.defined.contains(id)).map(|(_, n)| n).collect();
        dangling.sort_unstable();
        let what = "resources that refer to an Encounter that no resource is";
        self.findings.count("Encounter", what, Fate::Kept, dangling.iter().sum(), 0);
        let idle = self.registry.idle_medications();
        self.findings.count("Medication", "resources that nothing refers to", Fate::NotCarried, idle, 0);
        let tables = self.tables.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect();
        let about = About { shape: super::ID.into(), tables, people: Some(people), ..About::default() };
        Ok(FhirSource { about, shards: self.sorter.finish()?, codes: self.book, findings: self.findings })
    }
}

/// Whether a line may hold a Patient, a Medication or a Bundle.
fn concerns_many(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    text.match_indices("\"resourceType\"").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start().strip_prefix(':').map(str::trim_start);
        rest.is_some_and(|rest| {
            ["\"Patient\"", "\"Medication\"", "\"Bundle\""].iter().any(|name| rest.starts_with(name))
        })
    })
}

/// Reads one document: a resource, or a Bundle of them.
fn document(text: &[u8], registry: &Registry, book: &mut CodeBook) -> Vec<Made> {
    let nothing = |what: &str| vec![Made::nothing(what, Fate::SetAside)];
    let Ok(text) = std::str::from_utf8(text) else { return nothing("documents that are not UTF-8") };
    let mut value = match decimal::parse(text) {
        Ok(value) => value,
        Err(decimal::Fault::Deep) => return nothing("documents that nest deeper than 127 levels"),
        Err(decimal::Fault::Broken) => return nothing("documents that do not read as JSON"),
    };
    if value["resourceType"] != "Bundle" {
        return vec![reading::read(value, &Around { registry, entries: None }, book)];
    }
    let (resources, entries) = reading::entries(&mut value);
    let has =
        |resource: &Value, wanted: fn(&str) -> bool| resource["resourceType"].as_str().is_some_and(wanted);
    let alone = !resources.iter().any(|resource| has(resource, |name| name == "Patient"))
        && resources.iter().any(|resource| has(resource, |name| super::form::of_resource(name).is_some()));
    let around = Around { registry, entries: Some(&entries) };
    let mut all: Vec<Made> =
        resources.into_iter().map(|resource| reading::read(resource, &around, book)).collect();
    if alone {
        all.push(Made::nothing("Bundles without a Patient", Fate::Kept));
    }
    all
}
