//! pg.so1, pg.so3, pg.rare: do predicates read off synthetic rows single out people who were learned from?

use crate::risk::leave_roles;
use crate::roles::roles;
use crate::singling::{ATTEMPTS, guessed, of_one_column, of_random_columns, of_rare_cells, tally};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Singling out by predicates of one kind.
pub(super) struct SinglingOut {
    info: &'static MetricInfo,
    by: By,
}

/// What predicates are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    OneColumn,
    RandomColumns,
    RareCells,
}

/// By one column.
pub(super) const ONE: SinglingOut = SinglingOut { info: &OF_ONE, by: By::OneColumn };
/// By three columns.
pub(super) const THREE: SinglingOut = SinglingOut { info: &OF_THREE, by: By::RandomColumns };
/// By cells that few people have.
pub(super) const RARE: SinglingOut = SinglingOut { info: &OF_RARE, by: By::RareCells };
/// Columns of a random predicate.
const N_COLUMNS: usize = 3;

static OF_ONE: MetricInfo = MetricInfo {
    id: "pg.so1",
    name: "Singling out, one column",
    question: "Does a value that one synthetic row alone has point to one person who was learned from?",
    page: "Up to 1,000 predicates about one column are read off the synthetic rows: greatest and least numbers, values, \
           levels and missing cells that one row alone has. A predicate singles a person out when nobody else of the real \
           people, those learned from and those held out together, meets it. Success is people singled out per \
           predicate; a person counts once, however many predicates point there. The value is the residual risk, \
           (success on people learned from - success on others) / (1 - success on others), where others are counted at the \
           same number of people; 0 is right, and chance alone goes a little below and above. The interval carries both \
           errors over. No number is given when the predicates single out no more than random ones do: a weak attack shows \
           nothing. anonymeter differs: it counts predicates, asks for one match among training rows, scales the control by \
           a fitted model of larger populations, divides by predicates wanted instead of those made, and cuts negative \
           risks to 0.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("cohen2020")],
    maturity: Maturity::Draft,
};

static OF_THREE: MetricInfo = MetricInfo {
    id: "pg.so3",
    name: "Singling out, three columns",
    question: "Do three cells that one synthetic row alone has point to one person who was learned from?",
    page: "As pg.so1, with 1,000 predicates about three random columns of a random synthetic row: equal levels, missing \
           where missing, numbers at least as far from the median, met by no other synthetic row. Random predicates \
           underestimate an intruder who looks for the rare: see pg.rare.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("cohen2020")],
    maturity: Maturity::Draft,
};

static OF_RARE: MetricInfo = MetricInfo {
    id: "pg.rare",
    name: "Singling out, rare cells",
    question: "Do the rarest cells of synthetic rows point to one person who was learned from?",
    page: "As pg.so1, by an intruder who looks for the rare: the cells of a synthetic row that fewest people have (but one at \
           least), as far as one half of the holdout tells, until no other synthetic row has them all (at most five); of up to 2,000 synthetic \
           rows the 1,000 with the rarest such cells are asked. The other half of the holdout is the control, because what \
           was chosen for being rare in the first would look safe in it. No peer has it.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("cohen2020")],
    maturity: Maturity::Draft,
};

impl Metric for SinglingOut {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let whole = data.whole;
        let (train, holdout, made) =
            whole.map_or((data.train, data.holdout, data.synthetic), |w| (w.train, w.holdout, w.synthetic));
        leave_roles(&roles(data), data, ctx);
        let (kind, asked, control) = match self.by {
            By::OneColumn => (
                "singling out, one column",
                of_one_column(made, ATTEMPTS, seed.split("one")),
                holdout.clone(),
            ),
            By::RandomColumns => {
                let asked = of_random_columns(made, N_COLUMNS, ATTEMPTS, seed.split("three"));
                ("singling out, three columns", asked, holdout.clone())
            }
            By::RareCells => {
                let (known, control) = halves(holdout);
                let asked = of_rare_cells(made, &known, ATTEMPTS, seed.split("rare"));
                ("singling out, rare cells", asked, control)
            }
        };
        let n_columns = if self.by == By::OneColumn { 1 } else { N_COLUMNS };
        let guesses = guessed(made, n_columns, ATTEMPTS, seed.split("guesses"));
        let found = tally(kind, (&asked, &guesses), train, &control).ok_or_else(|| {
            MetricError::Undefined { why: "no predicate is met by one synthetic row alone".into() }
        })?;
        found.leave(self.info, ctx);
        found.score()
    }
}

/// Every second row, and the others.
fn halves(table: &Table) -> (Table, Table) {
    let (even, odd): (Vec<usize>, Vec<usize>) = (0..table.n_rows()).partition(|row| row % 2 == 0);
    (table.take(&even), table.take(&odd))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    fn rows(shift: usize) -> Vec<[String; 3]> {
        (0..300)
            .map(|at| {
                let value = (at * 7919 + shift) % 2003;
                [value.to_string(), format!("l{}", value % 7), format!("m{}", (at + shift) % 5)]
            })
            .collect()
    }

    #[test]
    fn copies_are_singled_out_and_strangers_are_not() {
        let copied = Three::new(&["value", "group", "other"], [&rows(0), &rows(500), &rows(0)]);
        for metric in [ONE, THREE, RARE] {
            let (score, findings) = found(&metric, &copied.trio()).unwrap();
            assert!(score.interval().unwrap().low > 0.1, "{}: {score:?}", metric.info.id);
            let left = findings.disclosure.into_inner().unwrap();
            assert!(left.risks.iter().all(|risk| risk.residual.interval.unwrap().low > 0.0), "{left:?}");
            assert_eq!(left.risks.len(), 1);
        }
        let fresh = Three::new(&["value", "group", "other"], [&rows(0), &rows(500), &rows(1000)]);
        for metric in [ONE, THREE, RARE] {
            match found(&metric, &fresh.trio()) {
                Ok((score, _)) => assert!(score.interval().unwrap().low < 0.0, "{score:?}"),
                Err(error) => assert!(error.to_string().contains("too weak"), "{error}"),
            }
        }
    }

    #[test]
    fn tables_without_single_rows_say_so() {
        let same: Vec<[String; 1]> = (0..40).map(|_| ["x".to_owned()]).collect();
        let three = Three::new(&["only"], [&same, &same, &same]);
        for metric in [ONE, THREE, RARE] {
            assert!(
                found(&metric, &three.trio()).is_err_and(|error| error.to_string().contains("no predicate"))
            );
        }
    }
}
