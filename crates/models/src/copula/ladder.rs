//! Which normal variables stand behind a column, and how does a cell follow from them?

use super::fill::Known;
use crate::scale::Scale;
use verosim_data::{ColumnDomain, Token};
use verosim_math::stats::{Seen, normal_quantile, normal_share};

/// A column as questions asked one after the other: is the cell missing, is it the commonest level, the next one …, and
/// where among the remaining values does it stand? One normal variable answers each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ladder {
    rungs: Vec<Rung>,
    scale: Scale,
}

/// "Is the cell this token?", asked of cells that are none of the tokens before.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rung {
    token: u32,
    /// Share of yes among those asked, and the normal score that it lies below.
    share: f64,
    cut: f64,
}

/// Which tokens of a column have questions of their own, and which stand on the scale.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Layout {
    pub(super) rungs: Vec<u32>,
    /// Levels on the scale, in their order; empty when the column has an order of its own.
    pub(super) rest: Vec<u32>,
}

impl Layout {
    /// Kinds of missing first, then the commonest levels, at most `levels` of them; rarer ones by how common they are.
    pub(super) fn new(domain: &ColumnDomain, counts: &[u64], levels: usize) -> Self {
        let mut present: Vec<u32> =
            (0..counts.len() as u32).filter(|&token| counts[token as usize] > 0).collect();
        present.sort_by_key(|&token| std::cmp::Reverse(counts[token as usize]));
        let (mut rungs, values): (Vec<u32>, Vec<u32>) = present
            .into_iter()
            .partition(|&token| matches!(domain.tokens[token as usize], Token::Missing(_) | Token::Equal(_)));
        if domain.ordered {
            return Self { rungs, rest: Vec::new() };
        }
        if values.is_empty() {
            return Self { rest: rungs.pop().into_iter().collect(), rungs };
        }
        let own = levels.min(values.len() - 1);
        rungs.extend(&values[..own]);
        Self { rungs, rest: values[own..].to_vec() }
    }

    /// Whether every token is one of the column and is named once.
    pub(super) fn is_sound(&self, domain: &ColumnDomain) -> bool {
        let mut is_named = vec![false; domain.tokens.len()];
        self.rungs.iter().chain(&self.rest).all(|&token| match is_named.get_mut(token as usize) {
            Some(named) => !std::mem::replace(named, true),
            None => false,
        }) && (!domain.ordered || self.rest.is_empty())
    }
}

impl Ladder {
    pub(super) fn new(domain: &ColumnDomain, counts: &[u64], layout: &Layout) -> Self {
        let mut asked: f64 = counts.iter().map(|&n| n as f64).sum();
        let rungs = layout
            .rungs
            .iter()
            .map(|&token| {
                let own = counts[token as usize] as f64;
                let share = if asked > 0.0 { (own / asked).clamp(0.0, 1.0) } else { 0.0 };
                asked -= own;
                Rung { token, share, cut: normal_quantile(share) }
            })
            .collect();
        let scale =
            if domain.ordered { Scale::ordered(domain, counts) } else { Scale::listed(&layout.rest, counts) };
        Self { rungs, scale }
    }

    /// Number of normal variables.
    pub(super) fn n_latents(&self) -> usize {
        self.rungs.len() + usize::from(!self.scale.is_constant())
    }

    /// What is seen of each variable.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let mut seen: Vec<Seen> =
            self.rungs.iter().map(|rung| Seen::new(&[rung.share, 1.0], &[false, false])).collect();
        if !self.scale.is_constant() {
            let (ends, exact) = self.scale.ends();
            seen.push(Seen::new(&ends, &exact));
        }
        seen
    }

    /// The score of each variable for a cell; `None` from the answer on.
    pub(super) fn scores(&self, seen: &[Seen], token: u32, rank: f32, scores: &mut [Option<f32>]) {
        scores.fill(None);
        for (at, rung) in self.rungs.iter().enumerate() {
            let is_it = rung.token == token;
            scores[at] = Some(seen[at].mean(usize::from(!is_it)) as f32);
            if is_it {
                return;
            }
        }
        if let (Some(score), Some(seen)) = (scores.get_mut(self.rungs.len()), seen.get(self.rungs.len())) {
            *score = self.scale.step(token, rank).map(|step| {
                let is_seen = self.scale.is_stretch(step);
                if is_seen { self.scale.score(step, rank) as f32 } else { seen.mean(step) as f32 }
            });
        }
    }

    /// What a cell tells of each variable. A cell that is missing and has a value nevertheless is of no kind of missing, and
    /// nothing else is known of it.
    pub(super) fn known(&self, domain: &ColumnDomain, cell: Option<(u32, f32)>, known: &mut Vec<Known>) {
        let has_scale = !self.scale.is_constant();
        let mut is_open = true;
        for rung in &self.rungs {
            let is_missing = matches!(domain.tokens[rung.token as usize], Token::Missing(_));
            known.push(match cell {
                None if is_missing => Known::Between(rung.cut, f64::INFINITY),
                Some((token, _)) if is_open && token == rung.token => {
                    is_open = false;
                    Known::Between(f64::NEG_INFINITY, rung.cut)
                }
                Some(_) if is_open => Known::Between(rung.cut, f64::INFINITY),
                _ => Known::Nothing,
            });
        }
        if has_scale {
            let step = cell
                .filter(|_| is_open)
                .and_then(|(token, rank)| Some((self.scale.step(token, rank)?, rank)));
            known.push(match step {
                None => Known::Nothing,
                Some((step, rank)) if self.scale.is_stretch(step) => Known::At(self.scale.score(step, rank)),
                Some((step, _)) => {
                    let (low, high) = self.scale.interval(step);
                    Known::Between(normal_quantile(low), normal_quantile(high))
                }
            });
        }
    }

    /// The cell that the variables stand for.
    pub(super) fn cell(&self, latents: &[f64]) -> (u32, f32) {
        for (rung, z) in self.rungs.iter().zip(latents) {
            if *z < rung.cut {
                return (rung.token, 0.0);
            }
        }
        self.scale.at(latents.get(self.rungs.len()).map_or(0.5, |&z| normal_share(z)))
    }
}
