//! How are patient timelines converted, learned, drawn and judged?

mod convert;

pub use convert::{Target, convert_file, convert_folder};
