//! eq.real: is every group of people drawn as well as the others?

use super::accuracy::accuracy;
use crate::card::{GroupReading, Reading};
use crate::coded::{Coded, Coder};
use crate::groups::{Group, SUPPRESSED, gaps, groups};
use crate::kept::{Kept, Skill, against_chance, jackknife, kept};
use crate::metric::Pass;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::stats::student_reach;

/// What the worst group loses of pairwise accuracy, beside as many training rows of the same group.
pub(super) struct GroupRealism;

static INFO: MetricInfo = MetricInfo {
    id: "eq.real",
    name: "Realism of groups",
    question: "Is every group of people drawn as well as the others?",
    page: "Within each group (see `eq.rep`), pairwise accuracy as in `re.acc2` over at most 200 pairs of columns, of synthetic \
           and of training rows against the holdout rows of the group, all three equally many (at most half of the training \
           rows of the group, and 2,000). Small groups score low whoever drew them: so the loss of a group is the accuracy of \
           its training rows minus that of its synthetic rows, and the value is the loss of the worst group. The gap is the \
           difference between the worst and the best group of a column; beside it stands the gap of real people, which is what \
           the two halves of the training rows show in the place of synthetic and training rows: its mean over nine splits, and \
           the bound that one more stays below, at 95 % for all columns (Bonferroni). The column that is furthest beyond its \
           bound is told, and the verdict passes a gap below it. What a group keeps is its \
           accuracy, from synthetic over from training rows, above what needs no knowledge of it: above that of its training \
           rows with columns shuffled, and above that of other training people under its name. The verdict fails where a gap \
           is beyond its bound and the worst group keeps for certain less than four fifths of what the best one keeps, by \
           either. 0 is right. The \
           interval leaves out tenths of the rows of the worst group and is widened for its being the worst (Bonferroni). Bias \
           of the source is kept: realism is not fairness.",
    family: Family::Equity,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "accuracy lost",
    sources: &[Citation("platzer2021"), Citation("bhanot2021"), Citation("eeoc1978")],
    maturity: Maturity::Draft,
};

const MOST_PAIRS: usize = 200;
const MOST_ROWS: usize = 2_000;
/// Rows of a group on each side below which nothing is told of it.
const LEAST_ROWS: usize = 25;
const SPLITS: u64 = 9;
const SHUFFLES: u64 = 3;
const TENTHS: usize = 10;

/// Losses of one group: of synthetic rows, and of real ones in each split.
struct Loss<'a> {
    group: &'a Group,
    synthetic: f64,
    real: Vec<f64>,
    standard_error: f64,
    /// Accuracies of synthetic and of training rows above each of what needs no knowledge of the group.
    skills: Vec<Skill<'a>>,
}

impl Metric for GroupRealism {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        let found = schema.columns.len();
        if found >= 3 {
            Ok(())
        } else {
            Err(NotApplicable { reason: format!("needs 3 columns, has {found}") })
        }
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let groups = groups(data)?;
        // Column by column, the holdout with the synthetic and with the training rows in the same codes.
        let coded: Vec<[Coded; 2]> = (0..data.schema.columns.len())
            .into_par_iter()
            .map(|at| {
                let [train, real, made] =
                    [data.train, data.holdout, data.synthetic].map(|table| &table.columns()[at]);
                let coder = Coder::new(train, real, 10);
                [made, train].map(|other| Coded {
                    real: coder.codes(real),
                    synthetic: coder.codes(other),
                    n_codes: coder.n_codes(),
                })
            })
            .collect();
        let [made, train]: [Vec<Coded>; 2] = {
            let (made, train) = coded.into_iter().map(|[made, train]| (made, train)).unzip();
            [made, train]
        };
        let losses: Vec<Loss<'_>> = groups
            .told
            .iter()
            .enumerate()
            .filter_map(|(at, group)| loss(group, &made, &train, seed.split("group").split_at(at as u64)))
            .collect();
        let worst = losses.iter().max_by(|a, b| a.synthetic.total_cmp(&b.synthetic));
        let few = MetricError::TooFew { unit: "rows of a group in each table", needed: LEAST_ROWS, found: 0 };
        let worst = worst.ok_or(few)?;
        let by_column = |value: &dyn Fn(&Loss<'_>) -> f64| {
            gaps(&losses.iter().map(|loss| (loss.group, value(loss))).collect::<Vec<_>>())
        };
        let splits: Vec<_> = (0..SPLITS as usize).map(|at| by_column(&|loss| loss.real[at])).collect();
        let against = against_chance(&by_column(&|loss| loss.synthetic), &splits);
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.equity.lock()
        {
            found.extend(losses.iter().map(|loss| GroupReading {
                id: INFO.id.to_owned(),
                measure: "pairwise accuracy lost".to_owned(),
                attribute: loss.group.attribute.clone(),
                group: loss.group.label.clone(),
                reading: Reading {
                    value: loss.synthetic,
                    interval: Some({
                        let half = student_reach(0.95, TENTHS - 1, 1) * loss.standard_error;
                        Interval { low: loss.synthetic - half, high: loss.synthetic + half, level: 0.95 }
                    }),
                    n: loss.group.holdout.len(),
                },
            }));
        }
        let mut parts = vec![(SUPPRESSED.to_owned(), groups.suppressed as f64)];
        // One group alone differs from none.
        parts.extend(against);
        let names: Vec<(String, f64)> =
            losses.iter().map(|loss| (loss.group.name(), loss.synthetic)).collect();
        let (worst_group, worst_loss, spread) = (worst.group, worst.synthetic, worst.standard_error);
        let n_losses = losses.len();
        let skills: Vec<Skill<'_>> = losses.into_iter().flat_map(|loss| loss.skills).collect();
        parts.extend(kept(&skills).into_iter().flat_map(Kept::parts));
        parts.extend(names);
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let half = student_reach(0.95, TENTHS - 1, n_losses) * spread;
        let value = worst_loss;
        let score = Score::new(value, worst_group.holdout.len()).map_err(undefined)?;
        let method = "delete-a-group jackknife over rows, for the worst of all groups";
        Ok(score.with_interval(value - half, value + half, 0.95, method).with_parts(parts))
    }
}

