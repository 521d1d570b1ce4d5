//! What does the report draw: columns side by side, and how they hang together?

use crate::Trio;
use crate::card::{Associations, ColumnPicture, Entry, Giveaway};
use crate::coded::Coder;
use rayon::prelude::*;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column};
use verosim_math::stats::{
    correlation_ratio, cramers_v, ks_distance, quantile_sorted, spearman, total_variation,
};

/// Counts below this are not shown.
const LEAST_ROWS: usize = 11;
/// Bins of a numeric picture.
const BINS: usize = 24;
/// Level names of a picture.
const MOST_LEVELS: usize = 15;

/// One picture per column.
pub(super) fn pictures(trio: &Trio<'_>, giveaways: &[Giveaway]) -> Vec<ColumnPicture> {
    (0..trio.schema.columns.len())
        .into_par_iter()
        .map(|at| {
            let schema = &trio.schema.columns[at];
            let [train, real, synthetic] =
                [trio.train, trio.holdout, trio.synthetic].map(|t| &t.columns()[at]);
            let share = |column: &Column| {
                column.missing.iter().filter(|&&m| m != 0).count() as f64 / column.len().max(1) as f64
            };
            let (labels, edges, real_counts, made_counts) = match (&real.cells, &synthetic.cells) {
                (Cells::Number(r), Cells::Number(s)) => {
                    number_bins(train.numbers().unwrap_or_default(), r, s)
                }
                _ => level_bins(train, real, synthetic),
            };
            let total = |counts: &[usize]| counts.iter().sum::<usize>().max(1) as f64;
            let shown = |counts: &[usize]| -> Vec<Option<f64>> {
                let total = total(counts);
                counts.iter().map(|&n| (n == 0 || n >= LEAST_ROWS).then(|| n as f64 / total)).collect()
            };
            let plain = |counts: &[usize]| -> Vec<Option<f64>> {
                let total = total(counts);
                counts.iter().map(|&n| Some(n as f64 / total)).collect()
            };
            let compare = |a: &Column, b: &Column| match (&a.cells, &b.cells) {
                (Cells::Number(a), Cells::Number(b)) => ks_distance(a, b).map(|d| 1.0 - d),
                (Cells::Level { codes: a, levels }, Cells::Level { codes: b, .. }) => {
                    let count = |codes: &[u32]| {
                        let mut counts = vec![0_u32; levels.len()];
                        codes
                            .iter()
                            .filter(|&&c| (c as usize) < levels.len())
                            .for_each(|&c| counts[c as usize] += 1);
                        counts
                    };
                    total_variation(&count(a), &count(b)).map(|d| 1.0 - d)
                }
                _ => None,
            };
            ColumnPicture {
                name: schema.name.clone(),
                kind: schema.kind.name().to_owned(),
                missing: [share(train), share(real), share(synthetic)],
                labels,
                edges,
                holdout: shown(&real_counts),
                synthetic: plain(&made_counts),
                similarity: compare(real, synthetic),
                ceiling: compare(real, train),
                measure: if schema.kind.is_numeric() { "KS".into() } else { "TV".into() },
                solo_auc: giveaways
                    .iter()
                    .find(|giveaway| giveaway.column == schema.name)
                    .map(|g| g.solo_auc),
            }
        })
        .collect()
}

type Bins = (Vec<String>, Vec<f64>, Vec<usize>, Vec<usize>);

/// Equal bins between protected quantiles, rounded; what lies beyond is counted in the outer bins.
fn number_bins(train: &[f64], real: &[f64], synthetic: &[f64]) -> Bins {
    let mut sorted: Vec<f64> = train.iter().chain(real).copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let outer = (LEAST_ROWS as f64 / sorted.len().max(1) as f64).clamp(0.005, 0.25);
    let (Some(low), Some(high)) = (quantile_sorted(&sorted, outer), quantile_sorted(&sorted, 1.0 - outer))
    else {
        return (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    };
    let step = nice((high - low) / BINS as f64);
    let first = (low / step).floor() * step;
    let n = (((high - first) / step).ceil() as usize).clamp(1, 3 * BINS);
    let edges: Vec<f64> = (0..=n).map(|at| first + at as f64 * step).collect();
    let count = |values: &[f64]| {
        let mut counts = vec![0; n];
        for value in values.iter().filter(|value| !value.is_nan()) {
            counts[(((value - first) / step) as isize).clamp(0, n as isize - 1) as usize] += 1;
        }
        counts
    };
    let labels = edges.iter().map(|edge| format!("{}", (edge * 1e6).round() / 1e6)).collect();
    (labels, edges.clone(), count(real), count(synthetic))
}

/// A step of 1, 2, 2.5 or 5 times a power of ten.
fn nice(step: f64) -> f64 {
    if step.is_nan() || step <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|&nice| nice >= step)
        .unwrap_or(step)
}

