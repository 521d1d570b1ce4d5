//! What is the smallest real language model: a llama that real servers load, in the files they load it from?
//!
//! For tests only. Weights are random, or trained in a minute on text of ours; no file of anybody else is needed.

mod files;
mod letters;
mod llama;
mod train;

pub use letters::{BEGIN, END, SIZE, decode, encode};
pub use llama::{Nano, Shape};
pub use train::{Schedule, train};
