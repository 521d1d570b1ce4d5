//! From which rows is learned, and how much does each count?

use super::{People, Way};
use crate::between::between;
use crate::features::Stacked;
use crate::trio::some_rows;
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::learn::{Boosting, Sample, Target};

/// What is learned from.
pub(crate) struct Lesson {
    pub(crate) people: People,
    /// Times [`UNIT`].
    weights: Vec<u32>,
}

/// Weight of a row that counts once, so that weights have steps.
const UNIT: u32 = 16;
const FOLDS: usize = 5;

impl Lesson {
    /// All people, each once.
    pub(crate) fn plain(people: People) -> Self {
        Self { weights: vec![UNIT; people.len()], people }
    }

    /// What `way` learns from; `None` where it has nothing to learn from or changes nothing of the rows (thresholds).
    pub(crate) fn of(way: Way, train: &People, made: &People, n_groups: usize, seed: Seeded) -> Option<Self> {
        let plain = |people: Option<People>| people.map(Self::plain);
        match way {
            Way::Nothing => plain(Some(train.clone())),
            Way::Reweighed => Some(reweighed(train, n_groups)),
            Way::Balanced => plain(Some(balanced(train, n_groups, seed))),
            Way::Smote => plain(filled(train, n_groups, seed)),
            Way::Thresholds => None,
            Way::Equal | Way::Log => plain(augmented(way, train, made, n_groups, seed)),
            Way::Synthetic => plain(Some(made.take(&some_rows(made.len(), train.len(), seed))))
                .filter(|own| own.people.len() > 0),
        }
    }

    /// Risks of the rows of `test` for the outcome in `column`, by the boosted trees that every way learns: what a leaf and
    /// a level need follows from `n_train`, not from the rows of the lesson. `None` where the outcome does not vary.
    pub(crate) fn risks(&self, test: &Table, column: usize, n_train: usize) -> Option<Vec<f64>> {
        let n = self.people.len();
        let all = n + test.n_rows();
        let stacked = Stacked::new(&[&self.people.table, test], &[column]);
        if stacked.n_rows() != all || !self.people.yes.contains(&true) || !self.people.yes.contains(&false) {
            return None;
        }
        let binned = stacked.binned();
        let mut yes = self.people.yes.clone();
        yes.resize(all, false);
        let mut weights = self.weights.clone();
        weights.resize(all, 0);
        let rows: Vec<u32> = (0..n as u32).collect();
        let defaults = Boosting::default();
        let settings = Boosting {
            rounds: 80,
            max_leaves: 16,
            min_rows: UNIT as usize * (n_train / 50).clamp(5, 20),
            level_smooth: f64::from(UNIT) * defaults.level_smooth,
            ..defaults
        };
        let sample = Sample { weights: Some(&weights), ..Sample::of(&binned, Target::Binary(&yes), &rows) };
        let test: Vec<u32> = (n as u32..all as u32).collect();
        Some(settings.fit(&sample).ok()?.predict(&binned, &test))
    }
}

/// Risks of training people by models that did not see them; people with several rows stay together.
pub(crate) fn out_of_fold(
    train: &People,
    person: impl Fn(usize) -> usize,
    column: usize,
    seed: Seeded,
) -> Option<Vec<f64>> {
    let persons: Vec<usize> = train.rows.iter().map(|&row| person(row)).collect();
    let mut rng = seed.rng();
    let fold: Vec<usize> = (0..=persons.iter().copied().max()?).map(|_| rng.random_range(0..FOLDS)).collect();
    let folds: Vec<(Vec<usize>, Vec<f64>)> = (0..FOLDS)
        .into_par_iter()
        .map(|out| {
            let (held, learned): (Vec<usize>, Vec<usize>) =
                (0..train.len()).partition(|&at| fold[persons[at]] == out);
            let test = train.table.take(&held);
            let risks = Lesson::plain(train.take(&learned)).risks(&test, column, train.len())?;
            Some((held, risks))
        })
        .collect::<Option<_>>()?;
    let mut all = vec![0.0; train.len()];
    for (held, risks) in folds {
        held.into_iter().zip(risks).for_each(|(at, risk)| all[at] = risk);
    }
    Some(all)
}

