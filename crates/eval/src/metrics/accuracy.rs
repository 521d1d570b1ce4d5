//! re.acc1, re.acc2, re.acc3, re.acc4: are single columns, pairs, triples and fours of columns distributed alike?

use crate::coded::{Coded, coded};
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// One minus the total variation over all combinations of `width` coded columns.
pub(super) struct Accuracy {
    width: usize,
    info: &'static MetricInfo,
}

/// Single columns.
pub(super) static ACC1: Accuracy = Accuracy { width: 1, info: &ACC1_INFO };
/// Pairs.
pub(super) static ACC2: Accuracy = Accuracy { width: 2, info: &ACC2_INFO };
/// Triples.
pub(super) static ACC3: Accuracy = Accuracy { width: 3, info: &ACC3_INFO };
/// Fours.
pub(super) static ACC4: Accuracy = Accuracy { width: 4, info: &ACC4_INFO };

/// Most combinations; more are sampled by seed.
const MOST_SETS: usize = 1_200;

const PAGE: &str = "Numbers are cut into at most ten quantile bins of training and holdout rows, levels into the ten \
    commonest and the rest, and every kind of missing is a code of its own. The score is one minus the total variation \
    between holdout and synthetic rows over these codes, averaged over all columns (re.acc1), pairs (re.acc2), triples \
    (re.acc3) or fours (re.acc4); at most 1,200 combinations, sampled by seed. Small samples lose accuracy by chance: compare with the \
    ceiling. Ten bins hide spikes and rounding: see re.spike.";

static ACC1_INFO: MetricInfo = MetricInfo {
    id: "re.acc1",
    name: "Accuracy of single columns",
    question: "Is each column, missing cells included, distributed alike?",
    page: PAGE,
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "accuracy",
    sources: &[Citation("platzer2021")],
    maturity: Maturity::Checked,
};

static ACC2_INFO: MetricInfo = MetricInfo {
    id: "re.acc2",
    name: "Accuracy of pairs",
    question: "Do pairs of columns occur together as they should?",
    ..ACC1_INFO
};

static ACC3_INFO: MetricInfo = MetricInfo {
    id: "re.acc3",
    name: "Accuracy of triples",
    question: "Do triples of columns occur together as they should?",
    ..ACC1_INFO
};

static ACC4_INFO: MetricInfo = MetricInfo {
    id: "re.acc4",
    name: "Accuracy of fours",
    question: "Do fours of columns occur together as they should?",
    ..ACC1_INFO
};

impl Metric for Accuracy {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn preset(&self) -> Preset {
        if self.width < 4 { Preset::Quick } else { Preset::Release }
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        let found = schema.columns.len();
        if found >= self.width {
            Ok(())
        } else {
            Err(NotApplicable { reason: format!("needs {} columns, has {found}", self.width) })
        }
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, 10);
        let sets = sets(columns.len(), self.width, seed.split("sets"));
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            let total: f64 = sets.iter().map(|set| accuracy(&columns, set, rows, others)).sum();
            (!rows.is_empty() && !others.is_empty()).then(|| total / sets.len() as f64)
        })
    }
}

/// All combinations of `width` of `n` columns, or a sample of them.
pub(super) fn sets(n: usize, width: usize, seed: Seeded) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let count = (0..width).fold(1, |count: usize, at| count.saturating_mul(n.saturating_sub(at)) / (at + 1));
    if count <= MOST_SETS {
        all.push(Vec::new());
        for _ in 0..width {
            let longer = |set: &Vec<usize>| {
                let set = set.clone();
                (set.last().map_or(0, |last| last + 1)..n).map(move |next| [&set[..], &[next]].concat())
            };
            all = all.iter().flat_map(longer).collect();
        }
        return all;
    }
    let mut rng = seed.rng();
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < MOST_SETS {
        let mut set: Vec<usize> = (0..width).map(|_| rng.random_range(0..n)).collect();
        set.sort_unstable();
        set.dedup();
        if set.len() == width {
            seen.insert(set);
        }
    }
    seen.into_iter().collect()
}

/// One minus the total variation over the joint codes of `set`.
pub(super) fn accuracy(columns: &[Coded], set: &[usize], rows: &[usize], others: &[usize]) -> f64 {
    let cells: usize = set.iter().map(|&at| columns[at].n_codes).product();
    let mut difference = vec![0.0_f32; cells];
    let (up, down) = (1.0 / rows.len().max(1) as f32, 1.0 / others.len().max(1) as f32);
    let cell = |codes: fn(&Coded) -> &[u16], row: usize| {
        set.iter().fold(0, |cell, &at| cell * columns[at].n_codes + usize::from(codes(&columns[at])[row]))
    };
    rows.iter().for_each(|&row| difference[cell(|column| &column.real, row)] += up);
    others.iter().for_each(|&row| difference[cell(|column| &column.synthetic, row)] -= down);
    1.0 - 0.5 * difference.iter().map(|&gap| f64::from(gap.abs())).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_table_by_hand() {
        // Fixture G10: ContingencySimilarity of C and D is 0.7 (sdmetrics), missing being a level.
        let code =
            |text: &str, letters: &str| text.chars().map(|c| letters.find(c).unwrap() as u16).collect();
        let c =
            Coded { real: code("aabbbcca-d", "-abcde"), synthetic: code("abbbcceaa-", "-abcde"), n_codes: 6 };
        let d = Coded { real: code("xxyyxyxyxy", "xy"), synthetic: code("xyyyyxxxyy", "xy"), n_codes: 2 };
        let all: Vec<usize> = (0..10).collect();
        let found = accuracy(&[c, d], &[0, 1], &all, &all);
        assert!((found - 0.7).abs() < 1e-6, "{found}");
    }

    #[test]
    fn combinations_are_complete_or_sampled() {
        assert_eq!(sets(5, 3, Seeded::new(1)).len(), 10, "5 choose 3");
        assert_eq!(sets(3, 2, Seeded::new(1)), [[0, 1], [0, 2], [1, 2]]);
        assert_eq!(sets(6, 4, Seeded::new(1)).len(), 15, "6 choose 4");
        assert_eq!(sets(100, 3, Seeded::new(1)).len(), MOST_SETS);
    }
}
