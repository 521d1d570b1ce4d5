//! How does a column look to a method that knows finitely many states?

use crate::scale::Scale;
use rand::{Rng, RngExt as _};
use verosim_data::{Allowed, ColumnDomain, EncodedColumn, Token};

/// The states of a column. Kinds of missing are states; so are common levels and values that many rows have; other
/// values share a state with their neighbours, rarer levels with those of their group.
#[derive(Clone, Debug)]
pub(crate) struct States {
    /// Tokens without a place on the scale, a state each.
    apart: Vec<u32>,
    scale: Scale,
    /// Shares of the scale at which states end; ascending, the last is 1. Empty without a scale.
    ends: Vec<f64>,
    /// State of each token that has only one.
    of_token: Vec<u16>,
    continuous: Option<u32>,
}

/// Levels of an unordered column with a state of their own.
const MOST_LEVELS: usize = 32;
/// States that rarer levels share, by their groups.
const MOST_GROUPS: usize = 8;

impl States {
    /// At most twice `most` states for values that have an order, at most 40 for levels that have none. `counts` are the
    /// rows of each token, and all that is needed to make the same states again.
    pub(crate) fn new(domain: &ColumnDomain, counts: &[u64], most: usize) -> Self {
        let (apart, scale, ends) = if domain.ordered {
            let is_apart =
                |token: &u32| matches!(domain.tokens[*token as usize], Token::Missing(_) | Token::Equal(_));
            let apart = (0..counts.len() as u32)
                .filter(|token| counts[*token as usize] > 0 && is_apart(token))
                .collect();
            let scale = Scale::ordered(domain, counts);
            let ends = even(&scale, most);
            (apart, scale, ends)
        } else {
            let (scale, ends) = listed(domain, counts);
            (Vec::new(), scale, ends)
        };
        let mut states = Self { apart, scale, ends, of_token: Vec::new(), continuous: domain.continuous() };
        states.of_token = (0..counts.len() as u32).map(|token| states.find(token, 0.0)).collect();
        states
    }

    /// As [`new`](Self::new), but columns without an order have kinds of missing apart as well, and a state for each level
    /// that `least` rows have; rarer ones share a state with others of their group, as many as make up `least` rows.
    pub(crate) fn fine(domain: &ColumnDomain, counts: &[u64], most: usize, least: u64) -> Self {
        if domain.ordered {
            return Self::new(domain, counts, most);
        }
        let is_apart =
            |token: &u32| matches!(domain.tokens[*token as usize], Token::Missing(_) | Token::Equal(_));
        let (apart, levels): (Vec<u32>, Vec<u32>) =
            (0..counts.len() as u32).filter(|&token| counts[token as usize] > 0).partition(is_apart);
        let (scale, ends) = grouped(domain, counts, levels, least);
        let mut states = Self { apart, scale, ends, of_token: Vec::new(), continuous: None };
        states.of_token = (0..counts.len() as u32).map(|token| states.find(token, 0.0)).collect();
        states
    }

    /// Number of states.
    pub(crate) fn n(&self) -> usize {
        (self.apart.len() + self.ends.len()).max(1)
    }

    /// The state of each cell.
    pub(crate) fn of(&self, cells: &EncodedColumn) -> Vec<u16> {
        let state = |row: usize| match cells.tokens[row] {
            token if Some(token) == self.continuous => self.find(token, cells.ranks[row]),
            token => self.of_token[token as usize],
        };
        (0..cells.tokens.len()).map(state).collect()
    }

    fn find(&self, token: u32, rank: f32) -> u16 {
        let found = self.apart.iter().position(|&own| own == token).or_else(|| {
            let share = self.scale.share(token, rank)?;
            let at = self.ends.partition_point(|&end| end <= share);
            Some(self.apart.len() + at.min(self.ends.len().saturating_sub(1)))
        });
        found.unwrap_or(0) as u16
    }

