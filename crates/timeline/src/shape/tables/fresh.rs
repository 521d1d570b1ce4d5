//! Which rows do events become that were never rows of this shape?

use super::cell;
use super::layout::{Layout, Role};
use super::mapping::{Derive, Ids, Mapping, Part, Table};
use super::template::Template;
use crate::event::instant::{self, Style};
use crate::event::{Person, STATIC};
use crate::{CodeBook, Fate, Findings, Kind, Sex};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use verosim_core::Seeded;

/// One person, as far as it must be put into rows.
pub(super) struct Life<'a> {
    person: Person<'a>,
    /// Events that need a row.
    new: Vec<usize>,
    /// Visits that have a row, by the name that events call them, with their keys and times.
    visits: HashMap<String, (String, i64, i64)>,
    has_row: bool,
}

impl<'a> Life<'a> {
    pub(super) fn new(person: Person<'a>) -> Self {
        Self { person, new: Vec::new(), visits: HashMap::new(), has_row: false }
    }

    /// Notes that the event at `row` is a row of `table` already.
    pub(super) fn note_row(&mut self, table: &Table, row: usize) {
        self.has_row |= table.spec.part == Part::Person;
        if table.is_visits() {
            let events = self.person.events();
            let visit = events.visits().cell(row).to_owned();
            self.visits.insert(visit.clone(), (visit, events.times()[row], events.ends()[row]));
        }
    }

    /// Notes that the event at `row` needs a row.
    pub(super) fn add(&mut self, row: usize) {
        self.new.push(row);
    }

    /// The latest event of a kind that is known at `time`.
    fn latest(&self, kind: Kind, time: i64) -> Option<usize> {
        let events = self.person.events();
        let rows = self.person.rows();
        rows.rev().find(|&row| {
            Kind::of(self.person.code(row)) == kind && (time == STATIC || events.times()[row] <= time)
        })
    }
}

/// Where an event's code fits: the table and the cells of its code.
type Place = Option<(usize, Vec<String>)>;

/// Gives new ids and finds places.
pub(super) struct Fresh {
    given: Vec<u64>,
    places: HashMap<String, Place>,
    person: Option<usize>,
    visits: Option<usize>,
    /// How far a table is from one that knows its patients itself: parents come first.
    depth: Vec<usize>,
}

/// Kinds that describe a person and stand in columns.
const OF_PERSONS: [Kind; 9] = [
    Kind::Person,
    Kind::Sex,
    Kind::Race,
    Kind::Ethnicity,
    Kind::Marital,
    Kind::Language,
    Kind::Insurance,
    Kind::Birth,
    Kind::Death,
];

