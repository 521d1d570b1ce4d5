//! How do real and synthetic tables become columns that one judge can read?

use std::collections::HashMap;
use std::sync::Arc;
use verosim_data::{Cells, Table};
use verosim_math::learn::{Binned, Binning, Feature};

/// The columns of the real table, by which every other table is read.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    columns: Vec<(String, Vocabulary)>,
    binning: Option<Arc<Binning>>,
}

#[derive(Clone, Debug)]
enum Vocabulary {
    Number,
    /// Code of each level; all others share the last code.
    Levels(HashMap<String, u32>),
}

/// Levels with a code of their own.
const MOST_LEVELS: usize = 200;

impl Columns {
    /// The columns of `real` but the outcome, and their bins.
    pub(super) fn learn(real: &Table, target: &str) -> (Self, Binned) {
        let columns = real
            .columns()
            .iter()
            .filter(|column| column.name != target)
            .map(|column| {
                let vocabulary = match &column.cells {
                    Cells::Number(_) => Vocabulary::Number,
                    Cells::Level { codes, levels } => {
                        let mut counts = vec![0_usize; levels.len()];
                        for code in codes {
                            if let Some(count) = counts.get_mut(*code as usize) {
                                *count += 1;
                            }
                        }
                        let mut order: Vec<usize> = (0..levels.len()).filter(|&at| counts[at] > 0).collect();
                        order.sort_by_key(|&at| (std::cmp::Reverse(counts[at]), at));
                        order.truncate(MOST_LEVELS);
                        Vocabulary::Levels(
                            order.into_iter().zip(0..).map(|(at, code)| (levels[at].clone(), code)).collect(),
                        )
                    }
                };
                (column.name.clone(), vocabulary)
            })
            .collect();
        let mut learned = Self { columns, binning: None };
        let binned = learned.read(real);
        learned.binning = Some(Arc::clone(binned.binning()));
        (learned, binned)
    }

    /// Any table with these columns, coded as the real one; a column that it lacks is missing throughout.
    pub(super) fn read(&self, table: &Table) -> Binned {
        let n = table.n_rows();
        let read: Vec<Read> = self
            .columns
            .iter()
            .map(|(name, vocabulary)| match (vocabulary, table.column(name).map(|column| &column.cells)) {
                (Vocabulary::Number, Some(Cells::Number(values))) => Read::Number(values.clone()),
                (Vocabulary::Number, _) => Read::Number(vec![f64::NAN; n]),
                (Vocabulary::Levels(known), Some(Cells::Level { codes, levels })) => {
                    let other = known.len() as u32;
                    let map: Vec<u32> =
                        levels.iter().map(|level| known.get(level).copied().unwrap_or(other)).collect();
                    let codes =
                        codes.iter().map(|&code| map.get(code as usize).copied().unwrap_or(other + 1));
                    Read::Levels(codes.collect(), known.len() + 2)
                }
                (Vocabulary::Levels(known), _) => {
                    Read::Levels(vec![known.len() as u32 + 1; n], known.len() + 2)
                }
            })
            .collect();
        let features: Vec<Feature<'_>> = read
            .iter()
            .map(|read| match read {
                Read::Number(values) => Feature::Number(values),
                Read::Levels(codes, n_levels) => Feature::Level { codes, n_levels: *n_levels },
            })
            .collect();
        match &self.binning {
            Some(binning) => Binned::with(binning, &features),
            None => Binned::new(&features),
        }
    }
}

enum Read {
    Number(Vec<f64>),
    Levels(Vec<u32>, usize),
}
