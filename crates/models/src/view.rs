//! How do the columns of a table look to a tree: at most 256 bins each?

use serde::{Deserialize, Serialize};
use verosim_data::{ColumnDomain, EncodedColumn, Token};

/// A column in bins. Long vocabularies with groups have two views: their codes and their groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct View {
    /// Which column of the domain.
    pub(crate) column: usize,
    pub(crate) n_bins: usize,
    pub(crate) n_missing: usize,
    pub(crate) ordered: bool,
    /// Bin of each token (of `Continuous` tokens: unused).
    token_bin: Vec<u8>,
    /// Ranks at which the bins of continuous values change; ascending.
    cuts: Vec<f32>,
    /// Bin of each stretch between cuts: one more than `cuts`, or empty without continuous values.
    stretch_bin: Vec<u8>,
}

/// Bins of continuous values, at most.
const MOST_STRETCHES: usize = 120;
/// Bins in all.
const MOST_BINS: usize = 256;
/// Levels of an unordered column with a bin of their own; rarer ones share the bin of their group.
const MOST_LEVELS: usize = 200;

impl View {
    /// The views of a column.
    pub(crate) fn of(column: usize, domain: &ColumnDomain, encoded: &EncodedColumn) -> Vec<Self> {
        if domain.ordered {
            return vec![Self::ordered(column, domain, encoded)];
        }
        let levels = Self::unordered(column, domain, encoded);
        if domain.parents.is_empty() {
            return vec![levels];
        }
        let n_groups = domain.parents.iter().max().map_or(0, |&most| most as usize + 1).min(MOST_BINS);
        let groups = Self {
            n_bins: n_groups,
            token_bin: domain.parents.iter().map(|&group| group.min(255) as u8).collect(),
            ..levels.clone()
        };
        vec![levels, groups]
    }

    /// The bins of encoded or drawn cells.
    pub(crate) fn bins(&self, column: &EncodedColumn, continuous: Option<u32>) -> Vec<u8> {
        match continuous {
            None => column.tokens.iter().map(|&token| self.token_bin[token as usize]).collect(),
            Some(continuous) => column
                .tokens
                .iter()
                .zip(&column.ranks)
                .map(|(&token, &rank)| {
                    if token == continuous {
                        self.stretch_bin[self.cuts.partition_point(|&cut| cut <= rank)]
                    } else {
                        self.token_bin[token as usize]
                    }
                })
                .collect(),
        }
    }

    /// Whether the parts fit together and fit the domain.
    pub(crate) fn is_sound(&self, domains: &[ColumnDomain]) -> bool {
        let Some(domain) = domains.get(self.column) else { return false };
        (1..=MOST_BINS).contains(&self.n_bins)
            && self.n_missing <= self.n_bins
            && self.token_bin.len() == domain.tokens.len()
            && self.token_bin.iter().chain(&self.stretch_bin).all(|&bin| usize::from(bin) < self.n_bins)
            && domain.continuous().is_some() == (self.stretch_bin.len() == self.cuts.len() + 1)
    }

