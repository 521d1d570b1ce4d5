//! What is written in place of identifiers that must not be learned?

use crate::frame::NO_LEVEL;
use serde::{Deserialize, Serialize};
use verosim_core::Seeded;
use verosim_core::schema::Suspicion;

/// Fresh values of the same shape, unique to each row, made from the row number and a seed and from no patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Surrogate {
    /// A mask: `#` is a digit, `A` an upper-case and `a` a lower-case letter, anything else stands as it is.
    Mask(String),
    /// A prefix and a suffix around a number.
    Numbered(String, String),
}

impl Surrogate {
    /// Learns the commonest shape of the texts; what is not a letter or a digit is kept only as punctuation.
    pub(super) fn learn(codes: &[u32], levels: &[String], suspicion: Option<Suspicion>) -> Self {
        match suspicion {
            Some(Suspicion::Email) => return Self::Numbered("person".into(), "@example.org".into()),
            Some(Suspicion::PersonName) => return Self::Numbered("Person ".into(), String::new()),
            Some(Suspicion::Address) => return Self::Numbered(String::new(), " Example Street".into()),
            _ => {}
        }
        let mut shapes = std::collections::BTreeMap::<String, usize>::new();
        for &code in codes.iter().filter(|&&code| code != NO_LEVEL).take(SHAPE_ROWS) {
            *shapes.entry(shape(&levels[code as usize])).or_default() += 1;
        }
        let commonest = shapes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
        match commonest {
            Some((mask, _)) if mask.contains(['#', 'A', 'a']) => Self::Mask(mask),
            _ => Self::Numbered("ID".into(), String::new()),
        }
    }

    /// The value of row `row`. Different rows of one seed give different values until the shape is used up, and one
    /// more digit or letter is then put in front.
    pub(super) fn value(&self, row: u64, seed: Seeded) -> String {
        match self {
            Self::Numbered(before, after) => format!("{before}{:06}{after}", row + 1),
            Self::Mask(mask) => {
                let sizes: Vec<u64> = mask.chars().filter_map(alphabet).map(|(_, size)| size).collect();
                let room =
                    sizes.iter().try_fold(1_u64, |room, &size| room.checked_mul(size)).unwrap_or(u64::MAX);
                // An affine walk through all numbers of the shape: fresh, unique, and in no order that means anything.
                let stride = coprime(room, seed.split("stride").key());
                let start = seed.split("start").key() % room;
                let walked =
                    (u128::from(row % room) * u128::from(stride) + u128::from(start)) % u128::from(room);
                let mut left = walked as u64;
                let mut text: Vec<char> = mask
                    .chars()
                    .rev()
                    .map(|slot| match alphabet(slot) {
                        None => slot,
                        Some((first, size)) => {
                            let digit = left % size;
                            left /= size;
                            char::from(first + digit as u8)
                        }
                    })
                    .collect();
                text.reverse();
                let lap = row / room;
                let lap = if lap > 0 { lap.to_string() } else { String::new() };
                lap.chars().chain(text).collect()
            }
        }
    }
}

/// Rows that are looked at for the shape.
const SHAPE_ROWS: usize = 10_000;

fn shape(text: &str) -> String {
    let mut shape = String::new();
    for letter in text.chars().take(40) {
        shape.push(match letter {
            c if c.is_numeric() => '#',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c if c.is_ascii_punctuation() && c != '#' => c,
            _ => ' ',
        });
    }
    shape
}

fn alphabet(slot: char) -> Option<(u8, u64)> {
    match slot {
        '#' => Some((b'0', 10)),
        'A' => Some((b'A', 26)),
        'a' => Some((b'a', 26)),
        _ => None,
    }
}

/// A number below `room` that shares no factor with it.
fn coprime(room: u64, key: u64) -> u64 {
    let divides = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let mut stride = key % room;
    while divides(stride, room) != 1 {
        stride = (stride + 1) % room.max(1);
        if room == 1 {
            return 0;
        }
    }
    stride
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn surrogates_keep_the_shape_and_never_repeat() {
        let levels = vec!["MRN-0042x".to_owned()];
        let surrogate = Surrogate::learn(&[0], &levels, Some(Suspicion::RecordNumber));
        let values: BTreeSet<String> = (0..5000).map(|row| surrogate.value(row, Seeded::new(1))).collect();
        assert_eq!(values.len(), 5000);
        assert!(values.iter().all(|value| shape(value) == "AAA-####a"));
    }

    #[test]
    fn a_small_shape_grows_when_it_is_used_up() {
        let surrogate = Surrogate::Mask("#".into());
        let values: BTreeSet<String> = (0..25).map(|row| surrogate.value(row, Seeded::new(1))).collect();
        assert_eq!(values.len(), 25);
    }

    #[test]
    fn names_are_not_shaped_like_names() {
        let levels = vec!["Mary Canary".to_owned()];
        let surrogate = Surrogate::learn(&[0], &levels, Some(Suspicion::PersonName));
        assert_eq!(surrogate.value(6, Seeded::new(1)), "Person 000007");
    }
}
