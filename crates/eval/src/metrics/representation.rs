//! eq.rep: is every group of people there in its share, and with its share of outcomes?

use crate::card::{GroupReading, Reading};
use crate::groups::{Group, SUPPRESSED, groups};
use crate::metric::Pass;
use crate::prognosis::Outcome;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded,
};
use verosim_data::Table;
use verosim_math::stats::{OddsGap, benjamini_hochberg, normal_quantile, odds_gap};

/// Greatest log disparity of any group.
pub(super) struct Representation;

static INFO: MetricInfo = MetricInfo {
    id: "eq.rep",
    name: "Representation of groups",
    question: "Is every group of people there in its share, and with its share of outcomes?",
    page: "Groups are made by the columns named with `--group`, else by those that the dictionary of concepts calls protected \
           (sex, age in bands under 40, 40 to 64, 65 and over, ethnic group, insurance, language, deprivation); other numbers \
           are cut into thirds. Groups of the first three pairs of these columns are crossed, too (`sex × age`). Groups with \
           fewer than 50 holdout people are counted and not told of, nor are crossed groups that give the number of fewer than \
           11 away as what is left. For each group the log disparity ln[odds of the group among synthetic rows / odds among holdout rows]; 0 is right, and within 0.223 either \
           way is the rule of 80 %. The value is that of the worst group, whatever its sign, with Woolf's interval (not \
           corrected for being the worst). A group is beyond the band when its disparity is and the two-sample test of shares, \
           adjusted for all groups (Benjamini and Hochberg), is below 0.05; for certain when its whole interval is, widened for \
           the number of groups (Bonferroni). For each outcome, the same of the odds of the \
           outcome within each group: representation can be right while prevalence is wrong. Faithful is not fair: bias of \
           the source is kept, and shares of the holdout need not be those of the population.",
    family: Family::Equity,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "log odds",
    sources: &[Citation("bhanot2021"), Citation("benjamini1995")],
    maturity: Maturity::Checked,
};

/// Log disparity allowed: minus ln 0.8.
const BAND: f64 = 0.223_143_551_314_209_7;
const LEVEL: f64 = 0.05;
/// Holdout people with, and without, an outcome in a group below which nothing is told.
const LEAST_OUTCOMES: usize = 11;

/// A disparity and what it is of.
struct Disparity<'a> {
    group: &'a Group,
    outcome: Option<String>,
    gap: OddsGap,
}

impl Disparity<'_> {
    fn name(&self) -> String {
        match &self.outcome {
            Some(outcome) => format!("{}, {outcome}", self.group.name()),
            None => self.group.name(),
        }
    }
}

impl Metric for Representation {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let groups = groups(data)?;
        let shares: Vec<Disparity<'_>> =
            groups.told.iter().filter_map(|group| share(group, &groups.told, data)).collect();
        let outcomes: Vec<Outcome> =
            data.targets.iter().filter_map(|&target| Outcome::of(data.train, target)).collect();
        let rates: Vec<Disparity<'_>> = outcomes
            .iter()
            .flat_map(|outcome| groups.told.iter().filter_map(|group| rate(group, *outcome, data)))
            .collect();
        let worst = shares.iter().max_by(|a, b| a.gap.value.abs().total_cmp(&b.gap.value.abs()));
        let worst = worst.ok_or(MetricError::Undefined { why: "every group holds everybody".into() })?;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.equity.lock()
        {
            found.extend(shares.iter().chain(&rates).map(told));
        }
        let mut parts = vec![
            (SUPPRESSED.to_owned(), groups.suppressed as f64),
            (BEYOND.to_owned(), beyond(&shares) as f64),
            (SURELY_BEYOND.to_owned(), surely_beyond(&shares) as f64),
            (RATES_BEYOND.to_owned(), beyond(&rates) as f64),
        ];
        parts.extend(shares.iter().chain(&rates).map(|found| (found.name(), found.gap.value)));
        let (value, half) = (worst.gap.value.abs(), 1.96 * worst.gap.standard_error);
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(value, data.holdout.n_rows()).map_err(undefined)?;
        Ok(score
            .with_interval((value - half).max(0.0), value + half, 0.95, "Woolf, of the worst group")
            .with_parts(parts))
    }
}

/// The parts that gates look at.
pub(crate) const BEYOND: &str = "groups beyond the band";
pub(crate) const SURELY_BEYOND: &str = "groups beyond the band for certain";
pub(crate) const RATES_BEYOND: &str = "outcomes of groups beyond the band";

