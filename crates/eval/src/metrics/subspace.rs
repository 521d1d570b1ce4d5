//! pd.sub: are synthetic rows nearer to training than to holdout rows in some of their columns?

use super::strongest_membership::ADJUSTED_P;
use crate::coded::Coder;
use crate::membership::{Scale, Space};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::neighbours::{Points, neighbours};
use verosim_math::stats::cramers_v;

/// Share nearer to training, block of columns by block of columns.
pub(super) struct Subspace;

static INFO: MetricInfo = MetricInfo {
    id: "pd.sub",
    name: "Nearer to training in some columns",
    question: "Are synthetic rows nearer to training than to holdout rows in some of their columns?",
    page: "A diagnostic, not an attack. Rows glued together of several people are far from each of them over all columns, so \
           that pd.dcr is blind to them; in the right columns they are copies. The share of synthetic rows whose nearest \
           neighbour among equally many training and holdout rows (at most 2,000 each) is a training row is taken within blocks of \
           columns: all, contiguous halves and quarters, clusters of associated columns (Cramér's V, average linkage), and 40 \
           random sets of four. Rows equally near to both sides count half; synthetic numbers stand at their own ranks. The value is \
           the share in the block that is farthest above one half in standard errors. The greatest of so many shares is above \
           one half by chance: `adjusted p` compares it with the greatest when the labels training and holdout change places 1,000 \
           times. The interval is that of one block.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of rows",
    sources: &[Citation("platzer2021"), Citation("westfall1993")],
    maturity: Maturity::Draft,
};

const MOST_ROWS: usize = 2_000;
const RANDOM_BLOCKS: usize = 40;
/// Columns in a random block.
const COLUMNS: usize = 4;
const PERMUTATIONS: usize = 1_000;
/// Equally near rows that are looked at.
const MOST_TIED: usize = 8;

impl Metric for Subspace {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.train.n_rows().min(data.holdout.n_rows()).min(MOST_ROWS);
        if n < 20 {
            return Err(MetricError::TooFew { unit: "holdout rows", needed: 20, found: n });
        }
        let pool = Pool::new(data, n, seed)?;
        let made =
            data.synthetic.take(&some_rows(data.synthetic.n_rows(), MOST_ROWS, seed.split("synthetic")));
        let blocks = blocks(&pool.rows, seed.split("blocks"));
        ctx.ctx.stop.check()?;
        let tied: Vec<Vec<Vec<u32>>> = blocks.par_iter().map(|columns| pool.tied(&made, columns)).collect();
        let shares = |labels: &[bool]| -> Vec<f64> { tied.iter().map(|tied| share(tied, labels)).collect() };
        let seen = shares(&pool.is_train(&pool.labels));
        let permuted: Vec<Vec<f64>> = (0..PERMUTATIONS as u64)
            .into_par_iter()
            .map(|round| shares(&pool.is_train(&pool.shuffled(seed.split("labels").split_at(round)))))
            .collect();
        let (at, deviate, p) = strongest(&seen, &permuted);
        let half = 1.96 * deviation(&permuted, at);
        let score = Score::new(seen[at], made.n_rows())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(seen[at] - half, seen[at] + half, 0.95, "permutation of labels").with_parts([
            (ADJUSTED_P.to_owned(), p),
            ("standard errors above one half".to_owned(), deviate),
            ("all columns".to_owned(), seen[0]),
            ("columns of the block".to_owned(), blocks[at].len() as f64),
            ("blocks".to_owned(), blocks.len() as f64),
        ]))
    }
}

/// Training and holdout rows in random order, so that ties by position favour neither.
struct Pool {
    rows: Table,
    /// Person of each row.
    unit: Vec<usize>,
    /// Whether each person is one of training.
    labels: Vec<bool>,
    scale: Scale,
}

