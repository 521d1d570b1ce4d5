//! How is a short vocabulary learned by boosted trees instead of a forest?
//!
//! A leaf of twenty rows knows a rate to a tenth. Where the outcome hangs on many weak causes that add up, boosted
//! trees know it far better; where few strong causes meet, or rows are few, the forest does. Which of the two a column
//! takes is decided on rows that neither has seen.

use crate::view::View;
use std::sync::Arc;
use verosim_core::Seeded;
use verosim_data::{ColumnDomain, EncodedColumn};
use verosim_math::learn::{
    Binned, Binning, Boosted, BoostedParts, Boosting, BrokenParts, ColumnDraw, EarlyStop, Sample, Target,
};

/// Longest vocabulary; each token costs a tree per round.
const MOST_TOKENS: usize = 8;
/// Rows besides the commonest token without which there is nothing to boost.
const LEAST_UNCOMMON: usize = 100;
/// Rows of a table below which boosted trees are learned with more care.
const FEW_ROWS: usize = 5_000;
/// Splits that then say how many rounds are best, each with a quarter of the subjects set aside.
const SPLITS: u64 = 2;

/// How boosted trees are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// A tenth of the subjects says when to stop, and is not learned from.
    Quick,
    /// Small steps; their number comes from two splits, and then everyone is learned from. A tenth of few rows stops at
    /// random, and cannot be spared.
    Thorough,
}

impl Care {
    /// The care that a table of `n_rows` rows needs, whichever part of it is learned from.
    pub(super) fn for_table(n_rows: usize) -> Self {
        if n_rows < FEW_ROWS { Self::Thorough } else { Self::Quick }
    }
}
/// Bins that the learner tells apart.
const MOST_BINS: usize = 254;

/// Boosted trees for the tokens of one column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BoostedLaw {
    /// Tokens that occur, ascending: the classes of the model.
    pub(super) tokens: Vec<u32>,
    model: Boosted,
}

impl BoostedLaw {
    /// Rows of about equal chances that share their draws evenly.
    pub(super) const SPREAD: usize = 32;

    /// Whether boosted trees can learn the column at all.
    pub(super) fn suits(domain: &ColumnDomain, cells: &EncodedColumn) -> bool {
        if domain.continuous().is_some() || !domain.parents.is_empty() {
            return false;
        }
        let mut counts = vec![0_usize; domain.tokens.len()];
        cells.tokens.iter().for_each(|&token| counts[token as usize] += 1);
        let present = counts.iter().filter(|&&count| count > 0).count();
        let commonest = counts.iter().copied().max().unwrap_or(0);
        (2..=MOST_TOKENS).contains(&present) && cells.tokens.len() - commonest >= LEAST_UNCOMMON
    }

