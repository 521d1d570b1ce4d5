//! pg.inf: does the most similar synthetic row tell a person's secrets?

use crate::placed::placed;
use crate::risk::{LEVEL, Tally, leave_roles};
use crate::roles::roles;
use crate::secret::Secret;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::neighbours::{Points, neighbours};
use verosim_math::stats::Success;

/// Residual risk of inferring sensitive cells from the nearest synthetic row.
pub(super) struct Inferring;

static INFO: MetricInfo = MetricInfo {
    id: "pg.inf",
    name: "Inference",
    question: "Does the most similar synthetic row tell a person's secrets?",
    page: "The attacker knows every column of a person but the sensitive ones, takes the nearest synthetic row and guesses \
           its sensitive cells. A level is right when equal, a number when off by at most 5 % of its size, where sizes \
           below a tenth of the interquartile range count as that. Up to 2,000 people who were learned from and as many of \
           the holdout are attacked; people whose sensitive cell is missing are left out. Success is the mean share of a \
           person's secrets that are guessed; the value is the residual risk, (success on people learned from - success on \
           others) / (1 - success on others); 0 is right, since what holds for people whom nobody learned from is medicine \
           and no leak. No number is given when the attack is no better than guessing a random synthetic cell. anonymeter \
           differs: negative guesses of numbers always count as right, two missing cells are at distance 1, and only one \
           column is secret at a time.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("gower1971")],
    maturity: Maturity::Checked,
};

/// People of a kind that are attacked.
const MOST_PEOPLE: usize = 2_000;
/// Synthetic rows that are searched.
const MOST_SYNTHETIC: usize = 12_000;

impl Metric for Inferring {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        if schema.columns.len() < 2 {
            return Err(NotApplicable { reason: "needs two columns".into() });
        }
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let secrets = roles.needs_secrets()?;
        let aux: Vec<usize> = (0..data.schema.columns.len()).filter(|at| !secrets.contains(at)).collect();
        if aux.is_empty() {
            return Err(NotApplicable {
                reason: "all columns are sensitive: the attacker knows nothing".into(),
            }
            .into());
        }
        let some =
            |table: &Table, most, name: &str| table.take(&some_rows(table.n_rows(), most, seed.split(name)));
        let train = some(data.train, MOST_PEOPLE, "train");
        let holdout = some(data.holdout, MOST_PEOPLE, "holdout");
        let made = some(data.synthetic, MOST_SYNTHETIC, "made");
        let [members, strangers, references] = placed([&train, &holdout, &made], &made, &aux);
        let (members, strangers) = (nearest(&members, &references), nearest(&strangers, &references));
        let (own, guessing) = told(&train, data.holdout, &made, secrets, &members);
        let (others, _) = told(&holdout, data.holdout, &made, secrets, &strangers);
        let all = |found: &[Found]| -> (f64, f64) {
            let shares: Vec<f64> = found.iter().filter_map(Found::share).collect();
            (shares.iter().sum(), shares.len() as f64)
        };
        let ((hits, n), (control, m)) = (all(&own), all(&others));
        let nobody = || MetricError::Undefined { why: "no sensitive cell is present".into() };
        let tally = Tally {
            kind: "inferring secrets",
            tries: n.min(m) as usize,
            own: Success::of(hits, n, LEVEL).ok_or_else(nobody)?,
            control: Success::of(control, m, LEVEL).ok_or_else(nobody)?,
            counted: (hits / n, guessing),
            half: 0.0,
        };
        tally.leave(&INFO, ctx);
        let score = tally.score()?;
        let each = secrets.iter().enumerate().flat_map(|(at, &column)| {
            let name = &data.schema.columns[column].name;
            let rate = |found: &[Found]| {
                let tried = found.iter().filter(|found| found.tried[at]).count().max(1);
                found.iter().filter(|found| found.right[at]).count() as f64 / tried as f64
            };
            [(format!("{name}, learned from"), rate(&own)), (format!("{name}, others"), rate(&others))]
        });
        let parts: Vec<(String, f64)> = score.parts().iter().cloned().chain(each).collect();
        Ok(score.with_parts(parts))
    }
}