/// What a group loses; `None` where a table has too few of it.
fn loss<'a>(group: &'a Group, made: &[Coded], train: &[Coded], seed: Seeded) -> Option<Loss<'a>> {
    let n = (group.train.len() / 2).min(group.holdout.len()).min(group.synthetic.len()).min(MOST_ROWS);
    let others: Vec<usize> = (0..made.len()).filter(|at| !group.columns.contains(at)).collect();
    if n < LEAST_ROWS || others.len() < 2 {
        return None;
    }
    let sets = pairs(&others, seed.split("pairs"));
    let some = |rows: &[usize], name: &str, n: usize| -> Vec<usize> {
        some_rows(rows.len(), n, seed.split(name)).into_iter().map(|at| rows[at]).collect()
    };
    let (real, synthetic) = (some(&group.holdout, "real", n), some(&group.synthetic, "synthetic", n));
    let mean = |columns: &[Coded], real: &[usize], others: &[usize]| {
        sets.iter().map(|set| accuracy(columns, set, real, others)).sum::<f64>() / sets.len() as f64
    };
    let halves: Vec<[Vec<usize>; 2]> = (0..SPLITS)
        .map(|split| {
            let both = shuffled(&group.train, seed.split("split").split_at(split));
            [both[..n].to_vec(), both[n..2 * n].to_vec()]
        })
        .collect();
    let real_pairs: Vec<[f64; 2]> = halves
        .par_iter()
        .map(|[first, second]| [mean(train, &real, first), mean(train, &real, second)])
        .collect();
    let ceiling = real_pairs.iter().flatten().sum::<f64>() / (2 * real_pairs.len()) as f64;
    let own = mean(made, &real, &synthetic);
    let floors: Vec<Vec<Coded>> = (0..SHUFFLES)
        .map(|at| apart(train, &real, &halves[0][0], seed.split("floor").split_at(at)))
        .collect();
    // Rows are in random order within tenths by their place in the group, which is by row and not by content.
    let without = |rows: &[usize], tenth: usize| -> Vec<usize> {
        rows.iter().enumerate().filter(|(at, _)| at % TENTHS != tenth).map(|(_, &row)| row).collect()
    };
    let places: Vec<usize> = (0..n).collect();
    let strangers = strangers(group, train, n, seed.split("others"));
    let shuffled_floor = |kept: &[usize]| {
        floors.iter().map(|floor| mean(floor, kept, kept)).sum::<f64>() / floors.len() as f64
    };
    let strangers_floor = |real: &[usize], tenth: usize| {
        strangers.iter().map(|rows| mean(train, real, &without(rows, tenth))).sum::<f64>()
            / strangers.len() as f64
    };
    // The last one leaves nothing out.
    let values: Vec<[f64; 4]> = (0..=TENTHS)
        .into_par_iter()
        .map(|tenth| {
            let kept = without(&real, tenth);
            [
                mean(made, &kept, &without(&synthetic, tenth)),
                mean(train, &kept, &without(&halves[0][0], tenth)),
                shuffled_floor(&without(&places, tenth)),
                strangers_floor(&kept, tenth),
            ]
        })
        .collect();
    let (values, all) = (&values[..TENTHS], values[TENTHS]);
    let losses: Vec<f64> = values.iter().map(|[made, real, ..]| real - made).collect();
    let skill = |of: &'static str, floor: usize| Skill {
        group,
        of,
        made: own - all[floor],
        real: ceiling - all[floor],
        without: values.iter().map(|value| [value[0] - value[floor], value[1] - value[floor]]).collect(),
        variance: 0.0,
    };
    let mut skills = vec![skill("shuffled columns", 2)];
    skills.extend((!strangers.is_empty()).then(|| skill("other people", 3)));
    Some(Loss {
        group,
        synthetic: ceiling - own,
        real: real_pairs.iter().map(|[first, second]| first - second).collect(),
        standard_error: jackknife(&losses).sqrt(),
        skills,
    })
}