    /// The share of all rows that each state has, `counts` being those of [`States::new`].
    pub(crate) fn margin(&self, counts: &[u64]) -> Vec<f32> {
        let total = counts.iter().sum::<u64>().max(1) as f64;
        let apart: Vec<f64> = self.apart.iter().map(|&token| counts[token as usize] as f64 / total).collect();
        let on_scale = 1.0 - apart.iter().sum::<f64>();
        let first = std::iter::once(&0.0).chain(&self.ends);
        let stretches = self.ends.iter().zip(first).map(|(end, first)| (end - first) * on_scale);
        let shares: Vec<f32> = apart.iter().copied().chain(stretches).map(|share| share as f32).collect();
        if shares.is_empty() { vec![1.0] } else { shares }
    }

    /// Whether each state has a value, and not kinds of missing alone; `domain` and `counts` are those of [`States::new`].
    pub(crate) fn have_value(&self, domain: &ColumnDomain, counts: &[u64]) -> Vec<bool> {
        let mut have = vec![false; self.n()];
        for (token, kind) in domain.tokens.iter().enumerate() {
            if counts[token] > 0 && !matches!(kind, Token::Missing(_)) {
                have[usize::from(self.of_token[token])] = true;
            }
        }
        if domain.ordered {
            have.iter_mut().skip(self.apart.len()).take(self.ends.len()).for_each(|has| *has = true);
        }
        have
    }

    /// For each state the group that it belongs to when states are seen more coarsely: neighbours that together have about
    /// a share of `aim` of all rows. Common states stay alone, and what has no place on the scale stays apart from it.
    pub(crate) fn coarse(&self, counts: &[u64], aim: f64) -> Vec<u16> {
        let margin = self.margin(counts);
        let mut groups = Vec::with_capacity(margin.len());
        let (mut group, mut filled) = (0, 0.0);
        for (state, &share) in margin.iter().enumerate() {
            let share = f64::from(share);
            let begins = state == self.apart.len() || filled + 0.5 * share > aim;
            if state > 0 && begins {
                (group, filled) = (group + 1, 0.0);
            }
            filled += share;
            groups.push(group);
        }
        groups
    }

    /// States of single tokens that have no place among values: kinds of missing, and what equals another column. They are
    /// the first states, in the order of their tokens.
    pub(crate) fn apart(&self) -> &[u32] {
        &self.apart
    }

    /// A cell by how common cells of the state are.
    pub(crate) fn cell(&self, state: u16, rng: &mut impl Rng) -> (u32, f32) {
        let state = usize::from(state);
        if let Some(&token) = self.apart.get(state) {
            return (token, 0.0);
        }
        let at = state - self.apart.len();
        let first = at.checked_sub(1).map_or(0.0, |before| self.ends[before]);
        let end = self.ends.get(at).copied().unwrap_or(1.0);
        self.scale.at((first + rng.random::<f64>() * (end - first)).min(end.next_down()))
    }
}

/// What evidence leaves of the states of a column.
#[derive(Clone, Debug)]
pub(crate) struct Within<'a> {
    states: &'a States,
    /// Share of the cells of each state that is allowed.
    pub(crate) shares: Vec<f64>,
    /// The stretches of the scale that are allowed in each state.
    stretches: Vec<Vec<(f64, f64)>>,
}

impl States {
    /// What `allowed` leaves of each state.
    pub(crate) fn within(&self, allowed: &Allowed) -> Within<'_> {
        let on_scale = self.scale.allowed(allowed);
        let mut shares: Vec<f64> =
            self.apart.iter().map(|&token| f64::from(u8::from(allowed.tokens[token as usize]))).collect();
        let mut stretches = vec![Vec::new(); shares.len()];
        let mut first = 0.0;
        for &end in &self.ends {
            let cut = on_scale.iter().map(|&(from, to)| (from.max(first), to.min(end)));
            let own: Vec<(f64, f64)> = cut.filter(|(from, to)| from < to).collect();
            shares.push(own.iter().map(|(from, to)| to - from).sum::<f64>() / (end - first));
            stretches.push(own);
            first = end;
        }
        // A column without any value has one state, and its cell is a kind of missing.
        if shares.is_empty() {
            shares.push(f64::from(u8::from(allowed.tokens.first() == Some(&true))));
            stretches.push(Vec::new());
        }
        Within { states: self, shares, stretches }
    }
}

