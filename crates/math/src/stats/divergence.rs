//! How far apart are two vectors of shares?

/// Jensen–Shannon distance to base 2, in `[0, 1]`: the root of the mean divergence from the middle. `None` when a side
/// adds up to nothing; vectors are scaled to shares, the shorter one is padded with zeros.
///
/// # Source
/// `lin1991`; the distance is its root (`endres2003`).
///
/// # Example
/// ```
/// use verosim_math::stats::jensen_shannon;
/// assert_eq!(jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]), Some(1.0));
/// ```
#[must_use]
pub fn jensen_shannon(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    let part = |own: f64, middle: f64| if own > 0.0 { own * (own / middle).log2() } else { 0.0 };
    let sum: f64 = p
        .iter()
        .zip(&q)
        .map(|(&p, &q)| {
            let middle = f64::midpoint(p, q);
            part(p, middle) + part(q, middle)
        })
        .sum();
    Some((0.5 * sum).clamp(0.0, 1.0).sqrt())
}

/// Hellinger distance, in `[0, 1]`: the root of one minus the summed geometric means. `None` as in [`jensen_shannon`].
///
/// # Source
/// `hellinger1909`.
#[must_use]
pub fn hellinger(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    // Half the squared differences of roots: no cancellation between near vectors.
    let sum: f64 = p.iter().zip(&q).map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
    Some((0.5 * sum).clamp(0.0, 1.0).sqrt())
}

/// What a table of counts says against another: the sum of squared differences over their mean, both scaled to `made`,
/// over the cells that either fills. `None` when a side is empty.
///
/// # Source
/// Voas and Williamson's statistic as `raab2021` use it; with cells k and share c of synthetic rows the mean squared error
/// of propensity scores of the saturated model is this · c (1 - c)² / N.
#[must_use]
pub fn table_gap(real: &[f64], made: &[f64]) -> Option<TableGap> {
    let (n, m) = (real.iter().sum::<f64>(), made.iter().sum::<f64>());
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let scale = m / n;
    let mut gap = TableGap { statistic: 0.0, cells: 0 };
    for (real, made) in real.iter().zip(made).filter(|(real, made)| **real + **made > 0.0) {
        gap.statistic += (made - real * scale).powi(2) / f64::midpoint(*made, real * scale);
        gap.cells += 1;
    }
    Some(gap)
}

/// Difference of two tables of counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TableGap {
    /// Voas and Williamson's statistic.
    pub statistic: f64,
    /// Cells that either table fills.
    pub cells: usize,
}

fn shares(p: &[f64], q: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let n = p.len().max(q.len());
    let scaled = |values: &[f64]| {
        let total: f64 = values.iter().sum();
        (total > 0.0).then(|| (0..n).map(|at| values.get(at).map_or(0.0, |v| v / total)).collect())
    };
    Some((scaled(p)?, scaled(q)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let (p, q) = ([0.5, 0.3, 0.2, 0.0], [0.4, 0.3, 0.1, 0.2]);
        let js = jensen_shannon(&p, &q).unwrap();
        assert!((js - 0.340_985_920_478_583_06).abs() < 1e-12, "scipy.spatial.distance.jensenshannon: {js}");
        let h = hellinger(&p, &q).unwrap();
        assert!((h - 0.333_714_021_675_344_86).abs() < 1e-12, "the closed form: {h}");
        assert_eq!(jensen_shannon(&[], &[1.0]), None);
        // Fixture of the formulas of synthpop's utility.tab: VW 1.7778 over three free cells is 0.59259.
        let gap = table_gap(&[40.0, 30.0, 20.0, 10.0, 0.0], &[35.0, 30.0, 25.0, 10.0, 0.0]).unwrap();
        assert!((gap.statistic - 1.777_777_777_8).abs() < 1e-9 && gap.cells == 4, "{gap:?}");
        assert!((gap.statistic * 0.125 / 200.0 - 0.001_111_111_1).abs() < 1e-9, "its pMSE");
        assert!((gap.statistic / 3.0 - 0.592_592_592_6).abs() < 1e-9, "its ratio");
    }
}
