//! Which tokens are codes of a column that is cut by declarations?

use verosim_data::{ColumnDomain, EncodedColumn};

/// The token of a code and, of a cell of numbers, its middle as the rank; `continuous` is the token of numbers.
pub(super) fn cell(continuous: Option<u32>, code: u32) -> (u32, f32) {
    match continuous {
        Some(first) if code >= first => (first, (code - first) as f32 + 0.5),
        _ => (code, 0.0),
    }
}

/// The cells of `codes`.
pub(crate) fn tokens(domain: &ColumnDomain, codes: impl Iterator<Item = u32>) -> EncodedColumn {
    let continuous = domain.continuous();
    let mut column = EncodedColumn::default();
    for code in codes {
        let (token, rank) = cell(continuous, code);
        column.tokens.push(token);
        if continuous.is_some() {
            column.ranks.push(rank);
        }
    }
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_data::Token;

    #[test]
    fn cells_are_ranks_and_all_else_are_tokens() {
        let mut domain = ColumnDomain {
            name: "x".into(),
            token_rank: vec![f32::NAN; 2],
            tokens: vec![Token::Missing(0), Token::Continuous],
            ordered: true,
            n_ranks: 3,
            parents: Vec::new(),
            stage: 0,
        };
        let column = tokens(&domain, [0, 1, 3].into_iter());
        assert_eq!((column.tokens, column.ranks), (vec![0, 1, 1], vec![0.0, 0.5, 2.5]));
        domain.tokens[1] = Token::Level(0);
        assert_eq!(tokens(&domain, [1, 0].into_iter()).ranks, [0.0; 0]);
    }
}
