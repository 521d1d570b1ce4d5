//! How are scores of people made once and used by every attack?

use super::between::Between;
use super::distances::{Around, Distance, NEIGHBOURS, Near, ball};
use super::people::{Person, people};
use super::space::{Scale, Space};
use super::{keys, learned, spelling};
use crate::metric::{EvalContext, Pass};
use crate::trio::some_rows;
use crate::{MetricError, Trio};
use std::sync::{Arc, Mutex, OnceLock};
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::neighbours::{Neighbour, Points, nearest, neighbours};

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
    /// Rows of all people.
    attacked: Table,
    /// Rows of those whom the attacker knows.
    known: Table,
    made: Table,
    seed: Seeded,
    lists: OnceLock<Lists>,
    keys: OnceLock<Rows>,
    learned: OnceLock<Result<Rows, MetricError>>,
    spelling: OnceLock<Rows>,
}

/// Neighbours of every attacked row.
#[derive(Debug)]
struct Lists {
    /// Distances to known people.
    known: Vec<Vec<f32>>,
    /// Synthetic neighbours, by space.
    made: [Vec<Vec<Neighbour>>; 2],
    /// How dense known people are around each synthetic row, by space.
    around: [Vec<Around>; 2],
}

impl Suite {
    fn new(data: &Trio<'_>, seed: Seeded) -> Self {
        let people = people(data, seed);
        let rows = |of: fn(&Person) -> bool| -> Vec<usize> {
            people.iter().filter(|person| of(person)).flat_map(|person| person.rows.iter().copied()).collect()
        };
        let person_of: Vec<usize> = people
            .iter()
            .enumerate()
            .flat_map(|(at, person)| std::iter::repeat_n(at, person.rows.len()))
            .collect();
        // The judge gives all tables one list of levels, so that rows can stand below each other.
        let held_out = data.holdout.take(&rows(|person| !person.is_member));
        let attacked =
            data.train.take(&rows(|person| person.is_member)).append(&held_out).unwrap_or_default();
        let known = data.holdout.take(&rows(|person| person.is_known));
        let cells = (attacked.n_rows() * attacked.columns().len()).max(1);
        let limit = (MOST_CELLS / cells).clamp(SYNTHETIC[0], SYNTHETIC[1]);
        let made = data.synthetic.take(&some_rows(data.synthetic.n_rows(), limit, seed.split("made")));
        let n_members = people.iter().filter(|person| person.is_member).count();
        let n_train = data.whole.map_or(data.train, |whole| whole.train).n_rows();
        let mut planted = planted(n_members, n_train, made.n_rows());
        planted.resize(people.len(), false);
        Self {
            people,
            person_of,
            planted,
            attacked,
            known,
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

    /// Scores of all people, in every space that the attacker looks at; NaN of those whom the attacker knows.
    pub(crate) fn scored(&self, attacker: Attacker) -> Result<Vec<Scored>, MetricError> {
        if self.attacked.n_rows() != self.person_of.len() {
            return Err(MetricError::Undefined { why: "the tables hold different columns".into() });
        }
        let one = |rows: &Rows, knows| vec![self.by_person("", rows, knows)];
        let (known, made) = (&self.known, &self.made);
        Ok(match attacker {
            Attacker::Distance(distance) => {
                Space::ALL.iter().map(|&space| self.by_distance(distance, space)).collect()
            }
            Attacker::Keys => {
                let rows = self.keys.get_or_init(|| {
                    let seed = self.seed.split("keys");
                    let [plain, copied] = keys::scores(&self.attacked, known, made, seed);
                    let copied = self.where_planted(&plain, |row| copied[row]);
                    [plain, copied]
                });
                one(rows, true)
            }
            Attacker::Learned => {
                let rows = self.learned.get_or_init(|| {
                    let seed = self.seed.split("learned");
                    learned::scores(&self.attacked, known, made, seed)
                });
                one(rows.as_ref().map_err(Clone::clone)?, true)
            }
            Attacker::Spelling => {
                let rows = self.spelling.get_or_init(|| {
                    let plain = spelling::scores(&self.attacked, made, self.seed.split("spelling"));
                    let copied = self.where_planted(&plain, |_| 0.0);
                    [plain, copied]
                });
                one(rows, false)
            }
        })
    }

    /// Scores of rows, with those of another kind for the people that the control plants.
    fn where_planted(&self, plain: &[f64], copied: impl Fn(usize) -> f64) -> Vec<f64> {
        let of = |(row, &score)| if self.planted[self.person_of[row]] { copied(row) } else { score };
        plain.iter().enumerate().map(of).collect()
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
            let mut distances: Vec<f32> = made[row].iter().map(|found| found.distance).collect();
            let mut places: Vec<Around> = made[row].iter().map(|found| around[found.row as usize]).collect();
            if copied && self.planted[self.person_of[row]] {
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
        self.by_person(space.name(), &rows, distance.knows())
    }

    fn lists(&self) -> &Lists {
        self.lists.get_or_init(|| {
            let scale = Scale::new(&[&self.attacked]);
            let attacked = scale.place(&self.attacked);
            let known = scale.place(&self.known);
            let made = Space::ALL.map(|space| scale.place_made(&self.made, space));
            let around = |made: &Points| -> Vec<Around> {
                nearest(made, &known, NEIGHBOURS).iter().map(|known| Around::new(known)).collect()
            };
            Lists {
                around: [around(&made[0]), around(&made[1])],
                made: [0, 1].map(|space| neighbours(&attacked, &made[space], NEIGHBOURS)),
                known: nearest(&attacked, &known, NEIGHBOURS),
            }
        })
    }

    /// Means over the rows of people; NaN of those whom the attacker knows, where it knows anybody.
    fn by_person(&self, space: &'static str, rows: &Rows, knows: bool) -> Scored {
        let scores = |rows: &Vec<f64>| -> Vec<f64> {
            let means = self.means(rows);
            let of = |(mean, person): (f64, &Person)| if knows && person.is_known { f64::NAN } else { mean };
            means.into_iter().zip(&self.people).map(of).collect()
        };
        Scored { space, scores: scores(&rows[0]), planted: scores(&rows[1]) }
    }

    fn means(&self, rows: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.people.len()];
        rows.iter().zip(&self.person_of).for_each(|(row, &person)| sums[person] += row);
        sums.iter().zip(&self.people).map(|(sum, person)| sum / person.rows.len().max(1) as f64).collect()
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
