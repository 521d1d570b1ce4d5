//! Does the strongest of many scores tell members from others better than chance makes the strongest of as many?

use rand::{Rng, RngExt as _};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF as _, Normal};
use statrs::function::gamma::ln_gamma;

/// What permuting labels says of a family of scores.
#[derive(Clone, Debug, PartialEq)]
pub struct MaxT {
    /// Chance of a strongest score as strong as this one when labels mean nothing.
    pub p: f64,
    /// The same of each score alone.
    pub single: Vec<f64>,
    /// Position of the strongest score.
    pub strongest: usize,
    /// Standardised advantage of each score.
    pub advantages: Vec<f64>,
    /// Standard errors above one half that the greatest AUC of the family stays below in 95 % of permutations.
    pub critical: f64,
}

/// Shares of all units, from the top, among which members are counted.
const TOPS: [f64; 7] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
/// Units at the top below which nothing is counted.
const LEAST_TOP: usize = 5;

/// Permutes labels `rounds` times and compares the greatest standardised advantage of the family.
///
/// The advantage of a score is the greatest of two kinds of standard normal deviates: of its rank sum (the AUC), and of
/// the members among its highest scores (0.1 to 10 % of all units, and the tie at the top), by the hypergeometric law. The
/// second kind sees the few who are found for certain, whom an average hides. Labels are permuted for all scores at
/// once, so that the p-value is exact however the scores hang together.
///
/// # Shapes
/// `scores: [k][n]`, higher means member; `is_member: [n]`. `stream(round)` is a generator of its own for each round. `None` without a score, a member or another, or with a NaN.
///
/// # Cost
/// O(rounds · k · n), parallel over rounds.
///
/// # Source
/// Single-step max-T: Westfall and Young 1993 (`westfall1993`).
pub fn max_t<R: Rng>(
    scores: &[Vec<f64>],
    is_member: &[bool],
    rounds: usize,
    stream: impl Fn(u64) -> R + Sync,
) -> Option<MaxT> {
    let n = is_member.len();
    let members = is_member.iter().filter(|&&is| is).count();
    let bad = |score: &Vec<f64>| score.len() != n || score.iter().any(|value| value.is_nan());
    if scores.is_empty() || members == 0 || members == n || scores.iter().any(bad) {
        return None;
    }
    let rows: Vec<Row> = scores.par_iter().map(|score| Row::new(score, is_member)).collect();
    let seen: Vec<(f64, f64)> = rows.iter().map(|row| row.advantage(is_member)).collect();
    let permuted: Vec<Vec<(f64, f64)>> = (0..rounds)
        .into_par_iter()
        .map(|round| {
            let labels = permuted(is_member, &mut stream(round as u64));
            rows.iter().map(|row| row.advantage(&labels)).collect()
        })
        .collect();
    let strongest = (0..seen.len()).max_by(|&a, &b| seen[a].0.total_cmp(&seen[b].0).then(b.cmp(&a)))?;
    let most = |found: &[(f64, f64)]| found.iter().map(|one| one.0).fold(f64::MIN, f64::max);
    let chance = |as_strong: usize| (as_strong + 1) as f64 / (rounds + 1) as f64;
    let single = (0..seen.len())
        .map(|at| chance(permuted.iter().filter(|found| found[at].0 >= seen[at].0).count()))
        .collect();
    let mut areas: Vec<f64> =
        permuted.iter().map(|found| found.iter().map(|one| one.1).fold(f64::MIN, f64::max)).collect();
    areas.sort_by(f64::total_cmp);
    Some(MaxT {
        p: chance(permuted.iter().filter(|found| most(found) >= seen[strongest].0).count()),
        single,
        strongest,
        advantages: seen.iter().map(|one| one.0).collect(),
        critical: super::quantile_sorted(&areas, 0.95).unwrap_or(f64::INFINITY),
    })
}

/// Labels that change places.
fn permuted(labels: &[bool], rng: &mut impl Rng) -> Vec<bool> {
    let mut labels = labels.to_vec();
    for at in (1..labels.len()).rev() {
        labels.swap(at, rng.random_range(0..=at));
    }
    labels
}

/// One score, ready to be held against labels.
struct Row {
    /// Twice the mid-rank of each unit: whole numbers, whose sum has no order.
    ranks: Vec<u64>,
    expected: f64,
    deviation: f64,
    /// Units from the highest score on, as far as the last cut.
    top: Vec<usize>,
    cuts: Vec<Cut>,
}

/// So many units at the top, and the deviate of each number of members among them.
struct Cut {
    units: usize,
    deviates: Vec<f64>,
}

impl Row {
    fn new(scores: &[f64], is_member: &[bool]) -> Self {
        let n = scores.len();
        let ranks: Vec<u64> = super::mid_ranks(scores).iter().map(|rank| (2.0 * rank) as u64).collect();
        let (size, members) = (n as f64, is_member.iter().filter(|&&is| is).count());
        let mean = ranks.iter().map(|&rank| rank as f64).sum::<f64>() / size;
        let spread: f64 = ranks.iter().map(|&rank| (rank as f64 - mean).powi(2)).sum();
        let hits = members as f64;
        let (expected, variance) = (hits * mean, hits * (size - hits) / (size * (size - 1.0)) * spread);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let ends: Vec<usize> = (1..=n)
            .filter(|&end| end == n || scores[order[end]] != scores[order[end - 1]])
            .take_while(|&end| end <= n / 2)
            .collect();
        let mut units: Vec<usize> = TOPS
            .iter()
            .filter_map(|share| {
                let most = (share * n as f64).ceil() as usize;
                ends[..ends.partition_point(|&end| end <= most)].last().copied()
            })
            .chain(ends.first().copied())
            .filter(|&end| end >= LEAST_TOP)
            .collect();
        units.sort_unstable();
        units.dedup();
        let cuts = units.iter().map(|&units| Cut { units, deviates: deviates(units, members, n) }).collect();
        order.truncate(units.last().copied().unwrap_or(0));
        Self { ranks, expected, deviation: variance.sqrt(), top: order, cuts }
    }