    /// Missing kinds and what equals another column, then values in order. Spikes have bins of their own between the stretches of ranks.
    fn ordered(column: usize, domain: &ColumnDomain, encoded: &EncodedColumn) -> Self {
        let is_missing = |token: &Token| matches!(token, Token::Missing(_) | Token::Equal(_));
        let n_missing = domain.tokens.iter().filter(|token| is_missing(token)).count().min(16);
        let mut token_bin = vec![0_u8; domain.tokens.len()];
        let mut next_missing = 0;
        for (token, bin) in domain.tokens.iter().zip(&mut token_bin) {
            if is_missing(token) {
                *bin = next_missing.min(n_missing.saturating_sub(1)) as u8;
                next_missing += 1;
            }
        }
        let values: Vec<usize> = (0..domain.tokens.len())
            .filter(|&token| matches!(domain.tokens[token], Token::Value(_) | Token::Level(_)))
            .collect();
        let room = MOST_BINS - n_missing;
        let (mut cuts, mut stretch_bin) = (Vec::new(), Vec::new());
        let mut bin = n_missing;
        if domain.continuous().is_some() {
            // Cuts at equal shares of the ranks and at every spike.
            let stretches =
                MOST_STRETCHES.min(room.saturating_sub(2 * values.len())).clamp(1, domain.n_ranks);
            cuts.extend((1..stretches).map(|at| (at * domain.n_ranks) as f32 / stretches as f32));
            cuts.extend(values.iter().map(|&token| domain.token_rank[token]).filter(|rank| rank.is_finite()));
            cuts.sort_by(f32::total_cmp);
            cuts.dedup();
            cuts.truncate(room.saturating_sub(values.len() + 1));
            let mut waiting = values.iter().peekable();
            for stretch in 0..=cuts.len() {
                // A spike stands just below the values of its rank.
                let begins = if stretch == 0 { 0.0 } else { cuts[stretch - 1] };
                while let Some(&&token) = waiting.peek() {
                    if domain.token_rank[token] > begins {
                        break;
                    }
                    token_bin[token] = bin.min(MOST_BINS - 1) as u8;
                    bin += 1;
                    waiting.next();
                }
                stretch_bin.push(bin.min(MOST_BINS - 1) as u8);
                bin += 1;
            }
            for &token in waiting {
                token_bin[token] = bin.min(MOST_BINS - 1) as u8;
                bin += 1;
            }
        } else if values.len() <= room {
            for &token in &values {
                token_bin[token] = bin as u8;
                bin += 1;
            }
        } else {
            // More values than bins: neighbours share a bin so that bins hold about equally many rows.
            let mut counts = vec![0_usize; domain.tokens.len()];
            encoded.tokens.iter().for_each(|&token| counts[token as usize] += 1);
            let total: usize = values.iter().map(|&token| counts[token]).sum::<usize>().max(1);
            let mut before = 0;
            for &token in &values {
                token_bin[token] = (n_missing + before * (room - 1) / total) as u8;
                before += counts[token];
            }
            bin = MOST_BINS;
        }
        Self {
            column,
            n_bins: bin.clamp(1, MOST_BINS),
            n_missing,
            ordered: true,
            token_bin,
            cuts,
            stretch_bin,
        }
    }

    /// The commonest tokens have bins of their own.
    fn unordered(column: usize, domain: &ColumnDomain, encoded: &EncodedColumn) -> Self {
        let n = domain.tokens.len();
        let token_bin: Vec<u8> = if n <= MOST_BINS {
            (0..n).map(|token| token as u8).collect()
        } else {
            let mut counts = vec![0_usize; n];
            encoded.tokens.iter().for_each(|&token| counts[token as usize] += 1);
            let mut common: Vec<usize> = (0..n).collect();
            common.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
            let shared = MOST_BINS - MOST_LEVELS;
            let mut bins = vec![0_u8; n];
            for (at, &token) in common.iter().enumerate() {
                let group = domain.parents.get(token).map_or(0, |&group| group as usize % shared);
                bins[token] = if at < MOST_LEVELS { at } else { MOST_LEVELS + group } as u8;
            }
            bins
        };
        Self {
            column,
            n_bins: n.clamp(1, MOST_BINS),
            n_missing: 0,
            ordered: false,
            token_bin,
            cuts: Vec::new(),
            stretch_bin: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spikes_stand_between_the_ranks_around_them() {
        let domain = ColumnDomain {
            name: "x".into(),
            tokens: vec![Token::Missing(0), Token::Value(0.0), Token::Value(50.0), Token::Continuous],
            ordered: true,
            n_ranks: 10,
            token_rank: vec![f32::NAN, 0.0, 4.0, f32::NAN],
            parents: Vec::new(),
            stage: 0,
        };
        let cells = EncodedColumn {
            tokens: vec![0, 1, 3, 3, 2, 3, 3],
            ranks: vec![0.0, 0.0, 0.5, 3.5, 0.0, 4.5, 9.5],
        };
        let view = View::ordered(0, &domain, &cells);
        let bins = view.bins(&cells, domain.continuous());
        assert_eq!(view.n_missing, 1);
        assert!(bins.windows(2).all(|pair| pair[0] < pair[1]), "missing, zero, low, spike, high: {bins:?}");
        assert!(view.is_sound(&[domain]));
    }

    #[test]
    fn long_vocabularies_have_a_view_of_their_groups() {
        let n = 300_u32;
        let domain = ColumnDomain {
            name: "code".into(),
            tokens: (0..n).map(Token::Level).collect(),
            ordered: false,
            n_ranks: 0,
            token_rank: vec![f32::NAN; n as usize],
            parents: (0..n).map(|token| token / 30).collect(),
            stage: 0,
        };
        let cells = EncodedColumn { tokens: (0..n).collect(), ranks: Vec::new() };
        let views = View::of(0, &domain, &cells);
        assert_eq!((views[0].n_bins, views[1].n_bins), (256, 10));
        assert!(views.iter().all(|view| view.is_sound(std::slice::from_ref(&domain))));
    }
}
