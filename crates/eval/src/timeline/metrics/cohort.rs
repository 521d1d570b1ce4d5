//! lo.cohort: would a study find the same patients?

use crate::MetricError;
use crate::card::{CohortRow, CohortTable};
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{LEAST_PEOPLE, commonest, enough_people, groups, scored};
use crate::timeline::pictures::rounded;
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Kind, Sex};

/// Mean absolute standardised difference of groups of patients.
pub(super) struct Cohorts;

static INFO: MetricInfo = MetricInfo {
    id: "lo.cohort",
    name: "Groups of patients",
    question: "Would a study find the same patients, and describe them alike?",
    page: "Groups of patients by queries on codes: those that were declared, or else everybody with one of the eight commonest \
           diagnoses on two days at least 30 days apart. For each group, the standardised differences (holdout against \
           synthetic; difference of means over the root of the mean variance) of being in it, and, where at least 20 people \
           of either side are in it, of age at the first code, female sex, visits, events, days of follow-up, and death: \
           the first table of a study. The value is the mean of their absolute values; below 0.1 is customarily called \
           balanced. The parts are the groups.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "standardised difference",
    sources: &[Citation("austin2009")],
    maturity: Maturity::Draft,
};

/// Groups that are looked at where none is declared.
const BUILT_IN: usize = 8;
/// Days between two days with the diagnosis.
const APART: u32 = 30;
/// Fewer people than this are not described in the report.
const LEAST_TOLD: usize = 11;

/// A query with its codes as numbers.
struct Query {
    name: String,
    codes: Vec<u32>,
    days: usize,
    apart: i64,
}

impl TimelineMetric for Cohorts {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], LEAST_PEOPLE as usize)?;
        let queries = queries(data);
        if queries.is_empty() {
            let unit = "diagnoses of 20 patients, and no group was declared";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let groups = groups(real, made, seed);
        let sides: Vec<[Members; 2]> = queries
            .iter()
            .map(|query| {
                [Members::of(real, &groups.real, query), Members::of(made, &groups.synthetic, query)]
            })
            .collect();
        let of = |sides: &[Members; 2], out: usize| {
            mean(differences(sides, out).into_iter().map(|(_, found)| found.map(|found| found.2.abs())))
        };
        let score = scored(&groups, |out| mean(sides.iter().map(|sides| of(sides, out))))?;
        ctx.draw(|pictures| {
            pictures.cohorts =
                queries.iter().zip(&sides).filter_map(|(query, sides)| told(query, sides)).collect();
        });
        let parts = queries
            .iter()
            .zip(&sides)
            .filter_map(|(query, sides)| Some((query.name.clone(), of(sides, GROUPS)?)));
        Ok(score.with_parts(parts))
    }
}

/// Declared queries, or one for each common diagnosis.
fn queries(data: &LifeTrio<'_>) -> Vec<Query> {
    if !data.declared.cohorts.is_empty() {
        let query = |query: &crate::timeline::CohortQuery| Query {
            name: query.name.clone(),
            codes: query.codes.iter().flat_map(|code| data.vocabulary.below(code)).collect(),
            days: query.days.max(1),
            apart: i64::from(query.apart_days),
        };
        return data.declared.cohorts.iter().map(query).collect();
    }
    let kind = |code| data.vocabulary.kind(code);
    let codes = commonest(data.holdout, data.vocabulary, BUILT_IN, |code| kind(code) == Kind::Condition);
    let query = |code: u32| Query {
        name: format!("{} twice, {APART} days apart", data.vocabulary.text(code)),
        codes: vec![code],
        days: 2,
        apart: i64::from(APART),
    };
    codes.into_iter().map(query).collect()
}

/// What describes the members of a group.
const ABOUT: [&str; 6] = ["age at the first code", "female", "visits", "events", "days of follow-up", "died"];

/// People of one side: whether they are in the group, and what describes those who are.
struct Members {
    people: Vec<(u8, Option<[f64; ABOUT.len()]>)>,
}

impl Members {
    fn of(lives: &Lives, groups: &[u8], query: &Query) -> Self {
        let one = |(life, &group): (&Life, &u8)| (group, member(lives, life, query));
        Self { people: lives.people.iter().zip(groups).map(one).collect() }
    }

