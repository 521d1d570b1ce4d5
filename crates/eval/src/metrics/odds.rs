//! re.logor: do conditions occur together as often as they should?

use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::stats::concordance;

/// Lin's concordance of log odds ratios of pairs of conditions.
pub(super) struct Odds;

static INFO: MetricInfo = MetricInfo {
    id: "re.logor",
    name: "Concordance of odds ratios",
    question: "Do conditions occur together as often as they should?",
    page: "A condition is a level of a column (the rarer one of two; the eight commonest otherwise), present or not. For each \
           pair of conditions of different columns that chance alone would bring together in at least 20 holdout rows, the log \
           odds ratio (half a row added to each count) among holdout rows is set against that among synthetic rows; the score \
           is Lin's coefficient of concordance over the pairs, 1 when all are equal, 0 when nothing of the relations is left. \
           Real rows do not reach 1, for odds ratios have sampling errors: compare with the ceiling. The parts are the slope \
           of synthetic on real log odds ratios (below 1: relations fade) and the number of pairs, at most 5,000.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: -1.0, high: 1.0 },
    unit: "concordance",
    sources: &[Citation("lin1989"), Citation("yan2022")],
    maturity: Maturity::Checked,
};

/// Rows that chance must bring together.
const LEAST_EXPECTED: f64 = 20.0;
/// Pairs that a concordance needs.
const LEAST_PAIRS: usize = 5;
/// Pairs looked at; every so many in order.
const MOST_PAIRS: usize = 5_000;
/// Conditions of one column.
const MOST_LEVELS: usize = 8;

impl Metric for Odds {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        super::ks::needs_levels(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let conditions = conditions(data);
        let groups = Groups::new(data.holdout.n_rows(), data.synthetic.n_rows(), seed);
        let real = Bits::new(data.holdout, &conditions, &groups.real);
        let made = Bits::new(data.synthetic, &conditions, &groups.synthetic);
        let n = data.holdout.n_rows() as f64;
        let count = |at: usize| real.alone[at].iter().sum::<u32>();
        let all: Vec<(usize, usize)> = (0..conditions.len())
            .flat_map(|a| (a + 1..conditions.len()).map(move |b| (a, b)))
            .filter(|&(a, b)| {
                let expected = f64::from(count(a)) * f64::from(count(b)) / n.max(1.0);
                conditions[a].0 != conditions[b].0 && expected >= LEAST_EXPECTED
            })
            .collect();
        if all.len() < LEAST_PAIRS {
            return Err(MetricError::TooFew {
                unit: "pairs of common conditions",
                needed: LEAST_PAIRS,
                found: all.len(),
            });
        }
        let pairs: Vec<_> = all.iter().step_by(all.len().div_ceil(MOST_PAIRS)).collect();
        // For each pair, without each group and with all rows.
        let odds =
            |bits: &Bits| -> Vec<Vec<f64>> { pairs.par_iter().map(|&&(a, b)| bits.log_odds(a, b)).collect() };
        let (real, made) = (odds(&real), odds(&made));
        let agreement = |out: usize| {
            let of = |odds: &[Vec<f64>]| odds.iter().map(|pair| pair[out]).collect::<Vec<f64>>();
            concordance(&of(&real), &of(&made))
        };
        let score = groups.score(|out| agreement(out).map(|found| found.coefficient))?;
        let slope = agreement(GROUPS).and_then(|found| found.slope);
        let parts = slope.map(|slope| ("slope".to_owned(), slope)).into_iter();
        Ok(score.with_parts(parts.chain([("pairs".to_owned(), pairs.len() as f64)])))
    }
}

