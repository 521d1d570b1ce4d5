//! How is the state of a column learned and drawn, whatever is seen of the other columns?

use super::Boosted as Settings;
use super::partition::{Partition, Question};
use crate::states::States;
use rand::Rng;
use rayon::prelude::*;
use verosim_core::Seeded;
use verosim_data::ColumnDomain;
use verosim_math::forest::Strata;
use verosim_math::learn::{Binned, Boosted, Boosting, ColumnDraw, EarlyStop, Sample, Target};

/// Rows of a table below which the number of rounds comes from splits, and then everyone is learned from: a tenth of few
/// people stops at random, and cannot be spared.
const FEW_ROWS: usize = 5_000;
/// Splits that then say how many rounds are best, each with a quarter of the people set aside.
const SPLITS: u64 = 2;
/// Rounds without gain after which to stop.
const PATIENCE: usize = 20;
/// Columns that a tree sees at most, about.
const MOST_COLUMNS: f64 = 40.0;
/// Rows of about equal chances that share their draws evenly.
const SPREAD: usize = 32;

/// A column's states, the questions that tell them, and boosted trees that answer.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub(super) states: States,
    pub(super) partition: Partition,
    /// One for each question; none where no row was learned from.
    pub(super) answers: Vec<Option<Boosted>>,
    /// How common the states are, by their places in the partition.
    shares: Vec<f64>,
    /// Whether the states have a value, by their places.
    has_value: Vec<bool>,
}

impl Law {
    /// A law that has no answers yet. `counts` are the rows of each token.
    pub(super) fn new(settings: &Settings, domain: &ColumnDomain, counts: &[u64]) -> Self {
        let states = States::fine(domain, counts, settings.bins, settings.leaf_rows as u64);
        let margin = states.margin(counts);
        let partition = Partition::new(domain, &states, &margin, settings.at_once);
        let values = states.have_value(domain, counts);
        let placed = || partition.order.iter().map(|&state| usize::from(state));
        let shares = placed().map(|state| f64::from(margin[state])).collect();
        let has_value = placed().map(|state| values[state]).collect();
        Self { states, partition, answers: Vec::new(), shares, has_value }
    }

    /// What is learned about one question has these targets.
    pub(super) fn target<'a>(question: &Question, yes: &'a [bool], codes: &'a [u32]) -> Target<'a> {
        match question.answers.len() {
            2 => Target::Binary(yes),
            n_classes => Target::Classes { codes, n_classes },
        }
    }

    /// Learns from copies of rows: what is seen in each, its state, the number of its person, and how many copies each row
    /// has.
    ///
    /// # Cost
    /// Of each question that of boosted trees on the copies that it concerns: all for the first, half for each of the next
    /// two, and so on.
    pub(super) fn learn(
        &mut self,
        settings: &Settings,
        seen: &Binned,
        states: &[u16],
        people: &[u32],
        copies: usize,
        seed: Seeded,
    ) {
        let mut place = vec![0; self.partition.order.len()];
        self.partition.order.iter().enumerate().for_each(|(at, &state)| place[usize::from(state)] = at);
        let places: Vec<usize> = states.iter().map(|&state| place[usize::from(state)]).collect();
        self.answers = self
            .partition
            .questions
            .par_iter()
            .enumerate()
            .map(|(number, question)| {
                answer(settings, question, seen, &places, people, copies, seed.split_at(number as u64))
            })
            .collect();
    }

    /// Draws the states of `rows` of `seen` into `drawn`, which has a place for each row of `seen`; none without a value when
    /// `must_have_value`, as far as the column has any.
    pub(super) fn draw(
        &self,
        seen: &Binned,
        rows: &[u32],
        must_have_value: bool,
        drawn: &mut [u16],
        rng: &mut impl Rng,
    ) {
        let barred = |place: usize| must_have_value && !self.has_value[place];
        // A column without any value is missing, known or not.
        let is_open = (0..self.has_value.len()).all(barred);
        let mut strata = Strata::default();
        let (mut keys, mut uniforms) = (Vec::new(), Vec::new());
        let mut waiting = vec![(0..self.partition.order.len(), Some(0), rows.to_vec())];
        while let Some((places, next, rows)) = waiting.pop() {
            let question = next.and_then(|number| self.partition.questions.get(number));
            let Some((number, question)) = next.zip(question) else {
                let state = self.partition.order[places.start];
                rows.iter().for_each(|&row| drawn[row as usize] = state);
                continue;
            };
            let can_be: Vec<bool> =
                question.answers.iter().map(|answer| is_open || !answer.places.clone().all(barred)).collect();
            let mut of_answer: Vec<Vec<u32>> = vec![Vec::new(); question.answers.len()];
            if can_be.iter().filter(|can_be| **can_be).count() == 1 {
                let only = can_be.iter().position(|can_be| *can_be).unwrap_or(0);
                of_answer[only] = rows;
            } else {
                let chances = self.chances(number, question, seen, &rows);
                let width = question.answers.len();
                spread(&chances, width, &mut keys);
                strata.fill(&keys, rows.len().div_ceil(SPREAD), &mut uniforms, rng);
                for ((&row, chances), &u) in rows.iter().zip(chances.chunks_exact(width)).zip(&uniforms) {
                    of_answer[pick(chances, &can_be, u)].push(row);
                }
            }
            for (answer, rows) in question.answers.iter().zip(of_answer) {
                if !rows.is_empty() {
                    waiting.push((answer.places.clone(), answer.next, rows));
                }
            }
        }
    }

