//! How are lives led to what is asked of them, and how much likelier does that make them?

use super::book::{Births, Part, Token};
use super::course::YEAR;
use super::model::FittedVisits;
use verosim_timeline::Draft;

/// Least and most by which the odds of a wanted code are raised at each step.
const RAISED: [f64; 2] = [1.0, 2_000.0];

/// What everybody must have.
#[derive(Clone, Debug, Default)]
pub(super) struct Guide {
    /// Facts and ages that are excluded: all others of the slots that are asked about, and those outside of the ages.
    excluded: Vec<u32>,
    /// Tokens, ascending, one of which must come.
    pub(super) wanted: Vec<Wanted>,
    /// All wanted tokens.
    pub(super) all: Vec<u32>,
}

/// Some tokens, one of which must come.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    tokens: Vec<u32>,
    /// What is added to their logits until one has come.
    raise: f32,
}

impl Guide {
    /// `None` when something is asked that the model never draws.
    pub(super) fn new(model: &FittedVisits, draft: &Draft) -> Option<Self> {
        let mut guide = Self { excluded: excluded_ages(model, draft.ages)?, ..Self::default() };
        let mut wanted: Vec<&Vec<String>> = Vec::new();
        for group in &draft.is {
            let facts = tokens(model, group, true);
            if facts.is_empty() {
                return None;
            }
            if facts.iter().any(|fact| fact.0 >= model.index.code) {
                // What holds always and is no fact is wanted like what happens.
                wanted.push(group);
                continue;
            }
            for (&from, slot) in model.index.facts.iter().zip(&model.book.slots) {
                let range = from..from + slot.facts.len() as u32 + 1;
                if facts.iter().all(|fact| range.contains(&fact.0)) {
                    guide.excluded.extend(range.filter(|token| facts.iter().all(|fact| fact.0 != *token)));
                }
            }
            let mut known: Vec<u32> = facts.iter().map(|fact| fact.0).collect();
            known.sort_unstable();
            // Also where alternatives are facts of several kinds, or two demands exclude each other.
            guide.wanted.push(Wanted { tokens: known, raise: 0.0 });
        }
        wanted.extend(&draft.has);
        for group in wanted {
            let found = tokens(model, group, false);
            if found.is_empty() {
                return None;
            }
            let people = model.learned().people.max(1) as f64;
            let share = found.iter().map(|found| f64::from(found.1)).sum::<f64>() / people;
            // With this, about two in three people meet it, if all are alike.
            let rate = -(1.0 - share.min(0.99)).ln();
            let raise = (1.0 / rate).clamp(RAISED[0], RAISED[1]).ln() as f32;
            let mut known: Vec<u32> = found.iter().map(|found| found.0).collect();
            known.sort_unstable();
            guide.all.extend(&known);
            guide.wanted.push(Wanted { tokens: known, raise });
        }
        guide.excluded.sort_unstable();
        guide.all.sort_unstable();
        guide.all.dedup();
        Some(guide)
    }

    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.excluded.is_empty()
    }

    /// Excludes facts and ages, where those are `told`; returns the logarithm of the chance that was left, `None` when none was.
    pub(super) fn force(&self, tokens: &[u32], logits: &mut [f32], told: bool) -> Option<f64> {
        if !told || self.excluded.is_empty() {
            return Some(0.0);
        }
        let all = log_sum(logits);
        let mut any = false;
        for (token, logit) in tokens.iter().zip(logits.iter_mut()) {
            if self.excluded.binary_search(token).is_ok() {
                *logit = f32::NEG_INFINITY;
                any = true;
            }
        }
        let left = log_sum(logits);
        (left > f64::NEG_INFINITY).then_some(if any { left - all } else { 0.0 })
    }

    /// By how much a token is raised while `met` is had.
    pub(super) fn raised(&self, token: u32, met: &[bool]) -> f64 {
        let open = self.wanted.iter().zip(met).filter(|(wanted, met)| !**met && wanted.has(token));
        open.map(|(wanted, _)| f64::from(wanted.raise)).fold(0.0, f64::max)
    }

    /// Raises what is wanted and not yet had; returns the logarithm of by how much that raises the sum of all. Wanted
    /// tokens that cannot be, by `can` beside [`all`](Self::all), are taken out.
    pub(super) fn raise(&self, tokens: &[u32], logits: &mut [f32], met: &[bool], can: &[bool]) -> f64 {
        let mut places = Vec::new();
        for (&token, &can) in self.all.iter().zip(can) {
            let Ok(place) = tokens.binary_search(&token) else { continue };
            if !can {
                logits[place] = f32::NEG_INFINITY;
                continue;
            }
            let raise = self.raised(token, met);
            if raise > 0.0 {
                places.push((place, raise as f32));
            }
        }
        if places.is_empty() {
            return 0.0;
        }
        let before = log_sum(logits);
        for (place, raise) in places {
            logits[place] += raise;
        }
        log_sum(logits) - before
    }

    /// Notes what is had with `token`.
    pub(super) fn meet(&self, token: u32, met: &mut [bool]) {
        for (wanted, met) in self.wanted.iter().zip(met) {
            *met = *met || wanted.has(token);
        }
    }
}

impl Wanted {
    fn has(&self, token: u32) -> bool {
        self.tokens.binary_search(&token).is_ok()
    }
}

/// The ages that are excluded when those in completed years from the least to the most are wanted; `None` when none is left.
fn excluded_ages(model: &FittedVisits, ages: Option<[f64; 2]>) -> Option<Vec<u32>> {
    let Some([low, high]) = ages else { return Some(Vec::new()) };
    // Births are rounded down, which makes people older than they were drawn.
    let low = if model.book.births == Births::Year { low - 1.0 } else { low };
    let is_outside = |&token: &u32| match model.index.tokens[token as usize] {
        Token::Age(bin) => {
            let [from, to] = model.book.age.range(usize::from(bin)).map(|days| days / YEAR);
            to < low || from >= high + 1.0
        }
        _ => true,
    };
    let known = model.network.masks().allowed(model.index.class(Part::Age));
    let outside: Vec<u32> = known.iter().copied().filter(is_outside).collect();
    (outside.len() < known.len()).then_some(outside)
}

/// The tokens that stand for one of `codes`, and how many people have each.
fn tokens(model: &FittedVisits, codes: &[String], facts: bool) -> Vec<(u32, u32)> {
    let book = &model.book;
    let asked = |code: &str| codes.iter().any(|asked| asked == code);
    let of = |(token, told): (u32, &Token)| {
        let (code, people) = match *told {
            Token::Fact(slot, fact) => {
                let fact = book.slots[usize::from(slot)].facts.get(usize::from(fact))?;
                (&fact.0, fact.1)
            }
            Token::Stay(stay) if !facts => {
                (&book.stays[usize::from(stay)].code, book.stays[usize::from(stay)].people)
            }
            Token::Code(code) if !facts || book.codes[usize::from(code)].timeless => {
                (&book.codes[usize::from(code)].code, book.codes[usize::from(code)].people)
            }
            Token::Death(death) if !facts => {
                (&book.deaths[usize::from(death)].0, book.deaths[usize::from(death)].1)
            }
            _ => return None,
        };
        asked(code).then_some((token, people))
    };
    (0..).zip(&model.index.tokens).filter_map(of).collect()
}

fn log_sum(logits: &[f32]) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if most == f32::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    logits.iter().map(|&logit| f64::from(logit - most).exp()).sum::<f64>().ln() + f64::from(most)
}
