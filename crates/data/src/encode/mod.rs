//! How does a table become what engines learn from, and back?
//!
//! The shared token layer: missing kinds, spikes, rare levels, heaping, tails, dates, derived columns
//! and identifiers are handled here once, so that engines see clean tokens and ranks only.

mod bound;
mod codec;
mod cut;
mod declared;
mod derive;
mod domain;
mod encoded;
mod evidence;
mod exclude;
mod grid;
mod hierarchy;
mod incomplete;
mod learn;
mod level;
mod missing;
mod number;
mod offset;
mod plan;
mod quantiles;
mod support;
mod surrogate;
mod tail;

pub use codec::{BrokenCodec, Codec};
pub use domain::{ColumnDomain, Domain, Exclusion, Token};
pub use encoded::{Encoded, EncodedColumn};
pub use evidence::{Allowed, Evidence};
pub use incomplete::Incomplete;
pub(crate) use support::support;

/// The modality of flat tables.
#[derive(Clone, Copy, Debug)]
pub enum Tabular {}

impl verosim_core::Modality for Tabular {
    type Encoded = Encoded;
    type CodecSpec = CodecSettings;
}

/// What an engine asks of the encoding.
#[derive(Clone, Debug, PartialEq)]
pub struct CodecSettings {
    /// Least number of subjects behind any exact value or level that may be drawn (the codec adds a
    /// random 0 to 2 so that the threshold itself tells nothing). Range 2 to 100; default 5.
    pub min_support: usize,
    /// Half-width, in ranks, of the window in which final continuous values are redrawn. Range 0 to 50;
    /// default 4: wide enough to break the link to a donor, narrow enough to keep heaping.
    pub rank_window: usize,
    /// Columns with at most this many distinct values are lattices: each value is a token.
    pub lattice_limit: usize,
}

impl CodecSettings {
    /// Settings under which decoding gives back exactly the cells that were encoded. Only for leak controls, whose
    /// purpose is to release training rows.
    #[must_use]
    pub fn unprotected() -> Self {
        Self { min_support: 0, rank_window: 0, lattice_limit: usize::MAX }
    }

    /// Whether rare values are kept from the output; `false` for [`unprotected`](Self::unprotected) only.
    #[must_use]
    pub fn protects(&self) -> bool {
        self.min_support > 0
    }
}

impl Default for CodecSettings {
    fn default() -> Self {
        Self { min_support: 5, rank_window: 4, lattice_limit: 60 }
    }
}
