//! How are trees added, each mending what the others left?

use super::histogram::{Bin, Packing};
use super::loss::Link;
use super::split::Limits;
use super::tree::{Growth, Layout, Spare, Tree};
use super::{Binned, Binning, Feature, Target};
use rayon::prelude::*;
use std::sync::Arc;

/// Rows per unit of parallel work; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 2048;

/// Settings of gradient-boosted histogram trees: no data, no learned state.
///
/// # Settings
/// | name | default | range | purpose |
/// |---|---|---|---|
/// | `rounds` | 100 | 1.. | trees per class; more fit closer |
/// | `learning_rate` | 0.1 | (0, 1] | share of each tree's step that is taken |
/// | `max_leaves` | 31 | 2.. | size of one tree |
/// | `min_rows` | 20 | 1.. | least rows in a leaf |
/// | `l2` | 0 | 0.. | pulls leaf values to 0 |
/// | `level_smooth` | 10 | 0.. | rows that a level needs to be moved on its own, and their weight when levels are sorted |
/// | `column_draw` | none | | each tree sees some of the columns, by chance |
/// | `early_stop` | none | | ends when an inner split stops gaining |
///
/// # Determinism
/// Gradients are summed as integers and all other sums have a fixed order: equal settings and data give
/// equal bits at any number of threads.
///
/// # Cost
/// With N rows, P columns, L leaves and T trees: one byte per cell, 16 bytes per row, and
/// 16 × 256 × P × L bytes of histograms at most. Floor: each tree must read every code of every row once
/// per level of cuts; with sibling subtraction about N·P·(1 + log2(L)/2) one-byte reads and 16-byte
/// additions, so 40,000 × 30 × 100 trees × 31 leaves needs about 0.4 G of them: at roughly 1 ns each, 0.2 s
/// on two cores. Measured with `bench/gbdt_vs_lightgbm.py`.
///
/// # Source
/// Friedman 2001, doi:10.1214/aos/1013203451; second-order leaf values: Chen and Guestrin 2016,
/// doi:10.1145/2939672.2939785; histograms, leaf-wise growth and level cuts: Ke et al. 2017, LightGBM.
///
/// # Example
/// ```
/// use verosim_math::learn::{Binned, Boosting, Feature, Sample, Target};
/// let age: Vec<f64> = (0..200).map(f64::from).collect();
/// let sick: Vec<bool> = age.iter().map(|&age| age >= 120.0).collect();
/// let data = Binned::new(&[Feature::Number(&age)]);
/// let model = Boosting::default().fit(&Sample::all(&data, Target::Binary(&sick))).unwrap();
/// let risk = model.predict(&data, &[10, 190]);
/// assert!(risk[0] < 0.01 && risk[1] > 0.99);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Boosting {
    /// Trees per class.
    pub rounds: usize,
    /// Share of each tree's step that is taken.
    pub learning_rate: f64,
    /// Most leaves of a tree.
    pub max_leaves: usize,
    /// Least rows in a leaf.
    pub min_rows: usize,
    /// L2 on leaf values.
    pub l2: f64,
    /// Rows that a level needs to be moved on its own, and the weight of "no effect" when levels are sorted.
    pub level_smooth: f64,
    /// Which columns each tree sees; all when `None`.
    pub column_draw: Option<ColumnDraw>,
    /// When to stop before `rounds`.
    pub early_stop: Option<EarlyStop>,
}

impl Default for Boosting {
    fn default() -> Self {
        Self {
            rounds: 100,
            learning_rate: 0.1,
            max_leaves: 31,
            min_rows: 20,
            l2: 0.0,
            level_smooth: 10.0,
            column_draw: None,
            early_stop: None,
        }
    }
}

/// Each tree sees a part of the columns: trees differ more, and a long vocabulary that fits anything is not always
/// there to be cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnDraw {
    /// Share of columns per tree, in (0, 1]; at least one column is seen.
    pub share: f64,
    /// Which columns are seen.
    pub seed: u64,
}

/// When to stop adding trees: an inner split is kept from learning and watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStop {
    /// Share of rows (or groups) watched, in (0, 1).
    pub share: f64,
    /// Rounds without gain after which to stop; the best round is returned to.
    pub patience: usize,
    /// Which rows are watched.
    pub seed: u64,
}

