//! pm.lev: are the digits of the people learned from written again?

use crate::attack::{Scores, attack, planted};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use std::fmt::Write as _;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::{Cells, Table};
use verosim_math::text::Pattern;

/// Membership by the edit distance to the nearest synthetic row.
pub(super) struct LevenshteinMembership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.lev",
    name: "Membership by spelling",
    question: "Are the digits of the people learned from written again?",
    page: "The attacker writes rows as text and calls a person a member when few letters must be changed to make a \
           synthetic row of them (LevAtt). Language models copy digits rather than values, which distances between \
           values do not see. AUC over training rows (members) and holdout rows (others); 0.5 is safe. The control \
           repeats the attack with 5 % of the synthetic rows replaced by training rows. Up to 10,000 people of a \
           kind, whom the share found at 0.1 % false alarms needs, against as many synthetic rows as a fixed amount of \
           work allows.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("ward2025"), Citation("myers1999")],
    maturity: Maturity::Checked,
};

/// Training rows, and holdout rows, that are attacked.
const MOST_PEOPLE: usize = 10_000;
/// Steps of 64 letters by one that may be taken: about five seconds of one core.
const MOST_STEPS: usize = 1_000_000_000;
/// Fewest synthetic rows that are searched, however long rows are.
const LEAST_SYNTHETIC: usize = 500;

impl Metric for LevenshteinMembership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let some =
            |table: &Table, limit: usize, seed| texts(&table.take(&some_rows(table.n_rows(), limit, seed)));
        let members = some(data.train, MOST_PEOPLE, seed.split("members"));
        let others = some(data.holdout, MOST_PEOPLE, seed.split("others"));
        let length = members.iter().map(String::len).sum::<usize>() / members.len().max(1) + 1;
        let steps = (members.len() + others.len()) * length * length.div_ceil(64);
        let made = some(data.synthetic, (MOST_STEPS / steps.max(1)).max(LEAST_SYNTHETIC), seed.split("made"));
        let score = |people: &[String]| -> Vec<f64> {
            people.par_iter().map(|person| -(nearest(person, &made) as f64)).collect()
        };
        let (members, others) = (score(&members), score(&others));
        let n_train = data.whole.map_or(data.train, |whole| whole.train).n_rows();
        let copied = planted(members.len(), n_train, made.len());
        let planted =
            members.iter().zip(&copied).map(|(&score, &copy)| if copy { 0.0 } else { score }).collect();
        attack(&INFO, &Scores { members, others, planted: Some(planted) }, ctx)
    }
}

/// Letters that must be changed to make the nearest of `made` of `person`.
fn nearest(person: &str, made: &[String]) -> usize {
    let pattern = Pattern::new(person.as_bytes());
    let mut best = person.len();
    for row in made {
        // Only a nearer one is worth finishing.
        match pattern.distance(row.as_bytes(), best.saturating_sub(1)) {
            Some(distance) if distance < best => best = distance,
            _ => {}
        }
    }
    best
}

/// Rows as text, every table written alike: cells parted by commas, numbers in shortest form, missing cells empty.
fn texts(table: &Table) -> Vec<String> {
    let mut rows = vec![String::new(); table.n_rows()];
    for column in table.columns() {
        match &column.cells {
            Cells::Number(values) => {
                for (row, value) in rows.iter_mut().zip(values) {
                    let _ = if value.is_finite() { write!(row, "{value},") } else { write!(row, ",") };
                }
            }
            Cells::Level { codes, levels } => {
                for (row, &code) in rows.iter_mut().zip(codes) {
                    row.push_str(levels.get(code as usize).map_or("", String::as_str));
                    row.push(',');
                }
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_is_found_and_a_copy_is_at_zero() {
        let made = ["63,F,120.5,", "40,M,99,", "63,F,121.5,"].map(str::to_owned);
        assert_eq!(nearest("63,F,122.5,", &made), 1, "one digit");
        assert_eq!(nearest("40,M,99,", &made), 0);
        assert_eq!(nearest("", &made), 0, "nothing to change");
    }
}
