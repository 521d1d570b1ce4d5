//! Which small supervised learners do judges share, and how are their scores judged?
//!
//! Boosted trees see [`Binned`] columns; linear models see a [`Design`]. Both take plain [`Feature`]
//! slices, keep missing cells, and give the same numbers at any thread count.

mod auc;
mod bagged;
mod binned;
mod boost;
mod cuts;
mod difference;
mod gram;
mod histogram;
mod linear;
mod loss;
mod parts;
mod precision;
mod rate;
mod roc;
mod smote;
mod split;
mod tree;

pub use auc::{Auc, AucError, auc, null_standard_error};
pub use bagged::{Bagged, Bagging};
pub use binned::{Binned, Binning, Feature, NO_LEVEL};
pub use boost::{Boosted, Boosting, ColumnDraw, EarlyStop, FitError, Sample};
pub use difference::Difference;
pub use gram::Gram;
pub use linear::{Design, Linear, logistic, ridge_regression};
pub use loss::Target;
pub use parts::{BoostedParts, BrokenParts};
pub use precision::average_precision;
pub use rate::{Rate, clopper_pearson};
pub use roc::{roc_points, tpr_at_fpr};
pub use smote::{Between, Step, commonest, near_rows, smote};
