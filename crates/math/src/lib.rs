//! Which numerics on plain slices do generators and judges share?
//!
//! Knows no columns, schemas, health or privacy; does no input or output.

pub mod euclid;
pub mod forest;
pub mod graphical;
pub mod learn;
pub mod neighbours;
pub mod regress;
pub mod stats;
pub mod survival;
pub mod text;
