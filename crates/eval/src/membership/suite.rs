//! How are scores of people made once and used by every attack?

use super::between::Between;
use super::distances::{Around, Distance, NEIGHBOURS, Near, ball};
use super::people::{Person, cast};
use super::space::{Scale, Space};
use super::{keys, learned, spelling};
use crate::metric::{EvalContext, Pass};
use crate::trio::some_rows;
use crate::{MetricError, Trio};
use std::sync::{Arc, Mutex, OnceLock};
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::neighbours::{Neighbour, nearest, neighbours};
use verosim_math::stats::mid_ranks;

/// Cells that are compared in a search of the synthetic rows.
const MOST_CELLS: usize = 8_000_000_000;
/// Fewest and most synthetic rows that are searched.
const SYNTHETIC: [usize; 2] = [1_000, 12_000];

/// What is shared by the metrics of one trio, made by the first that asks.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    suite: Kept<Suite>,
    between: Kept<Between>,
}

type Kept<T> = Mutex<Option<(Tables, Arc<T>)>>;

/// Which tables something was made of: their places in memory and rows.
type Tables = [(usize, usize); 3];

impl Membership {
    /// People under attack in these tables.
    pub(crate) fn suite(&self, data: &Trio<'_>, ctx: &EvalContext<'_>) -> Arc<Suite> {
        shared(&self.suite, data, ctx, || Suite::new(data, ctx.shared.split("membership")))
    }

    /// Distances between rows of these tables.
    pub(crate) fn between(&self, data: &Trio<'_>, ctx: &EvalContext<'_>) -> Arc<Between> {
        shared(&self.between, data, ctx, || Between::new(data, ctx.shared.split("between")))
    }
}

/// What was made of these tables before, or now. Only that of the synthetic pass is kept.
fn shared<T>(kept: &Kept<T>, data: &Trio<'_>, ctx: &EvalContext<'_>, make: impl Fn() -> T) -> Arc<T> {
    if ctx.pass != Pass::Synthetic {
        return Arc::new(make());
    }
    let tables = [data.train, data.holdout, data.synthetic]
        .map(|table| (std::ptr::from_ref(table).addr(), table.n_rows()));
    let Ok(mut kept) = kept.lock() else { return Arc::new(make()) };
    match &*kept {
        Some((of, made)) if *of == tables => Arc::clone(made),
        _ => Arc::clone(&kept.insert((tables, Arc::new(make()))).1),
    }
}

/// Which way of scoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attacker {
    /// By neighbours.
    Distance(Distance),
    /// By combinations of cells.
    Keys,
    /// By a classifier.
    Learned,
    /// By letters.
    Spelling,
}

/// Scores of all people in one space; higher means "was learned from".
#[derive(Clone, Debug)]
pub(crate) struct Scored {
    /// Name of the space; empty where there is one only.
    pub(crate) space: &'static str,
    pub(crate) scores: Vec<f64>,
    /// The scores when 5 % of the synthetic rows are copies of training rows.
    pub(crate) planted: Vec<f64>,
}

/// Scores of rows, plain and with planted copies.
type Rows = [Vec<f64>; 2];

/// Everything that attacks share.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Members first.
    pub(crate) people: Vec<Person>,
    /// Person of each attacked row.
    person_of: Vec<usize>,
    /// Which people the control plants.
    planted: Vec<bool>,
    attacked: Table,
    known: [Table; 2],
    made: Table,
    seed: Seeded,
    lists: OnceLock<Lists>,
    keys: OnceLock<Rows>,
    learned: OnceLock<Result<Rows, MetricError>>,
    spelling: OnceLock<Vec<f64>>,
}

/// Neighbours of every attacked row.
#[derive(Debug)]
struct Lists {
    /// Distances to known people of the row's side.
    known: Vec<Vec<f32>>,
    /// Synthetic neighbours, by space.
    made: [Vec<Vec<Neighbour>>; 2],
    /// How dense known people are around each synthetic row, by space and side.
    around: [[Vec<Around>; 2]; 2],
}

