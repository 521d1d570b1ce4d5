//! Which events are rows of which table, and which only repeat what a row says?

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use verosim_data::{RawColumn, SourceType};
use verosim_timeline::event::STATIC;
use verosim_timeline::{Events, Kind};

/// A part of an event that holds text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Field {
    Code,
    Number,
    Text,
    Visit,
    /// An extra column.
    Extra(String),
    /// The code of the event without a row that says this of the person: `SEX`.
    Fact(String),
}

impl Field {
    /// What it is called among the columns that are learned.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Code => "code".into(),
            Self::Number => "number".into(),
            Self::Text => "text".into(),
            Self::Visit => "visit".into(),
            Self::Extra(name) => format!("extra {name}"),
            Self::Fact(kind) => format!("fact {kind}"),
        }
    }
}

/// One table: its rows by person and time.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// As events name it; empty for events of no table.
    pub(super) source: String,
    /// Whose, by the number of the person among those learned from.
    pub(super) person: Vec<u32>,
    pub(super) time: Vec<i64>,
    pub(super) end: Vec<i64>,
    /// Fields that some row has.
    pub(super) columns: Vec<(Field, RawColumn)>,
}

impl Sheet {
    pub(super) fn len(&self) -> usize {
        self.person.len()
    }

    pub(super) fn column(&self, field: &Field) -> Option<usize> {
        self.columns.iter().position(|(own, _)| own == field)
    }
}

/// A column of a table that events repeat: the code of each cell that enough people have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// As those events name it: `patients.GENDER`.
    pub(super) source: String,
    /// The table, among all.
    pub(super) sheet: String,
    pub(super) field: Field,
    /// By cell.
    pub(super) codes: BTreeMap<String, String>,
}

/// The code of births or deaths, and the table and column that tells it; no table where the event stands alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Milestone {
    pub(super) code: String,
    pub(super) source: String,
}

/// All tables, persons first.
pub(super) struct Sheets {
    /// The first has one row for each person, in their order.
    pub(super) all: Vec<Sheet>,
    /// Whether persons have a row of their own, and are not only told by single events.
    pub(super) has_persons: bool,
    pub(super) told: Vec<Told>,
    pub(super) birth: Option<Milestone>,
    pub(super) death: Option<Milestone>,
    pub(super) people: usize,
}

/// Kinds of events that describe a person; one of each stands.
const FACTS: [Kind; 6] =
    [Kind::Sex, Kind::Race, Kind::Ethnicity, Kind::Marital, Kind::Language, Kind::Insurance];

/// What an event is to us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Row,
    Person,
    Fact,
    Birth,
    Death,
    /// Repeats a column.
    Told,
}

impl Sheets {
    /// Sorts the events of some people into tables; what fewer than `k` people say is not told.
    pub(super) fn of(events: &Events, k: usize) -> Self {
        let parts = parts(events);
        let n_people = events.n_people();
        let mut person = vec![0_u32; events.len()];
        for (at, one) in events.people().enumerate() {
            person[one.rows()].fill(at as u32);
        }
        let source = |row: usize| events.sources().cell(row);
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut own: Vec<Option<usize>> = vec![None; n_people];
        let mut persons = String::new();
        for row in 0..events.len() {
            match parts[row] {
                Part::Row => {
                    let kind = Kind::of(events.codes().cell(row)).word();
                    let name =
                        if source(row).is_empty() { format!("/{kind}") } else { source(row).to_owned() };
                    rows.entry(name).or_default().push(row);
                }
                Part::Person => {
                    let own = &mut own[person[row] as usize];
                    if own.is_none() {
                        *own = Some(row);
                    }
                    persons = persons.max(source(row).to_owned());
                }
                _ => {}
            }
        }
        let mut sheets = vec![Self::persons(events, &person, &parts, &own, &persons)];
        for (name, rows) in rows {
            let source = if name.starts_with('/') { String::new() } else { name };
            sheets.push(sheet(events, &person, source, &rows));
        }
        let mut found = Self {
            has_persons: own.iter().any(Option::is_some),
            told: Vec::new(),
            birth: milestone(events, &parts, Part::Birth),
            death: milestone(events, &parts, Part::Death),
            people: n_people,
            all: sheets,
        };
        found.told = found.told(events, &person, &parts, k);
        found
    }

    /// One row for each person: that of the table of persons, and what events without a row say.
    fn persons(
        events: &Events,
        person: &[u32],
        parts: &[Part],
        own: &[Option<usize>],
        source: &str,
    ) -> Sheet {
        let n = own.len();
        let time = events.people().map(|one| one.birth().unwrap_or(STATIC)).collect();
        let end = events.people().map(|one| one.death().unwrap_or(STATIC)).collect();
        let mut facts: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
        for row in (0..events.len()).filter(|&row| parts[row] == Part::Fact) {
            let word = Kind::of(events.codes().cell(row)).word();
            let fact = &mut facts.entry(word).or_insert_with(|| vec![None; n])[person[row] as usize];
            if fact.is_none() {
                *fact = Some(row);
            }
        }
        let mut columns = fields(events, own);
        for (word, rows) in facts {
            columns.push((Field::Fact(word.to_owned()), picked(events.codes(), &rows)));
        }
        Sheet { source: source.to_owned(), person: (0..n as u32).collect(), time, end, columns }
    }

