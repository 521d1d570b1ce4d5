//! How do hospitals' folders of tables become timelines, and timelines folders of tables?
//!
//! Nothing here knows a hospital: what a table's columns mean is said by a [`Mapping`], a file of TOML. Those of known
//! shapes come with the program (`crates/timeline/shapes/*.toml`); of any other folder, [`relate`] finds one.
//!
//! Every row becomes one event, with its table as `source`. Columns without a part to play travel as extra columns under
//! their own names. Where the writer would not give back the very cell that came (`7.10`, an odd date), the cell travels
//! too, as the extra column `raw.<column>`. So a folder that is read and written again has the same cells.

mod cell;
mod folder;
mod fresh;
mod guess;
mod index;
mod known;
mod layout;
mod mapping;
mod people;
mod reader;
mod relate;
mod rows;
mod tally;
mod template;
mod writer;

pub use known::{Recognised, mapping, recognise, shapes};
pub use mapping::{Derive, Ids, Link, Mapping, Mark, Part, TableSpec, TimeOf, Words};
pub use reader::{Tables, TablesOptions};
pub use relate::relate;
pub use writer::TablesSink;
