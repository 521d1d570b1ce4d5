//! How many letters must be put in, taken out or changed to make one text into another?

/// A text that others are compared with: the Levenshtein distance, letters being bytes.
///
/// # Cost
/// 2 KiB per 64 bytes; a comparison takes `text · ceil(pattern / 64)` steps of about a dozen word operations, fewer when a
/// limit stops it. The floor of the plain table is `text · pattern` steps.
///
/// # Source
/// Myers 1999, doi:10.1145/316542.316550, in the block form for any length of Hyyrö 2003, "A bit-vector algorithm for
/// computing Levenshtein and Damerau edit distances".
#[derive(Clone, Debug)]
pub struct Pattern {
    /// For each block of 64 bytes, the places of each letter.
    places: Vec<[u64; 256]>,
    length: usize,
}

impl Pattern {
    /// Prepares `pattern`.
    #[must_use]
    pub fn new(pattern: &[u8]) -> Self {
        let mut places = vec![[0_u64; 256]; pattern.len().div_ceil(64)];
        for (at, &letter) in pattern.iter().enumerate() {
            places[at / 64][usize::from(letter)] |= 1 << (at % 64);
        }
        Self { places, length: pattern.len() }
    }

    /// The distance to `text` when it is at most `limit`.
    #[must_use]
    pub fn distance(&self, text: &[u8], limit: usize) -> Option<usize> {
        if self.length.abs_diff(text.len()) > limit {
            return None;
        }
        if self.length == 0 {
            return Some(text.len());
        }
        // Vertical differences of the current column: +1 in `up`, -1 in `down`.
        let mut columns = vec![(u64::MAX, 0_u64); self.places.len()];
        let last_bit = 1_u64 << ((self.length - 1) % 64);
        let mut distance = self.length;
        for (at, &letter) in text.iter().enumerate() {
            // The row above the first grows by one with each letter.
            let mut carry = 1_i8;
            let last = columns.len() - 1;
            for (block, (up, down)) in columns.iter_mut().enumerate() {
                let mut equal = self.places[block][usize::from(letter)];
                let vertical = equal | *down;
                if carry < 0 {
                    equal |= 1;
                }
                let horizontal = ((equal & *up).wrapping_add(*up) ^ *up) | equal;
                let mut rise = *down | !(horizontal | *up);
                let mut fall = *up & horizontal;
                let bit = if block == last { last_bit } else { 1 << 63 };
                let out = i8::from(rise & bit != 0) - i8::from(fall & bit != 0);
                rise <<= 1;
                fall <<= 1;
                match carry {
                    1 => rise |= 1,
                    -1 => fall |= 1,
                    _ => {}
                }
                *up = fall | !(vertical | rise);
                *down = rise & vertical;
                carry = out;
            }
            distance = distance.wrapping_add_signed(isize::from(carry));
            // Each letter to come lowers the distance by one at most.
            if distance > limit.saturating_add(text.len() - at - 1) {
                return None;
            }
        }
        (distance <= limit).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain table of Wagner and Fischer.
    fn plain(a: &[u8], b: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut corner = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let change = corner + usize::from(x != y);
                corner = row[j + 1];
                row[j + 1] = change.min(corner + 1).min(row[j] + 1);
            }
        }
        row[b.len()]
    }

    #[test]
    fn known_distances() {
        let distance = |a: &str, b: &str| Pattern::new(a.as_bytes()).distance(b.as_bytes(), usize::MAX >> 1);
        assert_eq!(distance("kitten", "sitting"), Some(3), "the textbook pair");
        assert_eq!(distance("63,F,120.5,yes", "63,F,121.5,no"), Some(4), "one digit; yes to no is three");
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("", "")), (Some(3), Some(3), Some(0)));
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_table(
            a in prop::collection::vec(0_u8..4, 0..200),
            b in prop::collection::vec(0_u8..4, 0..200),
            limit in 0_usize..220,
        ) {
            let want = plain(&a, &b);
            prop_assert_eq!(Pattern::new(&a).distance(&b, limit), (want <= limit).then_some(want));
        }
    }
}