impl Suite {
    fn new(data: &Trio<'_>, seed: Seeded) -> Self {
        let cast = cast(data, seed);
        let rows = |is_member: bool| -> Vec<usize> {
            let people = cast.people.iter().filter(|person| person.is_member == is_member);
            people.flat_map(|person| person.rows.iter().copied()).collect()
        };
        let person_of: Vec<usize> = cast
            .people
            .iter()
            .enumerate()
            .flat_map(|(at, person)| std::iter::repeat_n(at, person.rows.len()))
            .collect();
        // The judge gives all tables one list of levels, so that rows can stand below each other.
        let attacked =
            data.train.take(&rows(true)).append(&data.holdout.take(&rows(false))).unwrap_or_default();
        let cells = (attacked.n_rows() * attacked.columns().len()).max(1);
        let limit = (MOST_CELLS / cells).clamp(SYNTHETIC[0], SYNTHETIC[1]);
        let made = data.synthetic.take(&some_rows(data.synthetic.n_rows(), limit, seed.split("made")));
        let n_members = cast.people.iter().filter(|person| person.is_member).count();
        let n_train = data.whole.map_or(data.train, |whole| whole.train).n_rows();
        let mut planted = planted(n_members, n_train, made.n_rows());
        planted.resize(cast.people.len(), false);
        Self {
            people: cast.people,
            person_of,
            planted,
            attacked,
            known: cast.known.map(|rows| data.holdout.take(&rows)),
            made,
            seed,
            lists: OnceLock::new(),
            keys: OnceLock::new(),
            learned: OnceLock::new(),
            spelling: OnceLock::new(),
        }
    }

    /// Labels of people.
    pub(crate) fn is_member(&self) -> Vec<bool> {
        self.people.iter().map(|person| person.is_member).collect()
    }

    /// Strata within which labels may change places.
    pub(crate) fn sides(&self) -> Vec<u8> {
        self.people.iter().map(|person| person.side).collect()
    }

    /// Scores of all people, in every space that the attacker looks at.
    pub(crate) fn scored(&self, attacker: Attacker) -> Result<Vec<Scored>, MetricError> {
        if self.attacked.n_rows() != self.person_of.len() {
            return Err(MetricError::Undefined { why: "the tables hold different columns".into() });
        }
        let one = |rows: &Rows| vec![self.by_person("", rows, true)];
        Ok(match attacker {
            Attacker::Distance(distance) => {
                Space::ALL.iter().map(|&space| self.by_distance(distance, space)).collect()
            }
            Attacker::Keys => one(self.keys.get_or_init(|| {
                let seed = self.seed.split("keys");
                keys::scores(&self.attacked, &self.person_of, &self.people, &self.known, &self.made, seed)
            })),
            Attacker::Learned => one(self
                .learned
                .get_or_init(|| {
                    let seed = self.seed.split("learned");
                    let (people, known) = (&self.people, &self.known);
                    learned::scores(&self.attacked, &self.person_of, people, known, &self.made, seed)
                })
                .as_ref()
                .map_err(Clone::clone)?),
            Attacker::Spelling => {
                let seed = self.seed.split("spelling");
                let rows =
                    self.spelling.get_or_init(|| spelling::scores(&self.attacked, &self.made, seed)).clone();
                let copied = rows
                    .iter()
                    .zip(&self.person_of)
                    .map(|(&row, &person)| if self.planted[person] { 0.0 } else { row })
                    .collect();
                vec![self.by_person("", &[rows, copied], false)]
            }
        })
    }

    /// How far each person stands from others: the mean distance to the five nearest known people.
    pub(crate) fn outlying(&self) -> Vec<f64> {
        let rows: Vec<f64> = self
            .lists()
            .known
            .iter()
            .map(|found| {
                let near = &found[..found.len().min(5)];
                near.iter().map(|&d| f64::from(d)).sum::<f64>() / near.len().max(1) as f64
            })
            .collect();
        self.means(&rows)
    }

