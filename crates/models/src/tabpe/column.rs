//! How far apart are two codes of a column, and what does a code become when it is varied?

use crate::marginal::{States, n_missing};
use rand::{Rng, RngExt as _};
use verosim_data::ColumnDomain;
use verosim_math::stats::onto_simplex;
use verosim_privacy::Measure;

/// What may be drawn in a column, and how likely.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Law {
    /// Codes before this one are kinds of missing.
    first: usize,
    /// Whether codes from `first` on are cells of numbers.
    is_number: bool,
    /// How likely each code is when it is drawn afresh; what nobody declared has none. Invariant: finite, from 0, with a sum above
    /// 0.
    chances: Vec<f32>,
}

/// Most states that the noisy counts of a column are smoothed to.
const MOST_STATES: usize = 64;
/// Distance between two levels, as long as columns are few enough for sums of 16 bits.
const UNEQUAL: usize = 255;
/// How many levels' distance the declared bounds of a number lie apart.
const ACROSS: usize = 2;

impl Law {
    /// All declared codes as likely.
    pub(super) fn even(domain: &ColumnDomain) -> Self {
        Self::with(domain, vec![1.0; domain.n_codes()])
    }

    /// As likely as noisy counts of all codes say, smoothed as far as their noise asks.
    pub(super) fn counted(domain: &ColumnDomain, counts: &[i64], variance: f64, people: usize) -> Self {
        let states = States::learn(counts, variance, people, domain, MOST_STATES);
        let shares = onto_simplex(&states.sums(counts).0, 1.0_f64.max(people as f64));
        let mut chances = vec![0.0; domain.n_codes()];
        for (state, share) in shares.iter().enumerate() {
            for (code, chance) in states.codes(state) {
                chances[code] = (share / people as f64) as f32 * chance;
            }
        }
        Self::with(domain, chances)
    }

    fn with(domain: &ColumnDomain, chances: Vec<f32>) -> Self {
        Self { first: n_missing(domain), is_number: domain.continuous().is_some(), chances }
    }

    /// The law that was written down as `chances`; `None` when they are none.
    pub(super) fn written(domain: &ColumnDomain, chances: &[f32]) -> Option<Self> {
        let legal = chances.len() == domain.n_codes()
            && chances.iter().all(|chance| (0.0..=1.0e6).contains(chance))
            && chances.iter().any(|&chance| chance > 0.0);
        legal.then(|| Self::with(domain, chances.to_vec()))
    }

    /// How likely each code is.
    pub(super) fn chances(&self) -> &[f32] {
        &self.chances
    }

    /// A code, whatever it was before.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> u16 {
        let total: f64 = self.chances.iter().map(|&chance| f64::from(chance)).sum();
        let mut left = rng.random::<f64>() * total;
        let found = self.chances.iter().position(|&chance| {
            left -= f64::from(chance);
            left < 0.0
        });
        let last = || self.chances.iter().rposition(|&chance| chance > 0.0);
        found.or_else(last).unwrap_or(0) as u16
    }

    /// `code` varied at `rate`: a level, and whether a number is missing, is drawn afresh with that probability; a number
    /// moves by up to that share of its declared bounds, and turns back at them.
    pub(super) fn vary(&self, code: u16, rate: f64, rng: &mut impl Rng) -> u16 {
        let at = usize::from(code);
        let can_change = !self.is_number || self.first > 0;
        if can_change && rng.random::<f64>() < rate {
            return self.draw(rng);
        }
        if !self.is_number || at < self.first {
            return code;
        }
        let cells = (self.chances.len() - self.first) as f64;
        let moved = (at - self.first) as f64 + 0.5 + rate * cells * (2.0 * rng.random::<f64>() - 1.0);
        let within = if moved < 0.0 {
            -moved
        } else if moved > cells {
            2.0 * cells - moved
        } else {
            moved
        };
        (self.first + within.clamp(0.0, cells - 1.0) as usize) as u16
    }
}