/// People of each group and outcome; those of no group are one more group.
fn cells(people: &People, n_groups: usize) -> Vec<[Vec<usize>; 2]> {
    let mut cells = vec![[const { Vec::new() }; 2]; n_groups + 1];
    for at in 0..people.len() {
        cells[people.group[at].unwrap_or(n_groups)][usize::from(people.yes[at])].push(at);
    }
    cells
}

/// Weights of Kamiran and Calders: a cell counts as if outcome and group were independent.
fn reweighed(train: &People, n_groups: usize) -> Lesson {
    let cells = cells(train, n_groups);
    let n = train.len().max(1) as f64;
    let mut weights = vec![UNIT; train.len()];
    for own in &cells {
        let of_group = (own[0].len() + own[1].len()) as f64;
        for (outcome, places) in own.iter().enumerate() {
            let of_outcome = cells.iter().map(|cell| cell[outcome].len()).sum::<usize>() as f64;
            let weight = of_group * of_outcome / (n * places.len().max(1) as f64);
            places.iter().for_each(|&at| weights[at] = (f64::from(UNIT) * weight).round().max(1.0) as u32);
        }
    }
    Lesson { people: train.clone(), weights }
}

/// As many of every group as there are on average: some of the large, the small ones again and again.
fn balanced(train: &People, n_groups: usize, seed: Seeded) -> People {
    let groups: Vec<Vec<usize>> = (0..n_groups).map(|group| train.of_group(group)).collect();
    let n = groups.iter().map(Vec::len).sum::<usize>() / n_groups.max(1);
    let mut places: Vec<usize> = (0..train.len()).filter(|&at| train.group[at].is_none()).collect();
    for (at, own) in groups.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
        let seed = seed.split_at(at as u64);
        places.extend(some_rows(own.len(), n, seed.split("some")).into_iter().map(|at| own[at]));
        let mut rng = seed.split("again").rng();
        places.extend((own.len()..n).map(|_| own[rng.random_range(0..own.len())]));
    }
    train.take(&places)
}

/// Cells of group and outcome smaller than the mean cell, filled up to it between their rows.
fn filled(train: &People, n_groups: usize, seed: Seeded) -> Option<People> {
    let mut cells = cells(train, n_groups);
    cells.truncate(n_groups);
    let n: usize = cells.iter().flatten().map(Vec::len).sum::<usize>() / (2 * n_groups).max(1);
    let mut all = train.clone();
    for (group, own) in cells.iter().enumerate() {
        for (outcome, places) in own.iter().enumerate().filter(|(_, places)| (2..n).contains(&places.len())) {
            let seed = seed.split_at((2 * group + outcome) as u64);
            let table = between(&train.table.take(places), n - places.len(), seed)?;
            let more = vec![0; table.n_rows()];
            let (yes, group) = (vec![outcome == 1; more.len()], vec![Some(group); more.len()]);
            all = all.append(&People { table, yes, rows: more, group })?;
        }
    }
    Some(all)
}

/// Synthetic rows of the groups that are smaller than the largest, as many as the rules of synthcity say or as there are.
fn augmented(way: Way, train: &People, made: &People, n_groups: usize, seed: Seeded) -> Option<People> {
    let sizes: Vec<usize> = (0..n_groups).map(|group| train.of_group(group).len()).collect();
    let mut all = train.clone();
    for (group, wanted) in wanted(way, &sizes).into_iter().enumerate() {
        let own = made.of_group(group);
        let some = some_rows(own.len(), wanted, seed.split_at(group as u64));
        let places: Vec<usize> = some.into_iter().take(wanted).map(|at| own[at]).collect();
        all = all.append(&made.take(&places))?;
    }
    (all.len() > train.len()).then_some(all)
}

