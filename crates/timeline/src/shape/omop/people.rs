//! Who is there, when were they born, and which visits did they have?

use super::code::What;
use super::facts::{Facts, birth};
use super::folder::{Folder, Rows, lower};
use super::ids::Ids;
use super::read::Target;
use super::spec;
use super::stash::Stash;
use super::whole::whole;
use super::{cells::RAW, code::meaning, known};
use crate::event::{Event, STATIC, instant};
use crate::{BIRTH, Fate, Kind, TimelineError, code};
use hashbrown::HashMap;
use verosim_core::Context;
use verosim_data::io::Part;

/// What later rows are held against.
#[derive(Debug, Default)]
pub(super) struct People {
    known: Ids,
    count: u64,
    births: HashMap<i64, i64>,
    /// The last day of each life, in days since 1970.
    deaths: HashMap<i64, i64>,
    pub(super) visits: Ids,
}

impl People {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn len(&self) -> u64 {
        self.count
    }

    pub(super) fn has(&self, person: i64) -> bool {
        self.known.has(person)
    }

    pub(super) fn birth(&self, person: i64) -> Option<i64> {
        self.births.get(&person).copied()
    }

    /// The day of a death, in days since 1970.
    pub(super) fn death(&self, person: i64) -> Option<i64> {
        self.deaths.get(&person).copied()
    }

    /// Notes who died when, so that rows can be held against it before the table of deaths has its turn.
    pub(super) fn read_deaths(&mut self, found: &Folder, ctx: Context<'_>) -> Result<(), TimelineError> {
        let Some(table) = spec::table("death") else { return Ok(()) };
        found.read("death", ctx, |part, places| {
            let at = |name: &str| places.iter().position(|&at| at.is_some() && at == table.position(name));
            let (Some(who), Some(when)) = (at("person_id"), at("death_date")) else { return Ok(()) };
            let columns = part.table.columns();
            for row in 0..part.table.n_rows() {
                let person = whole(columns[who].cell(row));
                if let (Some(person), Some(day)) = (person, instant::read(columns[when].cell(row))) {
                    self.deaths.insert(person, day.micros.div_euclid(instant::DAY));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Reads the table of persons: a static event for each row, and what follows from it.
    pub(super) fn read(
        &mut self,
        found: &Folder,
        to: &mut Target<'_>,
        ctx: Context<'_>,
    ) -> Result<Rows, TimelineError> {
        let Some(table) = spec::table("person") else { return Ok(Rows::default()) };
        let mut stash = Stash::new(table);
        found.read("person", ctx, |part, places| self.part(part, places, table, &mut stash, to))
    }

    fn part(
        &mut self,
        part: &Part,
        places: &[Option<usize>],
        table: &'static spec::Table,
        stash: &mut Stash,
        to: &mut Target<'_>,
    ) -> Result<(), TimelineError> {
        let columns = part.table.columns();
        let slots: Vec<usize> = columns
            .iter()
            .zip(places)
            .map(|(column, place)| place.unwrap_or_else(|| stash.foreign(&lower(&column.name))))
            .collect();
        for ((column, &slot), place) in columns.iter().zip(&slots).zip(places) {
            stash.typed(slot, column, place.map(|at| table.fields[at].kind));
        }
        let at = |name: &str| {
            table.position(name).and_then(|field| places.iter().position(|&place| place == Some(field)))
        };
        let of: HashMap<&str, usize> =
            table.fields.iter().filter_map(|field| Some((field.name.as_str(), at(&field.name)?))).collect();
        for row in 0..part.table.n_rows() {
            let line = part.lines.of(row);
            let cell = |name: &str| of.get(name).map_or("", |&column| columns[column].cell(row).trim());
            let Some(person) = whole(cell("person_id")) else {
                to.findings.note(
                    "person.person_id",
                    "rows whose id is no whole number",
                    Fate::SetAside,
                    line,
                );
                continue;
            };
            if !self.known.insert(person) {
                to.findings.note(
                    "person.person_id",
                    "rows of a person that came before",
                    Fate::SetAside,
                    line,
                );
                continue;
            }
            self.count += 1;
            let fact = |stem: &str, kind, to: &mut Target<'_>| {
                let (concept, source_value) =
                    (cell(&format!("{stem}_concept_id")), cell(&format!("{stem}_source_value")));
                if meaning(concept).is_none() && source_value.is_empty() {
                    return String::new();
                }
                match known::sex(concept).filter(|_| kind == Kind::Sex) {
                    Some(code) => {
                        to.coder.mention(code);
                        code.to_owned()
                    }
                    None => to.coder.code(kind, What { concept, source_value, ..What::default() }),
                }
            };
            let sex = fact("gender", Kind::Sex, to);
            let race = fact("race", Kind::Race, to);
            let ethnicity = fact("ethnicity", Kind::Ethnicity, to);
            let born = birth(cell);
            let facts = Facts {
                sex: &sex,
                race: &race,
                ethnicity: &ethnicity,
                birth: born.map_or(STATIC, |(at, _)| at),
            };
            if let Some((at, _)) = born {
                self.births.insert(person, at - at.rem_euclid(instant::DAY));
            } else {
                to.findings.note("person.year_of_birth", "people without a year of birth", Fate::Kept, line);
            }
            stash.begin();
            let mut extras = Vec::new();
            for (column, &slot) in columns.iter().zip(&slots) {
                let name = table.fields.get(slot).map_or("", |field| field.name.as_str());
                if name != "person_id" {
                    stash.keep(slot, column.cell(row), &facts.cell(name), &mut extras, &mut to.sorter);
                } else if column.cell(row) != person.to_string() {
                    let at = to.sorter.extra(&format!("{RAW}person_id"), column.source);
                    extras.push((at, column.cell(row)));
                }
            }
            extras.extend(stash.empty(&mut to.sorter));
            let row_code = code(Kind::Person, &["omop"]);
            to.coder.mention(&row_code);
            let event = Event { subject: person, code: &row_code, source: "person", ..Event::default() };
            to.sorter.push(&Event { extras: &extras, ..event })?;
            for (kind, column) in [
                (Kind::Sex, "person.gender_concept_id"),
                (Kind::Race, "person.race_concept_id"),
                (Kind::Ethnicity, "person.ethnicity_concept_id"),
            ] {
                let code = facts.code(kind);
                if !code.is_empty() {
                    to.sorter.push(&Event { subject: person, code, source: column, ..Event::default() })?;
                }
            }
            if let Some((time, column)) = born {
                to.coder.mention(BIRTH);
                let source = format!("person.{column}");
                to.sorter.push(&Event {
                    subject: person,
                    time,
                    code: BIRTH,
                    source: &source,
                    ..Event::default()
                })?;
            }
        }
        Ok(())
    }
}