    fn by_distance(&self, distance: Distance, space: Space) -> Scored {
        let lists = self.lists();
        let at = usize::from(space == Space::Values);
        let (made, around) = (&lists.made[at], &lists.around[at]);
        let radius = ball(made);
        let score = |row: usize, copied: bool| {
            let person = self.person_of[row];
            let around = &around[usize::from(self.people[person].side)];
            let mut distances: Vec<f32> = made[row].iter().map(|found| found.distance).collect();
            let mut places: Vec<Around> = made[row].iter().map(|found| around[found.row as usize]).collect();
            if copied && self.planted[person] {
                distances.insert(0, 0.0);
                places.insert(0, Around::new(&lists.known[row]));
                distances.truncate(NEIGHBOURS);
                places.truncate(NEIGHBOURS);
            }
            let near = Near { made: &distances, known: &lists.known[row], around: &places };
            distance.score(&near, radius)
        };
        let rows =
            [false, true].map(|copied| (0..self.person_of.len()).map(|row| score(row, copied)).collect());
        self.by_person(space.name(), &rows, distance.by_side())
    }

    fn lists(&self) -> &Lists {
        self.lists.get_or_init(|| {
            let scale = Scale::new(&[&self.attacked]);
            let attacked = scale.place(&self.attacked);
            let known_points = [scale.place(&self.known[0]), scale.place(&self.known[1])];
            let mut known = vec![Vec::new(); self.person_of.len()];
            for (side, points) in known_points.iter().enumerate() {
                let rows: Vec<usize> = (0..self.person_of.len())
                    .filter(|&row| usize::from(self.people[self.person_of[row]].side) == side)
                    .collect();
                let found = nearest(&scale.place(&self.attacked.take(&rows)), points, NEIGHBOURS);
                rows.into_iter().zip(found).for_each(|(row, found)| known[row] = found);
            }
            let made = Space::ALL.map(|space| scale.place_made(&self.made, space));
            Lists {
                known,
                around: [0, 1].map(|space| {
                    [0, 1].map(|side| {
                        let found = nearest(&made[space], &known_points[side], NEIGHBOURS);
                        found.iter().map(|known| Around::new(known)).collect()
                    })
                }),
                made: [0, 1].map(|space| neighbours(&attacked, &made[space], NEIGHBOURS)),
            }
        })
    }

    /// Means over the rows of people; on one scale for both sides where each has its own.
    fn by_person(&self, space: &'static str, rows: &Rows, by_side: bool) -> Scored {
        let scores = |rows: &Vec<f64>| {
            let means = self.means(rows);
            if by_side { self.within_sides(&means) } else { means }
        };
        Scored { space, scores: scores(&rows[0]), planted: scores(&rows[1]) }
    }

    fn means(&self, rows: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.people.len()];
        rows.iter().zip(&self.person_of).for_each(|(row, &person)| sums[person] += row);
        sums.iter().zip(&self.people).map(|(sum, person)| sum / person.rows.len().max(1) as f64).collect()
    }

    /// Scores as shares of the people of the same side who score lower, members and others alike.
    fn within_sides(&self, scores: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; scores.len()];
        for side in 0..2 {
            let people: Vec<usize> = (0..scores.len()).filter(|&at| self.people[at].side == side).collect();
            let ranks = mid_ranks(&people.iter().map(|&at| scores[at]).collect::<Vec<_>>());
            let n = people.len() as f64;
            people.iter().zip(ranks).for_each(|(&at, rank)| shares[at] = (rank - 0.5) / n);
        }
        shares
    }
}

/// Which of the members the control plants, so that 5 % of the synthetic rows are copies.
fn planted(n_members: usize, n_train: usize, n_synthetic: usize) -> Vec<bool> {
    // A training row is planted with the chance that 5 % of the synthetic rows, drawn from all of training, include it.
    let chance = (0.05 * n_synthetic as f64 / n_train.max(1) as f64).min(1.0);
    (0..n_members).map(|at| ((at + 1) as f64 * chance).floor() > (at as f64 * chance).floor()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_so_many_is_planted() {
        let found = planted(1_000, 1_000, 1_000);
        assert_eq!(found.iter().filter(|&&is| is).count(), 50);
        assert!(planted(10, 100, 10).iter().all(|&is| !is), "half a copy is none");
    }
}
