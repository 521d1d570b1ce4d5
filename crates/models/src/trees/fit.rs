//! How does the forest learn: in which order, from which predictors, on which bags?

use super::boosted::{BoostedLaw, Care};
use super::config::{Boosting, OrderChoice, Trees};
use super::model::{ColumnModel, FittedTrees, TokenLaw};
use super::order;
use super::screen::screen;
use super::trial::Trial;
use crate::view::View;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::{Context, FitError, Interrupted, Seeded};
use verosim_data::{ColumnDomain, Encoded, EncodedColumn};
use verosim_math::forest::{Bag, ClassTree, GrowSettings, Predictor, RankTree};

/// Rows below which cuts need not be certain: hardly any would be, and rates would be those of the whole table.
const FEW_ROWS: usize = 1_000;
/// Rows on which the forest and boosted trees are compared.
const TRIAL_ROWS: usize = 12_000;
/// Deepest tree; never reached by balanced ones.
const DEPTH: usize = 30;

/// Learns all columns but the first `given`, which whoever draws will know.
pub(super) fn fit(
    settings: &Trees,
    train: &Encoded,
    given: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<FittedTrees, FitError> {
    let domain = Arc::clone(train.domain());
    if domain.columns.is_empty() {
        return Err(FitError::NothingToModel);
    }
    if train.n_rows() < settings.leaf_rows {
        return Err(FitError::TooFewRows {
            found: train.n_rows(),
            needed: settings.leaf_rows,
            engine: "trees",
        });
    }
    let table = Binned::of(train);
    let mut first: Vec<usize> = (0..given).collect();
    let named = order::first(&settings.first, &domain)?;
    first.extend(named.into_iter().filter(|&column| column >= given));
    let order = match settings.order {
        OrderChoice::Source => order::source(&first, &domain),
        OrderChoice::Staged => order::staged(settings, &first, train),
        OrderChoice::Auto => order::search(settings, &first, train, &table, seed.split("order"), ctx)?,
    };
    let grow = GrowSettings {
        leaf_rows: settings.leaf_rows,
        leaf_subjects: settings.min_support.max(5),
        depth: DEPTH,
        predictor_share: settings.predictor_share,
        least_gain: if train.n_rows() < FEW_ROWS { 0.0 } else { settings.least_gain },
    };
    let care = Care::for_table(train.n_rows());
    let fit = ColumnFit { table: &table, train, settings, grow: &grow, care, seed };
    let trial = (settings.boosting == Boosting::Auto).then(|| Trial::new(train, &table, TRIAL_ROWS));
    let done = AtomicUsize::new(0);
    // Long vocabularies take longest: started first, so that no core waits for the last one.
    let mut queue: Vec<usize> = (given..order.len()).collect();
    queue.sort_by_key(|&place| std::cmp::Reverse(domain.columns[order[place]].tokens.len() * (place + 1)));
    let mut fitted: Vec<(usize, ColumnModel)> = queue
        .into_par_iter()
        .map(|place| {
            ctx.stop.check()?;
            let boosts = match &trial {
                None => settings.boosting == Boosting::On,
                Some(trial) => {
                    fit.can_boost(&order, place) && {
                        let fit = ColumnFit { table: &trial.learned, train: &trial.learn_rows, ..fit };
                        trial.choose(&fit, &order, place).boosts
                    }
                }
            };
            let boosted = if boosts { fit.boosted(&order, place) } else { None };
            let model = boosted.unwrap_or_else(|| fit.forest(&order, place, settings.trees));
            ctx.progress.step(done.fetch_add(1, Ordering::Relaxed) + 1, order.len() - given, "columns");
            Ok((place, model))
        })
        .collect::<Result<_, Interrupted>>()?;
    fitted.sort_by_key(|(place, _)| *place);
    let columns = fitted.into_iter().map(|(_, model)| model).collect();
    Ok(FittedTrees { settings: settings.clone(), domain, given, views: table.views, columns })
}

/// All columns as trees see them.
pub(super) struct Binned {
    pub(super) views: Vec<View>,
    /// One per view.
    pub(super) bins: Vec<Vec<u8>>,
}

impl Binned {
    pub(super) fn of(train: &Encoded) -> Self {
        let per_column: Vec<Vec<(View, Vec<u8>)>> = train
            .columns()
            .par_iter()
            .zip(&train.domain().columns)
            .enumerate()
            .map(|(at, (column, domain))| {
                View::of(at, domain, column)
                    .into_iter()
                    .map(|view| {
                        let bins = view.bins(column, domain.continuous());
                        (view, bins)
                    })
                    .collect()
            })
            .collect();
        let (views, bins) = per_column.into_iter().flatten().unzip();
        Self { views, bins }
    }

    pub(super) fn predictor(&self, view: usize) -> Predictor<'_> {
        let View { n_bins, n_missing, ordered, .. } = self.views[view];
        Predictor { bins: &self.bins[view], n_bins, n_missing, ordered }
    }
}

