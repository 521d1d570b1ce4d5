//! What is a table in memory, as it came and as it is understood?

mod raw;
mod table;

pub use raw::{RawColumn, RawTable, SourceType};
pub use table::{Cells, Column, NO_LEVEL, Table};