    /// Mean, variance and number of what `of` gives, without group `out`.
    fn moments(
        &self,
        out: usize,
        of: impl Fn(&Option<[f64; ABOUT.len()]>) -> Option<f64>,
    ) -> Option<(f64, f64, usize)> {
        let kept = self.people.iter().filter(|(group, _)| usize::from(*group) != out);
        let values: Vec<f64> =
            kept.filter_map(|(_, about)| of(about)).filter(|value| !value.is_nan()).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        (!values.is_empty()).then_some((mean, variance, values.len()))
    }
}

/// What describes a person who is in the group.
fn member(lives: &Lives, life: &Life, query: &Query) -> Option<[f64; ABOUT.len()]> {
    let days: Vec<i64> = life
        .events
        .clone()
        .filter(|&at| query.codes.contains(&lives.codes[at]))
        .map(|at| lives.times[at].div_euclid(DAY))
        .collect();
    let (first, last) = (*days.first()?, *days.last()?);
    let mut distinct = days;
    distinct.dedup();
    if distinct.len() < query.days || last - first < query.apart {
        return None;
    }
    let (begin, end) = lives.span(life)?;
    let yes = |yes: bool| f64::from(u8::from(yes));
    Some([
        life.age_at(first * DAY).unwrap_or(f64::NAN),
        if life.sex == Sex::Other { f64::NAN } else { yes(life.sex == Sex::Female) },
        life.visits.len() as f64,
        life.events.len() as f64,
        (end - begin) as f64 / DAY as f64,
        yes(life.death.is_some()),
    ])
}

/// Real and synthetic mean, and their standardised difference; nothing where few people say it.
type Difference = Option<(f64, f64, f64)>;

/// How the sides differ in membership and in everything that describes members.
fn differences(sides: &[Members; 2], out: usize) -> Vec<(&'static str, Difference)> {
    let one = |of: &dyn Fn(&Option<[f64; ABOUT.len()]>) -> Option<f64>, least: usize| {
        let (a, b) = (sides[0].moments(out, of)?, sides[1].moments(out, of)?);
        let spread = f64::midpoint(a.1, b.1).sqrt();
        let difference = if a.0 == b.0 { 0.0 } else { (b.0 - a.0) / spread };
        // Constants that differ have no standardised difference.
        (a.2.min(b.2) >= least && difference.is_finite()).then_some((a.0, b.0, difference))
    };
    let mut found = vec![("share of patients", one(&|about| Some(f64::from(u8::from(about.is_some()))), 1))];
    for (at, name) in ABOUT.iter().enumerate() {
        found.push((
            name,
            one(&|about: &Option<[f64; ABOUT.len()]>| about.map(|about| about[at]), LEAST_PEOPLE as usize),
        ));
    }
    found
}

/// The group as the report shows it; `None` where fewer than 11 holdout people are in it.
fn told(query: &Query, sides: &[Members; 2]) -> Option<CohortTable> {
    let members = sides[0].people.iter().filter(|(_, about)| about.is_some()).count();
    if members < LEAST_TOLD {
        return None;
    }
    let mut found = differences(sides, GROUPS).into_iter();
    let (_, share) = found.next()?;
    let share = share?;
    let rows = found.filter_map(|(name, found)| {
        let (real, synthetic, difference) = found?;
        Some(CohortRow { name: name.to_owned(), real: (real * 100.0).round() / 100.0, synthetic, difference })
    });
    Some(CohortTable { name: query.name.clone(), share: [rounded(share.0), share.1], rows: rows.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn groups_and_differences_are_by_hand() {
        let query = Query { name: String::new(), codes: vec![0], days: 2, apart: 30 };
        let lives = lives_of(&[&[(0, "A"), (29, "A")], &[(0, "A"), (30, "A"), (31, "B")], &[(5, "A")]]);
        let members = Members::of(&lives, &[0; 3], &query);
        assert_eq!(members.people.iter().filter(|(_, about)| about.is_some()).count(), 1);
        let about = members.people[1].1.unwrap();
        assert_eq!((about[2], about[3], about[4], about[5]), (3.0, 3.0, 31.0, 0.0));
        // A third against all of two: variances 2/9 and 0, difference 2/3 over the root of 1/9 is 2.
        let both = lives_of(&[&[(0, "A"), (30, "A")], &[(0, "A"), (40, "A")]]);
        let other = Members::of(&both, &[0; 2], &query);
        let share = differences(&[members, other], GROUPS)[0].1.unwrap();
        assert!((share.2 - 2.0).abs() < 1e-12, "{share:?}");
    }
}
