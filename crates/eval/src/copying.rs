//! How many people come out again, among those a generator saw and among as many it never saw?

use crate::card::{Copying, Reading};
use crate::metric::{EvalContext, Pass};
use crate::{MetricError, Trio};
use std::collections::{HashMap, HashSet};
use verosim_core::{Interval, MetricInfo, Score};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{Difference, Rate};
use verosim_math::stats::quantile_sorted;

/// People of each side that are looked for.
pub(crate) const MOST_PEOPLE: usize = 20_000;
/// The part that says how often two different people have equal rows.
pub(crate) const CHANCE: &str = "not seen, but equal to a seen row";
/// Numbers nearer than this share of the interquartile range are near.
const NEAR: f64 = 0.01;

/// Counts the people of either side whose row comes out again: cell by cell, nearly, and as a combination of levels that
/// is unique on its side. The value is the excess of exact copies among those seen; a row at distance zero is a copy like
/// any other.
///
/// `seen` and `unseen` are equally long samples of the same population. People are counted, not synthetic rows: when
/// nothing is copied, each person of either side is met with the same chance whatever the synthetic rows are, so that
/// both counts are binomial and Newcombe's interval holds. A row that is written out many times is one person.
///
/// # Cost
/// O(rows · columns), and a scan of the neighbours in one number for near copies.
pub(crate) fn copied(
    info: &'static MetricInfo,
    sides: (&Table, &Table),
    data: &Trio<'_>,
    ctx: &EvalContext<'_>,
) -> Result<Score, MetricError> {
    let undefined = || MetricError::Undefined { why: "the tables hold different columns".into() };
    let (seen, unseen) = sides;
    let both = seen.append(unseen).ok_or_else(undefined)?;
    let made = data.whole.map_or(data.synthetic, |whole| whole.synthetic);
    let n = seen.n_rows();
    let every: Vec<usize> = (0..both.n_rows()).collect();
    let all: Vec<usize> = (0..both.columns().len()).collect();
    let levels: Vec<usize> =
        all.iter().copied().filter(|&at| both.columns()[at].levels().is_some()).collect();

    let exact = found(&both, made, &all);
    let mut copying = vec![count(info, "exact", &every, &exact, n)];
    copying.push(count(info, "near", &every, &near(&both, made, &tolerances(data)), n));
    if levels.len() > 1 {
        let rare: Vec<usize> = unique(&both, &levels, 0..n)
            .into_iter()
            .chain(unique(&both, &levels, n..both.n_rows()))
            .collect();
        copying.push(count(info, "rare combination", &rare, &found(&both, made, &levels), n));
    }

    let known: HashSet<Vec<u64>> = (0..n).map(|row| key(&both, &all, row)).collect();
    let equal = (n..both.n_rows()).filter(|&row| known.contains(&key(&both, &all, row))).count();
    let mut parts = vec![
        ("people on either side".to_owned(), n as f64),
        (CHANCE.to_owned(), equal as f64 / unseen.n_rows().max(1) as f64),
    ];
    for found in &copying {
        let kind = &found.kind;
        parts.push((format!("{kind}, seen"), found.seen.value));
        parts.push((format!("{kind}, not seen"), found.unseen.value));
        parts.push((format!("{kind}, excess"), found.excess.value));
        parts.extend(found.excess.interval.map(|i| (format!("{kind}, excess at least"), i.low)));
        parts.extend(found.excess.interval.map(|i| (format!("{kind}, excess at most"), i.high)));
    }
    let excess = copying[0].excess;
    if ctx.pass == Pass::Synthetic
        && let Ok(mut findings) = ctx.findings.copying.lock()
    {
        findings.extend(copying);
    }
    let score = Score::new(excess.value, both.n_rows()).map_err(|_| undefined())?.with_parts(parts);
    Ok(match excess.interval {
        Some(interval) => score.with_interval(interval.low, interval.high, interval.level, METHOD),
        None => score,
    })
}

const METHOD: &str = "Newcombe's hybrid score interval of two independent shares";

/// The share of the people at `rows` that were found, by side, and the difference.
fn count(info: &MetricInfo, kind: &str, rows: &[usize], found: &[bool], n_seen: usize) -> Copying {
    let (seen, unseen): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| row < n_seen);
    let hits = |rows: &[usize]| rows.iter().filter(|&&row| found[row]).count();
    let (hits, n) = ((hits(&seen), hits(&unseen)), (seen.len(), unseen.len()));
    let share = |hits: usize, n: usize| {
        let rate = Rate::exact(hits, n, 0.95);
        Reading {
            value: rate.value,
            interval: Some(Interval { low: rate.low, high: rate.high, level: 0.95 }),
            n,
        }
    };
    let excess = Difference::newcombe(hits, n, 0.95);
    Copying {
        id: info.id.to_owned(),
        kind: kind.to_owned(),
        seen: share(hits.0, n.0),
        unseen: share(hits.1, n.1),
        excess: Reading {
            value: excess.value,
            interval: Some(Interval { low: excess.low, high: excess.high, level: 0.95 }),
            n: n.0 + n.1,
        },
    }
}

