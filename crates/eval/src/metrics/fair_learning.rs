//! eq.vsml: do synthetic rows serve the worst group better than ordinary methods do?

use crate::card::{Reading, Remedies, Remedy};
use crate::groups::{Group, SUPPRESSED, groups};
use crate::metric::Pass;
use crate::panel::named;
use crate::prognosis::Outcome;
use crate::remedy::{Lesson, People, WAYS, Way, cuts, flagged, odds_gap, out_of_fold};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded,
};
use verosim_math::learn::{Auc, auc};
use verosim_math::stats::student_reach;

/// Worst-group AUC with synthetic rows of small groups added, minus the best without synthetic rows.
pub(super) struct FairLearning;

static INFO: MetricInfo = MetricInfo {
    id: "eq.vsml",
    name: "Synthesis against fairness methods",
    question: "Do synthetic rows serve the worst group better than ordinary methods do?",
    page: "For each of the first two outcomes named with `--target` (as in `eq.tstr`) and the groups of each of the first three \
           columns or pairs of them (see `eq.rep`), the same boosted trees are learned from at most 8,000 training rows in five \
           ways that need no generator: as they are; reweighed so that outcome and group are independent (Kamiran and Calders); \
           every group resampled to the mean size; cells of group and outcome that are smaller than the mean cell filled up \
           by SMOTE; and one threshold for each group, chosen on predictions out of fold (five folds) so that the shares flagged \
           of those with and without the outcome are nearest to those of everybody (Hardt and others, without their coin). \
           Beside them: with synthetic rows of the groups that are smaller than the largest added, by the rules `equal` and \
           `log` of synthcity, and synthetic rows alone, as many. Everything is chosen without the holdout and judged on it: the AUC of \
           the worst group, the calibration in the large of the group furthest off, the equalised-odds gap (as many flagged as \
           have the outcome, as in `eq.eo`), the log loss of everybody. The value is the AUC of the worst group by the better of \
           the two rules of augmentation minus that by the best way without synthetic rows, averaged over outcomes and columns. \
           The interval is that of 100 draws of holdout people, with the choices made anew in each, models fixed. A value whose \
           interval holds 0 says that synthetic rows gain nothing: that is a result, and the usual one. The best of four stands \
           against the better of two, which favours the ordinary by a hair. Training rows in the place of synthetic ones (the \
           ceiling) are plain duplication. Weights are whole sixteenths, for every way alike. Groups with fewer than 11 holdout \
           people with, or without, the outcome are left out.",
    family: Family::Equity,
    direction: Direction::Higher,
    range: Range { low: -1.0, high: 1.0 },
    unit: "AUC gained",
    sources: &[Citation("kamiran2012"), Citation("hardt2016"), Citation("chawla2002"), Citation("qian2023")],
    maturity: Maturity::Draft,
};

/// Rows learned from and tested on.
const MOST_ROWS: usize = 8_000;
const MOST_TARGETS: usize = 2;
/// Columns, or pairs of them, whose groups are served.
const MOST_ATTRIBUTES: usize = 3;
/// Holdout people with, and without, the outcome in a group.
const LEAST: usize = 11;
const DRAWS: u64 = 100;

/// What all ways bring for one outcome and the groups of one column.
struct Setting {
    target: String,
    attribute: String,
    labels: Vec<String>,
    test: People,
    ways: Vec<Taken>,
}

/// What one way brings to the people who are tested.
struct Taken {
    way: Way,
    n_learned: usize,
    risks: Vec<f64>,
    flags: Vec<bool>,
}

/// What does not depend on the groups.
struct Base {
    outcome: Outcome,
    train: People,
    made: People,
    test: People,
    prevalence: f64,
    plain: Vec<f64>,
    unseen: Option<Vec<f64>>,
    synthetic: Option<Vec<f64>>,
}

