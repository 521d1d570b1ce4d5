//! A small table of columns that hang on each other as we know, for tests of engines.

use rand::RngExt as _;
use std::sync::Arc;
use verosim_core::Seeded;
use verosim_data::encode::Exclusion;
use verosim_data::{ColumnDomain, Domain, Encoded, EncodedColumn, Token};

fn levels(name: &str, n: u32) -> ColumnDomain {
    ColumnDomain {
        name: name.into(),
        tokens: (0..n).map(Token::Level).collect(),
        ordered: false,
        n_ranks: 0,
        token_rank: vec![f32::NAN; n as usize],
        parents: Vec::new(),
        stage: 1,
    }
}

/// `a` fair; `b` is `a` in four of five rows; `c` is `b` in four of five rows, so that `a` tells nothing more of it; `d`
/// fair; `e` is whether `a` and `d` differ, in nine of ten rows; `x` a rank, low where `d` is 0; and `b` 1 never meets `e` 2.
pub(crate) fn world(n: usize) -> Encoded {
    let mut rng = Seeded::new(5).rng();
    let mut columns: Vec<EncodedColumn> = vec![EncodedColumn::default(); 6];
    let mut low_and_high: Vec<(usize, bool)> = Vec::new();
    for row in 0..n {
        let mut flip = |bit: u32, chance: f64| if rng.random::<f64>() < chance { 1 - bit } else { bit };
        let (a, d) = (flip(0, 0.5), flip(0, 0.5));
        let b = flip(a, 0.2);
        let c = flip(b, 0.2);
        let e = flip(a ^ d, 0.1);
        let e = if b == 0 && row % 10 == 0 { 2 } else { e };
        for (column, token) in columns.iter_mut().zip([a, b, c, d, e, 0]) {
            column.tokens.push(token);
        }
        low_and_high.push((row, d == 1));
    }
    low_and_high.sort_by_key(|&(row, is_high)| (is_high, row.wrapping_mul(2_654_435_761) % 1_000_003));
    columns[5].ranks = vec![0.0; n];
    low_and_high.iter().enumerate().for_each(|(at, (row, _))| columns[5].ranks[*row] = at as f32 + 0.5);
    let x = ColumnDomain { ordered: true, n_ranks: n, tokens: vec![Token::Continuous], ..levels("x", 1) };
    let domain = Domain {
        columns: vec![levels("a", 2), levels("b", 2), levels("c", 2), levels("d", 2), levels("e", 3), x],
        exclusions: vec![Exclusion { a: (1, 1), b: (4, 2) }],
    };
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

/// Share of rows whose tokens are so.
pub(crate) fn share(table: &Encoded, is_so: impl Fn(&[u32]) -> bool) -> f64 {
    let rows = (0..table.n_rows())
        .filter(|&row| is_so(&table.columns().iter().map(|column| column.tokens[row]).collect::<Vec<_>>()));
    rows.count() as f64 / table.n_rows() as f64
}