impl Pool {
    fn new(data: &Trio<'_>, n: usize, seed: Seeded) -> Result<Self, MetricError> {
        let sides =
            [(data.train, data.train_subjects, "train"), (data.holdout, data.holdout_subjects, "holdout")]
                .map(|(table, subjects, name)| {
                    let rows = some_rows(table.n_rows(), n, seed.split(name));
                    let person = |&row: &usize| subjects.map_or(row, |subjects| subjects[row] as usize);
                    (table.take(&rows), rows.iter().map(person).collect::<Vec<_>>())
                });
        let joined = sides[0].0.append(&sides[1].0);
        let joined = joined
            .ok_or_else(|| MetricError::Undefined { why: "the tables hold different columns".into() })?;
        let (mut unit, mut labels) = (Vec::with_capacity(2 * n), Vec::new());
        for (side, (_, people)) in sides.iter().enumerate() {
            let mut place = std::collections::BTreeMap::new();
            for &person in people {
                unit.push(*place.entry(person).or_insert_with(|| {
                    labels.push(side == 0);
                    labels.len() - 1
                }));
            }
        }
        let order = shuffled((0..2 * n).collect(), seed.split("order"));
        let rows = joined.take(&order);
        let scale = Scale::new(&[&rows]);
        Ok(Self { rows, unit: order.iter().map(|&row| unit[row]).collect(), labels, scale })
    }

    fn is_train(&self, labels: &[bool]) -> Vec<bool> {
        self.unit.iter().map(|&unit| labels[unit]).collect()
    }

    fn shuffled(&self, seed: Seeded) -> Vec<bool> {
        shuffled(self.labels.clone(), seed)
    }

    /// For each synthetic row the nearest pooled rows in these columns, all equally near.
    fn tied(&self, made: &Table, columns: &[usize]) -> Vec<Vec<u32>> {
        let scale = self.scale.chosen(columns);
        let chosen = |table: &Table| {
            Table::new(columns.iter().map(|&at| table.columns()[at].clone()).collect()).unwrap_or_default()
        };
        let references: Points = scale.place(&chosen(&self.rows));
        neighbours(&scale.place_made(&chosen(made), Space::Ranks), &references, MOST_TIED)
            .into_iter()
            .map(|found| {
                let nearest = found.first().map_or(0.0, |first| first.distance);
                found.iter().take_while(|one| one.distance <= nearest).map(|one| one.row).collect()
            })
            .collect()
    }
}

fn shuffled<T>(mut values: Vec<T>, seed: Seeded) -> Vec<T> {
    let mut rng = seed.rng();
    for at in (1..values.len()).rev() {
        values.swap(at, rng.random_range(0..=at));
    }
    values
}

/// Share of rows nearer to training; rows equally near to both sides count half.
fn share(tied: &[Vec<u32>], is_train: &[bool]) -> f64 {
    let twice: usize = tied
        .iter()
        .map(|rows| {
            let train = rows.iter().filter(|&&row| is_train[row as usize]).count();
            if train == rows.len() && train > 0 { 2 } else { usize::from(train > 0 || rows.is_empty()) }
        })
        .sum();
    twice as f64 / (2 * tied.len().max(1)) as f64
}

/// The block that is farthest above one half in standard errors, how far, and the chance of one as far.
fn strongest(seen: &[f64], permuted: &[Vec<f64>]) -> (usize, f64, f64) {
    let deviations: Vec<f64> = (0..seen.len()).map(|at| deviation(permuted, at)).collect();
    let deviate = |shares: &[f64], at: usize| {
        if deviations[at] > 0.0 { (shares[at] - 0.5) / deviations[at] } else { 0.0 }
    };
    let most = |shares: &[f64]| (0..shares.len()).map(|at| deviate(shares, at)).fold(f64::MIN, f64::max);
    let greatest = most(seen);
    let at = (0..seen.len()).find(|&at| deviate(seen, at) >= greatest).unwrap_or(0);
    let as_far = permuted.iter().filter(|shares| most(shares) >= greatest).count();
    (at, greatest, (as_far + 1) as f64 / (permuted.len() + 1) as f64)
}

/// Root mean square distance of a block's permuted shares from one half.
fn deviation(permuted: &[Vec<f64>], at: usize) -> f64 {
    let n = permuted.len().max(1) as f64;
    (permuted.iter().map(|shares| (shares[at] - 0.5).powi(2)).sum::<f64>() / n).sqrt()
}

