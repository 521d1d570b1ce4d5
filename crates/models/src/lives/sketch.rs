//! Which few of many stand for all, whoever counts first?

use std::collections::BTreeSet;
use verosim_core::Seeded;

/// Those of all items whose keys are least: an even sample that does not hang on the order of counting, so that parts counted
/// apart can be put together.
///
/// # Source
/// Bottom-k sketches: Cohen and Kaplan 2007 (`cohen2007`).
#[derive(Clone, Debug)]
pub(crate) struct Sketch<T> {
    most: usize,
    kept: BTreeSet<Kept<T>>,
    /// Items that were offered.
    pub(crate) offered: u64,
}

#[derive(Clone, Copy, Debug)]
struct Kept<T> {
    key: (u64, i64, u32),
    item: T,
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Kept<T> {}

impl<T> PartialOrd for Kept<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Kept<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T> Sketch<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: BTreeSet::new(), offered: 0 }
    }

    /// Offers item number `nth` of a person; it is made only if it is kept.
    pub(crate) fn offer(&mut self, person: i64, nth: u32, item: impl FnOnce() -> T) {
        self.offered += 1;
        let hash = Seeded::new(person as u64).split_at(u64::from(nth)).key();
        let key = (hash, person, nth);
        if self.kept.len() >= self.most && self.kept.last().is_some_and(|last| last.key <= key) {
            return;
        }
        self.kept.insert(Kept { key, item: item() });
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// Puts two parts together.
    pub(crate) fn merge(&mut self, other: Self) {
        self.offered += other.offered;
        self.kept.extend(other.kept);
        while self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// People and their items.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        self.kept.iter().map(|kept| (kept.key.1, &kept.item))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_put_together_are_the_whole() {
        let mut whole = Sketch::new(50);
        let mut parts = [Sketch::new(50), Sketch::new(50), Sketch::new(50)];
        for person in 0..400 {
            for nth in 0..3 {
                whole.offer(person, nth, || person);
                parts[person as usize % 3].offer(person, nth, || person);
            }
        }
        let [a, mut b, c] = parts;
        b.merge(c);
        b.merge(a);
        let told = |sketch: &Sketch<i64>| sketch.iter().map(|(person, _)| person).collect::<Vec<_>>();
        assert_eq!(told(&whole), told(&b));
        assert_eq!((b.len(), b.offered), (50, 1_200));
    }
}
