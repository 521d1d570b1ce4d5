//! How far is the nearest row of another table, over numbers and levels at once?

mod nearest;
mod tiles;

pub use nearest::{Neighbour, Points, nearest, neighbours};