impl Fresh {
    pub(super) fn new(mapping: &Mapping) -> Self {
        let position = |wanted: &dyn Fn(&Table) -> bool| mapping.tables.iter().position(wanted);
        let depth = mapping.tables.iter().map(|table| {
            let (mut at, mut depth) = (table, 0);
            while let Some(link) = at.spec.via.as_ref().filter(|_| at.spec.subject.is_none() && depth < 64) {
                depth += 1;
                match mapping.find(&link.table) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            depth
        });
        Self {
            given: vec![0; mapping.tables.len()],
            places: HashMap::new(),
            person: position(&|table| table.spec.part == Part::Person),
            visits: position(&Table::is_visits),
            depth: depth.collect(),
        }
    }

    /// A key that no row of the table has.
    fn id(&mut self, at: usize, ids: Ids) -> String {
        self.given[at] += 1;
        match ids {
            Ids::Number => self.given[at].to_string(),
            Ids::Uuid => uuid(at as u64 + 1, self.given[at]),
        }
    }

    /// Where a code fits best: the pattern with most words of its own, the first of equals. A pattern whose first cell the
    /// code leaves empty is taken where no other fits.
    fn place(&mut self, code: &str, mapping: &Mapping) -> Place {
        if let Some(place) = self.places.get(code) {
            return place.clone();
        }
        let mut best: Option<(usize, (bool, usize), Vec<&str>)> = None;
        for (at, table) in mapping.tables.iter().enumerate().filter(|(_, t)| t.spec.part == Part::Events) {
            let Some((template, cells)) =
                table.code.as_ref().and_then(|template| Some((template, template.read(code)?)))
            else {
                continue;
            };
            let rank = (cells.first().is_none_or(|cell| !cell.is_empty()), template.literals());
            if !template.is_foreign(&cells) && best.as_ref().is_none_or(|(_, known, _)| rank > *known) {
                best = Some((at, rank, cells));
            }
        }
        let mut place: Place =
            best.map(|(at, _, cells)| (at, cells.into_iter().map(str::to_owned).collect()));
        if place.is_none() && Kind::of(code) == Kind::Visit {
            // Other events belong to visits: they need a row even if nobody here knows their code.
            place = self.visits.map(|at| (at, Vec::new()));
        }
        self.places.insert(code.to_owned(), place.clone());
        place
    }

    /// The rows of what is new in a life, parents before children.
    pub(super) fn rows(
        &mut self,
        mut life: Life<'_>,
        mapping: &Mapping,
        layouts: &[Layout],
        book: &CodeBook,
        loss: &mut Findings,
    ) -> Vec<(usize, Vec<String>)> {
        let mut out = Vec::new();
        if life.new.is_empty() {
            return out;
        }
        let events = life.person.events();
        let subject = self.subject(&life, mapping);
        let filler = Filler { mapping, layouts, book, subject: &subject };
        if let Some(at) = self.person.filter(|_| !life.has_row) {
            let key = self.key_of(at, mapping);
            out.push((at, filler.cells(at, &life, None, &[], "", &key, "")));
            life.has_row = true;
        }
        // Table, event, cells of the code.
        let mut placed: Vec<(usize, usize, Vec<String>)> = Vec::new();
        let mut extras: BTreeMap<usize, u64> = BTreeMap::new();
        for &row in &life.new {
            let code = life.person.code(row);
            let kind = Kind::of(code);
            for (at, extra) in events.extras().iter().enumerate() {
                if !extra.cell(row).is_empty() && extra.name != cell::SUBJECT {
                    *extras.entry(at).or_default() += 1;
                }
            }
            if kind != Kind::Person && OF_PERSONS.contains(&kind) {
                let has_column = mapping.tables.iter().any(|table| {
                    table
                        .derived
                        .iter()
                        .any(|(derive, template)| template.kind() == kind && !derive.fill_only)
                });
                if has_column {
                    continue;
                }
            }
            match self.place(code, mapping) {
                Some((at, cells)) if kind != Kind::Person => {
                    if cells.is_empty() && kind == Kind::Visit {
                        loss.note(
                            &system_of(code),
                            "codes of visits that the table has no column for",
                            Fate::NotCarried,
                            0,
                        );
                    }
                    placed.push((at, row, cells));
                }
                _ => loss.note(&system_of(code), "events that no table has a place for", Fate::NotCarried, 0),
            }
        }
        for (at, count) in extras {
            let what = "cells of a column that this shape does not have";
            loss.count(&events.extras()[at].name, what, Fate::NotCarried, count, 0);
        }
        let visits = self.visits;
        placed.sort_by_key(|(at, row, _)| (Some(*at) != visits, self.depth[*at], *row));
        let mut parents: HashMap<usize, Vec<(i64, String)>> = HashMap::new();
        for (at, row, cells) in placed {
            let table = &mapping.tables[at];
            let key = self.key_of(at, mapping);
            // When the other table of a table without times says that the event was.
            let mut told = STATIC;
            let parent = match table.spec.via.as_ref().filter(|_| table.spec.subject.is_none()) {
                None => String::new(),
                Some(link) => {
                    let parent =
                        mapping.tables.iter().position(|t| t.spec.name.eq_ignore_ascii_case(&link.table));
                    let by_visit = parent.filter(|parent| Some(*parent) == visits);
                    let visit = by_visit.and_then(|_| visit_of(&life, row));
                    let Some(parent) = visit.or_else(|| {
                        let (at, key) = nearest(parents.get(&parent?)?, events.times()[row])?;
                        told = at;
                        Some(key)
                    }) else {
                        let what = "events that no row of another table could hold";
                        loss.note(&system_of(life.person.code(row)), what, Fate::NotCarried, 0);
                        continue;
                    };
                    parent
                }
            };
            let visit = if table.is_visits() {
                let name = events.visits().cell(row);
                let name = if name.is_empty() { format!("\u{1f}{key}") } else { name.to_owned() };
                life.visits.insert(name, (key.clone(), events.times()[row], events.ends()[row]));
                key.clone()
            } else if table.spec.visit.is_some() {
                let visit = visit_of(&life, row);
                if visit.is_none() && !events.visits().cell(row).is_empty() {
                    loss.note(
                        &table.spec.name,
                        "names of visits that no event tells of",
                        Fate::NotCarried,
                        0,
                    );
                }
                visit.unwrap_or_default()
            } else {
                String::new()
            };
            if let Some(of) = &table.spec.time_of
                && Some(&of.column) == table.spec.visit.as_ref()
                && let Some((_, from, to)) = life.visits.values().find(|(key, ..)| *key == visit)
            {
                told = if of.end && *to != STATIC { *to } else { *from };
            }
            let told = if table.spec.time_of.is_some() { told } else { STATIC };
            if table.spec.time.is_empty() && events.times()[row] != told {
                loss.note(&table.spec.name, "times that the table has no column for", Fate::NotCarried, 0);
            }
            out.push((at, filler.cells(at, &life, Some(row), &cells, &visit, &key, &parent)));
            parents.entry(at).or_default().push((events.times()[row], key));
        }
        out
    }

    /// A new key, where the table has a column for one.
    fn key_of(&mut self, at: usize, mapping: &Mapping) -> String {
        let spec = &mapping.tables[at].spec;
        if spec.key.is_some() { self.id(at, spec.ids) } else { String::new() }
    }

    /// What the person is called.
    fn subject(&self, life: &Life<'_>, mapping: &Mapping) -> String {
        let events = life.person.events();
        if let Some(texts) = events.extra(cell::SUBJECT)
            && let Some(row) = life.person.rows().find(|&row| !texts.cell(row).is_empty())
        {
            return texts.cell(row).to_owned();
        }
        let ids = self.person.map_or(Ids::Number, |at| mapping.tables[at].spec.ids);
        match ids {
            Ids::Number => life.person.id().to_string(),
            Ids::Uuid => uuid(0, life.person.id() as u64),
        }
    }
}

/// The row that is nearest in time, by time and key.
fn nearest(rows: &[(i64, String)], time: i64) -> Option<(i64, String)> {
    rows.iter().min_by_key(|(at, _)| at.abs_diff(time)).cloned()
}

/// The key of the visit that an event belongs to: the one it names, else the last that was going on.
fn visit_of(life: &Life<'_>, row: usize) -> Option<String> {
    let events = life.person.events();
    let (name, time) = (events.visits().cell(row), events.times()[row]);
    if !name.is_empty() {
        return life.visits.get(name).map(|(key, ..)| key.clone());
    }
    if time == STATIC {
        return None;
    }
    let mut best: Option<(&i64, &String)> = None;
    // The maximum does not depend on the order of the map.
    for (key, from, to) in life.visits.values() {
        if *from <= time && (*to == STATIC || time <= *to) && best.is_none_or(|best| best < (from, key)) {
            best = Some((from, key));
        }
    }
    best.map(|(_, key)| key.clone())
}

/// `MEASUREMENT//LOINC` of `MEASUREMENT//LOINC//2339-0//mg/dL`: the kind and system that losses are counted by. A part that
/// might be a cell is not shown.
fn system_of(code: &str) -> String {
    let mut parts = code.split("//");
    let kind = Kind::of(code);
    let word = parts.next().unwrap_or_default();
    let word = if kind == Kind::Other { "OTHER" } else { word };
    match (parts.next(), parts.next()) {
        (Some(system), Some(_)) => format!("{word}//{system}"),
        (Some(shape), None) if kind == Kind::Person => format!("{word}//{shape}"),
        _ => word.to_owned(),
    }
}

/// What fills the cells of a row.
struct Filler<'a> {
    mapping: &'a Mapping,
    layouts: &'a [Layout],
    book: &'a CodeBook,
    subject: &'a str,
}

