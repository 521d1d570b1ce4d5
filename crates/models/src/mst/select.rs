//! Which pairs of columns hang together most, as far as may be told?

use crate::marginal::not_released;
use verosim_core::FitError;
use verosim_math::graphical::Joint;
use verosim_privacy::{Candidate, SealedTable};

/// A spanning tree of pairs, for `rho` in all: Kruskal's, with each pair chosen by the exponential mechanism among those that
/// join two parts, by how far its counts are from those of independent columns.
///
/// # Source
/// Algorithm 2 (MST selection) of `mckenna2021`.
pub(super) fn tree(sealed: &mut SealedTable, alone: &Joint, rho: f64) -> Result<Vec<Vec<usize>>, FitError> {
    let people = sealed.people() as f64;
    let p = sealed.sizes().len();
    let shares: Vec<Vec<f64>> = (0..p).map(|at| alone.table(&[at]).unwrap_or_default()).collect();
    let pairs: Vec<[usize; 2]> = (0..p).flat_map(|a| (a + 1..p).map(move |b| [a, b])).collect();
    let candidates: Vec<Candidate> = pairs
        .iter()
        .map(|&[a, b]| Candidate {
            columns: vec![a, b],
            expected: shares[a]
                .iter()
                .flat_map(|one| shares[b].iter().map(move |other| people * one * other))
                .collect(),
            weight: 1,
            penalty: 0.0,
        })
        .collect();
    sealed.rate(&candidates).map_err(|error| not_released(&error))?;
    let each = rho / (p - 1) as f64;
    let mut part: Vec<usize> = (0..p).collect();
    let mut chosen = Vec::with_capacity(p - 1);
    for _ in 1..p {
        let among: Vec<usize> =
            (0..pairs.len()).filter(|&at| part[pairs[at][0]] != part[pairs[at][1]]).collect();
        let at = sealed
            .choose("the choice of a pair of columns", &among, each)
            .map_err(|error| not_released(&error))?;
        let [a, b] = pairs[at];
        let (from, to) = (part[b], part[a]);
        part.iter_mut().filter(|part| **part == from).for_each(|part| *part = to);
        chosen.push(vec![a, b]);
    }
    Ok(chosen)
}