/// Columns and levels, by what training and holdout rows have.
fn conditions(data: &Trio<'_>) -> Vec<(usize, u32)> {
    let mut conditions = Vec::new();
    for at in 0..data.schema.columns.len() {
        let Some((holdout, levels)) = data.holdout.columns()[at].levels() else { continue };
        let train = data.train.columns()[at].levels().map_or(&[][..], |(codes, _)| codes);
        let mut counts = vec![0_usize; levels.len()];
        for &code in train.iter().chain(holdout) {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        let mut known: Vec<usize> = (0..levels.len()).filter(|&level| counts[level] > 0).collect();
        known.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
        let chosen = match known.len() {
            0 | 1 => &[][..],
            2 => &known[1..],
            n => &known[..n.min(MOST_LEVELS)],
        };
        conditions.extend(chosen.iter().map(|&level| (at, level as u32)));
    }
    conditions
}

/// Which rows have which condition, one bit a row, rows of a group together.
struct Bits {
    /// By condition.
    words: Vec<Vec<u64>>,
    /// Where the words of each group begin, and where the last one's end.
    starts: [usize; GROUPS + 1],
    rows: [u32; GROUPS],
    /// Rows with each condition, by group.
    alone: Vec<[u32; GROUPS]>,
}

impl Bits {
    fn new(table: &Table, conditions: &[(usize, u32)], groups: &[u8]) -> Self {
        let mut rows = [0_u32; GROUPS];
        groups.iter().for_each(|&group| rows[usize::from(group)] += 1);
        let mut starts = [0; GROUPS + 1];
        for group in 0..GROUPS {
            starts[group + 1] = starts[group] + rows[group].div_ceil(64) as usize;
        }
        let mut next = [0_usize; GROUPS];
        let bit: Vec<usize> = groups
            .iter()
            .map(|&group| {
                let group = usize::from(group);
                next[group] += 1;
                64 * starts[group] + next[group] - 1
            })
            .collect();
        let words: Vec<Vec<u64>> = conditions
            .par_iter()
            .map(|&(at, level)| {
                let mut words = vec![0_u64; starts[GROUPS]];
                let codes = table.columns()[at].levels().map_or(&[][..], |(codes, _)| codes);
                for (&code, &bit) in codes.iter().zip(&bit) {
                    words[bit / 64] |= u64::from(code == level) << (bit % 64);
                }
                words
            })
            .collect();
        let mut bits = Self { words, starts, rows, alone: Vec::new() };
        bits.alone = (0..conditions.len()).map(|at| bits.together(at, at)).collect();
        bits
    }

    /// Rows with both conditions, by group.
    fn together(&self, a: usize, b: usize) -> [u32; GROUPS] {
        std::array::from_fn(|group| {
            let words = self.starts[group]..self.starts[group + 1];
            let pairs = self.words[a][words.clone()].iter().zip(&self.words[b][words]);
            pairs.map(|(a, b)| (a & b).count_ones()).sum()
        })
    }

    /// Log odds ratio without each group and of all rows.
    fn log_odds(&self, a: usize, b: usize) -> Vec<f64> {
        let together = self.together(a, b);
        (0..=GROUPS)
            .map(|out| {
                let left = |counts: &[u32; GROUPS]| -> f64 {
                    (0..GROUPS).filter(|&group| group != out).map(|group| f64::from(counts[group])).sum()
                };
                let (both, a, b, n) =
                    (left(&together), left(&self.alone[a]), left(&self.alone[b]), left(&self.rows));
                let log = |count: f64| (count + 0.5).ln();
                log(both) + log(n - a - b + both) - log(a - both) - log(b - both)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    fn rows(step: usize) -> Vec<[String; 4]> {
        let is = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        (0..600)
            .map(|at| {
                let sick = at % 3 == 0;
                let cell = |salt: usize| is((sick && at % salt != 0) || at * step % 7 == salt % 7);
                [is(sick), cell(4), cell(5), cell(6)]
            })
            .collect()
    }

    #[test]
    fn an_odds_ratio_is_by_hand() {
        let three = Three::new(&["a", "b", "c", "d"], [&rows(1), &rows(1), &rows(1)]);
        let conditions = conditions(&three.trio());
        assert_eq!(conditions.len(), 4, "one condition for each column of two levels");
        let groups: Vec<u8> = (0..600).map(|at| (at % GROUPS) as u8).collect();
        let bits = Bits::new(&three.holdout, &conditions, &groups);
        // Counted from the rows: both, only one, only the other, neither.
        let mut counts = [0.5_f64; 4];
        let has = |row: usize, at: usize| {
            three.holdout.columns()[conditions[at].0].levels().unwrap().0[row] == conditions[at].1
        };
        (0..600).for_each(|row| counts[usize::from(has(row, 0)) * 2 + usize::from(has(row, 1))] += 1.0);
        let want = (counts[3] * counts[0] / (counts[1] * counts[2])).ln();
        assert!((bits.log_odds(0, 1)[GROUPS] - want).abs() < 1e-12);
    }

    #[test]
    fn equal_rows_agree_and_shuffled_ones_do_not() {
        let names = ["a", "b", "c", "d"];
        let same = measured(&Odds, &Three::new(&names, [&rows(1), &rows(1), &rows(1)])).value();
        assert!((same - 1.0).abs() < 1e-12, "{same}");
        let mut loose = rows(1);
        let cells: Vec<[String; 4]> = loose.clone();
        for (at, row) in loose.iter_mut().enumerate() {
            (1..4).for_each(|column| row[column].clone_from(&cells[(at * 7 + column * 101) % 600][column]));
        }
        let lost = measured(&Odds, &Three::new(&names, [&rows(1), &rows(1), &loose])).value();
        assert!(lost < 0.3, "{lost}");
        let one = rows(1).into_iter().map(|[a, b, ..]| [a, b]).collect::<Vec<_>>();
        assert!(
            refused(&Odds, &Three::new(&["a", "b"], [&one, &one, &one])).to_string().contains("at least 5")
        );
    }
}
