//! What would counts alone say of the next token?
//!
//! Chances given little of what is known are bettered, level by level, by counts given more of it:
//! `(count + weight · chance of the level below) / (total + weight)`, the weight of each level being the one that does best
//! on people who are left out of the counts (Jelinek and Mercer 1980; MacKay and Bauman Peto 1995 for the form).

use super::book::{END_STAY, Part};
use super::life::{FOLDS, Field, fold_of};
use crate::{Base, Masks};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// Weights that are tried.
const WEIGHTS: [f32; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 400.0];
/// Imaginary events of each token.
const EVEN: f32 = 0.5;
/// Most pairs of a context and a token that are counted per level.
const MOST: usize = 2_000_000;

/// What the counts of each level rest on, from the least to the most.
fn levels(part: Part) -> &'static [&'static [Field]] {
    use Field::{Before, Bin, Group, Kind, Last};
    match part {
        Part::Fact => &[&[Last], &[Last, Before]],
        Part::First | Part::Age => &[&[Last]],
        Part::Clock => &[&[Kind], &[Last], &[Last, Kind]],
        Part::Stay => &[&[Kind], &[Kind, Group], &[Last, Kind]],
        Part::Next | Part::Death => &[&[Bin], &[Kind, Bin], &[Kind, Group]],
        Part::Inside => &[&[Kind], &[Kind, Group], &[Last], &[Last, Kind], &[Last, Before]],
        Part::Ending => &[&[Kind], &[Kind, Bin], &[Last, Kind], &[Last, Kind, Bin]],
        Part::Length => &[&[Last], &[Last, Group]],
        Part::Number | Part::Text => &[&[Last], &[Last, Group], &[Last, Bin]],
    }
}

fn key(context: u64, fields: &[Field]) -> u64 {
    fields.iter().fold(context & Field::Class.mask(), |key, field| key | context & field.mask())
}

/// Which logarithms without context are those without the context's fold.
fn logs_of(context: u64) -> usize {
    let fold = fold_of(context);
    if fold < FOLDS { fold + 1 } else { 0 }
}

fn class_of(context: u64) -> usize {
    (context & Field::Class.mask()) as usize
}

/// The context of whether a stay ends: that of the class behind all others.
fn ending(context: u64, masks: &Masks) -> u64 {
    context & !Field::Class.mask() | masks.classes() as u64
}

fn all_parts(parts: &[Part]) -> Vec<Part> {
    parts.iter().copied().chain([Part::Ending]).collect()
}

/// How often a token came in a context.
#[derive(Clone, Copy)]
struct Pair {
    folds: [u32; FOLDS],
    all: u32,
    people: u32,
    last: u32,
}

impl Pair {
    fn add(&mut self, fold: usize, person: u32) {
        self.all += 1;
        if let Some(count) = self.folds.get_mut(fold) {
            *count += 1;
        }
        if self.last != person {
            (self.last, self.people) = (person, self.people + 1);
        }
    }
}

/// Counts while they are taken.
pub(super) struct Counts<'a> {
    masks: &'a Masks,
    parts: &'a [Part],
    least: usize,
    /// Per class and token, then per level and context.
    singles: Vec<Vec<Pair>>,
    pairs: Vec<HashMap<(u64, u16), Pair>>,
}

/// Nobody yet.
const NEW: Pair = Pair { folds: [0; FOLDS], all: 0, people: 0, last: u32::MAX };

impl<'a> Counts<'a> {
    pub(super) fn new(masks: &'a Masks, parts: &'a [Part], least: usize) -> Self {
        let mut singles: Vec<Vec<Pair>> =
            (0..masks.classes()).map(|class| vec![NEW; masks.allowed(class as u16).len()]).collect();
        singles.push(vec![NEW; 2]);
        Self { masks, parts, least, singles, pairs: vec![HashMap::new(); 5] }
    }

    /// Counts `target` in `context`, whose fold is the person's. People must come one after the other.
    pub(super) fn add(&mut self, context: u64, target: u32, person: u32) {
        let class = class_of(context);
        let Ok(place) = self.masks.allowed(class as u16).binary_search(&target) else { return };
        if self.parts[class] == Part::Inside {
            let ends = target == END_STAY;
            self.count(ending(context, self.masks), Part::Ending, usize::from(ends), person);
            if ends {
                return;
            }
        }
        self.count(context, self.parts[class], place, person);
    }

