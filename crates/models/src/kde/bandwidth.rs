//! How wide should kernels be?

use super::kernel::{Ground, Kernel};
use rand::seq::index;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::Encoded;
use verosim_math::stats::{normal_quantile, normal_share};

/// Rows whose likelihood decides, and rows that kernels stand on while it is decided.
const QUERIES: usize = 400;
const STANDS: usize = 8_000;
/// Bins of a column's values.
const BINS: usize = 32;
/// Levels that are told apart.
const MOST_LEVELS: usize = 64;
/// Times that all columns are gone through.
const SWEEPS: usize = 4;
/// Widths that are tried. The narrowest still moves every cell: a likelihood that single rows decide would not.
const ANEW: [f64; 10] = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0];
const KEEP: [f64; 12] = [0.995, 0.99, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.4, 0.2, 0.0];

/// A kernel per column under which each row is likeliest, given the rows of all other people.
///
/// Columns are taken in turn; the best width of one is found with those of the others as they are.
///
/// # Cost
/// O(sweeps · columns · queries · rows) exponentials.
///
/// # Source
/// Leave-one-out likelihood: Habbema, Hermans and van den Broek 1974 (`habbema1974`); for mixed kernels Li and Racine 2003
/// (`li2003`), by which columns without a relation are smoothed away.
pub(super) fn likeliest(
    train: &Encoded,
    grounds: &[Ground],
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Vec<Kernel>, Interrupted> {
    let n = train.n_rows();
    let mut rng = seed.rng();
    let stands: Vec<usize> = index::sample(&mut rng, n, n.min(STANDS)).into_vec();
    let queries = &stands[..stands.len().min(QUERIES)];
    let person = |row: usize| train.subjects().map_or(row as u32, |subjects| subjects[row]);
    let codes: Vec<Codes> = (0..grounds.len()).map(|at| Codes::new(train, at, &grounds[at])).collect();
    let mut kernels: Vec<Kernel> = grounds.iter().map(|_| Kernel { anew: 0.2, keep: 0.8 }).collect();
    let logs = |at: usize, kernel: Kernel| -> Vec<f32> {
        codes[at].table(kernel).iter().map(|chance| chance.ln() as f32).collect()
    };
    let log_of = |table: &[f32], at: usize, from: usize, to: usize| {
        table[codes[at].of[from] as usize * codes[at].n + codes[at].of[to] as usize]
    };
    // Sums over columns of the logarithms of kernels, per query and stand.
    let mut sums: Vec<Vec<f32>> = {
        let tables: Vec<Vec<f32>> =
            kernels.iter().enumerate().map(|(at, &kernel)| logs(at, kernel)).collect();
        queries
            .par_iter()
            .map(|&to| {
                let over =
                    |from: usize| tables.iter().enumerate().map(|(at, t)| log_of(t, at, from, to)).sum();
                stands.iter().map(|&from| over(from)).collect()
            })
            .collect()
    };
    for _ in 0..SWEEPS {
        let before = kernels.clone();
        for at in 0..grounds.len() {
            ctx.stop.check()?;
            if codes[at].n < 2 {
                continue;
            }
            let old = logs(at, kernels[at]);
            // What all other columns say, added up over stands that look alike in this one.
            let weights: Vec<Vec<f64>> = sums
                .par_iter()
                .zip(queries)
                .map(|(sums, &to)| {
                    let without: Vec<f32> = sums
                        .iter()
                        .zip(&stands)
                        .map(|(sum, &from)| {
                            let same = person(from) == person(to);
                            if same { f32::NEG_INFINITY } else { sum - log_of(&old, at, from, to) }
                        })
                        .collect();
                    let most = without.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let mut weights = vec![0.0; codes[at].n];
                    if most.is_finite() {
                        for (log, &from) in without.iter().zip(&stands) {
                            weights[codes[at].of[from] as usize] += f64::from((log - most).exp());
                        }
                    }
                    weights
                })
                .collect();
            let likelihood = |kernel: Kernel| -> f64 {
                let table = codes[at].table(kernel);
                let of_query = weights.iter().zip(queries).map(|(weights, &to)| {
                    let column = codes[at].of[to] as usize;
                    let sum: f64 = weights
                        .iter()
                        .enumerate()
                        .map(|(from, w)| w * table[from * codes[at].n + column])
                        .sum();
                    if sum > 0.0 { sum.ln() } else { 0.0 }
                });
                of_query.sum()
            };
            let tried: Vec<Kernel> = candidates(&grounds[at]);
            let scores: Vec<f64> = tried.par_iter().map(|&kernel| likelihood(kernel)).collect();
            let best = (0..tried.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)));
            if let Some(best) = best
                && tried[best] != kernels[at]
            {
                kernels[at] = tried[best];
                let new = logs(at, kernels[at]);
                sums.par_iter_mut().zip(queries).for_each(|(sums, &to)| {
                    for (sum, &from) in sums.iter_mut().zip(&stands) {
                        *sum += log_of(&new, at, from, to) - log_of(&old, at, from, to);
                    }
                });
            }
        }
        if kernels == before {
            break;
        }
    }
    Ok(kernels)
}

