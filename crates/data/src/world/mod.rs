//! Which fictional patients with known truth can demos and tests use?

use crate::RawTable;
use verosim_core::Seeded;

/// Draws `n` fictional patients of the demo clinic.
#[must_use]
pub fn clinic(_n: usize, _seed: Seeded) -> RawTable {
    unimplemented!()
}