impl Filler<'_> {
    #[expect(clippy::too_many_arguments)]
    fn cells(
        &self,
        at: usize,
        life: &Life<'_>,
        row: Option<usize>,
        codes: &[String],
        visit: &str,
        key: &str,
        parent: &str,
    ) -> Vec<String> {
        let (table, events) = (&self.mapping.tables[at], life.person.events());
        let spec = &table.spec;
        let style = spec.style.unwrap_or_default();
        let text = row.map_or("", |row| events.texts().cell(row));
        let number = row.map_or_else(String::new, |row| cell::number_text(events.numbers()[row]));
        let (time, end) = row.map_or((STATIC, STATIC), |row| (events.times()[row], events.ends()[row]));
        let is = |name: &str, column: Option<&String>| column.is_some_and(|c| c.eq_ignore_ascii_case(name));
        let layout = &self.layouts[at];
        layout
            .names
            .iter()
            .zip(&layout.roles)
            .map(|(name, role)| match role {
                Role::Subject => self.subject.to_owned(),
                Role::Visit => visit.to_owned(),
                Role::Code(place) => codes.get(*place).cloned().unwrap_or_default(),
                Role::Time => cell::time_text(time, style),
                Role::End => cell::time_text(end, spec.end_style.unwrap_or(style)),
                Role::Value if !text.is_empty() => text.to_owned(),
                Role::Value | Role::Number => number.clone(),
                Role::Text if text.is_empty() => number.clone(),
                Role::Text => text.to_owned(),
                Role::Description => row
                    .map_or_else(String::new, |row| self.book.description(life.person.code(row)).to_owned()),
                Role::Extra if is(name, spec.key.as_ref()) => key.to_owned(),
                Role::Extra if is(name, spec.via.as_ref().map(|link| &link.column)) => parent.to_owned(),
                Role::Extra => Self::derived(table, name, life, (time, end)),
            })
            .collect()
    }

    /// The cell of a column that tells of the person.
    fn derived(table: &Table, name: &str, life: &Life<'_>, during: (i64, i64)) -> String {
        let events = life.person.events();
        for (derive, template) in &table.derived {
            let style = derive.style.or(table.spec.style).unwrap_or_default();
            let is_less = derive.less_years.as_deref().is_some_and(|less| less.eq_ignore_ascii_case(name));
            if !is_less && !derive.column.eq_ignore_ascii_case(name) {
                continue;
            }
            let kind = template.kind();
            let time_of = || match kind {
                Kind::Birth => life.person.birth(),
                Kind::Death => life.person.death(),
                _ => life
                    .person
                    .timed()
                    .find(|&row| Kind::of(life.person.code(row)) == kind)
                    .map(|row| events.times()[row]),
            };
            if derive.fill_only {
                let (from, to) = during;
                let within = time_of().filter(|&time| from <= time && (to == STATIC || time <= to));
                return match (derive.timed, within) {
                    (true, time) => cell::time_text(time.unwrap_or(STATIC), style),
                    (false, time) => u8::from(time.is_some()).to_string(),
                };
            }
            if derive.timed {
                let time = time_of().unwrap_or(STATIC);
                if derive.less_years.is_none() {
                    return cell::time_text(time, style);
                }
                return years(life, time, is_less);
            }
            return Self::word(derive, template, life, during.0);
        }
        String::new()
    }

    /// The cell that a static event was, or would have been here.
    fn word(derive: &Derive, template: &Template, life: &Life<'_>, time: i64) -> String {
        let kind = template.kind();
        let Some(row) = life.latest(kind, time) else { return String::new() };
        let code = life.person.code(row);
        let at = template.columns().position(|column| column.eq_ignore_ascii_case(&derive.column));
        let cells = template.read(code).unwrap_or_default();
        let cell = at.and_then(|at| cells.get(at)).copied().unwrap_or_default();
        if kind == Kind::Sex {
            return match Sex::of(code) {
                Sex::Female => template.cell_like("F"),
                Sex::Male => template.cell_like("M"),
                Sex::Other => cell.to_owned(),
            };
        }
        if cell.is_empty() {
            code.rsplit("//").next().unwrap_or_default().to_owned()
        } else {
            cell.to_owned()
        }
    }
}

