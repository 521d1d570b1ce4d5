//! Which whole numbers were seen, in little memory?

use hashbrown::HashMap;

/// A set of whole numbers. Ids mostly come in long runs: these take a bit each.
#[derive(Debug, Default)]
pub(super) struct Ids {
    blocks: HashMap<i64, Box<[u64; 64]>>,
    /// The next number to look at when a new one is wanted.
    next: i64,
}

impl Ids {
    /// Adds `id` and says whether it is new.
    pub(super) fn insert(&mut self, id: i64) -> bool {
        let (block, word, bit) = place(id);
        let word = &mut self.blocks.entry(block).or_insert_with(|| Box::new([0; 64]))[word];
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(super) fn has(&self, id: i64) -> bool {
        let (block, word, bit) = place(id);
        self.blocks.get(&block).is_some_and(|words| words[word] & bit != 0)
    }

    /// The smallest positive number that was neither added nor given before.
    pub(super) fn give(&mut self) -> i64 {
        loop {
            self.next += 1;
            if self.insert(self.next) {
                return self.next;
            }
        }
    }

    /// Leaves the numbers below to rows that bring their own: new ones are given far above, where 32 bits still reach.
    pub(super) fn reserve(&mut self) {
        self.next = self.next.max(1 << 30);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        let mut blocks: Vec<_> = self.blocks.iter().collect();
        blocks.sort_unstable_by_key(|(block, _)| **block);
        blocks.into_iter().flat_map(|(block, words)| {
            (0..4096_i64)
                .filter(|at| words[(at / 64) as usize] >> (at % 64) & 1 == 1)
                .map(move |at| block * 4096 + at)
        })
    }
}

fn place(id: i64) -> (i64, usize, u64) {
    let within = id.rem_euclid(4096);
    (id.div_euclid(4096), (within / 64) as usize, 1 << (within % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_remembered_and_given_anew() {
        let mut ids = Ids::default();
        for id in [1, 2, 5, -3, i64::MIN, i64::MAX] {
            assert!(ids.insert(id) && !ids.insert(id) && ids.has(id));
        }
        assert!(!ids.has(3));
        assert_eq!([ids.give(), ids.give(), ids.give()], [3, 4, 6]);
        ids.reserve();
        assert_eq!(ids.give(), (1 << 30) + 1);
        assert_eq!(ids.iter().collect::<Vec<_>>(), [i64::MIN, -3, 1, 2, 3, 4, 5, 6, (1 << 30) + 1, i64::MAX]);
    }
}
