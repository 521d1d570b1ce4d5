//! Which three tables are compared, and in which roles?

use verosim_core::Schema;
use verosim_data::Table;

/// Train, holdout and synthetic tables with one schema. All three have the same columns in the same
/// order; columns with a treatment other than `Model` are left out before a trio is made.
#[derive(Clone, Copy, Debug)]
pub struct Trio<'a> {
    /// What the columns mean.
    pub schema: &'a Schema,
    /// Rows that the generator learned from.
    pub train: &'a Table,
    /// Rows of other people from the same population.
    pub holdout: &'a Table,
    /// Rows under judgement.
    pub synthetic: &'a Table,
    /// A second, independent draw of the generator, when there is one (two-draw form of the
    /// classifier test).
    pub second: Option<&'a Table>,
    /// Outcome columns for utility, by position.
    pub targets: &'a [usize],
    /// Person of each training row, when rows repeat per person.
    pub train_subjects: Option<&'a [u32]>,
    /// Person of each holdout row.
    pub holdout_subjects: Option<&'a [u32]>,
}
