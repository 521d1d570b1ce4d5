//! Where is a numeric column cut into bins?

/// Most values that are sorted to choose cuts.
const SORTED_VALUES: usize = 200_000;

/// At most `max_bins - 1` ascending cuts between distinct present values.
///
/// With no more distinct values than bins, every value gets its own. Otherwise values heavier than an
/// average bin stand alone, and the rest fill bins of about equal weight, the target weight being that
/// of the rows and bins still left. A cut is the midpoint of its neighbours, so that new values go to the
/// nearer one.
///
/// # Source
/// The greedy equal-count rule with heavy values apart follows the description in Ke et al. 2017,
/// LightGBM, Advances in Neural Information Processing Systems 30, and its parameter documentation.
pub(super) fn cut_points(values: &[f64], max_bins: usize) -> Vec<f64> {
    let stride = values.len().div_ceil(SORTED_VALUES).max(1);
    let mut sorted: Vec<f64> =
        values.iter().step_by(stride).copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let distinct = runs(&sorted);
    if distinct.len() <= max_bins {
        return distinct.windows(2).map(|pair| between(pair[0].0, pair[1].0)).collect();
    }
    let heavy_from = sorted.len() as f64 / max_bins as f64;
    let is_heavy = |count: usize| count as f64 >= heavy_from;
    let heavy = distinct.iter().filter(|&&(_, count)| is_heavy(count)).count();
    let mut light_rows: usize =
        distinct.iter().filter(|&&(_, count)| !is_heavy(count)).map(|&(_, count)| count).sum();
    let mut light_bins = max_bins.saturating_sub(heavy).max(1);
    let mut cuts = Vec::with_capacity(max_bins);
    let mut filled = 0;
    for pair in distinct.windows(2) {
        let ((value, count), (next, next_count)) = (pair[0], pair[1]);
        if is_heavy(count) {
            cuts.push(between(value, next));
            filled = 0;
        } else {
            filled += count;
            let target = light_rows as f64 / light_bins as f64;
            if filled as f64 >= target || is_heavy(next_count) {
                cuts.push(between(value, next));
                light_rows -= filled;
                light_bins = light_bins.saturating_sub(1).max(1);
                filled = 0;
            }
        }
        if cuts.len() + 1 == max_bins {
            break;
        }
    }
    cuts
}

/// Distinct values of a sorted slice with their counts.
fn runs(sorted: &[f64]) -> Vec<(f64, usize)> {
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for &value in sorted {
        match runs.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}

/// A number `cut` with `low <= cut < high`: values up to the cut go below.
fn between(low: f64, high: f64) -> f64 {
    let middle = f64::midpoint(low, high);
    // Neighbouring floats and infinities have no midpoint that separates them.
    if middle < high && middle >= low { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_get_a_bin_each() {
        assert_eq!(cut_points(&[3.0, 1.0, f64::NAN, 1.0, 2.0], 254), [1.5, 2.5]);
        assert!(cut_points(&[f64::NAN, 5.0, 5.0], 254).is_empty(), "one value, one bin");
        assert_eq!(cut_points(&[f64::NEG_INFINITY, 0.0, f64::INFINITY], 254), [f64::NEG_INFINITY, 0.0]);
        assert_eq!(cut_points(&[0.0, -0.0], 254), Vec::<f64>::new(), "signed zeros are one value");
    }

    #[test]
    fn spikes_stand_alone_among_many_values() {
        // 5,000 distinct values and a third of all rows on 120: the spike must not share its bin.
        let mut values: Vec<f64> = (0..5000).map(|i| f64::from(i) * 0.05 + 0.01).collect();
        values.extend(std::iter::repeat_n(120.0, 2500));
        let cuts = cut_points(&values, 254);
        let bin = |x: f64| cuts.partition_point(|&cut| cut < x);
        assert!(bin(119.96) < bin(120.0) && bin(120.0) < bin(120.01));
        assert!(cuts.len() < 254 && cuts.len() > 150, "{}", cuts.len());
    }

    #[test]
    fn bins_of_distinct_values_weigh_about_the_same() {
        let values: Vec<f64> = (0..100_000).map(|i| f64::from(i).powi(3)).collect();
        let cuts = cut_points(&values, 254);
        assert_eq!(cuts.len(), 253);
        let mut counts = vec![0_usize; 254];
        for &value in &values {
            counts[cuts.partition_point(|&cut| cut < value)] += 1;
        }
        // 100,000 / 254 = 393.7: whole rows, so within one of it.
        assert!(counts.iter().all(|&count| (392..=395).contains(&count)), "{counts:?}");
    }
}
