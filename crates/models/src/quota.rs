//! Who comes how often, when many are drawn as evenly as their weights allow?

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// `n` places in random order, each as often as its share of all weights says, up to one. `running` are the weights up to and
/// with each place.
///
/// # Cost
/// O(places + n).
///
/// # Source
/// Systematic sampling: `madow1949`.
pub(crate) fn drawn(running: &[f64], n: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let total = running.last().copied().unwrap_or(0.0);
    // Rounding may lead to the very end, where places may weigh nothing.
    let last = running.partition_point(|&sum| sum < total);
    let start = rng.random::<f64>();
    let mut at = 0;
    let mut places: Vec<u32> = (0..n)
        .map(|one| {
            let point = (one as f64 + start) / n as f64 * total;
            while at < last && running[at] <= point {
                at += 1;
            }
            at as u32
        })
        .collect();
    places.shuffle(rng);
    places
}

/// The sums of weights up to and with each.
pub(crate) fn running(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let sum = |sum: &mut f64, weight: f64| {
        *sum += weight;
        Some(*sum)
    };
    weights.scan(0.0, sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn shares_are_met_up_to_one_and_what_weighs_nothing_never_comes() {
        let running = running([1.0, 0.0, 3.0, 0.0].into_iter());
        assert_eq!(running, [1.0, 1.0, 4.0, 4.0]);
        for seed in 0..50 {
            let mut places = drawn(&running, 8, &mut Seeded::new(seed).rng());
            let unsorted = places.clone();
            places.sort_unstable();
            assert_eq!(places, [0, 0, 2, 2, 2, 2, 2, 2]);
            assert!(seed > 0 || unsorted != places, "in any order");
            let seven = drawn(&running, 7, &mut Seeded::new(seed).rng());
            let first = seven.iter().filter(|&&at| at == 0).count();
            assert!((1..=2).contains(&first) && seven.iter().all(|at| at % 2 == 0), "{seven:?}");
        }
    }
}
