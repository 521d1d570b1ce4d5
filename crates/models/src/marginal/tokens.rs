//! Which tokens are codes of a column that is cut by declarations?

use verosim_data::{ColumnDomain, EncodedColumn};

/// Tokens of `codes`; of a cell of numbers, its middle as the rank.
pub(crate) fn tokens(domain: &ColumnDomain, codes: impl Iterator<Item = u32>) -> EncodedColumn {
    let mut column = EncodedColumn::default();
    let Some(first) = domain.continuous() else {
        column.tokens.extend(codes);
        return column;
    };
    for code in codes {
        column.tokens.push(code.min(first));
        column.ranks.push(if code >= first { (code - first) as f32 + 0.5 } else { 0.0 });
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
