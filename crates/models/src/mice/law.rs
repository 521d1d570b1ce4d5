//! What is the law of one column given others: predicted scores, and what was seen near them?

use super::shape::Shape;
use super::strata::{Enough, Strata};
use rand::{Rng, RngExt as _};
use verosim_data::EncodedColumn;
use verosim_math::learn::Gram;

/// Questions one after the other, whether a cell is of the commonest class, of the next, ..., and where it is a number, how
/// far it lies from what is expected.
///
/// # Source
/// Yu, He and Raghunathan 2022 (`yu2022mi`): propensity strata for rare binary variables, and for skewed continuous ones a
/// predicted score with draws from its neighbourhood. Here neighbourhoods lend residuals, as quantiles, and no donor's value.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Law {
    pub(super) questions: Vec<Question>,
    pub(super) numbers: Option<Numbers>,
}

/// A linear prediction.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Score {
    /// Columns of the design; the intercept comes first.
    pub(super) features: Vec<u32>,
    pub(super) weights: Vec<f32>,
}

/// Is a cell of this class, if of none before?
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) score: Score,
    pub(super) strata: Strata,
    /// Chance of a yes in each stratum.
    pub(super) chances: Vec<f32>,
}

/// The normal score of a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) score: Score,
    pub(super) strata: Strata,
    /// In each stratum, how far normal scores lie above the predicted one, at equally spaced probabilities.
    pub(super) knots: Vec<Vec<f32>>,
}

/// Questions at most; rarer classes are drawn by how common they are.
pub(super) const MOST_QUESTIONS: usize = 20;
/// Most knots in a stratum.
const MOST_KNOTS: usize = 33;
/// Parts that numbers, and answers, are cut into at most, about.
const NUMBER_STRATA: usize = 10;
const ANSWER_STRATA: usize = 20;
/// Added to the squares of each column of the design: one row's worth.
const RIDGE: f64 = 1.0;
/// Rows by which a stratum's chance is drawn to the chance of all.
const BACKOFF: f64 = 0.5;

/// The rows that laws are learned from.
pub(super) struct Rows<'a> {
    /// Columns of the design, all cells known or filled.
    pub(super) design: &'a [Vec<f32>],
    /// How often each row was drawn.
    pub(super) weights: &'a [u8],
    /// The person of each row.
    pub(super) people: &'a [u32],
    /// Least people behind a stratum.
    pub(super) least: usize,
    /// Most columns of the table that a score looks at.
    pub(super) predictors: usize,
}

impl Law {
    /// Learns a column from `rows`, whose sums are `gram`, given the columns of the table whose places in the design are
    /// `seen`.
    ///
    /// # Cost
    /// O(rows · design columns²) for a number or a column of many classes, O(rows · design columns) for yes and no.
    pub(super) fn fit(
        table: &Rows<'_>,
        gram: &Gram,
        shape: &Shape,
        cells: &EncodedColumn,
        rows: &[u32],
        seen: &[std::ops::Range<usize>],
    ) -> Self {
        let mut law = Self::default();
        let class = |row: u32| shape.class(cells.tokens[row as usize]).map(usize::from);
        let (mut left, mut gram) = (rows.to_vec(), gram.clone());
        for asked in 0..shape.n_classes().saturating_sub(1).min(MOST_QUESTIONS) {
            let (yes, no): (Vec<u32>, Vec<u32>) = left.iter().partition(|&&row| class(row) == Some(asked));
            law.questions.push(table.question(&gram, &left, &yes, seen));
            if no.len() < 2 * table.least {
                break;
            }
            gram.take(table.design, table.weights, &yes);
            left = no;
        }
        if let Some(number) = (0..shape.n_classes()).find(|&class| shape.is_scored(class)) {
            let own: Vec<u32> = rows.iter().copied().filter(|&row| class(row) == Some(number)).collect();
            let mut sums = Gram::new(table.design.len());
            if shape.n_classes() > 1 {
                sums.add(table.design, table.weights, &own);
            }
            let score = |row: u32| {
                shape.score(cells.tokens[row as usize], cells.ranks.get(row as usize).copied().unwrap_or(0.0))
            };
            let scores: Vec<f64> = own.iter().map(|&row| score(row)).collect();
            let sums = if shape.n_classes() > 1 { &sums } else { &gram };
            law.numbers = Some(table.numbers(sums, &own, &scores, seen));
        }
        law
    }

    /// Draws cells of `rows`, given the design. The cells of other rows stay.
    pub(super) fn draw(
        &self,
        shape: &Shape,
        design: &[Vec<f32>],
        rows: &[u32],
        cells: &mut EncodedColumn,
        rng: &mut impl Rng,
    ) {
        for &row in rows {
            let (token, rank) = self.cell(shape, design, row as usize, rng);
            cells.tokens[row as usize] = token;
            if let Some(own) = cells.ranks.get_mut(row as usize) {
                *own = rank;
            }
        }
    }