/// What the fits of all columns share.
#[derive(Clone, Copy)]
pub(super) struct ColumnFit<'a> {
    pub(super) table: &'a Binned,
    pub(super) train: &'a Encoded,
    pub(super) settings: &'a Trees,
    pub(super) grow: &'a GrowSettings,
    /// How boosted trees are learned: settled by the whole table, also where a part of it is tried.
    pub(super) care: Care,
    pub(super) seed: Seeded,
}

impl ColumnFit<'_> {
    /// Learns the column at `place` of `order` from the columns before it, with `n_trees` bags.
    pub(super) fn forest(&self, order: &[usize], place: usize, n_trees: usize) -> ColumnModel {
        let column = order[place];
        let predictors = self.predictors(order, place);
        let (domain, cells) = (&self.train.domain().columns[column], &self.train.columns()[column]);
        let seen: Vec<Predictor<'_>> = predictors.iter().map(|&view| self.table.predictor(view)).collect();
        let seed = self.seed.split(&domain.name);
        let learner = Learner {
            seen: &seen,
            subjects: self.train.subjects(),
            grow: self.grow,
            n_rows: self.train.n_rows(),
            n_trees,
        };
        let tokens = learner.tokens(domain, cells, seed.split("tokens"));
        let ranks = domain
            .continuous()
            .map_or_else(Vec::new, |token| learner.ranks(cells, token, seed.split("ranks")));
        ColumnModel { column, predictors, tokens, ranks }
    }

    /// The same with boosted trees, where the column is one that they can learn.
    pub(super) fn boosted(&self, order: &[usize], place: usize) -> Option<ColumnModel> {
        if !self.can_boost(order, place) {
            return None;
        }
        let column = order[place];
        let (domain, cells) = (&self.train.domain().columns[column], &self.train.columns()[column]);
        let predictors = self.predictors(order, place);
        let views =
            predictors.iter().map(|&view| (&self.table.views[view], self.table.bins[view].as_slice()));
        let seed = self.seed.split(&domain.name).split("boosted");
        let law =
            BoostedLaw::fit(views, cells, self.train.subjects(), self.settings.leaf_rows, self.care, seed)?;
        Some(ColumnModel { column, predictors, tokens: TokenLaw::Boosted(law), ranks: Vec::new() })
    }

    /// Whether boosted trees can learn the column at all.
    fn can_boost(&self, order: &[usize], place: usize) -> bool {
        let column = order[place];
        place > 0 && BoostedLaw::suits(&self.train.domain().columns[column], &self.train.columns()[column])
    }

    /// Views of the columns before `place`, the most telling ones when there are many.
    fn predictors(&self, order: &[usize], place: usize) -> Vec<usize> {
        let Self { table, train, settings, .. } = *self;
        let mut is_earlier = vec![false; order.len()];
        order[..place].iter().for_each(|&earlier| is_earlier[earlier] = true);
        let predictors: Vec<usize> = (0..table.views.len())
            .filter(|&view| is_earlier[table.views[view].column] && table.views[view].n_bins > 1)
            .collect();
        if predictors.len() <= settings.predictors {
            return predictors;
        }
        let column = order[place];
        screen(
            table,
            &predictors,
            &train.domain().columns[column],
            &train.columns()[column],
            settings.predictors,
        )
    }
}