/// What became of the guesses of one person's secrets.
struct Found {
    tried: Vec<bool>,
    right: Vec<bool>,
}

impl Found {
    /// Share of secrets that were guessed; `None` when there was none to guess.
    fn share(&self) -> Option<f64> {
        let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as f64;
        (count(&self.tried) > 0.0).then(|| count(&self.right) / count(&self.tried))
    }
}

/// Guesses for each person, and the mean share that a random synthetic cell would get right.
fn told(
    people: &Table,
    real: &Table,
    made: &Table,
    secrets: &[usize],
    nearest: &[Option<u32>],
) -> (Vec<Found>, f64) {
    let own: Vec<Secret<'_>> = secrets.iter().map(|&at| Secret::of(people, real, at)).collect();
    let cells: Vec<Secret<'_>> = secrets.iter().map(|&at| Secret::of(made, real, at)).collect();
    let sorted: Vec<Vec<f64>> = cells.iter().map(Secret::sorted).collect();
    let mut guessing = Vec::new();
    let found = (0..people.n_rows())
        .map(|row| {
            let tried: Vec<bool> = own.iter().map(|secret| secret.is_present(row)).collect();
            let right = own.iter().zip(&cells).zip(&tried).map(|((own, cells), tried)| {
                *tried && nearest[row].is_some_and(|at| own.is_told(row, cells, at as usize))
            });
            let right: Vec<bool> = right.collect();
            let chances: Vec<f64> = (0..own.len())
                .filter(|&at| tried[at])
                .map(|at| own[at].by_guessing(row, &sorted[at]))
                .collect();
            if !chances.is_empty() {
                guessing.push(chances.iter().sum::<f64>() / chances.len() as f64);
            }
            Found { tried, right }
        })
        .collect();
    let mean = guessing.iter().sum::<f64>() / guessing.len().max(1) as f64;
    (found, mean)
}

/// The nearest row of each.
fn nearest(people: &Points, made: &Points) -> Vec<Option<u32>> {
    neighbours(people, made, 1).into_iter().map(|near| near.first().map(|neighbour| neighbour.row)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    /// A secret level that follows from nothing: only a copy tells it.
    fn rows(from: usize) -> Vec<[String; 3]> {
        (from..from + 150)
            .map(|at| {
                let mixed = (at * 2_654_435_761) % 4_294_967_291;
                [
                    ((at * 7919) % 1009).to_string(),
                    ((at * 104_729) % 997).to_string(),
                    format!("l{}", (mixed >> 7) % 3),
                ]
            })
            .collect()
    }

    #[test]
    fn copies_tell_secrets_and_strangers_do_not() {
        let copied = Three::new(&["a", "b", "illness"], [&rows(0), &rows(150), &rows(0)]);
        let (score, _) = found(&Inferring, &copied.trio()).unwrap();
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert_eq!(part("illness, learned from"), 1.0, "each is its own nearest row");
        assert!(score.interval().unwrap().low > 0.8, "{score:?}");
        let fresh = Three::new(&["a", "b", "illness"], [&rows(0), &rows(150), &rows(300)]);
        match found(&Inferring, &fresh.trio()) {
            Ok((score, _)) => assert!(score.interval().unwrap().low < 0.0, "{score:?}"),
            Err(error) => assert!(error.to_string().contains("too weak"), "{error}"),
        }
    }

    #[test]
    fn an_attacker_who_knows_nothing_is_refused() {
        let three = Three::new(&["a", "b", "illness"], [&rows(0), &rows(150), &rows(0)]);
        let trio = Trio { sensitive: &[0, 1, 2], ..three.trio() };
        assert!(found(&Inferring, &trio).is_err_and(|error| error.to_string().contains("knows nothing")));
    }
}