    /// Draws one cell.
    pub(super) fn cell(
        &self,
        shape: &Shape,
        design: &[Vec<f32>],
        row: usize,
        rng: &mut impl Rng,
    ) -> (u32, f32) {
        let yes = self.questions.iter().position(|question| {
            let stratum = question.strata.of(question.score.of(design, row) as f32);
            rng.random::<f32>() < question.chances[stratum]
        });
        let class = yes.unwrap_or_else(|| shape.by_share(self.questions.len(), rng));
        let score = match &self.numbers {
            Some(numbers) if shape.is_scored(class) => numbers.draw(design, row, rng),
            _ => 0.0,
        };
        shape.cell(class, score, rng)
    }
}

impl Score {
    pub(super) fn of(&self, design: &[Vec<f32>], row: usize) -> f64 {
        let parts = self.features.iter().zip(&self.weights);
        parts.map(|(&at, weight)| f64::from(*weight) * f64::from(design[at as usize][row])).sum()
    }
}

impl Numbers {
    fn draw(&self, design: &[Vec<f32>], row: usize, rng: &mut impl Rng) -> f64 {
        let expected = self.score.of(design, row);
        let knots = &self.knots[self.strata.of(expected as f32)];
        let place = rng.random::<f64>() * (knots.len() - 1) as f64;
        let at = (place as usize).min(knots.len().saturating_sub(2));
        let (low, high) = (f64::from(knots[at]), f64::from(knots[(at + 1).min(knots.len() - 1)]));
        expected + low + (place - at as f64) * (high - low)
    }
}

impl Rows<'_> {
    fn weight(&self, row: u32) -> f64 {
        f64::from(self.weights[row as usize])
    }

    /// Sums of products of a variable, known as (row, number), with all columns of the design.
    fn cross(&self, values: impl Iterator<Item = (u32, f64)> + Clone) -> Vec<f64> {
        let weighted: Vec<(u32, f64)> = values.map(|(row, value)| (row, value * self.weight(row))).collect();
        let of = |column: &Vec<f32>| -> f64 {
            weighted.iter().map(|&(row, value)| value * f64::from(column[row as usize])).sum()
        };
        self.design.iter().map(of).collect()
    }

    /// The prediction from the columns of the table that tell most.
    fn score(&self, gram: &Gram, cross: &[f64], seen: &[std::ops::Range<usize>]) -> Score {
        let told = |places: &std::ops::Range<usize>| {
            places.clone().map(|at| gram.told(at, cross)).fold(0.0, f64::max)
        };
        let mut best: Vec<(f64, &std::ops::Range<usize>)> =
            seen.iter().map(|places| (told(places), places)).filter(|(told, _)| *told > 0.0).collect();
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
        best.truncate(self.predictors);
        let mut chosen = vec![0];
        chosen.extend(best.into_iter().flat_map(|(_, places)| places.clone()));
        chosen.sort_unstable();
        let right: Vec<f64> = chosen.iter().map(|&at| cross[at]).collect();
        match gram.ridge(&chosen, &right, RIDGE) {
            Some(weights) => Score {
                features: chosen.iter().map(|&at| at as u32).collect(),
                weights: weights.iter().map(|&weight| weight as f32).collect(),
            },
            None => Score { features: vec![0], weights: vec![(cross[0] / gram.weight().max(1.0)) as f32] },
        }
    }

    fn question(&self, gram: &Gram, rows: &[u32], yes: &[u32], seen: &[std::ops::Range<usize>]) -> Question {
        let cross = self.cross(yes.iter().map(|&row| (row, 1.0)));
        let score = self.score(gram, &cross, seen);
        let is_yes_rare = 2 * yes.len() <= rows.len();
        let n_rare = if is_yes_rare { yes.len() } else { rows.len() - yes.len() };
        // Both lists ascend.
        let mut hits = yes.iter().copied().peekable();
        let asked: Vec<(f32, u32, bool)> = rows
            .iter()
            .map(|&row| {
                let is_yes = hits.next_if_eq(&row).is_some();
                (score.of(self.design, row as usize) as f32, row, is_yes)
            })
            .collect();
        let strata = Strata::cut(
            asked
                .iter()
                .map(|&(score, row, yes)| (score, self.people[row as usize], yes == is_yes_rare))
                .collect(),
            Enough {
                people: self.least,
                rows: rows.len().div_ceil(ANSWER_STRATA),
                rare: n_rare.div_ceil(ANSWER_STRATA / 2),
            },
        );
        let mut counts = vec![(0.0, 0.0); strata.n()];
        for &(score, row, is_yes) in &asked {
            let (hits, all) = &mut counts[strata.of(score)];
            *hits += if is_yes { self.weight(row) } else { 0.0 };
            *all += self.weight(row);
        }
        let (hits, all) = counts.iter().fold((0.0, 0.0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let share = if all > 0.0 { hits / all } else { 0.0 };
        let chance = |&(hits, all): &(f64, f64)| ((hits + BACKOFF * share) / (all + BACKOFF)) as f32;
        Question { score, strata, chances: counts.iter().map(chance).collect() }
    }

    fn numbers(&self, gram: &Gram, rows: &[u32], values: &[f64], seen: &[std::ops::Range<usize>]) -> Numbers {
        let cross = self.cross(rows.iter().copied().zip(values.iter().copied()));
        let score = self.score(gram, &cross, seen);
        let expected: Vec<f64> = rows.iter().map(|&row| score.of(self.design, row as usize)).collect();
        let strata = Strata::cut(
            expected
                .iter()
                .zip(rows)
                .map(|(&at, &row)| (at as f32, self.people[row as usize], false))
                .collect(),
            Enough { people: self.least, rows: rows.len().div_ceil(NUMBER_STRATA), rare: 0 },
        );
        let mut residuals: Vec<Vec<(f64, f64)>> = vec![Vec::new(); strata.n()];
        for ((&expected, &value), &row) in expected.iter().zip(values).zip(rows) {
            residuals[strata.of(expected as f32)].push((value - expected, self.weight(row)));
        }
        // What was fitted lies nearer than what is drawn will. A row that was drawn twice counts for two in the fit and for
        // one in what it tells, so a bag of n rows loses two degrees of freedom with each weight.
        let (n, lost) = (rows.len() as f64, 2.0 * score.weights.len() as f64);
        let wider = (n / (n - lost).max(0.25 * n).max(1.0)).sqrt();
        let knots = residuals.into_iter().map(|own| knots(own, wider)).collect();
        Numbers { score, strata, knots }
    }
}

/// Quantiles of weighted residuals, at most half as many as there are and none of the outermost, spread so that draws between
/// them have the variance of the residuals times `wider` squared.
fn knots(mut residuals: Vec<(f64, f64)>, wider: f64) -> Vec<f32> {
    let total: f64 = residuals.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return vec![0.0];
    }
    residuals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = residuals.iter().map(|(value, weight)| value * weight).sum::<f64>() / total;
    let variance =
        residuals.iter().map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>() / total;
    // The middle of each row's weight, at which its value is the quantile.
    let mut before = 0.0;
    let places: Vec<(f64, f64)> = residuals
        .iter()
        .map(|&(value, weight)| {
            before += weight;
            ((before - 0.5 * weight) / total, value)
        })
        .collect();
    let n = (residuals.len() / 2).clamp(1, MOST_KNOTS);
    let knots: Vec<f64> = (0..n).map(|at| between(&places, (at as f64 + 0.5) / n as f64)).collect();
    // Of draws that are uniform between neighbouring knots.
    let steps = (n.max(2) - 1) as f64;
    let centre = knots.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).sum::<f64>() / steps;
    let spread = knots
        .windows(2)
        .map(|pair| {
            let (a, b) = (pair[0] - centre, pair[1] - centre);
            (a * a + a * b + b * b) / 3.0
        })
        .sum::<f64>()
        / steps;
    if n < 2 || spread <= 0.0 {
        return vec![mean as f32];
    }
    let scale = wider * (variance / spread).sqrt();
    knots.iter().map(|knot| (mean + (knot - centre) * scale) as f32).collect()
}

