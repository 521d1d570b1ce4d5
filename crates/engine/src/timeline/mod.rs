//! How are patient timelines converted, learned, drawn and judged?

mod answers;
mod convert;
mod demo;
mod draw;
mod fit;
mod go_on;
mod judge;
mod model;
mod overlap;
mod portfolio;
mod prevalence;
mod run;
mod search;
mod stream;
pub(crate) mod topic;

pub use answers::{for_records, refuse};
pub use convert::{Target, convert_file, convert_folder};
pub use demo::demo_lives;
pub use draw::{Drawn, LifeAsk, draw_lives};
pub use fit::fit;
pub use go_on::continue_lives;
pub use judge::{LivesJudged, judge_lives};
pub use model::{TimelineAbout, TimelineModel, is_timeline_model};
pub use portfolio::{DEFAULT, configure, kind, kinds, pages};
pub use prevalence::Prevalence;
pub use run::{LivesFinished, run_lives, write_judgement};
