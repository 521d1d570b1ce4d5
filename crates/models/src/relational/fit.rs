//! How are tables learned, each given the one that it hangs on?

use super::config::Relational;
use super::context::{Neighbour, above, givens};
use super::family::families;
use super::find::Finder;
use super::gather::gathered;
use super::keys::{Keys, NONE};
use super::model::{About, CLOCK, FittedRelational, NodeModel, Plan};
use super::node::{Node, nodes};
use super::sheet::{Field, Sheet, Sheets};
use super::spell::numbers;
use super::store::{Grains, Seat, Store, start_of, taken};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::{Context, FitError, Schema, Seeded};
use verosim_data::encode::CodecSettings;
use verosim_data::{Codec, Encoded, Table, Train as TrainTable};
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Events, FittedTimelines, Kind, LearnError, TimelineEngine, Train};

/// Share of rows that must lie within their parents for all to be held there.
const INSIDE: f64 = 0.98;
/// People that a table is learned from whatever their rows.
const FEWEST: usize = 100;
/// Rows that must have a code that the rows before it of their parent have not, for one that may.
const DIFFERENT: usize = 50;

impl TimelineEngine for Relational {
    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }

    fn fit(
        &self,
        train: Train<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn FittedTimelines>, LearnError> {
        let events = gathered(train, self.events, seed, ctx)?;
        Ok(Box::new(self.learned(&events, seed, ctx)?))
    }
}

impl Relational {
    fn learned(&self, events: &Events, seed: Seeded, ctx: Context<'_>) -> Result<FittedRelational, FitError> {
        let k = self.min_people;
        let found = Sheets::of(events, k);
        let needed = self.leaf_rows.max(k);
        if found.people < needed {
            return Err(FitError::TooFewRows { found: found.people, needed, engine: "relational" });
        }
        let keys = Keys::of(&found.all);
        let nodes = nodes(&found.all, &keys, self.leaf_rows, k);
        let (epoch, window) = span(events, k);
        let about = About {
            people: found.people,
            has_persons: found.has_persons,
            told: found.told,
            birth: found.birth,
            death: found.death,
            epoch,
            window,
        };
        let finder = Finder { sheets: &found.all, keys: &keys, nodes: &nodes, k };
        let mut work = Work { settings: self, finder, epoch, window, stores: Vec::new(), models: Vec::new() };
        for at in 0..nodes.len() {
            ctx.stop.check()?;
            let name = &found.all[nodes[at].sheet].source;
            ctx.progress.step(at, nodes.len(), if name.is_empty() { "tables" } else { name });
            // Trees tell of their columns: here tables are what is counted.
            let silent = Context { progress: Context::silent().progress, stop: ctx.stop };
            work.node(at, seed.split("node").split_at(at as u64), silent)?;
        }
        Ok(FittedRelational { settings: self.clone(), about, nodes: work.models })
    }
}

/// When the first and the last things happen, of what at least `k` people lived to see.
fn span(events: &Events, k: usize) -> (i64, i64) {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for person in events.people() {
        let mut timed = person.timed().filter(|&row| Kind::of(person.code(row)) != Kind::Birth);
        if let Some(row) = timed.next() {
            first.push(events.times()[row]);
            last.push(events.times()[timed.next_back().unwrap_or(row)]);
        }
    }
    first.sort_unstable();
    last.sort_unstable_by(|a, b| b.cmp(a));
    let at = |times: &[i64]| times.get(k.saturating_sub(1)).or(times.last()).copied();
    let day = |time: i64| time.div_euclid(DAY).saturating_mul(DAY);
    (at(&first).map_or(0, day), at(&last).map_or(i64::MAX, |last| day(last).saturating_add(DAY - 1)))
}

struct Work<'a> {
    settings: &'a Relational,
    finder: Finder<'a>,
    epoch: i64,
    window: i64,
    stores: Vec<Store>,
    models: Vec<NodeModel>,
}

