//! How does SDMetrics score pairs of columns?

use rayon::prelude::*;
use verosim_data::frame::NO_LEVEL;
use verosim_data::{Cells, Table};

/// Pairs that are tied less than this in real data do not count.
#[derive(Clone, Copy)]
pub(super) struct Least {
    /// Absolute Pearson correlation, for two numbers.
    pub(super) correlation: f64,
    /// Cramér's V, where a column of levels takes part.
    pub(super) association: f64,
}

/// Mean similarity over pairs: of correlations for two numbers, of two-way tables otherwise. Numbers beside levels are cut
/// into ten bins of equal width, of each table by itself: a shifted or stretched copy of a column scores as if it were
/// the column (a defect that is kept).
pub(super) fn trends(real: &Table, synthetic: &Table, least: Least) -> Option<f64> {
    let columns: Vec<[Side; 2]> = real
        .columns()
        .par_iter()
        .zip(synthetic.columns())
        .map(|(real, synthetic)| [Side::new(&real.cells), Side::new(&synthetic.cells)])
        .collect();
    let k = columns.len();
    let pairs: Vec<(usize, usize)> = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect();
    let scores: Vec<Option<f64>> = pairs
        .par_iter()
        .map(|&(a, b)| {
            let ([real_a, made_a], [real_b, made_b]) = (&columns[a], &columns[b]);
            match (&real_a.numbers, &real_b.numbers) {
                (Some(_), Some(_)) => correlation([real_a, real_b], [made_a, made_b], least.correlation),
                _ => contingency([real_a, real_b], [made_a, made_b], least.association),
            }
        })
        .collect();
    super::mean(scores.into_iter().flatten())
}

/// A column of one table.
struct Side<'a> {
    numbers: Option<&'a [f64]>,
    /// Levels, or bins of numbers; missing cells have a code of their own (those of numbers that of the last bin).
    codes: Vec<u32>,
    n_codes: usize,
}

/// Bins of a number.
const BINS: usize = 10;

impl<'a> Side<'a> {
    fn new(cells: &'a Cells) -> Self {
        match cells {
            Cells::Level { codes, levels } => Self {
                numbers: None,
                codes: codes
                    .iter()
                    .map(|&code| if code == NO_LEVEL { levels.len() as u32 } else { code })
                    .collect(),
                n_codes: levels.len() + 1,
            },
            Cells::Number(values) => {
                let present = || values.iter().copied().filter(|value| !value.is_nan());
                let low = present().fold(f64::INFINITY, f64::min);
                let high = present().fold(f64::NEG_INFINITY, f64::max);
                // As numpy.histogram_bin_edges has it for one value.
                let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
                let edges: Vec<f64> =
                    (0..=BINS).map(|at| low + (high - low) * at as f64 / BINS as f64).collect();
                // As numpy.digitize: a missing cell is above every edge, as is the greatest value.
                let code = |value: &f64| {
                    if value.is_nan() {
                        BINS as u32 + 1
                    } else {
                        edges.partition_point(|edge| edge <= value) as u32
                    }
                };
                Self { numbers: Some(values), codes: values.iter().map(code).collect(), n_codes: BINS + 2 }
            }
        }
    }
}

fn correlation(real: [&Side<'_>; 2], synthetic: [&Side<'_>; 2], least: f64) -> Option<f64> {
    let of = |sides: [&Side<'_>; 2]| pearson(sides[0].numbers?, sides[1].numbers?);
    let real = of(real)?;
    if least > 0.0 && real.abs() <= least {
        return None;
    }
    Some(1.0 - (real - of(synthetic)?).abs() / 2.0)
}

/// Pearson's correlation of rows without a missing cell.
fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let rows = || a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let (mut n, mut mean_a, mut mean_b) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (a, b) in rows() {
        n += 1.0;
        mean_a += a;
        mean_b += b;
    }
    (mean_a, mean_b) = (mean_a / n, mean_b / n);
    let (mut aa, mut bb, mut ab) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (a, b) in rows() {
        aa += (a - mean_a) * (a - mean_a);
        bb += (b - mean_b) * (b - mean_b);
        ab += (a - mean_a) * (b - mean_b);
    }
    let r = ab / (aa * bb).sqrt();
    r.is_finite().then_some(r)
}

fn contingency(real: [&Side<'_>; 2], synthetic: [&Side<'_>; 2], least: f64) -> Option<f64> {
    let width = real[1].n_codes.max(synthetic[1].n_codes);
    let height = real[0].n_codes.max(synthetic[0].n_codes);
    let (a, b) = (counts(real, height, width), counts(synthetic, height, width));
    let (n, m) = (real[0].codes.len() as f64, synthetic[0].codes.len() as f64);
    if n == 0.0 || m == 0.0 || least > 0.0 && cramers_v(&a, width, n)? <= least {
        return None;
    }
    let (mut i, mut j, mut apart) = (0, 0, 0.0);
    while i < a.len() || j < b.len() {
        let key = |cells: &[(u64, u32)], at: usize| cells.get(at).map_or(u64::MAX, |cell| cell.0);
        let (left, right) = (key(&a, i), key(&b, j));
        let next = left.min(right);
        let mut share = 0.0;
        if left == next {
            share += f64::from(a[i].1) / n;
            i += 1;
        }
        if right == next {
            share -= f64::from(b[j].1) / m;
            j += 1;
        }
        apart += share.abs();
    }
    Some(1.0 - apart / 2.0)
}

/// Cells of the two-way table up to which it is counted whole.
const DENSE: usize = 1 << 20;

/// Cells of a two-way table that any row has, with their counts, ascending.
fn counts(sides: [&Side<'_>; 2], height: usize, width: usize) -> Vec<(u64, u32)> {
    let keys = || {
        sides[0].codes.iter().zip(&sides[1].codes).map(|(&a, &b)| u64::from(a) * width as u64 + u64::from(b))
    };
    if height * width <= DENSE {
        let mut table = vec![0_u32; height * width];
        keys().for_each(|key| table[key as usize] += 1);
        return (0..).zip(table).filter(|(_, count)| *count > 0).collect();
    }
    let mut sorted: Vec<u64> = keys().collect();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect()
}

/// Cramér's V without correction.
fn cramers_v(cells: &[(u64, u32)], width: usize, n: f64) -> Option<f64> {
    let (mut rows, mut columns) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    for &(key, count) in cells {
        *rows.entry(key / width as u64).or_insert(0.0) += f64::from(count);
        *columns.entry(key % width as u64).or_insert(0.0) += f64::from(count);
    }
    let least = rows.len().min(columns.len());
    if least < 2 {
        return None;
    }
    // The sum over all cells of (observed - expected)² / expected, by the cells that are there.
    let fit: f64 = cells
        .iter()
        .map(|&(key, count)| {
            let expected = rows[&(key / width as u64)] * columns[&(key % width as u64)];
            f64::from(count) * f64::from(count) / expected
        })
        .sum();
    Some(((fit - 1.0).max(0.0) / (least - 1) as f64).sqrt()).filter(|_| n > 0.0)
}
