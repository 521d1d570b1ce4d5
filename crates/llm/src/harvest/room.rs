//! How long may replies be, when a model's tokens are shorter than those of most models?

/// Times the tokens that a preset expects. A model of letters takes four times as many as one of words; its replies would
/// all be cut off within their first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room(u32);

/// Most times; longer replies are no records.
const MOST: u32 = 8;

impl Room {
    /// As much as is expected.
    pub(super) fn new() -> Self {
        Self(1)
    }

    /// Tokens of a reply that is expected to take `expected`.
    pub(super) fn tokens(self, expected: u32) -> u32 {
        expected.saturating_mul(self.0)
    }

    /// Twice as much when most replies of a wave were cut off before one record was whole.
    pub(super) fn wave(&mut self, replies: usize, cut_short: usize) {
        if 2 * cut_short > replies {
            self.0 = (2 * self.0).min(MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_grows_only_where_most_replies_end_within_a_record_and_not_without_end() {
        let mut room = Room::new();
        room.wave(8, 4);
        assert_eq!(room.tokens(100), 100);
        room.wave(8, 5);
        assert_eq!(room.tokens(100), 200);
        (0..9).for_each(|_| room.wave(1, 1));
        assert_eq!((room.tokens(100), room.tokens(u32::MAX)), (800, u32::MAX));
    }
}
