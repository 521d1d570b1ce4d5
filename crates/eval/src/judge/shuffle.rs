//! What does a table look like when its columns know nothing of each other?

use rand::RngExt as _;
use verosim_core::Seeded;
use verosim_data::Table;

/// Every column shuffled on its own, missing cells along with it: the floor of every joint metric.
pub(crate) fn shuffled(table: &Table, seed: Seeded) -> Table {
    let n = table.n_rows();
    let columns = table
        .columns()
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let mut order: Vec<usize> = (0..n).collect();
            let mut rng = seed.split_at(at as u64).rng();
            for i in (1..n).rev() {
                order.swap(i, rng.random_range(0..=i));
            }
            let one = Table::new(vec![table.columns()[at].clone()]).unwrap_or_default();
            one.take(&order).columns()[0].clone()
        })
        .collect();
    Table::new(columns).unwrap_or_default()
}
