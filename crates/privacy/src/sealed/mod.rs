//! What may be learned of coded people when each was promised that the result hardly depends on them? The claim:
//! `CLAIM.md`.

mod count;
#[cfg(test)]
mod tests;
mod vote;

use crate::{DiscreteGaussian, Exponential, Ledger, Noise, PrivacyError, Promise};
use count::{cells, count};
use verosim_core::guarantee::Formal;
pub use vote::Measure;

/// People in codes, one row each, that can be counted with noise, vote with noise and be chosen by, and in no other way: there is no path from
/// here to a row, a raw count or a raw score.
pub struct SealedTable {
    columns: Vec<Codes>,
    promise: Promise,
    ledger: Ledger,
    noise: Noise,
    /// Scores of the candidates that were rated, and their weights. Decided by people, and never told.
    rated: Vec<(i128, u32)>,
}

/// The codes of all people in one column, each below `size`.
struct Codes {
    codes: Vec<u16>,
    size: usize,
}

/// Tables of counts with noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// One table for each set of columns, the last column of the set counting fastest. May be negative.
    pub values: Vec<Vec<i64>>,
    /// Variance of the noise on each count.
    pub variance: f64,
}

/// A set of columns that may be measured next.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Columns, ascending.
    pub columns: Vec<usize>,
    /// What people are expected to be counted as, from earlier releases alone; the last column counts fastest.
    pub expected: Vec<f64>,
    /// How much its error matters beside those of others.
    pub weight: u32,
    /// What is taken off its error: the error that measuring it would make.
    pub penalty: f64,
}

/// Errors are summed in parts of a person, so that sums are whole numbers and sensitivities exact.
const PARTS: f64 = (1_u64 << 16) as f64;
/// Replaced, a person leaves one cell and enters another: a sum of distances moves by two people at most.
const MOVED: u64 = 2 * PARTS as u64;
/// Most cells of a table.
const MOST_CELLS: usize = 1 << 24;

impl SealedTable {
    /// Seals `columns`, each the codes of all people and the number of codes that there are, under `promise`.
    ///
    /// # Errors
    /// [`PrivacyError::Codes`] with the first column that has another number of people than were promised to, or a code
    /// past its size.
    pub fn new(
        columns: Vec<(Vec<u16>, usize)>,
        promise: Promise,
        noise: Noise,
    ) -> Result<Self, PrivacyError> {
        for (column, (codes, size)) in columns.iter().enumerate() {
            if codes.len() != promise.people() || codes.iter().any(|&code| usize::from(code) >= *size) {
                return Err(PrivacyError::Codes { column });
            }
        }
        let columns = columns.into_iter().map(|(codes, size)| Codes { codes, size }).collect();
        Ok(Self { columns, promise, ledger: promise.ledger()?, noise, rated: Vec::new() })
    }

    /// How many people there are. Public under the promise.
    #[must_use]
    pub fn people(&self) -> usize {
        self.promise.people()
    }

