//! Which candidate is nearest to each person?

use super::Codes;
use crate::PrivacyError;
use rayon::prelude::*;

/// One of the ways in which two rows may be apart, in whole numbers that no row decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The column that is looked at.
    pub column: usize,
    /// Where each of its codes stands.
    pub places: Vec<u16>,
    /// How far apart two places are that are not the same; as far as they lie apart when `None`.
    pub unequal: Option<u16>,
}

impl Measure {
    /// The farthest that two rows can be apart.
    fn most(&self) -> u64 {
        let (least, most) = (self.places.iter().min(), self.places.iter().max());
        let across = most.zip(least).map_or(0, |(most, least)| most - least);
        u64::from(self.unequal.unwrap_or(across))
    }
}

/// Candidates that are compared in one go: their places and distances stay in the nearest memory.
const BLOCK: usize = 1024;
/// People that a thread takes at a time.
const SHARE: usize = 256;

/// Places of people and of candidates by one measure.
struct Scale {
    people: Vec<u16>,
    candidates: Vec<u16>,
    unequal: Option<u16>,
}

/// How many people have each candidate as their nearest, the first of equally near ones. The same at any number of threads.
pub(super) fn votes(
    columns: &[Codes],
    candidates: &[Vec<u16>],
    measures: &[Measure],
) -> Result<Vec<i64>, PrivacyError> {
    let n = candidates.first().map_or(0, Vec::len);
    let most: u64 = measures.iter().map(Measure::most).sum();
    let legal = |found: f64, name: &'static str, is_legal: bool, range: &'static str| {
        if is_legal { Ok(()) } else { Err(PrivacyError::Parameter { name, found, range }) }
    };
    legal(n as f64, "number of candidates", n > 0, "1 or above")?;
    legal(most as f64, "largest distance", most < u64::from(u16::MAX), "below 65535")?;
    let fits = |(at, codes): (usize, &Vec<u16>)| {
        let size = columns.get(at).map_or(0, |column| column.size);
        codes.len() == n && codes.iter().all(|&code| usize::from(code) < size)
    };
    if let Some(column) = candidates.iter().enumerate().position(|column| !fits(column)) {
        return Err(PrivacyError::Codes { column });
    }
    let scales = measures
        .iter()
        .map(|measure| {
            let wrong = PrivacyError::Codes { column: measure.column };
            let (Some(own), Some(others)) = (columns.get(measure.column), candidates.get(measure.column))
            else {
                return Err(wrong);
            };
            if measure.places.len() != own.size {
                return Err(wrong);
            }
            let placed =
                |codes: &[u16]| codes.iter().map(|&code| measure.places[usize::from(code)]).collect();
            Ok(Scale { people: placed(&own.codes), candidates: placed(others), unequal: measure.unequal })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let people = columns.first().map_or(0, |column| column.codes.len());
    let rows: Vec<usize> = (0..people).collect();
    let nearest: Vec<usize> =
        rows.par_chunks(SHARE).flat_map_iter(|rows| nearest(&scales, rows, n)).collect();
    let mut votes = vec![0_i64; n];
    nearest.into_iter().for_each(|at| votes[at] += 1);
    Ok(votes)
}

/// The nearest candidate of each of `rows`.
fn nearest(scales: &[Scale], rows: &[usize], n: usize) -> Vec<usize> {
    let mut best = vec![(u16::MAX, 0_usize); rows.len()];
    let mut apart = [0_u16; BLOCK];
    for start in (0..n).step_by(BLOCK) {
        let end = (start + BLOCK).min(n);
        for (&row, best) in rows.iter().zip(&mut best) {
            let apart = &mut apart[..end - start];
            apart.fill(0);
            for scale in scales {
                let (own, others) = (scale.people[row], &scale.candidates[start..end]);
                // Eight or sixteen candidates at a time. No sum can pass the largest distance, which was looked at; a check
                // that none does would have candidates go one by one.
                let zipped = apart.iter_mut().zip(others);
                match scale.unequal {
                    Some(unequal) => zipped.for_each(|(apart, &other)| {
                        *apart = apart.wrapping_add(if other == own { 0 } else { unequal });
                    }),
                    None => zipped.for_each(|(apart, &other)| {
                        *apart = apart.wrapping_add(other.max(own).wrapping_sub(other.min(own)));
                    }),
                }
            }
            let least = apart.iter().copied().min().unwrap_or(u16::MAX);
            if least < best.0 {
                let at = apart.iter().position(|&apart| apart == least).unwrap_or(0);
                *best = (least, start + at);
            }
        }
    }
    best.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Codes> {
        vec![Codes { codes: vec![0, 1, 1, 0], size: 2 }, Codes { codes: vec![0, 9, 4, 5], size: 10 }]
    }

    fn measures() -> Vec<Measure> {
        vec![
            Measure { column: 0, places: vec![0, 1], unequal: Some(3) },
            Measure { column: 1, places: (0..10).collect(), unequal: None },
        ]
    }

    #[test]
    fn everybody_votes_for_the_first_of_the_nearest() {
        // By hand: (0 0) to (0 2), 2; (1 9) to (0 8), 4, since (1 4) is 5; (1 4) to itself; (0 5) to (0 8), 3, before (0 2), 3 too:
        // the first in order wins.
        let candidates = [vec![1, 0, 0], vec![4, 8, 2]];
        assert_eq!(votes(&columns(), &candidates, &measures()), Ok(vec![1, 2, 1]));
        let turned = [vec![1, 0, 0], vec![4, 2, 8]];
        assert_eq!(votes(&columns(), &turned, &measures()), Ok(vec![1, 2, 1]), "(0 5) is as near to both");
    }

    #[test]
    fn blocks_and_threads_make_no_difference() {
        let n = 3 * BLOCK + 7;
        let candidates: Vec<Vec<u16>> =
            vec![(0..n).map(|at| (at % 2) as u16).collect(), (0..n).map(|at| (at / 2 % 4) as u16).collect()];
        let found = votes(&columns(), &candidates, &measures()).unwrap();
        // By hand: (0 0) is the first; 9, 4 and 5 are nearest to 3, which first stands at 6 and 7.
        assert_eq!((found[0], found[6], found[7]), (1, 1, 2));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
        assert_eq!(pool.install(|| votes(&columns(), &candidates, &measures())).unwrap(), found);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let legal = [vec![1], vec![4]];
        let refused = |candidates: &[Vec<u16>], measures: &[Measure]| {
            votes(&columns(), candidates, measures).unwrap_err().to_string()
        };
        let wrong = "codes of people do not fit column number 1";
        assert_eq!(refused(&[vec![1], vec![10]], &measures()), wrong);
        assert_eq!(refused(&[vec![1], vec![4, 4]], &measures()), wrong);
        assert_eq!(refused(&[vec![1]], &measures()), wrong);
        let mut short = measures();
        short[1].places.pop();
        assert_eq!(refused(&legal, &short), wrong);
        assert!(refused(&[vec![], vec![]], &measures()).contains("number of candidates is 0"));
        let mut far = measures();
        far[0].unequal = Some(u16::MAX - 9);
        assert!(refused(&legal, &far).contains("largest distance is 65535; it must be below 65535"));
        assert!(refused(&[vec![1], vec![4], vec![0]], &measures()).ends_with("number 2"));
    }
}