/// What to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The columns.
    pub data: &'a Binned,
    /// What to predict, for every row of `data`.
    pub target: Target<'a>,
    /// Rows to learn from; all when `None`.
    pub rows: Option<&'a [u32]>,
    /// How often each row of `data` counts; once when `None`. A weight of 2 equals the row twice.
    pub weights: Option<&'a [u32]>,
    /// Group of each row of `data`; early stopping keeps groups whole.
    pub groups: Option<&'a [u32]>,
}

impl<'a> Sample<'a> {
    /// All rows, each once.
    #[must_use]
    pub fn all(data: &'a Binned, target: Target<'a>) -> Self {
        Self { data, target, rows: None, weights: None, groups: None }
    }

    /// Some rows, each once.
    #[must_use]
    pub fn of(data: &'a Binned, target: Target<'a>, rows: &'a [u32]) -> Self {
        Self { rows: Some(rows), ..Self::all(data, target) }
    }
}

/// Why nothing was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// No rows.
    #[error("there are no rows to learn from")]
    NoRows,
    /// A row number, class code or target value is out of range, or slices differ in length.
    #[error("rows, weights, groups and target do not fit together, or a target is not a finite number")]
    Illegal,
    /// Fixed-point sums hold up to 2^31 rows.
    #[error("more than 2147483647 rows, weights counted")]
    TooManyRows,
}

/// Boosted trees that were fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    pub(super) binning: Arc<Binning>,
    pub(super) link: Link,
    pub(super) start: Vec<f64>,
    /// Round by round, one tree per class.
    pub(super) trees: Vec<Tree>,
    pub(super) gain: Vec<f64>,
}

impl Boosting {
    /// Learns from `sample`.
    ///
    /// # Errors
    /// [`FitError`]. A target with one class, or columns without information, is no error: the model
    /// predicts the prior.
    pub fn fit(&self, sample: &Sample<'_>) -> Result<Boosted, FitError> {
        let Sample { data, target, weights, groups, .. } = *sample;
        let everything: Vec<u32>;
        let rows = if let Some(rows) = sample.rows {
            rows
        } else {
            everything = (0..data.n_rows() as u32).collect();
            &everything
        };
        if rows.is_empty() {
            return Err(FitError::NoRows);
        }
        let fits = |slice: Option<&[u32]>| slice.is_none_or(|slice| slice.len() == data.n_rows());
        let in_table = rows.iter().all(|&row| (row as usize) < data.n_rows());
        if !in_table || !fits(weights) || !fits(groups) || !target.is_legal(rows) {
            return Err(FitError::Illegal);
        }
        let weight = |row: u32| weights.map_or(1, |weights| weights[row as usize]);
        let counted: u64 = rows.iter().map(|&row| u64::from(weight(row))).sum();
        if counted > i32::MAX as u64 {
            return Err(FitError::TooManyRows);
        }
        let group = |row: u32| groups.map_or(row, |groups| groups[row as usize]);
        let (learned, watched): (Vec<u32>, Vec<u32>) = rows.iter().partition(|&&row| {
            self.early_stop.is_none_or(|stop| unit_hash(stop.seed, group(row)) >= stop.share)
        });
        // An inner split that leaves nothing to learn from is dropped.
        let (learned, watched) =
            if learned.is_empty() { (rows.to_vec(), Vec::new()) } else { (learned, watched) };
        let start = target.start(&learned, weight);
        let run = Run { settings: self, data, target, weights, counted, start: &start };
        let (trees, gain) = run.rounds(&learned, &watched);
        Ok(Boosted { binning: Arc::clone(data.binning()), link: target.link(), start, trees, gain })
    }
}

impl Boosted {
    /// Scores on the scale that trees add up on: log-odds, log-weights of classes, or the number itself.
    ///
    /// # Shapes
    /// `[rows.len() × width]`, row-major; width is the number of classes, 1 for yes/no and numbers. `data`
    /// must have been coded by this model's [`binning`](Self::binning); rows beyond it score the prior.
    #[must_use]
    pub fn scores(&self, data: &Binned, rows: &[u32]) -> Vec<f64> {
        let width = self.start.len();
        let mut scores = vec![0.0; rows.len() * width];
        scores.par_chunks_mut(CHUNK * width).zip(rows.par_chunks(CHUNK)).for_each(|(scores, rows)| {
            for chunk in scores.chunks_exact_mut(width) {
                chunk.copy_from_slice(&self.start);
            }
            for (at, tree) in self.trees.iter().enumerate() {
                let class = at % width;
                for (scores, &row) in scores.chunks_exact_mut(width).zip(rows) {
                    if (row as usize) < data.n_rows() {
                        scores[class] += tree.value(data, row as usize);
                    }
                }
            }
        });
        scores
    }

