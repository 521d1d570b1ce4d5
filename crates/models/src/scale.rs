//! Where does a value stand among all values of its column, as a share from 0 to 1, and back?

use verosim_data::{Allowed, ColumnDomain, Token};
use verosim_math::stats::normal_quantile;

/// The values of a column in an order: tokens, each with the rows that have it, and stretches of ranks between them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    steps: Vec<Step>,
    total: f64,
    /// Greatest rank that exists.
    last_rank: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    token: u32,
    /// Rows before and up to the end of it.
    first: f64,
    end: f64,
    /// Rank at which a stretch begins; `None` for a token that is one value.
    rank: Option<f32>,
}

impl Scale {
    /// `tokens` in their order; those without rows are left out.
    pub(crate) fn listed(tokens: &[u32], counts: &[u64]) -> Self {
        let mut scale = Self { steps: Vec::new(), total: 0.0, last_rank: 0.0 };
        for &token in tokens {
            scale.push(token, counts[token as usize] as f64, None);
        }
        scale
    }

    /// The values of an ordered column: spikes stand between the ranks around them. Kinds of missing and what equals
    /// another column have no place.
    pub(crate) fn ordered(domain: &ColumnDomain, counts: &[u64]) -> Self {
        let values: Vec<u32> = (0..domain.tokens.len() as u32)
            .filter(|&token| matches!(domain.tokens[token as usize], Token::Value(_) | Token::Level(_)))
            .collect();
        let Some(continuous) = domain.continuous() else { return Self::listed(&values, counts) };
        let n_ranks = domain.n_ranks as f32;
        let mut scale = Self { steps: Vec::new(), total: 0.0, last_rank: n_ranks.next_down() };
        let mut rank = 0.0;
        for token in values {
            let own = domain.token_rank[token as usize];
            let next = if own > rank { own.min(n_ranks) } else { rank };
            scale.push(continuous, f64::from(next - rank), Some(rank));
            scale.push(token, counts[token as usize] as f64, None);
            rank = next;
        }
        scale.push(continuous, f64::from(n_ranks - rank), Some(rank));
        scale
    }

    fn push(&mut self, token: u32, rows: f64, rank: Option<f32>) {
        if rows > 0.0 {
            let first = self.total;
            self.total += rows;
            self.steps.push(Step { token, first, end: self.total, rank });
        }
    }

    /// Whether all values are one.
    pub(crate) fn is_constant(&self) -> bool {
        match self.steps[..] {
            [] => true,
            [only] => only.rank.is_none() || only.end - only.first <= 1.0,
            _ => false,
        }
    }

    /// The shares at which steps end, and whether ranks tell the values of a step apart.
    pub(crate) fn ends(&self) -> (Vec<f64>, Vec<bool>) {
        let parts = self.steps.iter().map(|step| (step.end / self.total, step.rank.is_some()));
        parts.unzip()
    }

    /// The step of a cell, `None` when its token has no place here.
    pub(crate) fn step(&self, token: u32, rank: f32) -> Option<usize> {
        let mut of_token = self.steps.iter().enumerate().filter(|(_, step)| step.token == token);
        let last = of_token.clone().rfind(|(_, step)| step.rank.is_none_or(|first| first <= rank));
        last.or_else(|| of_token.next()).map(|(at, _)| at)
    }

    /// Whether ranks tell the values of a step apart.
    pub(crate) fn is_stretch(&self, step: usize) -> bool {
        self.steps[step].rank.is_some()
    }

    /// The shares between which a step lies.
    pub(crate) fn interval(&self, step: usize) -> (f64, f64) {
        let step = &self.steps[step];
        (step.first / self.total, step.end / self.total)
    }

    /// Where a cell stands: a rank by itself, a token in the middle of its interval.
    pub(crate) fn share(&self, token: u32, rank: f32) -> Option<f64> {
        let step = &self.steps[self.step(token, rank)?];
        let place = match step.rank {
            Some(first) => (step.first + f64::from((rank - first).max(0.0))).min(step.end),
            None => f64::midpoint(step.first, step.end),
        };
        Some(place / self.total)
    }

