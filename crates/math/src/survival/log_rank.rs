//! Do two groups have the event at one pace?

/// Standardised difference of events of the second group from what the first group's pace promises; above 0 when the
/// second has them sooner. `None` when nothing is expected to vary: no event, or an empty group.
///
/// # Shapes
/// Times and events of the first and of the second group.
///
/// # Units and range
/// Standard normal when the paces are equal; its square is the log-rank chi-square.
///
/// # Cost
/// O((n + m) log(n + m)).
///
/// # Source
/// Mantel 1966 (`mantel1966`).
///
/// # Example
/// ```
/// use verosim_math::survival::log_rank;
/// let z = log_rank((&[3.0, 4.0], &[true, true]), (&[1.0, 2.0], &[true, true])).unwrap();
/// assert!(z > 0.0);
/// ```
#[must_use]
pub fn log_rank(first: (&[f64], &[bool]), second: (&[f64], &[bool])) -> Option<f64> {
    let rows = |(times, events): (&[f64], &[bool]), group: bool| -> Vec<(f64, bool, bool)> {
        times
            .iter()
            .zip(events)
            .filter(|(time, _)| time.is_finite())
            .map(|(&time, &event)| (time, event, group))
            .collect()
    };
    let mut all = rows(first, false);
    all.extend(rows(second, true));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut of_second) = (all.len() as f64, all.iter().filter(|row| row.2).count() as f64);
    let (mut excess, mut variance) = (0.0, 0.0);
    let mut start = 0;
    while start < all.len() {
        let tied = all[start..].iter().take_while(|row| row.0 == all[start].0).count();
        let here = &all[start..start + tied];
        let events = here.iter().filter(|row| row.1).count() as f64;
        let events_of_second = here.iter().filter(|row| row.1 && row.2).count() as f64;
        if events > 0.0 {
            let share = of_second / left;
            excess += events_of_second - events * share;
            if left > 1.0 {
                variance += events * share * (1.0 - share) * (left - events) / (left - 1.0);
            }
        }
        left -= tied as f64;
        of_second -= here.iter().filter(|row| row.2).count() as f64;
        start += tied;
    }
    (variance > 0.0).then(|| excess / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::curve::tests::{REAL, SYNTHETIC};

    #[test]
    fn agrees_with_lifelines() {
        let z = log_rank((&REAL.0, &REAL.1), (&SYNTHETIC.0, &SYNTHETIC.1)).unwrap();
        assert!((z * z - LIFELINES).abs() < 1e-10, "lifelines 0.30.3 logrank_test.test_statistic: {}", z * z);
        assert!(z < 0.0, "the second group has its events later");
        assert_eq!(log_rank((&[1.0], &[false]), (&[2.0], &[false])), None, "no event");
        assert_eq!(log_rank((&[], &[]), (&[1.0, 2.0], &[true, true])), None, "one group");
    }

    const LIFELINES: f64 = 0.003_159_557_661_927_307_6;
}