    /// Probabilities of yes, of each class, or expected numbers; shapes as [`scores`](Self::scores).
    #[must_use]
    pub fn predict(&self, data: &Binned, rows: &[u32]) -> Vec<f64> {
        let mut scores = self.scores(data, rows);
        scores.chunks_exact_mut(self.start.len()).for_each(|scores| self.link.apply(scores));
        scores
    }

    /// Follows the predictions for each of `rows` through the rounds: `see(state, round, prediction)` is called after
    /// each of the first `rounds` rounds (from 1), with the prediction that the model of so many rounds gives. A
    /// model that stopped before stays as it is.
    ///
    /// # Cost
    /// That of [`predict`](Self::predict), and `see` once per row and round.
    pub fn staged<T: Clone + Default + Send>(
        &self,
        data: &Binned,
        rows: &[u32],
        rounds: usize,
        see: impl Fn(&mut T, u32, usize, &[f64]) + Sync,
    ) -> Vec<T> {
        let width = self.start.len();
        let mut states = vec![T::default(); rows.len()];
        states.par_iter_mut().zip(rows).for_each(|(state, &row)| {
            let mut scores = self.start.clone();
            let mut prediction = vec![0.0; width];
            for round in 0..rounds {
                if (row as usize) < data.n_rows() {
                    let trees = self.trees.iter().skip(round * width).take(width);
                    for (score, tree) in scores.iter_mut().zip(trees) {
                        *score += tree.value(data, row as usize);
                    }
                }
                prediction.copy_from_slice(&scores);
                self.link.apply(&mut prediction);
                see(state, row, round + 1, &prediction);
            }
        });
        states
    }

    /// Predictions for columns as they come.
    #[must_use]
    pub fn predict_raw(&self, features: &[Feature<'_>]) -> Vec<f64> {
        let data = Binned::with(&self.binning, features);
        let rows: Vec<u32> = (0..data.n_rows() as u32).collect();
        self.predict(&data, &rows)
    }

    /// What the trees that ask for `column` add to the scores of `rows`; shapes as [`scores`](Self::scores).
    ///
    /// Scores after a change in one column are the old scores minus the old part plus the new part.
    #[must_use]
    pub fn part_using(&self, column: usize, data: &Binned, rows: &[u32]) -> Vec<f64> {
        let trees: Vec<(usize, &Tree)> =
            self.trees.iter().enumerate().filter(|(_, tree)| tree.uses(column)).collect();
        let width = self.start.len();
        let mut part = vec![0.0; rows.len() * width];
        part.par_chunks_mut(CHUNK * width).zip(rows.par_chunks(CHUNK)).for_each(|(part, rows)| {
            for &(at, tree) in &trees {
                for (part, &row) in part.chunks_exact_mut(width).zip(rows) {
                    part[at % width] += tree.value(data, row as usize);
                }
            }
        });
        part
    }

    /// Loss saved by the cuts on each column, summed over all trees; its unit is that of the loss.
    #[must_use]
    pub fn gain(&self) -> &[f64] {
        &self.gain
    }

    /// Rounds that were kept.
    #[must_use]
    pub fn n_rounds(&self) -> usize {
        self.trees.len() / self.start.len().max(1)
    }

    /// How columns must be coded for this model.
    #[must_use]
    pub fn binning(&self) -> &Arc<Binning> {
        &self.binning
    }
}

/// One fit.
struct Run<'a> {
    settings: &'a Boosting,
    data: &'a Binned,
    target: Target<'a>,
    weights: Option<&'a [u32]>,
    counted: u64,
    start: &'a [f64],
}

