//! What would counts alone say of the next token?
//!
//! Chances given little of what is known are bettered, level by level, by counts given more of it:
//! `(count + weight · chance of the level below) / (total + weight)`, the weight of each level being the one that does best
//! on people who are left out of the counts (Jelinek and Mercer 1980; MacKay and Bauman Peto 1995 for the form).
//!
//! What comes in a stay is decided in three steps: whether the stay ends; whether time goes on, or a code comes that is new,
//! was in former stays, or is in this one; and which. The last mixes counts of all people with how often this life had the
//! code and what followed the last code in it (cache models: Kuhn and De Mori 1990), by shares that do best on people who
//! are left out.

use super::book::{END_STAY, Part, TO_END};
use super::field::{FOLDS, fold_of};
use super::past::{Memory, TURNS, Turn};
use super::rates::{ONCE, RATED};
use super::table::Table;
use super::tally::{Counts, Pair, Parts, class_of, ending, in_class, key, levels};
use super::tilt::{ENDINGS, Tilts, What};
use crate::{Base, Masks};

/// Weights that are tried.
const WEIGHTS: [f32; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 400.0];
/// Imaginary events of each token.
const EVEN: f32 = 0.5;
/// Steps of how often something came behind the last token in this life.
pub(super) const OFTEN: usize = 5;

/// Which logarithms without context are those without the context's fold.
pub(super) fn logs_of(context: u64) -> usize {
    let fold = fold_of(context);
    if fold < FOLDS { fold + 1 } else { 0 }
}

impl Counts<'_> {
    /// The law, with weights chosen by `held`: contexts of decisions, and the places of what was decided.
    pub(super) fn law(self, held: &[(u64, u32)]) -> Counted {
        let least = self.least as u32;
        let rows = |pairs: Vec<Pair>| -> Vec<Pair> {
            pairs
                .into_iter()
                .map(|pair| if pair.people >= least { pair } else { super::tally::NEW })
                .collect()
        };
        let classes = self
            .singles
            .into_iter()
            .map(|pairs| ClassLaw { rows: rows(pairs), weights: Vec::new(), shares: Vec::new() })
            .collect();
        let whole = |class| self.parts.is_of_few(class);
        let tables = self.pairs.into_iter().map(|pairs| Table::new(pairs, least, whole)).collect();
        let mut law = Counted::new(classes, tables, self.parts, self.masks);
        law.take_shares();
        law.take_rates(&self.rates.rates(least));
        law.choose(held);
        law
    }
}

/// Tokens of one class.
pub(super) struct ClassLaw {
    pub(super) rows: Vec<Pair>,
    /// Per level; infinity for one that does not help.
    pub(super) weights: Vec<f32>,
    /// Chances without context: of all people, then without each fold. Those of a turn are rates and have no sum.
    pub(super) shares: Vec<Vec<f32>>,
}

/// Shares of counts, of what the life had, and of what followed the last token in it.
pub(super) type Mix = [f32; 3];

/// The law of counts.
pub(super) struct Counted {
    pub(super) classes: Vec<ClassLaw>,
    pub(super) tables: Vec<Table>,
    pub(super) parts: Parts,
    /// By turn and how often something followed the last token in this life.
    pub(super) mixes: [[Mix; OFTEN]; 4],
    /// By which power the chance of a turn follows how much there is of it.
    pub(super) heed: f32,
    pub(super) tilts: Tilts,
    /// By class, the share of the network's logits that is heeded; all of them where nothing is said.
    pub(super) shares: Vec<f32>,
    /// Tokens of a stay, what each is before anything was, and where each token stands among them.
    inside: Vec<u32>,
    turns: Vec<u8>,
    places: Vec<u16>,
}

/// Counts alone.
pub(super) const COUNTS: Mix = [1.0, 0.0, 0.0];
/// What stands for no turn: the end of a stay, and that time goes on to it.
pub(super) const ENDS: u8 = 9;
const NOWHERE: u16 = u16::MAX;

impl Counted {
    pub(super) fn new(classes: Vec<ClassLaw>, tables: Vec<Table>, parts: Parts, masks: &Masks) -> Self {
        let inside = masks.allowed(parts.inside as u16).to_vec();
        let turn = |&token: &u32| match token {
            END_STAY | TO_END => ENDS,
            step if step < parts.first => Turn::Step as u8,
            _ => Turn::New as u8,
        };
        let turns = inside.iter().map(turn).collect();
        let mut places = vec![NOWHERE; masks.vocabulary()];
        inside.iter().zip(0..).for_each(|(&token, place)| places[token as usize] = place);
        Self {
            classes,
            tables,
            parts,
            mixes: [[COUNTS; OFTEN]; 4],
            heed: 0.0,
            tilts: Tilts::default(),
            shares: Vec::new(),
            inside,
            turns,
            places,
        }
    }

