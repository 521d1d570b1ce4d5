//! How does SDMetrics score single columns?

use rayon::prelude::*;
use verosim_data::frame::NO_LEVEL;
use verosim_data::{Cells, Table};

/// One minus the greatest difference of the distribution functions; missing cells are left out.
pub(super) fn ks_complement(real: &[f64], synthetic: &[f64]) -> Option<f64> {
    let sorted = |values: &[f64]| {
        let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        present.sort_unstable_by(f64::total_cmp);
        present
    };
    let (a, b) = (sorted(real), sorted(synthetic));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut i, mut j, mut greatest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|value| **value <= at).count();
        j += b[j..].iter().take_while(|value| **value <= at).count();
        greatest = greatest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    Some(1.0 - greatest)
}

/// One minus half of the summed differences of shares; missing cells are left out. A level that only synthetic rows have
/// counts as if a millionth of a real row had it.
pub(super) fn tv_complement(real: &[u32], synthetic: &[u32], n_levels: usize) -> Option<f64> {
    let count = |codes: &[u32]| {
        let mut counts = vec![0.0_f64; n_levels];
        codes.iter().filter(|&&code| code != NO_LEVEL).for_each(|&code| counts[code as usize] += 1.0);
        counts
    };
    let (mut a, b) = (count(real), count(synthetic));
    for (own, other) in a.iter_mut().zip(&b) {
        if *own == 0.0 && *other > 0.0 {
            *own = 1e-6;
        }
    }
    let (n, m) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    if n < 1.0 || m < 1.0 {
        return None;
    }
    Some(1.0 - 0.5 * a.iter().zip(&b).map(|(a, b)| (a / n - b / m).abs()).sum::<f64>())
}

/// Mean over columns of the share of synthetic cells within the real range, or of a real level.
pub(super) fn validity(real: &Table, synthetic: &Table) -> Option<f64> {
    let shares: Vec<f64> = real
        .columns()
        .par_iter()
        .zip(synthetic.columns())
        .filter_map(|(real, synthetic)| match (&real.cells, &synthetic.cells) {
            (Cells::Number(a), Cells::Number(b)) => boundary_adherence(a, b),
            (Cells::Level { codes: a, levels }, Cells::Level { codes: b, .. }) => {
                category_adherence(a, b, levels.len())
            }
            _ => None,
        })
        .collect();
    super::mean(shares.into_iter())
}

/// Share of synthetic cells within the real range; a missing one is within where real cells are missing, too.
pub(super) fn boundary_adherence(real: &[f64], synthetic: &[f64]) -> Option<f64> {
    let present = || real.iter().copied().filter(|value| !value.is_nan());
    let (low, high) = (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
    let holes = real.iter().any(|value| value.is_nan());
    let counted = synthetic.iter().filter(|value| !(holes && value.is_nan()));
    let (within, all) = counted.fold((0.0, 0.0), |(within, all), value| {
        (within + f64::from(u8::from((low..=high).contains(value))), all + 1.0)
    });
    (all > 0.0 && low <= high).then(|| within / all)
}

/// Share of synthetic cells whose level real cells have; missing is a level.
pub(super) fn category_adherence(real: &[u32], synthetic: &[u32], n_levels: usize) -> Option<f64> {
    let mut known = vec![false; n_levels + 1];
    let place = |code: u32| if code == NO_LEVEL { n_levels } else { code as usize };
    real.iter().for_each(|&code| known[place(code)] = true);
    let within = synthetic.iter().filter(|&&code| known[place(code)]).count();
    (!synthetic.is_empty()).then(|| within as f64 / synthetic.len() as f64)
}
