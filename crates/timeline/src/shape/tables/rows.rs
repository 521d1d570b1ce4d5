//! How do the rows of a table become events, so that the writer gives every cell back?

use super::cell::{self, Instants};
use super::index::Indexes;
use super::layout::{Layout, Role, column};
use super::mapping::{Derive, Table, TimeOf};
use super::people::People;
use super::tally::Tally;
use super::template::Template;
use crate::event::instant::{self, DAY, Style};
use crate::event::{Columns, STATIC};
use crate::{CodeBook, Fate};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use verosim_data::io::Part;
use verosim_data::{RawColumn, RawTable, SourceType};

/// Most ids that are remembered to find those that repeat.
const MOST_IDS: usize = 4_000_000;

/// What is known while tables are read.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) people: People,
    pub(super) indexes: Indexes,
    /// Per table of events what its dictionary says, by the cells that find the row.
    pub(super) words: BTreeMap<String, HashMap<String, String>>,
    pub(super) book: CodeBook,
    pub(super) tally: Tally,
    /// Static events that were told already.
    pub(super) told: HashSet<(i64, String)>,
    /// The lower-case name of the table of visits.
    pub(super) visits: Option<String>,
    /// Per column of instants how many cells have which zone, and where the first is.
    pub(super) zones: BTreeMap<String, BTreeMap<Option<i32>, (u64, u64)>>,
    /// Ids of the table that is being read; `None` when they are not looked at.
    pub(super) ids: Option<HashSet<Box<str>>>,
}

/// Between the cells that find a row of a dictionary.
pub(super) const JOINT: &str = "\u{1f}";

/// The cells that an extra column keeps as they came; there only once there is one.
struct Kept {
    name: String,
    column: Option<RawColumn>,
}

impl Kept {
    fn new(column: &str) -> Self {
        Self { name: cell::raw_name(column), column: None }
    }

    fn push(&mut self, row: usize, exact: bool, text: &str) {
        match (&mut self.column, exact) {
            (None, true) => {}
            (Some(column), true) => column.push(""),
            (column, false) => {
                let name = &self.name;
                let fresh = || {
                    let mut fresh = RawColumn::new(name, SourceType::Text);
                    fresh.repeat("", row);
                    fresh
                };
                column.get_or_insert_with(fresh).push(&cell::keep(text));
            }
        }
    }
}

/// One part of a table on its way.
struct Work<'a> {
    table: &'a Table,
    layout: &'a Layout,
    rows: RawTable,
    lines: Vec<u64>,
    out: Columns,
}

/// The events of a part: those of its rows, then those that columns tell besides.
pub(super) fn convert(table: &Table, layout: &Layout, part: Part, desk: &mut Desk) -> [Columns; 2] {
    let lines = (0..part.table.n_rows()).map(|row| part.lines.of(row)).collect();
    let mut work = Work { table, layout, rows: part.table, lines, out: Columns::default() };
    work.subjects(desk);
    work.ids(desk);
    work.times(desk);
    work.values();
    work.codes(desk);
    work.visits(desk);
    work.lives(desk);
    let derived = work.derived(desk);
    work.extras(desk);
    [work.out, derived]
}

