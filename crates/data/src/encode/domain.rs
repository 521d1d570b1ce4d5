//! What values can an encoded table take?

use serde::{Deserialize, Serialize};

/// What one token of a column means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Token {
    /// Missing, with the schema's marker number (0-based).
    Missing(u8),
    /// A level of a nominal, ordinal, boolean, code or constant column (by position in the codec).
    Level(u32),
    /// A numeric value that carries its own mass: a spike, or a value of a lattice column.
    Value(f64),
    /// The value that another column of the domain has in the same row; that column is best drawn first.
    Equal(u32),
    /// Any other number: the value follows from the rank.
    Continuous,
}

/// One column of an encoded table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDomain {
    /// Name of the source column.
    pub name: String,
    /// All tokens, by token number. For ordered columns, `Value` and ordinal `Level` tokens ascend.
    pub tokens: Vec<Token>,
    /// Whether tokens have an order that splits may use (numbers, ordinals, dates).
    pub ordered: bool,
    /// Number of training rows with the `Continuous` token, or of cells between declared bounds; ranks lie in `[0, n_ranks)`.
    pub n_ranks: usize,
    /// For each `Value` token of a column that also has `Continuous`: the rank at which the value would
    /// stand among the continuous rows (`NaN` for other tokens). Same length as `tokens`.
    #[serde(with = "unranked")]
    pub token_rank: Vec<f32>,
    /// Group of each token in the level above (code hierarchies), for pooling; empty when flat.
    pub parents: Vec<u32>,
    /// A hint for the order of columns: lower goes first (conditions, demographics, rare outcomes,
    /// codes, numbers).
    pub stage: u8,
}

impl ColumnDomain {
    /// The number of the `Continuous` token.
    #[must_use]
    pub fn continuous(&self) -> Option<u32> {
        self.tokens.iter().position(|token| matches!(token, Token::Continuous)).map(|at| at as u32)
    }

    /// Number of codes of a column that is cut by declarations: its tokens, with a code per cell in the place of
    /// `Continuous`.
    #[must_use]
    pub fn n_codes(&self) -> usize {
        self.tokens.len() + self.n_ranks - usize::from(self.continuous().is_some())
    }

    /// The number of the token of this kind of missing.
    pub(super) fn missing(&self, marker: u8) -> Option<usize> {
        self.tokens.iter().position(|token| *token == Token::Missing(marker))
    }
}

/// Writes ranks that are not defined as null, because JSON has no NaN.
mod unranked {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[allow(clippy::ptr_arg, reason = "the shape that serde wants")]
    pub(super) fn serialize<S: Serializer>(ranks: &Vec<f32>, to: S) -> Result<S::Ok, S::Error> {
        let ranks: Vec<Option<f32>> =
            ranks.iter().map(|&rank| Some(rank).filter(|rank| !rank.is_nan())).collect();
        ranks.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f32>, D::Error> {
        let ranks = Vec::<Option<f32>>::deserialize(from)?;
        Ok(ranks.into_iter().map(|rank| rank.unwrap_or(f32::NAN)).collect())
    }
}

/// A pair of tokens that never occur together and must not be drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Column and token of one side.
    pub a: (u32, u32),
    /// Column and token of the other side.
    pub b: (u32, u32),
}

/// All columns that engines model, and what must not occur together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// Modelled columns.
    pub columns: Vec<ColumnDomain>,
    /// Impossible pairs, such as a pregnancy code with male sex.
    pub exclusions: Vec<Exclusion>,
}

impl Domain {
    /// Whether every column has tokens, ranks and groups that fit together, and exclusions name existing tokens.
    pub(super) fn is_sound(&self) -> bool {
        let column = |column: &ColumnDomain| {
            let n = column.tokens.len();
            let continuous = column.tokens.iter().filter(|token| matches!(token, Token::Continuous)).count();
            n > 0
                && column.token_rank.len() == n
                && (column.parents.is_empty() || column.parents.len() == n)
                && column.parents.iter().all(|&parent| (parent as usize) < n)
                && continuous <= 1
                && (continuous == 1) == (column.n_ranks > 0)
        };
        let exists = |(at, token): (u32, u32)| {
            self.columns.get(at as usize).is_some_and(|column| (token as usize) < column.tokens.len())
        };
        self.columns.iter().all(column) && self.exclusions.iter().all(|pair| exists(pair.a) && exists(pair.b))
    }
}