impl Run<'_> {
    /// All rounds; returns the trees that are kept and the gain per column of those.
    fn rounds(&self, learned: &[u32], watched: &[u32]) -> (Vec<Tree>, Vec<f64>) {
        let Boosting {
            rounds,
            learning_rate,
            max_leaves,
            min_rows,
            l2,
            level_smooth,
            column_draw,
            early_stop,
        } = *self.settings;
        let limits = Limits {
            min_rows: min_rows.max(1) as u64,
            min_curvature: 1e-3,
            l2: l2.max(0.0),
            level_l2: 10.0,
            level_smooth: level_smooth.max(0.0),
            min_rows_per_group: 100,
            max_levels: 32,
            one_vs_rest: 4,
        };
        let width = self.start.len();
        let layout = Layout::new(self.data, learned);
        let mut scores = vec![0.0; self.data.n_rows() * width];
        scores.chunks_exact_mut(width.max(1)).for_each(|scores| scores.copy_from_slice(self.start));
        let (mut trees, mut gains): (Vec<Tree>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        let mut gradients = vec![[0, 0]; self.data.n_rows()];
        let mut spare = Spare::default();
        let mut rows = learned.to_vec();
        let mut best = (f64::INFINITY, 0);
        for round in 0..rounds {
            // All classes of a round see the scores of the round before.
            let before = (width > 1).then(|| scores.clone());
            let mut grew = false;
            let mut gain = vec![0.0; self.data.n_columns()];
            for class in 0..width {
                let packing = self.pack(learned, class, before.as_ref().unwrap_or(&scores), &mut gradients);
                let drawn = column_draw.map(|ColumnDraw { share, seed }| {
                    let tree = trees.len() as u64;
                    layout.draw(share, |column| {
                        unit_hash(seed ^ tree.wrapping_mul(0xd1b5_4a32_d192_ed03), column)
                    })
                });
                let growth = Growth {
                    data: self.data,
                    layout: drawn.as_ref().unwrap_or(&layout),
                    packing: &packing,
                    limits: &limits,
                    max_leaves: max_leaves.max(1),
                    learning_rate,
                };
                rows.copy_from_slice(learned);
                let (tree, leaves) = growth.grow(&mut rows, &gradients, &mut spare, &mut gain);
                grew |= tree.leaves.len() > 1;
                for (range, value) in leaves.into_iter().zip(&tree.leaves) {
                    for &row in &rows[range] {
                        scores[row as usize * width + class] += value;
                    }
                }
                for &row in watched {
                    scores[row as usize * width + class] += tree.value(self.data, row as usize);
                }
                trees.push(tree);
            }
            gains.push(gain);
            if let Some(stop) = early_stop.filter(|_| !watched.is_empty()) {
                let loss = self.loss(watched, &scores);
                if loss < best.0 {
                    best = (loss, round + 1);
                } else if round + 1 >= best.1 + stop.patience.max(1) {
                    break;
                }
            }
            if !grew {
                break;
            }
        }
        if best.0.is_finite() {
            trees.truncate(best.1 * width);
            gains.truncate(best.1);
        }
        let mut gain = vec![0.0; self.data.n_columns()];
        for round in gains {
            gain.iter_mut().zip(round).for_each(|(sum, gain)| *sum += gain);
        }
        (trees, gain)
    }

    /// Writes one class's gradients of all learned rows as integers.
    fn pack(&self, learned: &[u32], class: usize, scores: &[f64], gradients: &mut [Bin]) -> Packing {
        let width = self.start.len();
        let derivatives: Vec<(f64, f64)> = learned
            .par_iter()
            .with_min_len(CHUNK)
            .map(|&row| {
                let at = row as usize * width;
                self.target.derivatives(row, class, &scores[at..at + width])
            })
            .collect();
        // A maximum has no order, so threads do not matter here either.
        let greatest = derivatives.iter().fold((0.0_f64, 0.0_f64), |(gradient, curvature), d| {
            (gradient.max(d.0.abs()), curvature.max(d.1))
        });
        let packing = Packing::new(greatest.0, greatest.1, self.counted);
        for (&row, &(gradient, curvature)) in learned.iter().zip(&derivatives) {
            let weight = self.weights.map_or(1, |weights| weights[row as usize]);
            gradients[row as usize] = packing.pack(gradient, curvature, weight);
        }
        packing
    }

    /// Mean loss of some rows.
    fn loss(&self, rows: &[u32], scores: &[f64]) -> f64 {
        let width = self.start.len();
        let sum: f64 = rows
            .iter()
            .map(|&row| {
                let weight = self.weights.map_or(1, |weights| weights[row as usize]);
                f64::from(weight) * self.target.loss(row, &scores[row as usize * width..][..width])
            })
            .sum();
        sum / rows.len() as f64
    }
}

/// A number in [0, 1) that depends on `seed` and `group` only (SplitMix64 finaliser).
fn unit_hash(seed: u64, group: u32) -> f64 {
    let mut z = seed ^ u64::from(group).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