    /// The standardised advantage, and that of the AUC alone.
    fn advantage(&self, labels: &[bool]) -> (f64, f64) {
        let sum: u64 = self.ranks.iter().zip(labels).map(|(rank, &is)| rank * u64::from(is)).sum();
        let area = if self.deviation > 0.0 { (sum as f64 - self.expected) / self.deviation } else { 0.0 };
        let (mut most, mut hits, mut from) = (area, 0, 0);
        for cut in &self.cuts {
            hits += self.top[from..cut.units].iter().filter(|&&unit| labels[unit]).count();
            from = cut.units;
            most = most.max(cut.deviates[hits]);
        }
        (most, area)
    }
}

/// For each number of members among `units` drawn from `n`, the standard normal deviate that is as rarely exceeded.
fn deviates(units: usize, members: usize, n: usize) -> Vec<f64> {
    let ln_choose = |n: usize, k: usize| {
        ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
    };
    let chance = |hits: usize| {
        if hits > members || units - hits > n - members {
            return 0.0;
        }
        (ln_choose(members, hits) + ln_choose(n - members, units - hits) - ln_choose(n, units)).exp()
    };
    let mut deviates = vec![0.0; units + 1];
    let mut tail = 0.0_f64;
    for hits in (0..=units).rev() {
        tail += chance(hits);
        // Below the least number a deviate would be infinite: no permutation comes there.
        deviates[hits] = -Normal::standard().inverse_cdf(tail.clamp(1e-300, 1.0 - 1e-12));
    }
    deviates
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    fn stream(key: u64) -> impl Fn(u64) -> ChaCha8Rng + Sync {
        move |round| ChaCha8Rng::seed_from_u64(key.wrapping_mul(1_000_003) + round)
    }

    #[test]
    fn deviates_are_those_of_the_hypergeometric_law() {
        // scipy.stats.norm.isf(scipy.stats.hypergeom.sf(h - 1, 100, 50, 10)) for h = 8, 10.
        let found = deviates(10, 50, 100);
        assert!((found[8] - 1.686_772_240).abs() < 1e-8, "{}", found[8]);
        assert!((found[10] - 3.242_024_222).abs() < 1e-8, "{}", found[10]);
    }

    #[test]
    fn without_ties_the_advantage_is_the_wilcoxon_deviate() {
        let score: Vec<f64> = (0..12).map(f64::from).collect();
        let is_member: Vec<bool> = (0..12).map(|at| at % 3 != 0).collect();
        let row = Row::new(&score, &is_member);
        // By hand: members hold the ranks 2 3 5 6 8 9 11 12 = 56 against 8 * 6.5 = 52; variance 8 * 4 * 13 / 12.
        let want = 4.0 / (8.0 * 4.0 * 13.0 / 12.0_f64).sqrt();
        assert!((row.advantage(&is_member).1 - want).abs() < 1e-12);
    }

    #[test]
    fn labels_that_mean_nothing_give_uniform_chances() {
        let mut chances: Vec<f64> = (0..200_u64)
            .map(|key| {
                let mut rng = ChaCha8Rng::seed_from_u64(key);
                // Three scores that hang together, one with many ties.
                let base: Vec<f64> = (0..120).map(|_| rng.random::<f64>()).collect();
                let near = base.iter().map(|x| x + 0.2 * rng.random::<f64>()).collect();
                let tied = base.iter().map(|x| (x * 4.0).floor()).collect();
                let is_member: Vec<bool> = (0..120).map(|_| rng.random::<f64>() < 0.7).collect();
                max_t(&[base, near, tied], &is_member, 199, stream(key)).unwrap().p
            })
            .collect();
        chances.sort_by(f64::total_cmp);
        let n = chances.len() as f64;
        let apart = chances
            .iter()
            .enumerate()
            .map(|(at, p)| (p - at as f64 / n).abs().max((p - (at + 1) as f64 / n).abs()))
            .fold(0.0, f64::max);
        // Kolmogorov's band at a false-alarm rate of 0.001: 1.95 / sqrt(200).
        assert!(apart < 1.95 / n.sqrt(), "{apart}");
    }

    #[test]
    fn a_few_who_are_found_for_certain_are_seen_although_the_area_is_at_chance() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let is_member: Vec<bool> = (0..2000).map(|at| at < 1000).collect();
        let score: Vec<f64> =
            (0..2000).map(|at| if at % 100 == 0 && at < 1000 { 2.0 } else { rng.random::<f64>() }).collect();
        let found = max_t(&[score], &is_member, 1999, stream(2)).unwrap();
        assert!(found.p < 0.01, "ten of ten at the top are members: {found:?}");
    }

    #[test]
    fn nothing_to_compare_gives_nothing() {
        assert!(max_t(&[], &[true, false], 9, stream(1)).is_none());
        assert!(max_t(&[vec![1.0, 2.0]], &[true, true], 9, stream(1)).is_none());
        assert!(max_t(&[vec![1.0, f64::NAN]], &[true, false], 9, stream(1)).is_none());
        let constant = max_t(&[vec![1.0; 40]], &[[true; 20], [false; 20]].concat(), 19, stream(1));
        assert_eq!(constant.unwrap().p, 1.0);
    }
}
