//! How does a folder of OMOP become events?

use super::code::Coder;
use super::folder::{Folder, Rows};
use super::layout::layouts;
use super::people::People;
use super::rows::RowReader;
use super::spec;
use super::vocabulary::{Vocabulary, Wanted};
use crate::store::{Shards, Sorter};
use crate::{About, CodeBook, Events, Fate, Findings, Source, TimelineError};
use std::path::{Path, PathBuf};
use verosim_core::Context;

/// How a folder is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Most bytes of events in memory; what is more waits in a temporary folder.
    pub memory: u64,
    /// Folder with a download of Athena: gives codes their systems, their words and their standard concepts.
    pub vocabulary: Option<PathBuf>,
}

impl Default for Reading {
    /// A gibibyte, and no vocabulary.
    fn default() -> Self {
        Self { memory: 1 << 30, vocabulary: None }
    }
}

/// A folder of tables of OMOP CDM 5.4, as events.
#[derive(Debug)]
pub struct Omop {
    about: About,
    shards: Shards,
    codes: CodeBook,
    findings: Findings,
}

impl Omop {
    /// Reads the tables of `folder`: CSV (gzip allowed) or Parquet, names of files and columns in any case.
    ///
    /// A row becomes an event whose `source` is the table; what the event's own part would not give back travels in extra
    /// columns, so that writing gives every cell again. A row of `person` becomes a static event, and sex, race,
    /// ethnicity, birth and death become events that are derived from it.
    ///
    /// # Errors
    /// [`TimelineError`] when there is no table of persons, nobody in it, or a file is damaged.
    ///
    /// # Cost
    /// One pass over each file, two with a vocabulary; `reading.memory` and some bits per row in memory.
    pub fn open(folder: &Path, reading: &Reading, ctx: Context<'_>) -> Result<Self, TimelineError> {
        let found = Folder::find(folder)?;
        if !found.has("person") {
            let path = folder.display().to_string();
            let events = layouts().iter().any(|layout| found.has(layout.name()));
            let why = "there is no table person".to_owned();
            return Err(if events {
                let next =
                    "every record of OMOP belongs to a person: add person.csv or person.parquet".into();
                TimelineError::Broken { path, shape: "OMOP", why, next }
            } else {
                TimelineError::Unknown { path, why }
            });
        }
        let vocabulary = match &reading.vocabulary {
            Some(path) => Some(Vocabulary::load(path, &wanted(&found, ctx)?, ctx)?),
            None => None,
        };
        let mut to = Target {
            sorter: Sorter::new(reading.memory),
            coder: Coder::new(vocabulary.as_ref()),
            findings: Findings::default(),
        };
        let mut about = About { shape: "omop".into(), ..About::default() };
        let mut people = People::default();
        let tell = |table: &str, rows: &Rows, about: &mut About, findings: &mut Findings| {
            about.tables.push((table.to_owned(), rows.count));
            about.notes.extend(rows.notes.iter().map(|note| format!("{table}: {note}")));
            notice(table, rows, findings);
        };
        let rows = people.read(&found, &mut to, ctx)?;
        tell("person", &rows, &mut about, &mut to.findings);
        if people.is_empty() {
            return Err(TimelineError::Nobody { path: folder.display().to_string() });
        }
        about.people = Some(people.len());
        people.read_deaths(&found, ctx)?;
        for layout in layouts().iter().filter(|layout| found.has(layout.name())) {
            let mut reader = RowReader::new(layout);
            let rows = found
                .read(layout.name(), ctx, |part, places| reader.read(part, places, &mut people, &mut to))?;
            tell(layout.name(), &rows, &mut about, &mut to.findings);
            reader.finish(&mut to.findings);
        }
        beside(&found, &mut about, &mut to.findings, ctx)?;
        for name in &found.others {
            about.notes.push(format!("{name} is no table of OMOP and was not read"));
        }
        Ok(Self { about, codes: to.coder.finish(), shards: to.sorter.finish()?, findings: to.findings })
    }
}