/// Blocks of columns, all columns first.
fn blocks(real: &Table, seed: Seeded) -> Vec<Vec<usize>> {
    let k = real.columns().len();
    let mut blocks = vec![(0..k).collect::<Vec<_>>()];
    for parts in [2, 4] {
        blocks.extend((0..parts).map(|part| (part * k / parts..(part + 1) * k / parts).collect()));
    }
    blocks.extend(clusters(real));
    for at in 0..RANDOM_BLOCKS {
        let mut columns = shuffled((0..k).collect(), seed.split_at(at as u64));
        columns.truncate(COLUMNS);
        columns.sort_unstable();
        blocks.push(columns);
    }
    let mut known = std::collections::BTreeSet::new();
    blocks.retain(|block| !block.is_empty() && known.insert(block.clone()));
    blocks
}

/// Columns beyond which columns are not clustered.
const MOST_CLUSTERED: usize = 60;

/// Clusters of two columns up to half of all that average linkage of their association makes.
fn clusters(real: &Table) -> Vec<Vec<usize>> {
    let k = real.columns().len().min(MOST_CLUSTERED);
    let coded: Vec<(Vec<u16>, usize)> = real.columns()[..k]
        .iter()
        .map(|column| {
            let coder = Coder::new(column, column, 8);
            (coder.codes(column), coder.n_codes())
        })
        .collect();
    let association = |a: usize, b: usize| {
        let ((x, n_x), (y, n_y)) = (&coded[a], &coded[b]);
        let mut counts = vec![0_u32; n_x * n_y];
        x.iter().zip(y).for_each(|(&x, &y)| counts[usize::from(x) * n_y + usize::from(y)] += 1);
        cramers_v(&counts, *n_y).unwrap_or(0.0)
    };
    let near: Vec<Vec<f64>> = (0..k)
        .into_par_iter()
        .map(|a| (0..k).map(|b| if a == b { 1.0 } else { association(a.min(b), a.max(b)) }).collect())
        .collect();
    let mut open: Vec<Vec<usize>> = (0..k).map(|at| vec![at]).collect();
    let mut found = Vec::new();
    while open.len() > 1 {
        let linkage = |a: &[usize], b: &[usize]| {
            let sum: f64 =
                a.iter().flat_map(|&x| b.iter().map(move |&y| (x, y))).map(|(x, y)| near[x][y]).sum();
            sum / (a.len() * b.len()) as f64
        };
        let mut best = (0, 1, f64::MIN);
        for a in 0..open.len() {
            for b in a + 1..open.len() {
                let found = linkage(&open[a], &open[b]);
                if found > best.2 {
                    best = (a, b, found);
                }
            }
        }
        let other = open.remove(best.1);
        open[best.0].extend(other);
        open[best.0].sort_unstable();
        if open[best.0].len() <= k.div_ceil(2) {
            found.push(open[best.0].clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    /// People whose five numbers have nothing to do with each other.
    fn people(from: u64, n: usize) -> Vec<[String; 6]> {
        let mut rng = Seeded::new(from).rng();
        (0..n).map(|_| std::array::from_fn(|_| format!("{:.4}", rng.random::<f64>()))).collect()
    }

    #[test]
    fn a_mosaic_is_seen_in_its_halves_only_and_others_are_not() {
        let (train, holdout, fresh) = (people(1, 300), people(2, 300), people(3, 300));
        let glued: Vec<[String; 6]> = (0..300)
            .map(|at| {
                std::array::from_fn(|column| {
                    train[if column < 3 { at } else { (at * 7 + 11) % 300 }][column].clone()
                })
            })
            .collect();
        let names = ["a", "b", "c", "d", "e", "f"];
        let part = |score: &Score, name: &str| score.parts().iter().find(|part| part.0 == name).unwrap().1;
        let score = measured(&Subspace, &Three::new(&names, [&train, &holdout, &glued]));
        assert!(score.value() > 0.9, "{}", score.value());
        assert!(part(&score, "all columns") < 0.75, "over all columns it hardly shows");
        assert_eq!(part(&score, "columns of the block"), 3.0);
        assert!(part(&score, ADJUSTED_P) <= 0.001);
        let score = measured(&Subspace, &Three::new(&names, [&train, &holdout, &fresh]));
        assert!(part(&score, ADJUSTED_P) > 0.05, "{:?}", score.parts());
    }

    #[test]
    fn equally_near_rows_count_half() {
        let tied = [vec![0], vec![1], vec![0, 1], vec![0, 2], vec![]];
        // By hand: 1, 0, 1/2, 1, 1/2 of 5.
        assert_eq!(share(&tied, &[true, false, true]), 0.6);
    }
}
