//! What does a leaf keep of a column, and how is a cell drawn from it?

use rand::{Rng, RngExt as _};
use verosim_data::{Allowed, ColumnDomain, EncodedColumn};

/// One column in every leaf of every tree: counts of tokens, and quantile knots of ranks.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Laws {
    /// First entry of each leaf, and one past the last.
    starts: Vec<u32>,
    pub(super) tokens: Vec<u32>,
    pub(super) counts: Vec<u32>,
    knot_starts: Vec<u32>,
    pub(super) knots: Vec<f32>,
}

/// Most knots of a leaf.
const MOST_KNOTS: usize = 33;
/// Share of all ranks around a rank that stands alone in its leaf.
const ALONE: f32 = 0.02;

impl Laws {
    pub(super) fn learn<'a>(
        domain: &ColumnDomain,
        cells: &EncodedColumn,
        leaves: impl Iterator<Item = &'a [u32]>,
    ) -> Self {
        let continuous = domain.continuous();
        let mut laws = Self { starts: vec![0], knot_starts: vec![0], ..Self::default() };
        let (mut own, mut ranks) = (Vec::new(), Vec::new());
        for rows in leaves {
            own.clear();
            own.extend(rows.iter().map(|&row| cells.tokens[row as usize]));
            own.sort_unstable();
            for run in own.chunk_by(|a, b| a == b) {
                laws.tokens.push(run[0]);
                laws.counts.push(run.len() as u32);
            }
            laws.starts.push(laws.tokens.len() as u32);
            if continuous.is_some() {
                ranks.clear();
                let free = rows.iter().filter(|&&row| Some(cells.tokens[row as usize]) == continuous);
                ranks.extend(free.map(|&row| cells.ranks[row as usize]));
                ranks.sort_by(f32::total_cmp);
                laws.push_knots(&ranks, domain.n_ranks as f32);
            }
        }
        laws
    }

    /// Quantiles at even shares, between neighbours: about one for two rows.
    fn push_knots(&mut self, ranks: &[f32], n_ranks: f32) {
        match ranks {
            [] => {}
            [only] => {
                let (low, high) = (only - ALONE * n_ranks, only + ALONE * n_ranks);
                self.knots.extend([low.max(0.0), high.min(n_ranks.next_down())]);
            }
            _ => {
                let knots = (1 + ranks.len() / 2).min(MOST_KNOTS);
                for at in 0..knots {
                    let place = at as f32 / (knots - 1) as f32 * (ranks.len() - 1) as f32;
                    let below = place as usize;
                    let above = (below + 1).min(ranks.len() - 1);
                    self.knots.push(ranks[below] + (place - below as f32) * (ranks[above] - ranks[below]));
                }
            }
        }
        self.knot_starts.push(self.knots.len() as u32);
    }

    /// A token by the counts of a leaf; `None` when every one of them is forbidden.
    pub(super) fn token(
        &self,
        leaf: usize,
        is_forbidden: impl Fn(u32) -> bool,
        rng: &mut impl Rng,
    ) -> Option<u32> {
        let entries = self.entries(leaf);
        let allowed = |at: usize| if is_forbidden(self.tokens[at]) { 0 } else { u64::from(self.counts[at]) };
        let total: u64 = entries.clone().map(allowed).sum();
        if total == 0 {
            return None;
        }
        let mut left = rng.random_range(0..total);
        for at in entries {
            let rows = allowed(at);
            if left < rows {
                return Some(self.tokens[at]);
            }
            left -= rows;
        }
        None
    }

    /// A rank by the knots of a leaf; `None` when it has none.
    pub(super) fn rank(&self, leaf: usize, rng: &mut impl Rng) -> Option<f32> {
        let last = self.own_knots(leaf).len().checked_sub(1)?;
        self.at_place(leaf, rng.random::<f32>() * last as f32)
    }

    /// Rows of a leaf whose cell `allowed` admits; a stretch of ranks counts by its share. `continuous` is the token of ranks.
    pub(super) fn mass(&self, leaf: usize, allowed: &Allowed, continuous: Option<u32>) -> f64 {
        self.entries(leaf).map(|at| self.admitted(leaf, at, allowed, continuous)).sum()
    }

    /// A token by the rows of a leaf that `allowed` admits; `None` when all of those are forbidden.
    pub(super) fn token_within(
        &self,
        leaf: usize,
        (allowed, continuous): (&Allowed, Option<u32>),
        is_forbidden: impl Fn(u32) -> bool,
        rng: &mut impl Rng,
    ) -> Option<u32> {
        let rows = |at: usize| {
            if is_forbidden(self.tokens[at]) { 0.0 } else { self.admitted(leaf, at, allowed, continuous) }
        };
        let mut left = rng.random::<f64>() * self.entries(leaf).map(rows).sum::<f64>();
        let mut last = None;
        for at in self.entries(leaf).filter(|&at| rows(at) > 0.0) {
            last = Some(self.tokens[at]);
            left -= rows(at);
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// A rank by the knots of a leaf, between two ranks; `None` when it has none there.
    pub(super) fn rank_within(&self, leaf: usize, ranks: (f32, f32), rng: &mut impl Rng) -> Option<f32> {
        let (low, high) = self.places(leaf, ranks);
        (low < high).then(|| self.at_place(leaf, low + rng.random::<f32>() * (high - low)))?
    }

    fn entries(&self, leaf: usize) -> std::ops::Range<usize> {
        self.starts[leaf] as usize..self.starts[leaf + 1] as usize
    }

    fn own_knots(&self, leaf: usize) -> &[f32] {
        &self.knots[self.knot_starts[leaf] as usize..self.knot_starts[leaf + 1] as usize]
    }

    fn admitted(&self, leaf: usize, at: usize, allowed: &Allowed, continuous: Option<u32>) -> f64 {
        let token = self.tokens[at];
        let share = match (allowed.tokens[token as usize], continuous == Some(token)) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => {
                let (low, high) = self.places(leaf, allowed.ranks);
                f64::from((high - low).max(0.0)) / self.own_knots(leaf).len().saturating_sub(1).max(1) as f64
            }
        };
        share * f64::from(self.counts[at])
    }

    /// Where two ranks lie among the knots of a leaf, counted from the first.
    fn places(&self, leaf: usize, (low, high): (f32, f32)) -> (f32, f32) {
        let knots = self.own_knots(leaf);
        let last = knots.len().saturating_sub(1);
        let place = |rank: f32| {
            let after = knots.partition_point(|&knot| knot < rank);
            match after {
                0 => 0.0,
                after if after > last => last as f32,
                after => (after - 1) as f32 + (rank - knots[after - 1]) / (knots[after] - knots[after - 1]),
            }
        };
        (place(low), place(high))
    }

    /// The rank at a place among the knots of a leaf.
    fn at_place(&self, leaf: usize, place: f32) -> Option<f32> {
        let knots = self.own_knots(leaf);
        let last = knots.len().checked_sub(1)?;
        let at = (place as usize).min(last.saturating_sub(1));
        let next = knots[(at + 1).min(last)];
        Some(knots[at] + (place - at as f32) * (next - knots[at]))
    }

    /// Entries and knots of each leaf.
    pub(super) fn sizes(&self) -> (Vec<u32>, Vec<u32>) {
        let gaps = |starts: &[u32]| starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        (gaps(&self.starts), gaps(&self.knot_starts))
    }

    /// The laws that these arrays hold; `None` when they do not fit together or the column.
    pub(super) fn from_parts(
        domain: &ColumnDomain,
        (entries, knots_per_leaf): (&[u32], &[u32]),
        tokens: &[u32],
        counts: &[u32],
        knots: &[f32],
    ) -> Option<Self> {
        let running = |sizes: &[u32]| -> Option<Vec<u32>> {
            let mut starts = vec![0_u32];
            for size in sizes {
                starts.push(starts[starts.len() - 1].checked_add(*size)?);
            }
            Some(starts)
        };
        let continuous = domain.continuous();
        let laws = Self {
            starts: running(entries)?,
            knot_starts: running(knots_per_leaf)?,
            tokens: tokens.to_vec(),
            counts: counts.to_vec(),
            knots: knots.to_vec(),
        };
        let ends = |starts: &[u32], n: usize| starts.last().copied() == u32::try_from(n).ok();
        let is_whole = ends(&laws.starts, tokens.len())
            && ends(&laws.knot_starts, knots.len())
            && counts.len() == tokens.len()
            && knots_per_leaf.len() == if continuous.is_some() { entries.len() } else { 0 };
        let n_ranks = domain.n_ranks as f32;
        let is_sound = is_whole
            && tokens.iter().all(|&token| (token as usize) < domain.tokens.len())
            && counts.iter().all(|&count| count > 0)
            && knots.iter().all(|&knot| knot >= 0.0 && knot < n_ranks)
            && (0..entries.len()).all(|leaf| {
                let own = &tokens[laws.starts[leaf] as usize..laws.starts[leaf + 1] as usize];
                let has_ranks = continuous.is_some_and(|token| own.contains(&token));
                !own.is_empty() && (!has_ranks || knots_per_leaf[leaf] > 0)
            });
        is_sound.then_some(laws)
    }
}