impl Within<'_> {
    /// An allowed cell by how common allowed cells of the state are; any cell of a state that has none.
    pub(crate) fn cell(&self, state: u16, rng: &mut impl Rng) -> (u32, f32) {
        let own = &self.stretches[usize::from(state)];
        let Some(&(_, end)) = own.last() else { return self.states.cell(state, rng) };
        let mut left = rng.random::<f64>() * own.iter().map(|(from, to)| to - from).sum::<f64>();
        for &(from, to) in own {
            if left < to - from {
                return self.states.scale.at((from + left).min(to.next_down()));
            }
            left -= to - from;
        }
        self.states.scale.at(end.next_down())
    }
}

/// Ends of stretches of about equal shares; a value that many rows have stands alone.
fn even(scale: &Scale, most: usize) -> Vec<f64> {
    let aim = 1.0 / most as f64;
    let (steps, is_stretch) = scale.ends();
    let mut ends: Vec<f64> = Vec::new();
    let mut begun = 0.0;
    let mut cut = |at: f64, begun: &mut f64| {
        if at > *begun {
            ends.push(at);
            *begun = at;
        }
    };
    let mut first = 0.0;
    for (&end, &is_stretch) in steps.iter().zip(&is_stretch) {
        if is_stretch {
            // Whole states first, and what is left begins the next one.
            while end - begun > 1.5 * aim {
                let at = (begun + aim).max(first);
                cut(at, &mut begun);
            }
        } else if end - first >= 0.5 * aim {
            cut(first, &mut begun);
            cut(end, &mut begun);
        } else if end - begun > aim {
            cut(if end - begun - aim > begun + aim - first { first } else { end }, &mut begun);
        }
        first = end;
    }
    cut(1.0, &mut begun);
    if let Some(last) = ends.last_mut() {
        *last = 1.0;
    }
    if steps.is_empty() { Vec::new() } else { ends }
}

/// The commonest levels one by one, then the others by their group.
fn listed(domain: &ColumnDomain, counts: &[u64]) -> (Scale, Vec<f64>) {
    let mut tokens: Vec<u32> = (0..counts.len() as u32).filter(|&token| counts[token as usize] > 0).collect();
    tokens.sort_by_key(|&token| (std::cmp::Reverse(counts[token as usize]), token));
    let own = if tokens.len() <= MOST_LEVELS + MOST_GROUPS { tokens.len() } else { MOST_LEVELS };
    let group =
        |token: u32| domain.parents.get(token as usize).map_or(0, |&group| group as usize % MOST_GROUPS);
    tokens[own..].sort_by_key(|&token| (group(token), token));
    let scale = Scale::listed(&tokens, counts);
    let (steps, _) = scale.ends();
    let ends = (0..steps.len())
        .filter(|&at| at < own || tokens.get(at + 1).is_none_or(|&next| group(next) != group(tokens[at])))
        .map(|at| steps[at])
        .collect();
    (scale, ends)
}

