//! How are the rows of some people drawn, table after table?

use super::context::Given;
use super::drawn::{Drawn, clock, finished, some};
use super::keys::NONE;
use super::model::{CLOCK, FittedRelational, NodeModel};
use super::role::Role;
use super::sheet::Field;
use super::store::{Seat, Store, start_of};
use crate::trees::Drawer;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::EncodedColumn;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::{DAY, years_between};
use verosim_timeline::{Draft, Kind, Sex};

/// Draws of a row whose code cannot happen to such a person, before it is left out.
const TRIES: usize = 20;

/// A fitted engine, ready to draw.
pub(super) struct Loom<'a> {
    pub(super) model: &'a FittedRelational,
    drawers: Vec<Drawer<'a>>,
    /// Per node and given column whether anything hangs on it.
    wanted: Vec<Vec<bool>>,
}

impl<'a> Loom<'a> {
    pub(super) fn new(model: &'a FittedRelational) -> Self {
        let drawers: Vec<Drawer<'_>> = model.nodes.iter().map(|node| Drawer::new(&node.forest)).collect();
        let wanted = model.nodes.iter().zip(&drawers).map(|(node, drawer)| {
            (0..node.plan.givens.len()).map(|column| drawer.looks_at(column)).collect()
        });
        Self { wanted: wanted.collect(), model, drawers }
    }

