//! How are coins thrown whose probability is exactly what was asked, without a floating-point number?

mod coin;
mod uniform;

pub(crate) use coin::{exp_minus, fair};
pub(crate) use uniform::uniform;