    pub(super) fn take_shares(&mut self) {
        for class in &mut self.classes {
            let count = |pair: &Pair, fold: usize| {
                (pair.all - fold.checked_sub(1).map_or(0, |fold| pair.folds[fold])) as f32 + EVEN
            };
            class.shares = (0..=FOLDS)
                .map(|fold| {
                    let total: f32 = class.rows.iter().map(|pair| count(pair, fold)).sum();
                    class.rows.iter().map(|pair| count(pair, fold) / total).collect()
                })
                .collect();
        }
    }

    /// Takes the rates of codes, per turn and fold, for chances without context.
    fn take_rates(&mut self, rates: &[Vec<Vec<f32>>; 3]) {
        for (turn, rates) in RATED.iter().zip(rates) {
            let class = self.parts.class_at(*turn);
            let first = self.parts.first;
            for (shares, rates) in self.classes[class].shares.iter_mut().zip(rates) {
                for (share, &token) in shares.iter_mut().zip(&self.inside) {
                    *share = token.checked_sub(first).map_or(0.0, |code| rates[code as usize]);
                }
            }
        }
    }

    /// Tries weights from the coarsest level to the finest.
    fn choose(&mut self, held: &[(u64, u32)]) {
        let mut of_class: Vec<Vec<(u64, usize, f64)>> = vec![Vec::new(); self.classes.len()];
        for &(context, place) in held {
            let (class, place) = (class_of(context), place as usize);
            let chance = f64::from(self.classes[class].shares[logs_of(context)][place]);
            of_class[class].push((context, place, chance));
        }
        // Classes of one part share their weights.
        let mut open: Vec<usize> = (0..self.classes.len()).collect();
        while let Some(&first) = open.first() {
            let part = self.parts.of(first);
            let (now, later): (Vec<usize>, Vec<usize>) =
                open.into_iter().partition(|&class| self.parts.of(class) == part);
            open = later;
            let mut asked: Vec<(u64, usize, f64)> = Vec::new();
            for &class in &now {
                asked.append(&mut of_class[class]);
            }
            let mut chosen = Vec::new();
            for (table, fields) in self.tables.iter().zip(levels(part)) {
                let told: Vec<Option<[f64; 3]>> = asked
                    .iter()
                    .map(|&(context, place, _)| table.told(key(context, fields), context, place))
                    .collect();
                let better = |weight: f64, told: &Option<[f64; 3]>, below: f64| match told {
                    Some([count, others, total]) => (count + (weight + others) * below) / (total + weight),
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
            for class in now {
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

impl Counted {
    /// The chances of what can be decided in a class, ascending.
    pub(super) fn chances(&self, context: u64, to: &mut Vec<f32>) {
        let class = class_of(context);
        let law = &self.classes[class];
        let fold = fold_of(context);
        to.clear();
        to.resize(law.rows.len(), 0.0);
        // What is left for the levels below.
        let mut rest = 1.0_f32;
        for ((table, fields), &weight) in
            self.tables.iter().zip(levels(self.parts.of(class))).zip(&law.weights).rev()
        {
            if weight.is_infinite() {
                continue;
            }
            let Some((cell, pairs)) = table.cell(key(context, fields)) else { continue };
            let total = cell.without(fold);
            if total <= 0.0 {
                continue;
            }
            let each = rest / (total + weight);
            for &(place, pair) in pairs {
                to[usize::from(place)] += each * pair.without(fold) as f32;
            }
            rest *= (weight + cell.others.without(fold) as f32) / (total + weight);
        }
        for (chance, share) in to.iter_mut().zip(&law.shares[logs_of(context)]) {
            *chance += rest * share;
        }
    }

    /// Of which turn each thing is that can come in a stay, by place.
    pub(super) fn turns(&self, memory: &Memory<'_>) -> Vec<u8> {
        let mut turns = self.turns.clone();
        let [here, former, _] = memory.lists();
        let mut set = |token: u32, turn: Turn| {
            if let Some(&place) = self.places.get(token as usize).filter(|&&place| place != NOWHERE) {
                turns[usize::from(place)] = turn as u8;
            }
        };
        former.for_each(|(token, _)| set(token, Turn::Again));
        here.for_each(|(token, _)| set(token, Turn::Here));
        turns
    }

    pub(super) fn at_turns(&self, context: u64, memory: &Memory<'_>) -> Turns {
        let turns = self.turns(memory);
        let fold = fold_of(context);
        let shares = TURNS.map(|turn| &self.classes[self.parts.class_at(turn)].shares[logs_of(context)]);
        let (mut sums, mut open) = ([0.0_f32; 4], [0.0_f32; 4]);
        for (place, &turn) in turns.iter().enumerate() {
            if turn != ENDS {
                let share = shares[usize::from(turn)][place];
                sums[usize::from(turn)] += share;
                open[usize::from(turn)] += if share > ONCE { share } else { ONCE * ONCE };
            }
        }
        let mut chances = vec![0.0_f32; turns.len()];
        let mut rests = [1.0_f32; 4];
        for turn in TURNS {
            let at = turn as usize;
            if sums[at] <= 0.0 {
                continue;
            }
            let class = self.parts.class_at(turn);
            let own = self.parts.at_turn(context, memory, turn);
            let weights = &self.classes[class].weights;
            for ((table, fields), &weight) in
                self.tables.iter().zip(levels(self.parts.of(class))).zip(weights).rev()
            {
                if weight.is_infinite() {
                    continue;
                }
                let Some((cell, pairs)) = table.cell(key(own, fields)) else { continue };
                // Only what is of this turn in this life counts.
                let those = || pairs.iter().filter(|pair| turns[usize::from(pair.0)] == turn as u8);
                let others = cell.others.without(fold) as f32;
                let total = others + those().map(|pair| pair.1.without(fold) as f32).sum::<f32>();
                if total <= 0.0 {
                    continue;
                }
                let each = rests[at] / (total + weight);
                for &(place, pair) in those() {
                    chances[usize::from(place)] += each * pair.without(fold) as f32;
                }
                rests[at] *= (weight + others) / (total + weight);
            }
            rests[at] /= sums[at];
        }
        for (place, (chance, &turn)) in chances.iter_mut().zip(&turns).enumerate() {
            if turn != ENDS {
                *chance += rests[usize::from(turn)] * shares[usize::from(turn)][place];
            }
        }
        self.tilts.at_turns(context, memory, &turns, &mut chances);
        open[Turn::Step as usize] = f32::from(u8::from(sums[Turn::Step as usize] > 0.0));
        Turns { of: turns, chances, open }
    }

    /// The chances of the turns, given how much there is of each.
    fn choice(&self, context: u64, memory: &Memory<'_>, open: &[f32; 4]) -> [f32; 4] {
        let mut plain = Vec::new();
        self.chances(self.parts.turn(context, memory), &mut plain);
        heeded(&std::array::from_fn(|turn| plain[turn]), open, self.heed)
    }

    /// The chances of the turns, then of the two ends of a stay.
    fn endings(&self, context: u64, memory: &Memory<'_>, open: &[f32; 4]) -> Vec<f32> {
        let mut ends = Vec::new();
        self.chances(in_class(context, self.parts.class(Part::Ending)), &mut ends);
        let turns = self.choice(context, memory, open);
        let mut chances: Vec<f32> =
            turns.iter().map(|turn| ends[0] * turn).chain(ends[1..].iter().copied()).collect();
        self.tilts.of(What::Turn, context, memory, &mut chances);
        chances
    }

    /// What the life had and what followed the last token in it, by place.
    pub(super) fn own(&self, context: u64, memory: &Memory<'_>, turns: &[u8]) -> Own {
        let [here, former, behind] = memory.lists();
        let mut own = Own::default();
        // What hardly comes twice does not because it came: each counts by the rate at which it comes again.
        let worth = |place: usize, turn: Turn, count: f32| match turn {
            Turn::Step => count,
            _ => count * self.classes[self.parts.class_at(turn)].shares[logs_of(context)][place],
        };
        for (token, count) in here.chain(former) {
            let Some((place, turn)) = self.place(token).map(|place| (place, turns[place])) else { continue };
            let worth = worth(place, TURNS[usize::from(turn)], count);
            own.had[usize::from(turn)] += worth;
            own.those[0].push((place, worth));
        }
        for (token, count) in behind {
            let Some(place) = self.place(token).filter(|&place| turns[place] != ENDS) else { continue };
            let turn = usize::from(turns[place]);
            let worth = worth(place, TURNS[turn], count);
            own.followed[turn] += worth;
            own.often[turn] += count;
            own.those[1].push((place, worth));
        }
        own
    }

    /// How many things can come in a stay.
    pub(super) fn width(&self) -> usize {
        self.inside.len()
    }

    pub(super) fn place(&self, token: u32) -> Option<usize> {
        self.places.get(token as usize).filter(|&&place| place != NOWHERE).map(|&place| usize::from(place))
    }

    /// Adds the logarithms of the chances of what comes in a stay.
    fn add_inside(&self, context: u64, memory: &[u32], logits: &mut [f32]) {
        let memory = Memory::of(memory);
        let Turns { of: turns, mut chances, open } = self.at_turns(context, &memory);
        let choice = self.endings(context, &memory, &open);
        let own = self.own(context, &memory, &turns);
        let mixes: [Mix; 4] = std::array::from_fn(|turn| {
            let [counts, had, behind] = self.mixes[turn][often(own.often[turn])];
            // Who has nothing of their own has counts.
            let had = if own.had[turn] > 0.0 { had } else { 0.0 };
            let behind = if own.followed[turn] > 0.0 { behind } else { 0.0 };
            let sum = counts + had + behind;
            if sum > 0.0 { [counts / sum, had / sum, behind / sum] } else { COUNTS }
        });
        for (chance, &turn) in chances.iter_mut().zip(&turns) {
            if turn != ENDS {
                *chance *= choice[usize::from(turn)] * mixes[usize::from(turn)][0];
            }
        }
        for (at, (those, sums)) in own.those.iter().zip([own.had, own.followed]).enumerate() {
            for &(place, worth) in those {
                let turn = usize::from(turns[place]);
                chances[place] += choice[turn] * mixes[turn][1 + at] * worth / sums[turn];
            }
        }
        for ((logit, chance), &token) in logits.iter_mut().zip(chances).zip(&self.inside) {
            *logit += match ending(token) {
                0 => chance,
                ending => choice[ENDINGS + ending - 1],
            }
            .ln();
        }
    }
}

impl Counted {
    /// The chances of the ways that a life goes, by number.
    pub(super) fn ways(&self, context: u64, memory: &Memory<'_>) -> Vec<f32> {
        let mut ways = Vec::new();
        self.chances(in_class(context, self.parts.class(Part::Leaving)), &mut ways);
        self.tilts.of(What::Way, context, memory, &mut ways);
        ways
    }

    /// Brings the chances of what comes between stays to those of the ways that a life goes.
    fn lead(&self, context: u64, memory: &Memory<'_>, tokens: &[u32], chances: &mut [f32]) {
        let ways = self.ways(context, memory);
        let way = |token: u32| self.parts.way(token) as usize;
        let mut sums = [0.0_f32; 3];
        tokens.iter().zip(&*chances).for_each(|(&token, chance)| sums[way(token)] += chance);
        for (&token, chance) in tokens.iter().zip(chances) {
            *chance *= ways[way(token)] / sums[way(token)].max(f32::MIN_POSITIVE);
        }
    }
}

/// What can come in a stay.
pub(super) struct Turns {
    /// At each place, of which turn it is.
    pub(super) of: Vec<u8>,
    /// At each place, its chance by counts of all people, given that turn.
    pub(super) chances: Vec<f32>,
    /// How much there is of each turn: the summed rates of codes that can come.
    pub(super) open: [f32; 4],
}

/// Chances of turns, brought to how much there is of each by the power `heed`; none of what there is nothing of.
pub(super) fn heeded(plain: &[f32; 4], open: &[f32; 4], heed: f32) -> [f32; 4] {
    let mut chances: [f32; 4] = std::array::from_fn(|turn| match open[turn] {
        nothing if nothing <= 0.0 => 0.0,
        // Only what comes once, and came.
        little if little < ONCE * ONCE * 1e4 => plain[turn] * ONCE,
        some => plain[turn] * some.powf(heed),
    });
    let all: f32 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= all.max(f32::MIN_POSITIVE));
    chances
}

/// What a life did itself.
#[derive(Default)]
pub(super) struct Own {
    /// By turn: the worth of what it had, and of what followed the last token, and how often anything did.
    pub(super) had: [f32; 4],
    pub(super) followed: [f32; 4],
    pub(super) often: [f32; 4],
    /// Both by place.
    pub(super) those: [Vec<(usize, f32)>; 2],
}

/// The step of how often something followed.
pub(super) fn often(followed: f32) -> usize {
    (followed as usize).min(OFTEN - 1)
}

impl Base for Counted {
    fn add_logits(&self, context: u64, memory: &[u32], tokens: &[u32], logits: &mut [f32]) {
        let class = class_of(context);
        if self.classes.get(class).is_none_or(|law| law.rows.len() != tokens.len()) {
            return;
        }
        if let Some(&share) = self.shares.get(class) {
            logits.iter_mut().for_each(|logit| *logit *= share);
        }
        if class == self.parts.inside {
            return self.add_inside(context, memory, logits);
        }
        let (mut chances, memory) = (Vec::new(), Memory::of(memory));
        self.chances(context, &mut chances);
        for what in What::of_part(self.parts.of(class)).filter(|&what| what != What::Way) {
            self.tilts.of(what, context, &memory, &mut chances);
        }
        if class == self.parts.next {
            self.lead(context, &memory, tokens, &mut chances);
        }
        logits.iter_mut().zip(chances).for_each(|(logit, chance)| *logit += chance.ln());
    }
}