    fn count(&mut self, context: u64, part: Part, place: usize, person: u32) {
        let fold = fold_of(context);
        self.singles[class_of(context)][place].add(fold, person);
        for (pairs, fields) in self.pairs.iter_mut().zip(levels(part)) {
            pairs.entry((key(context, fields), place as u16)).or_insert(NEW).add(fold, person);
            if pairs.len() > MOST {
                // Seen in one person so far: a rare pair, or one that will come again.
                pairs.retain(|_, pair| pair.people > 1);
            }
        }
    }

    /// The law, with weights chosen by `held`: contexts and what came in them.
    pub(super) fn law(self, held: &[(u64, u32)]) -> Counted {
        let least = self.least as u32;
        let kept = |pair: &Pair| pair.people >= least;
        let classes: Vec<ClassLaw> = self
            .singles
            .into_iter()
            .map(|pairs| {
                let rows = pairs.iter().map(|pair| if kept(pair) { *pair } else { NEW }).collect();
                ClassLaw { rows, weights: Vec::new(), logs: Vec::new() }
            })
            .collect();
        let tables = self.pairs.into_iter().map(|pairs| Table::new(pairs, least)).collect();
        let mut law = Counted { classes, tables, parts: all_parts(self.parts) };
        law.take_logs();
        law.choose(self.masks, held);
        law
    }
}

/// Tokens that came in each context.
#[derive(Default)]
struct Table {
    of: HashMap<u64, Cell>,
    pairs: Vec<(u16, Pair)>,
}

/// Where the tokens of a context stand, and how often they came in all.
struct Cell {
    from: usize,
    to: usize,
    all: f32,
    folds: [f32; FOLDS],
}

impl Table {
    fn new(pairs: HashMap<(u64, u16), Pair>, least: u32) -> Self {
        let kept = pairs.into_iter().filter(|(_, pair)| pair.people >= least);
        let mut sorted: Vec<((u64, u16), Pair)> = kept.collect();
        sorted.sort_unstable_by_key(|pair| pair.0);
        Self::from_sorted(&sorted)
    }

    fn from_sorted(sorted: &[((u64, u16), Pair)]) -> Self {
        let mut table = Self::default();
        for group in sorted.chunk_by(|a, b| a.0.0 == b.0.0) {
            let from = table.pairs.len();
            table.pairs.extend(group.iter().map(|((_, place), pair)| (*place, *pair)));
            let cell = Cell {
                from,
                to: table.pairs.len(),
                all: group.iter().map(|pair| pair.1.all as f32).sum(),
                folds: std::array::from_fn(|fold| group.iter().map(|pair| pair.1.folds[fold] as f32).sum()),
            };
            table.of.insert(group[0].0.0, cell);
        }
        table
    }
}

/// Tokens of one class.
struct ClassLaw {
    rows: Vec<Pair>,
    /// Per level; infinity for one that does not help.
    weights: Vec<f32>,
    /// Logarithms of the chances without context: of all people, then without each fold.
    logs: Vec<Vec<f32>>,
}

/// The law of counts.
pub(super) struct Counted {
    classes: Vec<ClassLaw>,
    tables: Vec<Table>,
    parts: Vec<Part>,
}

impl Counted {
    fn take_logs(&mut self) {
        for class in &mut self.classes {
            let count = |pair: &Pair, fold: usize| {
                (pair.all - fold.checked_sub(1).map_or(0, |fold| pair.folds[fold])) as f32 + EVEN
            };
            class.logs = (0..=FOLDS)
                .map(|fold| {
                    let total: f32 = class.rows.iter().map(|pair| count(pair, fold)).sum();
                    class.rows.iter().map(|pair| (count(pair, fold) / total).ln()).collect()
                })
                .collect();
        }
    }