/// Whether a folder holds tables of OMOP: one of them is of persons, by the names of its columns too.
#[must_use]
pub fn is_omop(folder: &Path) -> bool {
    let names = Folder::find(folder).map(|found| found.columns("person")).unwrap_or_default();
    ["person_id", "gender_concept_id"].iter().all(|wanted| names.iter().any(|name| name == wanted))
}

/// Where rows go.
pub(super) struct Target<'a> {
    pub(super) sorter: Sorter,
    pub(super) coder: Coder<'a>,
    pub(super) findings: Findings,
}

impl Source for Omop {
    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError> {
        ctx.stop.check()?;
        self.shards.read(shard)
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        self.findings.clone()
    }
}

/// The concepts that the tables of people use.
fn wanted(found: &Folder, ctx: Context<'_>) -> Result<Wanted, TimelineError> {
    let mut wanted = Wanted::default();
    for table in std::iter::once("person").chain(layouts().iter().map(super::layout::Layout::name)) {
        let Some(spec) = spec::table(table) else { continue };
        found.read(table, ctx, |part, places| {
            for (column, place) in part.table.columns().iter().zip(places) {
                if place.is_some_and(|at| spec.fields[at].refers_to("concept")) {
                    for id in column.levels().iter().filter_map(|level| level.trim().parse().ok()) {
                        wanted.ids.insert(id);
                    }
                }
            }
            Ok(())
        })?;
    }
    Ok(wanted)
}

/// Rows that do not fit the header, and columns that are not of the table.
fn notice(table: &str, rows: &Rows, findings: &mut Findings) {
    let mut lines = rows.ragged_lines.iter();
    let told = lines.len() as u64;
    let mut note = |count, at| {
        findings.count(table, "rows whose cells do not fit the header", Fate::SetAside, count, at);
    };
    note(rows.ragged.saturating_sub(told), 0);
    lines.by_ref().for_each(|&line| note(1, line));
    let Some(spec) = spec::table(table) else { return };
    for name in rows.columns.iter().filter(|name| spec.position(name).is_none()) {
        findings.count(
            &format!("{table}.{name}"),
            "rows of a column that OMOP CDM 5.4 does not have",
            Fate::Kept,
            rows.count,
            0,
        );
    }
}

/// Tables that are there and hold no events of people: what they say of themselves, and what becomes of them.
fn beside(
    found: &Folder,
    about: &mut About,
    findings: &mut Findings,
    ctx: Context<'_>,
) -> Result<(), TimelineError> {
    let events = |name: &str| name == "person" || layouts().iter().any(|layout| layout.name() == name);
    for name in found.names().filter(|name| !events(name) && !spec::VOCABULARY.contains(name)) {
        let rows = found.read(name, ctx, |part, places| {
            if name == "cdm_source" && about.name.is_empty() {
                describe(part, places, about);
            }
            Ok(())
        })?;
        about.tables.push((name.to_owned(), rows.count));
        notice(name, &rows, findings);
        let why = match name {
            "cdm_source" => continue,
            "condition_era" | "drug_era" => "rows of a derived table, which is computed anew",
            "provider" | "care_site" | "location" => {
                "rows that belong to no person; they can be copied beside"
            }
            _ => "rows of a table that has no place among a person's events",
        };
        findings.count(name, why, Fate::NotCarried, rows.count, 0);
    }
    Ok(())
}

fn describe(part: &verosim_data::io::Part, places: &[Option<usize>], about: &mut About) {
    let Some(spec) = spec::table("cdm_source") else { return };
    let cell = |name: &str| {
        let at = places.iter().position(|place| *place == spec.position(name) && place.is_some())?;
        (part.table.n_rows() > 0).then(|| part.table.columns()[at].cell(0))
    };
    cell("cdm_source_name").unwrap_or_default().clone_into(&mut about.name);
    if cell("cdm_version").is_some_and(|version| !version.contains("5.4") && !version.is_empty()) {
        about.notes.push("cdm_source names another version of the CDM; it is read as 5.4".into());
    }
}