    /// Some people: their rows of all tables, persons first. There are fewer than `n` where not all meet `draft.is`.
    pub(super) fn people(
        &self,
        n: usize,
        draft: &Draft,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Vec<Drawn>, Interrupted> {
        let persons = self.persons(n, draft, seed.split("persons"), ctx)?;
        let sexes: Vec<Sex> = (0..persons.store.len()).map(|row| self.sex(&persons, row)).collect();
        let mut all = vec![persons];
        for at in 1..self.model.nodes.len() {
            let drawn = self.node(at, &all, &sexes, draft, seed.split("node").split_at(at as u64), ctx)?;
            all.push(drawn);
        }
        Ok(all)
    }

    fn persons(&self, n: usize, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Drawn, Interrupted> {
        let node = &self.model.nodes[0];
        let drawn = self.drawers[0].draw(Vec::new(), n, seed.split("row"), ctx)?;
        let clock = clock(node, &drawn[..CLOCK], n, seed.split("clock"));
        let mut store = Store { own: drawn, is_void: vec![false; n], ..Store::default() };
        store.person = (0..n as u32).collect();
        store.parent.clone_from(&store.person);
        store.place = vec![0; n];
        for [gap, span] in clock {
            let birth = node.plan.grains.after(0, gap).min(self.model.about.window);
            let death = if birth == STATIC { STATIC } else { node.plan.grains.lasting(birth, span) };
            store.time.push(birth);
            // Who would die later has not died yet.
            store.end.push(if death > self.model.about.window { STATIC } else { death });
        }
        let mut persons = finished(node, store, vec![0; n], seed.split("cells"));
        persons.of_person = (0..n as u32).map(|row| vec![row]).collect();
        let meets = |row: &usize| {
            let codes = self.facts(&persons, *row);
            draft.is.iter().all(|any| any.iter().any(|code| codes.contains(code)))
        };
        let met: Vec<usize> = (0..n).filter(meets).collect();
        Ok(if met.len() == n { persons } else { some(&persons, &met) })
    }

    /// What is said of a person by columns of its row.
    pub(super) fn facts(&self, persons: &Drawn, row: usize) -> BTreeSet<String> {
        let plan = &self.model.nodes[0].plan;
        let mut codes = BTreeSet::new();
        for (field, role) in &plan.roles {
            let Role::Plain(column) = role else { continue };
            let text = persons.text(column, row);
            if text.is_empty() {
                continue;
            }
            if matches!(field, Field::Fact(_)) {
                codes.insert(text.to_owned());
            }
            let told =
                self.model.about.told.iter().filter(|told| told.sheet == plan.source && told.field == *field);
            codes.extend(told.filter_map(|told| told.codes.get(text).cloned()));
        }
        codes
    }

    fn sex(&self, persons: &Drawn, row: usize) -> Sex {
        let codes = self.facts(persons, row);
        codes.iter().find(|code| Kind::of(code) == Kind::Sex).map_or(Sex::Other, |code| Sex::of(code))
    }

    /// The rows of a node, of all people side by side: first rows, then second rows.
    fn node(
        &self,
        at: usize,
        all: &[Drawn],
        sexes: &[Sex],
        draft: &Draft,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Drawn, Interrupted> {
        let node = &self.model.nodes[at];
        let above: Vec<&Store> = self.model.above(at).into_iter().map(|node| &all[node].store).collect();
        let stores: Vec<&Store> = all.iter().map(|drawn| &drawn.store).collect();
        let queues = self.queues(at, all);
        let rounds = queues.iter().map(Vec::len).max().unwrap_or_default();
        let parents = all[node.plan.parent].store.len();
        let mut store = Store::below(parents, node.own.len());
        let (mut from, mut of_person) = (Vec::new(), vec![Vec::new(); queues.len()]);
        // Codes that a parent's rows have, where they differ.
        let mut used: Vec<Vec<u32>> = vec![Vec::new(); parents];
        for round in 0..rounds {
            let seed = seed.split_at(round as u64);
            let mut seats = Vec::new();
            for queue in queues.iter().filter(|queue| queue.len() > round) {
                let (parent, place, left) = queue[round];
                let person = all[node.plan.parent].store.person[parent as usize];
                let before: Option<&u32> = of_person[person as usize].last();
                let last = store.last_of[parent as usize];
                let start = match last {
                    NONE => start_of(&above, parent, self.model.about.epoch),
                    last if store.time[last as usize] == STATIC => from[last as usize],
                    last => store.time[last as usize],
                };
                seats.push(Seat {
                    person,
                    parent,
                    place,
                    left,
                    nth: round as u32,
                    before: before.copied().unwrap_or(NONE),
                    from: start,
                    birth: all[0].store.time[person as usize],
                    death: all[0].store.end[person as usize],
                });
            }
            let mut rows = self.rows(at, &seats, &above, &store, &stores, seed, ctx)?;
            let can = |seat: &Seat, row: &Row| {
                let Some((token, code)) = node.code_of(&row.own) else { return true };
                let age =
                    (seat.birth != STATIC && row.time != STATIC).then(|| years_between(seat.birth, row.time));
                let possible = draft.possible.as_deref();
                let again = node.plan.is_set && used[seat.parent as usize].contains(&token);
                !again && possible.is_none_or(|possible| possible.can(code, sexes[seat.person as usize], age))
            };
            for one in 0..TRIES {
                let bad: Vec<usize> = (0..seats.len()).filter(|&row| !can(&seats[row], &rows[row])).collect();
                if bad.is_empty() {
                    break;
                }
                let again: Vec<Seat> = bad.iter().map(|&row| seats[row]).collect();
                let seed = seed.split("again").split_at(one as u64);
                let drawn = self.rows(at, &again, &above, &store, &stores, seed, ctx)?;
                bad.into_iter().zip(drawn).for_each(|(row, drawn)| rows[row] = drawn);
            }
            let is_void: Vec<bool> = seats.iter().zip(&rows).map(|(seat, row)| !can(seat, row)).collect();
            for ((seat, row), is_void) in seats.iter().zip(rows).zip(is_void) {
                if node.plan.is_set {
                    used[seat.parent as usize].extend(node.code_of(&row.own).map(|(token, _)| token));
                }
                let number = store.len() as u32;
                for (column, (token, rank)) in store.own.iter_mut().zip(&row.own) {
                    column.tokens.push(*token);
                    column.ranks.extend(rank);
                }
                store.person.push(seat.person);
                store.parent.push(seat.parent);
                store.place.push(seat.place);
                store.time.push(row.time);
                store.end.push(row.end);
                store.is_void.push(is_void);
                store.last_of[seat.parent as usize] = number;
                of_person[seat.person as usize].push(number);
                from.push(seat.from);
            }
        }
        let mut drawn = finished(node, store, from, seed.split("cells"));
        drawn.of_person = of_person;
        Ok(drawn)
    }

    /// Per person the places of a node's rows: parent, place and how many follow.
    fn queues(&self, at: usize, all: &[Drawn]) -> Vec<Vec<(u32, u32, u32)>> {
        let plan = &self.model.nodes[at].plan;
        let parents = &all[plan.parent];
        let children = &self.model.nodes[plan.parent].plan.children;
        let column = children.iter().find(|(child, _)| *child == at).map(|(_, column)| column.as_str());
        let counts =
            column.and_then(|column| parents.table.column(column)).and_then(|column| column.numbers());
        let mut queues = vec![Vec::new(); all[0].store.len()];
        // Rows were drawn round by round: those of one person are not side by side.
        for (person, rows) in parents.of_person.iter().enumerate() {
            for &row in rows.iter().filter(|&&row| !parents.store.is_void[row as usize]) {
                let count = counts.map_or(0.0, |counts| counts[row as usize]);
                let count = if plan.is_death {
                    u32::from(all[0].store.end[person] != STATIC)
                } else if count.is_finite() {
                    count.round().clamp(0.0, f64::from(u32::MAX)) as u32
                } else {
                    0
                };
                queues[person].extend((0..count).map(|place| (row, place, count - place - 1)));
            }
        }
        queues
    }

    /// One row for each seat.
    #[allow(clippy::too_many_arguments, reason = "the state of one round, passed once")]
    fn rows(
        &self,
        at: usize,
        seats: &[Seat],
        above: &[&Store],
        own: &Store,
        all: &[&Store],
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Vec<Row>, Interrupted> {
        let node = &self.model.nodes[at];
        let givens: Vec<EncodedColumn> = node
            .plan
            .givens
            .iter()
            .zip(&node.domain.columns)
            .zip(&self.wanted[at])
            .map(|((given, domain), wanted)| {
                let given: &Given = given;
                if *wanted { given.cells(seats, above, own, all, domain) } else { EncodedColumn::default() }
            })
            .collect();
        let n_given = givens.len();
        let drawn = self.drawers[at].draw(givens, seats.len(), seed.split("row"), ctx)?;
        let drawn = &drawn[n_given..];
        let clock = clock(node, &drawn[..CLOCK], seats.len(), seed.split("clock"));
        let mut rng = seed.split("times").rng();
        let rows = seats.iter().zip(clock).enumerate().map(|(row, (seat, clock))| {
            let (time, end) = self.times(at, seat, clock, above[0], &mut rng);
            let cell = |column: &EncodedColumn| (column.tokens[row], column.ranks.get(row).copied());
            Row { own: drawn.iter().map(cell).collect(), time, end }
        });
        Ok(rows.collect())
    }

    /// When a row begins and ends: as drawn, but within the life of the person and, where all rows are, within its parent.
    fn times(
        &self,
        at: usize,
        seat: &Seat,
        [gap, span]: [f64; 2],
        parents: &Store,
        rng: &mut ChaCha8Rng,
    ) -> (i64, i64) {
        let plan = &self.model.nodes[at].plan;
        let (grain, parent) = (plan.grains.time, seat.parent as usize);
        if plan.is_death {
            return (seat.death, STATIC);
        }
        let drawn = plan.grains.after(seat.from, gap);
        if drawn == STATIC {
            return (STATIC, STATIC);
        }
        let mut low = if seat.birth == STATIC { i64::MIN / 2 } else { grain.floor(seat.birth) };
        // A death of which only the day is known takes the whole day.
        let death =
            if seat.death.rem_euclid(DAY) == 0 { seat.death.saturating_add(DAY - 1) } else { seat.death };
        let mut high = if seat.death == STATIC { self.model.about.window } else { death };
        if plan.is_inside && parents.time[parent] != STATIC {
            low = low.max(grain.floor(parents.time[parent]));
            if parents.end[parent] != STATIC {
                high = high.min(parents.end[parent]);
            }
        }
        let mut time = drawn.max(low);
        if time > high {
            // What does not fit is spread evenly, with all that is to follow, over what is left.
            let rest = high.saturating_sub(seat.from.max(low)).max(0) as f64;
            let share = 1.0 - (1.0 - rng.random::<f64>()).powf(1.0 / f64::from(seat.left + 1));
            let from = seat.from.max(low).min(high);
            time = grain.floor(from.saturating_add((rest * share) as i64)).max(low.min(high));
        }
        let end = plan.grains.lasting(time, span);
        let end = if end != STATIC && seat.death != STATIC { end.min(death.max(time)) } else { end };
        (time, end)
    }
}

/// One drawn row: its own columns, and when it is.
struct Row {
    own: Vec<(u32, Option<f32>)>,
    time: i64,
    end: i64,
}

impl NodeModel {
    /// The code of a row, and its token.
    fn code_of(&self, own: &[(u32, Option<f32>)]) -> Option<(u32, &str)> {
        let at = self.own.iter().position(|domain| domain.name == "code")?;
        let token = own[at].0;
        self.codes.get(token as usize).filter(|code| !code.is_empty()).map(|code| (token, code.as_str()))
    }
}
