//! How do drawn rows become events that a folder of tables is written from?

use super::drawn::Drawn;
use super::model::FittedRelational;
use super::role::Role;
use super::sheet::Field;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use verosim_core::Seeded;
use verosim_timeline::Event;
use verosim_timeline::event::instant::{self, DAY, SECOND, Style};
use verosim_timeline::event::{Builder, STATIC};

/// Fields that hang on fields, at most: a damaged model must not go in circles.
const DEEPEST: usize = 64;

/// Writes drawn people.
pub(super) struct Pen<'a> {
    model: &'a FittedRelational,
    drawn: &'a [Drawn],
    names: Seeded,
    /// Per node and row its number among the rows that the person has of the table.
    number: Vec<Vec<u32>>,
}

impl<'a> Pen<'a> {
    pub(super) fn new(model: &'a FittedRelational, drawn: &'a [Drawn], names: Seeded) -> Self {
        let mut number: Vec<Vec<u32>> = drawn.iter().map(|drawn| vec![0; drawn.store.len()]).collect();
        let mut had: BTreeMap<(&str, u32), u32> = BTreeMap::new();
        for (at, drawn) in drawn.iter().enumerate().skip(1) {
            for (number, &person) in number[at].iter_mut().zip(&drawn.store.person) {
                let had = had.entry((&model.nodes[at].plan.source, person)).or_default();
                *number = *had;
                *had += 1;
            }
        }
        Self { model, drawn, names, number }
    }

    /// Writes everything of a person as that of `id`; `false` when there is nothing.
    pub(super) fn write(&self, person: usize, id: i64, to: &mut Builder) -> bool {
        let before = to.len();
        let mut said: BTreeSet<String> = BTreeSet::new();
        self.person(person, id, to);
        for at in 0..self.model.nodes.len() {
            for row in self.drawn[at].of_person[person].iter().map(|&row| row as usize) {
                if !self.drawn[at].store.is_void[row] {
                    if at > 0 || self.model.about.has_persons {
                        self.row(at, row, id, to);
                    }
                    self.told(at, row, id, &mut said, to);
                }
            }
        }
        to.len() > before
    }

    /// Birth, death, and what events without a row say.
    fn person(&self, person: usize, id: i64, to: &mut Builder) {
        let (about, store) = (&self.model.about, &self.drawn[0].store);
        for (milestone, time) in [(&about.birth, store.time[person]), (&about.death, store.end[person])] {
            if let Some(milestone) = milestone.as_ref().filter(|_| time != STATIC) {
                let (code, source) = (milestone.code.as_str(), milestone.source.as_str());
                to.push(&Event { subject: id, time, code, source, ..Event::default() });
            }
        }
        for (field, _) in &self.model.nodes[0].plan.roles {
            if matches!(field, Field::Fact(_)) {
                let code = self.text(0, person, field, id, 0);
                if !code.is_empty() {
                    to.push(&Event { subject: id, code: &code, ..Event::default() });
                }
            }
        }
    }

    /// Events that repeat a cell of a row.
    fn told(&self, at: usize, row: usize, id: i64, said: &mut BTreeSet<String>, to: &mut Builder) {
        let source = &self.model.nodes[at].plan.source;
        for told in self.model.about.told.iter().filter(|told| told.sheet == *source) {
            let cell = self.text(at, row, &told.field, id, 0);
            if let Some(code) = told.codes.get(cell.as_ref()).filter(|code| said.insert((*code).clone())) {
                to.push(&Event { subject: id, code, source: &told.source, ..Event::default() });
            }
        }
    }