    /// Number of codes of each column. Declared, or computed from what was released.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        self.columns.iter().map(|column| column.size).collect()
    }

    /// What was spent, and the whole budget, in zero-concentrated terms.
    #[must_use]
    pub fn spent(&self) -> (f64, f64) {
        (self.ledger.spent(), self.ledger.budget())
    }

    /// What is left of the budget.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.ledger.left()
    }

    /// Gives each code of a column a new one, by a table that no row decided: `codes[old]` is the new code.
    ///
    /// # Errors
    /// [`PrivacyError::Codes`] when there is no such column, or not one new code for each old one.
    pub fn recode(&mut self, column: usize, codes: &[u16]) -> Result<(), PrivacyError> {
        let found = self.columns.get_mut(column).filter(|found| found.size == codes.len());
        let found = found.ok_or(PrivacyError::Codes { column })?;
        found.codes.iter_mut().for_each(|code| *code = codes[usize::from(*code)]);
        found.size = codes.iter().max().map_or(0, |&most| usize::from(most) + 1);
        self.rated.clear();
        Ok(())
    }

    /// Counts people over each of `sets` of columns with discrete Gaussian noise, all of it one release that costs `rho` at
    /// most.
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is told; [`PrivacyError::Parameter`] when `rho` buys no noise with a
    /// bound; [`PrivacyError::Codes`] for sets that name no column or span too many cells.
    ///
    /// # Cost
    /// O(people · columns named), and a draw of noise for each cell.
    pub fn counts(&mut self, what: &str, sets: &[Vec<usize>], rho: f64) -> Result<Counts, PrivacyError> {
        // Each person stands in one cell of each table.
        let squared = 2 * sets.len() as u64;
        let law = DiscreteGaussian::within(rho, squared)?;
        let mut exact = Vec::new();
        let mut ends = Vec::new();
        for set in sets {
            exact.extend(count(&self.picked(set)?));
            ends.push(exact.len());
        }
        let noisy = law.release(what, &exact, squared, &mut self.ledger, &mut self.noise)?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let values = starts.zip(&ends).map(|(start, &end)| noisy[start..end].to_vec()).collect();
        Ok(Counts { values, variance: law.variance() })
    }

    /// How many people have each of `candidates` as their nearest, with discrete Gaussian noise, for `rho` at most; the first
    /// of those that are equally near. `candidates` holds for each column the codes of all candidates; how near two
    /// rows are is the sum of `measures`.
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is told; [`PrivacyError::Parameter`] when `rho` buys no noise with a
    /// bound, there is no candidate, or distances may leave 16 bits; [`PrivacyError::Codes`] for candidates and measures that
    /// do not fit the columns.
    ///
    /// # Cost
    /// O(people · candidates · measures) by vectors of 16-bit numbers on all threads, and a draw of noise for each candidate.
    pub fn votes(
        &mut self,
        what: &str,
        candidates: &[Vec<u16>],
        measures: &[Measure],
        rho: f64,
    ) -> Result<Counts, PrivacyError> {
        // Replaced, a person takes a vote from one candidate and gives one to another.
        let squared = 2;
        let law = DiscreteGaussian::within(rho, squared)?;
        let exact = vote::votes(&self.columns, candidates, measures)?;
        let noisy = law.release(what, &exact, squared, &mut self.ledger, &mut self.noise)?;
        Ok(Counts { values: vec![noisy], variance: law.variance() })
    }

    /// Scores candidates for [`choose`](Self::choose): the weighted error of what is expected, in people, less the
    /// penalty. Tells nothing, and costs nothing.
    ///
    /// # Errors
    /// [`PrivacyError::Codes`] for sets that name no column, and expectations of another size.
    ///
    /// # Cost
    /// O(people · columns named) for each candidate.
    pub fn rate(&mut self, candidates: &[Candidate]) -> Result<(), PrivacyError> {
        self.rated.clear();
        self.rate_more(candidates)
    }

    /// Scores candidates beside those that were rated before: they take the next places. Tells nothing, and costs nothing.
    ///
    /// # Errors
    /// Those of [`rate`](Self::rate), and then no candidate is added.
    ///
    /// # Cost
    /// O(people · columns named) for each candidate.
    pub fn rate_more(&mut self, candidates: &[Candidate]) -> Result<(), PrivacyError> {
        let more = candidates.iter().map(|candidate| self.score(candidate)).collect::<Result<Vec<_>, _>>()?;
        self.rated.extend(more);
        Ok(())
    }

    /// One of the candidates rated, by its place among them: one of those at `among`, by the exponential mechanism, which
    /// costs `rho` at most.
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is told; [`PrivacyError::Parameter`] when `among` names none, or `rho`
    /// is nothing.
    pub fn choose(&mut self, what: &str, among: &[usize], rho: f64) -> Result<usize, PrivacyError> {
        let law = Exponential::within(rho)?;
        let rated: Vec<(usize, i128, u32)> = among
            .iter()
            .filter_map(|&at| self.rated.get(at).map(|&(score, weight)| (at, score, weight)))
            .collect();
        let weight = rated.iter().map(|rated| rated.2).max().unwrap_or(0);
        let scores: Vec<i128> = rated.iter().map(|rated| rated.1).collect();
        let sensitivity = u64::from(weight) * MOVED;
        let at = law.choose(what, &scores, sensitivity, &mut self.ledger, &mut self.noise)?;
        Ok(rated[at].0)
    }

    /// Breaks the seal for good: the rows are dropped, and what is left is the promise in writing.
    #[must_use]
    pub fn close(self, public: Vec<String>) -> Formal {
        self.promise.formal(&self.ledger, &self.noise, public)
    }

    fn score(&self, candidate: &Candidate) -> Result<(i128, u32), PrivacyError> {
        let counts = count(&self.picked(&candidate.columns)?);
        if counts.len() != candidate.expected.len() {
            return Err(PrivacyError::Codes { column: candidate.columns.first().copied().unwrap_or(0) });
        }
        // Casts saturate and take NaN for 0; in both, only numbers that no row decides are rounded.
        let apart = |(&count, &expected): (&i64, &f64)| {
            (i128::from(count) * (1 << 16) - i128::from((expected * PARTS).round() as i64)).abs()
        };
        let error: i128 = counts.iter().zip(&candidate.expected).map(apart).sum();
        let penalty = i128::from((candidate.penalty * PARTS).round() as i64);
        Ok((i128::from(candidate.weight) * (error - penalty), candidate.weight))
    }

    fn picked(&self, set: &[usize]) -> Result<Vec<(&[u16], usize)>, PrivacyError> {
        let columns = set
            .iter()
            .map(|&column| {
                let found = self.columns.get(column).ok_or(PrivacyError::Codes { column })?;
                Ok((found.codes.as_slice(), found.size))
            })
            .collect::<Result<Vec<_>, PrivacyError>>()?;
        match (cells(&columns), set.first()) {
            (cells, Some(_)) if cells <= MOST_CELLS => Ok(columns),
            (_, column) => Err(PrivacyError::Codes { column: column.copied().unwrap_or(0) }),
        }
    }
}
