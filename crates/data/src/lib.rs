//! How do bytes become tables, tables become numbers, and numbers become bytes again?
//!
//! No models, no metrics, no network. Only [`io`] touches the file system.

pub mod canary;
pub mod constrain;
pub mod encode;
pub mod frame;
pub mod infer;
pub mod io;
pub mod split;
pub mod world;

pub use encode::{
    Allowed, Codec, ColumnDomain, Domain, Encoded, EncodedColumn, Evidence, Incomplete, Tabular, Token,
};
pub use frame::{Cells, Column, RawColumn, RawTable, SourceType, Table};
pub use split::{Holdout, Train};
