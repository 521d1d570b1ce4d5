//! What do rows look like of which only some columns are seen yet?

use super::Boosted;
use crate::view::View;
use rand::RngExt as _;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::Seeded;
use verosim_data::{Domain, Encoded, EncodedColumn};
use verosim_math::learn::{Binned, Binning};

/// Bins of one view that the learner tells apart, beside the one of cells that are not seen.
const MOST_BINS: usize = 254;

/// How columns look to trees. A kind of missing is a bin like others; the learner's own bin for missing is that of cells that
/// are not seen yet.
#[derive(Clone, Debug)]
pub(super) struct Looks {
    pub(super) views: Vec<View>,
    pub(super) binning: Arc<Binning>,
}

impl Looks {
    pub(super) fn new(views: Vec<View>) -> Self {
        let binning = Binning::chosen(views.iter().map(|view| (n_bins(view), !view.ordered)));
        Self { views, binning: Arc::new(binning) }
    }

    /// The views of all columns of a table.
    pub(super) fn of(train: &Encoded) -> Self {
        let columns = train.columns().par_iter().zip(&train.domain().columns).enumerate();
        let views: Vec<Vec<View>> =
            columns.map(|(at, (cells, domain))| View::of(at, domain, cells)).collect();
        Self::new(views.into_iter().flatten().collect())
    }

    /// The code of cells that are not seen.
    pub(super) fn unseen(&self, view: usize) -> u8 {
        n_bins(&self.views[view]) as u8
    }

    /// The codes of cells of the view's column.
    pub(super) fn codes(&self, view: usize, cells: &EncodedColumn, domain: &Domain) -> Vec<u8> {
        let view = &self.views[view];
        let n_bins = n_bins(view);
        let code = |bin: u8| match usize::from(bin) {
            bin if view.ordered => bin.min(n_bins - 1) as u8,
            // Beyond the last code, which is that of cells not seen, all levels are alike.
            bin if bin >= n_bins => (n_bins + 1) as u8,
            bin => bin as u8,
        };
        let continuous = domain.columns[view.column].continuous();
        view.bins(cells, continuous).into_iter().map(code).collect()
    }
}

fn n_bins(view: &View) -> usize {
    view.n_bins.clamp(1, MOST_BINS)
}

/// Which rows are learned from, and how often each.
pub(super) struct Rows {
    /// Rows of the table, ascending.
    pub(super) rows: Vec<u32>,
    pub(super) copies: usize,
}

impl Rows {
    /// All rows as often as asked for; less often, then fewer people, where these would be more than `most_rows`.
    pub(super) fn of(settings: &Boosted, train: &Encoded, seed: Seeded) -> Self {
        let n = train.n_rows();
        let copies = settings.copies_of(n);
        let most = (settings.most_rows / copies).max(1);
        if n <= most {
            return Self { rows: (0..n as u32).collect(), copies };
        }
        // People come in by a number of their own, so that all rows of one come or none.
        let share = most as f64 / n as f64;
        let is_in = |row: &u32| {
            let person = train.subjects().map_or(*row, |subjects| subjects[*row as usize]);
            seed.split_at(u64::from(person)).rng().random::<f64>() < share
        };
        let rows: Vec<u32> = (0..n as u32).filter(is_in).collect();
        // By chance nobody, of a very short table: everybody then.
        Self { rows: if rows.is_empty() { (0..n as u32).collect() } else { rows }, copies }
    }

    /// The row of each copy; copies of a row stand together.
    pub(super) fn sources(&self) -> Vec<u32> {
        self.rows.iter().flat_map(|&row| std::iter::repeat_n(row, self.copies)).collect()
    }
}

/// All copies as they look when `column` is drawn: each has an order of columns of its own, and of those before `column` alone
/// is anything seen. `codes` are those of all rows, by view.
///
/// Order is by a number in [0, 1) for each column. That of `column` is spread evenly over the copies of a row, so that few
/// copies show few columns, some, and nearly all.
///
/// # Cost
/// One byte, and one random number, for each copy and column.
pub(super) fn masked(looks: &Looks, codes: &[Vec<u8>], rows: &Rows, column: usize, seed: Seeded) -> Binned {
    let sources = rows.sources();
    let mut rng = seed.split("places").rng();
    let places: Vec<f32> = (0..sources.len())
        .map(|at| ((at % rows.copies) as f32 + rng.random::<f32>()) / rows.copies as f32)
        .collect();
    let mut made: Vec<Vec<u8>> = Vec::with_capacity(codes.len());
    let mut is_seen: Vec<bool> = Vec::new();
    let mut last = None;
    for (at, codes) in codes.iter().enumerate() {
        let (other, unseen) = (looks.views[at].column, looks.unseen(at));
        if other == column {
            made.push(vec![unseen; sources.len()]);
            continue;
        }
        // Two views of a column are seen or not together.
        if last != Some(other) {
            let mut rng = seed.split_at(other as u64).rng();
            is_seen.clear();
            is_seen.extend(places.iter().map(|&place| rng.random::<f32>() < place));
            last = Some(other);
        }
        let code = |(&row, &is_seen): (&u32, &bool)| if is_seen { codes[row as usize] } else { unseen };
        made.push(sources.iter().zip(&is_seen).map(code).collect());
    }
    Binned::coded(&looks.binning, made)
}