    /// Tries weights from the coarsest level to the finest.
    fn choose(&mut self, masks: &Masks, held: &[(u64, u32)]) {
        let mut of_class: Vec<Vec<(u64, usize, f64)>> = vec![Vec::new(); self.classes.len()];
        for &(context, target) in held {
            let class = class_of(context);
            let Ok(place) = masks.allowed(class as u16).binary_search(&target) else { continue };
            let mut ask = |context: u64, place: usize| {
                let chance = f64::from(self.classes[class_of(context)].logs[logs_of(context)][place]).exp();
                of_class[class_of(context)].push((context, place, chance));
            };
            let ends = target == END_STAY;
            if self.parts[class] == Part::Inside {
                ask(ending(context, masks), usize::from(ends));
            }
            if !ends {
                ask(context, place);
            }
        }
        // Classes of one part share their weights.
        let parts = self.parts.clone();
        for part in [
            Part::Fact,
            Part::First,
            Part::Age,
            Part::Clock,
            Part::Stay,
            Part::Next,
            Part::Death,
            Part::Inside,
            Part::Ending,
            Part::Length,
            Part::Number,
            Part::Text,
        ] {
            let mut asked: Vec<(u64, usize, f64)> = Vec::new();
            for class in (0..parts.len()).filter(|&class| parts[class] == part) {
                asked.append(&mut of_class[class]);
            }
            let mut chosen = Vec::new();
            for (table, fields) in self.tables.iter().zip(levels(part)) {
                let told: Vec<Option<(f64, f64)>> =
                    asked.iter().map(|&(context, place, _)| table.told(context, fields, place)).collect();
                let better = |weight: f64, told: &Option<(f64, f64)>, below: f64| match told {
                    Some((count, total)) => (count + weight * below) / (total + weight),
                    None => below,
                };
                let nats = |weight: f64| -> f64 {
                    asked.iter().zip(&told).map(|(asked, told)| -better(weight, told, asked.2).ln()).sum()
                };
                let below: f64 = asked.iter().map(|asked| -asked.2.ln()).sum();
                let best = WEIGHTS
                    .iter()
                    .map(|&weight| (nats(f64::from(weight)), weight))
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .filter(|best| best.0 < below);
                let weight = best.map_or(f32::INFINITY, |best| best.1);
                chosen.push(weight);
                if weight.is_finite() {
                    for (asked, told) in asked.iter_mut().zip(&told) {
                        asked.2 = better(f64::from(weight), told, asked.2);
                    }
                }
            }
            for class in (0..parts.len()).filter(|&class| parts[class] == part) {
                self.classes[class].weights.clone_from(&chosen);
            }
        }
    }

    /// Pairs that are kept.
    pub(super) fn len(&self) -> usize {
        self.tables.iter().map(|table| table.pairs.len()).sum::<usize>()
            + self.classes.iter().map(|class| class.rows.len()).sum::<usize>()
    }
}

impl Table {
    /// How often the token at `place` came in `context` and how often anything did, without the context's fold.
    fn told(&self, context: u64, fields: &[Field], place: usize) -> Option<(f64, f64)> {
        let cell = self.of.get(&key(context, fields))?;
        let fold = fold_of(context);
        let total = cell.all - cell.folds.get(fold).copied().unwrap_or(0.0);
        let pairs = &self.pairs[cell.from..cell.to];
        let count = pairs
            .binary_search_by_key(&place, |pair| usize::from(pair.0))
            .map_or(0, |at| pairs[at].1.all - pairs[at].1.folds.get(fold).copied().unwrap_or(0));
        (total > 0.0).then_some((f64::from(count), f64::from(total)))
    }
}

impl Counted {
    /// Adds the logarithms of the chances of a class's tokens.
    fn add_class(&self, context: u64, logits: &mut [f32]) {
        let class = class_of(context);
        let Some(law) = self.classes.get(class).filter(|law| law.rows.len() == logits.len()) else { return };
        let fold = fold_of(context);
        let mut own = vec![0.0_f32; logits.len()];
        // What is left for the levels below.
        let mut rest = 1.0_f32;
        for ((table, fields), &weight) in
            self.tables.iter().zip(levels(self.parts[class])).zip(&law.weights).rev()
        {
            if weight.is_infinite() {
                continue;
            }
            let Some(cell) = table.of.get(&key(context, fields)) else { continue };
            let total = cell.all - cell.folds.get(fold).copied().unwrap_or(0.0);
            if total <= 0.0 {
                continue;
            }
            let each = rest / (total + weight);
            for &(place, pair) in &table.pairs[cell.from..cell.to] {
                let count = pair.all - pair.folds.get(fold).copied().unwrap_or(0);
                own[usize::from(place)] += each * count as f32;
            }
            rest *= weight / (total + weight);
        }
        let log_rest = rest.ln();
        for ((logit, &log), &own) in logits.iter_mut().zip(&law.logs[logs_of(context)]).zip(&own) {
            *logit += if own > 0.0 { (rest * log.exp() + own).ln() } else { log_rest + log };
        }
    }
}