/// Training rows of people who are not in the group, to stand under its name; none where they are few.
fn strangers(group: &Group, train: &[Coded], n: usize, seed: Seeded) -> Vec<Vec<usize>> {
    let n_train = train.first().map_or(0, |column| column.synthetic.len());
    let others: Vec<usize> = (0..n_train).filter(|row| group.train.binary_search(row).is_err()).collect();
    let draw =
        |at: u64| some_rows(others.len(), n, seed.split_at(at)).into_iter().map(|at| others[at]).collect();
    (0..SHUFFLES).filter(|_| others.len() >= LEAST_ROWS).map(draw).collect()
}

/// The holdout rows of a group, and some of its training rows with each column shuffled by itself.
fn apart(train: &[Coded], real: &[usize], rows: &[usize], seed: Seeded) -> Vec<Coded> {
    let column = |(at, column): (usize, &Coded)| Coded {
        real: real.iter().map(|&row| column.real[row]).collect(),
        synthetic: shuffled(rows, seed.split_at(at as u64))
            .into_iter()
            .map(|row| column.synthetic[row])
            .collect(),
        n_codes: column.n_codes,
    };
    train.iter().enumerate().map(column).collect()
}

/// All pairs of `columns`, or a sample of them.
fn pairs(columns: &[usize], seed: Seeded) -> Vec<[usize; 2]> {
    let all: Vec<[usize; 2]> = columns
        .iter()
        .enumerate()
        .flat_map(|(at, &a)| columns[at + 1..].iter().map(move |&b| [a, b]))
        .collect();
    some_rows(all.len(), MOST_PAIRS, seed).into_iter().map(|at| all[at]).collect()
}

fn shuffled(rows: &[usize], seed: Seeded) -> Vec<usize> {
    let mut rows = rows.to_vec();
    let mut rng = seed.rng();
    for at in (1..rows.len()).rev() {
        rows.swap(at, rng.random_range(0..=at));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;
    use crate::kept::{GAP, KEPT, KEPT_MOST, REAL_GAP, REAL_GAP_MOST};

    /// 800 rows of two groups; among women `first` and `second` are equal, unless `breaks`.
    fn rows(shift: usize, breaks: bool) -> Vec<[String; 3]> {
        (0..800)
            .map(|at| {
                let at = at + shift;
                let (is_woman, first) = (at.is_multiple_of(2), (at / 2) % 3);
                let second = if is_woman && breaks { (at / 6) % 3 } else { first };
                let words = ["a", "b", "c"];
                [if is_woman { "F" } else { "M" }, words[first], words[second]].map(str::to_owned)
            })
            .collect()
    }

    #[test]
    fn the_group_that_is_drawn_badly_is_found() {
        let names = ["sex", "first", "second"];
        let three = Three::new(&names, [&rows(0, false), &rows(1, false), &rows(2, true)]);
        let score = measured(&GroupRealism, &three);
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        // By hand: nine cells of a ninth each against three of a third: two thirds of the mass lie elsewhere.
        assert!((part("sex: F") - 2.0 / 3.0).abs() < 0.08, "{:?}", score.parts());
        assert!(part("sex: M").abs() < 0.08, "{:?}", score.parts());
        assert!(part(GAP) > 0.5 && part(REAL_GAP) < 0.2, "{:?}", score.parts());
        // Shuffling loses as much as the synthetic women do: nothing is kept of them, and all of the men.
        assert!(
            part(REAL_GAP_MOST) < 0.3 && part(KEPT) < 0.2 && part(KEPT_MOST) < 0.5,
            "{:?}",
            score.parts()
        );
        let same = Three::new(&names, [&rows(0, false), &rows(1, false), &rows(3, false)]);
        let score = measured(&GroupRealism, &same);
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert!(score.value() < 0.1 && part(KEPT) > 0.8, "{:?}", score.parts());
    }
}
