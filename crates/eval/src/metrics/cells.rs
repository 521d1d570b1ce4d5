//! pi.cells: do synthetic rows show combinations of keys that few people have?

use crate::classes::{Classes, Codes, KNOWN, coded, everybody};
use crate::risk::{LEVEL, leave_roles};
use crate::roles::roles;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::learn::Difference;

/// Excess of synthetic rows in small cells of the population.
pub(super) struct SmallCells;

static INFO: MetricInfo = MetricInfo {
    id: "pi.cells",
    name: "Small cells",
    question: "Do synthetic rows show combinations of keys that few people have?",
    page: "For every synthetic row: how many people of the population have its keys (quasi-identifiers)? The population is \
           the training rows, scaled to --population where it is named (k-map). Cells of 1 to 10 people are small: many \
           statistical offices publish none of fewer than 11. The value is the share of synthetic rows in small cells minus \
           that of holdout rows, with Newcombe's interval; 0 is right, because a fair sample falls into small cells as \
           well. Parts: shares of rows by size of cell; nobody, 1 to 10, 11 and more. For information: a rule of statistical \
           offices for tables of real people, held against rows of nobody.",
    family: Family::Privacy,
    direction: Direction::Descriptive,
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of rows",
    sources: &[Citation("sweeney2002"), Citation("newcombe1998")],
    maturity: Maturity::Checked,
};

/// People from which on a cell is not small.
const NOT_SMALL: f64 = 11.0;

impl Metric for SmallCells {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let keys = roles.needs_keys()?;
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &known);
        let n = tables[0].n_rows();
        let weight = data.population.unwrap_or(n).max(n) as f64 / n.max(1) as f64;
        let people: Vec<f64> = classes.sizes(0).into_iter().map(|size| size as f64 * weight).collect();
        let sizes = |table: usize| -> [usize; 3] {
            let mut counts = [0; 3];
            for &class in &classes.of[table] {
                let people = people[class as usize];
                counts[usize::from(people > 0.0) + usize::from(people >= NOT_SMALL)] += 1;
            }
            counts
        };
        let (made, others) = (sizes(2), sizes(1));
        let (n_made, n_others) = (tables[2].n_rows(), tables[1].n_rows());
        let excess = Difference::newcombe((made[1], others[1]), (n_made, n_others), LEVEL);
        let named = |counts: [usize; 3], n: usize, who: &str| {
            let cells = ["nobody", "1 to 10 people", "11 people and more"];
            let share = move |count: usize| count as f64 / n.max(1) as f64;
            let who = who.to_owned();
            cells.into_iter().zip(counts).map(move |(cell, count)| (format!("{who}: {cell}"), share(count)))
        };
        let parts: Vec<(String, f64)> =
            named(made, n_made, "synthetic rows").chain(named(others, n_others, "holdout rows")).collect();
        let score = Score::new(excess.value, n_made + n_others)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score
            .with_interval(excess.low, excess.high, LEVEL, "Newcombe's hybrid score interval")
            .with_parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    #[test]
    fn cells_of_one_to_ten_are_small() {
        let rows = |counts: &[(&str, usize)]| -> Vec<[String; 2]> {
            let cells = counts.iter().flat_map(|(zip, n)| std::iter::repeat_n(*zip, *n));
            cells.map(|zip| [zip.to_owned(), "x".to_owned()]).collect()
        };
        let train = rows(&[("big", 11), ("small", 10), ("one", 1)]);
        let made = rows(&[("big", 4), ("small", 3), ("one", 1), ("none", 2)]);
        let three = Three::new(&["zip", "illness"], [&train, &rows(&[("big", 3), ("one", 1)]), &made]);
        let (score, _) = found(&SmallCells, &three.trio()).unwrap();
        // By hand: 4 of 10 synthetic and 1 of 4 holdout rows.
        assert!((score.value() - 0.15).abs() < 1e-12, "{score:?}");
        let shares: Vec<f64> = score.parts().iter().map(|(_, share)| *share).collect();
        assert_eq!(shares, [0.2, 0.4, 0.4, 0.0, 0.25, 0.75]);
        // Twice as many people: cells of ten stand for twenty.
        let (score, _) = found(&SmallCells, &Trio { population: Some(44), ..three.trio() }).unwrap();
        assert!((score.value() - (0.1 - 0.25)).abs() < 1e-12, "{score:?}");
    }
}