    /// The normal score of a rank in a stretch.
    pub(crate) fn score(&self, step: usize, rank: f32) -> f64 {
        let step = &self.steps[step];
        let inside = f64::from((rank - step.rank.unwrap_or(rank)).max(0.0));
        // Half a row from the ends, so that scores are finite.
        let place = (step.first + inside)
            .clamp(0.5_f64.min(self.total / 2.0), self.total - 0.5_f64.min(self.total / 2.0));
        normal_quantile(place / self.total)
    }

    /// The stretches of shares whose cells are allowed; ascending, none of them empty.
    pub(crate) fn allowed(&self, allowed: &Allowed) -> Vec<(f64, f64)> {
        let within = |step: &Step| {
            let (first, end) = match step.rank {
                None => (step.first, step.end),
                Some(rank) => {
                    let place = |of: f32| (step.first + f64::from(of - rank)).clamp(step.first, step.end);
                    (place(allowed.ranks.0), place(allowed.ranks.1))
                }
            };
            (first / self.total, end / self.total)
        };
        let may = self.steps.iter().filter(|step| allowed.tokens[step.token as usize]);
        may.map(within).filter(|(first, end)| first < end).collect()
    }

    /// The cell at a share.
    pub(crate) fn at(&self, share: f64) -> (u32, f32) {
        let place = share * self.total;
        let at = self.steps.partition_point(|step| step.end <= place).min(self.steps.len().saturating_sub(1));
        match self.steps.get(at) {
            None => (0, 0.0),
            Some(step) => {
                let rank = step.rank.map_or(0.0, |first| first + (place - step.first).max(0.0) as f32);
                (step.token, rank.min(self.last_rank))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spiked() -> (ColumnDomain, Vec<u64>) {
        let domain = ColumnDomain {
            name: "x".into(),
            tokens: vec![Token::Missing(0), Token::Value(0.0), Token::Value(50.0), Token::Continuous],
            ordered: true,
            n_ranks: 10,
            token_rank: vec![f32::NAN, 0.0, 4.0, f32::NAN],
            parents: Vec::new(),
            stage: 0,
        };
        (domain, vec![7, 6, 4, 10])
    }

    #[test]
    fn spikes_stand_between_ranks_and_shares_come_back() {
        let (domain, counts) = spiked();
        let scale = Scale::ordered(&domain, &counts);
        // 6 zeros, 4 ranks, 4 fifties, 6 ranks: 20 rows.
        assert_eq!(scale.ends(), (vec![0.3, 0.5, 0.7, 1.0], vec![false, true, false, true]));
        assert_eq!(scale.at(0.1), (1, 0.0));
        assert_eq!(scale.at(0.475), (3, 3.5));
        assert_eq!(scale.at(0.55), (2, 0.0));
        assert_eq!(scale.at(0.75), (3, 5.0));
        assert_eq!(scale.at(1.0), (3, 10.0_f32.next_down()));
        assert_eq!(scale.step(3, 3.5), Some(1));
        assert_eq!(scale.step(3, 4.0), Some(3));
        assert_eq!(scale.step(0, 0.0), None);
        assert!((scale.score(3, 9.5) - normal_quantile(0.975)).abs() < 1e-12);
        assert_eq!(scale.interval(2), (0.5, 0.7));
        // Fifties and ranks from 1 to 5: three of the first stretch, all fifties, one of the second.
        let allowed = Allowed { tokens: vec![true, false, true, true], ranks: (1.0, 5.0) };
        assert_eq!(scale.allowed(&allowed), [(0.35, 0.5), (0.5, 0.7), (0.7, 0.75)]);
    }

    #[test]
    fn lists_keep_their_order_and_empty_ones_are_constant() {
        let scale = Scale::listed(&[2, 0, 1], &[5, 0, 15]);
        assert_eq!(scale.at(0.7), (2, 0.0));
        assert_eq!(scale.at(0.8), (0, 0.0));
        assert!(!scale.is_constant() && Scale::listed(&[1], &[5, 0]).is_constant());
        assert_eq!(Scale::listed(&[], &[]).at(0.5), (0, 0.0));
    }
}