    /// Which columns events repeat.
    fn told(&self, events: &Events, person: &[u32], parts: &[Part], k: usize) -> Vec<Told> {
        let mut codes: BTreeMap<&str, BTreeMap<&str, BTreeSet<u32>>> = BTreeMap::new();
        for row in (0..events.len()).filter(|&row| parts[row] == Part::Told) {
            let of = codes.entry(events.sources().cell(row)).or_default();
            of.entry(events.codes().cell(row)).or_default().insert(person[row]);
        }
        let mut told = Vec::new();
        for (source, codes) in codes {
            let Some((table, name)) = source.rsplit_once('.') else { continue };
            let field = Field::Extra(name.to_owned());
            let find = |sheet: &&Sheet| sheet.source == table && sheet.column(&field).is_some();
            let Some(sheet) = self.all.iter().find(find) else { continue };
            let Some((_, cells)) = sheet.column(&field).map(|at| &sheet.columns[at]) else { continue };
            let mut pairs: BTreeMap<(u32, &str), BTreeSet<u32>> = BTreeMap::new();
            for (row, &cell) in cells.codes().iter().enumerate() {
                let ends = |code: &&str| code.rsplit("//").next() == Some(cells.cell(row));
                for (&code, people) in &codes {
                    // Of a table of many rows one code may come from any of them: its last part tells.
                    if people.contains(&sheet.person[row]) && (sheet.len() == self.people || ends(&code)) {
                        pairs.entry((cell, code)).or_default().insert(sheet.person[row]);
                    }
                }
            }
            let mut by_cell: BTreeMap<String, (usize, String)> = BTreeMap::new();
            for ((cell, code), people) in pairs {
                let cell = cells.levels()[cell as usize].to_string();
                if people.len() >= k && by_cell.get(&cell).is_none_or(|(most, _)| *most < people.len()) {
                    by_cell.insert(cell, (people.len(), code.to_owned()));
                }
            }
            by_cell.remove("");
            let codes = by_cell.into_iter().map(|(cell, (_, code))| (cell, code)).collect();
            told.push(Told { source: source.to_owned(), sheet: table.to_owned(), field, codes });
        }
        told
    }
}

/// What every event is.
fn parts(events: &Events) -> Vec<Part> {
    let sources: BTreeSet<&str> = events.sources().levels().iter().map(|source| &**source).collect();
    let repeats: Vec<bool> = events
        .sources()
        .levels()
        .iter()
        .map(|source| source.rsplit_once('.').is_some_and(|(table, _)| sources.contains(table)))
        .collect();
    let kinds: Vec<Kind> = events.codes().levels().iter().map(|code| Kind::of(code)).collect();
    (0..events.len())
        .map(|row| {
            let source = events.sources().codes()[row] as usize;
            let (is_static, repeats) = (events.times()[row] == STATIC, repeats[source]);
            let is_free = repeats || events.sources().levels()[source].is_empty();
            match kinds[events.codes().codes()[row] as usize] {
                Kind::Birth if is_free && !is_static => Part::Birth,
                Kind::Death if is_free && !is_static => Part::Death,
                _ if repeats => Part::Told,
                Kind::Person => Part::Person,
                kind if is_free && is_static && FACTS.contains(&kind) => Part::Fact,
                _ => Part::Row,
            }
        })
        .collect()
}

/// The commonest code and source of births or deaths.
fn milestone(events: &Events, parts: &[Part], part: Part) -> Option<Milestone> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in (0..events.len()).filter(|&row| parts[row] == part) {
        *counts.entry((events.codes().cell(row), events.sources().cell(row))).or_default() += 1;
    }
    let ((code, source), _) = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
    // What else such a code says (how somebody died) is not drawn.
    let code = code.split("//").next().unwrap_or(code);
    Some(Milestone { code: code.to_owned(), source: source.to_owned() })
}

fn sheet(events: &Events, person: &[u32], source: String, rows: &[usize]) -> Sheet {
    let some: Vec<Option<usize>> = rows.iter().map(|&row| Some(row)).collect();
    Sheet {
        source,
        person: rows.iter().map(|&row| person[row]).collect(),
        time: rows.iter().map(|&row| events.times()[row]).collect(),
        end: rows.iter().map(|&row| events.ends()[row]).collect(),
        columns: fields(events, &some),
    }
}

/// The fields that some of the rows have.
fn fields(events: &Events, rows: &[Option<usize>]) -> Vec<(Field, RawColumn)> {
    let mut numbers = RawColumn::new("number", SourceType::Text);
    for row in rows {
        let number = row.map_or(f32::NAN, |row| events.numbers()[row]);
        numbers.push(&if number.is_finite() { number.to_string() } else { String::new() });
    }
    let mut fields = vec![
        (Field::Code, picked(events.codes(), rows)),
        (Field::Number, numbers),
        (Field::Text, picked(events.texts(), rows)),
        (Field::Visit, picked(events.visits(), rows)),
    ];
    for extra in events.extras() {
        // How a cell was written before it was read hangs on what it says, which is drawn anew.
        if !extra.name.starts_with("raw.") {
            fields.push((Field::Extra(extra.name.clone()), picked(extra, rows)));
        }
    }
    fields.retain(|(_, column)| column.levels().iter().any(|level| !level.is_empty()));
    // Shards may name their columns in any order.
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}

fn picked(column: &RawColumn, rows: &[Option<usize>]) -> RawColumn {
    if rows.iter().all(Option::is_some) {
        return column.take(&rows.iter().flatten().copied().collect::<Vec<_>>());
    }
    let mut picked = RawColumn::new(&column.name, SourceType::Text);
    rows.iter().for_each(|row| picked.push(row.map_or("", |row| column.cell(row))));
    picked
}
