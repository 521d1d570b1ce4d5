//! What does the judge learn, and what does it say about a pool of rows?

use super::columns::Columns;
use super::dynamics::{Dynamics, ROUNDS, dynamics};
use super::{CurateError, Curation, Rule, conformal, published, subgroup};
use rand::seq::SliceRandom as _;
use verosim_core::{Context, Seeded};
use verosim_data::{Cells, Column, Table};
use verosim_math::learn::{Binned, Boosted, Boosting, Sample, Target, auc};

/// A judge of outcomes, learned from real rows.
#[derive(Clone, Debug)]
pub struct Judge {
    rule: Rule,
    target: String,
    columns: Columns,
    outcome: Outcome,
    /// Under the published rule one judge of all rows; else one per fold, with the sorted scores that it gave the real
    /// rows of each class which it never saw.
    judges: Vec<(Boosted, Vec<Vec<f64>>)>,
    /// How well the judge tells classes apart on real rows that it never saw (mean AUC of one class against the rest), or
    /// R² for numbers; `None` under the published rule.
    skill: Option<f64>,
}

#[derive(Clone, Debug)]
enum Outcome {
    /// Names of the classes.
    Classes(Vec<String>),
    /// Quartiles of the outcome among real rows: rows are compared with those of their quarter.
    Number([f64; 3]),
}

const FOLDS: usize = 5;
const LEAST_ROWS: usize = 20;
/// Real rows of a class that the judge can know.
const LEAST_CLASS: usize = 5;