impl Base for Counted {
    fn add_logits(&self, context: u64, tokens: &[u32], logits: &mut [f32]) {
        let inside = self.parts.get(class_of(context)) == Some(&Part::Inside);
        let end = tokens.binary_search(&END_STAY).ok().filter(|_| inside);
        let before = end.map(|place| logits[place]);
        self.add_class(context, logits);
        let (Some(place), Some(before)) = (end, before) else { return };
        // Beside the end, the others' chances sum to nearly 1: nobody counted the end among them.
        let mut ends = [0.0_f32; 2];
        let context = context & !Field::Class.mask() | (self.classes.len() - 1) as u64;
        self.add_class(context, &mut ends);
        logits.iter_mut().for_each(|logit| *logit += ends[0]);
        logits[place] = before + ends[1];
    }
}

/// What is saved of the law: numbers of events, none of fewer people than the setting says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plain {
    singles: Vec<Vec<u32>>,
    /// Per class; -1 for a level that does not help.
    weights: Vec<Vec<f32>>,
    /// Per level: contexts, tokens by position in their class, and counts.
    contexts: Vec<Vec<u64>>,
    places: Vec<Vec<u16>>,
    counts: Vec<Vec<u32>>,
}

impl Counted {
    pub(super) fn save(&self) -> Plain {
        let mut plain = Plain {
            singles: self.classes.iter().map(|law| law.rows.iter().map(|pair| pair.all).collect()).collect(),
            weights: self
                .classes
                .iter()
                .map(|law| law.weights.iter().map(|w| if w.is_finite() { *w } else { -1.0 }).collect())
                .collect(),
            contexts: Vec::new(),
            places: Vec::new(),
            counts: Vec::new(),
        };
        for table in &self.tables {
            let mut cells: Vec<(&u64, &Cell)> = table.of.iter().collect();
            cells.sort_unstable_by_key(|cell| cell.0);
            let (mut contexts, mut places, mut counts) = (Vec::new(), Vec::new(), Vec::new());
            for (&key, cell) in cells {
                for &(place, pair) in &table.pairs[cell.from..cell.to] {
                    contexts.push(key);
                    places.push(place);
                    counts.push(pair.all);
                }
            }
            plain.contexts.push(contexts);
            plain.places.push(places);
            plain.counts.push(counts);
        }
        plain
    }

    pub(super) fn load(plain: Plain, masks: &Masks, parts: &[Part]) -> Result<Self, String> {
        let wrong = |what: &str| format!("the counts do not fit the tokens: {what}");
        let n = masks.classes() + 1;
        if plain.singles.len() != n || plain.weights.len() != n || parts.len() + 1 != n {
            return Err(wrong("classes"));
        }
        // Two of whether a stay ends.
        let tokens_of = |class: usize| if class + 1 == n { 2 } else { masks.allowed(class as u16).len() };
        let one = |all: u32| Pair { all, ..NEW };
        let mut classes = Vec::new();
        for (class, (rows, weights)) in plain.singles.iter().zip(plain.weights).enumerate() {
            if rows.len() != tokens_of(class) {
                return Err(wrong("tokens of a class"));
            }
            if weights.len() > 5 || weights.iter().any(|w| !w.is_finite() || (*w <= 0.0 && *w != -1.0)) {
                return Err(wrong("weights"));
            }
            let weights = weights.into_iter().map(|w| if w < 0.0 { f32::INFINITY } else { w }).collect();
            let rows = rows.iter().map(|&all| one(all.min(1 << 30))).collect();
            classes.push(ClassLaw { rows, weights, logs: Vec::new() });
        }
        let mut tables = Vec::new();
        for ((contexts, places), counts) in plain.contexts.iter().zip(&plain.places).zip(&plain.counts) {
            if contexts.len() != places.len() || contexts.len() != counts.len() {
                return Err(wrong("lengths of lists"));
            }
            let mut sorted = Vec::with_capacity(contexts.len());
            for ((&context, &place), &count) in contexts.iter().zip(places).zip(counts) {
                let class = class_of(context);
                if class >= n || usize::from(place) >= tokens_of(class) || count == 0 {
                    return Err(wrong("a pair"));
                }
                sorted.push(((context, place), one(count.min(1 << 30))));
            }
            if sorted.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                return Err(wrong("order of pairs"));
            }
            tables.push(Table::from_sorted(&sorted));
        }
        if tables.len() > 5 {
            return Err(wrong("levels"));
        }
        let mut law = Self { classes, tables, parts: all_parts(parts) };
        law.take_logs();
        Ok(law)
    }
}
