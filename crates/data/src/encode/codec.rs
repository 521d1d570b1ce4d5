//! How is a training split encoded, and how are drawn tokens decoded?

use super::{CodecSettings, Domain, Encoded};
use crate::{Table, Train};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use verosim_core::{Schema, Seeded};

/// What was learned about how cells become tokens and back. Serialisable; holds no row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Codec {
    domain: Arc<Domain>,
}

impl Codec {
    /// Learns the token layer from the training split and encodes it.
    #[must_use]
    pub fn fit(
        _train: &Train,
        _schema: &Schema,
        _settings: &CodecSettings,
        _seed: Seeded,
    ) -> (Self, Encoded) {
        unimplemented!()
    }

    /// Turns drawn tokens into a table with the columns of [`schema`](Self::schema).
    #[must_use]
    pub fn decode(&self, _drawn: &Encoded, _seed: Seeded) -> Table {
        unimplemented!()
    }

    /// What values engines see.
    #[must_use]
    pub fn domain(&self) -> &Arc<Domain> {
        &self.domain
    }

    /// Schema of decoded tables: the source schema without dropped columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        unimplemented!()
    }

    /// What a person should know: derived columns found, levels pooled, columns regenerated or dropped.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        unimplemented!()
    }
}
