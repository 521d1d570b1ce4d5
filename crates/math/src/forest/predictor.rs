//! What does a tree see of an explaining variable?

/// A variable in at most 256 bins, one byte per row.
///
/// The first `n_missing` bins of an ordered variable are kinds of missing and go to either side of a cut together;
/// the others ascend. Bins of an unordered variable are cut into two sets.
#[derive(Clone, Copy, Debug)]
pub struct Predictor<'a> {
    /// Bin of each row, below `n_bins`.
    pub bins: &'a [u8],
    /// Number of bins, 1 to 256.
    pub n_bins: usize,
    /// Leading bins that stand for kinds of missing; 0 for unordered variables.
    pub n_missing: usize,
    /// Whether the other bins ascend.
    pub ordered: bool,
}