impl Judge {
    /// Learns the outcome `target` from `real` rows.
    ///
    /// Settings of the trees follow the number of rows: small leaves only where there are many.
    ///
    /// # Errors
    /// [`CurateError`].
    ///
    /// # Cost
    /// Six fits of 100 rounds; see [`Boosting`].
    pub fn learn(
        real: &Table,
        target: &str,
        rule: Rule,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Self, CurateError> {
        let column =
            real.column(target).ok_or_else(|| CurateError::NoTarget { target: target.to_owned() })?;
        if rule == Rule::Published && column.numbers().is_some() {
            return Err(CurateError::NumberTarget { target: target.to_owned() });
        }
        let outcome = Outcome::of(column, target)?;
        let codes = outcome.codes(column);
        let usable: Vec<usize> = (0..real.n_rows()).filter(|&row| codes[row].is_some()).collect();
        if usable.len() < LEAST_ROWS {
            return Err(CurateError::TooFewRows { found: usable.len(), needed: LEAST_ROWS });
        }
        let real = real.take(&usable);
        let column =
            real.column(target).ok_or_else(|| CurateError::NoTarget { target: target.to_owned() })?;
        let codes: Vec<u32> = outcome.codes(column).into_iter().map(|code| code.unwrap_or(0)).collect();
        let (columns, data) = Columns::learn(&real, target);
        let numbers = column.numbers().unwrap_or_default();
        let fit = |rows: &[u32]| outcome.fit(&data, &codes, numbers, rows);
        let n = usable.len();
        let mut judge = Self {
            rule,
            target: target.to_owned(),
            columns,
            outcome: outcome.clone(),
            judges: Vec::new(),
            skill: None,
        };
        if rule == Rule::Published {
            let all: Vec<u32> = (0..n as u32).collect();
            judge.judges.push((fit(&all), Vec::new()));
            return Ok(judge);
        }
        let fold = folds(&codes, outcome.n_groups(), seed);
        let mut unseen = vec![0.0; n];
        for at in 0..FOLDS {
            ctx.stop.check()?;
            let (inside, outside): (Vec<u32>, Vec<u32>) =
                (0..n as u32).partition(|&row| fold[row as usize] != at);
            if outside.is_empty() || inside.is_empty() {
                continue;
            }
            let boosted = fit(&inside);
            let scores = outcome.scores(&boosted, &data, &outside, &codes, numbers);
            let mut by_group = vec![Vec::new(); outcome.n_groups()];
            for (&row, score) in outside.iter().zip(&scores) {
                by_group[codes[row as usize] as usize].push(*score);
                unseen[row as usize] = *score;
            }
            by_group.iter_mut().for_each(|scores| scores.sort_by(f64::total_cmp));
            judge.judges.push((boosted, by_group));
        }
        judge.skill = outcome.skill(&unseen, &codes, numbers);
        Ok(judge)
    }

    /// How well the judge does on real rows that it never saw: AUC (0.5 is chance), or R² for numbers.
    #[must_use]
    pub fn skill(&self) -> Option<f64> {
        self.skill
    }

    /// Decides about a pool. Rows without an outcome, or of a class that no real row has, are kept: the judge knows
    /// nothing about them.
    ///
    /// # Errors
    /// [`CurateError::NoTarget`] when the pool lacks the outcome.
    pub fn decide(&self, pool: &Table) -> Result<Curation, CurateError> {
        let lacks = || CurateError::NoTarget { target: self.target.clone() };
        let column = pool.column(&self.target).ok_or_else(lacks)?;
        let codes = self.outcome.codes(column);
        let known: Vec<u32> =
            (0..pool.n_rows() as u32).filter(|&row| codes[row as usize].is_some()).collect();
        let filled: Vec<u32> = codes.iter().map(|code| code.unwrap_or(0)).collect();
        let data = self.columns.read(pool);
        let numbers = column.numbers().unwrap_or_default();
        let n = pool.n_rows();
        let mut curation = Curation {
            keep: vec![true; n],
            confidence: vec![1.0; n],
            uncertainty: vec![0.0; n],
            p_value: vec![1.0; n],
        };
        let is_class = matches!(self.outcome, Outcome::Classes(_));
        if is_class {
            let mut sums = vec![(0.0, 0.0); known.len()];
            for (judge, _) in &self.judges {
                for (sum, seen) in sums.iter_mut().zip(dynamics(judge, &data, &known, &filled)) {
                    sum.0 += seen.confidence() / self.judges.len() as f64;
                    sum.1 += seen.uncertainty() / self.judges.len() as f64;
                }
            }
            for (&row, (sure, unsure)) in known.iter().zip(sums) {
                curation.confidence[row as usize] = sure;
                curation.uncertainty[row as usize] = unsure;
            }
        }
        let of = |values: &[f64]| -> Vec<f64> { known.iter().map(|&row| values[row as usize]).collect() };
        if self.rule == Rule::Published {
            let kept = published::keep(&of(&curation.confidence), &of(&curation.uncertainty));
            known.iter().zip(kept).for_each(|(&row, kept)| curation.keep[row as usize] = kept);
            return Ok(curation);
        }
        // Cross-conformal p-values (Vovk 2015): each judge compares with the real rows that it never saw.
        let n_groups = self.outcome.n_groups();
        let mut below = vec![0.0; known.len()];
        let mut real = vec![0_usize; n_groups];
        for (judge, by_group) in &self.judges {
            by_group.iter().zip(&mut real).for_each(|(scores, n)| *n += scores.len());
            let scores = self.outcome.scores(judge, &data, &known, &filled, numbers);
            for ((&row, score), below) in known.iter().zip(scores).zip(&mut below) {
                let scores = &by_group[filled[row as usize] as usize];
                *below += conformal::p_value(scores, score) * (scores.len() as f64 + 1.0) - 1.0;
            }
        }
        for (&row, below) in known.iter().zip(below) {
            let group = filled[row as usize] as usize;
            curation.p_value[row as usize] = (below + 1.0) / (real[group] as f64 + 1.0);
        }
        for group in 0..n_groups {
            let rows: Vec<u32> =
                known.iter().copied().filter(|&row| filled[row as usize] as usize == group).collect();
            let p: Vec<f64> = rows.iter().map(|&row| curation.p_value[row as usize]).collect();
            let kept = conformal::keep(&p);
            rows.iter().zip(kept).for_each(|(&row, kept)| curation.keep[row as usize] = kept);
        }
        if !is_class {
            curation.confidence.clone_from(&curation.p_value);
        }
        subgroup::protect(pool, &self.target, &curation.p_value, &mut curation.keep);
        Ok(curation)
    }
}

impl Outcome {
    fn of(column: &Column, target: &str) -> Result<Self, CurateError> {
        match &column.cells {
            Cells::Number(values) => {
                let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
                sorted.sort_by(f64::total_cmp);
                let at =
                    |share: f64| sorted.get((share * sorted.len() as f64) as usize).copied().unwrap_or(0.0);
                Ok(Self::Number([at(0.25), at(0.5), at(0.75)]))
            }
            Cells::Level { codes, levels } => {
                let count = |level: usize| codes.iter().filter(|&&code| code as usize == level).count();
                let known: Vec<String> = (0..levels.len())
                    .filter(|&level| count(level) >= LEAST_CLASS)
                    .map(|level| levels[level].clone())
                    .collect();
                if known.len() < 2 {
                    let (target, classes) = (target.to_owned(), known.len());
                    return Err(CurateError::OneClass { target, classes, least: LEAST_CLASS });
                }
                Ok(Self::Classes(known))
            }
        }
    }