impl Metric for FairLearning {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let groups = groups(data)?;
        let mut settings = Vec::new();
        for &target in data.targets.iter().take(MOST_TARGETS) {
            let seed = seed.split_at(target as u64);
            let outcome = Outcome::of(data.train, target);
            let Some(base) = outcome.and_then(|outcome| Base::of(data, outcome, seed)) else { continue };
            for own in attributes(&groups.told, &base.test, target).into_iter().take(MOST_ATTRIBUTES) {
                ctx.ctx.stop.check()?;
                settings.push(Setting::of(data, &base, &own, seed));
            }
        }
        let gain = |counts: &[u32]| {
            let gains: Vec<f64> = settings.iter().filter_map(|setting| setting.gain(counts)).collect();
            (!gains.is_empty()).then(|| gains.iter().sum::<f64>() / gains.len() as f64)
        };
        let once = vec![1; data.holdout.n_rows()];
        let why = "no two groups have enough people with and without an outcome, or no synthetic row is of a small one";
        let value = gain(&once).ok_or(MetricError::Undefined { why: why.into() })?;
        let drawn: Vec<f64> = (0..DRAWS)
            .into_par_iter()
            .filter_map(|draw| gain(&counts(data, seed.split("draws").split_at(draw))))
            .collect();
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.remedies.lock()
        {
            found.extend(settings.iter().map(Setting::told));
        }
        let mut parts = vec![(SUPPRESSED.to_owned(), groups.suppressed as f64)];
        parts.extend(settings.iter().filter_map(|setting| {
            Some((format!("{}, groups by {}", setting.target, setting.attribute), setting.gain(&once)?))
        }));
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(value, data.holdout.n_rows()).map_err(undefined)?.with_parts(parts);
        let half = student_reach(0.95, drawn.len().saturating_sub(1), 1) * deviation(&drawn);
        let method = "normal, with the deviation of draws of holdout people, models fixed";
        Ok(if half.is_finite() {
            score.with_interval(value - half, value + half, 0.95, method)
        } else {
            score
        })
    }
}

impl Base {
    fn of(data: &Trio<'_>, outcome: Outcome, seed: Seeded) -> Option<Self> {
        let people = |table, most: usize, name: &str| People::of(table, outcome, most, seed.split(name));
        let train = people(data.train, MOST_ROWS, "train");
        // A small group has enough synthetic rows only among many.
        let made = people(data.synthetic, 4 * MOST_ROWS, "made");
        let test = people(data.holdout, MOST_ROWS, "test");
        let n = train.len();
        let person = |row: usize| data.train_subjects.map_or(row, |subjects| subjects[row] as usize);
        let learned = |way: Way| {
            Lesson::of(way, &train, &made, 0, seed.split("rows"))?.risks(&test.table, outcome.column, n)
        };
        let (plain, (unseen, synthetic)) = rayon::join(
            || learned(Way::Nothing),
            || {
                let unseen = || out_of_fold(&train, person, outcome.column, seed.split("folds"));
                rayon::join(unseen, || learned(Way::Synthetic))
            },
        );
        let prevalence = train.yes.iter().filter(|yes| **yes).count() as f64 / n.max(1) as f64;
        Some(Self { outcome, prevalence, plain: plain?, unseen, synthetic, train, made, test })
    }
}

/// The groups of each column that has two or more with enough people to be tested on.
fn attributes<'a>(told: &'a [Group], test: &People, target: usize) -> Vec<Vec<&'a Group>> {
    let mut attributes: Vec<Vec<&Group>> = Vec::new();
    for group in told.iter().filter(|group| !group.columns.contains(&target)) {
        let own = test.rows.iter().zip(&test.yes).filter(|(row, _)| group.holdout.binary_search(row).is_ok());
        let yes: Vec<bool> = own.map(|(_, yes)| *yes).collect();
        let n_yes = yes.iter().filter(|yes| **yes).count();
        if n_yes.min(yes.len() - n_yes) < LEAST {
            continue;
        }
        match attributes.last_mut().filter(|own| own[0].columns == group.columns) {
            Some(own) => own.push(group),
            None => attributes.push(vec![group]),
        }
    }
    attributes.retain(|own| own.len() > 1);
    attributes
}

