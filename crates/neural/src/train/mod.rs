//! How does a network learn?

mod adam;
mod deal;
mod evaluate;
mod fit;
mod settings;

pub use evaluate::Surprise;
pub use fit::{Ended, Lessons, Point, Report, TrainError, train};
pub use settings::{Settings, SettingsError};
