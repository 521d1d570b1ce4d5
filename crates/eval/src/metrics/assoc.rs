//! re.assoc: do columns hang together as strongly as they should, whatever they hold?

use super::accuracy::sets;
use super::ks::mean;
use super::table_utility::needs_columns;
use crate::card::PairGap;
use crate::coded::{Coded, coded};
use crate::jackknife::{GROUPS, Groups};
use crate::metric::Pass;
use crate::pairs::PairCounts;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::stats::{cramers_v, mid_ranks, mutual_information};

/// Mean over pairs of columns of the difference of their association.
pub(super) struct Assoc;

static INFO: MetricInfo = MetricInfo {
    id: "re.assoc",
    name: "Difference of associations",
    question: "Do columns hang together as strongly as they should, whatever they hold?",
    page: "The association of two columns of levels is Cramér's V with Bergsma's correction, of a number and levels the \
           correlation ratio of ranks, of two numbers the mutual information of ten bins each over the geometric mean of \
           entropies, which also sees relations that are no straight line. Levels are the ten commonest and the rest; missing \
           is a level; a number that is missing is left out of the correlation ratio. The score is the mean absolute difference \
           between holdout and synthetic rows over at most 1,200 pairs, by seed. Most pairs hardly hang together and flatter \
           the mean: the parts give the mean by measure, over pairs with an association above 0.3 in the holdout, and over \
           those below 0.1 (spurious associations). The twenty worst pairs are in the report. SynthEval omits the roots.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "association",
    sources: &[Citation("bergsma2013"), Citation("strehl2002")],
    maturity: Maturity::Checked,
};

/// Bins of a number.
const BINS: usize = 10;
/// Pairs that are told one by one.
const WORST: usize = 20;

impl Metric for Assoc {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_columns(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, BINS);
        let groups = Groups::new(data.holdout.n_rows(), data.synthetic.n_rows(), seed);
        let (real, made) = (ranks(data.holdout), ranks(data.synthetic));
        let sets = sets(columns.len(), 2, seed.split("sets"));
        let pairs: Vec<Pair> = sets
            .par_iter()
            .map(|set| {
                let (a, b) = (set[0], set[1]);
                let of = |codes: fn(&Coded) -> &[u16], ranks: &[Option<Vec<f64>>], groups: &[u8]| {
                    let column = |at: usize| (codes(&columns[at]), columns[at].n_codes, ranks[at].as_deref());
                    associations(column(a), column(b), groups)
                };
                Pair {
                    real: of(|column| &column.real, &real, &groups.real),
                    made: of(|column| &column.synthetic, &made, &groups.synthetic),
                    measure: match (&real[a], &real[b]) {
                        (None, None) => "Cramér's V",
                        (Some(_), Some(_)) => "mutual information",
                        _ => "correlation ratio",
                    },
                }
            })
            .collect();
        let score = groups.score(|out| mean(pairs.iter().map(|pair| pair.gap(out))))?;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.relations.lock()
        {
            found.worst = worst(data, &sets, &pairs);
        }
        let some = |of: &dyn Fn(&Pair) -> bool| {
            mean(pairs.iter().map(|pair| of(pair).then(|| pair.gap(GROUPS)).flatten()))
        };
        let strong = |pair: &Pair| pair.real[GROUPS].is_some_and(|real| real > 0.3);
        let none = |pair: &Pair| pair.real[GROUPS].is_some_and(|real| real < 0.1);
        let parts = [
            ("Cramér's V", some(&|pair| pair.measure == "Cramér's V")),
            ("correlation ratio", some(&|pair| pair.measure == "correlation ratio")),
            ("mutual information", some(&|pair| pair.measure == "mutual information")),
            ("pairs above 0.3", some(&strong)),
            ("pairs below 0.1", some(&none)),
        ];
        Ok(score.with_parts(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))))
    }
}

/// Associations without each group and with all rows.
struct Pair {
    real: Vec<Option<f64>>,
    made: Vec<Option<f64>>,
    measure: &'static str,
}

impl Pair {
    /// A column that is constant among synthetic rows only has lost its relation: 0.
    fn gap(&self, out: usize) -> Option<f64> {
        Some((self.real[out]? - self.made[out].unwrap_or(0.0)).abs())
    }
}

fn ranks(table: &Table) -> Vec<Option<Vec<f64>>> {
    table.columns().iter().map(|column| column.numbers().map(mid_ranks)).collect()
}

/// Codes, number of codes, and ranks where the column is a number.
type Side<'a> = (&'a [u16], usize, Option<&'a [f64]>);