/// Levels by their group and then by how common they are; those of fewer than `least` rows share a state with the next.
fn grouped(domain: &ColumnDomain, counts: &[u64], mut tokens: Vec<u32>, least: u64) -> (Scale, Vec<f64>) {
    let rows = |token: u32| counts[token as usize];
    let group = |token: u32| domain.parents.get(token as usize).copied().unwrap_or(0);
    tokens.sort_by_key(|&token| (group(token), std::cmp::Reverse(rows(token)), token));
    let scale = Scale::listed(&tokens, counts);
    let (steps, _) = scale.ends();
    let mut filled = 0;
    let mut ends = Vec::new();
    for (at, &end) in steps.iter().enumerate() {
        filled += rows(tokens[at]);
        if filled >= least || tokens.get(at + 1).is_none_or(|&next| group(next) != group(tokens[at])) {
            ends.push(end);
            filled = 0;
        }
    }
    (scale, ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    fn number(tokens: Vec<Token>, token_rank: Vec<f32>, n_ranks: usize) -> ColumnDomain {
        ColumnDomain {
            name: "x".into(),
            tokens,
            ordered: true,
            n_ranks,
            token_rank,
            parents: Vec::new(),
            stage: 0,
        }
    }

    #[test]
    fn spikes_stand_alone_and_ranks_are_cut_evenly() {
        // Missing, a spike of 30 at rank 20, and 70 ranks.
        let domain = number(
            vec![Token::Missing(0), Token::Value(5.0), Token::Continuous],
            vec![f32::NAN, 20.0, f32::NAN],
            70,
        );
        let states = States::new(&domain, &[10, 30, 70], 10);
        // Missing; 20 ranks in two; the spike; 50 ranks in five.
        assert_eq!(states.n(), 9);
        let margin = states.margin(&[10, 30, 70]);
        assert!(
            (margin[0] - 10.0 / 110.0).abs() < 1e-6 && (margin[3] - 30.0 / 110.0).abs() < 1e-6,
            "{margin:?}"
        );
        let cells =
            EncodedColumn { tokens: vec![0, 2, 2, 1, 2, 2], ranks: vec![0.0, 0.5, 19.5, 0.0, 20.5, 69.5] };
        assert_eq!(states.of(&cells), [0, 1, 2, 3, 4, 8]);
        let mut rng = Seeded::new(1).rng();
        for state in 0..9 {
            for _ in 0..50 {
                let (token, rank) = states.cell(state, &mut rng);
                let drawn = EncodedColumn { tokens: vec![token], ranks: vec![rank] };
                assert_eq!(states.of(&drawn), [state], "{token} {rank}");
            }
        }
    }

    #[test]
    fn evidence_leaves_a_share_of_a_state_and_cells_are_drawn_within() {
        let domain = number(
            vec![Token::Missing(0), Token::Value(5.0), Token::Continuous],
            vec![f32::NAN, 20.0, f32::NAN],
            70,
        );
        let states = States::new(&domain, &[10, 30, 70], 10);
        // Missing; ranks to 10 and 20; the spike; then stretches of ten ranks. From 15 to 22: halves and a fifth, by hand.
        let within = states.within(&Allowed { tokens: vec![false, true, true], ranks: (15.0, 22.0) });
        let wanted = [0.0, 0.0, 0.5, 1.0, 0.2, 0.0, 0.0, 0.0, 0.0];
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(within.shares.iter().zip(&wanted).all(is_near), "{:?}", within.shares);
        let mut rng = Seeded::new(1).rng();
        for _ in 0..100 {
            let (token, rank) = within.cell(2, &mut rng);
            assert!(token == 2 && (15.0..=20.0).contains(&rank), "{token} {rank}");
            assert_eq!(within.cell(3, &mut rng), (1, 0.0));
        }
    }

    #[test]
    fn lattices_share_states_and_single_values_do_not_vanish() {
        let tokens: Vec<Token> = (0..100).map(|at| Token::Value(f64::from(at))).collect();
        let ranks = vec![f32::NAN; 100];
        let states = States::new(&number(tokens, ranks, 0), &[7; 100], 10);
        assert!((9..=11).contains(&states.n()), "{}", states.n());
        let one = States::new(&number(vec![Token::Value(1.0)], vec![f32::NAN], 0), &[9], 10);
        assert_eq!(one.n(), 1);
        let none = States::new(&number(vec![Token::Missing(0)], vec![f32::NAN], 0), &[9], 10);
        assert_eq!((none.n(), none.cell(0, &mut Seeded::new(1).rng())), (1, (0, 0.0)));
    }

    #[test]
    fn rare_levels_share_the_state_of_their_group() {
        let n = 100_u32;
        let domain = ColumnDomain {
            ordered: false,
            parents: (0..n).map(|token| token / 50).collect(),
            ..number((0..n).map(Token::Level).collect(), vec![f32::NAN; n as usize], 0)
        };
        let counts: Vec<u64> = (0..n).map(|token| if token < 32 { 100 } else { 2 }).collect();
        let states = States::new(&domain, &counts, 10);
        assert_eq!(states.n(), 34);
        let all = EncodedColumn { tokens: (0..n).collect(), ranks: Vec::new() };
        let of = states.of(&all);
        assert_eq!((of[0], of[31], of[32], of[49], of[50], of[99]), (0, 31, 32, 32, 33, 33));
        // Rare ones by tens of two rows: nine of the first group, in which eight are left over; five of the second.
        let fine = States::fine(&domain, &counts, 10, 20);
        assert_eq!(fine.n(), 32 + 2 + 5);
        let of = fine.of(&all);
        assert_eq!((of[31], of[32], of[41], of[42], of[49], of[50], of[99]), (31, 32, 32, 33, 33, 34, 38));
    }
}