/// Kernels that are tried for a column.
fn candidates(ground: &Ground) -> Vec<Kernel> {
    let anew: &[f64] = if ground.has_kinds() { &ANEW } else { &ANEW[..1] };
    let keep: &[f64] = if ground.scale().is_some() { &KEEP } else { &KEEP[..1] };
    anew.iter().flat_map(|&anew| keep.iter().map(move |&keep| Kernel { anew, keep })).collect()
}

/// A column in few codes: kinds of missing and levels, then stretches of values.
struct Codes {
    of: Vec<u8>,
    n: usize,
    /// Share of rows of each code.
    shares: Vec<f64>,
    /// Ends of the stretches as normal scores, and the middle of each; empty without values.
    edges: Vec<f64>,
    middles: Vec<f64>,
    n_kinds: usize,
}

impl Codes {
    fn new(train: &Encoded, column: usize, ground: &Ground) -> Self {
        let cells = &train.columns()[column];
        let n = train.n_rows();
        let place =
            |row: usize| ground.place(cells.tokens[row], cells.ranks.get(row).copied().unwrap_or(0.0), 0.5);
        let mut kinds: Vec<(usize, u32)> = Vec::new();
        let mut counts = vec![0_usize; train.domain().columns[column].tokens.len()];
        for row in (0..n).filter(|&row| place(row).is_none()) {
            counts[cells.tokens[row] as usize] += 1;
        }
        kinds.extend(counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(token, &n)| (n, token as u32)));
        kinds.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let n_kinds = kinds.len().min(MOST_LEVELS);
        let mut code_of = vec![n_kinds.saturating_sub(1) as u8; counts.len()];
        kinds.iter().take(n_kinds).enumerate().for_each(|(at, kind)| code_of[kind.1 as usize] = at as u8);
        // Stretches of equal shares; a value that fills several has one of them.
        let mut middles: Vec<f64> = (0..n).filter_map(place).collect();
        middles.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> = Vec::new();
        if let Some(scale) = ground.scale() {
            edges.extend((1..BINS).map(|at| normal_quantile(at as f64 / BINS as f64)));
            let (ends, exact) = scale.ends();
            // Where a value of its own begins and ends.
            let mut first = 0.0;
            for (end, exact) in ends.into_iter().zip(exact) {
                if !exact && end - first > 0.5 / BINS as f64 {
                    edges.retain(|edge| *edge <= normal_quantile(first) || *edge >= normal_quantile(end));
                    edges.extend([normal_quantile(first), normal_quantile(end)]);
                }
                first = end;
            }
            edges.retain(|edge| edge.is_finite());
            edges.sort_by(f64::total_cmp);
            edges.dedup();
            edges.truncate(250 - n_kinds);
        }
        let n_stretches = if middles.is_empty() { 0 } else { edges.len() + 1 };
        let of: Vec<u8> = (0..n)
            .map(|row| match place(row) {
                Some(place) => (n_kinds + edges.partition_point(|&edge| edge <= place)) as u8,
                None => code_of[cells.tokens[row] as usize],
            })
            .collect();
        let n_codes = n_kinds + n_stretches;
        let mut shares = vec![0.0; n_codes];
        of.iter().for_each(|&code| shares[code as usize] += 1.0 / n as f64);
        let middle = |at: usize| {
            let low = if at == 0 { 0.0 } else { normal_share(edges[at - 1]) };
            let high = edges.get(at).map_or(1.0, |&edge| normal_share(edge));
            normal_quantile(f64::midpoint(low, high))
        };
        let middles = (0..n_stretches).map(middle).collect();
        Self { of, n: n_codes, shares, edges, middles, n_kinds }
    }

    /// Chance to move from each code to each, row by row.
    fn table(&self, kernel: Kernel) -> Vec<f64> {
        let wide = (1.0 - kernel.keep * kernel.keep).sqrt();
        let mut table = Vec::with_capacity(self.n * self.n);
        for from in 0..self.n {
            for to in 0..self.n {
                let near = match (from.checked_sub(self.n_kinds), to.checked_sub(self.n_kinds)) {
                    (Some(a), Some(b)) => {
                        let below = |edge: Option<&f64>, none: f64| {
                            edge.map_or(none, |edge| {
                                normal_share((edge - kernel.keep * self.middles[a]) / wide)
                            })
                        };
                        let low = b.checked_sub(1).and_then(|at| self.edges.get(at));
                        (below(self.edges.get(b), 1.0) - below(low, 0.0)).max(0.0)
                    }
                    _ => f64::from(u8::from(from == to)),
                };
                let has_kinds = self.n_kinds + usize::from(self.n > self.n_kinds) > 1;
                let anew = if has_kinds { kernel.anew } else { 0.0 };
                table.push(((1.0 - anew) * near + anew * self.shares[to]).max(FLOOR));
            }
        }
        table
    }
}

/// Least chance of a move: logarithms stay finite.
const FLOOR: f64 = 1e-12;
