//! pa.air: does a model learned on synthetic rows know more of people who were learned from?

use crate::coded::counts;
use crate::features::{Stacked, present};
use crate::guessing::{by_secret, guessed, tally};
use crate::risk::leave_roles;
use crate::roles::roles;
use crate::secret::Guess;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{Binned, Boosting, Sample, Target};

/// Residual risk of inferring sensitive cells with a learner.
pub(super) struct Attribute;

static INFO: MetricInfo = MetricInfo {
    id: "pa.air",
    name: "Attribute inference",
    question: "Does a model learned on synthetic rows know more of people who were learned from?",
    page: "Boosted trees are learned on synthetic rows (at most 10,000), one model per sensitive column, from all columns \
           that are not sensitive; the ten commonest levels are told apart. They guess the sensitive cells of up to 4,000 \
           people learned from and as many of the holdout. A level is right when equal, a number when off by at most 5 % of \
           its size, where sizes below a tenth of the interquartile range count as that. The value is \
           (success on people learned from - success on others) / (1 - success on others), with the error of both carried \
           over; 0 is right. Only the excess is disclosure of persons; the rest is what medicine knows. The companion of \
           pg.inf: that one finds rows that come out again, this one what a model keeps of them. No number is given when the \
           models are no better than a random synthetic cell.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};

/// People of a kind that are attacked.
const MOST_PEOPLE: usize = 4_000;
/// Synthetic rows that are learned from.
const MOST_SYNTHETIC: usize = 10_000;
/// Levels that are told apart.
const MOST_CLASSES: usize = 10;

impl Metric for Attribute {
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
        if secrets.len() == data.schema.columns.len() {
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
        let binned = Stacked::new(&[&made, &train, &holdout], secrets).binned();
        let mut guesses = Vec::new();
        for &secret in secrets {
            ctx.ctx.stop.check()?;
            guesses.push(learned(&made, &binned, secret));
        }
        let guess = |at: usize, row: usize| guesses[at].get(row).copied();
        let real = data.holdout;
        let own = guessed(&train, real, &made, secrets, guess);
        let others = guessed(&holdout, real, &made, secrets, |at, row| guess(at, train.n_rows() + row));
        let names: Vec<&str> = secrets.iter().map(|&at| data.schema.columns[at].name.as_str()).collect();
        let tally = tally("inferring secrets, learner", &own, &others)
            .ok_or_else(|| MetricError::Undefined { why: "no sensitive cell is present".into() })?;
        tally.leave(&INFO, ctx);
        let score = tally.score()?;
        let parts: Vec<(String, f64)> =
            score.parts().iter().cloned().chain(by_secret(&names, &own, &others)).collect();
        Ok(score.with_parts(parts))
    }
}

/// Guesses for the rows after those of `made`; none where nothing can be learned.
fn learned(made: &Table, binned: &Binned, secret: usize) -> Vec<Guess> {
    let rows = present(made, secret);
    let asked: Vec<u32> = (made.n_rows() as u32..binned.n_rows() as u32).collect();
    let settings = Boosting {
        rounds: 60,
        max_leaves: 16,
        min_rows: (rows.len() / 50).clamp(5, 20),
        ..Boosting::default()
    };
    match &made.columns()[secret].cells {
        Cells::Number(values) => {
            let mut target = values.clone();
            target.resize(binned.n_rows(), 0.0);
            let model = settings.fit(&Sample::of(binned, Target::Number(&target), &rows));
            model.map_or_else(
                |_| Vec::new(),
                |model| model.predict(binned, &asked).into_iter().map(Guess::Number).collect(),
            )
        }
        Cells::Level { codes, levels } => {
            let counts = counts(codes, levels.len());
            let mut classes: Vec<usize> = (0..levels.len()).filter(|&level| counts[level] > 0).collect();
            classes.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
            classes.truncate(MOST_CLASSES);
            let class = |code: u32| classes.iter().position(|&level| level == code as usize);
            let rows: Vec<u32> =
                rows.into_iter().filter(|&row| class(codes[row as usize]).is_some()).collect();
            let mut target: Vec<u32> = codes.iter().map(|&code| class(code).unwrap_or(0) as u32).collect();
            target.resize(binned.n_rows(), 0);
            let n_classes = classes.len();
            let sample = Sample::of(binned, Target::Classes { codes: &target, n_classes }, &rows);
            let best = |scores: &[f64]| {
                (0..n_classes).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)))
            };
            settings.fit(&sample).map_or_else(
                |_| Vec::new(),
                |model| {
                    let scores = model.scores(binned, &asked);
                    let chosen = scores.chunks(n_classes.max(1)).filter_map(best);
                    chosen.map(|at| Guess::Level(classes[at] as u32)).collect()
                },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found, mixed};
    use super::*;

    /// An illness that follows from a number in most people, and a number that follows from it.
    fn rows(from: usize) -> Vec<[String; 3]> {
        (from..from + 400)
            .map(|at| {
                let bits = mixed(at);
                let value = bits % 100;
                let ill = value > 50 && bits % 1_000 >= 100;
                [value.to_string(), u8::from(ill).to_string() + "x", (100 + value).to_string()]
            })
            .collect()
    }

    #[test]
    fn what_holds_for_everybody_is_no_excess() {
        let three = Three::new(&["crp", "ill", "sum"], [&rows(0), &rows(400), &rows(800)]);
        let trio = Trio { sensitive: &[1, 2], ..three.trio() };
        let (score, _) = found(&Attribute, &trio).unwrap();
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert!(part("ill, learned from") > 0.85 && part("ill, others") > 0.85, "{score:?}");
        assert!(part("sum, others") > 0.9, "{score:?}");
        let interval = score.interval().unwrap();
        assert!(interval.low < 0.0 && interval.high > 0.0, "{score:?}");
    }

    #[test]
    fn a_secret_of_one_level_is_guessed_by_anybody() {
        let rows: Vec<[String; 2]> = (0..60).map(|at| [at.to_string(), "x".into()]).collect();
        let three = Three::new(&["crp", "ill"], [&rows, &rows, &rows]);
        let trio = Trio { sensitive: &[1], ..three.trio() };
        assert!(found(&Attribute, &trio).is_err_and(|error| error.to_string().contains("too weak")));
    }
}
