//! How are rows counted, put together from blocks, and, by engines whose model they are, written down and read back?

use crate::cursor::{damaged, floats, whole};
use crate::{Array, LoadError, Saved};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::SampleError;
use verosim_data::{Domain, Encoded, EncodedColumn};

/// The cells of all rows, as arrays.
pub(crate) fn save(train: &Encoded) -> BTreeMap<String, Array> {
    let columns = train.columns();
    let tokens = columns.iter().flat_map(|column| column.tokens.iter().copied()).collect();
    let ranks = columns.iter().flat_map(|column| column.ranks.iter().copied()).collect();
    BTreeMap::from([("tokens".into(), Array::U32(tokens)), ("ranks".into(), Array::F32(ranks))])
}

/// The `n` rows that [`save`] wrote.
pub(crate) fn load(saved: &Saved, n: usize, domain: Arc<Domain>) -> Result<Encoded, LoadError> {
    if n == 0 {
        return Err(damaged("there are no rows".into()));
    }
    let (mut tokens, mut ranks) = (whole(saved, "tokens")?, floats(saved, "ranks")?);
    let columns = domain
        .columns
        .iter()
        .map(|column| {
            let own = if column.continuous().is_some() { ranks.take(n)?.to_vec() } else { Vec::new() };
            if own.iter().any(|&rank| !(rank >= 0.0 && rank < column.n_ranks as f32)) {
                return Err(damaged(format!("a rank of column `{}` is out of range", column.name)));
            }
            Ok(EncodedColumn { tokens: tokens.take(n)?.to_vec(), ranks: own })
        })
        .collect::<Result<_, LoadError>>()?;
    tokens.finish()?;
    ranks.finish()?;
    Encoded::new(domain, columns, n, None).ok_or_else(|| damaged("rows do not fit the columns".into()))
}

/// The rows of all blocks, one after the other.
pub(crate) fn joined(
    domain: &Arc<Domain>,
    blocks: Vec<Vec<EncodedColumn>>,
    n: usize,
) -> Result<Encoded, SampleError> {
    let mut columns = vec![EncodedColumn::default(); domain.columns.len()];
    for block in blocks {
        for (column, part) in columns.iter_mut().zip(block) {
            column.tokens.extend(part.tokens);
            column.ranks.extend(part.ranks);
        }
    }
    Encoded::new(Arc::clone(domain), columns, n, None)
        .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
}

/// Whether these can be the rows of each token of each column.
pub(crate) fn are_counts(counts: &[Vec<u64>], domain: &Domain) -> bool {
    counts.len() == domain.columns.len()
        && counts.iter().zip(&domain.columns).all(|(counts, column)| {
            counts.len() == column.tokens.len()
                && (1..=1 << 40).contains(&counts.iter().fold(0_u64, |sum, &n| sum.saturating_add(n)))
        })
}

/// Rows of each token of each column.
pub(crate) fn counts(train: &Encoded) -> Vec<Vec<u64>> {
    train
        .columns()
        .iter()
        .zip(&train.domain().columns)
        .map(|(column, domain)| {
            let mut counts = vec![0; domain.tokens.len()];
            column.tokens.iter().for_each(|&token| counts[token as usize] += 1);
            counts
        })
        .collect()
}
