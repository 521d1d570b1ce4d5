//! How are patient timelines converted, learned, drawn and judged?

mod convert;
mod draw;
mod fit;
mod model;
mod portfolio;
pub(crate) mod topic;

pub use convert::{Target, convert_file, convert_folder};
pub use draw::{Drawn, LifeAsk, draw_lives};
pub use fit::{TimelineRecipe, fit};
pub use model::{TimelineAbout, TimelineModel, is_timeline_model};
pub use portfolio::{DEFAULT, configure, kind, kinds, pages};
