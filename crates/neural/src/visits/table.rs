//! Which tokens came under each context, and how often tokens that too few people had?

use super::field::{FOLDS, fold_of};
use super::tally::{NEW, Pair, class_of};
use hashbrown::{HashMap, HashSet};

/// Tokens that came in each context.
#[derive(Default)]
pub(super) struct Table {
    pub(super) of: HashMap<u64, Cell>,
    pub(super) pairs: Vec<(u16, Pair)>,
}

/// Where the tokens of a context stand, and how often others came, each in too few people: their share is that of the
/// level below.
pub(super) struct Cell {
    pub(super) from: usize,
    pub(super) to: usize,
    all: f32,
    folds: [f32; FOLDS],
    pub(super) others: Pair,
}

/// The place that stands for tokens of too few people.
pub(super) const OTHERS: u16 = u16::MAX;

impl Table {
    /// Keeps what came in `least` people. What came in fewer is kept together where that is of so many people; else nothing
    /// is known of it, and nothing is kept of contexts of classes that are `whole`.
    pub(super) fn new(pairs: HashMap<(u64, u16), Pair>, least: u32, whole: impl Fn(usize) -> bool) -> Self {
        let mut sorted: Vec<((u64, u16), Pair)> = pairs.into_iter().collect();
        sorted.sort_unstable_by_key(|pair| pair.0);
        let mut kept = Vec::with_capacity(sorted.len());
        for group in sorted.chunk_by(|a, b| a.0.0 == b.0.0) {
            let (common, rare): (Vec<_>, Vec<_>) = group.iter().partition(|(_, pair)| pair.people >= least);
            if common.is_empty() {
                continue;
            }
            kept.extend(&common);
            // Pairs that ended in different people are of at least so many.
            let people: HashSet<u32> = rare.iter().map(|(_, pair)| pair.last()).collect();
            if people.len() >= least as usize {
                let mut others = NEW;
                rare.iter().for_each(|(_, pair)| others.take(pair));
                kept.push(((group[0].0.0, OTHERS), others));
            } else if !rare.is_empty() && whole(class_of(group[0].0.0)) {
                // Those that are left would be taken for all there is.
                kept.truncate(kept.len() - common.len());
            }
        }
        Self::from_sorted(&kept)
    }

    /// The table of pairs that are in order of contexts and places, those of too few people last.
    pub(super) fn from_sorted(sorted: &[((u64, u16), Pair)]) -> Self {
        let mut table = Self::default();
        for group in sorted.chunk_by(|a, b| a.0.0 == b.0.0) {
            let from = table.pairs.len();
            let (others, common) = match group {
                [common @ .., ((_, OTHERS), others)] => (*others, common),
                common => (NEW, common),
            };
            table.pairs.extend(common.iter().map(|((_, place), pair)| (*place, *pair)));
            let cell = Cell {
                from,
                to: table.pairs.len(),
                all: group.iter().map(|pair| pair.1.all as f32).sum(),
                folds: std::array::from_fn(|fold| group.iter().map(|pair| pair.1.folds[fold] as f32).sum()),
                others,
            };
            table.of.insert(group[0].0.0, cell);
        }
        table
    }

    /// What came under `key`, by place.
    pub(super) fn cell(&self, key: u64) -> Option<(&Cell, &[(u16, Pair)])> {
        self.of.get(&key).map(|cell| (cell, &self.pairs[cell.from..cell.to]))
    }

    /// How often the token at `place` came under `key`, how often tokens of too few people did, and how often anything, without
    /// the context's fold.
    pub(super) fn told(&self, key: u64, context: u64, place: usize) -> Option<[f64; 3]> {
        let (cell, pairs) = self.cell(key)?;
        let fold = fold_of(context);
        let total = cell.without(fold);
        let count = pairs
            .binary_search_by_key(&place, |pair| usize::from(pair.0))
            .map_or(0, |at| pairs[at].1.without(fold));
        let others = cell.others.without(fold);
        (total > 0.0).then_some([f64::from(count), f64::from(others), f64::from(total)])
    }
}

impl Cell {
    /// How often anything came without a fold.
    pub(super) fn without(&self, fold: usize) -> f32 {
        self.all - self.folds.get(fold).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::NO_FOLD;
    use super::*;

    /// What came once to each of so many people from this one on, all of the first fold.
    fn of(from: u32, people: u32) -> Pair {
        let mut pair = NEW;
        (from..from + people).for_each(|person| pair.add(0, person));
        pair
    }

    #[test]
    fn rare_tokens_of_a_context_are_told_together_or_not_at_all() {
        // One token came to ten people and each of the others to two, five people being enough.
        let context = |key: u64, others: u32| {
            let rare = (1..=others).map(move |at| ((key, at as u16), of(10 * at, 2)));
            rare.chain([((key, 0), of(0, 10))])
        };
        let pairs = context(1, 5).chain(context(2, 4)).chain(context(3, 4)).chain([((4, 7), of(0, 4))]);
        let table = Table::new(pairs.collect(), 5, |class| class == 3);
        let told = |key: u64, place: usize| table.told(key, NO_FOLD << 61, place);
        assert_eq!(told(1, 0), Some([10.0, 10.0, 20.0]));
        assert_eq!(told(1, 3), Some([0.0, 10.0, 20.0]), "one of five that came to ten together");
        assert_eq!(told(2, 0), Some([10.0, 0.0, 10.0]), "four that may be of four people");
        assert_eq!(told(3, 0), None, "a context that is known wholly or not");
        assert_eq!(told(4, 7), None, "nothing in it came to enough people");
        assert_eq!(table.told(1, 0, 0), None, "all of them are of the fold that is left out");
    }
}
