//! How often does the one with the higher risk have the event first?

/// Harrell's C: the share of pairs whose order is known in which the higher `risk` has the event first, ties of risk
/// counting one half; `None` when no order is known or a risk is not a number.
///
/// A pair's order is known when the earlier of the two had the event; at one time, an event comes before a censoring and
/// two events have no order, as in lifelines.
///
/// # Shapes
/// `risks: [n]`, `times: [n]`, `events: [n]`.
///
/// # Cost
/// O(n log n).
///
/// # Source
/// Harrell et al. 1982 (`harrell1982`).
///
/// # Example
/// ```
/// use verosim_math::survival::concordance;
/// assert_eq!(concordance(&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0], &[true; 3]), Some(1.0));
/// ```
#[must_use]
pub fn concordance(risks: &[f64], times: &[f64], events: &[bool]) -> Option<f64> {
    if risks.iter().chain(times).any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = risks.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let place = |risk: f64| sorted.partition_point(|other| *other < risk);
    let mut order: Vec<usize> = (0..risks.len().min(times.len()).min(events.len())).collect();
    order.sort_by(|&a, &b| times[b].total_cmp(&times[a]).then(events[a].cmp(&events[b])).then(a.cmp(&b)));
    let mut later = Counts::new(sorted.len());
    let (mut known, mut right) = (0_u64, 0.0);
    let mut start = 0;
    while start < order.len() {
        let (time, event) = (times[order[start]], events[order[start]]);
        let tied = order[start..].iter().take_while(|&&at| times[at] == time && events[at] == event).count();
        let group = &order[start..start + tied];
        if event {
            for &at in group {
                let (below, equal) = later.below_and_at(place(risks[at]));
                known += later.total;
                right += below as f64 + 0.5 * equal as f64;
            }
        }
        group.iter().for_each(|&at| later.add(place(risks[at])));
        start += tied;
    }
    (known > 0).then(|| right / known as f64)
}

/// How many were added at each place, with quick sums from the left (a Fenwick tree).
struct Counts {
    tree: Vec<u64>,
    total: u64,
}

impl Counts {
    fn new(places: usize) -> Self {
        Self { tree: vec![0; places + 1], total: 0 }
    }

    fn add(&mut self, place: usize) {
        self.total += 1;
        let mut at = place + 1;
        while at < self.tree.len() {
            self.tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn before(&self, place: usize) -> u64 {
        let (mut at, mut sum) = (place, 0);
        while at > 0 {
            sum += self.tree[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }

    fn below_and_at(&self, place: usize) -> (u64, u64) {
        let below = self.before(place);
        (below, self.before(place + 1) - below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_lifelines() {
        let risks = [0.5, 0.1, 0.5, 0.9, 0.3, 0.7, 0.2, 0.5];
        let times = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
        let events = [true, false, true, true, true, false, true, true];
        let c = concordance(&risks, &times, &events).unwrap();
        assert!(
            (c - LIFELINES).abs() < 1e-12,
            "lifelines 0.30.3 concordance_index(times, -risks, events): {c}"
        );
        assert_eq!(concordance(&[1.0, 2.0], &[1.0, 2.0], &[false, true]), None, "no order is known");
    }

    const LIFELINES: f64 = 0.613_636_363_636_363_6;
}