fn associations(a: Side<'_>, b: Side<'_>, groups: &[u8]) -> Vec<Option<f64>> {
    match (a.2, b.2) {
        (Some(ranks), None) => ratios(ranks, b, groups),
        (None, Some(ranks)) => ratios(ranks, a, groups),
        (first, _) => {
            let counts = PairCounts::new(a.0, b.0, (a.1, b.1), groups);
            let measure = if first.is_some() { mutual_information } else { cramers_v };
            (0..=GROUPS).map(|out| measure(&counts.without(out), b.1)).collect()
        }
    }
}

/// Correlation ratios of ranks (of the whole column: a tenth of the rows moves them too little to matter) on levels.
fn ratios(ranks: &[f64], levels: Side<'_>, groups: &[u8]) -> Vec<Option<f64>> {
    let n = levels.1;
    // Count and sum of each level, then the sum of squares in the last place.
    let mut sums = vec![vec![[0.0_f64; 2]; n + 1]; GROUPS];
    for ((&rank, &level), &group) in ranks.iter().zip(levels.0).zip(groups) {
        if !rank.is_nan() {
            let own = &mut sums[usize::from(group)];
            own[usize::from(level)][0] += 1.0;
            own[usize::from(level)][1] += rank;
            own[n][0] += rank * rank;
        }
    }
    (0..=GROUPS)
        .map(|out| {
            let left = |level: usize, side: usize| -> f64 {
                (0..GROUPS).filter(|&group| group != out).map(|group| sums[group][level][side]).sum()
            };
            let of: Vec<(f64, f64)> = (0..n).map(|level| (left(level, 0), left(level, 1))).collect();
            let (rows, sum) = of.iter().fold((0.0, 0.0), |all, own| (all.0 + own.0, all.1 + own.1));
            let used = of.iter().filter(|own| own.0 > 0.0).count();
            let mean = sum / rows;
            let total = left(n, 0) - rows * mean * mean;
            let between: f64 =
                of.iter().filter(|own| own.0 > 0.0).map(|own| own.0 * (own.1 / own.0 - mean).powi(2)).sum();
            (used > 1 && total > 0.0).then(|| (between / total).clamp(0.0, 1.0).sqrt())
        })
        .collect()
}

/// The pairs that are furthest off.
fn worst(data: &Trio<'_>, sets: &[Vec<usize>], pairs: &[Pair]) -> Vec<PairGap> {
    let mut order: Vec<(f64, usize)> =
        pairs.iter().enumerate().filter_map(|(at, pair)| Some((pair.gap(GROUPS)?, at))).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let name = |at: usize| data.schema.columns[at].name.clone();
    order
        .into_iter()
        .take(WORST)
        .filter_map(|(_, at)| {
            Some(PairGap {
                first: name(sets[at][0]),
                second: name(sets[at][1]),
                measure: pairs[at].measure.to_owned(),
                holdout: pairs[at].real[GROUPS]?,
                synthetic: pairs[at].made[GROUPS].unwrap_or(0.0),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;
    use verosim_math::stats::correlation_ratio;

    #[test]
    fn ratios_are_those_of_plain_columns() {
        let values: Vec<f64> = (0..60).map(|at| f64::from(at * 37 % 61 + at % 4 * 9)).collect();
        let levels: Vec<u16> = (0..60).map(|at| (at % 4) as u16).collect();
        let groups: Vec<u8> = (0..60).map(|at| (at / 6) as u8).collect();
        let found = ratios(&values, (&levels, 4, None), &groups);
        let codes: Vec<u32> = levels.iter().map(|&level| u32::from(level)).collect();
        let all = correlation_ratio(&values, &codes, 4).unwrap();
        assert!((found[GROUPS].unwrap() - all).abs() < 1e-9);
        let without = correlation_ratio(&values[6..], &codes[6..], 4).unwrap();
        assert!((found[0].unwrap() - without).abs() < 1e-9, "the first group left out");
    }

    #[test]
    fn a_lost_relation_is_the_whole_difference() {
        let rows = |shift: usize| -> Vec<[String; 2]> {
            (0..400)
                .map(|at| [["a", "b"][at % 2].to_owned(), ["c", "d"][(at + at / 2 * shift) % 2].to_owned()])
                .collect()
        };
        // A copy has V = 1; two independent halves have V = 0.
        let three = Three::new(&["x", "y"], [&rows(0), &rows(0), &rows(1)]);
        assert!((measured(&Assoc, &three).value() - 1.0).abs() < 1e-9);
    }
}