    fn row(&self, at: usize, row: usize, id: i64, to: &mut Builder) {
        let (plan, store) = (&self.model.nodes[at].plan, &self.drawn[at].store);
        let text = |field: &Field| self.text(at, row, field, id, 0);
        let (mut code, mut value, mut visit, mut number) =
            (Cow::default(), Cow::default(), Cow::default(), None);
        let mut cells: Vec<(usize, Cow<'_, str>)> = Vec::new();
        for (field, _) in &plan.roles {
            match field {
                Field::Code => code = text(field),
                Field::Number => number = text(field).parse().ok().filter(|number: &f32| number.is_finite()),
                Field::Text => value = text(field),
                Field::Visit => visit = text(field),
                Field::Extra(name) => {
                    let cell = text(field);
                    if !cell.is_empty() {
                        cells.push((to.extra(name), cell));
                    }
                }
                Field::Fact(_) => {}
            }
        }
        let extras: Vec<(usize, &str)> = cells.iter().map(|(at, cell)| (*at, cell.as_ref())).collect();
        // Who a person is has no time; birth and death are told beside.
        let (time, end) = if at == 0 { (STATIC, STATIC) } else { (store.time[row], store.end[row]) };
        to.push(&Event {
            subject: id,
            time,
            end,
            code: &code,
            number,
            text: &value,
            visit: &visit,
            source: &plan.source,
            extras: &extras,
        });
    }

    /// The text of a field of a row; empty where there is none.
    fn text(&self, at: usize, row: usize, field: &Field, id: i64, depth: usize) -> Cow<'_, str> {
        let (plan, drawn) = (&self.model.nodes[at].plan, &self.drawn[at]);
        let Some((_, role)) = plan.roles.iter().find(|(own, _)| own == field) else { return Cow::default() };
        if depth > DEEPEST {
            return Cow::default();
        }
        let store = &drawn.store;
        let written = |time: i64, style: Style| {
            Cow::from(
                Some(time)
                    .filter(|&time| time != STATIC)
                    .and_then(|time| instant::write(time, style))
                    .unwrap_or_default(),
            )
        };
        match role {
            Role::Plain(column) => Cow::from(drawn.text(column, row)),
            Role::Begin(style) => written(store.time[row], *style),
            Role::End(style) => written(store.end[row], *style),
            Role::Instant { column, style } => {
                let distance = drawn.number(column, row);
                if distance.is_nan() {
                    return Cow::default();
                }
                let unit = if *style == Style::Date { DAY } else { SECOND };
                let own = store.time[row];
                let from = if own == STATIC { drawn.from[row] } else { own }.div_euclid(unit);
                written(from.saturating_add(distance as i64).saturating_mul(unit), *style)
            }
            Role::Death { style, there } => {
                if !drawn.is_there(there.as_ref(), row) {
                    return Cow::default();
                }
                written(self.drawn[0].store.end[store.person[row] as usize], *style)
            }
            Role::BirthYearPlus(years) => {
                let years = self.text(at, row, years, id, depth + 1).parse::<i64>();
                let born =
                    instant::write(store.time[row], Style::Year).and_then(|year| year.parse::<i64>().ok());
                Cow::from(
                    years.ok().zip(born).map_or_else(String::new, |(years, born)| (years + born).to_string()),
                )
            }
            Role::Same { up, field, there } => {
                if !drawn.is_there(there.as_ref(), row) {
                    return Cow::default();
                }
                let (mut node, mut place) = (at, row);
                for _ in 0..*up {
                    place = self.drawn[node].store.parent[place] as usize;
                    node = self.model.nodes[node].plan.parent;
                }
                self.text(node, place, field, id, depth + 1)
            }
            Role::Look { from, words } => {
                let key = self.text(at, row, from, id, depth + 1);
                Cow::from(words.get(key.as_ref()).map_or("", String::as_str))
            }
            Role::Fresh { shape, there } => {
                if !drawn.is_there(there.as_ref(), row) {
                    return Cow::default();
                }
                let table = self.names.split(&plan.source).split(&field.name());
                Cow::from(shape.name(table, id, self.number[at][row] as usize))
            }
            Role::Once { shape } => Cow::from(shape.name(self.names.split(&field.name()), id, 0)),
            Role::Pick { nodes, field, lag, there } => {
                if !drawn.is_there(there.as_ref(), row) {
                    return Cow::default();
                }
                let named = self.picked(at, row, nodes, *lag);
                named.map_or_else(Cow::default, |(node, row)| self.text(node, row, field, id, depth + 1))
            }
            Role::Blank => Cow::default(),
        }
    }

    /// The row that a row names.
    fn picked(&self, at: usize, row: usize, nodes: &[usize], lag: usize) -> Option<(usize, usize)> {
        let person = self.drawn[at].store.person[row] as usize;
        let rows = |node: usize| {
            let drawn = &self.drawn[node];
            let all = drawn.of_person[person].iter().map(|&row| row as usize);
            all.filter(move |&row| !drawn.store.is_void[row])
        };
        if nodes == [at] {
            let own: Vec<usize> = rows(at).collect();
            let place = own.iter().position(|&other| other == row)?;
            return Some((at, *own.get(place.checked_sub(lag).or(place.checked_sub(1))?)?));
        }
        let time = self.drawn[at].store.time[row];
        let all = || nodes.iter().flat_map(|&node| rows(node).map(move |row| (node, row)));
        let when = |&(node, row): &(usize, usize)| self.drawn[node].store.time[row];
        let till = all().filter(|named| time == STATIC || when(named) <= time).max_by_key(when);
        till.or_else(|| all().next())
    }
}
