//! Which of many numbers are kept as a sample, whatever order they come in?

use verosim_core::Seeded;

/// A sample without replacement of at most so many numbers, each with the person whose it is: those of the least keys,
/// which follow from person and turn alone.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    most: usize,
    kept: Vec<(u64, u32, f32)>,
    /// Keys from here on are past the sample.
    limit: u64,
    pushed: u64,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Vec::new(), limit: u64::MAX, pushed: 0 }
    }

    pub(super) fn push(&mut self, person: u32, value: f32) {
        self.pushed += 1;
        let key = Seeded::new(u64::from(person)).split_at(self.pushed).key();
        if key >= self.limit || !value.is_finite() {
            return;
        }
        self.kept.push((key, person, value));
        if self.kept.len() >= 2 * self.most {
            self.kept.select_nth_unstable_by_key(self.most, |kept| kept.0);
            self.limit = self.kept[self.most].0;
            self.kept.truncate(self.most);
        }
    }

    /// Numbers and whose they are, by number.
    pub(super) fn sorted(mut self) -> Vec<(f64, u32)> {
        self.kept.sort_unstable_by_key(|kept| kept.0);
        self.kept.truncate(self.most);
        let mut all: Vec<(f64, u32)> =
            self.kept.iter().map(|&(_, person, value)| (f64::from(value), person)).collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_fair() {
        let mut pool = Pool::new(500);
        (0..20_000).for_each(|at| pool.push(at, at as f32));
        let kept = pool.sorted();
        assert_eq!(kept.len(), 500);
        let mean = kept.iter().map(|kept| kept.0).sum::<f64>() / 500.0;
        // The deviation of the mean is 5774 / sqrt(500) = 258; five of them are passed once in two million seeds.
        assert!((mean - 10_000.0).abs() < 1_290.0, "{mean}");
    }
}
