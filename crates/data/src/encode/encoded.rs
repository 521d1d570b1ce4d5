//! What do engines learn from and draw?

use super::Domain;
use std::sync::Arc;

/// One encoded column: a token per row, and a rank where the token is `Continuous`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedColumn {
    /// Token number per row.
    pub tokens: Vec<u32>,
    /// Position among the sorted continuous training rows, in `[0, n_ranks)`; ties share their middle
    /// rank when encoded. 0 where the token is not `Continuous`. Empty when no row can be continuous.
    pub ranks: Vec<f32>,
}

/// An encoded table. Made from [`crate::Train`] by the codec, or drawn by an engine.
#[derive(Clone, Debug)]
pub struct Encoded {
    domain: Arc<Domain>,
    columns: Vec<EncodedColumn>,
    n_rows: usize,
    subjects: Option<Vec<u32>>,
}

impl Encoded {
    /// An encoded table; `None` when a length or a token is out of range.
    #[must_use]
    pub fn new(
        domain: Arc<Domain>,
        columns: Vec<EncodedColumn>,
        n_rows: usize,
        subjects: Option<Vec<u32>>,
    ) -> Option<Self> {
        let fits = columns.len() == domain.columns.len()
            && subjects.as_ref().is_none_or(|subjects| subjects.len() == n_rows)
            && columns.iter().zip(&domain.columns).all(|(column, domain)| {
                column.tokens.len() == n_rows
                    && (column.ranks.len() == n_rows
                        || column.ranks.is_empty() && domain.continuous().is_none())
                    && column.tokens.iter().all(|&token| (token as usize) < domain.tokens.len())
            });
        fits.then_some(Self { domain, columns, n_rows, subjects })
    }

    /// What values the columns can take.
    #[must_use]
    pub fn domain(&self) -> &Arc<Domain> {
        &self.domain
    }

    /// The columns, in the order of the domain.
    #[must_use]
    pub fn columns(&self) -> &[EncodedColumn] {
        &self.columns
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The person of each row, when rows repeat per person.
    #[must_use]
    pub fn subjects(&self) -> Option<&[u32]> {
        self.subjects.as_deref()
    }
}
