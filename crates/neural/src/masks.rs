//! Which tokens may come next?

use serde::{Deserialize, Serialize};

/// A table of allowed tokens: each step names a class, and a class is a set of tokens.
///
/// All probability is on the tokens of the class, in learning and in writing; a class of one token costs nothing. The
/// costs of a step grow with the number of tokens of its class, not with the vocabulary.
///
/// # Example
/// ```
/// use verosim_neural::Masks;
/// let masks = Masks::new(4, &[vec![0, 1], vec![3, 2, 3]]).unwrap();
/// assert_eq!(masks.allowed(1), [2, 3]);
/// assert!(masks.allows(0, 1) && !masks.allows(0, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Masks {
    vocabulary: usize,
    /// Ascending.
    allowed: Vec<Vec<u32>>,
    bits: Vec<u64>,
}

/// Why a table of masks cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// A class allows nothing.
    #[error("mask class {class} allows no token")]
    Empty {
        /// The class.
        class: usize,
    },
    /// A class allows a token past the vocabulary.
    #[error("mask class {class} allows token {token}, and there are {vocabulary}")]
    NoSuchToken {
        /// The class.
        class: usize,
        /// The token.
        token: u32,
        /// Number of tokens.
        vocabulary: usize,
    },
    /// Class numbers are 16 bits wide.
    #[error("{classes} mask classes, and at most 65536 can be told apart")]
    TooMany {
        /// Number of classes.
        classes: usize,
    },
}

impl Masks {
    /// One set of tokens per class.
    ///
    /// # Errors
    /// [`MaskError`] when a class is empty, names a token that is not below `vocabulary`, or has no number.
    pub fn new(vocabulary: usize, classes: &[Vec<u32>]) -> Result<Self, MaskError> {
        if classes.len() > usize::from(u16::MAX) + 1 {
            return Err(MaskError::TooMany { classes: classes.len() });
        }
        let words = vocabulary.div_ceil(64);
        let mut bits = vec![0_u64; words * classes.len()];
        let mut allowed = Vec::with_capacity(classes.len());
        for (class, tokens) in classes.iter().enumerate() {
            let mut sorted = tokens.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let last = sorted.last().ok_or(MaskError::Empty { class })?;
            if *last as usize >= vocabulary {
                return Err(MaskError::NoSuchToken { class, token: *last, vocabulary });
            }
            for &token in &sorted {
                bits[class * words + token as usize / 64] |= 1 << (token % 64);
            }
            allowed.push(sorted);
        }
        Ok(Self { vocabulary, allowed, bits })
    }

    /// One class that allows everything.
    ///
    /// # Errors
    /// [`MaskError::Empty`] without tokens.
    pub fn open(vocabulary: usize) -> Result<Self, MaskError> {
        Self::new(vocabulary, &[(0..vocabulary as u32).collect()])
    }

    /// Number of tokens.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.allowed.len()
    }

    /// The tokens of `class`, ascending; none when there is no such class.
    pub fn allowed(&self, class: u16) -> &[u32] {
        self.allowed.get(usize::from(class)).map_or(&[], Vec::as_slice)
    }

    /// Whether `class` allows `token`.
    pub fn allows(&self, class: u16, token: u32) -> bool {
        let words = self.vocabulary.div_ceil(64);
        usize::from(class) < self.classes()
            && (token as usize) < self.vocabulary
            && self.bits[usize::from(class) * words + token as usize / 64] >> (token % 64) & 1 == 1
    }
}

/// What is saved of [`Masks`].
#[derive(Clone, Serialize, Deserialize)]
struct Plain {
    vocabulary: usize,
    allowed: Vec<Vec<u32>>,
}

impl TryFrom<Plain> for Masks {
    type Error = MaskError;

    fn try_from(plain: Plain) -> Result<Self, MaskError> {
        Self::new(plain.vocabulary, &plain.allowed)
    }
}

impl From<Masks> for Plain {
    fn from(masks: Masks) -> Self {
        Self { vocabulary: masks.vocabulary, allowed: masks.allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_tables_are_refused() {
        let of = |classes: &[Vec<u32>]| Masks::new(3, classes).unwrap_err();
        assert_eq!(of(&[vec![0], vec![]]), MaskError::Empty { class: 1 });
        assert_eq!(of(&[vec![3]]), MaskError::NoSuchToken { class: 0, token: 3, vocabulary: 3 });
        assert_eq!(of(&vec![vec![0]; 65_537]), MaskError::TooMany { classes: 65_537 });
        assert_eq!(Masks::open(0).unwrap_err(), MaskError::Empty { class: 0 });
    }

    #[test]
    fn what_is_not_there_is_not_allowed() {
        let masks = Masks::open(70).unwrap();
        assert!(masks.allows(0, 69) && !masks.allows(0, 70) && !masks.allows(1, 0));
        assert!(masks.allowed(9).is_empty());
    }
}
