//! pg.inf: does the most similar synthetic row tell a person's secrets?

use crate::guessing::{by_secret, guessed, tally};
use crate::placed::placed;
use crate::risk::leave_roles;
use crate::roles::roles;
use crate::secret::Secret;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::neighbours::{Points, neighbours};

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
        let cells: Vec<Secret<'_>> = secrets.iter().map(|&at| Secret::of(&made, data.holdout, at)).collect();
        let guess =
            |nearest: &[Option<u32>], at: usize, row: usize| Some(cells[at].cell(nearest[row]? as usize));
        let real = data.holdout;
        let own = guessed(&train, real, &made, secrets, |at, row| guess(&members, at, row));
        let others = guessed(&holdout, real, &made, secrets, |at, row| guess(&strangers, at, row));
        let names: Vec<&str> = secrets.iter().map(|&at| data.schema.columns[at].name.as_str()).collect();
        let tally = tally("inferring secrets, nearest row", &own, &others)
            .ok_or_else(|| MetricError::Undefined { why: "no sensitive cell is present".into() })?;
        tally.leave(&INFO, ctx);
        let score = tally.score()?;
        let parts: Vec<(String, f64)> =
            score.parts().iter().cloned().chain(by_secret(&names, &own, &others)).collect();
        Ok(score.with_parts(parts))
    }
}

/// The nearest row of each.
fn nearest(people: &Points, made: &Points) -> Vec<Option<u32>> {
    neighbours(people, made, 1).into_iter().map(|near| near.first().map(|neighbour| neighbour.row)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found, mixed};
    use super::*;

    /// A secret level that follows from nothing: only a copy tells it.
    fn rows(from: usize) -> Vec<[String; 3]> {
        (from..from + 150)
            .map(|at| {
                let illness = format!("l{}", mixed(at) % 3);
                [((at * 7919) % 1009).to_string(), ((at * 104_729) % 997).to_string(), illness]
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
