//! How do columns become the small codes that histogram trees count?

use super::cuts::cut_points;
use rayon::prelude::*;
use std::sync::Arc;

/// Level code of a missing cell.
pub const NO_LEVEL: u32 = u32::MAX;

/// Most bins of present values in one column; two more codes stay for missing and unseen.
pub(super) const MAX_BINS: usize = 254;

/// One column as it comes.
#[derive(Clone, Copy, Debug)]
pub enum Feature<'a> {
    /// Numbers, `NaN` where missing; infinities are the outermost values.
    Number(&'a [f64]),
    /// Level codes in `0..n_levels`, [`NO_LEVEL`] where missing. Codes from `n_levels` on, and levels
    /// from number 254 on, count as unseen.
    Level {
        /// One code per row.
        codes: &'a [u32],
        /// Number of levels.
        n_levels: usize,
    },
}

impl Feature<'_> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Level { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How columns are binned: cut points of numbers, levels as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Binning {
    pub(super) columns: Vec<ColumnBinning>,
}

/// How one column is binned. Present values take codes `0..n_bins`, missing `n_bins`, unseen `n_bins + 1`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ColumnBinning {
    /// Ascending cuts: a value's bin is the number of cuts below it.
    Number { cuts: Vec<f64> },
    /// Levels keep their codes.
    Level { n_levels: usize },
}

impl ColumnBinning {
    /// Number of bins of present values.
    pub(super) fn n_bins(&self) -> usize {
        match self {
            Self::Number { cuts } => cuts.len() + 1,
            Self::Level { n_levels } => *n_levels,
        }
    }

    /// Whether bins have no order.
    pub(super) fn is_nominal(&self) -> bool {
        matches!(self, Self::Level { .. })
    }

    /// The codes of one column.
    fn apply(&self, feature: &Feature<'_>) -> Vec<u8> {
        let missing = self.n_bins() as u8;
        match (self, feature) {
            (Self::Number { cuts }, Feature::Number(values)) => {
                values
                    .iter()
                    .map(|&value| {
                        if value.is_nan() { missing } else { cuts.partition_point(|&cut| cut < value) as u8 }
                    })
                    .collect()
            }
            (Self::Level { n_levels }, Feature::Level { codes, .. }) => codes
                .iter()
                .map(|&code| match code {
                    NO_LEVEL => missing,
                    code if (code as usize) < *n_levels => code as u8,
                    _ => missing + 1,
                })
                .collect(),
            // A column that changed from numbers to levels tells nothing: all unseen.
            (_, feature) => vec![missing.saturating_add(1); feature.len()],
        }
    }
}

