//! Which columns are counted alone first, and what follows from it?

use super::States;
use verosim_core::{FitError, Hint as _};
use verosim_data::Domain;
use verosim_math::graphical::Measured;
use verosim_privacy::{Counts, PrivacyError, SealedTable};

/// States of a column that pairs can bear: in the table of two such columns a cell holds on average as many people as the noise
/// on it deviates by, were as many pairs as columns counted for `rho`. Follows from public facts.
fn bearable(people: usize, n_columns: usize, rho: f64) -> usize {
    let deviation = (n_columns as f64 / rho).sqrt();
    ((people as f64 / deviation).sqrt() as usize).max(2)
}

/// Columns counted alone: their states, and the noisy tables of these.
pub(crate) struct Singles {
    pub(crate) states: Vec<States>,
    pub(crate) measured: Vec<Measured>,
}

/// Counts all columns alone for `rho`, joins codes into states of which a column has about `most`, or as many as pairs can bear, and codes the sealed people
/// anew by them.
pub(crate) fn singles(
    sealed: &mut SealedTable,
    domain: &Domain,
    rho: f64,
    most: usize,
) -> Result<Singles, FitError> {
    let people = sealed.people();
    let most = most.min(bearable(people, domain.columns.len(), rho));
    let sets: Vec<Vec<usize>> = (0..domain.columns.len()).map(|at| vec![at]).collect();
    let what = format!("counts of patients in {} columns", sets.len());
    let Counts { values, variance } =
        sealed.counts(&what, &sets, rho).map_err(|error| not_released(&error))?;
    let mut states = Vec::with_capacity(sets.len());
    let mut measured = Vec::with_capacity(sets.len());
    for ((at, column), counts) in domain.columns.iter().enumerate().zip(&values) {
        let own = States::learn(counts, variance, people, column, most);
        sealed.recode(at, own.of()).map_err(|error| not_released(&error))?;
        let (sums, parts) = own.sums(counts);
        let of_people = people as f64;
        let shares = sums.iter().map(|sum| sum / of_people).collect();
        let worth = parts.iter().map(|&parts| of_people * of_people / (variance * parts as f64)).collect();
        measured.push(Measured::new(vec![at], shares, worth));
        states.push(own);
    }
    Ok(Singles { states, measured })
}

/// Noisy tables over `sets` of columns, as shares, for `rho`; and the variance of the noise on counts.
pub(crate) fn tables(
    sealed: &mut SealedTable,
    what: &str,
    sets: &[Vec<usize>],
    rho: f64,
) -> Result<(Vec<Measured>, f64), FitError> {
    let people = sealed.people() as f64;
    let Counts { values, variance } = sealed.counts(what, sets, rho).map_err(|error| not_released(&error))?;
    let of = |(set, counts): (&Vec<usize>, Vec<i64>)| {
        let shares: Vec<f64> = counts.iter().map(|&count| count as f64 / people).collect();
        let worth = vec![people * people / variance; shares.len()];
        Measured::new(set.clone(), shares, worth)
    };
    Ok((sets.iter().zip(values).map(of).collect(), variance))
}

/// What a refusal of the seal means to whoever fits.
pub(crate) fn not_released(error: &PrivacyError) -> FitError {
    FitError::NotReleased { why: error.to_string(), next: error.hint() }
}
