//! How are the correlations behind a table learned?

use super::ladder::{Ladder, Layout};
use super::{Copula, FittedCopula};
use crate::rows;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, FitError, Interrupted};
use verosim_data::{Encoded, EncodedColumn};
use verosim_math::stats::{Seen, leading_directions, nearest_correlation};

/// Least eigenvalue of the correlations: no variable follows from the others by more than 99 %.
pub(super) const LEAST: f64 = 0.01;
/// Most of a variable that those of another column tell.
const MOST_TOLD: f64 = 0.97;
/// Imaginary rows of mean 0 that a level's mean is shrunk by before levels are put in an order.
const SHRINK: f64 = 5.0;

pub(super) fn fit(settings: &Copula, train: &Encoded, ctx: Context<'_>) -> Result<FittedCopula, FitError> {
    ctx.stop.check()?;
    let domain = Arc::clone(train.domain());
    if domain.columns.is_empty() {
        return Err(FitError::NothingToModel);
    }
    if train.n_rows() == 0 {
        return Err(FitError::TooFewRows { found: 0, needed: 1, engine: "copula" });
    }
    let counts = rows::counts(train);
    let mut layouts: Vec<Layout> = domain
        .columns
        .iter()
        .zip(&counts)
        .map(|(domain, counts)| Layout::new(domain, counts, settings.levels))
        .collect();
    let ladders = |layouts: &[Layout]| -> Vec<Ladder> {
        let parts = domain.columns.iter().zip(&counts).zip(layouts);
        parts.map(|((domain, counts), layout)| Ladder::new(domain, counts, layout)).collect()
    };
    if layouts.iter().any(|layout| layout.rest.len() > 2) {
        let short: Vec<Layout> = layouts
            .iter()
            .map(|layout| Layout {
                rest: layout.rest.first().copied().into_iter().collect(),
                ..layout.clone()
            })
            .collect();
        let latents = latents(&ladders(&short), train, ctx)?;
        let matrix = correlations(&latents, settings.shrinkage, ctx)?;
        put_in_order(&mut layouts, &latents, &matrix, train);
    }
    let ladders = ladders(&layouts);
    let latents = latents(&ladders, train, ctx)?;
    let estimated = correlations(&latents, settings.shrinkage, ctx)?;
    ctx.stop.check()?;
    let n = latents.len();
    let of_one = |row: usize, column: usize| latents[row].column == latents[column].column;
    let matrix = nearest_correlation(&estimated, n, of_one, LEAST);
    // As a file keeps them, so that a model draws the same before and after it is saved.
    let correlations = (0..n).flat_map(|row| matrix[row * n..][..row].iter().map(|&r| r as f32)).collect();
    Ok(FittedCopula::new(settings.clone(), domain, counts, layouts, correlations)
        .expect("eigenvalues of 0.01 stay positive when entries are rounded to 24 bits"))
}

/// One normal variable as far as it is seen.
struct Latent {
    column: usize,
    seen: Seen,
    /// Score of each row; 0 where the question was not asked.
    scores: Vec<f32>,
    /// 1 where the question was asked; `None` when it was everywhere.
    asked: Option<Vec<f32>>,
    n_asked: f64,
    /// Sum of the scores.
    sum: f64,
}

impl Latent {
    /// Mean of the scores where `other` was asked too, in `both` rows.
    fn mean_beside(&self, other: &Self, both: f64) -> f64 {
        other.asked.as_ref().map_or(self.sum, |asked| dot(&self.scores, asked)) / both
    }

    /// By how much scores spread more there than everywhere, 1 when they do not. Being asked because of a high or a low
    /// value narrows them, and covariances allow for that; being asked because of an unusual value widens them.
    fn excess_beside(&self, other: &Self, both: f64) -> f64 {
        let Some(asked) = &other.asked else { return 1.0 };
        let squares: Vec<f32> = self.scores.iter().map(|score| score * score).collect();
        let variance = dot(&squares, asked) / both - self.mean_beside(other, both).powi(2);
        (variance / self.seen.sharpness()).max(1.0).sqrt()
    }
}

fn latents(ladders: &[Ladder], train: &Encoded, ctx: Context<'_>) -> Result<Vec<Latent>, Interrupted> {
    let per_column: Vec<Vec<Latent>> = ladders
        .par_iter()
        .zip(train.columns())
        .enumerate()
        .map(|(column, (ladder, cells))| {
            ctx.stop.check()?;
            Ok(of_column(column, ladder, cells))
        })
        .collect::<Result<_, Interrupted>>()?;
    Ok(per_column.into_iter().flatten().collect())
}

