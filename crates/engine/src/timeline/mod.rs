//! How are patient timelines converted, learned, drawn and judged?

mod convert;
mod draw;
mod fit;
mod judge;
mod model;
mod portfolio;
mod run;
pub(crate) mod topic;

pub use convert::{Target, convert_file, convert_folder};
pub use draw::{Drawn, LifeAsk, draw_lives, shape_or_meds};
pub use fit::{TimelineRecipe, fit};
pub use judge::{LivesJudged, judge_lives};
pub use model::{TimelineAbout, TimelineModel, is_timeline_model};
pub use portfolio::{DEFAULT, configure, kind, kinds, pages};
pub use run::{LivesFinished, LivesOptions, run_lives, write_judgement};
