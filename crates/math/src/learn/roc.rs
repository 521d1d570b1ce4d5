//! Which true-positive rates does a score reach at which false-positive rates?

use super::Rate;

/// ROC curve as (false-positive rate, true-positive rate), from (0, 0) to (1, 1), at most `limit` points.
///
/// Scores at or above a threshold count as positive; tied scores move together. Where the full curve has
/// more corners than `limit`, the ones nearest to evenly spaced false-positive rates are kept, with half
/// of them below 10 %: attacks are judged there.
///
/// # Errors
/// None; an empty side or a NaN gives the two end points only.
///
/// # Cost
/// O((n + m) log(n + m)).
#[must_use]
pub fn roc_points(positive: &[f64], negative: &[f64], limit: usize) -> Vec<(f64, f64)> {
    let ends = vec![(0.0, 0.0), (1.0, 1.0)];
    if positive.is_empty()
        || negative.is_empty()
        || positive.iter().chain(negative).any(|score| score.is_nan())
    {
        return ends;
    }
    let corners = corners(positive, negative);
    if corners.len() <= limit.max(2) {
        return corners;
    }
    let wanted = limit.max(2) - 2;
    let near = wanted / 2;
    let least = (1.0 / negative.len() as f64).min(0.1);
    let grid = (1..=near)
        .map(|i| least * (0.1 / least).powf(i as f64 / near as f64))
        .chain((1..=wanted - near).map(|i| 0.1 + 0.9 * i as f64 / (wanted - near + 1) as f64));
    let mut kept = vec![corners[0]];
    for fpr in grid {
        // The best true-positive rate within this false-positive rate: a point of the curve itself.
        let at = corners.partition_point(|corner| corner.0 <= fpr) - 1;
        if kept.last() != Some(&corners[at]) {
            kept.push(corners[at]);
        }
    }
    if kept.last() != corners.last() {
        kept.push((1.0, 1.0));
    }
    kept
}

/// True-positive rate at the strictest threshold-by-threshold rule whose false-positive rate is at most
/// `fpr`, with its interval.
///
/// The threshold is read from these negatives, and by chance has another false-positive rate than asked for. The
/// interval is exact for as many trials as make a binomial share as unsure as this one: the variance of the share of
/// positives plus that of the false-positive rate times the squared slope of the curve there. `None` when there are fewer than `10 / fpr` negatives (the rate cannot be
/// supported), no positives, or a NaN.
///
/// # Source
/// Carlini et al. 2022, Membership inference attacks from first principles, arXiv 2112.03570; the limit of
/// ten expected false positives is ours. The variance is that of Pepe 2003 (`pepe2003`), result 5.2.
///
/// # Example
/// ```
/// use verosim_math::learn::tpr_at_fpr;
/// let negative: Vec<f64> = (0..1000).map(f64::from).collect();
/// let found = tpr_at_fpr(&[988.5, 990.5, 2000.0, 3.0], &negative, 0.01, 0.95).unwrap();
/// assert_eq!(found.value, 0.5); // Ten negatives reach 990; two of four positives do.
/// ```
#[must_use]
pub fn tpr_at_fpr(positive: &[f64], negative: &[f64], fpr: f64, level: f64) -> Option<Rate> {
    // The slack lets 1,000 negatives support 1 % although 10 / 0.01 is not exact in binary.
    if positive.is_empty() || (negative.len() as f64) * fpr < 10.0 - 1e-9 {
        return None;
    }
    if positive.iter().chain(negative).any(|score| score.is_nan()) {
        return None;
    }
    let allowed = ((negative.len() as f64) * fpr + 1e-9).floor() as usize;
    let mut sorted = negative.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    // Flag what scores above the first negative that must not be flagged: ties with it stay unflagged.
    let hits = |allowed: usize| match sorted.get(allowed) {
        Some(&first_spared) => positive.iter().filter(|&&score| score > first_spared).count(),
        None => positive.len(),
    };
    let (n, m) = (positive.len() as f64, negative.len() as f64);
    let found = hits(allowed) as f64 / n;
    let (near, far) = (allowed / 2, 2 * allowed);
    let slope = (hits(far) - hits(near)) as f64 / n / ((far - near) as f64 / m);
    // At 0 and 1 a share has no variance of its own; that of a share at the false-positive rate stands in.
    let noise = fpr * (1.0 - fpr);
    let own = if found > 0.0 && found < 1.0 { found * (1.0 - found) } else { noise };
    let trials = own / (own / n + slope.powi(2) * noise / m);
    Some(Rate::effective(found, trials, positive.len(), level))
}

/// All corners of the ROC curve.
fn corners(positive: &[f64], negative: &[f64]) -> Vec<(f64, f64)> {
    let mut all: Vec<(f64, bool)> = positive
        .iter()
        .map(|&score| (score, true))
        .chain(negative.iter().map(|&score| (score, false)))
        .collect();
    all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut corners = vec![(0.0, 0.0)];
    let (mut hits, mut alarms) = (0_usize, 0_usize);
    for (at, &(score, is_positive)) in all.iter().enumerate() {
        if is_positive {
            hits += 1;
        } else {
            alarms += 1;
        }
        if all.get(at + 1).is_none_or(|next| next.0 != score) {
            corners.push((alarms as f64 / negative.len() as f64, hits as f64 / positive.len() as f64));
        }
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::auc;

    #[test]
    fn corners_match_scikit_learn() {
        // sklearn.metrics.roc_curve docs example, scores 0.1 0.4 | 0.35 0.8, drop_intermediate=False.
        let got = roc_points(&[0.35, 0.8], &[0.1, 0.4], 60);
        assert_eq!(got, [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]);
    }

    #[test]
    fn a_thinned_curve_keeps_ends_order_and_area() {
        let positive: Vec<f64> = (0..5000).map(|i| f64::from(i * 7919 % 5003) + 900.0).collect();
        let negative: Vec<f64> = (0..5000).map(|i| f64::from(i * 104_729 % 5003)).collect();
        let points = roc_points(&positive, &negative, 60);
        assert!(points.len() <= 60 && points.windows(2).all(|w| w[0].0 <= w[1].0 && w[0].1 <= w[1].1));
        assert_eq!((points[0], points[points.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        let area: f64 = points.windows(2).map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0).sum();
        assert!((area - auc(&positive, &negative).unwrap().value).abs() < 5e-3, "trapezoids of 60 points");
    }

    #[test]
    fn the_interval_covers_although_the_threshold_is_estimated() {
        use rand::{RngExt as _, SeedableRng as _};
        let covered = (0..400_u64)
            .filter(|&key| {
                let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(key);
                let mut scores = |n: usize| (0..n).map(|_| rng.random::<f64>()).collect::<Vec<_>>();
                let found = tpr_at_fpr(&scores(1500), &scores(1000), 0.01, 0.95).unwrap();
                (found.low..=found.high).contains(&0.01)
            })
            .count();
        // At 95 %, fewer than 363 of 400 come up in 1 of 1,000 seeds; an interval of the positives alone covers some 322 (SciPy).
        assert!(covered >= 363, "{covered}");
    }

    #[test]
    fn too_few_negatives_support_no_rate() {
        assert!(tpr_at_fpr(&[1.0], &[0.0; 999], 0.01, 0.95).is_none());
        let tied = tpr_at_fpr(&[1.0; 5], &[1.0; 1000], 0.01, 0.95).unwrap();
        assert_eq!(tied.value, 0.0, "an uninformative score must not win by ties");
    }
}
