//! In which order do candidates for one record get their turn, so that the first usable one is a draw from them?

use crate::accept::Reason;
use crate::codec::{Parsed, Raw};
use rand::RngExt as _;
use verosim_core::Seeded;

/// Places of the candidates in the order of their turns; their cell number `column` says how likely each is.
///
/// Each has an exponential clock that runs as fast as it is likely, and turns go by when the clocks ring: whichever of
/// them turn out to be usable, the first is one of these with probability in proportion to its own. Likelihoods need not
/// add up to one. One that does not read counts as much as the mean of the others; when all are nil, all are equal.
///
/// # Source
/// Draws without replacement by exponential clocks: Efraimidis and Spirakis 2006, Inf. Process. Lett. 97(5), 181-185.
pub(super) fn turns(candidates: &[Result<Parsed, Reason>], column: usize, seed: Seeded) -> Vec<usize> {
    if candidates.len() < 2 {
        return (0..candidates.len()).collect();
    }
    let said: Vec<Option<f64>> = candidates
        .iter()
        .map(|candidate| likelihood(candidate.as_ref().ok()?.cells.get(column)?.as_ref()?))
        .collect();
    let total: f64 = said.iter().flatten().sum();
    let mean = total / said.iter().flatten().count().max(1) as f64;
    let mut rng = seed.rng();
    let mut rings: Vec<(f64, usize)> = said
        .iter()
        .enumerate()
        .map(|(at, said)| {
            let speed = if total > 0.0 { said.unwrap_or(mean) / total } else { 1.0 };
            // The generator may give 0, and a candidate of likelihood 0 comes last.
            let wait = -(1.0 - rng.random::<f64>()).ln();
            (if speed > 0.0 { wait / speed } else { f64::INFINITY }, at)
        })
        .collect();
    rings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    rings.into_iter().map(|(_, at)| at).collect()
}

/// A likelihood as a reply wrote it: a number, or one in quotes, with or without a percent sign.
fn likelihood(raw: &Raw) -> Option<f64> {
    let said = match raw {
        Raw::Number(number) => *number,
        Raw::Text(text) => match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
            None => text.trim().parse().ok()?,
        },
        Raw::Null | Raw::Bool(_) => return None,
    };
    (said.is_finite() && said >= 0.0).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(likelihoods: &[Option<Raw>]) -> Vec<Result<Parsed, Reason>> {
        let parsed = |said: &Option<Raw>| Parsed { cells: vec![None, said.clone()], extra: false };
        likelihoods.iter().map(|said| Ok(parsed(said))).collect()
    }

    /// Shares of first turns over many draws.
    fn firsts(likelihoods: &[Option<Raw>]) -> Vec<f64> {
        let candidates = said(likelihoods);
        let mut counts = vec![0.0; candidates.len()];
        for draw in 0..20_000 {
            counts[turns(&candidates, 1, Seeded::new(5).split_at(draw))[0]] += 1.0 / 20_000.0;
        }
        counts
    }

    #[test]
    fn first_turns_go_by_likelihood_however_it_is_written() {
        let number = |value| Some(Raw::Number(value));
        let text = |text: &str| Some(Raw::Text(text.into()));
        let cases = [
            (vec![number(0.5), number(0.3), number(0.2)], [0.5, 0.3, 0.2]),
            (vec![number(5.0), number(3.0), number(2.0)], [0.5, 0.3, 0.2]),
            (vec![text("50 %"), text("0.3"), number(0.2)], [0.5, 0.3, 0.2]),
            // The one that does not read weighs as the mean of 0.6 and 0.2: 0.4 of 1.2.
            (vec![number(0.6), text("likely"), number(0.2)], [0.5, 1.0 / 3.0, 1.0 / 6.0]),
            (vec![number(f64::NAN), None, Some(Raw::Bool(true))], [1.0 / 3.0; 3]),
            (vec![number(0.0), number(0.0), number(0.0)], [1.0 / 3.0; 3]),
            // Below nil does not read: 0.5, the mean of 1 and 0, of 1.5.
            (vec![number(-1.0), number(1.0), number(0.0)], [1.0 / 3.0, 2.0 / 3.0, 0.0]),
        ];
        for (likelihoods, want) in cases {
            let got = firsts(&likelihoods);
            // Five standard deviations of a share of 20 000: 0.018, a false alarm in two million.
            assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 0.018), "{got:?} {want:?}");
        }
    }

    #[test]
    fn every_candidate_has_one_turn_and_broken_ones_too() {
        let mut candidates = said(&[Some(Raw::Number(0.9)), Some(Raw::Number(0.1))]);
        candidates.push(Err(Reason::Truncated));
        let mut all = turns(&candidates, 1, Seeded::new(1));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        assert_eq!(turns(&candidates[..1], 1, Seeded::new(1)), [0]);
        assert!(turns(&[], 1, Seeded::new(1)).is_empty());
    }
}
