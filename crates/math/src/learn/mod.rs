//! Which small supervised learners do judges share, and how are their scores judged?

mod auc;
mod rate;
mod roc;

pub use auc::{Auc, AucError, auc, null_standard_error};
pub use rate::{Rate, clopper_pearson};
pub use roc::{roc_points, tpr_at_fpr};