    /// Classes, or quarters of the real outcome.
    fn n_groups(&self) -> usize {
        match self {
            Self::Classes(names) => names.len(),
            Self::Number(_) => 4,
        }
    }

    /// Class or quarter of each row; `None` where the judge cannot know it.
    fn codes(&self, column: &Column) -> Vec<Option<u32>> {
        match (self, &column.cells) {
            (Self::Classes(names), Cells::Level { codes, levels }) => {
                let map: Vec<Option<u32>> = levels
                    .iter()
                    .map(|level| names.iter().position(|name| name == level).map(|at| at as u32))
                    .collect();
                codes.iter().map(|&code| map.get(code as usize).copied().flatten()).collect()
            }
            (Self::Number(quartiles), Cells::Number(values)) => values
                .iter()
                .map(|value| {
                    value.is_finite().then(|| quartiles.iter().filter(|q| value >= *q).count() as u32)
                })
                .collect(),
            _ => vec![None; column.len()],
        }
    }

    fn fit(&self, data: &Binned, codes: &[u32], numbers: &[f64], rows: &[u32]) -> Boosted {
        let boosting = Boosting {
            rounds: ROUNDS,
            learning_rate: 0.1,
            max_leaves: (rows.len() / 40).clamp(3, 15),
            min_rows: (rows.len() / 50).clamp(3, 20),
            l2: 1.0,
            ..Boosting::default()
        };
        let second: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
        let target = match self {
            Self::Classes(names) if names.len() == 2 => Target::Binary(&second),
            Self::Classes(names) => Target::Classes { codes, n_classes: names.len() },
            Self::Number(_) => Target::Number(numbers),
        };
        boosting.fit(&Sample::of(data, target, rows)).expect("rows, classes and numbers were checked before")
    }

    /// How like its own class, or how near to what is expected, each of `rows` is: more is more alike.
    fn scores(
        &self,
        judge: &Boosted,
        data: &Binned,
        rows: &[u32],
        codes: &[u32],
        numbers: &[f64],
    ) -> Vec<f64> {
        match self {
            Self::Classes(_) => dynamics(judge, data, rows, codes).iter().map(Dynamics::confidence).collect(),
            Self::Number(_) => {
                let expected = judge.predict(data, rows);
                rows.iter()
                    .zip(expected)
                    .map(|(&row, expected)| -(numbers[row as usize] - expected).abs())
                    .collect()
            }
        }
    }

    fn skill(&self, unseen: &[f64], codes: &[u32], numbers: &[f64]) -> Option<f64> {
        match self {
            // Confidence in the own class of two classes orders rows by the probability of either.
            Self::Classes(names) if names.len() == 2 => {
                let of = |class: u32, turn: bool| -> Vec<f64> {
                    (0..codes.len())
                        .filter(|&row| codes[row] == class)
                        .map(|row| if turn { 1.0 - unseen[row] } else { unseen[row] })
                        .collect()
                };
                auc(&of(1, false), &of(0, true)).ok().map(|auc| auc.value)
            }
            Self::Classes(_) => Some(unseen.iter().sum::<f64>() / unseen.len().max(1) as f64),
            Self::Number(_) => {
                let mean = numbers.iter().sum::<f64>() / numbers.len().max(1) as f64;
                let total: f64 = numbers.iter().map(|value| (value - mean).powi(2)).sum();
                let left: f64 = unseen.iter().map(|residual| residual * residual).sum();
                (total > 0.0).then(|| 1.0 - left / total)
            }
        }
    }
}

/// Folds that are even over classes.
fn folds(codes: &[u32], n_groups: usize, seed: Seeded) -> Vec<usize> {
    let mut fold = vec![0; codes.len()];
    for group in 0..n_groups {
        let mut rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] as usize == group).collect();
        rows.shuffle(&mut seed.split_at(group as u64).rng());
        rows.iter().enumerate().for_each(|(at, &row)| fold[row] = at % FOLDS);
    }
    fold
}