impl Work<'_> {
    fn node(&mut self, at: usize, seed: Seeded, ctx: Context<'_>) -> Result<(), FitError> {
        let (sheets, nodes) = (self.finder.sheets, self.finder.nodes);
        let (node, sheet) = (&nodes[at], &sheets[nodes[at].sheet]);
        let grains =
            Grains::of(node.rows.iter().map(|&row| (sheet.time[row as usize], sheet.end[row as usize])));
        let (mut store, seats) = self.seated(at);
        let (roles, mut spelling) = self.finder.roles(at, &seats);
        let children = families(at, nodes, sheets, self.settings.min_people, &mut spelling);
        let (table, schema) = spelling.table();
        let measured = (0..store.len()).map(|row| {
            let from = seats.get(row).map_or(0, |seat| seat.from);
            grains.measure(from, store.time[row], store.end[row])
        });
        let (gaps, spans): (Vec<f64>, Vec<f64>) = measured.map(|[gap, span]| (gap, span)).unzip();
        let mut clocks = [numbers("gap", gaps), numbers("span", spans)];
        if at == 0 {
            // Nobody is born when nothing is told any more.
            let [window, _] = grains.measure(0, self.window, STATIC);
            clocks[0].1.bounds = Some((f64::MIN, window));
        }
        let (clock_table, clock_schema): (Vec<_>, Vec<_>) = clocks.into_iter().unzip();
        let clock_schema = Schema { columns: clock_schema, ..Schema::default() };
        let subjects = dense(&store.person);
        let encode = |table: Table, schema: &Schema, seed: Seeded| {
            let settings =
                CodecSettings { min_support: self.settings.min_people, ..CodecSettings::default() };
            Codec::fit(&TrainTable::new(table, Some(subjects.clone())), schema, &settings, seed)
        };
        let clock = encode(Table::new(clock_table).unwrap_or_default(), &clock_schema, seed.split("clock"));
        let cells = encode(table, &schema, seed.split("cells"));
        store.own = [clock.1.columns(), cells.1.columns()].concat();
        let mut plan = Plan {
            source: sheet.source.clone(),
            parent: node.parent,
            grains,
            is_inside: at > 0 && node.parent > 0 && self.is_inside(node, &store),
            is_death: at > 0 && is_death(node, sheet),
            is_set: at > 0 && is_set(node, sheet),
            roles,
            givens: Vec::new(),
            clock: clock.0,
            cells: cells.0,
            children,
        };
        debug_assert_eq!(plan.clock.domain().columns.len(), CLOCK);
        let own = plan.own();
        let known: Vec<Neighbour<'_>> = self
            .models
            .iter()
            .map(|model| Neighbour { parent: model.plan.parent, domains: &model.own })
            .collect();
        if at > 0 {
            plan.givens = givens(&known, node.parent, &own, &seats);
        }
        let domain = plan.domain(&known, &own).ok_or(FitError::NothingToModel)?;
        let (above, all): (_, Vec<&Store>) = (self.above(at), self.stores.iter().collect());
        let rows = some(&store.person, self.settings.rows, seed.split("rows"));
        let seen: Vec<Seat> = rows.iter().filter_map(|&row| seats.get(row).copied()).collect();
        let mut columns: Vec<_> = plan
            .givens
            .iter()
            .zip(&domain.columns)
            .map(|(given, domain)| given.cells(&seen, &above, &store, &all, domain))
            .collect();
        columns.extend(store.own.iter().map(|column| taken(column, &rows)));
        let subjects = dense(&rows.iter().map(|&row| store.person[row]).collect::<Vec<_>>());
        let domain = Arc::new(domain);
        let train = Encoded::new(Arc::clone(&domain), columns, rows.len(), Some(subjects))
            .ok_or(FitError::NothingToModel)?;
        let forest = self.settings.forest().map_err(|_| FitError::NothingToModel)?;
        let forest = forest.fit_given(&train, plan.givens.len(), seed.split("forest"), ctx)?;
        let codes = plan.codes();
        self.models.push(NodeModel { plan, domain, own, forest, codes });
        self.stores.push(store);
        Ok(())
    }

    /// The stores above a node, the parent's first.
    fn above(&self, at: usize) -> Vec<&Store> {
        above(&|node| self.finder.nodes[node].parent, at).into_iter().map(|node| &self.stores[node]).collect()
    }

    /// The rows of a node as they stand, and the seats that they took; persons have none.
    fn seated(&self, at: usize) -> (Store, Vec<Seat>) {
        let node = &self.finder.nodes[at];
        let sheet = &self.finder.sheets[node.sheet];
        let pick = |from: &[i64]| node.rows.iter().map(|&row| from[row as usize]).collect::<Vec<_>>();
        let mut store = Store {
            person: node.rows.iter().map(|&row| sheet.person[row as usize]).collect(),
            parent: node.above.clone(),
            time: pick(&sheet.time),
            end: pick(&sheet.end),
            is_void: vec![false; node.rows.len()],
            ..Store::default()
        };
        if at == 0 {
            return (store, Vec::new());
        }
        let above = self.above(at);
        let persons = &self.stores[0];
        store.last_of = vec![NONE; self.stores[node.parent].len()];
        let mut seats: Vec<Seat> = Vec::with_capacity(store.len());
        for rows in (0..store.len()).collect::<Vec<_>>().chunk_by(|&a, &b| store.parent[a] == store.parent[b])
        {
            let mut from = start_of(&above, store.parent[rows[0]], self.epoch);
            for (place, &row) in rows.iter().enumerate() {
                let person = store.person[row];
                let last = row.checked_sub(1).filter(|&last| store.person[last] == person);
                seats.push(Seat {
                    person,
                    parent: store.parent[row],
                    place: place as u32,
                    left: (rows.len() - place - 1) as u32,
                    nth: last.map_or(0, |last| seats[last].nth + 1),
                    before: last.map_or(NONE, |last| last as u32),
                    from,
                    birth: persons.time[person as usize],
                    death: persons.end[person as usize],
                });
                if store.time[row] != STATIC {
                    from = store.time[row];
                }
                store.place.push(place as u32);
                store.last_of[store.parent[row] as usize] = row as u32;
            }
        }
        (store, seats)
    }

    fn is_inside(&self, node: &Node, store: &Store) -> bool {
        let parents = &self.stores[node.parent];
        let (mut inside, mut known) = (0_usize, 0_usize);
        for row in 0..store.len() {
            let (time, parent) = (store.time[row], store.parent[row] as usize);
            let (start, end) = (parents.time[parent], parents.end[parent]);
            if time == STATIC || start == STATIC {
                continue;
            }
            known += 1;
            let grain = crate::lives::clock::Grain::of(time);
            inside += usize::from(time >= grain.floor(start) && (end == STATIC || time <= end));
        }
        known > 0 && inside as f64 >= INSIDE * known as f64
    }
}

