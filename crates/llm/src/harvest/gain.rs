//! Do further replies still bring records that were not there before?

/// What the last waves of requests brought, as long as hardly any usable record was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// Usable records: they read, and each cell is one that the column may hold.
    pub usable: u64,
    /// Of these, records that repeat no other and no example.
    pub new: u64,
    /// Tokens, read and written.
    pub tokens: u64,
}

/// Usable records for each new one at which nothing is gained any more: of a reply of thirty that are one and the same
/// one is new, and where real rows all differ, a well model repeats hardly any.
const FEWEST_NEW: u64 = 8;
/// Usable records that tell: among fewer a run of repeats may be chance.
const TELLING: u64 = 150;

impl Gain {
    /// Takes a wave into account. One that brought enough begins the count anew.
    pub(super) fn wave(&mut self, usable: u64, new: u64, tokens: u64) {
        if new * FEWEST_NEW >= usable && usable > 0 {
            *self = Self::default();
            return;
        }
        self.usable += usable;
        self.new += new;
        self.tokens += tokens;
    }

    /// Whether the tokens of the last waves were spent for repeats.
    pub(super) fn is_nil(self) -> bool {
        self.usable >= TELLING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waves_of_repeats_in_a_row_are_no_gain() {
        let mut gain = Gain::default();
        gain.wave(240, 200, 9_000);
        gain.wave(100, 5, 4_000);
        assert!(!gain.is_nil(), "too few to tell");
        gain.wave(8, 1, 900);
        assert_eq!(gain, Gain::default(), "one in eight is new: the count begins anew");
        gain.wave(0, 0, 700);
        gain.wave(100, 12, 4_000);
        gain.wave(50, 0, 2_000);
        assert!(gain.is_nil(), "{gain:?}");
        assert_eq!(gain, Gain { usable: 150, new: 12, tokens: 6_700 });
    }
}