impl Binning {
    /// Chooses at most 254 bins per column from the values of `features`.
    ///
    /// Numbers with few distinct values get a bin each; others are cut at quantiles, with heavy values
    /// alone in their bin, so that spikes and heaps stay visible.
    ///
    /// # Cost
    /// One sort per numeric column, of at most 200,000 evenly strided values.
    #[must_use]
    pub fn new(features: &[Feature<'_>]) -> Self {
        let columns = features
            .par_iter()
            .map(|feature| match feature {
                Feature::Number(values) => ColumnBinning::Number { cuts: cut_points(values, MAX_BINS) },
                Feature::Level { n_levels, .. } => {
                    ColumnBinning::Level { n_levels: (*n_levels).min(MAX_BINS) }
                }
            })
            .collect();
        Self { columns }
    }

    /// Bins that were chosen elsewhere: how many per column (at most 254 are told apart), and whether they have no
    /// order.
    #[must_use]
    pub fn chosen(columns: impl IntoIterator<Item = (usize, bool)>) -> Self {
        let columns = columns
            .into_iter()
            .map(|(n_bins, is_nominal)| {
                let n_bins = n_bins.clamp(1, MAX_BINS);
                if is_nominal {
                    ColumnBinning::Level { n_levels: n_bins }
                } else {
                    ColumnBinning::Number { cuts: (1..n_bins).map(|bin| bin as f64 - 0.5).collect() }
                }
            })
            .collect();
        Self { columns }
    }

    /// Number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }
}

/// Columns of one-byte codes.
///
/// # Shapes
/// `n_columns` columns of `n_rows` codes each.
///
/// # Cost
/// One byte per cell.
///
/// # Example
/// ```
/// use verosim_math::learn::{Binned, Feature};
/// let binned = Binned::new(&[Feature::Number(&[3.0, f64::NAN, 1.0, 3.0])]);
/// assert_eq!(binned.codes(0), [1, 2, 0, 1]); // Two distinct values, then the code of missing.
/// ```
#[derive(Clone, Debug)]
pub struct Binned {
    binning: Arc<Binning>,
    codes: Vec<Vec<u8>>,
    n_rows: usize,
}

impl Binned {
    /// Chooses bins from `features` and codes them. Shorter columns are padded with missing cells.
    #[must_use]
    pub fn new(features: &[Feature<'_>]) -> Self {
        Self::with(&Arc::new(Binning::new(features)), features)
    }

    /// Codes `features` by bins chosen before. Columns that `features` lacks are missing throughout.
    #[must_use]
    pub fn with(binning: &Arc<Binning>, features: &[Feature<'_>]) -> Self {
        let n_rows = features.iter().map(Feature::len).max().unwrap_or(0);
        let codes = binning
            .columns
            .par_iter()
            .enumerate()
            .map(|(at, column)| {
                let mut codes = features.get(at).map_or_else(Vec::new, |feature| column.apply(feature));
                codes.resize(n_rows, column.n_bins() as u8);
                codes
            })
            .collect();
        Self { binning: Arc::clone(binning), codes, n_rows }
    }

    /// A table of ready codes: present values `0..n_bins`, missing `n_bins`; others count as unseen. Columns are
    /// padded with missing cells to the longest one.
    #[must_use]
    pub fn coded(binning: &Arc<Binning>, mut codes: Vec<Vec<u8>>) -> Self {
        let n_rows = codes.iter().map(Vec::len).max().unwrap_or(0);
        codes.resize(binning.n_columns(), Vec::new());
        for (column, codes) in binning.columns.iter().zip(&mut codes) {
            let unseen = column.n_bins() as u8 + 1;
            codes.iter_mut().for_each(|code| *code = (*code).min(unseen));
            codes.resize(n_rows, unseen - 1);
        }
        Self { binning: Arc::clone(binning), codes, n_rows }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.codes.len()
    }

    /// The bins.
    #[must_use]
    pub fn binning(&self) -> &Arc<Binning> {
        &self.binning
    }

    /// The codes of one column: present values `0..n_bins`, missing `n_bins`, unseen `n_bins + 1`.
    #[must_use]
    pub fn codes(&self, column: usize) -> &[u8] {
        &self.codes[column]
    }

    /// Number of bins of present values in one column.
    #[must_use]
    pub fn n_bins(&self, column: usize) -> usize {
        self.binning.columns[column].n_bins()
    }

    /// The same table with the codes of one column exchanged; for permutation importance.
    ///
    /// `codes` must come from this column: other values of the right length are legal but meaningless.
    #[must_use]
    pub fn with_codes(&self, column: usize, mut codes: Vec<u8>) -> Self {
        codes.resize(self.n_rows, self.n_bins(column) as u8);
        let mut changed = self.clone();
        changed.codes[column] = codes;
        changed
    }

    /// One column as a table of its own, sharing its bins.
    #[must_use]
    pub fn only(&self, column: usize, codes: Vec<u8>) -> Self {
        let binning = Binning { columns: vec![self.binning.columns[column].clone()] };
        Self { n_rows: codes.len(), binning: Arc::new(binning), codes: vec![codes] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_missing_and_unseen_have_codes_of_their_own() {
        let fitted = Binned::new(&[Feature::Level { codes: &[0, 2, NO_LEVEL, 1], n_levels: 3 }]);
        assert_eq!(fitted.codes(0), [0, 2, 3, 1]);
        let later = Binned::with(fitted.binning(), &[Feature::Level { codes: &[2, 7], n_levels: 8 }]);
        assert_eq!(later.codes(0), [2, 4], "level 7 was not there when bins were chosen");
    }

    #[test]
    fn new_numbers_fall_between_the_cuts() {
        let fitted = Binned::new(&[Feature::Number(&[1.0, 2.0, 4.0])]);
        let later = Binned::with(fitted.binning(), &[Feature::Number(&[-9.0, 1.4, 1.6, 99.0, f64::NAN])]);
        assert_eq!(later.codes(0), [0, 0, 1, 2, 3]);
    }

    #[test]
    fn ready_codes_are_kept_and_strays_are_unseen() {
        let binning = Arc::new(Binning::chosen([(3, false), (2, true)]));
        let table = Binned::coded(&binning, vec![vec![0, 3, 2], vec![1, 9]]);
        assert_eq!((table.codes(0), table.codes(1)), (&[0, 3, 2][..], &[1, 3, 2][..]));
        assert_eq!((table.n_bins(0), table.n_bins(1)), (3, 2));
    }

    #[test]
    fn odd_shapes_do_not_panic() {
        let empty = Binned::new(&[]);
        assert_eq!((empty.n_rows(), empty.n_columns()), (0, 0));
        let many = Feature::Level { codes: &[0, 300, 400], n_levels: 1000 };
        let ragged = Binned::new(&[Feature::Number(&[]), many]);
        assert_eq!((ragged.codes(0), ragged.codes(1)), (&[1, 1, 1][..], &[0, 255, 255][..]));
    }
}