/// The value at `share` between ascending places.
fn between(places: &[(f64, f64)], share: f64) -> f64 {
    let after = places.partition_point(|(place, _)| *place < share);
    match (after.checked_sub(1).and_then(|at| places.get(at)), places.get(after)) {
        (Some(low), Some(high)) => low.1 + (share - low.0) / (high.0 - low.0) * (high.1 - low.1),
        (Some(end), None) | (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_keep_mean_and_variance_and_no_extreme() {
        let residuals: Vec<(f64, f64)> = (0..101).map(|at| (f64::from(at) / 50.0 - 1.0, 1.0)).collect();
        let found = knots(residuals, 1.0);
        assert_eq!(found.len(), 33);
        let mut rng = verosim_core::Seeded::new(1).rng();
        let numbers = Numbers {
            score: Score { features: vec![0], weights: vec![2.0] },
            strata: Strata::default(),
            knots: vec![found],
        };
        let drawn: Vec<f64> = (0..20_000).map(|_| numbers.draw(&[vec![1.0]], 0, &mut rng)).collect();
        let mean = drawn.iter().sum::<f64>() / 2e4;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2e4;
        // Uniform on [-1, 1] about 2: variance 1/3 (0.34 with 101 points); standard errors 0.004 and 0.002.
        assert!((mean - 2.0).abs() < 0.02 && (variance - 0.34).abs() < 0.012, "{mean} {variance}");
        assert_eq!(knots(vec![(3.0, 1.0); 8], 1.0), [3.0]);
        assert_eq!(knots(vec![(1.0, 1.0), (2.0, 3.0)], 1.0), [1.75], "too few for quantiles: their mean");
    }

    #[test]
    fn sums_of_halves_lie_between() {
        let places = [(0.25, 1.0), (0.75, 3.0)];
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| between(&places, share)), [1.0, 1.0, 2.0, 3.0]);
    }
}
