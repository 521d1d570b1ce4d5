//! How many rows of each level are wanted, so that shares come out as they are among real patients?

/// Rows wanted and had, by level of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    wanted: Vec<usize>,
    had: Vec<usize>,
}

impl Quota {
    /// `n` rows in the given shares, rounded by largest remainders; shares need not add up to one.
    #[must_use]
    pub fn new(shares: &[f64], n: usize) -> Self {
        let total: f64 = shares.iter().sum();
        let exact: Vec<f64> =
            shares.iter().map(|share| share / total.max(f64::MIN_POSITIVE) * n as f64).collect();
        let mut wanted: Vec<usize> = exact.iter().map(|rows| rows.floor() as usize).collect();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        let rest = |at: &usize| exact[*at] - exact[*at].floor();
        order.sort_by(|a, b| rest(b).total_cmp(&rest(a)).then(a.cmp(b)));
        let missing = n.saturating_sub(wanted.iter().sum());
        order
            .iter()
            .cycle()
            .take(if shares.is_empty() { 0 } else { missing })
            .for_each(|&at| wanted[at] += 1);
        Self { had: vec![0; wanted.len()], wanted }
    }

    /// Takes a row of that level; `false` when all of that level are had.
    pub fn take(&mut self, level: usize) -> bool {
        let open = self.had.get(level).zip(self.wanted.get(level)).is_some_and(|(had, wanted)| had < wanted);
        if open {
            self.had[level] += 1;
        }
        open
    }

    /// Rows still wanted, by level.
    #[must_use]
    pub fn left(&self) -> Vec<usize> {
        self.wanted.iter().zip(&self.had).map(|(wanted, had)| wanted - had).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: published balanced prompting never restored the prevalence of the outcome.
    #[test]
    fn shares_come_out_exactly() {
        let mut quota = Quota::new(&[0.93, 0.05, 0.02], 50);
        assert_eq!(quota.left(), [47, 2, 1], "46.5, 2.5 and 1.0 by hand: the first of equal remainders");
        assert!(quota.take(2) && !quota.take(2) && !quota.take(7));
        assert_eq!(quota.left(), [47, 2, 0]);
        assert_eq!(Quota::new(&[], 5).left(), Vec::<usize>::new());
    }
}