/// The commonest levels by name, the rest as `other`.
fn level_bins(train: &Column, real: &Column, synthetic: &Column) -> Bins {
    let Some((codes, levels)) = real.levels() else {
        return (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    };
    let count = |codes: &[u32]| {
        let mut counts = vec![0_usize; levels.len()];
        codes.iter().filter(|&&c| (c as usize) < levels.len()).for_each(|&c| counts[c as usize] += 1);
        counts
    };
    let own = count(train.levels().map_or(&[][..], |(codes, _)| codes));
    let (known, made) = (count(codes), count(synthetic.levels().map_or(&[][..], |(codes, _)| codes)));
    let mut named: Vec<usize> =
        (0..levels.len()).filter(|&at| known[at] >= LEAST_ROWS && own[at] >= LEAST_ROWS).collect();
    named.sort_by(|&a, &b| known[b].cmp(&known[a]).then(levels[a].cmp(&levels[b])));
    named.truncate(MOST_LEVELS);
    let rest =
        |counts: &[usize]| counts.iter().sum::<usize>() - named.iter().map(|&at| counts[at]).sum::<usize>();
    let mut labels: Vec<String> = named.iter().map(|&at| levels[at].clone()).collect();
    let mut pick: [Vec<usize>; 2] =
        [&known, &made].map(|counts| named.iter().map(|&at| counts[at]).collect());
    if rest(&known) + rest(&made) > 0 {
        labels.push("other".into());
        pick[0].push(rest(&known));
        pick[1].push(rest(&made));
    }
    let [known, made] = pick;
    (labels, Vec::new(), known, made)
}

/// Most columns of the maps.
const MOST_COLUMNS: usize = 60;
/// Rows that an association is measured on.
const MOST_ROWS: usize = 5_000;

/// Association of each pair: |Spearman| of numbers, correlation ratio of a number and levels, Cramér's V of levels.
pub(super) fn associations(trio: &Trio<'_>) -> Option<Associations> {
    let k = trio.schema.columns.len().min(MOST_COLUMNS);
    if k < 2 {
        return None;
    }
    // In small tables training rows join the holdout: associations of few rows are mostly noise.
    let joined = if trio.holdout.n_rows() < 1_000 { trio.holdout.append(trio.train) } else { None };
    let real = joined.as_ref().unwrap_or(trio.holdout);
    let (r, s) = (matrix(trio, real, k), matrix(trio, trio.synthetic, k));
    let order = clustered(&r, k);
    let place =
        |m: &[f32]| order.iter().flat_map(|&a| order.iter().map(move |&b| m[a * k + b])).collect::<Vec<_>>();
    Some(Associations {
        columns: order.iter().map(|&at| trio.schema.columns[at].name.clone()).collect(),
        real: place(&r),
        synthetic: place(&s),
    })
}

fn matrix(trio: &Trio<'_>, table: &Table, k: usize) -> Vec<f32> {
    let stride = table.n_rows().div_ceil(MOST_ROWS).max(1);
    let table = table.take(&(0..table.n_rows()).step_by(stride).collect::<Vec<_>>());
    let coded: Vec<(Vec<u32>, usize)> = (0..k)
        .map(|at| {
            let coder = Coder::new(&trio.train.columns()[at], &trio.holdout.columns()[at], 10);
            (coder.codes(&table.columns()[at]).into_iter().map(u32::from).collect(), coder.n_codes())
        })
        .collect();
    let rows: Vec<Vec<f32>> = (0..k)
        .into_par_iter()
        .map(|a| {
            (0..a)
                .map(|b| {
                    let (x, y) = (table.columns()[a].numbers(), table.columns()[b].numbers());
                    let found = match (x, y) {
                        (Some(x), Some(y)) => spearman(x, y).map(f64::abs),
                        (Some(x), None) => correlation_ratio(x, &coded[b].0, coded[b].1),
                        (None, Some(y)) => correlation_ratio(y, &coded[a].0, coded[a].1),
                        (None, None) => {
                            let mut counts = vec![0_u32; coded[a].1 * coded[b].1];
                            coded[a]
                                .0
                                .iter()
                                .zip(&coded[b].0)
                                .for_each(|(x, y)| counts[*x as usize * coded[b].1 + *y as usize] += 1);
                            cramers_v(&counts, coded[b].1)
                        }
                    };
                    found.unwrap_or(0.0) as f32
                })
                .collect()
        })
        .collect();
    let mut matrix = vec![1.0_f32; k * k];
    for (a, row) in rows.iter().enumerate() {
        for (b, &value) in row.iter().enumerate() {
            matrix[a * k + b] = value;
            matrix[b * k + a] = value;
        }
    }
    matrix
}

/// Each column beside the one it hangs together with most: a greedy walk from the most entangled column.
fn clustered(matrix: &[f32], k: usize) -> Vec<usize> {
    let entangled = |at: usize| matrix[at * k..][..k].iter().sum::<f32>();
    let mut left: Vec<usize> = (0..k).collect();
    let mut order: Vec<usize> = Vec::with_capacity(k);
    while !left.is_empty() {
        let best = match order.last() {
            None => (0..left.len()).max_by(|&a, &b| entangled(left[a]).total_cmp(&entangled(left[b]))),
            Some(&last) => (0..left.len())
                .max_by(|&a, &b| matrix[last * k + left[a]].total_cmp(&matrix[last * k + left[b]])),
        };
        order.push(left.remove(best.unwrap_or(0)));
    }
    order
}

/// Whether anything was found that a person must know before reading scores.
pub(super) fn warnings(trio: &Trio<'_>, entries: &[Entry]) -> Vec<String> {
    let mut warnings = Vec::new();
    let (n, h) = (trio.train.n_rows(), trio.holdout.n_rows());
    if h < 200 {
        warnings.push(format!("only {h} holdout rows: intervals are wide, and membership cannot be judged"));
    }
    if n < 300 {
        warnings.push(format!("only {n} training rows: expect blurred rare combinations"));
    }
    let blind = entries.iter().find(|entry| entry.id == "pm.blind").and_then(|entry| entry.reading);
    if blind.and_then(|reading| reading.interval).is_some_and(|interval| interval.low > 0.5) {
        warnings.push("training and holdout people can be told apart without any synthetic row (pm.blind): membership attacks are not valid here".into());
    }
    let twice = |id: &str| entries.iter().find(|entry| entry.id == id).and_then(|entry| entry.reading);
    if twice("re.c2st").is_some_and(|reading| reading.interval.is_some_and(|interval| interval.high < 0.5)) {
        warnings.push("the classifier test is below chance: rows were drawn evenly, or are near copies; read its two-draw part and the privacy section".into());
    }
    warnings
}