/// The rows of so many people, by chance, as have `most` rows together; of at least a hundred, and of everybody where they fit.
fn some(person: &[u32], most: usize, seed: Seeded) -> Vec<usize> {
    if person.len() <= most {
        return (0..person.len()).collect();
    }
    let rows: Vec<usize> = (0..person.len()).collect();
    let mut people: Vec<(u64, &[usize])> = rows
        .chunk_by(|&a, &b| person[a] == person[b])
        .map(|rows| (seed.split_at(u64::from(person[rows[0]])).key(), rows))
        .collect();
    people.sort_unstable();
    let mut some: Vec<usize> = Vec::new();
    for (nth, (_, rows)) in people.into_iter().enumerate() {
        if some.len() >= most && nth >= FEWEST {
            break;
        }
        some.extend(rows);
    }
    some.sort_unstable();
    some
}

/// Whether the rows tell of death.
fn is_death(node: &Node, sheet: &Sheet) -> bool {
    let Some(codes) = sheet.column(&Field::Code).map(|at| &sheet.columns[at].1) else { return false };
    node.parent == 0 && node.rows.iter().all(|&row| Kind::of(codes.cell(row as usize)) == Kind::Death)
}

/// Whether the rows of one parent have different codes, but for hardly any.
fn is_set(node: &Node, sheet: &Sheet) -> bool {
    let Some(codes) = sheet.column(&Field::Code).map(|at| &sheet.columns[at].1) else { return false };
    let (mut again, mut more) = (0_usize, 0_usize);
    let rows: Vec<usize> = (0..node.rows.len()).collect();
    for family in rows.chunk_by(|&a, &b| node.above[a] == node.above[b]) {
        let mut seen: Vec<u32> = family.iter().map(|&at| codes.codes()[node.rows[at] as usize]).collect();
        more += seen.len() - 1;
        seen.sort_unstable();
        let all = seen.len();
        seen.dedup();
        again += all - seen.len();
    }
    more >= DIFFERENT && again * DIFFERENT < more
}

/// People numbered without gaps.
fn dense(people: &[u32]) -> Vec<u32> {
    let mut number = 0;
    let mut dense = Vec::with_capacity(people.len());
    for (at, person) in people.iter().enumerate() {
        number += u32::from(at > 0 && people[at - 1] != *person);
        dense.push(number);
    }
    dense
}