/// The share of a group among those whose group is known.
fn share<'a>(group: &'a Group, all: &[Group], data: &Trio<'_>) -> Option<Disparity<'a>> {
    let known = |table: &Table| {
        let is_known = |row: usize| {
            group.columns.iter().map(|&at| &table.columns()[at]).all(|column| match column.numbers() {
                Some(cells) => cells[row].is_finite(),
                None => column.missing[row] == 0,
            })
        };
        (0..table.n_rows()).filter(|&row| is_known(row)).count()
    };
    // A column of one group says nothing of shares.
    let is_only = all.iter().filter(|other| other.columns == group.columns).count() < 2
        && known(data.holdout) == group.holdout.len();
    let hits = (group.synthetic.len(), group.holdout.len());
    let gap = odds_gap(hits, (known(data.synthetic), known(data.holdout))).filter(|_| !is_only)?;
    Some(Disparity { group, outcome: None, gap })
}

fn rate<'a>(group: &'a Group, outcome: Outcome, data: &Trio<'_>) -> Option<Disparity<'a>> {
    if group.columns.contains(&outcome.column) {
        return None;
    }
    let count = |table: &Table, rows: &[usize]| {
        let column = &table.columns()[outcome.column];
        let known: Vec<usize> = rows.iter().copied().filter(|&row| column.missing[row] == 0).collect();
        (known.iter().filter(|&&row| outcome.is_yes(table, row)).count(), known.len())
    };
    let (made, real) = (count(data.synthetic, &group.synthetic), count(data.holdout, &group.holdout));
    if real.0 < LEAST_OUTCOMES || real.1 - real.0 < LEAST_OUTCOMES {
        return None;
    }
    let gap = odds_gap((made.0, real.0), (made.1, real.1))?;
    Some(Disparity { group, outcome: Some(outcome.words(data.schema, data.train)), gap })
}

fn beyond(found: &[Disparity<'_>]) -> usize {
    let p: Vec<f64> = found.iter().map(|found| found.gap.p).collect();
    let adjusted = benjamini_hochberg(&p);
    found.iter().zip(adjusted).filter(|(found, p)| *p < LEVEL && found.gap.value.abs() > BAND).count()
}

/// Those whose whole interval lies beyond the band, at 95 % for all of them.
fn surely_beyond(found: &[Disparity<'_>]) -> usize {
    let reach = normal_quantile(1.0 - (1.0 - 0.95) / 2.0 / found.len().max(1) as f64);
    found.iter().filter(|found| found.gap.value.abs() - reach * found.gap.standard_error > BAND).count()
}

fn told(found: &Disparity<'_>) -> GroupReading {
    let (value, half) = (found.gap.value, 1.96 * found.gap.standard_error);
    GroupReading {
        id: INFO.id.to_owned(),
        measure: match &found.outcome {
            Some(outcome) => format!("log disparity of {outcome}"),
            None => "log disparity of the share".to_owned(),
        },
        attribute: found.group.attribute.clone(),
        group: found.group.label.clone(),
        reading: Reading {
            value,
            interval: Some(Interval { low: value - half, high: value + half, level: 0.95 }),
            n: found.group.holdout.len(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    fn rows(women: usize) -> Vec<[String; 2]> {
        (0..400).map(|at| [if at < women { "F" } else { "M" }.to_owned(), (at % 7).to_string()]).collect()
    }

    #[test]
    fn disparity_is_that_of_odds() {
        let three = Three::new(&["sex", "visits"], [&rows(200), &rows(200), &rows(100)]);
        let score = measured(&Representation, &three);
        // By hand: odds of 1/3 against 1: ln 3. Woolf: sqrt(1/100 + 1/300 + 1/200 + 1/200) = 0.152753.
        assert!((score.value() - 3.0_f64.ln()).abs() < 1e-12);
        let interval = score.interval().unwrap();
        assert!((interval.high - score.value() - 1.96 * 0.152_752_523).abs() < 1e-6);
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert_eq!((part(BEYOND), part("sex: F")), (2.0, -3.0_f64.ln()));
        // By hand: 1.0986 - 2.2414 · 0.1528 is still above 0.2231.
        assert_eq!(part(SURELY_BEYOND), 2.0);
        let less = Three::new(&["sex", "visits"], [&rows(200), &rows(200), &rows(170)]);
        let score = measured(&Representation, &less);
        assert_eq!(
            score.parts()[2],
            (SURELY_BEYOND.to_owned(), 0.0),
            "ln(200 / 200 · 230 / 170) = 0.302 +- 0.318"
        );
        let same = Three::new(&["sex", "visits"], [&rows(200), &rows(200), &rows(200)]);
        assert_eq!(measured(&Representation, &same).value(), 0.0);
    }

    #[test]
    fn few_people_are_not_told_of_and_groups_must_be_there() {
        let mut few = rows(30);
        few.iter_mut().skip(300).for_each(|row| row[0] = "X".into());
        let score = measured(&Representation, &Three::new(&["sex", "visits"], [&few, &few, &few]));
        assert_eq!(score.parts()[0], (SUPPRESSED.to_owned(), 1.0), "30 women");
        assert!(score.parts().iter().all(|(part, _)| part != "sex: F"));
        let error = refused(&Representation, &Three::new(&["colour", "visits"], [&few, &few, &few]));
        assert!(error.to_string().contains("--group"), "{error}");
    }
}