/// The year of the first event behind birth, or how many years after birth that is.
fn years(life: &Life<'_>, birth: i64, since_birth: bool) -> String {
    let year = |time: i64| instant::write(time, Style::Year).and_then(|year| year.parse::<i32>().ok());
    let of = |row: &usize| !OF_PERSONS.contains(&Kind::of(life.person.code(*row)));
    let first = life.person.timed().find(of).map_or(birth, |row| life.person.events().times()[row]);
    let Some(first) = year(first) else { return String::new() };
    if !since_birth {
        return first.to_string();
    }
    year(birth).map_or_else(String::new, |born| (first - born).to_string())
}

/// An id that looks drawn and always is the same.
fn uuid(of: u64, n: u64) -> String {
    let seed = Seeded::new(0).split("ids").split_at(of).split_at(n);
    let (a, b) = (seed.split("a").key(), seed.split("b").key());
    let c = a & 0xfff;
    let variant = (b >> 48) & 0x3fff | 0x8000;
    format!("{:08x}-{:04x}-4{c:03x}-{variant:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff, b & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_losses_show_no_cell() {
        let ids: std::collections::BTreeSet<String> = (0..2_000).map(|n| uuid(n % 2, n)).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'));
        for (code, told) in [
            ("MEASUREMENT//LOINC//2339-0//mg/dL", "MEASUREMENT//LOINC"),
            ("CONDITION//secret", "CONDITION"),
            ("secret//x//y", "OTHER//x"),
            ("PERSON//omop", "PERSON//omop"),
        ] {
            assert_eq!(system_of(code), told);
        }
    }
}
