//! What part does each field of the rows of a node play?

use super::keys::{Keys, NONE, is_measure};
use super::node::Node;
use super::role::Role;
use super::same::{Likeness, beside, likeness};
use super::shape::Shape;
use super::sheet::{Field, Sheet};
use super::spell::Spelling;
use super::store::Seat;
use std::collections::BTreeMap;
use verosim_data::RawColumn;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::{self, DAY, SECOND, Style};

/// Cells below which nothing is found out about a column.
const LEAST: usize = 5;

/// What finding needs to know.
pub(super) struct Finder<'a> {
    pub(super) sheets: &'a [Sheet],
    pub(super) keys: &'a Keys,
    pub(super) nodes: &'a [Node],
    /// Least people behind what is kept.
    pub(super) k: usize,
}

impl Finder<'_> {
    /// The roles of the fields of a node, and the columns that are learned of it.
    pub(super) fn roles(&self, at: usize, seats: &[Seat]) -> (Vec<(Field, Role)>, Spelling) {
        let work = Work {
            finder: self,
            at,
            node: &self.nodes[at],
            sheet: &self.sheets[self.nodes[at].sheet],
            seats,
        };
        let mut roles: Vec<(Field, Role)> = Vec::new();
        let mut spelling = Spelling::new(&work.node.rows, &work.sheet.person);
        let mut open: Vec<usize> = Vec::new();
        for (column, (field, cells)) in work.sheet.columns.iter().enumerate() {
            if work.there(cells) == 0 {
                continue;
            }
            match work.structure(column, &mut spelling) {
                Some(role) => roles.push((field.clone(), role)),
                None => open.push(column),
            }
        }
        spelling.plan(open.iter().map(|&column| &work.sheet.columns[column]), self.k);
        for column in open {
            let (field, cells) = &work.sheet.columns[column];
            let words = roles.iter().find_map(|(from, role)| {
                let is_level =
                    matches!(role, Role::Plain(name) if spelling.is_level(name)) && *from != Field::Number;
                let other = &work.sheet.columns[work.sheet.column(from).filter(|_| is_level)?].1;
                let words = beside((cells, other), &work.node.rows, &work.sheet.person, self.k)?;
                Some(Role::Look { from: from.clone(), words })
            });
            let role = words.unwrap_or_else(|| spelling.learn(field, cells, self.k));
            roles.push((field.clone(), role));
        }
        (roles, spelling)
    }
}

struct Work<'a> {
    finder: &'a Finder<'a>,
    at: usize,
    node: &'a Node,
    sheet: &'a Sheet,
    seats: &'a [Seat],
}

