//! Which rows of a class are likelier wrong than right?
//!
//! Rows are compared by their conformal p-values: the share of real rows of the same class that look at least as unlike it.
//! Those of good rows are uniform, whatever the judge; what there is more of small ones is wrong rows.

/// Greatest p-value of a row that is dropped: no class may lose a larger share of good rows, however many are wrong.
pub(super) const MOST_DROPPED: f64 = 0.125;
/// Fewer rows of a class tell nothing about its p-values.
const LEAST_ROWS: usize = 20;
/// Parts of `[0, 1]` in which p-values are counted.
const BINS: usize = 40;

/// Share of `real` that is at most `value`, the row itself counted: the conformal p-value. `real` is sorted.
pub(super) fn p_value(real: &[f64], value: f64) -> f64 {
    let at_most = real.partition_point(|&other| other <= value);
    (at_most as f64 + 1.0) / (real.len() as f64 + 1.0)
}

/// Which of a class's rows are kept, by their p-values: all but those with so small ones that a row of that p-value is
/// likelier wrong than right (local false discovery rate at most a half), up to [`MOST_DROPPED`].
///
/// The share of good rows is estimated from p-values above a half, where wrong rows are rare (Storey); the density of
/// p-values never rises. Nothing is dropped unless there are significantly more small ones than good rows explain (three
/// standard deviations), so that a clean pool is not cleaned.
///
/// # Source
/// Two-groups model and local false discovery rate: Efron et al. 2001, doi:10.1198/016214501753382129; Storey 2002,
/// doi:10.1111/1467-9868.00346; on conformal p-values: Bates et al. 2023, doi:10.1214/22-AOS2244.
pub(super) fn keep(p: &[f64]) -> Vec<bool> {
    if p.len() < LEAST_ROWS {
        return vec![true; p.len()];
    }
    let n = p.len() as f64;
    let mut seen = [0.0; BINS];
    p.iter().for_each(|&value| seen[((value * BINS as f64) as usize).min(BINS - 1)] += 1.0);
    let above = p.iter().filter(|&&value| value > 0.5).count() as f64;
    let good = ((above + 1.0) / (0.5 * n)).min(1.0);
    let expected = good * n / BINS as f64;
    let density = falling(&seen);
    let most = (MOST_DROPPED * BINS as f64) as usize;
    let bins = density.iter().take(most).take_while(|&&rows| rows > 2.0 * expected).count();
    let (had, by_good): (f64, f64) = (seen[..bins].iter().sum(), expected * bins as f64);
    let is_clear = had > by_good + 3.0 * by_good.sqrt();
    let limit = if is_clear { bins as f64 / BINS as f64 } else { 0.0 };
    p.iter().map(|&value| value > limit).collect()
}

/// The never-rising sequence that is nearest to `counts` in squares: neighbours that rise are averaged (Ayer et al. 1955).
fn falling(counts: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for &count in counts {
        blocks.push((count, 1));
        while let [.., before, last] = &blocks[..]
            && last.0 / last.1 as f64 > before.0 / before.1 as f64
        {
            let joined = (before.0 + last.0, before.1 + last.1);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    blocks.into_iter().flat_map(|(sum, n)| std::iter::repeat_n(sum / n as f64, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(n: u32) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| (f64::from(i) + 0.5) / f64::from(n))
    }

    #[test]
    fn p_values_are_those_by_hand() {
        assert!((p_value(&[0.1, 0.2, 0.3], 0.2) - 0.75).abs() < 1e-12);
        assert!((p_value(&[0.1, 0.2, 0.3], 0.0) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn rising_neighbours_are_averaged() {
        assert_eq!(falling(&[5.0, 1.0, 3.0, 2.0, 0.0]), [5.0, 2.0, 2.0, 2.0, 0.0], "by hand");
    }

    #[test]
    fn rows_are_dropped_while_they_are_likelier_wrong() {
        // Three of ten rows are wrong, with p-values squeezed towards 0 (cubes of uniform ones): their density is
        // 0.3 p^(-2/3) / 3. Above a half lie 0.35 + 0.3 (1 - 0.5^(1/3)) = 0.412 of the rows, so that good counts as 0.824,
        // and the total density falls below 1.648 at p = 0.0335: in the second of bins of 0.025.
        let p: Vec<f64> = uniform(14_000).chain(uniform(6_000).map(|u| u * u * u)).collect();
        let dropped = p.iter().zip(keep(&p)).filter(|(_, keep)| !keep).map(|(p, _)| *p).fold(0.0, f64::max);
        assert!(dropped > 0.02 && dropped <= 0.05, "{dropped}");
    }

    #[test]
    fn uniform_p_values_drop_nothing() {
        let p: Vec<f64> = uniform(1000).collect();
        assert!(keep(&p).iter().all(|keep| *keep));
        assert!(keep(&[]).is_empty());
        assert!(keep(&[0.01, 0.02]).iter().all(|keep| *keep), "too few to say");
    }
}
