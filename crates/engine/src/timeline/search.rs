//! How many people must be drawn to find those who meet conditions, and will enough be found?

/// A search as far as it has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Search {
    /// People who were drawn, and those of them who met the conditions.
    pub(super) drawn: u64,
    pub(super) met: u64,
}

impl Search {
    /// Whether so many will hardly be found among `most` more: not if the share of those who meet the conditions were three
    /// deviations and seven people above what came. Where seven are expected, none comes in one of a thousand searches.
    pub(super) fn is_hopeless(self, lacking: usize, most: u64) -> bool {
        let met = self.met as f64;
        let share = (met + 3.0 * met.sqrt() + 7.0) / self.drawn.max(1) as f64;
        share * (most as f64) < lacking as f64
    }

    /// How many to draw next for so many who meet the conditions: as many as the share so far asks for, but no more than `most`,
    /// nor, beyond those who are lacking, than were drawn so far, so that a search that is hopeless is soon known to be.
    pub(super) fn needed(self, lacking: usize, most: u64) -> usize {
        let share = (self.met as f64 + 1.0) / (self.drawn as f64 + 1.0);
        let needed = (lacking as f64 / share) as u64;
        needed.min(most).clamp(1, self.drawn.max(lacking as u64)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_grow_and_end() {
        let at = |drawn: u64, met: u64| Search { drawn, met };
        // Of nobody nothing is known: as many as are lacking; then twice as many where every second meets the conditions.
        assert_eq!((at(0, 0).needed(200, 1_000), at(1_999, 999).needed(200, 10_000)), (200, 400));
        // Where nobody did, as many again as were drawn, while as many may be.
        assert_eq!((at(1_000, 0).needed(50, 90_000), at(1_000, 0).needed(50, 300)), (1_000, 300));
        // Seven in 7,000 would give 100 in 100,000 more.
        assert!(!at(7_000, 0).is_hopeless(99, 100_000) && at(7_000, 0).is_hopeless(101, 100_000));
        // Four came in 1,000: four, six and seven more give 17 in 1,000.
        assert!(!at(1_000, 4).is_hopeless(169, 10_000) && at(1_000, 4).is_hopeless(171, 10_000));
        assert!(!at(0, 0).is_hopeless(5, 1_000));
    }
}