/// The cells of `row` in `columns`, as what makes them equal.
pub(crate) fn key(table: &Table, columns: &[usize], row: usize) -> Vec<u64> {
    columns
        .iter()
        .map(|&at| {
            let column = &table.columns()[at];
            match (&column.cells, column.missing[row]) {
                (_, missing) if missing != 0 => u64::MAX - u64::from(missing),
                // -0 equals 0.
                (Cells::Number(values), _) => (values[row] + 0.0).to_bits(),
                (Cells::Level { codes, .. }, _) => u64::from(codes[row]),
            }
        })
        .collect()
}

/// Which rows of `real` have equal cells in `columns` somewhere among `made`.
fn found(real: &Table, made: &Table, columns: &[usize]) -> Vec<bool> {
    let keys: Vec<Vec<u64>> = (0..real.n_rows()).map(|row| key(real, columns, row)).collect();
    let mut met: HashMap<&[u64], bool> = keys.iter().map(|key| (key.as_slice(), false)).collect();
    for row in 0..made.n_rows() {
        if let Some(met) = met.get_mut(key(made, columns, row).as_slice()) {
            *met = true;
        }
    }
    keys.iter().map(|key| met[key.as_slice()]).collect()
}

/// The rows among `rows` that no other of them equals in `columns`.
fn unique(table: &Table, columns: &[usize], rows: std::ops::Range<usize>) -> Vec<usize> {
    let keys: Vec<Vec<u64>> = rows.clone().map(|row| key(table, columns, row)).collect();
    let mut times: HashMap<&[u64], u32> = HashMap::new();
    keys.iter().for_each(|key| *times.entry(key).or_default() += 1);
    rows.zip(&keys).filter(|(_, key)| times[key.as_slice()] == 1).map(|(row, _)| row).collect()
}

/// For each column how far numbers may lie apart and still be near; 0 for levels and for numbers without a spread.
fn tolerances(data: &Trio<'_>) -> Vec<f64> {
    data.train
        .columns()
        .iter()
        .zip(data.holdout.columns())
        .map(|(train, holdout)| {
            let mut values: Vec<f64> = [train, holdout]
                .into_iter()
                .flat_map(|column| column.numbers().unwrap_or_default().iter().copied())
                .filter(|value| !value.is_nan())
                .collect();
            values.sort_by(f64::total_cmp);
            match (quantile_sorted(&values, 0.25), quantile_sorted(&values, 0.75)) {
                // A hair more, so that steps of exactly the tolerance count in binary as well.
                (Some(low), Some(high)) => NEAR * (high - low) * (1.0 + 1e-9),
                _ => 0.0,
            }
        })
        .collect()
}

/// Which rows of `real` have a neighbour among `made`: equal levels and missing cells, every number within tolerance.
fn near(real: &Table, made: &Table, tolerances: &[f64]) -> Vec<bool> {
    let numbers = |table: &Table, at: usize| table.columns()[at].numbers().unwrap_or_default().to_vec();
    // Numbers whose values all lie further apart than the tolerance are compared like levels.
    let (smooth, fixed): (Vec<usize>, Vec<usize>) = (0..tolerances.len()).partition(|&at| {
        let mut values: Vec<f64> = numbers(real, at).into_iter().chain(numbers(made, at)).collect();
        values.retain(|value| !value.is_nan());
        values.sort_by(f64::total_cmp);
        values.windows(2).any(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= tolerances[at])
    });
    let group = |table: &Table, row: usize| {
        let missing = smooth.iter().map(|&at| u64::from(table.columns()[at].missing[row]));
        key(table, &fixed, row).into_iter().chain(missing).collect::<Vec<u64>>()
    };
    let distinct = |at: usize| {
        let values: HashSet<u64> = numbers(real, at).iter().map(|value| value.to_bits()).collect();
        values.len()
    };
    // Candidates are searched along the number that tells most rows apart.
    let pivot = smooth.iter().copied().max_by_key(|&at| (distinct(at), std::cmp::Reverse(at)));
    let along = pivot.map_or_else(|| vec![0.0; real.n_rows()], |at| numbers(real, at));
    let mut order: Vec<usize> = (0..real.n_rows()).collect();
    order.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
    let mut groups: HashMap<Vec<u64>, Vec<usize>> = HashMap::new();
    order.into_iter().for_each(|row| groups.entry(group(real, row)).or_default().push(row));

    let columns: Vec<(Vec<f64>, Vec<f64>, f64)> =
        smooth.iter().map(|&at| (numbers(real, at), numbers(made, at), tolerances[at])).collect();
    let from = pivot.map(|at| numbers(made, at));
    let reach = pivot.map_or(0.0, |at| tolerances[at]);
    let mut found = vec![false; real.n_rows()];
    for row in 0..made.n_rows() {
        let Some(candidates) = groups.get(&group(made, row)) else { continue };
        // Where the number is missing, it is missing in the whole group.
        let value = from.as_ref().map_or(f64::NAN, |values| values[row]);
        let first = candidates.partition_point(|&other| along[other] < value - reach);
        for &other in &candidates[first..] {
            if along[other] > value + reach {
                break;
            }
            found[other] |= columns.iter().all(|(real, made, tolerance)| {
                let apart = (real[other] - made[row]).abs();
                apart.is_nan() || apart <= *tolerance
            });
        }
    }
    found
}
