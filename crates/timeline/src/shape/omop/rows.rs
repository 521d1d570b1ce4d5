//! How does a row of a table become an event, and what is wrong with it?

use super::cells::{BY_ID, Canon, Coded};
use super::code::{What, meaning};
use super::folder::lower;
use super::ids::Ids;
use super::layout::{Layout, Role};
use super::people::People;
use super::read::Target;
use super::stash::Stash;
use super::whole::whole;
use crate::event::{Event, STATIC, instant};
use crate::{DEATH, Fate, Findings, Kind, TimelineError};
use std::collections::BTreeMap;
use verosim_data::io::Part;

/// Reads the rows of one table.
#[derive(Debug)]
pub(super) struct RowReader {
    layout: &'static Layout,
    stash: Stash,
    ids: Ids,
    /// Zones of times of day, with rows and the first line.
    zones: BTreeMap<Option<i32>, (u64, u64)>,
}

/// Cells of a row by their role.
struct Row<'a> {
    part: &'a Part,
    at: usize,
    /// The column of each role, by the number of the role.
    of: &'a [Option<usize>],
}

impl<'a> Row<'a> {
    fn cell(&self, role: Role) -> &'a str {
        self.of[role as usize].map_or("", |column| self.part.table.columns()[column].cell(self.at).trim())
    }

    /// An instant by its column with a time of day, else by its day; whether it has a time of day.
    fn instant(&self, day: Role, time: Role) -> Option<(instant::Reading, bool)> {
        let read = |role| instant::read(self.cell(role));
        read(time).map(|at| (at, true)).or_else(|| Some((read(day)?, false)))
    }
}

/// More than there are roles.
const ROLES: usize = 32;

impl RowReader {
    pub(super) fn new(layout: &'static Layout) -> Self {
        Self { layout, stash: Stash::new(layout.table), ids: Ids::default(), zones: BTreeMap::new() }
    }

    pub(super) fn read(
        &mut self,
        part: &Part,
        places: &[Option<usize>],
        people: &mut People,
        to: &mut Target<'_>,
    ) -> Result<(), TimelineError> {
        let mut of = [None; ROLES];
        let mut columns = Vec::new();
        for (at, (column, place)) in part.table.columns().iter().zip(places).enumerate() {
            let role = place.map_or(Role::Plain, |place| self.layout.roles[place]);
            let slot = place.unwrap_or_else(|| self.stash.foreign(&lower(&column.name)));
            self.stash.typed(slot, column, place.map(|place| self.layout.table.fields[place].kind));
            if role != Role::Plain {
                of[role as usize].get_or_insert(at);
            }
            columns.push((role, slot));
        }
        (0..part.table.n_rows())
            .try_for_each(|row| self.row(&Row { part, at: row, of: &of }, &columns, people, to))
    }

    fn row(
        &mut self,
        row: &Row<'_>,
        columns: &[(Role, usize)],
        people: &mut People,
        to: &mut Target<'_>,
    ) -> Result<(), TimelineError> {
        let line = row.part.lines.of(row.at);
        let Some((person, start)) = self.place(row, people, &mut to.findings, line) else { return Ok(()) };
        let end = row.instant(Role::EndDate, Role::EndTime);
        self.check(row, person, start, end, people, &mut to.findings, line);
        let number = row.cell(Role::Number).parse::<f32>().ok().filter(|number| number.is_finite());
        let text = text(row, number);
        // `33.0` and `33` are the same visit.
        let visit = row.cell(Role::Visit);
        let visit = whole(visit).map_or_else(|| visit.to_owned(), |id| id.to_string());
        let visit = visit.as_str();
        let code = if self.layout.kind == Kind::Death {
            to.coder.mention(DEATH);
            DEATH.to_owned()
        } else {
            let what = What {
                concept: row.cell(Role::Concept),
                source_value: row.cell(Role::SourceValue),
                source_concept: row.cell(Role::SourceConcept),
                unit_concept: row.cell(Role::UnitConcept),
                unit_source: row.cell(Role::UnitSource),
                concept_first: self.layout.concept_first(),
            };
            to.coder.code(self.layout.kind, what)
        };
        let canon = Canon {
            time: start.0.micros,
            end: end.map_or(STATIC, |(end, _)| end.micros),
            coded: Coded::of(&code),
            number: number.unwrap_or(f32::NAN),
            text: &text,
            visit,
        };
        self.stash.begin();
        let mut extras = Vec::new();
        for (column, &(role, slot)) in row.part.table.columns().iter().zip(columns) {
            let given = if role == Role::Person { person.to_string().into() } else { canon.cell(role) };
            self.stash.keep(slot, column.cell(row.at), &given, &mut extras, &mut to.sorter);
        }
        extras.extend(self.stash.empty(&mut to.sorter));
        to.sorter.push(&Event {
            subject: person,
            time: canon.time,
            end: canon.end,
            code: &code,
            number,
            text: &text,
            visit,
            source: self.layout.name(),
            extras: &extras,
        })
    }

