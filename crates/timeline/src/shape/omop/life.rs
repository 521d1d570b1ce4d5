//! How do the events of one person become rows?

use super::beside::{Beside, Extras};
use super::cells::{Canon, Coded};
use super::code::meaning;
use super::era::eras;
use super::facts::Facts;
use super::known;
use super::layout::{self, Layout, Role};
use super::resolve::Resolver;
use super::spec::{self, Field};
use super::tables::Tables;
use super::whole::whole;
use crate::event::{Person, STATIC, instant};
use crate::{Events, Fate, Findings, Kind, TimelineError};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use verosim_core::Context;

/// Writes people.
#[derive(Debug)]
pub(super) struct Scribe {
    pub(super) tables: Tables,
    pub(super) resolver: Resolver,
    pub(super) loss: Findings,
    pub(super) people: u64,
    pub(super) events: u64,
    /// Cells of extra columns that no table knows, by column.
    pub(super) foreign: BTreeMap<String, u64>,
}

/// One person on the way.
#[derive(Debug, Default)]
struct Life {
    id: i64,
    /// Ids of visits and of their details by the names that events know them by.
    visits: HashMap<String, i64>,
    details: HashMap<String, i64>,
    /// Ids of rows that got theirs before they are written.
    ids: HashMap<usize, i64>,
    /// First and last day.
    span: Option<(i32, i32)>,
    observed: bool,
    died: bool,
    conditions: Vec<(i64, i32, i32)>,
    drugs: Vec<(i64, i32, i32)>,
}

/// Whether an event was a row of OMOP, or follows from one.
fn of_omop(source: &str) -> bool {
    source == "person" || source.starts_with("person.") || layout::layout(source).is_some()
}

/// The table that the event at `row` belongs to.
fn target(events: &Events, row: usize) -> Option<&'static Layout> {
    let source = events.sources().cell(row);
    layout::layout(source).or_else(|| {
        let fact = of_omop(source);
        if fact { None } else { layout::home(Kind::of(events.codes().cell(row))) }
    })
}

