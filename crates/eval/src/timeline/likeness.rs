//! Which life is most like another one?

use super::{Life, Lives};
use rayon::prelude::*;
use verosim_timeline::event::instant::DAY;

/// Lives as sets of what is peculiar about them, to be searched.
///
/// A life is the set of its codes, its pairs of successive codes, its codes with the doubling of days and with the very day
/// since the first event, and its codes with their numbers. A feature weighs the logarithm of how many lives there are for
/// each that has it; what more than a tenth of the lives have is left out, because it tells nobody from another.
pub(crate) struct Likeness {
    /// Feature and life, ascending.
    postings: Vec<(u64, u32)>,
    /// Summed weights of each life.
    totals: Vec<f64>,
    n: usize,
}

/// A feature of fewer lives than this is peculiar however few lives there are.
const FEW: usize = 5;

impl Likeness {
    /// The lives `picked` of `sides`, numbered one after the other.
    ///
    /// # Cost
    /// O(features · log features), about five features per event and 16 bytes each.
    pub(crate) fn of(sides: &[(&Lives, &[usize])]) -> Self {
        let people: Vec<(&Lives, &Life)> = sides
            .iter()
            .flat_map(|(lives, picked)| picked.iter().map(|&at| (*lives, &lives.people[at])))
            .collect();
        let n = people.len();
        let mut postings: Vec<(u64, u32)> = people
            .par_iter()
            .enumerate()
            .flat_map_iter(|(at, (lives, life))| {
                features(lives, life).into_iter().map(move |feature| (feature, at as u32))
            })
            .collect();
        postings.par_sort_unstable();
        let most = (n / 10).max(FEW);
        let mut kept = Vec::with_capacity(postings.len());
        let mut totals = vec![0.0; n];
        for of_feature in postings.chunk_by(|a, b| a.0 == b.0) {
            if of_feature.len() <= most {
                let weight = weight(n, of_feature.len());
                of_feature.iter().for_each(|&(_, life)| totals[life as usize] += weight);
                kept.extend_from_slice(of_feature);
            }
        }
        Self { postings: kept, totals, n }
    }

    /// For each life of `queries` how like it the most similar of each of the spans `among` is: shared weights over the
    /// weights of either (Jaccard), from 0 to 1; 0 where nothing peculiar is shared.
    ///
    /// # Cost
    /// O(features of a query · lives that share one).
    pub(crate) fn nearest(
        &self,
        queries: (&Lives, &[usize]),
        among: &[std::ops::Range<usize>],
    ) -> Vec<Vec<f64>> {
        let (lives, picked) = queries;
        picked
            .par_iter()
            .map_init(
                || (vec![0.0_f64; self.n], Vec::new()),
                |(shared, touched), &at| {
                    let mut own = 0.0;
                    for feature in features(lives, &lives.people[at]) {
                        let found = self.having(feature);
                        // Features that too many lives have are not in the list, as if nobody had them; they weigh
                        // nothing in either life, which only the list itself can tell.
                        own += if found.is_empty() { 0.0 } else { weight(self.n, found.len()) };
                        for &(_, life) in found {
                            if shared[life as usize] == 0.0 {
                                touched.push(life as usize);
                            }
                            shared[life as usize] += weight(self.n, found.len());
                        }
                    }
                    let mut best = vec![0.0; among.len()];
                    for life in touched.drain(..) {
                        let both = std::mem::take(&mut shared[life]);
                        let like = both / (own + self.totals[life] - both).max(1e-12);
                        for (best, span) in best.iter_mut().zip(among) {
                            if span.contains(&life) {
                                *best = f64::max(*best, like);
                            }
                        }
                    }
                    best
                },
            )
            .collect()
    }

    fn having(&self, feature: u64) -> &[(u64, u32)] {
        let from = self.postings.partition_point(|posting| posting.0 < feature);
        let rest = &self.postings[from..];
        &rest[..rest.partition_point(|posting| posting.0 == feature)]
    }
}

fn weight(n: usize, having: usize) -> f64 {
    // One more life than there are, so that nothing weighs 0.
    ((n + 1) as f64 / having as f64).ln()
}

/// What is peculiar about a life, ascending.
fn features(lives: &Lives, life: &Life) -> Vec<u64> {
    let mut found: Vec<u64> = life.statics.iter().map(|&code| hashed([1, u64::from(code), 0])).collect();
    let first = lives.span(life).map_or(0, |(first, _)| first);
    for at in life.events.clone() {
        let code = u64::from(lives.codes[at]);
        let days = (lives.times[at] - first) / DAY;
        found.push(hashed([1, code, 0]));
        found.push(hashed([2, code, u64::from((days + 1).ilog2())]));
        found.push(hashed([3, code, days as u64]));
        if lives.numbers[at].is_finite() {
            found.push(hashed([4, code, u64::from(lives.numbers[at].to_bits())]));
        }
    }
    found.extend(
        lives.sequence(life).windows(2).map(|pair| hashed([5, u64::from(pair[0]), u64::from(pair[1])])),
    );
    found.sort_unstable();
    found.dedup();
    found
}

/// One number of three (finaliser of SplitMix64 after each).
pub(crate) fn hashed(parts: [u64; 3]) -> u64 {
    parts.into_iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, part| {
        let mut z = (hash ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn a_life_is_most_like_itself() {
        let lives = lives_of(&[
            &[(0, "A"), (5, "B"), (9, "C")],
            &[(0, "A"), (7, "D")],
            &[(0, "E"), (5, "B"), (40, "F")],
        ]);
        let all = [0, 1, 2];
        let likeness = Likeness::of(&[(&lives, &all)]);
        let found = likeness.nearest((&lives, &all), &[0..3, 0..1, 2..2]);
        for one in &found {
            assert!((one[0] - 1.0).abs() < 1e-12 && one[2] == 0.0, "{one:?}");
        }
        // The third life shares with the first: B, B within days of one doubling, B on the fifth day; each weighs ln 2.
        // The first has A (ln 2, twice more for its day), C three times and two pairs (ln 4 each); the third E and F likewise.
        let shared = 3.0 * 2.0_f64.ln();
        let first = 3.0 * 2.0_f64.ln() + shared + 5.0 * 4.0_f64.ln();
        let third = shared + 8.0 * 4.0_f64.ln();
        assert!((found[2][1] - shared / (first + third - shared)).abs() < 1e-12, "{}", found[2][1]);
    }
}
