//! What is a table in memory, as it came and as it is understood?

pub(crate) mod decimal;
pub(crate) mod parse;
mod raw;
mod table;
pub(crate) mod time;

pub use parse::{ParseError, format, parse};
pub use raw::{RawColumn, RawTable, SourceType};
pub use table::{Cells, Column, NO_LEVEL, Table};
pub use time::{read as read_time, write as write_time};