/// Rows that each group of these sizes lacks: of the size of the largest, or of the largest scaled by logarithms.
fn wanted(way: Way, sizes: &[usize]) -> Vec<usize> {
    let most = sizes.iter().copied().max().unwrap_or(0);
    let scale = most as f64 / (most as f64).ln();
    let lacks = |&size: &usize| match way {
        Way::Log if most > 1 => most.saturating_sub((scale * (size.max(1) as f64).ln()).round() as usize),
        _ => most - size,
    };
    sizes.iter().map(lacks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    /// Groups and outcomes of people who have a number each.
    fn people(cells: &[(usize, bool, usize)]) -> People {
        let each = cells.iter().flat_map(|&(group, yes, n)| std::iter::repeat_n((group, yes), n));
        let (group, yes): (Vec<Option<usize>>, Vec<bool>) =
            each.map(|(group, yes)| (Some(group), yes)).unzip();
        let rows: Vec<[String; 2]> =
            (0..yes.len()).map(|at| [at.to_string(), (at % 3).to_string()]).collect();
        let three = Three::new(&["x", "z"], [&rows, &[], &[]]);
        People { table: three.train, rows: (0..yes.len()).collect(), yes, group }
    }

    fn sizes(people: &People, n_groups: usize) -> Vec<[usize; 2]> {
        cells(people, n_groups).iter().map(|cell| [cell[0].len(), cell[1].len()]).collect()
    }

    #[test]
    fn weights_make_outcome_and_group_independent() {
        // By hand: P(group) P(outcome) / P(group, outcome).
        let train = people(&[(0, false, 30), (0, true, 20), (1, false, 40), (1, true, 10)]);
        let weights = reweighed(&train, 2).weights;
        let of = |at: usize| f64::from(weights[at]) / f64::from(UNIT);
        for (at, want) in [(0, 7.0 / 6.0), (30, 0.75), (50, 0.875), (90, 1.5)] {
            assert!((of(at) - want).abs() <= 0.5 / f64::from(UNIT), "{at}: {}", of(at));
        }
    }

    #[test]
    fn every_way_takes_the_rows_it_says() {
        let seed = Seeded::new(3);
        let train = people(&[(0, false, 60), (0, true, 20), (1, false, 15), (1, true, 5)]);
        let made = people(&[(0, false, 50), (1, false, 30), (1, true, 20)]);
        let of = |way: Way| Lesson::of(way, &train, &made, 2, seed).map(|lesson| lesson.people);
        let balanced = sizes(&of(Way::Balanced).unwrap(), 2);
        assert_eq!((balanced[0][0] + balanced[0][1], balanced[1][0] + balanced[1][1]), (50, 50));
        // A hundred people in four cells: each holds 25 at least.
        assert_eq!(sizes(&of(Way::Smote).unwrap(), 2)[..2], [[60, 25], [25, 25]]);
        let equal = of(Way::Equal).unwrap();
        assert_eq!((equal.len(), equal.of_group(1).len()), (150, 70), "60 are lacking and 50 are there");
        assert!(of(Way::Thresholds).is_none());
        assert_eq!(of(Way::Synthetic).unwrap().len(), 100);
        let nobody = people(&[(0, false, 50)]);
        assert!(Lesson::of(Way::Equal, &train, &nobody, 2, seed).is_none(), "no synthetic row of the group");
    }

    #[test]
    fn as_many_are_added_as_synthcity_adds() {
        // calculate_fair_aug_sample_size of synthcity: majority - round(ln(count) * majority / ln(majority)).
        assert_eq!(wanted(Way::Equal, &[800, 200]), [0, 600]);
        assert_eq!(wanted(Way::Log, &[800, 200]), [0, 166]);
        assert_eq!(wanted(Way::Log, &[0, 1]), [1, 0], "its logarithm would be 0");
    }
}