impl Work<'_> {
    /// Rows of the node that have a cell.
    fn there(&self, cells: &RawColumn) -> usize {
        self.node.rows.iter().filter(|&&row| !cells.cell(row as usize).is_empty()).count()
    }

    /// The role of a column that says nothing of its own.
    fn structure(&self, column: usize, spelling: &mut Spelling) -> Option<Role> {
        let (field, cells) = &self.sheet.columns[column];
        if *field == Field::Code {
            return None;
        }
        if let Some((_, key)) = self.node.link.filter(|(own, _)| *own == column) {
            let parent = &self.finder.sheets[self.finder.nodes[self.node.parent].sheet];
            return Some(Role::Same { up: 1, field: parent.columns[key].0.clone(), there: None });
        }
        if let Some(role) = self.instant(field, cells, spelling) {
            return Some(role);
        }
        if self.there(cells) < LEAST {
            return None;
        }
        self.same(column, spelling)
            .or_else(|| self.key(column, field, cells, spelling))
            .or_else(|| self.pick(column, field, cells, spelling))
            .or_else(|| self.name(field, cells, spelling))
    }

    /// Times are told by their distance.
    fn instant(&self, field: &Field, cells: &RawColumn, spelling: &mut Spelling) -> Option<Role> {
        let read: Vec<i64> = cells
            .levels()
            .iter()
            .map(|level| {
                let reading = instant::read(level).filter(|_| level.len() >= 10);
                reading.map_or(STATIC, |reading| reading.micros)
            })
            .collect();
        let there = self.there(cells);
        let at = |row: u32| read[cells.codes()[row as usize] as usize];
        let known: Vec<u32> = self.node.rows.iter().copied().filter(|&row| at(row) != STATIC).collect();
        if self.at == 0 && known.is_empty() {
            return self.birth_year(field, cells);
        }
        if known.len() * 100 < there * 99 {
            return None;
        }
        let style = style(&known.iter().map(|&row| cells.cell(row as usize)).collect::<Vec<_>>());
        let unit = if style == Style::Date { DAY } else { SECOND };
        let floor = |time: i64| time.div_euclid(unit);
        let agrees = |other: &dyn Fn(usize, u32) -> i64| {
            let rows = self.node.rows.iter().enumerate().filter(|(_, row)| at(**row) != STATIC);
            let agree = rows.filter(|(nth, row)| {
                let other = other(*nth, **row);
                other != STATIC && floor(other) == floor(at(**row))
            });
            agree.count() * 100 >= known.len() * 99
        };
        let is_whole = there * 200 >= self.node.rows.len() * 199;
        if agrees(&|_, row| self.sheet.time[row as usize]) && (is_whole || self.at == 0) {
            return Some(Role::Begin(style));
        }
        // An end that is not there is an empty cell.
        let ends = self.node.rows.iter().filter(|&&row| self.sheet.end[row as usize] != STATIC).count();
        if agrees(&|_, row| self.sheet.end[row as usize]) && ends == there {
            return Some(Role::End(style));
        }
        // Of some deaths only the day is known.
        let dies = |nth: usize, row: u32| {
            let (death, time) = (self.seats[nth].death, at(row));
            let is_day = death != STATIC && death.rem_euclid(DAY) == 0;
            if is_day && death.div_euclid(DAY) == time.div_euclid(DAY) { time } else { death }
        };
        if self.at > 0 && agrees(&dies) {
            let there = spelling.presence(field, cells);
            return Some(Role::Death { style, there });
        }
        let distance = |nth: usize, row: u32| {
            let time = at(row);
            let own = self.sheet.time[row as usize];
            let from = if own == STATIC { self.seats.get(nth).map_or(0, |seat| seat.from) } else { own };
            if time == STATIC { f64::NAN } else { (floor(time) - floor(from)) as f64 }
        };
        let values = self.node.rows.iter().enumerate().map(|(nth, &row)| distance(nth, row)).collect();
        Some(Role::Instant { column: spelling.number(&field.name(), values), style })
    }

    /// A year from which another field takes so many that birth is left.
    fn birth_year(&self, field: &Field, cells: &RawColumn) -> Option<Role> {
        let year = |time: i64| instant::write(time, Style::Year)?.parse::<i64>().ok();
        let of = |cells: &RawColumn, row: u32| cells.cell(row as usize).parse::<i64>().ok();
        if !cells.levels().iter().all(|level| level.is_empty() || level.len() == 4) {
            return None;
        }
        self.sheet.columns.iter().find_map(|(other, years)| {
            let holds = |&&row: &&u32| {
                let born = year(self.sheet.time[row as usize]);
                born.is_some() && of(cells, row).zip(of(years, row)).map(|(a, b)| a - b) == born
            };
            let agree = self.node.rows.iter().filter(holds).count();
            (other != field && agree * 100 >= self.node.rows.len() * 99)
                .then(|| Role::BirthYearPlus(other.clone()))
        })
    }

    /// What another field says, here or further up.
    fn same(&self, column: usize, spelling: &mut Spelling) -> Option<Role> {
        let (field, cells) = &self.sheet.columns[column];
        let own = (cells, self.node.rows.as_slice());
        let mut found: Option<(Likeness, usize, Field)> = None;
        // Only what stands before it, so that no two columns wait for each other.
        for (other, others) in &self.sheet.columns[..column] {
            let like = likeness(own, (others, &self.node.rows));
            if like == Some(Likeness::Whole) {
                return Some(Role::Same { up: 0, field: other.clone(), there: None });
            }
            found = found.or(like.map(|like| (like, 0, other.clone())));
        }
        let (mut at, mut places): (usize, Vec<u32>) = (self.at, (0..self.node.rows.len() as u32).collect());
        let mut up = 0;
        while at > 0 {
            let node = &self.finder.nodes[at];
            places.iter_mut().for_each(|place| *place = node.above[*place as usize]);
            (at, up) = (node.parent, up + 1);
            let (sheet, rows) =
                (&self.finder.sheets[self.finder.nodes[at].sheet], &self.finder.nodes[at].rows);
            let others: Vec<u32> = places.iter().map(|&place| rows[place as usize]).collect();
            for (other, column) in &sheet.columns {
                let like = likeness(own, (column, &others));
                if like == Some(Likeness::Whole) {
                    return Some(Role::Same { up, field: other.clone(), there: None });
                }
                found = found.or(like.map(|like| (like, up, other.clone())));
            }
        }
        let (_, up, other) = found?;
        Some(Role::Same { up, field: other, there: spelling.presence(field, cells) })
    }

    /// A name of the row that other rows use.
    fn key(&self, column: usize, field: &Field, cells: &RawColumn, spelling: &mut Spelling) -> Option<Role> {
        let own = (self.node.sheet, column);
        let is_named = self.finder.keys.references.iter().flatten().any(|reference| reference.to == own);
        is_named.then(|| Role::Fresh { shape: Shape::of_keys(cells), there: spelling.presence(field, cells) })
    }

    /// A name of the row that nobody uses, or of the person.
    fn name(&self, field: &Field, cells: &RawColumn, spelling: &mut Spelling) -> Option<Role> {
        let can_name = matches!(field, Field::Visit | Field::Extra(_)) && is_long(cells);
        if !can_name || cells.levels().iter().any(|level| is_measure(level)) {
            return None;
        }
        let mut rows_of: BTreeMap<u32, (usize, u32)> = BTreeMap::new();
        let (mut in_one_person, mut once) = (true, true);
        let mut own: BTreeMap<u32, u32> = BTreeMap::new();
        for &row in &self.node.rows {
            let (code, person) = (cells.codes()[row as usize], self.sheet.person[row as usize]);
            if cells.levels()[code as usize].is_empty() {
                continue;
            }
            let (n, first) = rows_of.entry(code).or_insert((0, person));
            *n += 1;
            in_one_person &= *first == person;
            once &= *own.entry(person).or_insert(code) == code;
        }
        let is_unique = rows_of.values().all(|(n, _)| *n == 1);
        if is_unique && let Some(shape) = Shape::of_texts(cells) {
            return Some(Role::Fresh { shape, there: spelling.presence(field, cells) });
        }
        let is_of_person = in_one_person && once && self.at > 0 && rows_of.len() >= LEAST.max(self.finder.k);
        is_of_person.then(|| Role::Once { shape: Shape::of_keys(cells) })
    }

    /// The name of another row.
    fn pick(&self, column: usize, field: &Field, cells: &RawColumn, spelling: &mut Spelling) -> Option<Role> {
        let reference =
            self.finder.keys.references[self.node.sheet].iter().find(|one| one.column == column)?;
        let (sheet, key) = reference.to;
        let nodes: Vec<usize> = (0..=self.at).filter(|&at| self.finder.nodes[at].sheet == sheet).collect();
        if nodes.is_empty() || sheet == self.node.sheet && !nodes.contains(&self.at) {
            return None;
        }
        let mut lag = 1;
        let nodes = if sheet == self.node.sheet {
            let place: BTreeMap<u32, usize> =
                self.node.rows.iter().enumerate().map(|(at, &row)| (row, at)).collect();
            let mut lags: BTreeMap<usize, usize> = BTreeMap::new();
            for (at, &row) in self.node.rows.iter().enumerate() {
                let named = Some(reference.rows[row as usize]).filter(|&named| named != NONE);
                let back = named.and_then(|named| place.get(&named)).and_then(|&named| at.checked_sub(named));
                back.filter(|&back| back > 0)
                    .into_iter()
                    .for_each(|back| *lags.entry(back).or_default() += 1);
            }
            lag = lags
                .into_iter()
                .max_by_key(|&(lag, n)| (n, std::cmp::Reverse(lag)))
                .map_or(1, |(lag, _)| lag);
            vec![self.at]
        } else {
            nodes
        };
        let there = spelling.presence(field, cells);
        Some(Role::Pick { nodes, field: self.finder.sheets[sheet].columns[key].0.clone(), lag, there })
    }
}

/// Whether most texts are long enough to single people out: five letters or digits.
fn is_long(cells: &RawColumn) -> bool {
    let letters = |level: &str| level.chars().filter(|letter| letter.is_alphanumeric()).count();
    let there = cells.levels().iter().filter(|level| !level.is_empty());
    there.clone().filter(|level| letters(level) >= 5).count() * 2 > there.count()
}

/// How most of the cells are written.
fn style(cells: &[&str]) -> Style {
    let styles = [Style::Date, Style::Zulu, Style::Iso, Style::Datetime];
    let exact = |style: Style| {
        let same = |cell: &&&str| {
            instant::read(cell).and_then(|reading| instant::write(reading.micros, style)).as_deref()
                == Some(**cell)
        };
        cells.iter().take(200).filter(same).count()
    };
    styles.into_iter().max_by_key(|&style| (exact(style), style == Style::Datetime)).unwrap_or_default()
}