impl Scribe {
    /// Writes all rows of the people of a shard.
    pub(super) fn shard(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError> {
        let extras = Extras::new(events);
        for source in events.sources().levels().iter().filter(|_| extras.carries) {
            let layout = layout::layout(source).map(Layout::name);
            if let Some(table) = layout.or_else(|| (&**source == "person").then_some("person")) {
                self.tables.reserve(table);
            }
        }
        for person in events.people() {
            ctx.stop.check()?;
            self.person(&person, &extras)?;
        }
        Ok(())
    }

    /// Writes all rows of a person.
    fn person(&mut self, person: &Person<'_>, extras: &Extras<'_>) -> Result<(), TimelineError> {
        self.events += person.len() as u64;
        let mut life = Life::default();
        if !self.write_person(person, extras, &mut life)? {
            return Ok(());
        }
        self.people += 1;
        self.number_visits(person, extras, &mut life)?;
        let events = person.events();
        for row in person.rows() {
            let Some(layout) = target(events, row) else {
                self.homeless(events, row);
                continue;
            };
            if events.times()[row] == STATIC {
                self.lose(layout.name(), "events without a time");
            } else if let Some(cells) = self.row(events, row, layout, extras, &mut life) {
                self.tables.push(layout.table, &cells)?;
                self.remember(layout, &cells, &mut life);
            }
        }
        self.derive(&life)
    }

    fn lose(&mut self, place: &str, what: &str) {
        self.loss.note(place, what, Fate::NotCarried, 0);
    }

    /// Tells of an event that has no table, unless the row of the person says it.
    fn homeless(&mut self, events: &Events, row: usize) {
        let kind = Kind::of(events.codes().cell(row));
        let told = matches!(kind, Kind::Person | Kind::Sex | Kind::Race | Kind::Ethnicity | Kind::Birth);
        if !told && !of_omop(events.sources().cell(row)) {
            self.lose(kind.word(), "events that OMOP has no table for");
        }
    }

    /// Writes the row of the person; false when there cannot be one.
    fn write_person(
        &mut self,
        person: &Person<'_>,
        extras: &Extras<'_>,
        life: &mut Life,
    ) -> Result<bool, TimelineError> {
        let Some(table) = spec::table("person") else { return Ok(false) };
        let (facts, row) = facts(person);
        let foreign = &mut self.foreign;
        let beside = row.map(|row| {
            let speaks = matches!(person.events().sources().cell(row), "" | "person");
            extras.beside(row, table, speaks, |name| *foreign.entry(name.to_owned()).or_default() += 1)
        });
        let mut cells = Vec::with_capacity(table.fields.len());
        for (at, field) in table.fields.iter().enumerate() {
            let given = facts.cell(&field.name);
            let cell = beside
                .as_ref()
                .map_or_else(|| given.clone(), |beside| beside.cell(at, &field.name, given.clone()));
            let mut cell = self.tables.fitted(table, field, cell, &mut self.loss);
            if cell.is_empty() && field.required {
                let kind = Facts::kind(&field.name);
                let code = kind.map_or("", |kind| facts.code(kind));
                cell = match kind {
                    Some(_) => self.resolver.concepts(code).standard.to_string(),
                    None => given.into_owned(),
                };
            }
            cells.push(self.link(field, cell, "person", life));
        }
        let year = table.position("year_of_birth").map_or("", |at| cells[at].as_str());
        if year.is_empty() {
            // The guidance for year_of_birth: without one, all of the person's data are left out.
            let what = "events of people without a year of birth, whom OMOP leaves out";
            self.loss.count("person", what, Fate::NotCarried, person.len() as u64, 0);
            return Ok(false);
        }
        // `integer` of OMOP has 32 bits; longer numbers stay only where an OMOP table brought them.
        let keeps = row.is_some_and(|row| person.events().sources().cell(row) == "person")
            || (1..=i64::from(i32::MAX)).contains(&person.id());
        life.id = self.tables.id("person", keeps.then_some(person.id())).0;
        cells[0] = life.id.to_string();
        let place = table.position("person_source_value").filter(|_| life.id != person.id());
        if let Some(at) = place.filter(|&at| cells[at].is_empty()) {
            cells[at] = person.id().to_string();
        }
        self.tables.push(table, &cells)?;
        Ok(true)
    }

    /// Gives ids to visits and their details before anything refers to them.
    fn number_visits(
        &mut self,
        person: &Person<'_>,
        extras: &Extras<'_>,
        life: &mut Life,
    ) -> Result<(), TimelineError> {
        let events = person.events();
        let timed = || person.timed().filter_map(|row| Some((row, target(events, row)?)));
        for (row, layout) in timed().filter(|(_, layout)| layout.kind == Kind::Visit) {
            let name = events.visits().cell(row);
            let brings = extras.carries && events.sources().cell(row) == layout.name();
            let wanted = if brings { whole(name) } else { None };
            let id = self.new_id(layout, wanted);
            life.ids.insert(row, id);
            if !name.is_empty() {
                life.visits.entry(name.to_owned()).or_insert(id);
            }
        }
        for (row, layout) in timed().filter(|(_, layout)| layout.kind == Kind::VisitDetail) {
            let own = own_id(events, row, layout, extras);
            let id = self.new_id(layout, own.as_deref().and_then(whole));
            life.ids.insert(row, id);
            if let Some(own) = own {
                life.details.entry(own).or_insert(id);
            }
            let visit = events.visits().cell(row);
            if visit.is_empty() || !life.visits.contains_key(visit) {
                self.visit_around(events, row, visit, life)?;
            }
        }
        Ok(())
    }

    fn new_id(&mut self, layout: &Layout, wanted: Option<i64>) -> i64 {
        let Some(table) = spec::table(layout.name()) else { return 0 };
        let (id, kept) = self.tables.id(&table.name, wanted);
        if !kept {
            self.loss.note(
                layout.name(),
                "ids that another row has, which were given anew",
                Fate::KeptInPart,
                0,
            );
        }
        id
    }

    /// A detail must lie in a visit: makes one of its length, of no known kind.
    fn visit_around(
        &mut self,
        events: &Events,
        row: usize,
        name: &str,
        life: &mut Life,
    ) -> Result<(), TimelineError> {
        let Some(layout) = layout::layout("visit_occurrence") else { return Ok(()) };
        let id = self.tables.id(&layout.table.name, None).0;
        let name = if name.is_empty() { format!("detail {row}") } else { name.to_owned() };
        life.visits.insert(name, id);
        let canon = Canon { coded: Coded::default(), text: "", visit: "", ..canon(events, row) };
        let mut cells = Vec::new();
        for (field, &role) in layout.table.fields.iter().zip(&layout.roles) {
            let end = role == Role::EndDate && canon.end == STATIC;
            cells.push(match role {
                Role::Person => life.id.to_string(),
                Role::Visit => id.to_string(),
                Role::Provenance => known::EHR.to_string(),
                _ if end => canon.cell(Role::StartDate).into_owned(),
                _ if field.required && field.refers_to("concept") => "0".into(),
                role => canon.cell(role).into_owned(),
            });
        }
        self.loss.note("visit_occurrence", "visits made around details that name none", Fate::Kept, 0);
        self.tables.push(layout.table, &cells)
    }

    /// The cells of an event's row; `None`, and told, when the table cannot hold it.
    fn row(
        &mut self,
        events: &Events,
        row: usize,
        layout: &'static Layout,
        extras: &Extras<'_>,
        life: &mut Life,
    ) -> Option<Vec<String>> {
        let source = events.sources().cell(row);
        let sourced = source == layout.name();
        if layout.kind == Kind::Death && !sourced && std::mem::replace(&mut life.died, true) {
            self.lose("death", "deaths of a person whose death was written");
            return None;
        }
        let foreign = &mut self.foreign;
        let lost = |name: &str| *foreign.entry(name.to_owned()).or_default() += 1;
        let beside = extras.beside(row, layout.table, sourced || source.is_empty(), lost);
        let canon = canon(events, row);
        self.check_room(&canon, layout);
        let code = events.codes().cell(row);
        let mut cells: Vec<String> = Vec::with_capacity(layout.roles.len());
        for (at, (field, &role)) in layout.table.fields.iter().zip(&layout.roles).enumerate() {
            let cell = match role {
                Role::Person => life.id.to_string(),
                Role::Visit | Role::Id if life.ids.contains_key(&row) && field.primary => {
                    life.ids[&row].to_string()
                }
                Role::Visit => self.visit(canon.visit, row, layout, life),
                Role::Id => {
                    let wanted = if sourced { whole(&beside.cell(at, &field.name, "".into())) } else { None };
                    self.new_id(layout, wanted).to_string()
                }
                _ => {
                    let cell = beside.cell(at, &field.name, canon.cell(role));
                    let cell = self.tables.fitted(layout.table, field, cell, &mut self.loss);
                    self.link(field, cell, layout.name(), life)
                }
            };
            let open = cell.is_empty() && (field.required || !sourced && !beside.was_empty(&field.name));
            let filled = if open { self.fill(field, role, code, &canon, layout, &cells) } else { cell };
            if filled.is_empty() && field.required {
                let place = format!("{}.{}", layout.name(), field.name);
                self.lose(&place, "events without what the column must have");
                return None;
            }
            cells.push(filled);
        }
        Some(cells)
    }

    /// What stands in an empty cell: the concepts of the code, where records come from, the start for the end that must
    /// be there, 0 for a concept that must be there.
    fn fill(
        &mut self,
        field: &Field,
        role: Role,
        code: &str,
        canon: &Canon<'_>,
        layout: &Layout,
        cells: &[String],
    ) -> String {
        let some = |id: i64| if id == 0 && !field.required { String::new() } else { id.to_string() };
        match role {
            Role::Concept => some(self.resolver.concepts(code).standard),
            Role::SourceConcept => some(self.resolver.concepts(code).source),
            Role::UnitConcept => some(self.resolver.unit(canon.coded.unit)),
            Role::Provenance => known::EHR.to_string(),
            Role::EndDate if field.required => {
                layout.at(Role::StartDate).and_then(|at| cells.get(at)).cloned().unwrap_or_default()
            }
            _ if field.required && field.refers_to("concept") => "0".into(),
            _ => String::new(),
        }
    }

    /// The visit of an event; empty, and told, when the person has none of that name.
    fn visit(&mut self, name: &str, row: usize, layout: &Layout, life: &Life) -> String {
        if let Some(id) = life.visits.get(name).or_else(|| life.visits.get(&format!("detail {row}"))) {
            return id.to_string();
        }
        if !name.is_empty() {
            let place = format!("{}.visit_occurrence_id", layout.name());
            self.loss.note(&place, "events of a visit that the person does not have", Fate::KeptInPart, 0);
        }
        String::new()
    }

    /// A cell that refers to another row, as its id is now; empty, and told, when there is no such row.
    fn link(&mut self, field: &Field, cell: String, table: &str, life: &Life) -> String {
        let to = field.refers.0.as_str();
        if cell.is_empty() || matches!(to, "" | "concept" | "person") {
            return cell;
        }
        let known = match to {
            "visit_occurrence" => life.visits.get(&cell).copied(),
            "visit_detail" => life.details.get(&cell).copied(),
            _ => whole(&cell).filter(|&id| self.tables.has(to, id)),
        };
        if known.is_none() {
            let place = format!("{table}.{}", field.name);
            self.loss.note(&place, "references to rows that are not written", Fate::KeptInPart, 0);
        }
        known.map_or_else(String::new, |id| id.to_string())
    }

    /// Tells of numbers, texts and units that a table has no column for.
    fn check_room(&mut self, canon: &Canon<'_>, layout: &Layout) {
        let lacks = |role| layout.at(role).is_none();
        let textless = lacks(Role::Text) && lacks(Role::ValueSource);
        for (there, what) in [
            (canon.number.is_finite() && lacks(Role::Number), "numbers, for which the table has no column"),
            (!canon.text.is_empty() && textless, "texts, for which the table has no column"),
            (
                !canon.coded.unit.is_empty() && lacks(Role::UnitSource),
                "units, for which the table has no column",
            ),
            (canon.end != STATIC && lacks(Role::EndDate), "ends, for which the table has no column"),
        ] {
            if there {
                self.loss.note(layout.name(), what, Fate::KeptInPart, 0);
            }
        }
    }

    /// Keeps what is derived from rows later.
    fn remember(&self, layout: &Layout, cells: &[String], life: &mut Life) {
        let cell = |role| layout.at(role).map_or("", |at| cells[at].as_str());
        let day = |cell| instant::read(cell).map(|at| at.micros.div_euclid(instant::DAY) as i32);
        let Some(start) = day(cell(Role::StartDate)) else { return };
        let end = day(cell(Role::EndDate));
        if layout.kind == Kind::Observed {
            life.observed = true;
            return;
        }
        // Of what goes on, only stays are watched to their end.
        let last = if layout.kind == Kind::Visit { end.unwrap_or(start).max(start) } else { start };
        let (from, to) = life.span.unwrap_or((start, last));
        life.span = Some((from.min(start), to.max(last)));
        let concept = meaning(cell(Role::Concept));
        match (layout.name(), concept) {
            ("condition_occurrence", Some(concept)) => {
                life.conditions.push((concept, start, end.unwrap_or(start + 1)));
            }
            ("drug_exposure", Some(concept)) => {
                let end = end.unwrap_or(start + 1);
                let vocabulary = self.resolver.vocabulary().filter(|known| known.has_ingredients());
                match vocabulary {
                    Some(known) => {
                        let ingredients = known.ingredients(concept).unwrap_or_default();
                        life.drugs.extend(ingredients.iter().map(|&ingredient| (ingredient, start, end)));
                    }
                    None => life.drugs.push((concept, start, end)),
                }
            }
            _ => {}
        }
    }

    /// Writes what follows from a person's rows: when the person was watched, and the eras.
    fn derive(&mut self, life: &Life) -> Result<(), TimelineError> {
        let day = |day: i32| super::cells::written(i64::from(day) * instant::DAY, instant::Style::Date);
        if let Some((from, to)) = life.span.filter(|_| !life.observed) {
            let rest = [life.id.to_string(), day(from), day(to), known::EHR.to_string()];
            self.derived("observation_period", rest)?;
        }
        let numbers = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>();
        for era in eras(life.conditions.clone()) {
            let mut rest = numbers(&[life.id, era.concept]);
            rest.extend([day(era.start), day(era.end), era.count.to_string()]);
            self.derived("condition_era", rest)?;
        }
        for era in eras(life.drugs.clone()) {
            let mut rest = numbers(&[life.id, era.concept]);
            rest.extend([day(era.start), day(era.end), era.count.to_string(), era.gap.to_string()]);
            self.derived("drug_era", rest)?;
        }
        Ok(())
    }

    /// Writes a row of an id and the rest of the columns, which are those of the specification in its order.
    fn derived(
        &mut self,
        table: &'static str,
        rest: impl IntoIterator<Item = String>,
    ) -> Result<(), TimelineError> {
        let Some(table) = spec::table(table) else { return Ok(()) };
        let mut cells = vec![self.tables.id(&table.name, None).0.to_string()];
        cells.extend(rest);
        self.tables.push(table, &cells)
    }
}

/// What a person's events say of the row of the person, and which event was that row.
fn facts<'e>(person: &Person<'e>) -> (Facts<'e>, Option<usize>) {
    let mut facts = Facts { birth: person.birth().unwrap_or(STATIC), ..Facts::NONE };
    let mut itself = None;
    for row in person.rows() {
        let code = person.code(row);
        let place = match Kind::of(code) {
            Kind::Person => {
                itself = itself.or(Some(row));
                continue;
            }
            Kind::Sex => &mut facts.sex,
            Kind::Race => &mut facts.race,
            Kind::Ethnicity => &mut facts.ethnicity,
            _ => continue,
        };
        if place.is_empty() {
            *place = code;
        }
    }
    (facts, itself)
}

fn canon(events: &Events, row: usize) -> Canon<'_> {
    Canon {
        time: events.times()[row],
        end: events.ends()[row],
        coded: Coded::of(events.codes().cell(row)),
        number: events.numbers()[row],
        text: events.texts().cell(row),
        visit: events.visits().cell(row),
    }
}

/// The id that a row of OMOP had.
fn own_id(events: &Events, row: usize, layout: &Layout, extras: &Extras<'_>) -> Option<String> {
    let at = layout.at(Role::Id)?;
    if events.sources().cell(row) != layout.name() {
        return None;
    }
    let beside: Beside<'_> = extras.beside(row, layout.table, true, |_| {});
    let cell: Cow<'_, str> = beside.cell(at, &layout.table.fields[at].name, "".into());
    Some(cell.into_owned()).filter(|cell| !cell.is_empty())
}