    /// Learns tokens from views and their bins. `None` when nothing can be learned.
    pub(super) fn fit<'a>(
        views: impl Iterator<Item = (&'a View, &'a [u8])>,
        cells: &EncodedColumn,
        subjects: Option<&[u32]>,
        leaf_rows: usize,
        care: Care,
        seed: Seeded,
    ) -> Option<Self> {
        let mut tokens = cells.tokens.clone();
        tokens.sort_unstable();
        tokens.dedup();
        let data = table(views, None);
        let codes: Vec<u32> = cells
            .tokens
            .iter()
            .filter_map(|token| tokens.binary_search(token).ok())
            .map(|at| at as u32)
            .collect();
        let yes: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
        let target = match tokens.len() {
            2 => Target::Binary(&yes),
            n_classes => Target::Classes { codes: &codes, n_classes },
        };
        let min_rows = (2 * leaf_rows).max(cells.tokens.len() / 800);
        // Each tree sees a part of the columns. With all of them, long vocabularies are cut in every tree and learn noise.
        let (rounds, learning_rate, column_share) = match care {
            Care::Quick => (200, 0.2, 0.2),
            Care::Thorough => (400, 0.1, 0.5),
        };
        let quick = Boosting {
            rounds,
            learning_rate,
            max_leaves: 8,
            min_rows,
            l2: 1.0,
            level_smooth: min_rows as f64,
            column_draw: Some(ColumnDraw { share: column_share, seed: seed.split("columns").key() }),
            early_stop: Some(EarlyStop { share: 0.1, patience: 20, seed: seed.key() }),
        };
        let sample = Sample { groups: subjects, ..Sample::all(&data, target) };
        let settings = match care {
            Care::Quick => quick,
            Care::Thorough => {
                let rounds = (0..SPLITS).map(|split| {
                    let stop = EarlyStop { share: 0.25, patience: 20, seed: seed.split_at(split).key() };
                    let settings = Boosting { early_stop: Some(stop), ..quick.clone() };
                    settings.fit(&sample).map(|model| model.n_rounds())
                });
                let rounds = rounds.sum::<Result<usize, _>>().ok()? / SPLITS as usize;
                Boosting { rounds: rounds.max(1), early_stop: None, ..quick }
            }
        };
        let model = settings.fit(&sample).ok()?.rounded();
        Some(Self { tokens, model })
    }

    /// Chances of [`tokens`](Self::tokens) in each row, row-major.
    pub(super) fn chances<'a>(&self, views: impl Iterator<Item = (&'a View, &'a [u8])>) -> Vec<f64> {
        let data = table(views, Some(self.model.binning()));
        let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
        let chances = self.model.predict(&data, &rows);
        match self.tokens.len() {
            2 => chances.into_iter().flat_map(|yes| [1.0 - yes, yes]).collect(),
            _ => chances,
        }
    }

    /// Which class `token` is.
    pub(super) fn place(&self, token: u32) -> Option<usize> {
        self.tokens.binary_search(&token).ok()
    }

    /// Numbers rows so that [`SPREAD`](Self::SPREAD) rows with like chances share a number.
    pub(super) fn spread(&self, chances: &[f64], keys: &mut Vec<u32>) {
        let width = self.tokens.len();
        let n = chances.len() / width;
        let mut rows: Vec<u32> = (0..n as u32).collect();
        let of = |row: u32| &chances[row as usize * width..][..width];
        rows.sort_by(|&a, &b| {
            let unequal = of(a).iter().zip(of(b)).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
            unequal.unwrap_or_else(|| a.cmp(&b))
        });
        keys.clear();
        keys.resize(n, 0);
        rows.iter().enumerate().for_each(|(at, &row)| keys[row as usize] = (at / Self::SPREAD) as u32);
    }

    /// Draws a token at quantile `u`; forbidden tokens are given no chance and the others are scaled up, unless
    /// everything is forbidden.
    pub(super) fn draw(&self, chances: &[f64], u: f64, is_forbidden: impl Fn(u32) -> bool) -> u32 {
        let allowed = |at: usize| if is_forbidden(self.tokens[at]) { 0.0 } else { chances[at] };
        let total: f64 = (0..chances.len()).map(allowed).sum();
        let pick = |chance: &dyn Fn(usize) -> f64, total: f64| {
            let mut left = u * total;
            let mut last = 0;
            for at in 0..chances.len() {
                if chance(at) > 0.0 {
                    last = at;
                    if left < chance(at) {
                        break;
                    }
                    left -= chance(at);
                }
            }
            self.tokens[last]
        };
        if total > 0.0 { pick(&allowed, total) } else { pick(&|at| chances[at], chances.iter().sum()) }
    }

    /// The arrays of the model.
    pub(super) fn to_parts(&self) -> BoostedParts {
        self.model.to_parts()
    }

    /// Rebuilds a law that looks at `views`.
    pub(super) fn from_parts<'a>(
        tokens: Vec<u32>,
        parts: &BoostedParts,
        views: impl Iterator<Item = &'a View>,
    ) -> Result<Self, BrokenParts> {
        let is_ascending = tokens.windows(2).all(|pair| pair[0] < pair[1]);
        if tokens.len() < 2 || !is_ascending {
            return Err(BrokenParts);
        }
        let target = match tokens.len() {
            2 => Target::Binary(&[]),
            n_classes => Target::Classes { codes: &[], n_classes },
        };
        let model = Boosted::from_parts(parts, &Arc::new(binning(views)), &target)?;
        Ok(Self { tokens, model })
    }
}

/// Bins as the learner counts them: values from 0, then missing.
fn table<'a>(views: impl Iterator<Item = (&'a View, &'a [u8])>, known: Option<&Arc<Binning>>) -> Binned {
    let (views, bins): (Vec<&View>, Vec<&[u8]>) = views.unzip();
    let binning = known.map_or_else(|| Arc::new(binning(views.iter().copied())), Arc::clone);
    let codes = views
        .iter()
        .zip(bins)
        .map(|(view, bins)| {
            let values = n_values(view);
            let code = |bin: u8| match usize::from(bin).checked_sub(view.n_missing) {
                None => values as u8,
                Some(value) if view.ordered => value.min(values - 1) as u8,
                Some(value) => value.min(MOST_BINS + 1) as u8,
            };
            bins.iter().map(|&bin| code(bin)).collect()
        })
        .collect();
    Binned::coded(&binning, codes)
}

fn binning<'a>(views: impl Iterator<Item = &'a View>) -> Binning {
    Binning::chosen(views.map(|view| (n_values(view), !view.ordered)))
}

fn n_values(view: &View) -> usize {
    (view.n_bins - view.n_missing).clamp(1, MOST_BINS)
}