    /// A state by how common it is, at quantile `u`.
    pub(super) fn common(&self, must_have_value: bool, u: f64) -> u16 {
        let can_be: Vec<bool> = self.has_value.iter().map(|has| *has || !must_have_value).collect();
        let can_be = if can_be.contains(&true) { can_be } else { vec![true; can_be.len()] };
        self.partition.order[pick(&self.shares, &can_be, u)]
    }

    /// The chances of the answers to a question, row by row.
    fn chances(&self, number: usize, question: &Question, seen: &Binned, rows: &[u32]) -> Vec<f64> {
        let Some(Some(model)) = self.answers.get(number) else {
            let shares: Vec<f64> = question
                .answers
                .iter()
                .map(|answer| self.shares[answer.places.clone()].iter().sum())
                .collect();
            return (0..rows.len()).flat_map(|_| shares.iter().copied()).collect();
        };
        let chances = model.predict(seen, rows);
        match question.answers.len() {
            2 => chances.into_iter().flat_map(|second| [1.0 - second, second]).collect(),
            _ => chances,
        }
    }
}

/// Boosted trees for one question; `None` when it concerns no row.
fn answer(
    settings: &Settings,
    question: &Question,
    seen: &Binned,
    places: &[usize],
    people: &[u32],
    copies: usize,
    seed: Seeded,
) -> Option<Boosted> {
    let whole = question.answers.first()?.places.start..question.answers.last()?.places.end;
    let rows: Vec<u32> =
        (0..places.len() as u32).filter(|&row| whole.contains(&places[row as usize])).collect();
    let ends: Vec<usize> = question.answers.iter().map(|answer| answer.places.end).collect();
    let codes: Vec<u32> =
        places.iter().map(|&place| ends.partition_point(|&end| end <= place) as u32).collect();
    let yes: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
    let target = Law::target(question, &yes, &codes);
    // No row has more copies, so that a leaf of so many copies holds `leaf_rows` rows at least.
    let min_rows = settings.leaf_rows * copies;
    let share = settings.column_share.min(MOST_COLUMNS / seen.n_columns().max(1) as f64);
    let boosting = Boosting {
        rounds: settings.rounds,
        learning_rate: settings.learning_rate,
        max_leaves: settings.leaves,
        min_rows,
        l2: 1.0,
        level_smooth: min_rows as f64,
        column_draw: Some(ColumnDraw { share, seed: seed.split("columns").key() }),
        early_stop: Some(EarlyStop { share: 0.1, patience: PATIENCE, seed: seed.key() }),
    };
    let sample = Sample { groups: Some(people), ..Sample::of(seen, target, &rows) };
    let is_short = places.len() < FEW_ROWS * copies;
    let boosting = if is_short {
        let rounds = (0..SPLITS).map(|split| {
            let stop = EarlyStop { share: 0.25, patience: PATIENCE, seed: seed.split_at(split).key() };
            let boosting = Boosting { early_stop: Some(stop), ..boosting.clone() };
            boosting.fit(&sample).map(|model| model.n_rounds())
        });
        let rounds = rounds.sum::<Result<usize, _>>().ok()? / SPLITS as usize;
        Boosting { rounds: rounds.max(1), early_stop: None, ..boosting }
    } else {
        boosting
    };
    Some(boosting.fit(&sample).ok()?.rounded())
}

/// The answer at quantile `u` of those that can be.
fn pick(chances: &[f64], can_be: &[bool], u: f64) -> usize {
    let chance = |at: usize| if can_be[at] { chances[at] } else { 0.0 };
    let mut left = u * (0..chances.len()).map(chance).sum::<f64>();
    for at in 0..chances.len() {
        if left < chance(at) {
            return at;
        }
        left -= chance(at);
    }
    // Rounding: the last that can be.
    can_be.iter().rposition(|can_be| *can_be).unwrap_or(0)
}

/// Numbers rows so that [`SPREAD`] rows with like chances share a number.
fn spread(chances: &[f64], width: usize, keys: &mut Vec<u32>) {
    let of = |row: u32| &chances[row as usize * width..][..width];
    let mut rows: Vec<u32> = (0..(chances.len() / width) as u32).collect();
    rows.sort_by(|&a, &b| {
        let unequal = of(a).iter().zip(of(b)).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
        unequal.unwrap_or_else(|| a.cmp(&b))
    });
    keys.clear();
    keys.resize(rows.len(), 0);
    rows.iter().enumerate().for_each(|(at, &row)| keys[row as usize] = (at / SPREAD) as u32);
}