    /// Whose row it is and when it began; `None` when it cannot be placed.
    fn place(
        &self,
        row: &Row<'_>,
        people: &People,
        findings: &mut Findings,
        line: u64,
    ) -> Option<(i64, (instant::Reading, bool))> {
        let table = self.layout.name();
        let mut aside = |column: &str, what: &str| {
            findings.note(&format!("{table}.{column}"), what, Fate::SetAside, line);
        };
        let Some(person) = whole(row.cell(Role::Person)) else {
            aside("person_id", "rows whose person is no whole number");
            return None;
        };
        if !people.has(person) {
            aside("person_id", "rows of a person that the table person does not have");
            return None;
        }
        let start = row.instant(Role::StartDate, Role::StartTime);
        if start.is_none() {
            let empty = row.cell(Role::StartDate).is_empty() && row.cell(Role::StartTime).is_empty();
            let what = if empty { "rows without a date" } else { "rows whose date does not read" };
            aside(self.field(Role::StartDate), what);
        }
        Some((person, start?))
    }

    /// Tells what is odd of a row that is kept.
    #[allow(clippy::too_many_arguments, reason = "the parts of one row")]
    fn check(
        &mut self,
        row: &Row<'_>,
        person: i64,
        start: (instant::Reading, bool),
        end: Option<(instant::Reading, bool)>,
        people: &mut People,
        findings: &mut Findings,
        line: u64,
    ) {
        let (table, kind) = (self.layout.name(), self.layout.kind);
        let mut odd = |column: &str, what: &str| {
            findings.note(&format!("{table}.{column}"), what, Fate::Kept, line);
        };
        let role = if kind == Kind::Visit { Role::Visit } else { Role::Id };
        let id = row.cell(role);
        if let Some(number) = whole(id) {
            if !self.ids.insert(number) {
                odd(self.field(role), "rows whose id came before");
            }
            if kind == Kind::Visit {
                people.visits.insert(number);
            }
        } else if self.layout.at(role).is_some() {
            odd(self.field(role), "rows whose id is no whole number");
        }
        let visit = row.cell(Role::Visit);
        if kind != Kind::Visit && !visit.is_empty() && !whole(visit).is_some_and(|id| people.visits.has(id)) {
            odd(self.field(Role::Visit), "rows of a visit that visit_occurrence does not have");
        }
        let day = |at: i64| at.div_euclid(instant::DAY);
        let (from, exact) = (start.0.micros, start.1);
        let backwards = end.is_some_and(|(end, end_exact)| {
            day(end.micros) < day(from) || exact && end_exact && end.micros < from
        });
        if backwards {
            odd(self.field(Role::EndDate), "rows that end before they begin");
        }
        if people.birth(person).is_some_and(|birth| from < birth) {
            odd(self.field(Role::StartDate), "rows before the birth of their person");
        }
        if people.death(person).is_some_and(|death| kind != Kind::Death && day(from) > death) {
            odd(self.field(Role::StartDate), "rows after the death of their person");
        }
        if exact {
            let zone = self.zones.entry(start.0.offset).or_insert((0, line));
            zone.0 += 1;
        }
    }

    /// Name of the column of that role.
    fn field(&self, role: Role) -> &'static str {
        self.layout.at(role).map_or("", |at| self.layout.table.fields[at].name.as_str())
    }

    /// Tells what only the whole table shows.
    pub(super) fn finish(self, findings: &mut Findings) {
        let most = self.zones.values().map(|(rows, _)| *rows).max().unwrap_or_default();
        if self.zones.len() < 2 {
            return;
        }
        let usual = self.zones.iter().find(|(_, (rows, _))| *rows == most).map(|(zone, _)| *zone);
        let place = format!("{}.{}", self.layout.name(), self.field(Role::StartTime));
        for (_, (rows, line)) in self.zones.iter().filter(|(zone, _)| Some(**zone) != usual) {
            let what = "rows in another time zone than most; the clock of the place is kept";
            findings.count(&place, what, Fate::Kept, *rows, *line);
        }
    }
}

/// The text of a row: its own, else what the source says, unless that is its number, else its value by id.
fn text(row: &Row<'_>, number: Option<f32>) -> String {
    let own = row.cell(Role::Text);
    if !own.is_empty() {
        return own.to_owned();
    }
    let source = row.cell(Role::ValueSource);
    if !source.is_empty() {
        let same = number.is_some() && source.parse().ok() == number;
        return if same { String::new() } else { source.to_owned() };
    }
    match meaning(row.cell(Role::ValueConcept)) {
        Some(id) if number.is_none() => format!("{BY_ID}{id}"),
        _ => String::new(),
    }
}