/// What all trees of a column share.
struct Learner<'a> {
    seen: &'a [Predictor<'a>],
    subjects: Option<&'a [u32]>,
    grow: &'a GrowSettings,
    n_rows: usize,
    n_trees: usize,
}

impl Learner<'_> {
    fn tokens(&self, domain: &ColumnDomain, cells: &EncodedColumn, seed: Seeded) -> TokenLaw {
        let mut is_seen = vec![false; domain.tokens.len()];
        cells.tokens.iter().for_each(|&token| is_seen[token as usize] = true);
        if is_seen.iter().filter(|&&seen| seen).count() == 1 {
            return TokenLaw::Constant(cells.tokens[0]);
        }
        if domain.parents.is_empty() {
            let labels: Vec<u16> = cells.tokens.iter().map(|&token| token as u16).collect();
            return TokenLaw::Flat(self.forest(&labels, domain.tokens.len(), |_| true, seed));
        }
        let n_groups = domain.parents.iter().max().map_or(0, |&most| most as usize + 1);
        let mut members = vec![Vec::new(); n_groups];
        let mut place = vec![0_u16; domain.tokens.len()];
        for (token, &group) in domain.parents.iter().enumerate() {
            if is_seen[token] {
                place[token] = members[group as usize].len() as u16;
                members[group as usize].push(token as u32);
            }
        }
        let group_of: Vec<u16> =
            cells.tokens.iter().map(|&token| domain.parents[token as usize] as u16).collect();
        let label: Vec<u16> = cells.tokens.iter().map(|&token| place[token as usize]).collect();
        let groups = self.forest(&group_of, n_groups, |_| true, seed.split("groups"));
        let within = (0..n_groups)
            .into_par_iter()
            .map(|group| {
                if members[group].len() < 2 {
                    return Vec::new();
                }
                let is_member = |row: usize| usize::from(group_of[row]) == group;
                self.forest(
                    &label,
                    members[group].len(),
                    is_member,
                    seed.split("within").split_at(group as u64),
                )
            })
            .collect();
        TokenLaw::Grouped { members, groups, within }
    }

    fn ranks(&self, cells: &EncodedColumn, continuous: u32, seed: Seeded) -> Vec<RankTree> {
        let is_member = |row: usize| cells.tokens[row] == continuous;
        (0..self.n_trees as u64)
            .into_par_iter()
            .map(|tree| {
                let mut rng = seed.split_at(tree).rng();
                let bag = self.bag(is_member, &mut rng);
                RankTree::grow(self.seen, &cells.ranks, is_member, &bag, self.subjects, self.grow, &mut rng)
            })
            .collect()
    }

    fn forest(
        &self,
        labels: &[u16],
        n_classes: usize,
        is_member: impl Fn(usize) -> bool + Sync,
        seed: Seeded,
    ) -> Vec<ClassTree> {
        (0..self.n_trees as u64)
            .into_par_iter()
            .map(|tree| {
                let mut rng = seed.split_at(tree).rng();
                let bag = self.bag(&is_member, &mut rng);
                ClassTree::grow(self.seen, labels, n_classes, &bag, self.subjects, self.grow, &mut rng)
            })
            .collect()
    }

    /// A bag of members; all members when the bag caught none.
    fn bag(&self, is_member: impl Fn(usize) -> bool, rng: &mut impl rand::Rng) -> Bag {
        let mut bag = Bag::bootstrap(self.n_rows, self.subjects, rng);
        bag.rows.retain(|&row| is_member(row as usize));
        if bag.rows.is_empty() {
            bag = Bag::all(self.n_rows);
            bag.rows.retain(|&row| is_member(row as usize));
        }
        bag
    }
}
