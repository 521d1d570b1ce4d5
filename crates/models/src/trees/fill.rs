//! How are missing cells drawn given later columns too, when each law knows only the columns before it?

use super::law::Chances;
use super::model::FittedTrees;
use super::sample::Painter;
use crate::filler::{Filler, Part, in_blocks};
use crate::masks::Masks;
use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha8Rng;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{ColumnDomain, Encoded, EncodedColumn, Incomplete, Token};

/// Ways in which each row is completed side by side; one of them is kept.
const WAYS: usize = 32;
/// A known number weighs ways by the share of values within so many of its column's parts on either side.
const PARTS: usize = 64;
/// Least chance that a known cell is taken to have.
const FLOOR: f64 = 1e-6;

impl Filler for FittedTrees {
    /// Sequential importance resampling: columns are drawn in the model's order, a row is completed in many ways side by side,
    /// each known cell weighs them by the chance that it has after what was drawn before it, and ways of hardly any weight
    /// give room to others. The law is right in the limit of many ways.
    ///
    /// # Source
    /// Gordon, Salmond and Smith 1993 (`gordon1993`); the same for missing cells: Kong, Liu and Wong 1994 (`kong1994`).
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let mut place = vec![0; self.columns.len()];
        self.columns.iter().enumerate().for_each(|(at, column)| place[column.column] = at);
        let masks = Masks::new(&self.domain, &place);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            Ok(complete(self, &masks, part, ctx, rng)?)
        })
    }
}

fn complete(
    model: &FittedTrees,
    masks: &Masks,
    part: &mut Part,
    ctx: Context<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Interrupted> {
    let n = part.n_rows * WAYS;
    let mut drawn = vec![EncodedColumn::default(); model.columns.len()];
    let mut bins: Vec<Vec<u8>> = vec![Vec::new(); model.views.len()];
    // Logarithms, and whether the ways of a row differ yet.
    let mut weights = vec![0.0; n];
    let mut differs = vec![false; part.n_rows];
    let mut painter = Painter::default();
    for law in &model.columns {
        ctx.stop.check()?;
        let (domain, known) = (&model.domain.columns[law.column], &part.cells[law.column]);
        let seen: Vec<&[u8]> = law.predictors.iter().map(|&view| bins[view].as_slice()).collect();
        let never = missing_bits(domain);
        let (views, backoff) = (&model.views, model.settings.backoff);
        let mut tokens = painter.tokens(law, domain, views, masks, &never, &drawn, &seen, n, backoff, rng);
        let mut ranks = painter.ranks(law, domain, &tokens, &seen, rng);
        let chances = Chances::new(law, domain, views, &seen, backoff);
        let missing: Vec<u32> =
            (0..domain.tokens.len() as u32).filter(|&token| is_missing(domain, token)).collect();
        let reach = domain.n_ranks as f32 / PARTS as f32;
        let mut is_hole = vec![false; part.n_rows];
        part.holes[law.column].iter().for_each(|&row| is_hole[row as usize] = true);
        let mut to_thin = Vec::new();
        for row in 0..part.n_rows {
            if is_hole[row] {
                differs[row] = true;
                continue;
            }
            let token = known.tokens[row];
            let rank = known.ranks.get(row).copied().unwrap_or(0.0);
            for way in row * WAYS..(row + 1) * WAYS {
                tokens[way] = token;
                if let Some(own) = ranks.get_mut(way) {
                    *own = rank;
                }
                if differs[row] {
                    let none: f64 = missing.iter().map(|&token| chances.token(way, token)).sum();
                    let mut chance = chances.token(way, token) / (1.0 - none).max(FLOOR);
                    if Some(token) == domain.continuous() {
                        chance *= chances.near(way, rank, reach);
                    }
                    weights[way] += chance.max(FLOOR).ln();
                }
            }
            if differs[row] && is_worn(&weights[row * WAYS..][..WAYS]) {
                to_thin.push(row);
            }
        }
        let column = EncodedColumn { tokens, ranks };
        for (view, bins) in model.views.iter().zip(&mut bins) {
            if view.column == law.column {
                *bins = view.bins(&column, domain.continuous());
            }
        }
        drawn[law.column] = column;
        for row in to_thin {
            thin(row * WAYS, &mut weights, &mut drawn, &mut bins, rng);
        }
    }
    for row in 0..part.n_rows {
        let way = row * WAYS + by_weight(&shares(&weights[row * WAYS..][..WAYS]), rng.random());
        for ((cells, holes), drawn) in part.cells.iter_mut().zip(&part.holes).zip(&drawn) {
            if holes.binary_search(&(row as u32)).is_ok() {
                cells.tokens[row] = drawn.tokens[way];
                if let Some(rank) = cells.ranks.get_mut(row) {
                    *rank = drawn.ranks[way];
                }
            }
        }
    }
    Ok(())
}

fn is_missing(domain: &ColumnDomain, token: u32) -> bool {
    matches!(domain.tokens[token as usize], Token::Missing(_))
}

/// Bits of the kinds of missing; none when there is no kind of it.
fn missing_bits(domain: &ColumnDomain) -> Vec<u64> {
    let mut bits = vec![0_u64; domain.tokens.len().div_ceil(64)];
    for token in (0..domain.tokens.len() as u32).filter(|&token| is_missing(domain, token)) {
        bits[token as usize / 64] |= 1 << (token % 64);
    }
    if bits.iter().all(|&bits| bits == 0) { Vec::new() } else { bits }
}

/// Weights from their logarithms; they sum to 1.
fn shares(logarithms: &[f64]) -> Vec<f64> {
    let most = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logarithms.iter().map(|weight| (weight - most).exp()).collect();
    let all: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / all).collect()
}

