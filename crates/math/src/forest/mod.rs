//! How is the law of one variable given others learned with trees that forget single rows?
//!
//! Two kinds of tree over predictors of at most 256 bins: [`ClassTree`] for levels and [`RankTree`] for ordered
//! values in rank space. Leaves keep counts and quantile knots, never rows. [`grow_contrast`] finds where rows lie denser
//! than those of an imitation.

mod class_split;
mod class_tree;
mod contrast;
mod draw;
mod grow;
mod predictor;
mod rank_split;
mod rank_tree;
mod tree;

pub use class_tree::{ClassTree, ClassTreeParts};
pub use contrast::grow_contrast;
pub use draw::Strata;
pub use grow::{Bag, GrowSettings};
pub use predictor::Predictor;
pub use rank_tree::{RankTree, RankTreeParts};
pub use tree::{BrokenTree, Node, Rule, Tree};