fn of_column(column: usize, ladder: &Ladder, cells: &EncodedColumn) -> Vec<Latent> {
    let seen = ladder.seen();
    let n = cells.tokens.len();
    let mut scores = vec![vec![0.0_f32; n]; seen.len()];
    let mut asked = vec![vec![0.0_f32; n]; seen.len()];
    let mut of_row = vec![None; seen.len()];
    for row in 0..n {
        let rank = cells.ranks.get(row).copied().unwrap_or(0.0);
        ladder.scores(&seen, cells.tokens[row], rank, &mut of_row);
        for (at, score) in of_row.iter().enumerate() {
            if let Some(score) = score {
                scores[at][row] = *score;
                asked[at][row] = 1.0;
            }
        }
    }
    let parts = seen.into_iter().zip(scores).zip(asked);
    parts
        .map(|((seen, scores), asked)| {
            let n_asked = asked.iter().filter(|&&asked| asked > 0.0).count();
            let asked = (n_asked < n).then_some(asked);
            let sum = scores.iter().map(|&score| f64::from(score)).sum();
            Latent { column, seen, scores, asked, n_asked: n_asked as f64, sum }
        })
        .collect()
}

/// The correlation of each pair on the rows where both are seen, moved towards 0 by as much as chance explains.
///
/// # Source
/// The rule `r (1 - c v / r²)₊` with `v` the variance of `r` when there is no relation: the non-negative garrote as a
/// threshold for covariances, Rothman, Levina and Zhu 2009 (`rothman2009`).
fn correlations(latents: &[Latent], shrinkage: f64, ctx: Context<'_>) -> Result<Vec<f64>, Interrupted> {
    let n = latents.len();
    let lower: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|at| {
            ctx.stop.check()?;
            Ok((0..at).map(|other| correlation(&latents[at], &latents[other], shrinkage)).collect())
        })
        .collect::<Result<_, Interrupted>>()?;
    let mut matrix = vec![0.0; n * n];
    for (row, line) in lower.iter().enumerate() {
        matrix[row * n + row] = 1.0;
        for (column, &r) in line.iter().enumerate() {
            (matrix[row * n + column], matrix[column * n + row]) = (r, r);
        }
    }
    // The variables of a column are not related to each other, so that they tell at most all of another variable. Where
    // they seem to tell more, because each answer tells the same again, all of them give way, and no other pair.
    let of_column: Vec<&[Latent]> = latents.chunk_by(|a, b| a.column == b.column).collect();
    let mut first = 0;
    for own in of_column {
        let rows = first..first + own.len();
        for other in 0..n {
            let told: f64 = rows.clone().map(|row| matrix[row * n + other].powi(2)).sum();
            if told > MOST_TOLD && !rows.contains(&other) {
                for row in rows.clone() {
                    matrix[row * n + other] *= (MOST_TOLD / told).sqrt();
                    matrix[other * n + row] = matrix[row * n + other];
                }
            }
        }
        first = rows.end;
    }
    Ok(matrix)
}

fn correlation(a: &Latent, b: &Latent, shrinkage: f64) -> f64 {
    if a.column == b.column {
        return 0.0;
    }
    let both = match (&a.asked, &b.asked) {
        (Some(x), Some(y)) => dot(x, y),
        (Some(_), None) => a.n_asked,
        (None, _) => b.n_asked,
    };
    let sharpness = a.seen.sharpness() * b.seen.sharpness();
    if both < 3.0 || sharpness <= 0.0 {
        return 0.0;
    }
    let covariance = dot(&a.scores, &b.scores) / both - a.mean_beside(b, both) * b.mean_beside(a, both);
    let r = a.seen.correlation(&b.seen, covariance / (a.excess_beside(b, both) * b.excess_beside(a, both)));
    let by_chance = shrinkage / (both * sharpness);
    r * (1.0 - by_chance / (r * r).max(f64::MIN_POSITIVE)).max(0.0)
}

/// Sums in lanes that the compiler turns into vectors; the order is fixed.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f32; 16];
    let (mut x, mut y) = (a.chunks_exact(16), b.chunks_exact(16));
    for (a, b) in (&mut x).zip(&mut y) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = x.remainder().iter().zip(y.remainder()).map(|(a, b)| a * b).sum();
    sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() + f64::from(rest)
}

/// Puts the levels that share a scale in the order of their means on the leading direction of all other columns.
fn put_in_order(layouts: &mut [Layout], latents: &[Latent], matrix: &[f64], train: &Encoded) {
    let Some(direction) = leading_directions(matrix, latents.len(), 1).pop() else { return };
    let along = |kept: &dyn Fn(&Latent) -> bool| {
        let mut sums = vec![0.0_f32; train.n_rows()];
        for (latent, &weight) in latents.iter().zip(&direction).filter(|(latent, _)| kept(latent)) {
            sums.iter_mut().zip(&latent.scores).for_each(|(sum, score)| *sum += weight as f32 * score);
        }
        sums
    };
    let all = along(&|_| true);
    for (column, layout) in layouts.iter_mut().enumerate().filter(|(_, layout)| layout.rest.len() > 2) {
        let own = along(&|latent| latent.column == column);
        let mut sums = vec![(0.0, SHRINK); train.domain().columns[column].tokens.len()];
        for (row, &token) in train.columns()[column].tokens.iter().enumerate() {
            let (sum, rows) = &mut sums[token as usize];
            *sum += f64::from(all[row] - own[row]);
            *rows += 1.0;
        }
        let mean = |token: u32| sums[token as usize].0 / sums[token as usize].1;
        layout.rest.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(a.cmp(&b)));
    }
}