impl Work<'_> {
    fn place(&self, at: usize) -> String {
        format!("{}.{}", self.table.spec.name, self.layout.names[at])
    }

    fn keep(&mut self, kept: Kept) {
        if let Some(mut column) = kept.column {
            column.repeat("", self.rows.n_rows() - column.len());
            self.out.extras.push(column);
        }
    }

    /// Finds out whose rows these are, and leaves out those of nobody.
    fn subjects(&mut self, desk: &mut Desk) {
        let spec = &self.table.spec;
        let mut subjects: Vec<Option<i64>> = vec![None; self.rows.n_rows()];
        if let Some(at) = self.layout.at(Role::Subject) {
            let (place, ids) = (self.place(at), &self.rows.columns()[at]);
            let numbers: Vec<Option<i64>> = ids
                .levels()
                .iter()
                .map(|id| if id.is_empty() { None } else { desk.people.number(id) })
                .collect();
            for (row, &code) in ids.codes().iter().enumerate() {
                subjects[row] = numbers[code as usize];
                match subjects[row] {
                    None if ids.cell(row).is_empty() => {
                        desk.tally.note(&place, "names no patient", Fate::SetAside, self.lines[row]);
                    }
                    None => {
                        let what = "has an id of a patient that is no number, as others are";
                        desk.tally.note(&place, what, Fate::SetAside, self.lines[row]);
                    }
                    Some(id) if desk.people.len() > 0 && !desk.people.is_known(id) => {
                        let what = "names a patient that has no row";
                        desk.tally.note(&place, what, Fate::Kept, self.lines[row]);
                    }
                    Some(_) => {}
                }
            }
        } else if let Some(link) = &spec.via {
            let keys = column(&self.rows, &link.column).map(|at| &self.rows.columns()[at]);
            let index = desk.indexes.get(&link.table.to_lowercase());
            let place = format!("{}.{}", spec.name, link.column);
            for (row, subject) in subjects.iter_mut().enumerate() {
                *subject = keys.and_then(|keys| index?.get(keys.cell(row))?.subject);
                if subject.is_none() {
                    let what = "names no row that leads to a patient";
                    desk.tally.note(&place, what, Fate::SetAside, self.lines[row]);
                }
            }
        } else {
            let what = "lacks the column that names patients";
            desk.tally.count(&spec.name, what, Fate::SetAside, self.rows.n_rows() as u64, 0);
        }
        let rows: Vec<usize> = (0..subjects.len()).filter(|&row| subjects[row].is_some()).collect();
        if rows.len() < subjects.len() {
            self.rows = self.rows.take(&rows);
            self.lines = rows.iter().map(|&row| self.lines[row]).collect();
        }
        self.out.subject = subjects.into_iter().flatten().collect();
    }

    /// Tells ids that repeat, of tables that no index was made of.
    fn ids(&mut self, desk: &mut Desk) {
        let Some(at) = self.table.spec.key.as_deref().and_then(|key| column(&self.rows, key)) else { return };
        let Some(ids) = &mut desk.ids else { return };
        let keys = &self.rows.columns()[at];
        for row in 0..keys.len() {
            let key = keys.cell(row);
            if key.is_empty() || ids.len() >= MOST_IDS {
                continue;
            }
            if ids.contains(key) {
                let place = format!("{}.{}", self.table.spec.name, keys.name);
                let what = "repeats an id that an earlier row has";
                desk.tally.note(&place, what, Fate::Kept, self.lines[row]);
            } else {
                ids.insert(key.into());
            }
        }
    }

    /// When the rows began and ended.
    fn times(&mut self, desk: &mut Desk) {
        let (spec, n) = (&self.table.spec, self.rows.n_rows());
        let main = self.layout.at(Role::Time);
        let style = spec.style.unwrap_or_default();
        let mut sources: Vec<(usize, Instants)> = Vec::new();
        for at in main.into_iter().chain(self.layout.fallbacks.iter().copied()) {
            sources.push((at, Instants::of(&self.rows.columns()[at], style)));
        }
        let of = spec.time_of.as_ref().and_then(|of| self.times_of(of, desk));
        let mut kept = Kept::new(main.map_or("", |at| &self.layout.names[at]));
        let mut times = vec![STATIC; n];
        for (row, time) in times.iter_mut().enumerate() {
            for (rank, (at, instants)) in sources.iter().enumerate() {
                let column = &self.rows.columns()[*at];
                let level = column.codes()[row] as usize;
                if rank == 0 || *time == STATIC {
                    *time = instants.micros[level];
                }
                if instants.micros[level] == STATIC && !column.cell(row).is_empty() {
                    let what = "does not read as a time";
                    desk.tally.note(&self.place(*at), what, Fate::KeptInPart, self.lines[row]);
                }
            }
            if *time == STATIC
                && let Some(of) = &of
            {
                *time = of[row];
            }
            if *time == STATIC && !sources.is_empty() {
                let what = "has no time and holds for the whole life";
                desk.tally.note(&spec.name, what, Fate::Kept, self.lines[row]);
            }
            if let Some((at, instants)) = sources.first().filter(|_| main.is_some()) {
                let column = &self.rows.columns()[*at];
                let level = column.codes()[row] as usize;
                let exact = *time == instants.micros[level] && instants.exact[level];
                kept.push(row, exact, column.cell(row));
            }
        }
        self.keep(kept);
        let mut ends = vec![STATIC; n];
        if let Some(at) = self.layout.at(Role::End) {
            let instants = Instants::of(&self.rows.columns()[at], spec.end_style.unwrap_or(style));
            let (column, place) = (&self.rows.columns()[at], self.place(at));
            let mut kept = Kept::new(&self.layout.names[at]);
            for (row, end) in ends.iter_mut().enumerate() {
                let level = column.codes()[row] as usize;
                *end = instants.micros[level];
                kept.push(row, instants.exact[level], column.cell(row));
                if *end == STATIC && !column.cell(row).is_empty() {
                    let what = "does not read as a time";
                    desk.tally.note(&place, what, Fate::KeptInPart, self.lines[row]);
                }
                if *end != STATIC && *end < times[row] {
                    desk.tally.note(&place, "ends before it begins", Fate::Kept, self.lines[row]);
                }
            }
            self.keep(kept);
            sources.push((at, instants));
        }
        for (at, instants) in &sources {
            self.zones(*at, instants, desk);
        }
        (self.out.time, self.out.end) = (times, ends);
    }

    /// The times of the rows of another table.
    fn times_of(&self, of: &TimeOf, desk: &Desk) -> Option<Vec<i64>> {
        let index = desk.indexes.get(&of.table.to_lowercase())?;
        let keys = &self.rows.columns()[column(&self.rows, &of.column)?];
        let times: Vec<i64> = keys
            .levels()
            .iter()
            .map(|key| {
                index.get(key).map_or(STATIC, |entry| match (of.end, entry.end) {
                    (true, end) if end != STATIC => end,
                    _ => entry.time,
                })
            })
            .collect();
        Some(keys.codes().iter().map(|&code| times[code as usize]).collect())
    }

    fn zones(&self, at: usize, instants: &Instants, desk: &mut Desk) {
        let counts = desk.zones.entry(self.place(at)).or_default();
        for (row, &code) in self.rows.columns()[at].codes().iter().enumerate() {
            if instants.micros[code as usize] != STATIC {
                let (count, _) = counts.entry(instants.offset[code as usize]).or_insert((0, self.lines[row]));
                *count += 1;
            }
        }
    }

    /// Numbers and texts.
    fn values(&mut self) {
        let n = self.rows.n_rows();
        self.out.number = vec![f32::NAN; n];
        let mut text = RawColumn::new("text_value", SourceType::Text);
        let number_at = self.layout.at(Role::Value).or(self.layout.at(Role::Number));
        let is_value = self.layout.at(Role::Value).is_some();
        let mut exact = vec![true; n];
        if let Some(at) = number_at {
            let column = &self.rows.columns()[at];
            let numbers: Vec<(f32, bool)> = column
                .levels()
                .iter()
                .map(|level| {
                    let number = cell::number(level).unwrap_or(f32::NAN);
                    (number, cell::number_text(number) == **level)
                })
                .collect();
            for (row, &code) in column.codes().iter().enumerate() {
                (self.out.number[row], exact[row]) = numbers[code as usize];
            }
        }
        let text_at = self.layout.at(Role::Text);
        let mut kept_number = Kept::new(number_at.map_or("", |at| &self.layout.names[at]));
        let mut kept_text = Kept::new(text_at.map_or("", |at| &self.layout.names[at]));
        for (row, exact) in exact.iter_mut().enumerate() {
            let number = number_at.map_or("", |at| self.rows.columns()[at].cell(row));
            let is_number = !self.out.number[row].is_nan();
            match text_at {
                // A text beside a number often says the same: it is then told once.
                Some(at) => {
                    let cell = self.rows.columns()[at].cell(row);
                    let same = is_number && cell == number;
                    text.push(if same { "" } else { cell });
                    kept_text.push(row, same || !cell.is_empty() || !is_number, cell);
                }
                None if is_value && !is_number => {
                    text.push(number);
                    *exact = true;
                }
                None => text.push(""),
            }
            if number_at.is_some() {
                kept_number.push(row, *exact, number);
            }
        }
        self.out.text = text;
        self.keep(kept_number);
        self.keep(kept_text);
    }

    /// Codes, and what they mean.
    fn codes(&mut self, desk: &mut Desk) {
        let mut codes = RawColumn::new("code", SourceType::Text);
        let Some(template) = &self.table.code else { return };
        let columns: Vec<Option<usize>> = template.columns().map(|name| column(&self.rows, name)).collect();
        let words = self.table.spec.words.as_ref().map(|words| {
            let finders: Vec<Option<usize>> =
                words.columns.iter().map(|name| column(&self.rows, name)).collect();
            (finders, desk.words.get(&self.table.spec.name.to_lowercase()))
        });
        let description = self.layout.at(Role::Description);
        let mut kept: Vec<Kept> = Vec::new();
        let mut kept_at: Vec<(usize, usize)> = Vec::new();
        for (at, role) in self.layout.roles.iter().enumerate() {
            if let Role::Code(place) = role {
                kept.push(Kept::new(&self.layout.names[at]));
                kept_at.push((at, *place));
            }
        }
        let mut kept_description = Kept::new(description.map_or("", |at| &self.layout.names[at]));
        // Codes by the cells that they are made of, and which of these do not read back.
        let mut known: HashMap<Vec<u32>, (String, Vec<bool>)> = HashMap::new();
        let mut described: HashMap<(u32, u32), bool> = HashMap::new();
        let all = self.rows.columns();
        let mut key = Vec::new();
        for row in 0..self.rows.n_rows() {
            key.clear();
            key.extend(columns.iter().map(|at| at.map_or(0, |at| all[at].codes()[row])));
            if !known.contains_key(&key) {
                let at_of = |name: &str| columns[template.columns().position(|known| known == name)?];
                let cell_of = |name: &str| at_of(name).map_or("", |at| all[at].cell(row));
                let code = template.write(cell_of);
                let back = template.read(&code);
                let exact = template
                    .columns()
                    .enumerate()
                    .map(|(place, name)| back.as_ref().is_some_and(|cells| cells[place] == cell_of(name)));
                let exact = exact.collect();
                desk.book.note(&code, "");
                if let Some((finders, Some(words))) = &words {
                    let cells: Vec<&str> =
                        finders.iter().map(|at| at.map_or("", |at| all[at].cell(row))).collect();
                    if let Some(label) = words.get(&cells.join(JOINT)) {
                        desk.book.note(&code, label);
                    }
                }
                known.insert(key.clone(), (code, exact));
            }
            let (code, exact) = &known[&key];
            codes.push(code);
            for (kept, (at, place)) in kept.iter_mut().zip(&kept_at) {
                kept.push(row, exact[*place], all[*at].cell(row));
            }
            if let Some(at) = description {
                let cell = all[at].cell(row);
                let pair = (codes.codes()[row], all[at].codes()[row]);
                let same = *described.entry(pair).or_insert_with(|| {
                    desk.book.note(code, cell);
                    !cell.is_empty() && desk.book.description(code) == cell
                });
                kept_description.push(row, same, cell);
            }
        }
        self.out.code = codes;
        kept.into_iter().chain([kept_description]).for_each(|kept| self.keep(kept));
    }

    /// The visits, each of which should have a row.
    fn visits(&mut self, desk: &mut Desk) {
        let mut visits = RawColumn::new("visit", SourceType::Text);
        if let Some(at) = self.layout.at(Role::Visit) {
            let column = &self.rows.columns()[at];
            let index = desk.visits.as_ref().and_then(|table| desk.indexes.get(table));
            if let Some(index) = index.filter(|_| !self.table.is_visits()) {
                let place = self.place(at);
                let orphan: Vec<bool> =
                    column.levels().iter().map(|id| !id.is_empty() && index.get(id).is_none()).collect();
                for (row, &code) in
                    column.codes().iter().enumerate().filter(|(_, code)| orphan[**code as usize])
                {
                    debug_assert!(orphan[code as usize]);
                    let what = "names a visit that has no row";
                    desk.tally.note(&place, what, Fate::Kept, self.lines[row]);
                }
            }
            visits = column.clone();
            "visit".clone_into(&mut visits.name);
            visits.source = SourceType::Text;
        } else {
            visits.repeat("", self.rows.n_rows());
        }
        self.out.visit = visits;
    }

    /// Tells events outside the lives of their people.
    fn lives(&mut self, desk: &mut Desk) {
        let mut last = (0, (STATIC, STATIC));
        for row in 0..self.out.time.len() {
            let (subject, time) = (self.out.subject[row], self.out.time[row]);
            if time == STATIC {
                continue;
            }
            if row == 0 || last.0 != subject {
                last = (subject, desk.people.life(subject));
            }
            let (birth, death) = last.1;
            // An event that is only a day or a year may be at its end.
            let late = match self.table.spec.style {
                Some(Style::Year) => time.saturating_add(366 * DAY),
                _ if time.rem_euclid(DAY) == 0 => time.saturating_add(DAY - 1),
                _ => time,
            };
            if birth != STATIC && late < birth {
                desk.tally.note(&self.table.spec.name, "happens before birth", Fate::Kept, self.lines[row]);
            }
            // A death that is only a day takes the whole day.
            let over =
                if death.rem_euclid(DAY) == 0 { death.saturating_add(DAY) } else { death.saturating_add(1) };
            if death != STATIC && time >= over {
                desk.tally.note(&self.table.spec.name, "happens after death", Fate::Kept, self.lines[row]);
            }
        }
    }

    /// Events that columns tell besides the row.
    fn derived(&self, desk: &mut Desk) -> Columns {
        let mut out = empty();
        for (derive, template) in &self.table.derived {
            let Some(at) = column(&self.rows, &derive.column).filter(|_| !derive.fill_only) else { continue };
            let source = format!("{}.{}", self.table.spec.name, derive.column);
            for row in 0..self.rows.n_rows() {
                let text = self.rows.columns()[at].cell(row);
                if text.is_empty() {
                    continue;
                }
                let subject = self.out.subject[row];
                let code = template.write(|name| {
                    column(&self.rows, name).map_or("", |at| self.rows.columns()[at].cell(row))
                });
                let mut time = STATIC;
                if derive.timed {
                    let Some(read) = derived_time(derive, &self.rows, at, row) else {
                        let what = "does not read as a time";
                        desk.tally.note(&source, what, Fate::KeptInPart, self.lines[row]);
                        continue;
                    };
                    time = read;
                }
                // The same said twice of a person is one event.
                let told = (subject, format!("{time} {code}"));
                if !desk.told.insert(told) {
                    continue;
                }
                desk.book.note(&code, "");
                out.subject.push(subject);
                out.time.push(time);
                out.end.push(STATIC);
                out.number.push(f32::NAN);
                out.code.push(&code);
                out.text.push("");
                out.visit.push("");
                out.source.push(&source);
            }
        }
        out
    }

    /// Everything that has no role, under its own name.
    fn extras(&mut self, desk: &Desk) {
        let n = self.rows.n_rows();
        self.out.source = RawColumn::new("source", SourceType::Text);
        self.out.source.repeat(&self.table.spec.name, n);
        for (at, role) in self.layout.roles.iter().enumerate() {
            let name = match role {
                Role::Extra => cell::extra_name(&self.layout.names[at]),
                Role::Subject if desk.people.are_texts() => cell::SUBJECT.to_owned(),
                _ => continue,
            };
            let mut column = self.rows.columns()[at].clone();
            column.name = name;
            self.out.extras.push(column);
        }
    }
}

/// When a derived event happened.
pub(super) fn derived_time(derive: &Derive, rows: &RawTable, at: usize, row: usize) -> Option<i64> {
    let time = instant::read(rows.columns()[at].cell(row))?.micros;
    let Some(less) = &derive.less_years else { return Some(time) };
    let years: i32 = rows.columns()[column(rows, less)?].cell(row).parse().ok()?;
    let year: i32 = instant::write(time, Style::Year)?.parse().ok()?;
    instant::day(year.checked_sub(years)?, 1, 1)
}

/// Columns of no events.
fn empty() -> Columns {
    let text = |name| RawColumn::new(name, SourceType::Text);
    let (code, visit, source) = (text("code"), text("visit"), text("source"));
    Columns { code, text: text("text_value"), visit, source, ..Columns::default() }
}

/// The pattern that tells a birth or a death of this table, if it has one.
pub(super) fn lifeline(table: &Table, kind: crate::Kind) -> Option<&(Derive, Template)> {
    table
        .derived
        .iter()
        .find(|(derive, template)| template.kind() == kind && derive.timed && !derive.fill_only)
}