/// Whether fewer than half of the ways count: the effective number of Kong, Liu and Wong.
fn is_worn(logarithms: &[f64]) -> bool {
    let squares: f64 = shares(logarithms).iter().map(|share| share * share).sum();
    squares * WAYS as f64 > 2.0
}

/// The place at which running shares pass `at`.
fn by_weight(shares: &[f64], at: f64) -> usize {
    let mut left = at;
    for (place, share) in shares.iter().enumerate() {
        if left < *share {
            return place;
        }
        left -= share;
    }
    // Rounding: the last that can be.
    shares.iter().rposition(|share| *share > 0.0).unwrap_or(0)
}

/// Replaces the ways of a row, which begin at `first`, by as many drawn by weight, evenly.
fn thin(
    first: usize,
    weights: &mut [f64],
    drawn: &mut [EncodedColumn],
    bins: &mut [Vec<u8>],
    rng: &mut impl Rng,
) {
    let own = first..first + WAYS;
    let shares = shares(&weights[own.clone()]);
    let start: f64 = rng.random();
    let from: Vec<usize> =
        (0..WAYS).map(|way| by_weight(&shares, (way as f64 + start) / WAYS as f64)).collect();
    for column in drawn.iter_mut() {
        pick(&mut column.tokens, first, &from);
        pick(&mut column.ranks, first, &from);
    }
    for bins in bins.iter_mut() {
        pick(bins, first, &from);
    }
    weights[own].fill(0.0);
}

/// The entries from `first` on, in another order and some of them more than once; columns that are not drawn yet are empty.
fn pick<T: Copy>(entries: &mut [T], first: usize, from: &[usize]) {
    if let Some(own) = entries.get_mut(first..first + from.len()) {
        let before = own.to_vec();
        own.iter_mut().zip(from).for_each(|(entry, &from)| *entry = before[from]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_picked_by_weight() {
        let mut weights = vec![f64::NEG_INFINITY; 2 * WAYS];
        weights[WAYS + 3] = 1.0_f64.ln();
        weights[WAYS + 9] = 3.0_f64.ln();
        assert!(is_worn(&weights[WAYS..]) && !is_worn(&[0.0; WAYS]));
        let tokens: Vec<u32> = (0..2 * WAYS as u32).collect();
        let mut drawn = vec![EncodedColumn { tokens, ranks: Vec::new() }];
        let mut rng = Seeded::new(1).rng();
        thin(WAYS, &mut weights, &mut drawn, &mut [Vec::new()], &mut rng);
        let picked = &drawn[0].tokens[WAYS..];
        let threes = picked.iter().filter(|&&token| token as usize == WAYS + 3).count();
        assert_eq!(threes, WAYS / 4, "a quarter, evenly");
        assert!(picked.iter().all(|&token| [WAYS + 3, WAYS + 9].contains(&(token as usize))));
        assert_eq!(drawn[0].tokens[..3], [0, 1, 2], "other rows stay");
        assert!(weights[WAYS..].iter().all(|weight| *weight == 0.0));
        assert_eq!([0.0, 0.24, 0.26, 1.0].map(|at| by_weight(&[0.25, 0.0, 0.75], at)), [0, 0, 2, 2]);
    }
}