impl Setting {
    fn of(data: &Trio<'_>, base: &Base, groups: &[&Group], seed: Seeded) -> Self {
        let train = base.train.grouped(groups, |group| &group.train);
        let made = base.made.grouped(groups, |group| &group.synthetic);
        let test = base.test.grouped(groups, |group| &group.holdout);
        let column = base.outcome.column;
        let attribute = &groups[0].attribute;
        let seed = seed.split(attribute);
        let take = |way: Way| -> Option<Taken> {
            let same = |risks: &Vec<f64>, n_learned: usize| Some((risks.clone(), n_learned));
            let (risks, n_learned) = match way {
                Way::Nothing | Way::Thresholds => same(&base.plain, train.len()),
                Way::Synthetic => same(base.synthetic.as_ref()?, made.len().min(train.len())),
                _ => {
                    let lesson = Lesson::of(way, &train, &made, groups.len(), seed.split(way.words()))?;
                    Some((lesson.risks(&test.table, column, train.len())?, lesson.people.len()))
                }
            }?;
            let flags = if way == Way::Thresholds {
                let cuts = cuts(base.unseen.as_ref()?, &train, groups.len(), base.prevalence);
                let flag =
                    |(risk, group): (&f64, &Option<usize>)| group.is_some_and(|group| *risk >= cuts[group]);
                risks.iter().zip(&test.group).map(flag).collect()
            } else {
                flagged(&risks, base.prevalence)
            };
            Some(Taken { way, n_learned, risks, flags })
        };
        let ways: Vec<Option<Taken>> = WAYS.par_iter().map(|&way| take(way)).collect();
        Self {
            target: base.outcome.words(data.schema, data.train),
            attribute: attribute.clone(),
            labels: groups.iter().map(|group| group.label.clone()).collect(),
            ways: ways.into_iter().flatten().collect(),
            test,
        }
    }

    /// Worst AUC of the better augmentation minus that of the best way without synthetic rows; every holdout row counts as
    /// often as `counts` says.
    fn gain(&self, counts: &[u32]) -> Option<f64> {
        let best = |is: fn(Way) -> bool| {
            let own = self.ways.iter().filter(|taken| is(taken.way) && taken.way != Way::Thresholds);
            own.filter_map(|taken| Some(self.worst(taken, counts)?.1.value)).reduce(f64::max)
        };
        Some(best(Way::is_augmented)? - best(Way::is_ordinary)?)
    }

    /// The group with the lowest AUC.
    fn worst(&self, taken: &Taken, counts: &[u32]) -> Option<(usize, Auc)> {
        let mut sides = vec![[const { Vec::new() }; 2]; self.labels.len()];
        for (at, &risk) in taken.risks.iter().enumerate() {
            if let Some(group) = self.test.group[at] {
                let again = std::iter::repeat_n(risk, counts[self.test.rows[at]] as usize);
                sides[group][usize::from(self.test.yes[at])].extend(again);
            }
        }
        let areas =
            sides.iter().enumerate().filter_map(|(group, [no, yes])| Some((group, auc(yes, no).ok()?)));
        areas.min_by(|a, b| a.1.value.total_cmp(&b.1.value))
    }

    fn told(&self) -> Remedies {
        let once = vec![1; self.test.rows.iter().max().map_or(0, |most| most + 1)];
        let line = |taken: &Taken| {
            let (worst, area) = self.worst(taken, &once)?;
            let off = (0..self.labels.len()).filter_map(|group| {
                let own = self.test.of_group(group);
                let gap: f64 =
                    own.iter().map(|&at| f64::from(u8::from(self.test.yes[at])) - taken.risks[at]).sum();
                (!own.is_empty()).then(|| (group, gap / own.len() as f64))
            });
            let (off, calibration) = off.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
            let (low, high) = area.interval(0.95);
            Some(Remedy {
                way: taken.way.words().to_owned(),
                n_learned: taken.n_learned,
                worst: self.labels[worst].clone(),
                auc: Reading {
                    value: area.value,
                    interval: Some(Interval { low, high, level: 0.95 }),
                    n: area.n_positive + area.n_negative,
                },
                off: self.labels[off].clone(),
                calibration,
                odds_gap: odds_gap(&taken.flags, &self.test, self.labels.len()),
                log_loss: log_loss(&taken.risks, &self.test.yes),
            })
        };
        let ways = self.ways.iter().filter_map(line).collect();
        Remedies { target: self.target.clone(), attribute: self.attribute.clone(), ways }
    }
}