/// The distance between rows of `domains`: two levels, or kinds of missing, that differ are [`UNEQUAL`] apart; numbers, and levels with an
/// order, as far as they lie apart, from one end to the other [`ACROSS`] and one times as far. A number that is missing stands in the
/// middle, and is as far from all others as a level.
pub(super) fn measures(domains: &[ColumnDomain]) -> Vec<Measure> {
    let unequal = UNEQUAL.min((usize::from(u16::MAX) - 1) / ((ACROSS + 1) * domains.len().max(1)));
    let of = |(column, domain): (usize, &ColumnDomain)| {
        let n = domain.n_codes();
        let first = n_missing(domain);
        let kinds = |n_same: usize| -> Vec<u16> {
            // Codes from `first` on are one place, but for the last, which nobody declared.
            (0..=n)
                .map(|code| if code >= first && code < first + n_same { first } else { code } as u16)
                .collect()
        };
        if !domain.ordered {
            return vec![Measure { column, places: kinds(0), unequal: Some(unequal as u16) }];
        }
        let across = unequal * if domain.continuous().is_some() { ACROSS } else { 1 };
        let last = (n - first).saturating_sub(1).max(1);
        let place = |code: usize| {
            if (first..n).contains(&code) { (code - first) * across / last } else { across / 2 }
        };
        let mut of_column =
            vec![Measure { column, places: (0..=n).map(|code| place(code) as u16).collect(), unequal: None }];
        if first > 0 {
            of_column.push(Measure { column, places: kinds(n - first), unequal: Some(unequal as u16) });
        }
        of_column
    };
    domains.iter().enumerate().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marginal::tests::domain;
    use verosim_core::Seeded;

    fn drawn(n: usize, mut draw: impl FnMut(&mut rand_chacha::ChaCha8Rng) -> u16) -> Vec<u16> {
        let mut rng = Seeded::new(1).rng();
        (0..n).map(|_| draw(&mut rng)).collect()
    }

    #[test]
    fn distances_are_those_of_levels_and_of_bounds() {
        let domains = &domain().columns;
        let measures = measures(domains);
        let apart = |column: usize, a: usize, b: usize| -> u32 {
            let of = |measure: &&Measure| measure.column == column;
            let each = measures.iter().filter(of).map(|measure| match measure.unequal {
                Some(unequal) => u32::from(unequal) * u32::from(measure.places[a] != measure.places[b]),
                None => u32::from(measure.places[a].abs_diff(measure.places[b])),
            });
            each.sum()
        };
        // Column 2 has a kind of missing and two levels; column 5 a kind of missing, forty cells, and elsewhere.
        assert_eq!((apart(2, 0, 1), apart(2, 1, 2), apart(2, 2, 2), apart(2, 0, 3)), (255, 255, 0, 255));
        assert_eq!((apart(5, 1, 40), apart(5, 1, 1)), (510, 0));
        assert_eq!(apart(5, 20, 21), 13, "510 / 39, in whole numbers");
        assert_eq!(
            (apart(5, 0, 1), apart(5, 0, 40)),
            (255 + 255, 255 + 255),
            "missing is far from both ends alike"
        );
        let wide: Vec<ColumnDomain> = (0..500).map(|_| domains[5].clone()).collect();
        let most: u32 = super::measures(&wide)
            .iter()
            .map(|measure| {
                u32::from(
                    measure.unequal.unwrap_or_else(|| measure.places.iter().copied().max().unwrap_or(0)),
                )
            })
            .sum();
        assert!(most < u32::from(u16::MAX), "{most}");
    }

    #[test]
    fn numbers_move_within_their_bounds_and_levels_are_drawn_afresh() {
        let domains = &domain().columns;
        let law = Law::even(&domains[5]);
        let moved = drawn(2_000, |rng| law.vary(3, 0.1, rng));
        // Forty cells: up to four away, or drawn afresh in one of ten, of forty-one codes.
        let far = moved.iter().filter(|&&code| code == 0 || code > 7).count() as f64 / 2_000.0;
        assert!((far - 0.1 * 34.0 / 41.0).abs() < 0.04, "{far}: six deviations of 0.006");
        assert!(moved.iter().all(|code| (0..=40).contains(code)));
        assert!(drawn(50, |rng| law.vary(3, 0.0, rng)).iter().all(|&code| code == 3));
        let law = Law::even(&domains[0]);
        let changed = drawn(4_000, |rng| law.vary(0, 0.5, rng)).iter().filter(|&&code| code == 1).count();
        assert!((changed as f64 / 4_000.0 - 0.25).abs() < 0.042, "{changed}: half of the half that is drawn");
    }

    #[test]
    fn what_is_drawn_afresh_follows_noisy_counts() {
        let domains = &domain().columns;
        let law = Law::counted(&domains[2], &[100, 300, 600, 3], 1.0, 1000);
        let shares = |code: u16| {
            drawn(10_000, |rng| law.draw(rng)).iter().filter(|&&drawn| drawn == code).count() as f64
                / 10_000.0
        };
        for (code, want) in [(0, 0.1), (1, 0.3), (2, 0.6), (3, 0.0)] {
            assert!((shares(code) - want).abs() < 0.03, "{code}: {}", shares(code));
        }
        assert_eq!(Law::written(&domains[2], law.chances()), Some(law.clone()));
        assert_eq!(Law::written(&domains[2], &[0.0; 3]), None);
        assert_eq!(Law::written(&domains[2], &[0.5, f32::NAN, 0.5]), None);
        assert_eq!(Law::written(&domains[2], &[0.5; 4]), None);
        let nobody = Law::counted(&domains[5], &[0; 42], 1e8, 50);
        assert!(nobody.chances().iter().sum::<f32>() > 0.0, "all noise: something can be drawn");
    }
}