/// How often each holdout row comes up in a draw of as many people.
fn counts(data: &Trio<'_>, seed: Seeded) -> Vec<u32> {
    let person = |row: usize| data.holdout_subjects.map_or(row, |subjects| subjects[row] as usize);
    let n = data.holdout.n_rows();
    let n_people = (0..n).map(|row| person(row) + 1).max().unwrap_or(0);
    let mut drawn = vec![0; n_people];
    let mut rng = seed.rng();
    (0..n_people).for_each(|_| drawn[rng.random_range(0..n_people)] += 1);
    (0..n).map(|row| drawn[person(row)]).collect()
}

/// Mean negative logarithm of the chance given to what happened.
fn log_loss(risks: &[f64], yes: &[bool]) -> f64 {
    let chance = |(risk, yes): (&f64, &bool)| if *yes { *risk } else { 1.0 - risk };
    let sum: f64 = risks.iter().zip(yes).map(chance).map(|chance| chance.max(f64::EPSILON).ln()).sum();
    -sum / risks.len().max(1) as f64
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found, mixed};
    use super::*;
    use crate::metrics::METRICS;

    const NAMES: [&str; 4] = ["sex", "x", "y", "ill"];

    /// People of whom every `few`th is a woman. Men are ill where y is large; women, if they follow the law, where the tens of
    /// x are odd.
    fn rows(from: usize, n: usize, few: usize, is_lawful: bool) -> Vec<[String; 4]> {
        (from..from + n)
            .map(|at| {
                let bits = mixed(at);
                let (x, y, noise) = (bits % 100, bits / 100 % 100, bits / 10_000 % 100);
                let is_woman = (bits / 1_000_000).is_multiple_of(few);
                let would = if is_woman && is_lawful { x / 10 % 2 == 1 } else { y > 50 };
                let is_ill = would != (noise < 10);
                let word = |is: bool, a: &str, b: &str| if is { a } else { b }.to_owned();
                [word(is_woman, "F", "M"), x.to_string(), y.to_string(), word(is_ill, "yes", "no")]
            })
            .collect()
    }

    fn trio(three: &Three) -> Trio<'_> {
        Trio { targets: &[3], ..three.trio() }
    }

    #[test]
    fn rows_of_the_small_group_that_follow_the_law_gain() {
        // Some fifteen women are too few to learn their law from, whatever is done with them; synthetic women know it, or do not.
        let (train, holdout) = (rows(0, 1_500, 100, true), rows(100_000, 1_200, 4, true));
        let gain = |is_lawful: bool| {
            let made = rows(200_000, 1_500, 2, is_lawful);
            let three = Three::new(&NAMES, [&train, &holdout, &made]);
            found(&FairLearning, &trio(&three)).unwrap()
        };
        let (good, findings) = gain(true);
        let remedies = findings.remedies.into_inner().unwrap();
        let ways = &remedies[0].ways;
        assert!(good.interval().unwrap().low > 0.0 && good.value() > 0.05, "{good:?} {ways:#?}");
        assert_eq!(ways.iter().map(|way| way.way.as_str()).collect::<Vec<_>>(), WAYS.map(Way::words));
        assert_eq!(ways[0].worst, "F");
        assert_eq!(ways[0].auc, ways[4].auc, "thresholds move no rank");
        assert!(ways[4].odds_gap < ways[0].odds_gap, "{ways:?}");
        let (bad, _) = gain(false);
        assert!(
            bad.interval().unwrap().high < 0.02,
            "women who follow the law of men teach nothing: {bad:?}"
        );
    }

    #[test]
    fn equal_seeds_give_equal_scores_and_reasons_name_the_flag() {
        let three = Three::new(
            &NAMES,
            [&rows(0, 400, 3, true), &rows(9_000, 400, 3, true), &rows(20_000, 400, 3, true)],
        );
        let twice = [0, 1].map(|_| found(&FairLearning, &trio(&three)).unwrap().0);
        assert_eq!(twice[0], twice[1]);
        let error = found(&FairLearning, &three.trio()).unwrap_err();
        assert!(error.to_string().contains("--target"), "{error}");
        assert!(METRICS.iter().any(|metric| metric.info().id == INFO.id));
    }

    #[test]
    fn losses_are_those_of_scikit_learn() {
        // sklearn.metrics.log_loss([1, 0, 1], [0.9, 0.2, 0.6]).
        assert!((log_loss(&[0.9, 0.2, 0.6], &[true, false, true]) - 0.279_776_563).abs() < 1e-8);
    }
}
